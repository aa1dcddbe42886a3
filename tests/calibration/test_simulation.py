"""If these fail, the errors and p-values that the table shows do not mean what they say."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from duality.calibration.simulation import bootstraps, coverage, coverages, draw_logarithms
from duality.config.settings import CalibrationSettings, CoverageSettings, PValueSettings
from duality.dataset.density import Gaussian
from duality.exponents.goodness_of_fit import kolmogorov_smirnov
from duality.exponents.shifted import fit_shifted
from duality.fits.power_laws import Bootstrap, PowerLaw, WindowStatistics, bootstrapped, truncated_power_law
from duality.jacobian.duality import Duality
from duality.records.estimates import Frozen
from duality.records.exponents import Shift
from duality.records.record import convert

# Those of the config, which `test_the_settings_are_those_of_the_config` compares.
EXPONENTS = [-0.5, 0.0, 1 / 2, 2 / 3, 3 / 4, 1.0, 1.5, 2.0, 3.0]
DECADES = [0.5, 1.0, 2.0, 4.0]
SIZES = [200, 1_000, 10_000, 100_000]
SETTINGS = CalibrationSettings(EXPONENTS, CoverageSettings(DECADES, SIZES, 2000), PValueSettings(2.0, 1000, 300, 199))


def test_the_settings_are_those_of_the_config(resolved):
    """What is tested here would not be what the stage does."""
    assert convert(resolved["calibration"], CalibrationSettings, "calibration") == SETTINGS


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
    table = coverages(SETTINGS, random)
    assert len(table) == 9 * 4 * 4
    beyond = np.maximum(table["coverage"] - 0.97, 0.93 - table["coverage"])
    assert np.all(beyond < 2 * table["se"])
    for column in ("k", "decades", "n"):
        assert table.groupby(column)["coverage"].mean().between(0.94, 0.96).all()


@pytest.mark.slow
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("decades", DECADES)
def test_p_values_are_uniform_and_bootstrap_intervals_cover(decades, n):
    """A test that rejects true power laws, or passes false ones, would show here first."""
    random = np.random.default_rng([2405, int(10 * decades), n])
    settings = PValueSettings(decades, n, 150, 99)
    found = pd.concat([bootstraps(k, settings, random) for k in EXPONENTS])
    assert found.groupby("k")["p_value"].apply(lambda p: stats.kstest(p, "uniform").pvalue).min() > 1e-4
    assert stats.kstest(found["p_value"], "uniform").pvalue > 1e-3
    assert 0.93 < found["covered"].mean() < 0.97


@pytest.mark.slow
@pytest.mark.parametrize("k", [0.0, 1.0, 3.0])
def test_intervals_cover_where_all_values_are_drawn_one_by_one(random, k):
    """For n = 10⁵ the stage draws sufficient statistics, as the bootstrap does: here by another route."""
    sum_log = [draw_logarithms(k, 2.0, (20, 100_000), random).sum(axis=1) for _ in range(25)]
    intervals = [truncated_power_law(100_000, total, 1.0, 100.0).interval for total in np.concatenate(sum_log)]
    covered = np.mean([low <= k <= high for low, high in intervals])
    assert abs(covered - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 500)


def weighted_sample(random, k, n):
    """ln q of p(q) ∝ W(q)·q^(-k) on [1, 100], W a Gaussian in ln q, by rejection."""
    kept = np.empty(0)
    while kept.size < n:
        log_q = draw_logarithms(k, 2.0, (1, 4 * n), random)[0]
        kept = np.append(kept, log_q[random.random(log_q.size) < np.exp(-0.5 * ((log_q - 2) / 1.5) ** 2)])
    return kept[:n]


EDGES = np.geomspace(1.0, 100.0, 513)
WEIGHTED = PowerLaw(EDGES, lambda q: -0.5 * ((np.log(q) - 2) / 1.5) ** 2)


@pytest.mark.slow
@pytest.mark.parametrize("k", [0.0, 1.0, 2.0])
def test_intervals_of_the_corrected_exponent_cover(random, k):
    """The dataset-corrected exponent carries the verdicts on the paper's predictions."""
    intervals = [WEIGHTED.fit(1000, weighted_sample(random, k, 1000).sum()).interval for _ in range(2000)]
    assert 0.93 < np.mean([low <= k <= high for low, high in intervals]) < 0.97


