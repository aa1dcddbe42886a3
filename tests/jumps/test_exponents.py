"""If these fail, an exponent of actual jumps, its error, or its difference from that of potential jumps is another."""

import msgspec
import numpy as np
import pytest
from scipy import signal

from duality.config.settings import MeasuredClass, WindowSettings
from duality.conventions import QUANTITIES
from duality.dataset.density import Gaussian
from duality.exponents.exact import corrected_exponent, raw_exponent
from duality.exponents.neighbourhood import Neighbourhood
from duality.fits.power_laws import truncated_power_law
from duality.jacobian.duality import Duality
from duality.jacobian.windows import WindowRules
from duality.jumps.exponents import (
    cluster_error,
    compare_exponents,
    expected_difference,
    expected_inside,
    fits_of,
    measure_exponents,
    two_sided,
)
from duality.jumps.samples import ClassJumps, Units, predicted_jumps
from duality.records.estimates import Frozen, ParameterErrors
from duality.records.jacobian import Window
from duality.records.jumps import JUMP_EXPONENTS

GAMMA = 0.1
COVARIANCE = np.array([[0.54, -0.3], [-0.3, 0.24]])


@pytest.fixture(scope="module")
def zeros(compositions):
    """'zeros' of the sigmoid with cross-entropy; jumps are negative, and |q̇| grows with x1 where it is large."""
    return Duality(compositions["sigmoid_cross_entropy"], 0, Gaussian(0, 0.25), Frozen(16.0, -8.0, GAMMA))


@pytest.fixture(scope="module")
def window(zeros):
    (index,) = [i for i, branch in enumerate(zeros.branches) if branch.left < 0.3 < branch.right]
    low, high = zeros.magnitude(np.array([0.05, 0.45]))
    return Window(branch=index, x1_low=0.05, x1_high=0.45, q_low=float(low), q_high=float(high), probability=0.38)


def fixed_at(duality, window):
    """A map and a window that are known: exponents inherit nothing."""
    return Neighbourhood(duality, window, ParameterErrors(np.zeros((2, 2)), np.zeros((2, 2))), [], [])


def units_of(path):
    """Units of these mean w and b, each of shape (units,)."""
    w, b = path
    return Units(np.arange(w.size)[:, None], w, b)


def remembering(random, units=64, steps=1500):
    """A Gaussian path of (w, b) that forgets itself within a quarter of a unit, shape (2, units, steps)."""
    memory = steps / 8
    decay = np.exp(-1 / memory)
    noise = random.normal(size=(2, (units + 4) * steps)) * np.sqrt(1 - decay**2)
    path = signal.lfilter([1], [1, -decay], noise)[:, 4 * steps :]
    return (np.linalg.cholesky(COVARIANCE) @ path).reshape(2, units, steps)


def staying(random, units=64, steps=1500):
    """A path that stays for a whole unit, and then goes to an independent (w, b)."""
    path = np.linalg.cholesky(COVARIANCE) @ random.normal(size=(2, units))
    return np.repeat(path[:, :, None], steps, axis=2)


def jumps_along(path, zeros, random, expected=None):
    """The jumps of samples that meet a path of (w, b), and its units."""
    path = path - path.mean(axis=(1, 2), keepdims=True)  # the potential jumps are at the mean of the run
    x1 = random.normal(0, 0.25, path.shape[1:])
    actual = -GAMMA * zeros.h((zeros.w + path[0]) * x1 + zeros.b + path[1]) * zeros.factor(x1)[0]
    unit = np.broadcast_to(np.arange(x1.shape[0])[:, None], x1.shape).ravel()
    jumps = ClassJumps("zeros", zeros, actual.ravel(), zeros.fluctuation(x1).ravel(), unit, expected)
    return jumps, units_of(path.mean(axis=2))


def test_exponents_are_those_of_the_jumps_in_the_window(zeros, window, random):
    """Each by its own definition: n and Σ ln|q̇| of just the jumps with the window's sign between its ends."""
    jumps, units = jumps_along(remembering(random), zeros, random)
    raw, corrected = compare_exponents(jumps, fixed_at(zeros, window), units)
    for name, q_dot in (("actual", jumps.actual), ("potential", jumps.potential)):
        inside = -q_dot[(-q_dot >= window.q_low) & (-q_dot <= window.q_high)]
        assert raw[f"n_{name}"] == inside.size
        by_hand = truncated_power_law(inside.size, np.log(inside).sum(), window.q_low, window.q_high)
        assert raw[name] == by_hand.value
    # The map is the exponential one, k = 1; the data add to the raw exponent.
    assert abs(corrected["potential"] - 0.96) < 0.05
    assert raw["potential"] > 1.15
    for row in (raw, corrected):
        assert row["difference"] == row["actual"] - row["potential"]
        assert (row["class"], row["sign"], row["gamma"]) == ("zeros", "negative", GAMMA)


