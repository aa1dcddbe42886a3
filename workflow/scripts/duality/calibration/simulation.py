"""Calibration: do the intervals and tests of `duality.fits.power_laws` do what they say, on data whose k is known?

A 95% interval must hold the true k in 95 of 100 data sets, and the p-values of data that do follow the law must be
uniform, for any k, range and number of values.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from duality.figures.style import AMBER, BLACK, BLUE, GREEN, GREY, RED, blank
from duality.fits.histogram import WindowStatistics
from duality.fits.power_laws import Bootstrap, PowerLaw, bootstrapped_fit, truncated_power_law

EXPONENTS = (-0.5, 0.0, 1 / 2, 2 / 3, 3 / 4, 1.0, 1.5, 2.0, 3.0)
DECADES = (0.5, 1.0, 2.0, 4.0)
SIZES = (200, 1_000, 10_000, 100_000)
_CELLS = 64
_MOST_VALUES = 1 << 22  # of all data sets together: above, their sufficient statistics are drawn
_ACCEPTED = (0.93, 0.97)


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


def coverages(replicates: int, random: np.random.Generator) -> pd.DataFrame:
    """Coverage for all exponents, ranges and sizes: columns k, decades, n, replicates, coverage, se (binomial)."""
    rows = [
        (k, decades, n, replicates, coverage(k, decades, n, replicates, random))
        for k in EXPONENTS
        for decades in DECADES
        for n in SIZES
    ]
    table = pd.DataFrame(rows, columns=["k", "decades", "n", "replicates", "coverage"])
    table["se"] = np.sqrt(table["coverage"] * (1 - table["coverage"]) / replicates)
    return table


def bootstraps(
    k: float, decades: float, n: int, data_sets: int, replicates: int, random: np.random.Generator
) -> pd.DataFrame:
    """p-values of the KS test and coverage of the bootstrap interval on data of the law itself.

    Parameters
    ----------
    k, decades, n
        As for `coverage`.
    data_sets : int
    replicates : int
        Of the bootstrap of each data set.
    random : numpy.random.Generator

    Returns
    -------
    DataFrame
        A row per data set: k, p_value, covered (whether the bootstrap interval holds k).
    """
    high = 10.0**decades
    edges = np.geomspace(1.0, high, _CELLS + 1)
    law = PowerLaw(edges)
    rows = []
    for log_q in draw_logarithms(k, decades, (data_sets, n), random):
        counts = np.bincount(np.minimum((log_q * (_CELLS / np.log(high))).astype(int), _CELLS - 1), minlength=_CELLS)
        statistics = WindowStatistics(1.0, high, n, float(log_q.sum()), edges, counts)
        estimate = truncated_power_law(n, statistics.sum_log, 1.0, high)
        fit = bootstrapped_fit(law, estimate, statistics, Bootstrap(replicates, random))
        rows.append((k, fit.ks_p_value, fit.bootstrap[0] <= k <= fit.bootstrap[1]))
    return pd.DataFrame(rows, columns=["k", "p_value", "covered"])


def figure(coverage_table: pd.DataFrame, p_values: pd.DataFrame) -> Figure:
    """Coverage of the intervals for all settings, and the distribution of the p-values.

    Parameters
    ----------
    coverage_table : DataFrame
        From `coverages`.
    p_values : DataFrame
        From `bootstraps`, for one or more k.
    """
    fig = blank(9.6, 3.6)
    axes = fig.add_axes((0.065, 0.16, 0.55, 0.74))
    axes.axhspan(*_ACCEPTED, color="0.9", zorder=0, label="93% to 97%")
    axes.axhline(0.95, color=GREY, linewidth=0.8, zorder=1)
    markers, colours = ("o", "s", "D", "^"), (BLUE, RED, GREEN, AMBER)
    for marker, decades in zip(markers, DECADES, strict=True):
        for colour, n in zip(colours, SIZES, strict=True):
            own = coverage_table[(coverage_table["decades"] == decades) & (coverage_table["n"] == n)]
            place = np.searchsorted(EXPONENTS, own["k"]) + _spread(DECADES, decades) + _spread(SIZES, n) / 5
            style: dict[str, Any] = {"fmt": marker, "color": colour, "markersize": 3, "linewidth": 0.7}
            label = rf"$n = {n}$" if decades == DECADES[0] else None
            axes.errorbar(place, own["coverage"], 1.96 * own["se"], label=label, **style)
    axes.set_xticks(range(len(EXPONENTS)), ["−½", "0", "½", "⅔", "¾", "1", "1½", "2", "3"])
    axes.set_xlabel("true $k$; within each, from left to right: ½, 1, 2 and 4 decades")
    axes.set_ylabel("coverage of the 95% interval")
    axes.set_ylim(0.91, 0.99)
    axes.legend(loc="upper center", ncols=5)
    axes = fig.add_axes((0.7, 0.16, 0.285, 0.74))
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle="--", label="uniform")
    shades: Iterable[float] = np.linspace(0, 0.75, p_values["k"].nunique())
    for shade, (k, rows) in zip(shades, p_values.groupby("k"), strict=True):
        ordered = np.sort(rows["p_value"])
        label = rf"$k$ from {min(EXPONENTS):g} (dark) to {max(EXPONENTS):g}" if k == p_values["k"].min() else None
        axes.step(
            ordered, np.arange(1, ordered.size + 1) / ordered.size, color=BLACK if shade == 0 else str(shade),
            linewidth=0.8, where="post", label=label,
        )  # fmt: skip
    axes.set_xlabel("$p$-value of the KS test")
    axes.set_ylabel("share of data sets at most that")
    axes.legend(loc="upper left")
    return fig


def _spread(values: tuple[float, ...], value: float) -> float:
    """A small offset that tells points of one k apart."""
    return (values.index(value) - (len(values) - 1) / 2) / (len(values) + 1)
