"""If these fail, the comparison of the power law with its rivals favours the wrong one."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from scipy import optimize, special, stats
from simulated_samples import binned, truncated_sample

from duality.fits.histogram import window_statistics
from duality.fits.power_laws import truncated_power_law
from duality.fits.rivals import CANDIDATES, _merged, compare

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


@pytest.mark.parametrize("name", ["exponential", "lognormal", "power law with cut-off"])
@pytest.mark.parametrize(("mu", "sigma", "low"), [(-4.7, 7.0, 1e-20), (-30.0, 9.0, 1e-20), (-1.0, 0.5, 1e-3)])
def test_another_method_finds_no_better_parameters(random, name, mu, sigma, low):
    """A search that stops short of the maximum gives a number that changes with the processor, by 9000 once."""
    q = np.exp(np.clip(random.normal(mu, sigma, 50_000), None, -1e-9))
    statistics = _merged(window_statistics(binned(q[(q > low) & (q < 1)]), low, 1.0))
    found = next(row for row in compare(statistics, unweighted) if row.rival == name)
    # ln q at the middle of many slices of each cell.
    fractions, edges = (np.arange(64) + 0.5) / 64, np.log(statistics.edges)
    t = edges[:-1, None] + np.diff(edges)[:, None] * fractions
    densities = {
        "exponential": lambda v: -np.exp(v[0] + t),
        "lognormal": lambda v: (v[0] - 1) * t - np.exp(v[1]) * t**2,
        "power law with cut-off": lambda v: -v[0] * t - np.exp(v[1] + t),
        "power law": lambda v: -v[0] * t,
    }

    def loss(name, v):
        with np.errstate(all="ignore"):
            log_p = densities[name](v) + t + np.log(np.diff(edges))[:, None]
            value = -np.sum(statistics.counts * (special.logsumexp(log_p, axis=1) - special.logsumexp(log_p)))
        return value if np.isfinite(value) else 1e300

    def least(name, starts):
        options = {"xatol": 1e-9, "fatol": 1e-9, "maxiter": 5000}
        fits = [optimize.minimize(partial(loss, name), one, method="Nelder-Mead", options=options) for one in starts]
        return min(fit.fun for fit in fits)

    starts = [[0.0], [3.0], [-3.0]] if name == "exponential" else [[0.0, 0.0], [0.5, -4.0], [-0.2, -5.0], [1.0, -8.0]]
    another = least(name, starts) - least("power law", [[1.0]])
    # Where an exponential law falls by orders of magnitude within a cell, the two integrate it differently.
    assert found.log_likelihood_ratio == pytest.approx(another, rel=2e-3 if name == "exponential" else 1e-5, abs=0.01)


def test_the_same_rivals_are_found_on_any_processor(random):
    """The last digit of a sum moves the maximum by no more than that."""
    q = np.exp(-np.abs(random.normal(0, 9.0, 50_000)))
    statistics = window_statistics(binned(q[(q > 1e-12) & (q < 1)]), 1e-12, 1.0)
    rows = compare(statistics, unweighted)
    nudged = compare(statistics, lambda q: 1e-13 * np.sin(1e3 * np.log(q)))
    other = replace(statistics, edges=statistics.edges * (1 + 1e-15))
    for one, same, moved in zip(rows, nudged, compare(other, unweighted), strict=True):
        assert moved.log_likelihood_ratio == pytest.approx(one.log_likelihood_ratio, rel=1e-9, abs=1e-5)
        assert same.log_likelihood_ratio == pytest.approx(one.log_likelihood_ratio, rel=1e-9, abs=1e-5)
