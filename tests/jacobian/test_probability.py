"""If these fail, the probabilities that the Jacobian gives to cells of |q̇| are not those of its density."""

import numpy as np
import pytest
from scipy import stats

from duality.conventions import QUANTITIES
from duality.dataset.density import Gaussian, KernelEstimate
from duality.formulas.compose import compose
from duality.jacobian.duality import Duality
from duality.records.estimates import Frozen

GAUSSIAN = {
    "sigmoid_mse": (16.0, -8.0),
    "sigmoid_cross_entropy": (16.0, -8.0),
    "relu_mse": (0.93, -0.015),
    "piecewise_linear_cross_entropy": (2.38, -0.69),
    "relu_quartic": (0.82, 0.081),
}


def largest_error(duality, cells=100):
    """Of the probabilities by the Jacobian against those by the cdf, over cells of every sign that has branches.

    The cells are even in ln|q̇|, over all that there is and over the highest six decades, where the map turns back.
    """
    errors = []
    for sign in (-1, 1):
        branches = [branch for branch in duality.branches if branch.sign == sign]
        if not branches:
            continue
        low, high = min(branch.q_low for branch in branches), max(branch.q_high for branch in branches)
        for start in (low, max(low, min(high, 1e9) * 1e-6)):
            edges = np.geomspace(0.9 * start, min(1.1 * high, 1e9), cells + 1)
            exact = duality.preimage_probability(edges, sign)
            assert exact.sum() > 1e-9
            errors.append(np.max(np.abs(duality.probability(edges, sign) - exact)))
    return max(errors)


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("name", GAUSSIAN)
def test_gaussian_classes_have_eight_digits(compositions, name, label, quantity):
    frozen = Frozen(*GAUSSIAN[name], 0.01)
    assert largest_error(Duality(compositions[name], label, Gaussian(float(label), 0.25), frozen, quantity)) < 1e-8


def test_a_cell_that_ends_within_rounding_of_a_turning_point(compositions):
    """The last cells are 10⁻³, 10⁻⁶, …, 10⁻¹⁵ wide."""
    duality = Duality(compositions["sigmoid_mse"], 0, Gaussian(0.0, 0.25), Frozen(16.0, -8.0, 0.1))
    edges = np.append(duality.branches[0].q_high * (1 - 10.0 ** -np.arange(0.5, 16, 0.5)), duality.branches[0].q_high)
    error = duality.probability(edges, -1) - duality.preimage_probability(edges, -1)
    assert np.max(np.abs(error)) < 1e-7


@pytest.mark.parametrize("k", np.linspace(-2.0, 2.0, 9))
def test_maps_of_any_parameters_have_seven_digits(compositions, k):
    """Also those that nearly turn back, or turn back where hardly any x1 is."""
    for name in ("sigmoid_mse", "sigmoid_cross_entropy"):
        duality = Duality(compositions[name], 0, Gaussian(0.0, 0.25), Frozen(4.0 * k + 0.3, k, 1.0))
        assert largest_error(duality) < 1e-7


@pytest.mark.parametrize(
    ("density", "limit"),
    [
        (stats.t(df=3, loc=0.2, scale=0.3), 1e-7),
        (stats.uniform(-0.5, 2.0), 1e-8),
        (stats.gamma(2.5, scale=0.2), 1e-7),
        (KernelEstimate(np.random.default_rng(3).normal(0.1, 0.3, 20_000)), 1e-7),
        (KernelEstimate(np.random.default_rng(3).normal([[0.0], [1.0]], [[0.02], [0.3]], (2, 1000)).ravel()), 1e-5),
        (KernelEstimate(np.random.default_rng(3).choice([-0.3, 0.7, 0.72], 300) + 0.001), 1e-4),
    ],
    ids=["t", "uniform", "gamma", "kernel", "kernel of two widths", "kernel of three values"],
)
def test_other_classes(compositions, density, limit):
    duality = Duality(compositions["sigmoid_mse"], 0, density, Frozen(7.0, -2.0, 0.1))
    assert largest_error(duality) < limit
    assert largest_error(duality.of("w_dot")) < limit


def test_a_kick_without_bound():
    """The logarithm without guard: |q̇| goes to infinity, p(q̇) like q̇^(-2)."""
    composition = compose("clip(y, 0, 1)", "-(1 - x2)*log(1 - f) - x2*log(f)", [0.0, 1.0])
    with np.errstate(invalid="ignore"):  # the kick at the very edge is infinite
        assert largest_error(Duality(composition, 0, Gaussian(0.0, 0.25), Frozen(2.38, -0.69, 0.001))) < 1e-8


def test_a_wrong_jacobian_makes_wrong_probabilities(compositions):
    """Probabilities by the cdf do not notice: that is what they are not for."""

    class Doubled(Duality):
        def jacobian(self, x1):
            return 2 * super().jacobian(x1)

    arguments = compositions["sigmoid_mse"], 0, Gaussian(0.0, 0.25), Frozen(16.0, -8.0, 0.1)
    right, wrong, edges = Duality(*arguments), Doubled(*arguments), np.geomspace(1e-9, 1e-2, 30)
    assert wrong.probability(edges, -1) == pytest.approx(right.probability(edges, -1) / 2, rel=1e-9)
    assert np.array_equal(wrong.preimage_probability(edges, -1), right.preimage_probability(edges, -1))
