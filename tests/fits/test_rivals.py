"""If these fail, the comparison of the power law with its rivals favours the wrong one."""

import numpy as np
import pytest
from scipy import stats
from simulated_samples import binned, truncated_sample

from duality.fits.histogram import window_statistics
from duality.fits.power_laws import truncated_power_law
from duality.fits.rivals import CANDIDATES, compare

LOW, HIGH = 1e-3, 1.0
NESTED = ("lognormal", "stretched exponential", "power law with cut-off")


def truncated(distribution, random, n):
    """A sample of a scipy distribution within the window, by inversion."""
    F = distribution.cdf([LOW, HIGH])
    return np.clip(distribution.ppf(F[0] + random.random(n) * (F[1] - F[0])), LOW, HIGH * (1 - 1e-12))


def unweighted(q):
    return np.zeros_like(q)


def rows_of(q):
    return {row.rival: row for row in compare(window_statistics(binned(q), LOW, HIGH), unweighted)}


@pytest.mark.parametrize(
    ("name", "distribution"),
    [
        ("exponential", stats.expon(scale=0.1)),
        ("lognormal", stats.lognorm(0.8, scale=0.03)),
        ("stretched exponential", stats.weibull_min(0.6, scale=0.05)),
        ("power law with cut-off", stats.gamma(0.5, scale=0.1)),
    ],
)
def test_each_rival_wins_on_its_own_data(random, name, distribution):
    """A negative ratio favours the rival; and no other candidate with as many parameters is likelier."""
    rows = rows_of(truncated(distribution, random, 20_000))
    assert rows[name].log_likelihood_ratio < -100
    assert rows[name].favours == name
    best = min(row.log_likelihood_ratio for row in rows.values())
    assert rows[name].log_likelihood_ratio <= best + 5


def test_the_parameters_are_those_of_the_data(random):
    """In units of the window's upper end, here 1, of scipy's own parametrisation."""
    rows = rows_of(truncated(stats.weibull_min(0.6, scale=0.05), random, 200_000))
    parameters = dict(part.split(" = ") for part in rows["stretched exponential"].parameters.split("; "))
    assert float(parameters["beta"]) == pytest.approx(0.6, abs=0.02)
    assert float(parameters["rate"]) == pytest.approx(20, rel=0.05)
    rows = rows_of(truncated(stats.lognorm(0.8, scale=0.03), random, 200_000))
    parameters = dict(part.split(" = ") for part in rows["lognormal"].parameters.split("; "))
    assert float(parameters["mu"]) == pytest.approx(np.log(0.03), abs=0.02)
    assert float(parameters["sigma"]) == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize("k", [0.5, 1.5, 2.5])
def test_a_power_law_is_not_beaten_by_its_own_limits(random, k):
    """Lognormal and stretched exponential contain it as a limit: no tiny ratio may pass for a significant one."""
    rows = rows_of(truncated_sample(random, k, LOW, HIGH, 20_000))
    assert rows["exponential"].favours == "power law"
    for name in NESTED:
        assert rows[name].favours == "neither"
        assert rows[name].log_likelihood_ratio < 1


@pytest.mark.slow
def test_a_power_law_loses_to_a_wider_family_as_often_as_it_should(monkeypatch):
    """p ≤ 0.05 in 5% of data sets of a power law, p ≤ 0.4 in 40%, for every family that contains it."""
    wanted = {name: CANDIDATES[name] for name in ("power law", *NESTED)}  # the others take a third of the time
    monkeypatch.setattr("duality.fits.rivals.CANDIDATES", wanted)
    random, sets = np.random.default_rng(7), 200
    p_values = [[rows_of(truncated_sample(random, 1.5, LOW, HIGH, 3000))[name] for name in NESTED] for _ in range(sets)]
    for family in zip(*p_values, strict=True):
        p = np.array([row.p_value for row in family])
        for level in (0.05, 0.4):
            assert abs(np.mean(p <= level) - level) < 3.5 * np.sqrt(level * (1 - level) / sets)


def test_a_slight_curvature_is_seen(random):
    """ln p of curvature 0.05 against the best straight line: a test that ignores the nesting misses half of them."""
    rows = rows_of(truncated(stats.lognorm(np.sqrt(0.5 / 0.05), scale=1.0), random, 20_000))
    assert rows["lognormal"].favours == "lognormal"


def test_the_likelihood_is_that_of_the_exact_fit(random):
    """With the weight q^(-1) the weighted rival is the same family: the ratio is nought."""
    q = truncated_sample(random, 1.3, LOW, HIGH, 5000)
    statistics = window_statistics(binned(q), LOW, HIGH)
    row = compare(statistics, lambda q: -np.log(q))[-1]
    assert row.log_likelihood_ratio == pytest.approx(0, abs=1e-6)
    assert row.favours == "neither"
    k = truncated_power_law(statistics.n, statistics.sum_log, statistics.low, statistics.high).value
    assert float(row.parameters.split(" = ")[1]) == pytest.approx(k - 1, abs=1e-3)
