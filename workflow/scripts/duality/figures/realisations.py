"""The figure of the realisations: spread over error and coverage of every estimate, and z scores against the normal."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator
from scipy import special, stats

from duality.figures.style import AMBER, BLACK, BLUE, DASHES, GREEN, GREY, RED, blank, logarithmic, readable
from duality.realisations.spread import LEVEL, TESTS, allowed_ratios, z_scores
from duality.records.estimates import CONFIDENCE

_JUMPS = "jumps"  # all estimates of these are one kind
_KINDS = {
    "": ("w, b, accuracy", "o", BLACK),
    "jacobian": ("Jacobian", "s", BLUE),
    "raw": ("raw", "^", AMBER),
    "corrected": ("corrected", "D", GREEN),
    "shifted": ("shifted", "X", GREY),
    _JUMPS: ("jumps", "P", RED),
}
_COLOURS = (BLUE, RED, GREEN, AMBER, BLACK)
_GAP = 4  # between experiments, in estimates
_BAND, _FAMILY = "0.82", "0.93"


def realisations(table: pd.DataFrame, estimates: pd.DataFrame) -> Figure:
    """Spread over error and coverage of every estimate with the bands allowed, and all z scores against the normal.

    Parameters
    ----------
    table : DataFrame
        `records.realisations.REALISATIONS`.
    estimates : DataFrame
        `records.realisations.REALISATION`, which it was made of.
    """
    fig = blank(10.2, 6.0, font_size=8.0)
    tests = int(table[list(TESTS)].notna().to_numpy().sum())
    shown = table[table["ratio"].notna()].assign(place=_places(table[table["ratio"].notna()]["experiment"]))
    seeds = int(table["seeds"].max())
    ratio, coverage = fig.add_axes((0.08, 0.53, 0.565, 0.38)), fig.add_axes((0.08, 0.1, 0.565, 0.38))
    _ratios(ratio, shown, seeds, tests)
    _coverages(coverage, shown, seeds, tests)
    for axes in (ratio, coverage):
        _name_experiments(axes, shown, with_names=axes is coverage)
    _z_scores(fig.add_axes((0.715, 0.1, 0.27, 0.81)), estimates)
    handles, labels = ratio.get_legend_handles_labels()
    fig.legend(
        handles, labels, loc="upper left", bbox_to_anchor=(0.075, 1.0), ncols=5, columnspacing=1.2, handletextpad=0.4
    )
    return fig


def _places(experiments: pd.Series) -> np.ndarray:
    """A place per estimate, those of an experiment side by side."""
    new = (experiments != experiments.shift()).to_numpy()
    return np.arange(len(experiments)) + _GAP * (np.cumsum(new) - 1)


def _ratios(axes: Axes, shown: pd.DataFrame, seeds: int, tests: int) -> None:
    bands = ((LEVEL / tests, _FAMILY, "95% of all together"), (LEVEL, _BAND, "95% of single ratios"))
    for level, shade, label in bands:
        axes.axhspan(*allowed_ratios(seeds, level), color=shade, zorder=0, linewidth=0, label=label)
    axes.axhline(1, color=GREY, linewidth=0.8, zorder=1)
    _points(axes, shown, "ratio")
    logarithmic(axes, "y")
    ticks = [tick for tick in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if _reached(shown["ratio"], tick)]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_ylabel("spread / printed error")


def _reached(ratios: pd.Series, tick: float) -> bool:
    return min(0.5, 0.8 * ratios.min()) <= tick <= max(2.0, 1.25 * ratios.max())


def _coverages(axes: Axes, shown: pd.DataFrame, seeds: int, tests: int) -> None:
    for level, shade in ((LEVEL / tests, _FAMILY), (LEVEL, _BAND)):
        lowest = stats.binom.ppf(level / 2, seeds, CONFIDENCE)
        axes.axhspan((lowest - 0.5) / seeds, 1 + 0.5 / seeds, color=shade, zorder=0, linewidth=0)
    axes.axhline(CONFIDENCE, color=GREY, linewidth=0.8, zorder=1)
    _points(axes, shown[shown["coverage"].notna()], "coverage")
    axes.set_ylim(top=1 + 0.5 / seeds)
    axes.yaxis.set_major_locator(MultipleLocator(0.1))
    axes.set_ylabel("95% intervals that hold\nthe value of infinite data")


def _points(axes: Axes, shown: pd.DataFrame, column: str) -> None:
    kinds = shown["estimate"].mask(shown["quantity"].str.endswith(_JUMPS), _JUMPS)
    for kind, (label, marker, colour) in _KINDS.items():
        own = shown[kinds == kind]
        if len(own):
            axes.plot(own["place"], own[column], marker, color=colour, markersize=3, linewidth=0, label=label, zorder=3)
    outside = shown[shown["outside"] == True]  # noqa: E712  (it may be None)
    if len(outside):
        style: dict[str, Any] = {"color": RED, "markersize": 8, "markerfacecolor": "none", "markeredgewidth": 1.2}
        axes.plot(outside["place"], outside[column], "o", label="outside by any test", zorder=4, **style)


def _name_experiments(axes: Axes, shown: pd.DataFrame, with_names: bool) -> None:
    middles = shown.groupby("experiment", sort=False)["place"].mean()
    names = [readable(str(name), 17) for name in middles.index] if with_names else [""] * len(middles)
    axes.set_xticks(middles, names)
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(shown["place"].min() - _GAP / 2, shown["place"].max() + _GAP / 2)
    for first in shown.groupby("experiment", sort=False)["place"].min().iloc[1:]:
        axes.axvline(first - (_GAP + 1) / 2, color="0.8", linewidth=0.6, zorder=1)


def _z_scores(axes: Axes, estimates: pd.DataFrame) -> None:
    tested = estimates[~estimates["quantity"].isin(["sd_w", "sd_b"])]
    axes.axline((0, 0), slope=1, color=GREY, linewidth=0.6, zorder=1)
    for number, (name, own) in enumerate(tested.groupby("experiment", sort=False)):
        z = np.sort(z_scores(own[own["se"] > 0]).dropna().to_numpy())
        if not z.size:
            continue
        normal = special.ndtri((np.arange(z.size) + 0.5) / z.size)
        style: dict[str, Any] = {"color": _COLOURS[number % len(_COLOURS)], "linestyle": DASHES[number % 5]}
        axes.plot(normal, z, linewidth=1.2, label=readable(str(name), 16), zorder=2, **style)
    axes.set_xlabel("quantile of the normal distribution")
    axes.set_ylabel("(estimate − value of infinite data) / error")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper left", labelspacing=0.6)


def caption(sentence: str) -> str:
    """A caption that stands by itself, in plain text.

    Parameters
    ----------
    sentence : str
        From `duality.realisations.spread.summary`.
    """
    return (
        "Every printed estimate over independent realisations. Top: the standard deviation over the realisations, "
        "divided by the root mean square of the printed standard errors; 1 if these are right. Bottom: the share of "
        "the 95% intervals that hold the value of infinite data, to within the accuracy of that. Dark grey: what that "
        "many realisations allow in 95% of cases; light grey: what they allow to all tests together. Right: how far "
        "estimates are off the value of infinite data, in printed errors, ordered, against the normal distribution "
        "(on the straight line if the errors are right); those of one training move together, which makes the steps. "
        f"{sentence}\n"
    )
