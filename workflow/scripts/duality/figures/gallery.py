"""The gallery as small multiples: of every entry h(y), and the density of fluctuations with the derived power law."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from duality.figures.style import BLACK, BLUE, DASHES, GREEN, GREY, RED, blank
from duality.records.estimates import Estimate
from duality.rounding import rounded

_COLUMNS = 3
_WIDTH, _HEIGHT, _FOOT = 4.15, 2.35, 0.45  # of an entry, and of the legend, in inches
_PLACES = ((0.42, 1.1), (2.07, 1.95))  # left and width of h and of the density
_BOTTOM, _TALL = 0.48, 1.22
_CLASSES = ((BLUE, DASHES[0]), (RED, DASHES[3]), (GREEN, DASHES[2]))  # colour and line, in the order of the classes
_DENSITY: dict[str, dict[str, Any]] = {
    "law": {"color": GREY, "linewidth": 4.5, "alpha": 0.45, "zorder": 1.5},
    "jacobian": {"color": RED, "linewidth": 1.0, "linestyle": DASHES[4], "zorder": 2},
    "exact": {"color": BLACK, "linewidth": 0.7, "zorder": 3},
    "fluctuations": {"color": BLUE, "linestyle": "none", "marker": ".", "markersize": 2.5, "zorder": 2.5},
}
_LABELS = {
    "fluctuations": "fluctuations",
    "exact": "exact density",
    "jacobian": r"Jacobian $|dx_1/d\dot q|$",
    "law": "derived power law",
}


def figure(table: pd.DataFrame, curves: pd.DataFrame) -> Figure:
    """All entries on one sheet.

    Parameters
    ----------
    table, curves : DataFrame
        `records.gallery.GALLERY` and `records.gallery.GALLERY_CURVES`.
    """
    shown = table[table["shown"]].to_dict("records")
    rows = -(-len(shown) // _COLUMNS)
    width, height = _WIDTH * min(_COLUMNS, len(shown)), _HEIGHT * rows + _FOOT
    fig = blank(width, height, font_size=7.0)
    handles: dict[str, Artist] = {}
    for number, row in enumerate(shown):
        line, column = divmod(number, _COLUMNS)
        left, bottom = column * _WIDTH, height - (line + 1) * _HEIGHT
        own = curves[curves["entry"] == row["entry"]]
        for (start, wide), draw in zip(_PLACES, (_draw_h, _draw_density), strict=True):
            place = ((left + start) / width, (bottom + _BOTTOM) / height, wide / width, _TALL / height)
            axes = fig.add_axes(place)
            draw(axes, own)
            artists, labels = axes.get_legend_handles_labels()
            handles |= dict(zip(labels, artists, strict=True))
        at = ((left + 0.1) / width, (bottom + _HEIGHT - 0.22) / height)
        fig.text(*at, f"{row['activation']}, {row['loss']}", fontsize=8.5, weight="bold")
        fig.text(at[0], at[1] - 0.06 / height, _said(row), fontsize=6.5, va="top", linespacing=1.25)
    fig.legend(list(handles.values()), list(handles), loc="lower center", ncols=len(handles), fontsize=7.5)
    return fig


def _draw_h(axes: Axes, curves: pd.DataFrame) -> None:
    own = curves[curves["series"] == "h"]
    for (name, of_class), (colour, line) in zip(own.groupby("class", sort=False), _CLASSES, strict=False):
        axes.plot(of_class["x"], of_class["y"], color=colour, linestyle=line, linewidth=1.1, label=f"$h$ of ‘{name}’")
    axes.axhline(0, color=GREY, linewidth=0.5, zorder=0)
    axes.set_xlabel("$y$", labelpad=1)
    axes.set_ylabel("$h(y)$", labelpad=2)
    axes.ticklabel_format(axis="y", scilimits=(-2, 3))
    axes.yaxis.get_offset_text().set_fontsize(6)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.tick_params(labelsize=6)


def _draw_density(axes: Axes, curves: pd.DataFrame) -> None:
    axes.tick_params(labelsize=6)
    measured = curves[curves["series"] == "fluctuations"]
    if measured.empty:
        axes.set_axis_off()
        axes.text(0.5, 0.5, "no fluctuations", ha="center", va="center", color=GREY, transform=axes.transAxes)
        return
    for series, style in _DENSITY.items():
        of_series = curves[curves["series"] == series]
        if len(of_series):
            axes.plot(of_series["x"], of_series["y"], label=_LABELS[series], **style)
    for number, end in enumerate(curves.loc[curves["series"] == "window", "x"]):
        label = {} if number else {"label": "window"}
        axes.axvline(end, color=GREEN, linewidth=1.0, linestyle=DASHES[1], zorder=1, **label)  # type: ignore[arg-type]
    left, right = measured["x"].min(), measured["x"].max()
    axes.set_xlim(left - 0.05 * (right - left) - 0.02, right + 0.05 * (right - left) + 0.02)
    tops = curves.loc[curves["series"].isin(["fluctuations", "law"]), "y"]
    low, high = tops.min(), tops.max()
    axes.set_ylim(low - 0.08 * (high - low) - 0.1, high + 0.12 * (high - low) + 0.1)
    axes.set_xlabel(r"$\log_{10}|\dot q|$", labelpad=1)
    axes.set_ylabel(r"$\log_{10}\,p$", labelpad=2)
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))


def _said(row: Mapping[Any, Any]) -> str:
    """What was derived and measured, in two lines."""
    first = f"‘{row['class']}’, {row['regime']}, $h$ {row['h']}"
    measured = [f"${k}$ = {_number(row, k)}" for k in ("k_q", "k_b") if np.isfinite(row[k])]
    if not measured:
        return f"{first}\n{str(row['why']).partition(':')[0]}: no power law to measure"
    return f"{first}\nderived $k$ = {row['k_q_derived']}; measured {', '.join(measured)}"


def _number(row: Mapping[Any, Any], k: str) -> str:
    return rounded(Estimate.normal(row[k], row[f"{k}_se"]), "picture")


def caption(table: pd.DataFrame) -> str:
    """A caption that stands by itself, in plain text.

    Parameters
    ----------
    table : DataFrame
        `records.gallery.GALLERY`.
    """
    shown = table[table["shown"]]
    verdicts = {verdict: int((shown["agrees"] == verdict).sum()) for verdict in ("yes", "undecided", "no", "")}
    return (
        f"{len(shown)} compositions that people use. Of each, left: h(y) = dH/dy of both classes, as far as the data "
        "reach. Right: the density of |q̇| for the class and regime with the widest window. Blue points: the "
        "fluctuations. Thin black: the exact duality density. Red: the Jacobian's contribution |dx1/dq̇| of the branch "
        "of the window. Dashed green: the window, on which all corrections to the derived exponent are small. Thick "
        "grey: the power law with the derived exponent, to be compared with the red line. Above: the limit of y, the "
        "leading term of h, the derived exponent, and the measured ones of q̇ and ḃ, corrected for the dataset, with "
        f"standard errors. The measured k_q agrees with the derived one in {verdicts['yes']} compositions, in "
        f"{verdicts['undecided']} that is undecided, in {verdicts['no']} it does not; {verdicts['']} have no power law "
        "of q̇ within reach of the data.\n"
    )
