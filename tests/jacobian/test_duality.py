"""If these fail, the duality density, the heart of the paper, is wrong."""

from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from duality.config.design import design
from duality.conventions import QUANTITIES
from duality.dataset.density import Gaussian
from duality.formulas.compose import compose
from duality.jacobian.duality import Duality, tabulate
from duality.jacobian.windows import observed_window
from duality.records.estimates import Frozen

AT = {
    "sigmoid_mse": (16.0, -8.0),
    "sigmoid_cross_entropy": (16.0, -8.0),
    "relu_mse": (0.93, -0.015),
    "piecewise_linear_cross_entropy": (2.38, -0.69),
    "relu_quartic": (0.82, 0.081),
}


@pytest.fixture(
    params=[(name, label, quantity) for name in AT for label in (0, 1) for quantity in QUANTITIES],
    ids=lambda p: "-".join(map(str, p)),
)
def duality(request, compositions):
    name, label, quantity = request.param
    made = Duality(compositions[name], label, Gaussian(float(label), 0.25), Frozen(*AT[name], 0.01), quantity)
    assert made.branches  # or the loops over them below would test nothing
    return made


def test_jacobian_is_the_derivative_of_q_dot(duality):
    for branch in duality.branches:
        width = branch.right - branch.left
        x1 = np.linspace(branch.left + 0.02 * width, branch.right - 0.02 * width, 50)
        step = 1e-7
        difference = (duality.magnitude(x1 + step) - duality.magnitude(x1 - step)) / (2 * step)
        assert duality.jacobian(x1) == pytest.approx(difference, rel=1e-5, abs=1e-9 * np.abs(difference).max())


def test_q_dot_is_monotone_on_branches_and_they_cover_the_living(duality):
    for branch in duality.branches:
        q = duality.magnitude(np.linspace(branch.left, branch.right, 2001))
        assert np.all(np.diff(q) > 0) or np.all(np.diff(q) < 0)
    x1 = np.linspace(-0.5, 1.5, 4001)
    inside = np.zeros(x1.size, bool)
    for branch in duality.branches:
        inside |= (x1 >= branch.left - 1e-9) & (x1 <= branch.right + 1e-9)
    assert np.array_equal(inside, duality.b_dot(x1) != 0) or np.mean(inside != (duality.b_dot(x1) != 0)) < 1e-3


def test_a_corner_of_another_class_ends_no_branch():
    """The cap of 'ones' is at y = -6.9, where h of 'zeros' is smooth: its power law goes on, to the end of the data.

    exp(y)·√(1 + x1²) has 8.26 decades for x1 within ±4.75 standard deviations, on all of which its local exponent is
    within 0.05 of 1: δ - ε² with |ε| < 0.08 and δ < 0.02.
    """
    made = design(Fraction(1), Fraction(1000), (0, 1))
    zeros = Duality(compose(made.activation, made.loss, (0, 1)), 0, Gaussian(0, 0.25), Frozen(8.0015, -4.00075, 0.01))
    assert len(zeros.branches) == 2  # below the cap, and at it
    window = observed_window(zeros, 1, 0.05, -1, 1e-6)
    assert window.decades == pytest.approx(2 * 4.7534 * 0.25 * 8.0015 / np.log(10), abs=0.01)


def test_preimages_map_back(duality):
    for branch in duality.branches:
        q = np.geomspace(max(branch.q_low, branch.q_high * 1e-6) * 1.001, branch.q_high * 0.999, 50)
        assert duality.magnitude(duality.preimage(branch, q)) == pytest.approx(q, rel=1e-6)


def test_the_density_integrates_to_the_fraction_of_its_sign(duality, random):
    x1 = duality.density.ppf(random.random(200_000))
    signs = np.sign(duality.fluctuation(x1))
    for sign in (-1, 1):
        branches = [branch for branch in duality.branches if branch.sign == sign]
        fraction = np.mean(signs == sign)
        if not branches:
            assert fraction == 0
            continue
        edges = np.array([min(b.q_low for b in branches), max(b.q_high for b in branches)])
        assert duality.probability(edges, sign).sum() == pytest.approx(fraction, abs=4e-3)


def test_samples_follow_the_density(duality, random):
    """Kolmogorov-Smirnov of sampled |q̇| against the cumulative distribution, per sign."""
    x1 = duality.density.ppf(random.random(20_000))
    signed, q = duality.fluctuation(x1), duality.magnitude(x1)
    tested = 0
    for sign in (-1, 1):
        own = q[np.sign(signed) == sign]
        branches = [branch for branch in duality.branches if branch.sign == sign]
        if own.size < 100:
            continue
        tested += own.size
        edges = np.geomspace(max(own.min() * 0.5, 1e-300), max(b.q_high for b in branches), 3000)
        cumulative = np.concatenate([[0.0], np.cumsum(duality.probability(edges, sign))])
        result = stats.kstest(own, lambda v, e=edges, c=cumulative: np.interp(v, e, c / c[-1]))
        assert result.pvalue > 1e-4
    assert tested > 0.99 * np.count_nonzero(signed) > 1000


