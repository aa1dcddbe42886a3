"""If these fail, an experiment that asks for an exponent does not get a loss that has it."""

from fractions import Fraction

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from duality.config.design import HIGHEST, LOWEST, NEAREST, design
from duality.config.resolution import resolve
from duality.dataset.density import Gaussian, densities
from duality.dataset.model import Model
from duality.errors import InputError
from duality.formulas.compose import compose
from duality.jacobian.duality import Duality
from duality.records.estimates import Frozen
from duality.training.accuracy import population_accuracy
from duality.training.population import population_optimum

WANTED = ("0", "1/2", "2/3", "9/10", "1", "11/10", "3/2", "2", "5/2", "3", "4")
CAP = 1000
A_WANTED_EXPONENT = "a number or a fraction such as 2/3, from 0 to 4, and 1 or at least 1/1000 off it"


def composed(k, cap=CAP, labels=(0, 1)):
    made = design(Fraction(k), Fraction(cap), labels)
    return compose(made.activation, made.loss, labels)


def inside(k, cap=CAP):
    """y at which h is neither 0 nor at the cap."""
    k = float(Fraction(k))
    low = -1 / (1 - k) if k < 1 else -20
    high = np.log(cap) if k == 1 else (cap ** (1 - k) - 1) / (1 - k)
    return np.linspace(max(low, -20), min(high, 20), 203)[1:-1]


@pytest.mark.parametrize("k", WANTED)
def test_the_derivative_of_h_is_its_power(k):
    """h′ = h^k with h(0) = 1 is what makes ḃ a power law with exponent k; -h(-y) is the other class's."""
    composition, y = composed(k), inside(k)
    for label, side in ((0, 1), (1, -1)):
        h = composition.function(1, label)
        assert side * h(np.array([0.0]))[0] == pytest.approx(1)
        assert np.all(side * h(side * y) > 0)
        dh = composition.function(2, label)(side * y)
        assert dh == pytest.approx((side * h(side * y)) ** float(Fraction(k)), rel=1e-9)
        central = (h(side * y + 1e-6) - h(side * y - 1e-6)) / 2e-6  # the derivative without SymPy
        assert central[1:-1] == pytest.approx(dh[1:-1], rel=1e-3)


@pytest.mark.parametrize("k", WANTED)
def test_the_loss_is_convex_and_without_steps_and_its_gradient_is_capped(k):
    composition = composed(k, cap=50)
    y = np.linspace(-60, 60, 120_001)
    for label in (0, 1):
        H, h = (composition.function(order, label)(y) for order in (0, 1))
        assert np.max(np.abs(h)) == pytest.approx(50)
        assert np.all(np.diff(h) >= -1e-9)
        # ∫h over a step lies between the step times h at either end, as h grows.
        assert np.all(h[:-1] * np.diff(y) <= np.diff(H) + 1e-9)
        assert np.all(np.diff(H) <= h[1:] * np.diff(y) + 1e-9)


@pytest.mark.parametrize(
    ("k", "w"), [("0", 4.604), ("1/2", 6.059), ("1", 8.002), ("3/2", 4.838), ("2", 3.025), ("3", 1.732)]
)
def test_the_optimum_is_the_one_known_and_accuracy_the_highest_there_is(k, w, resolved):
    """w by quadrature of others; accuracy is Φ(2) for every k: an exponent costs nothing."""
    model = Model(composed(k), densities(resolved["classes"]))
    optimum = population_optimum(model, [2.0, -1.0]).optimum
    assert optimum[0] == pytest.approx(w, abs=1e-3)
    assert optimum[1] == pytest.approx(-optimum[0] / 2, rel=1e-6)
    assert population_accuracy(model, *optimum, 1 << 16) == pytest.approx(0.97725, abs=1e-4)


def decades(k, model, far, near):
    """log10 of the largest over the smallest |q̇| of 'zeros' with a local exponent within 0.05 of k, at the optimum.

    Of x1 between the quantiles 10⁻⁴ and 1 - 10⁻⁴, evenly `far` apart, and towards the ends of h down to `near`.
    """
    w, b = population_optimum(model, [2.0, -1.0]).optimum
    zeros = Duality(model.composition, 0, Gaussian(0, 0.25), Frozen(w, b, 0.01))
    low, high = zeros.density.ppf(np.array([1e-4, 1 - 1e-4]))
    ends = (model.composition.corners(-20, 20) - b) / w
    to_ends = np.geomspace(near, 1, 4001)
    x1 = np.concatenate([np.arange(low, high, far), *(end + side * to_ends for end in ends for side in (-1, 1))])
    x1 = x1[(x1 >= low) & (x1 <= high)]
    # At the cap and where h is 0 there is no power law: there the local exponent is that of √(1 + x1²), or none.
    x1 = x1[(zeros.dh(zeros.y(x1)) > 0) & (np.abs(zeros.local_exponent(x1) - float(Fraction(k))) <= 0.05)]
    q = zeros.magnitude(x1)
    return np.log10(q.max() / q.min())


@pytest.mark.parametrize(("k", "known"), [("1", 6.5), ("3/2", 3.6)])
def test_the_decades_are_those_known(k, known, resolved):
    """By quadrature of others. At k = 2 and 3 they have 3.1 and 1.6, fewer than there are."""
    model = Model(composed(k), densities(resolved["classes"]))
    assert decades(k, model, 1e-4, 1e-7) == pytest.approx(known, abs=0.05)


