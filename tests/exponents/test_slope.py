"""If these fail, the exponent of the Jacobian or its error is wrong."""

import numpy as np
import pytest

from duality.dataset.density import Gaussian
from duality.exponents.slope import dataset_weight, jacobian_exponent, jacobian_slope
from duality.fits.histogram import window_statistics
from duality.fits.power_laws import corrected_power_law, truncated_power_law
from duality.jacobian.duality import Duality
from duality.jacobian.windows import WindowRule, observed_window, paper_window
from duality.records import Frozen

CONDITIONS = ["1/2 << abs(w*x1)", "abs(w) >> 1", "exp(y) << 1"]


def test_corrected_exponent_of_the_fluctuations_is_the_jacobian_s(sigmoid_zeros):
    """The fluctuations, freed of their Gaussian, show what the Jacobian has: on a narrow window to within 4 errors."""
    duality, bins = sigmoid_zeros
    window = paper_window(duality, WindowRule(CONDITIONS, -1, 0, 10, 1e-6))
    statistics = window_statistics(bins, window.q_low, window.q_high)
    corrected = corrected_power_law(
        statistics.n, statistics.sum_log, statistics.low, statistics.high, dataset_weight(duality, window)
    )
    k, _ = jacobian_slope(duality, window)
    assert abs(corrected.value - k) < 4 * corrected.se + 0.005
    assert k == pytest.approx(1, abs=0.1)
    raw = truncated_power_law(statistics.n, statistics.sum_log, statistics.low, statistics.high)
    assert abs(raw.value - 1) > 5 * raw.se  # the trap: a bare slope is not the prediction's


def test_the_jacobian_exponent_inherits_the_error_of_w_and_b(sigmoid_zeros):
    duality, _ = sigmoid_zeros
    window = paper_window(duality, WindowRule(CONDITIONS, -1, 0, 3, 1e-6))
    small = jacobian_exponent(duality, np.diag([1e-6, 1e-6]), window)
    large = jacobian_exponent(duality, np.diag([4e-6, 4e-6]), window)
    assert large.exponent.se == pytest.approx(2 * small.exponent.se, rel=1e-2)
    assert jacobian_exponent(duality, np.zeros((2, 2)), window).exponent.se == 0


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
        slopes = jacobian_slope(zeros.of("b_dot"), own)[0], jacobian_slope(ones.of("b_dot"), mirrored)[0]
        assert slopes[0] == pytest.approx(slopes[1], abs=1e-9)
        one = observed_window(zeros, 1.0, 0.02, -1, 1e-6)
        other = observed_window(ones, 1.0, 0.02, 1, 1e-6)
        assert jacobian_slope(zeros, one)[0] == pytest.approx(jacobian_slope(ones, other)[0], abs=0.01)
