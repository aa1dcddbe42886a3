"""The local exponent of the exact Jacobian against q̇: where, and how far, it is a power law."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from duality.conventions import SIGNS
from duality.figures.style import AMBER, BLACK, BLUE, GREEN, GREY, RED, panels

_COLUMNS = 2
_REACH = 1.6  # of the vertical axis beyond the predicted exponent, which diverges where the map turns back
_STYLES = {
    "local_exponent": (BLACK, "-", r"$\dot q$"),
    "local_exponent_w": (RED, (0, (5, 2)), r"$\dot w$"),
    "local_exponent_b": (BLUE, (0, (1, 1.3)), r"$\dot b$"),
}


def local_exponents(
    curves: Mapping[str, pd.DataFrame],
    windows: Mapping[str, Mapping[str, Any]],
    measured: Mapping[str, Mapping[str, Any]],
) -> Figure:
    """d ln|dq̇/dx1| / d ln q̇ against log₁₀|q̇| for every experiment and class, and the same for ẇ and ḃ.

    Parameters
    ----------
    curves : mapping
        Per experiment what `duality.jacobian.duality.tabulate` gives of all classes, with a column class.
    windows : mapping
        Per experiment and class what `duality.jacobian.windows.find_windows` gives.
    measured : mapping
        Per experiment the classes that are measured, from the config.
    """
    shown = [(name, c) for name, classes in measured.items() for c in classes]
    fig, all_axes = panels(len(shown), _COLUMNS, (4.2, 2.2), (0.55, 0.5, 0.15, 0.3), 0.45)
    for axes, (name, class_name) in zip(all_axes, shown, strict=True):
        own = measured[name][class_name]
        table = curves[name][curves[name]["class"] == class_name]
        _draw(axes, table[np.sign(table["q_dot"]) == SIGNS[own["sign"]]], windows[name][class_name], own)
        axes.set_title(f"{name.replace('_', ' ')}, ‘{class_name}’", loc="left")
    # Not every panel has every curve.
    entries = {
        label: handle for axes in all_axes for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    fig.legend(entries.values(), entries.keys(), loc="lower center", ncols=6)
    return fig


def _draw(axes: Axes, table: pd.DataFrame, windows: Mapping[str, Any], measured: Mapping[str, Any]) -> None:
    for column, (colour, style, label) in _STYLES.items():
        for _, branch in table[table["branch"] >= 0].groupby("branch"):
            if branch[column].notna().any():  # ẇ or ḃ may be constant
                x = np.log10(branch["q_dot"].abs())
                axes.plot(x, branch[column], color=colour, linestyle=style, linewidth=1.1, label=label)
    for kind, colour, label in (("observed", "0.9", "observed window"), ("paper", GREEN, "paper's window")):
        window = windows["q_dot"][kind]
        if window and kind == "observed":
            axes.axvspan(*np.log10([window["q_low"], window["q_high"]]), color=colour, zorder=0, label=label)
        elif window:
            for number, q in enumerate((window["q_low"], window["q_high"])):
                axes.axvline(
                    np.log10(q), color=colour, linestyle=(0, (5, 3)), linewidth=1.2, label=None if number else label
                )
    k = measured["predicted"]["q_dot"]
    centre = k if k is not None else 1.0
    if k is not None:
        axes.axhline(k, color=AMBER, linewidth=3, alpha=0.4, zorder=0.5, label=r"predicted $k_q$")
    axes.axhline(0, color=GREY, linewidth=0.4)
    axes.set_ylim(centre - _REACH, centre + _REACH)
    axes.set_xlabel(r"$\log_{10}\,|\dot{q}|$")
    axes.set_ylabel("local exponent")


CAPTION = (
    "Local exponent of the exact Jacobian, d ln|dq̇/dx1| / d ln q̇, against log₁₀|q̇|, for every experiment and class at "
    "its learning equilibrium, on fluctuations of the paper's sign, a line per branch of the map (black); the same for "
    "ẇ alone (dashed red) and ḃ alone (dotted blue), at the same x1. A power law is a horizontal line. Amber: "
    "the predicted k_q. Dashed green: the window of the paper's conditions. Grey: the observed window, the widest on "
    "which the exponent of q̇ stays near the predicted one.\n"
)