@pytest.mark.parametrize(("k", "exact"), [("2", 3.37), ("3", 3.24)])
def test_next_to_the_pole_a_coarse_grid_loses_decades(k, exact, resolved):
    """|q̇| rises to the cap within 10⁻⁴ of x1: not to see that would be to believe a grid."""
    model = Model(composed(k), densities(resolved["classes"]))
    assert decades(k, model, 1e-4, 1e-9) == pytest.approx(exact, abs=0.02)
    assert decades(k, model, 5e-4, 0.9) < exact - 0.02
    assert f"{exact:.1f} at {k}" in " ".join((ROOT / "docs/sweeps.md").read_text(encoding="utf-8").split())


@pytest.mark.parametrize(("k", "grows"), [("0", 1), ("1/2", 2)])
def test_below_one_there_are_as_many_decades_as_one_looks_for(k, grows, resolved):
    """At its end h falls to 0 as the power 1/(1 - k), with exponent k: a tenth of the distance has that many more."""
    model = Model(composed(k), densities(resolved["classes"]))
    assert decades(k, model, 1e-4, 1e-7) - decades(k, model, 1e-4, 1e-6) == pytest.approx(grows, abs=0.01)


@given(k=st.fractions(LOWEST, HIGHEST, max_denominator=50), first=st.integers(-5, 5), distance=st.integers(1, 5))
def test_labels_do_not_matter(k, first, distance):
    """A class is told by its x2, whatever that is."""
    if 0 < abs(k - 1) < NEAREST:
        return
    y = np.linspace(-3, 3, 61)
    here, there = composed(k, labels=(0, 1)), composed(k, labels=(first, first + distance))
    for label in (0, 1):
        assert there.function(1, label)(y) == pytest.approx(here.function(1, label)(y), rel=1e-9, abs=1e-12)


def test_near_one_a_power_of_hundreds_is_still_the_same_function():
    """No formula may have so large an exponent; the same law is written as an exponential."""
    y = np.linspace(-3, 3, 61)
    assert composed("0.99").function(1, 0)(y) == pytest.approx((1 + 0.01 * y) ** 100, rel=1e-9)
    assert composed("1.01").function(1, 0)(y) == pytest.approx((1 - 0.01 * y) ** -100, rel=1e-9)


@pytest.fixture
def designed(shipped, schema):
    """The config with an experiment that is designed, resolved."""

    def resolve_with(experiment, **changes):
        return resolve({**shipped, "experiments": {**shipped["experiments"], "mine": experiment}, **changes}, schema)

    return resolve_with


def test_a_wanted_exponent_makes_composition_prediction_and_figures(designed):
    found = designed({"design": {"k": 1.3}})
    mine = found["experiments"]["mine"]
    assert mine["classes"]["zeros"]["predicted"] == {"q_dot": 1.3, "w_dot": 1.3, "b_dot": 1.3}
    assert (mine["classes"]["zeros"]["sign"], mine["classes"]["ones"]["sign"]) == ("negative", "positive")
    assert mine["prediction"]["k_b"] == "13/10"
    assert {"mine_zeros", "mine_ones"} <= set(found["figures"])
    assert mine["design"] == {"k": 1.3, "cap": 1000}
    assert compose(**mine["composition"]).function(2, 0)(np.array([0.0]))[0] == pytest.approx(1)


def test_designed_experiments_alone_are_a_config(shipped, schema):
    """Their figures are enough."""
    alone = {"experiments": {"mine": {"design": {"k": 1.3}}}, "figures": {}, "sweeps": {}}
    found = resolve({key: value for key, value in {**shipped, **alone}.items() if key != "guard"}, schema)
    assert set(found["figures"]) == {"mine_zeros", "mine_ones"}


@pytest.mark.parametrize(
    ("experiment", "told"),
    [
        ({"design": {"k": 5}}, f"experiments.mine.design.k = 5: must be {A_WANTED_EXPONENT}"),
        ({"design": {"k": -1}}, f"experiments.mine.design.k = -1: must be {A_WANTED_EXPONENT}"),
        ({"design": {"k": "two"}}, f"experiments.mine.design.k = 'two': must be {A_WANTED_EXPONENT}"),
        ({"design": {"k": "1/0"}}, f"experiments.mine.design.k = '1/0': must be {A_WANTED_EXPONENT}"),
        ({"design": {"k": 1.0001}}, f"experiments.mine.design.k = 1.0001: must be {A_WANTED_EXPONENT}"),
        ({"design": {"k": 1}, "loss": "squared"}, "experiments.mine.loss: must be left out beside design"),
        ({"design": {}}, "experiments.mine.design.k is missing"),
        ({"design": {"k": 1, "cap": 1}}, "experiments.mine.design.cap = 1: must be a number from 2"),
        ({"training": {}}, "must be activation, loss and classes, and maybe training and prediction; or design"),
    ],
)
def test_a_design_that_makes_no_sense_is_told_in_one_line(designed, experiment, told):
    with pytest.raises(InputError) as error:
        designed(experiment)
    assert told in str(error.value)


def test_a_design_is_of_two_classes(designed, shipped):
    classes = {**shipped["classes"], "twos": {"x2": 2, "mean": 2.0, "sd": 0.25}}
    with pytest.raises(InputError, match="design: must be of two classes, and the config has 3"):
        designed({"design": {"k": 1}}, classes=classes)
