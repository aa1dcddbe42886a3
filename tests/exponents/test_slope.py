"""If these fail, the exponent of the Jacobian or its error is wrong."""

import numpy as np
import pytest
from scipy import integrate

from duality.dataset.density import Gaussian
from duality.exponents.slope import dataset_weight, jacobian_slope, rms_from_slope
from duality.fits.histogram import window_statistics
from duality.fits.power_laws import corrected_power_law, truncated_power_law
from duality.jacobian.duality import Duality
from duality.jacobian.windows import WindowRule, observed_window, paper_window
from duality.records import Frozen, Window

CONDITIONS = ["1/2 << abs(w*x1)", "abs(w) >> 1", "exp(y) << 1"]


def test_corrected_exponent_of_the_fluctuations_is_the_jacobian_s(sigmoid_zeros):
    """The fluctuations, freed of their Gaussian, show what the Jacobian has: on a narrow window to within 4 errors."""
    duality, fluctuations = sigmoid_zeros
    bins = fluctuations.bins("q_dot", "negative")
    window = paper_window(duality, WindowRule(CONDITIONS, -1, 0, 10, 1e-6))
    statistics = window_statistics(bins, window.q_low, window.q_high)
    corrected = corrected_power_law(
        statistics.n, statistics.sum_log, statistics.low, statistics.high, dataset_weight(duality, window)
    )
    k = jacobian_slope(duality, window)
    assert abs(corrected.value - k) < 4 * corrected.se + 0.005
    assert k == pytest.approx(1, abs=0.1)
    raw = truncated_power_law(statistics.n, statistics.sum_log, statistics.low, statistics.high)
    assert abs(raw.value - 1) > 5 * raw.se  # the trap: a bare slope is not the prediction's


def test_exchanging_the_classes_gives_the_same_exponents(compositions):
    """x → 1 - x maps 'zeros' to 'ones' of the sigmoid: w·x + b → -(w·x + b + …), so w = 16, b = -8 maps to itself."""
    for name in ("sigmoid_mse", "sigmoid_cross_entropy"):
        zeros = Duality(compositions[name], 0, Gaussian(0.0, 0.25), Frozen(16.0, -8.0, 0.1))
        ones = Duality(compositions[name], 1, Gaussian(1.0, 0.25), Frozen(16.0, -8.0, 0.1))
        x1 = np.linspace(-1, 1, 41)
        assert zeros.b_dot(x1) == pytest.approx(-ones.b_dot(1 - x1), rel=1e-12)
        # ḃ respects the exchange exactly. q̇ has a factor √(1 + x1²), which does not: agreement where it is constant.
        own, mirrored = (
            observed_window(side.of("b_dot"), 1.0, 0.02, sign, 1e-6) for side, sign in ((zeros, -1), (ones, 1))
        )
        slopes = jacobian_slope(zeros.of("b_dot"), own), jacobian_slope(ones.of("b_dot"), mirrored)
        assert slopes[0] == pytest.approx(slopes[1], abs=1e-9)
        one = observed_window(zeros, 1.0, 0.02, -1, 1e-6)
        other = observed_window(ones, 1.0, 0.02, 1, 1e-6)
        assert jacobian_slope(zeros, one) == pytest.approx(jacobian_slope(ones, other), abs=0.01)


def slope_along_x1(duality, window):
    """The same integral over x1 instead of ln q̇, d ln q̇ = dq̇/dx1·dx1/q̇: no preimages, and another quadrature."""
    t_low, t_high = np.log([window.q_low, window.q_high])

    def integrand(x1):
        jacobian, q_dot = np.abs(duality.jacobian(x1)), duality.magnitude(x1)
        return (np.log(q_dot) - 0.5 * (t_low + t_high)) * np.log(jacobian) * jacobian / q_dot if jacobian else 0.0

    ends = window.x1_low, window.x1_high
    return 12 / (t_high - t_low) ** 3 * integrate.quad(integrand, *ends, epsabs=0, epsrel=1e-11, limit=500)[0]


def test_the_slope_is_the_integral(compositions):
    frozen = Frozen(16.264804427489825, -8.13543427966133, 0.1)
    duality = Duality(compositions["sigmoid_mse"], 0, Gaussian(0.0, 0.25), frozen)
    window = paper_window(duality, WindowRule(CONDITIONS, -1, 0, 3, 1e-6))
    assert jacobian_slope(duality, window) == pytest.approx(slope_along_x1(duality, window), abs=1e-9)
    assert jacobian_slope(duality, window) == pytest.approx(0.972521, abs=1e-6)


def test_the_slope_converges_up_to_a_turning_point(compositions):
    """There dq̇/dx1 is zero and its logarithm diverges."""
    duality = Duality(compositions["sigmoid_mse"], 0, Gaussian(0.0, 0.25), Frozen(16.0, -8.0, 0.1))
    index, branch = max(enumerate(duality.branches), key=lambda found: found[1].q_high)
    low = branch.q_high / 10
    ends = sorted([float(duality.preimage(branch, np.array(low))), branch.right if branch.increasing else branch.left])
    window = Window(index, *ends, low, branch.q_high, 0.1)
    assert jacobian_slope(duality, window) == pytest.approx(slope_along_x1(duality, window), abs=1e-7)


def test_the_deviation_from_the_straight_line_is_that_of_many_points(compositions):
    duality = Duality(compositions["sigmoid_mse"], 0, Gaussian(0.0, 0.25), Frozen(16.0, -8.0, 0.1))
    window = paper_window(duality, WindowRule(CONDITIONS, -1, 0, 3, 1e-6))
    found = rms_from_slope(duality, window, jacobian_slope(duality, window))
    q_dot = np.geomspace(window.q_low, window.q_high, 20001)
    log_jacobian = np.log(np.abs(duality.jacobian(duality.preimage(duality.branches[window.branch], q_dot))))
    line = np.polyfit(np.log(q_dot), log_jacobian, 1)
    deviation = log_jacobian - np.polyval(line, np.log(q_dot))
    assert found == pytest.approx(np.sqrt(np.mean(deviation**2)), rel=1e-3)
