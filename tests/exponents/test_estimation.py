"""If these fail, the error of an exponent lacks what the place of its window's ends within their bins adds."""

import numpy as np
import pytest
from msgspec.structs import replace

from duality.exponents.estimation import Sample, raw_estimate
from duality.exponents.exact import raw_exponent
from duality.exponents.neighbourhood import Neighbourhood
from duality.fits.histogram import window_statistics
from duality.jacobian.windows import WindowRule, paper_window
from duality.records import BINS_PER_DECADE, ParameterErrors

RULE = WindowRule(["1/2 << abs(w*x1)", "abs(w) >> 1", "exp(y) << 1"], -1, 0, 3, 1e-6)
FIXED = ParameterErrors(np.zeros((2, 2)), np.zeros((2, 2)))


def estimated(duality, fluctuations, window):
    at = Neighbourhood(duality, window, FIXED, [], [])
    statistics = window_statistics(fluctuations.bins("q_dot", "negative"), window.q_low, window.q_high)
    return statistics, raw_estimate(at, Sample(statistics, fluctuations.samples, None))


@pytest.mark.parametrize("width", [12.05, 12.26, 12.5])
def test_of_a_narrow_window_the_ends_scatter_the_exponent_as_told(sigmoid_zeros, random, width):
    """A window that lies anywhere in the grid of bins: what infinite data give on its whole bins, at 200 such places.

    Less what they give on the window itself. Left out, other seeds would differ by many errors where the exponent of
    infinite data runs through many values within a few bins.
    """
    duality, fluctuations = sigmoid_zeros
    whole = paper_window(duality, RULE)
    bin_, middle = 10 ** (1 / BINS_PER_DECADE), whole.q_high / 1.2
    expected, told = [], []
    for shift in random.random(200):
        low, high = middle * bin_**shift, middle * bin_ ** (shift + width)
        window = replace(whole, q_low=low, q_high=high)
        statistics, found = estimated(duality, fluctuations, window)
        trim = statistics.low / low, statistics.high / high
        expected.append(raw_exponent(duality, window, trim) - raw_exponent(duality, window))
        told.append(found.budget.bins)
        assert found.exponent.se == pytest.approx(np.hypot(found.budget.fit, found.budget.bins))
    assert np.sqrt(np.mean(np.square(told))) == pytest.approx(np.std(expected), rel=0.15)


def test_of_a_wide_window_they_do_not_count(sigmoid_zeros):
    duality, fluctuations = sigmoid_zeros
    _, found = estimated(duality, fluctuations, paper_window(duality, RULE))
    assert 0 < found.budget.bins < 0.2 * found.budget.fit
