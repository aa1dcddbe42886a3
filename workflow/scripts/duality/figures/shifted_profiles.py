"""The profile likelihood of the shift of every shifted power law: whether the fluctuations tell it from none."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from duality.figures.style import AMBER, BLUE, DASHES, GREEN, GREY, blank, panels, readable
from duality.records.estimates import TOLD_APART
from duality.records.exponents import Exponents, ShiftedFit

_COLUMNS = 4
_CHARACTERS = 34  # of a title, that a panel has room for
_DEPTH = 2.2 * TOLD_APART  # of a panel, in ln L
_FAR = 4.0  # B/A to either side of none, in units of theory's: as far as a panel goes that might go to infinity


def shifted_profiles(tables: Mapping[str, pd.DataFrame], measured: Mapping[str, Exponents]) -> Figure:
    """ln L, less its maximum, against B/A in units of theory's, for every window of ẇ that has a shifted power law.

    Parameters
    ----------
    tables : mapping
        By experiment, `records.exponents.PROFILE`.
    measured : mapping
        By experiment.
    """
    shown = list(_fits(measured))
    if not shown:
        fig = blank(4.8, 0.6)
        fig.text(0.5, 0.5, "no composition here has a shifted power law of ẇ", ha="center", va="center", color=GREY)
        return fig
    fig, all_axes = panels(len(shown), _COLUMNS, (2.6, 2.5), (0.5, 0.45, 0.12, 0.5), 0.4)
    for axes, (name, class_name, window, fit) in zip(all_axes, shown, strict=True):
        table = tables[name]
        _draw(axes, table[(table["class"] == class_name) & (table["window"] == window)], fit)
        axes.set_title(f"{readable(name, _CHARACTERS)},\n‘{class_name}’, {readable(window)} window", loc="left")
    entries = {
        label: handle for axes in all_axes for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    fig.legend(entries.values(), entries.keys(), loc="lower center", ncols=4)
    return fig


def _fits(measured: Mapping[str, Exponents]) -> Iterator[tuple[str, str, str, ShiftedFit]]:
    for name, classes in measured.items():
        for class_name, of in classes.items():
            for window, found in of.quantities.get("w_dot", {}).items():
                if found and found.shifted:
                    yield name, class_name, window, found.shifted


def _draw(axes: Axes, table: pd.DataFrame, fit: ShiftedFit) -> None:
    x = table["B_over_A"] * fit.theory.ratio
    y = table["log_likelihood"].where(table["log_likelihood"] > -2 * _DEPTH)
    axes.plot(x, y, color=BLUE, linewidth=1.2, label="profile likelihood")
    axes.axhline(-TOLD_APART, color=GREY, linewidth=0.8, linestyle="--", label="ends of the 95% interval")
    axes.axvline(1, color=GREEN, linewidth=1.2, linestyle=DASHES[3], label="theory")
    axes.axvline(0, color=AMBER, linewidth=3.0, alpha=0.6, label="no shift")
    inside = x[table["log_likelihood"] > -_DEPTH].dropna()
    axes.set_xlim(*((inside.min(), inside.max()) if fit.profile.inverse_ratio else (-_FAR, _FAR)))
    axes.set_ylim(-_DEPTH, 0.1 * _DEPTH)
    axes.set_xlabel("$B/A$ in units of theory's")
    axes.set_ylabel(r"$\Delta\,\ln L$")
    axes.locator_params(axis="x", nbins=4)
    axes.text(
        0.5, 0.04, f"gain over no shift {_gain(fit.gain)},\nover the exponential {_gain(fit.gain_over_exponential)}",
        transform=axes.transAxes, ha="center", va="bottom", fontsize=6.5,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
    )  # fmt: skip


def _gain(gain: float) -> str:
    return f"{gain:.0f}" if gain >= 100 or not np.isfinite(gain) else f"{gain:.2f}"


CAPTION = (
    "Profile likelihood of the shift of the map's Jacobian dẇ/dx1 = (Aẇ + B)^k_w (Eq. 6.1), of which the density has "
    "the factor (Aẇ + B)^(-k_w), for every window of ẇ on which theory has B ≠ 0: ln L, less its "
    "maximum, with the likeliest k_w for every B/A, against B/A in units of theory's (solid, blue). Dashed (grey): "
    "where it ends the 95% interval, by half the 95% point of χ². Dash-dotted (green): theory. Thick (amber): no "
    "shift, B = 0, the power law of ẇ itself. Where the curve meets the thick line above the dashed one, the "
    "fluctuations do not tell the shift from none. By how much ln L exceeds that of no shift, and of the exponential "
    "law, which is B/A = ±∞, stands in the panel. A panel whose curve stays above the dashed line for ever ends at "
    "four times theory's B/A.\n"
)
