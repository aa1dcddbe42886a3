"""If these fail, the shifted power law of ẇ (Eq. 6.1 with B ≠ 0) is not found, or found where there is none."""

from dataclasses import replace

import numpy as np
import pytest

from duality.dataset.density import Gaussian
from duality.exponents.shifted import fit_shifted, shift_of
from duality.exponents.slope import dataset_weight
from duality.fits.histogram import select, window_statistics
from duality.fluctuations.extraction import extract
from duality.jacobian.duality import Duality
from duality.jacobian.windows import WindowRule, paper_window
from duality.records import Frozen

GAMMA = 0.01
# (w, b), conditions per class, k_w: H quadratic, where the paper has 1/2, and logarithmic, where it has a dash
CASES = {
    "relu_mse": (0.93, -0.015, (["w*x1 > -b", "x1 < 1/2"], ["w*x1 > -b", "x1 > 1/2", "x1 < 9/10"]), 0.5),
    "piecewise_linear_cross_entropy": (2.38, -0.69, (["y < 99/100", "x1 > 3/10"], ["y > 1/100", "x1 < 7/10"]), 2.0),
}


@pytest.fixture(params=[(name, label) for name in CASES for label in (0, 1)], ids=lambda p: f"{p[0]}-{p[1]}")
def case(request, compositions):
    name, label = request.param
    w, b, conditions, k_w = CASES[name]
    duality = Duality(compositions[name], label, Gaussian(float(label), 0.25), Frozen(w, b, GAMMA), "w_dot")
    return duality, paper_window(duality, WindowRule(conditions[label], -1 if label == 0 else 1, label, 3, 1e-6)), k_w


def test_A_and_B_are_those_of_the_exact_map(case):
    """|dẇ/dx1| = (Aẇ + B)^k_w at every x1 of the window."""
    duality, window, k_w = case
    shift = shift_of(duality, window)
    assert shift.k_w == k_w
    x1 = np.linspace(window.x1_low, window.x1_high, 33)
    expected = (shift.A * duality.fluctuation(x1) + shift.B) ** k_w
    assert np.abs(duality.jacobian(x1)) == pytest.approx(expected, rel=1e-6)


def test_A_and_B_of_the_squared_loss(compositions):
    """A = -8γw and B = 4γ²(b - x2)² for H = (y - x2)²."""
    w, b, conditions, _ = CASES["relu_mse"]
    duality = Duality(compositions["relu_mse"], 1, Gaussian(1.0, 0.25), Frozen(w, b, GAMMA), "w_dot")
    shift = shift_of(duality, paper_window(duality, WindowRule(conditions[1], 1, 1, 3, 1e-6)))
    assert pytest.approx(-8 * GAMMA * w) == shift.A
    assert pytest.approx(4 * GAMMA**2 * (b - 1) ** 2) == shift.B


@pytest.fixture
def sampled(case, random):
    """Fluctuations ẇ in the window of a case, their sign, and what is to be found."""
    duality, window, _ = case
    x1 = duality.density.ppf(random.random(400_000))
    samples = {"zeros": x1[:0], "ones": x1[:0], ["zeros", "ones"][duality.label]: x1}
    histogram = extract(duality.composition, samples, duality.frozen).histogram
    sign = duality.branches[window.branch].sign
    bins = select(histogram, ["zeros", "ones"][duality.label], "w_dot", "negative" if sign < 0 else "positive")
    statistics = window_statistics(bins, window.q_low, window.q_high)
    return statistics, sign, shift_of(duality, window), dataset_weight(duality, window)


def test_k_w_and_the_ratio_are_found_in_fluctuations(case, sampled):
    k_w, shift = case[2], sampled[2]
    fit = fit_shifted(*sampled)
    assert abs(fit.exponent.value - k_w) < 4 * fit.exponent.se
    assert abs(fit.at_theory.value - k_w) < 4 * fit.at_theory.se
    assert abs(fit.ratio.value - shift.ratio) < 4 * fit.ratio.se
    assert fit.exponent.se < 0.2 * k_w


def test_cells_of_half_the_number_change_no_estimate_by_its_error(sampled):
    """Two free parameters have no sufficient statistics. At a turning point of ẇ the last cells tell most of A/B: there
    the change is half an error, elsewhere a hundredth."""
    statistics, *others = sampled
    every_second = np.unique(np.append(np.arange(0, statistics.counts.size, 2), statistics.counts.size))
    counts = np.add.reduceat(statistics.counts, every_second[:-1])
    coarse = replace(statistics, edges=statistics.edges[every_second], counts=counts)
    fine, wide = (fit_shifted(cells, *others) for cells in (statistics, coarse))
    assert abs(wide.exponent.value - fine.exponent.value) < fine.exponent.se
    assert abs(wide.ratio.value - fine.ratio.value) < fine.ratio.se


def test_an_exponential_composition_is_not_shifted(compositions):
    sigmoid = Duality(compositions["sigmoid_mse"], 0, Gaussian(0.0, 0.25), Frozen(16.0, -8.0, 0.1), "w_dot")
    assert shift_of(sigmoid, paper_window(sigmoid, WindowRule(["exp(y) << 1"], -1, 0, 3, 1e-6))) is None