@pytest.mark.slow
@pytest.mark.parametrize("k", [0.0, 2.0])
def test_p_values_of_the_weighted_law_are_uniform(random, k):
    p_values = []
    for _ in range(200):
        log_q = weighted_sample(random, k, 1000)
        counts = np.histogram(log_q, np.log(EDGES))[0]
        statistics = WindowStatistics(1.0, 100.0, 1000, float(log_q.sum()), float(log_q.std()), EDGES, counts)
        estimate = WEIGHTED.fit(1000, statistics.sum_log)
        p_values.append(bootstrapped(WEIGHTED, estimate, statistics, Bootstrap(99, random)).p_value)
    assert stats.kstest(p_values, "uniform").pvalue > 1e-3


@pytest.mark.slow
def test_p_values_of_the_exact_density_are_uniform(random, compositions):
    """Samples of the class itself, mapped to q̇, in a window of one sign: nothing is fitted."""
    duality = Duality(compositions["sigmoid_mse"], 0, Gaussian(0.0, 0.25), Frozen(16.0, -8.0, 0.1))
    edges, p_values = np.geomspace(1e-5, 1e-2, 301), []
    for _ in range(300):
        q = np.abs(duality.fluctuation(random.normal(0.0, 0.25, 3000)))
        q = q[(q > edges[0]) & (q < edges[-1])]
        counts = np.histogram(q, edges)[0]
        statistics = WindowStatistics(
            edges[0], edges[-1], q.size, float(np.log(q).sum()), float(np.log(q).std()), edges, counts
        )
        p_values.append(kolmogorov_smirnov(statistics, duality, -1, Bootstrap(99, random)).p_value)
    assert stats.kstest(p_values, "uniform").pvalue > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("k_w", [0.5, 2.0])
def test_shifted_power_laws_are_covered_and_told_from_others(random, k_w):
    """p(ẇ) ∝ (1 + ẇ/B)^(-k_w), both parameters free: both intervals of k_w, that of A/B, the p-values, and the power
    against another k_w and against no shift."""
    shift, sets = Shift(k_w, 1.0, 1.0), 300
    edges = np.geomspace(1e-2, 30.0, 65)
    power = 1 - k_w
    F = (1 + edges) ** power
    fits = []
    for _ in range(sets):
        q = (F[0] + random.random(5000) * (F[-1] - F[0])) ** (1 / power) - 1
        counts = np.histogram(q, edges)[0]
        log_q = np.log(q)
        statistics = WindowStatistics(
            edges[0], edges[-1], int(counts.sum()), float(log_q.sum()), float(log_q.std()), edges, counts
        )
        fit, _ = fit_shifted(statistics, 1, shift, np.zeros_like, Bootstrap(99, random))
        fits.append(fit)

    def covered(intervals, value):
        return np.mean([low <= value <= high for low, high in intervals])

    assert np.mean([fit.told_apart for fit in fits]) > 0.99
    expected = pytest.approx(0.95, abs=3.5 * np.sqrt(0.95 * 0.05 / sets))
    assert covered([fit.exponent.interval for fit in fits], k_w) == expected
    assert covered([fit.at_theory.interval for fit in fits], k_w) == expected
    assert covered([fit.profile.exponent for fit in fits], k_w) == expected
    assert covered([fit.profile.inverse_ratio for fit in fits], 1.0) == expected
    assert covered([fit.bootstrap for fit in fits], k_w) == expected
    assert stats.kstest([fit.ks_p_value for fit in fits], "uniform").pvalue > 1e-3
    assert covered([fit.profile.exponent for fit in fits], k_w - 0.2) < 0.2