def test_the_weight_is_that_of_the_map(zeros, window):
    """Potential jumps without noise, at equally likely x1: the corrected exponent is that of the Jacobian's density."""
    fits = fits_of(zeros, window)
    x1 = zeros.density.ppf((np.arange(400_000) + 0.5) / 400_000)
    q = zeros.magnitude(x1[(x1 >= window.x1_low) & (x1 <= window.x1_high)])
    share = np.linspace(0, 1, 20_001)
    t = np.log(window.q_low) + np.log(window.q_high / window.q_low) * share
    branch = zeros.branches[window.branch]
    log_jacobian = np.log(np.abs(zeros.jacobian(zeros.preimage(branch, np.exp(t)))))
    log_p = np.log(zeros.pdf(np.exp(t), -1))
    k = fits["corrected"](q.size, np.log(q).sum()).value
    # Stationarity of the likelihood, by hand: ⟨ln q⟩ of p·|dq̇/dx1|·q^(-k) is that of the jumps.
    density = np.exp(log_p + log_jacobian + (1 - k) * t)
    assert np.average(t, weights=density) == pytest.approx(np.log(q).mean(), abs=1e-3)


def test_the_error_is_that_of_the_jackknife(zeros, window, random):
    """Of leaving out one unit at a time, with a path of (w, b) that explains nothing."""
    jumps, _ = jumps_along(remembering(random, 40, 500), zeros, random)
    units = units_of((random.normal(size=40), random.normal(size=40)))
    for row, fit in zip(
        compare_exponents(jumps, fixed_at(zeros, window), units), fits_of(zeros, window).values(), strict=True
    ):
        left_out = {"actual": [], "potential": []}
        for unit in range(40):
            for name, of in left_out.items():
                q = -getattr(jumps, name)[jumps.unit != unit]
                q = q[(q >= window.q_low) & (q <= window.q_high)]
                of.append(fit(q.size, np.log(q).sum()).value)
        left_out = {name: np.array(of) for name, of in left_out.items()}
        left_out["difference"] = left_out["actual"] - left_out["potential"]
        for name, of in left_out.items():
            assert row[f"{name}_se"] == pytest.approx(np.sqrt(39 / 40 * np.sum((of - of.mean()) ** 2)), rel=0.12), name


@pytest.mark.slow
@pytest.mark.parametrize("path_of", [remembering, staying])
def test_errors_are_the_scatter_of_repeated_runs(zeros, window, random, path_of):
    """Along paths with memory, against the difference that theory expects; t-tests of it are uniform."""
    theory = predicted_jumps(zeros, COVARIANCE)
    rows = []
    for _ in range(120):
        jumps, units = jumps_along(path_of(random, steps=600), zeros, random, theory)
        rows.append(compare_exponents(jumps, fixed_at(zeros, window), units)[0])
    difference, se, p = (np.array([row[key] for row in rows]) for key in ("difference", "difference_se", "p_value"))
    scatter = np.sqrt(np.mean((difference - rows[0]["expected"]) ** 2))
    assert np.sqrt(np.mean(se**2)) / scatter == pytest.approx(1, abs=0.2)
    assert np.mean(p < 0.05) < 0.14  # 5% of 120: more than 16 with probability 10⁻⁴
    assert 0.32 < np.mean(p < 0.5) < 0.68


