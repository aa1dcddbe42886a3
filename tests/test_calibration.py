"""If these fail, the errors and p-values that the table shows do not mean what they say."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from duality.calibration import EXPONENTS, SIZES, bootstraps, coverage, coverages, draw_logarithms, figure


@pytest.mark.parametrize("k", EXPONENTS)
def test_simulated_values_follow_the_law(random, k):
    """By another route: the values themselves against scipy's KS test with the analytic distribution."""
    log_q = draw_logarithms(k, 2.0, (1, 5000), random)[0]

    def cdf(t):
        return t / np.log(100) if k == 1 else np.expm1((1 - k) * t) / np.expm1((1 - k) * np.log(100))

    assert stats.kstest(log_q, cdf).pvalue > 1e-3


def test_both_ways_of_drawing_cover_alike(random):
    """Values one by one, and sufficient statistics at once, are the same experiment."""
    few = coverage(2.0, 1.0, 200, 2000, random)
    many = coverage(2.0, 1.0, 100_000, 2000, random)
    for share in (few, many):
        assert abs(share - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 2000)


@pytest.mark.slow
def test_intervals_cover_and_no_setting_is_off(random):
    """95% intervals cover 93% to 97% for every k, range and size: each within its binomial error."""
    table = coverages(2000, random)
    assert len(table) == 9 * 4 * 4
    beyond = np.maximum(table["coverage"] - 0.97, 0.93 - table["coverage"])
    assert np.all(beyond < 2 * table["se"])
    for column in ("k", "decades", "n"):
        assert table.groupby(column)["coverage"].mean().between(0.94, 0.96).all()


@pytest.mark.slow
@pytest.mark.parametrize("k", EXPONENTS)
@pytest.mark.parametrize(("decades", "n"), [(0.5, 200), (2.0, 10_000)])
def test_p_values_are_uniform_and_bootstrap_intervals_cover(k, decades, n):
    """A test that rejects true power laws, or passes false ones, would show here first."""
    seed = [int(10 * (k + 1)), int(10 * decades), n]
    found = bootstraps(k, decades, n, 250, 199, np.random.default_rng(seed))
    assert stats.kstest(found["p_value"], "uniform").pvalue > 1e-4
    assert abs(found["covered"].mean() - 0.95) < 4.5 * np.sqrt(0.95 * 0.05 / 250)


def test_the_figure_shows_every_setting():
    rows = [(k, decades, n, 100, 0.95, 0.02) for k in EXPONENTS for decades in (0.5, 1.0, 2.0, 4.0) for n in SIZES]
    table = pd.DataFrame(rows, columns=["k", "decades", "n", "replicates", "coverage", "se"])
    p_values = pd.DataFrame({"k": np.repeat(EXPONENTS, 10), "p_value": np.tile(np.linspace(0.05, 1, 10), 9)})
    axes = figure(table, p_values).axes
    assert sum(len(container[0].get_xdata()) for container in axes[0].containers) == len(rows)
    assert len(axes[1].get_lines()) == 1 + len(EXPONENTS)
