"""The figure of the calibration: coverage of the intervals of the power-law fits, and the p-values of their test."""

from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from duality.config.settings import CalibrationSettings
from duality.figures.style import AMBER, BLACK, BLUE, GREEN, GREY, RED, blank

_ACCEPTED = (0.93, 0.97)
_MARKERS, _COLOURS = ("o", "s", "D", "^"), (BLUE, RED, GREEN, AMBER)  # of the sizes; ranges are told by their place
_GLYPHS = {Fraction(1, 2): "½", Fraction(1, 3): "⅓", Fraction(2, 3): "⅔", Fraction(1, 4): "¼", Fraction(3, 4): "¾"}
_IN_WORDS = {1: "one decade", 2: "two decades", 3: "three decades", 4: "four decades"}


def calibration(coverage: pd.DataFrame, p_values: pd.DataFrame) -> Figure:
    """Coverage of the intervals for all settings, and the distribution of the p-values.

    Parameters
    ----------
    coverage : DataFrame
        From `duality.calibration.simulation.coverages`, of at most four ranges and four sizes.
    p_values : DataFrame
        From `duality.calibration.simulation.bootstraps`, for one or more k.
    """
    fig = blank(9.6, 3.6)
    _coverage(fig.add_axes((0.065, 0.16, 0.55, 0.74)), coverage)
    _p_values(fig.add_axes((0.7, 0.16, 0.285, 0.74)), p_values)
    return fig


def _coverage(axes: Axes, table: pd.DataFrame) -> None:
    exponents, ranges, sizes = (sorted(table[column].unique()) for column in ("k", "decades", "n"))
    axes.axhspan(*_ACCEPTED, color="0.9", zorder=0, label="93% to 97%")
    axes.axhline(0.95, color=GREY, linewidth=0.8, zorder=1)
    for decades in ranges:
        for marker, colour, n in zip(_MARKERS[: len(sizes)], _COLOURS[: len(sizes)], sizes, strict=True):
            own = table[(table["decades"] == decades) & (table["n"] == n)]
            place = np.searchsorted(exponents, own["k"]) + _spread(ranges, decades) + _spread(sizes, n) / 5
            style: dict[str, Any] = {"fmt": marker, "color": colour, "markersize": 3, "linewidth": 0.7}
            label = rf"$n = {n}$" if decades == ranges[0] else None
            axes.errorbar(place, own["coverage"], 1.96 * own["se"], label=label, **style)
    axes.set_xticks(range(len(exponents)), [_short(k) for k in exponents])
    *first, last = (_short(decades) for decades in ranges)
    listed = f"{', '.join(first)} and {last}" if first else last
    axes.set_xlabel(f"true $k$; within each, from left to right: {listed} decades")
    axes.set_ylabel("coverage of the 95% interval")
    axes.set_ylim(0.91, 0.99)
    axes.legend(loc="upper center", ncols=5)


def _p_values(axes: Axes, table: pd.DataFrame) -> None:
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle="--", label="uniform")
    exponents = np.unique(table["k"])
    for shade, k in zip(np.linspace(0, 0.75, exponents.size), exponents, strict=True):
        ordered = np.sort(table.loc[table["k"] == k, "p_value"])
        label = rf"$k$ from {exponents[0]:g} (dark) to {exponents[-1]:g}" if k == exponents[0] else None
        axes.step(
            ordered, np.arange(1, ordered.size + 1) / ordered.size, color=BLACK if shade == 0 else str(shade),
            linewidth=0.8, where="post", label=label,
        )  # fmt: skip
    axes.set_xlabel("$p$-value of the KS test")
    axes.set_ylabel("share of data sets at most that")
    axes.legend(loc="upper left")


def _spread(values: list[float], value: float) -> float:
    """A small offset that tells points of one k apart."""
    return (values.index(value) - (len(values) - 1) / 2) / (len(values) + 1)


def _short(number: float) -> str:
    """A number as a label has it: 1½ for 1.5, ⅔ for 2/3."""
    whole, rest = divmod(abs(Fraction(number).limit_denominator(4)), 1)
    if rest not in _GLYPHS or abs(float(whole + rest) - abs(number)) > 1e-12:
        return f"{number:g}".replace("-", "−")
    return f"{'−' if number < 0 else ''}{whole or ''}{_GLYPHS[rest]}"


def caption(settings: CalibrationSettings) -> str:
    """A caption that stands by itself, in plain text."""
    law = settings.p_values
    decades = _IN_WORDS.get(int(law.decades)) if law.decades == int(law.decades) else None
    return (
        "Calibration on simulated power laws. Left: the share of data sets whose 95% interval holds the true k, with "
        f"binomial 95% errors and a marker per number n of values; {settings.coverage.data_sets} data sets each. "
        "Right: the cumulative distribution of the p-values of the KS test with parametric bootstrap, "
        f"{law.data_sets} data sets of {law.size} values over {decades or f'{law.decades:g} decades'} for each k; "
        "uniform if the test is right.\n"
    )