def test_the_expected_difference_is_that_of_the_average_of_exact_densities(zeros, window):
    """n and Σ ln|q̇| at the nodes of a Gauss-Hermite product rule over (w, b), from the class's cdf at preimages."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(9)
    root = np.linalg.cholesky(COVARIANCE)
    edges = np.geomspace(window.q_low, window.q_high, 1501)
    middle = np.log(np.sqrt(edges[1:] * edges[:-1]))
    average = np.zeros(middle.size)
    for u, weight_u in zip(nodes, weights / weights.sum(), strict=True):
        for v, weight_v in zip(nodes, weights / weights.sum(), strict=True):
            dw, db = root @ [u, v]
            average += weight_u * weight_v * zeros.at(zeros.w + dw, zeros.b + db).preimage_probability(edges, -1)
    frozen = zeros.preimage_probability(edges, -1)
    jumps = ClassJumps("zeros", zeros, *np.zeros((2, 1)), np.zeros(1, int), predicted_jumps(zeros, COVARIANCE))
    for fit in fits_of(zeros, window).values():
        actual, potential = (fit(1, np.average(middle, weights=share)).value for share in (average, frozen))
        assert abs(actual - potential) > 0.001
        assert expected_difference(expected_inside(jumps, window), fit) == pytest.approx(actual - potential, abs=1e-4)


@pytest.mark.parametrize(("tilt", "covariance", "rejected"), [(1.0, 1.0, False), (1.03, 1.0, True), (1.0, 3.0, True)])
def test_a_shifted_exponent_of_actual_jumps_is_rejected(zeros, window, random, tilt, covariance, rejected):
    """Actual jumps to a power within 3% of 1, about the middle of the window; a covariance three times too large."""
    theory = predicted_jumps(zeros, covariance * COVARIANCE)
    jumps, units = jumps_along(remembering(random, steps=6000), zeros, random, theory)
    middle = np.sqrt(window.q_low * window.q_high)
    actual = -middle * (np.abs(jumps.actual) / middle) ** tilt
    shifted = ClassJumps(jumps.name, zeros, actual, jumps.potential, jumps.unit, jumps.expected)
    for row in compare_exponents(shifted, fixed_at(zeros, window), units):
        assert (row["p_value"] < 0.001) is rejected, row


CONDITIONS = MeasuredClass(
    sign="negative", conditions=["x1 > 1/20", "x1 < 9/20"], predicted=dict.fromkeys(QUANTITIES), texts={}
)
RULES = WindowRules.of(CONDITIONS, 0.0, WindowSettings(much_less_than=3.0, tail=1e-6, tolerance=0.1, grid=201))


def test_a_class_without_window_or_with_few_jumps_in_it_says_why_it_has_no_rows(zeros, random):
    """In the table of a sweep such exponents were not there, and no word said why."""
    jumps, units = jumps_along(remembering(random, 10, 300), zeros, random)
    rows, unfitted = measure_exponents([jumps], units, {"zeros": RULES}, np.zeros((2, 2)))
    assert len(rows) == 2
    assert set(rows[0]) == set(JUMP_EXPONENTS.columns)
    assert unfitted == {}
    assert measure_exponents([jumps], units, {}, np.zeros((2, 2))) == ([], {})
    nowhere = msgspec.structs.replace(CONDITIONS, conditions=["x1 > 1000"])
    rules = WindowRules.of(nowhere, 0.0, WindowSettings(much_less_than=3.0, tail=1e-6, tolerance=0.1, grid=201))
    rows, unfitted = measure_exponents([jumps], units, {"zeros": rules}, np.zeros((2, 2)))
    assert rows == []
    assert list(unfitted) == ["zeros"]
    assert unfitted["zeros"].startswith("no x1 within reach of the data meets the window conditions ['x1 > 1000']")
    few, units = jumps_along(remembering(random, 10, 20), zeros, random)
    inside = [int(np.sum(np.searchsorted([low, high], -q) == 1)) for q in (few.actual, few.potential)
              for low, high in [zeros.magnitude(np.array([0.05, 0.45]))]]  # fmt: skip
    assert 0 < max(inside) < 100
    rows, unfitted = measure_exponents([few], units, {"zeros": RULES}, np.zeros((2, 2)))
    assert rows == []
    assert unfitted == {
        "zeros": f"a fit needs 100 jumps in the window, which has {inside[0]} actual and {inside[1]} potential ones"
    }


def test_exponents_inherit_the_error_of_w_and_b_and_their_difference_does_not(zeros, random):
    """As large as the scatter of what infinite data would give, over (w, b) with that error, window found again."""
    jumps, _ = jumps_along(remembering(random, 16, 600), zeros, random)
    sampling = np.array([[0.04, -0.02], [-0.02, 0.011]])
    fixed, _ = measure_exponents(
        [jumps], units_of((np.full(16, zeros.w), np.full(16, zeros.b))), {"zeros": RULES}, 0 * sampling
    )
    moving, _ = measure_exponents(
        [jumps], units_of((np.full(16, zeros.w), np.full(16, zeros.b))), {"zeros": RULES}, sampling
    )
    drawn = [zeros.at(*q) for q in random.multivariate_normal([zeros.w, zeros.b], sampling, 200)]
    for one, other, exponent in zip(fixed, moving, (raw_exponent, corrected_exponent), strict=True):
        scatter = np.std([exponent(of, RULES.find(of, "paper")) for of in drawn])
        for kind in ("actual", "potential"):
            inherited = np.sqrt(other[f"{kind}_se"] ** 2 - one[f"{kind}_se"] ** 2)
            assert inherited == pytest.approx(scatter, rel=0.2)
        assert other["difference_se"] == one["difference_se"]


def test_what_is_linear_in_the_path_makes_no_error(random):
    w, b = random.normal(size=(2, 50))
    response, units = random.normal(size=50), units_of((w, b))
    response -= response.mean()
    moved = response + 30 * (w - w.mean()) - 20 * (b - b.mean())
    assert cluster_error(moved, units) == pytest.approx(cluster_error(response, units))
    assert cluster_error(np.zeros(50), units) == 0
    # Student's t: 2.012 standard errors of 47 degrees of freedom are exceeded in 5% of cases.
    assert two_sided(2 * 2.0117, 2.0, units.degrees_of_freedom) == pytest.approx(0.05, abs=1e-4)
    assert two_sided(-2 * 2.0117, 2.0, units.degrees_of_freedom) == pytest.approx(0.05, abs=1e-4)
