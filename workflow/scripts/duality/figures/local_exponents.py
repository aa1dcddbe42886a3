"""The local exponent of the exact Jacobian against q̇: where, and how far, it is a power law."""

from collections.abc import Mapping
from itertools import cycle
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from duality.config.settings import MeasuredClass
from duality.conventions import OBSERVED, PAPER, QUANTITIES, SIGNS, listed
from duality.figures.style import AMBER, BLACK, BLUE, DASHES, GREEN, GREY, RED, panels, readable
from duality.records.jacobian import Window, Windows

_COLUMNS = 2
_REACH = 1.6  # of the vertical axis beyond the predicted exponent, which diverges where the map turns back
_LINES = (  # of the quantities in their order: colour, dashes, and both in words
    (BLACK, DASHES[0], "black"),
    (RED, DASHES[1], "dashed red"),
    (BLUE, DASHES[2], "dotted blue"),
    (GREY, DASHES[3], "dash-dotted grey"),
)


def local_exponents(
    curves: Mapping[str, pd.DataFrame],
    windows: Mapping[str, Windows],
    measured: Mapping[str, Mapping[str, MeasuredClass]],
) -> Figure:
    """d ln|dq̇/dx1| / d ln q̇ against log₁₀|q̇| for every experiment and class, and the same for ẇ and ḃ.

    Parameters
    ----------
    curves : mapping
        By experiment the map of all classes, `records.jacobian.MAP`.
    windows : mapping
        By experiment.
    measured : mapping
        By experiment and class.
    """
    shown = [(name, c) for name, classes in measured.items() for c in classes]
    fig, all_axes = panels(len(shown), _COLUMNS, (4.2, 2.2), (0.55, 0.5, 0.15, 0.3), 0.45)
    for axes, (name, class_name) in zip(all_axes, shown, strict=True):
        own, found = measured[name][class_name], windows[name][class_name]["q_dot"].windows
        table = curves[name][curves[name]["class"] == class_name]
        table = table[np.sign(table["q_dot"]) == SIGNS[own.sign]]
        _draw(axes, table, found, own.predicted["q_dot"])
        axes.set_title(f"{readable(name)}, ‘{class_name}’", loc="left")
    # Not every panel has every curve.
    entries = {
        label: handle for axes in all_axes for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    fig.legend(entries.values(), entries.keys(), loc="lower center", ncols=6)
    return fig


def _draw(axes: Axes, table: pd.DataFrame, windows: Mapping[str, Window | None], k: float | None) -> None:
    for quantity, (colour, style, _) in zip(QUANTITIES.values(), cycle(_LINES), strict=False):
        for _, branch in table[table["branch"] >= 0].groupby("branch"):
            if branch[quantity.local_exponent].notna().any():  # ẇ or ḃ may be constant
                x, label = np.log10(branch["q_dot"].abs()), f"${quantity.latex}$"
                axes.plot(x, branch[quantity.local_exponent], color=colour, linestyle=style, linewidth=1.1, label=label)
    if window := windows[OBSERVED]:
        ends = np.log10([window.q_low, window.q_high])
        axes.axvspan(*ends, color="0.9", zorder=0, label="observed window")
    if window := windows[PAPER]:
        line: dict[str, Any] = {"color": GREEN, "linestyle": DASHES[4], "linewidth": 1.2}
        axes.axvline(np.log10(window.q_low), label="paper's window", **line)
        axes.axvline(np.log10(window.q_high), **line)
    centre = k if k is not None else 1.0
    if k is not None:
        axes.axhline(k, color=AMBER, linewidth=3, alpha=0.4, zorder=0.5, label=r"predicted $k_q$")
    axes.axhline(0, color=GREY, linewidth=0.4)
    axes.set_ylim(centre - _REACH, centre + _REACH)
    axes.set_xlabel(r"$\log_{10}\,|\dot{q}|$")
    axes.set_ylabel("local exponent")


def caption() -> str:
    """A caption that stands by itself, in plain text."""
    (_, (_, _, black)), *others = zip(QUANTITIES.values(), cycle(_LINES), strict=False)
    drawn = listed([f"{quantity.symbol} alone ({line})" for quantity, (_, _, line) in others])
    return (
        "Local exponent of the exact Jacobian, d ln|dq̇/dx1| / d ln q̇, against log₁₀|q̇|, for every experiment and class "
        "at its learning equilibrium, on fluctuations of the paper's sign, a line per branch of the map "
        f"({black}); the same for {drawn}, at the same x1. A power law is a horizontal line. Wide "
        "band (amber): the predicted k_q. Verticals of dashes and two dots (green): the window of the paper's "
        "conditions. Shaded: the observed window, the widest on which the exponent of q̇ stays near the predicted one.\n"
    )
