"""If these fail, the shifted power law of ẇ (Eq. 6.1 with B ≠ 0) is not found, or found where there is none."""

import numpy as np
import pytest

from duality.density import Gaussian
from duality.exponents import dataset_weight
from duality.fluctuations import extract, select
from duality.jacobian import Duality
from duality.power_laws import window_statistics
from duality.shifted import fit_shifted, shift_of
from duality.windows import paper_window

W, B, GAMMA = 0.93, -0.015, 0.01
CONDITIONS = {0: ["w*x1 > -b", "x1 < 1/2"], 1: ["w*x1 > -b", "x1 > 1/2", "x1 < 9/10"]}


@pytest.fixture(params=[0, 1])
def of_w(request, compositions):
    label = request.param
    duality = Duality(compositions["relu_mse"], label, Gaussian(float(label), 0.25), W, B, GAMMA, "w_dot")
    sign = -1 if label == 0 else 1
    return label, duality, paper_window(duality, CONDITIONS[label], label, sign, 3, 1e-6)


def test_A_and_B_are_the_theory_s(of_w):
    """(dẇ/dx1)² = Aẇ + B with A = -8γw and B = 4γ²(b - x2)², at every x1 of the window."""
    label, duality, window = of_w
    shift = shift_of(duality, window)
    assert pytest.approx(-8 * GAMMA * W) == shift.A
    assert pytest.approx(4 * GAMMA**2 * (B - label) ** 2) == shift.B
    x1 = np.linspace(window.x1_low, window.x1_high, 33)
    assert duality.jacobian(x1) ** 2 == pytest.approx(shift.A * duality.fluctuation(x1) + shift.B, rel=1e-9)


def test_k_w_is_one_half_and_the_ratio_is_found(of_w, compositions, random):
    label, duality, window = of_w
    x1 = duality.density.ppf(random.random(400_000))
    samples = [x1, x1[:0]] if label == 0 else [x1[:0], x1]
    histogram, _, _ = extract(compositions["relu_mse"], samples, ["zeros", "ones"], W, B, GAMMA)
    sign = duality.branches[window.branch].sign
    name = "negative" if sign < 0 else "positive"
    bins = select(histogram, ["zeros", "ones"][label], "w_dot", name)
    statistics = window_statistics(bins, window.q_low, window.q_high)
    shift = shift_of(duality, window)
    fit = fit_shifted(statistics, sign, shift, dataset_weight(duality, window))
    assert abs(fit.exponent.k - 0.5) < 4 * fit.exponent.se
    assert abs(fit.at_theory.k - 0.5) < 4 * fit.at_theory.se
    assert abs(fit.ratio - shift.ratio) < 4 * fit.ratio_se
    assert fit.exponent.se < 0.1


def test_only_a_quadratic_composition_is_shifted(compositions):
    sigmoid = Duality(compositions["sigmoid_mse"], 0, Gaussian(0.0, 0.25), 16.0, -8.0, 0.1, "w_dot")
    assert shift_of(sigmoid, paper_window(sigmoid, ["exp(y) << 1"], 0, -1, 3, 1e-6)) is None