def test_local_exponent_is_the_slope_of_the_log_jacobian(duality):
    for branch in duality.branches:
        width = branch.right - branch.left
        x1 = np.linspace(branch.left + 0.1 * width, branch.right - 0.1 * width, 30)
        step = 1e-6
        rise = np.log(np.abs(duality.jacobian(x1 + step))) - np.log(np.abs(duality.jacobian(x1 - step)))
        run = np.log(duality.magnitude(x1 + step)) - np.log(duality.magnitude(x1 - step))
        keep = np.abs(run) > 1e-9
        assert np.mean(keep) > 0.8
        assert duality.local_exponent(x1)[keep] == pytest.approx((rise / run)[keep], rel=1e-3, abs=1e-3)


def test_the_map_of_sigmoid_and_squared_loss_turns_back_at_two_thirds(compositions):
    """h = 2f²(1 - f) peaks at f = 2/3, and |q̇|'s factor √(1 + x1²) moves the turning point but little."""
    duality = Duality(compositions["sigmoid_mse"], 0, Gaussian(0.0, 0.25), Frozen(16.0, -8.0, 0.1))
    turning = duality.branches[0].right
    assert 1 / (1 + np.exp(-duality.y(turning))) == pytest.approx(2 / 3, abs=0.01)


def test_the_scale_of_gamma_only_scales(compositions):
    one, ten = (Duality(compositions["relu_quartic"], 0, Gaussian(0.0, 0.25), Frozen(0.8, 0.1, g)) for g in (0.01, 0.1))
    x1 = np.linspace(-0.1, 1, 50)
    assert ten.jacobian(x1) == pytest.approx(10 * one.jacobian(x1), rel=1e-12)
    assert ten.local_exponent(x1) == pytest.approx(one.local_exponent(x1), rel=1e-12, nan_ok=True)
    q = np.geomspace(1e-8, 1e-3, 20)
    assert one.pdf(q, -1) == pytest.approx(10 * ten.pdf(10 * q, -1), rel=1e-6)


@pytest.mark.parametrize(
    ("activation", "loss", "left", "q_branches", "w_branches"),
    [("y", "abs(f)", 0.1, 1, 2), ("y", "max(0, 1 + f)", -1.15, 2, 1), ("max(0, y)", "abs(f)", 0.1, 1, 1)],
)
def test_constant_h_has_the_density_of_its_factor(activation, loss, left, q_branches, w_branches):
    """Where h = 1, |q̇| = γ√(1 + x1²) and |ẇ| = γ|x1| have their densities; ḃ = -γ is an atom and has no branch."""
    duality = Duality(compose(activation, loss, [0, 1]), 0, Gaussian(0.0, 0.25), Frozen(0.8, -0.08, 0.01))
    w_dot, b_dot = duality.of("w_dot"), duality.of("b_dot")
    x1 = np.array([0.11, 0.3, 0.7, 1.1])
    q = 0.01 * np.sqrt(1 + x1**2)
    p = duality.density.pdf(x1)
    assert duality.pdf(q, -1) == pytest.approx(q_branches * p * np.sqrt(1 + x1**2) / (0.01 * x1), rel=1e-9)
    assert w_dot.pdf(0.01 * x1, -1) == pytest.approx(w_branches * p / 0.01, rel=1e-9)
    assert duality.local_exponent(x1) == pytest.approx(1 / x1**2, rel=1e-12)
    assert duality.pieces == duality.branches
    assert not [branch for branch in b_dot.branches if branch.b_sign == -1]
    (atom,) = (piece for piece in b_dot.pieces if piece.b_sign == -1)
    assert atom.flat
    assert (atom.left, atom.q_low, atom.q_high) == pytest.approx((left, 0.01, 0.01), rel=1e-12)


@pytest.mark.parametrize("w", [0.0, 1e-30])
def test_where_y_is_the_same_for_all_x1_the_density_is_that_of_the_factor(compositions, w):
    """h is a constant there, and the whole class has fluctuations, those of ḃ all the same."""
    duality = Duality(compositions["sigmoid_mse"], 0, Gaussian(0.0, 0.25), Frozen(w, -0.5, 0.01))
    b_dot = float(-duality.b_dot(np.array(0.0)))
    x1 = np.array([0.11, 0.3, 0.7, 1.1])
    q = b_dot * np.sqrt(1 + x1**2)
    assert duality.pdf(q, -1) == pytest.approx(
        2 * duality.density.pdf(x1) * np.sqrt(1 + x1**2) / (b_dot * x1), rel=1e-9
    )
    assert duality.probability(np.array([0.5, 2.1]) * b_dot, -1) == pytest.approx([1], abs=1e-7)
    (atom,) = duality.of("b_dot").pieces
    assert atom.flat
    assert atom.q_low == pytest.approx(b_dot, rel=1e-12)


def test_table_of_the_map(duality):
    duality = duality.of("q_dot")
    table = tabulate(duality, 1e-6, 501)
    assert np.all(np.diff(table["x1"]) > 0)
    alive = table[table["branch"] >= 0]
    assert len(alive) > 100
    assert np.allclose(alive["q_dot"] ** 2, alive["w_dot"] ** 2 + alive["b_dot"] ** 2, rtol=1e-12)
    dead = table["branch"] < 0
    assert dead.sum() == pytest.approx(np.sum(duality.b_dot(table["x1"].to_numpy()) == 0), abs=5)
    assert np.all(table.loc[dead, "density"] == 0)
