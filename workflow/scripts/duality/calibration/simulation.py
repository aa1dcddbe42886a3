"""Calibration: do the intervals and tests of `duality.fits.power_laws` do what they say, on data whose k is known?

A 95% interval must hold the true k in 95 of 100 data sets, and the p-values of data that do follow the law must be
uniform, for any k, range and number of values.
"""

import numpy as np
import pandas as pd

from duality.config.settings import CalibrationSettings, PValueSettings
from duality.fits.power_laws import Bootstrap, PowerLaw, WindowStatistics, bootstrapped, truncated_power_law

_CELLS = 64
_MOST_VALUES = 1 << 22  # of all data sets together: above, their sufficient statistics are drawn


def draw_logarithms(k: float, decades: float, shape: tuple[int, int], random: np.random.Generator) -> np.ndarray:
    """ln q of values of p(q) ∝ q^(-k) on [1, 10^decades], by inversion of the cumulative distribution."""
    L = decades * np.log(10)
    v, c = random.random(shape), (1 - k) * L
    return L * v if abs(c) < 1e-12 else np.log1p(v * np.expm1(c)) / (1 - k)


def coverage(k: float, decades: float, n: int, replicates: int, random: np.random.Generator) -> float:
    """The share of data sets whose Fisher interval holds the true k.

    Parameters
    ----------
    k, decades, n
        Exponent, range and number of values of every data set.
    replicates : int
        Number of data sets. Their values are drawn one by one, but for more than 2^22 values in all the
        sufficient statistics are.
    random : numpy.random.Generator
    """
    high = 10.0**decades
    if n * replicates <= _MOST_VALUES:
        sum_log = draw_logarithms(k, decades, (replicates, n), random).sum(axis=1)
    else:
        _, sum_log = PowerLaw(np.geomspace(1.0, high, 513)).simulate(k, n, replicates, random)
    intervals = np.array([truncated_power_law(n, total, 1.0, high).interval for total in sum_log])
    return float(np.mean((intervals[:, 0] <= k) & (k <= intervals[:, 1])))


def coverages(settings: CalibrationSettings, random: np.random.Generator) -> pd.DataFrame:
    """Coverage for all exponents, ranges and sizes: columns k, decades, n, replicates, coverage, se (binomial)."""
    replicates = settings.coverage.data_sets
    rows = [
        (k, decades, n, replicates, coverage(k, decades, n, replicates, random))
        for k in settings.exponents
        for decades in settings.coverage.decades
        for n in settings.coverage.sizes
    ]
    table = pd.DataFrame(rows, columns=["k", "decades", "n", "replicates", "coverage"])
    table["se"] = np.sqrt(table["coverage"] * (1 - table["coverage"]) / replicates)
    return table


def bootstraps(k: float, settings: PValueSettings, random: np.random.Generator) -> pd.DataFrame:
    """p-values of the KS test and coverage of the bootstrap interval on data of the law itself.

    Parameters
    ----------
    k : float
        The exponent of every data set.
    settings : PValueSettings
    random : numpy.random.Generator

    Returns
    -------
    DataFrame
        A row per data set: k, p_value, covered (whether the bootstrap interval holds k).
    """
    high, n = 10.0**settings.decades, settings.size
    edges = np.geomspace(1.0, high, _CELLS + 1)
    law = PowerLaw(edges)
    rows = []
    for log_q in draw_logarithms(k, settings.decades, (settings.data_sets, n), random):
        counts = np.bincount(np.minimum((log_q * (_CELLS / np.log(high))).astype(int), _CELLS - 1), minlength=_CELLS)
        statistics = WindowStatistics(1.0, high, n, float(log_q.sum()), float(log_q.std()), edges, counts)
        estimate = truncated_power_law(n, statistics.sum_log, 1.0, high)
        fit = bootstrapped(law, estimate, statistics, Bootstrap(settings.bootstrap, random))
        rows.append((k, fit.p_value, fit.interval[0] <= k <= fit.interval[1]))
    return pd.DataFrame(rows, columns=["k", "p_value", "covered"])
