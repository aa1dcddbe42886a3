"""If these fail, the error of a fit lacks a part, or a window is measured on the samples that chose it."""

from dataclasses import replace as replace_of

import numpy as np
import pytest
from measured_results import equilibrium_at
from msgspec.structs import replace

from duality.conventions import OBSERVED, PAPER
from duality.exponents.estimation import ClassData, Sample, raw_estimate
from duality.exponents.exact import raw_exponent
from duality.exponents.neighbourhood import Neighbourhood
from duality.fits.histogram import window_statistics
from duality.fits.power_laws import truncated_power_law
from duality.jacobian.windows import WindowRule, observed_window, paper_window
from duality.records.estimates import ParameterErrors
from duality.records.fluctuations import BINS_PER_DECADE

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


def test_the_fit_s_error_is_the_spread_over_data_sets(sigmoid_zeros, random):
    """On a window where the power law is not the truth, whose own (Fisher's) error is a third too large."""
    duality, fluctuations = sigmoid_zeros
    window = observed_window(duality, 1.0, 0.1, -1, 1e-6)
    statistics, found = estimated(duality, fluctuations, window)
    assert found.budget.fit < 0.8 * found.fit.se
    size, exponents = 4000, []
    for _ in range(400):
        q = np.abs(duality.fluctuation(random.normal(0, 0.25, size)))
        log_q = np.log(q[(q >= statistics.low) & (q < statistics.high)])
        exponents.append(truncated_power_law(log_q.size, log_q.sum(), statistics.low, statistics.high).value)
    scaled = found.budget.fit * np.sqrt(fluctuations.samples / size)
    assert np.std(exponents) == pytest.approx(scaled, rel=0.12)


def test_a_window_that_the_exponent_chose_is_measured_on_other_samples(sigmoid_zeros):
    _, every = sigmoid_zeros
    other = replace_of(every, unseen=1.0)
    data = ClassData({}, every, other, equilibrium_at(16.0, -8.0))
    assert data.fluctuations_of(OBSERVED) is other
    assert data.fluctuations_of(PAPER) is every
    assert ClassData({}, every, None, data.equilibrium).fluctuations_of(OBSERVED) is every
