"""How the exponents depend on M, the factor as which the paper's "≪" is read."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from duality.config.settings import MeasuredClass
from duality.figures.style import AMBER, BLUE, GREY, RED, logarithmic, panels, readable

_COLUMNS = 5
_CHARACTERS = 28  # of a title, that a panel has room for
_STYLES: dict[str, tuple[str, str, str]] = {
    "jacobian": (RED, "s", "Jacobian"),
    "raw": (AMBER, "^", "raw"),
    "corrected": (BLUE, "o", "dataset-corrected"),
}


def sensitivities(tables: Mapping[str, pd.DataFrame], measured: Mapping[str, Mapping[str, MeasuredClass]]) -> Figure:
    """The three exponents of q̇ against M for every experiment and class.

    Parameters
    ----------
    tables : mapping
        By experiment, `records.exponents.SENSITIVITY`.
    measured : mapping
        By experiment and class.
    """
    factors = sorted({float(M) for table in tables.values() for M in table["much_less_than"]})
    limits = _limits(factors)
    marked = _marked(factors, limits)
    shown = [(name, c) for name, classes in measured.items() for c in classes]
    fig, all_axes = panels(len(shown), _COLUMNS, (2.4, 2.5), (0.62, 0.45, 0.08, 0.5), 0.4)
    for axes, (name, class_name) in zip(all_axes, shown, strict=True):
        table = tables[name][tables[name]["class"] == class_name].dropna(subset=["k_corrected"])
        for kind, (colour, marker, label) in _STYLES.items():
            axes.errorbar(
                table["much_less_than"], table[f"k_{kind}"], 1.96 * table[f"k_{kind}_se"],
                color=colour, marker=marker, markersize=3.5, linewidth=0.9, label=label,
            )  # fmt: skip
        k = measured[name][class_name].predicted["q_dot"]
        if k is not None:
            axes.axhline(k, color=GREY, linewidth=0.9, linestyle="--", label="predicted", zorder=0)
        logarithmic(axes, "x")
        axes.set_xticks(marked, [f"{M:g}" for M in marked])
        axes.set_xlim(limits)
        axes.set_title(_title(name, class_name), loc="left")
        axes.set_xlabel("$M$")
        axes.set_ylabel("$k_q$")
    handles, labels = fig.axes[0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="lower center", ncols=4)
    return fig


def _title(name: str, class_name: str) -> str:
    """The experiment and the class: in two lines if there is room for the class in the second one."""
    lines = f"{readable(name, _CHARACTERS)},".split("\n")
    separator = " " if len(lines) > 1 and len(f"{lines[-1]} ‘{class_name}’") <= _CHARACTERS else "\n"
    return "\n".join(lines) + f"{separator}‘{class_name}’"


def _limits(factors: Sequence[float]) -> tuple[float, float]:
    """A little beyond the smallest and the largest M, in two digits."""
    return float(f"{factors[0] * 6 / 7:.2g}"), float(f"{factors[-1] * 7 / 6:.2g}")


def _marked(factors: Sequence[float], limits: tuple[float, float]) -> list[float]:
    """The values of M that are ticks: from the largest down, those at least a sixth of the axis from the one before."""
    marked = [factors[-1]]
    for M in reversed(factors[:-1]):
        if np.log(marked[0] / M) >= np.log(limits[1] / limits[0]) / 6:
            marked.insert(0, M)
    return marked


CAPTION = (
    "Exponents of q̇ on the paper's window against M, where a ≪ b is read as M·a ≤ b, for every experiment and class: "
    "of the Jacobian (red squares), of the fluctuations (amber triangles) and of the fluctuations corrected for the "
    "dataset (blue circles), with 95% errors. Dashed grey: predicted. The window narrows as M grows; where a curve "
    "jumps, another interval of x1 carries most of the fluctuations; beyond the last point no x1 meets the conditions. "
    "A larger M need not bring an exponent closer to the limit, as it is a mean over a window that may lose its better "
    "end sooner. With a sigmoid and 'zeros', |w·x1| ≫ 1 takes from the small |q̇|, in proportion to M, where e^y is "
    "smallest and the law holds best; e^y ≪ 1 takes from the large |q̇|, by ln M alone. Once the two conditions leave "
    "no x1 > 0, the window is at x1 < 0, where e^y is tiny: with cross-entropy that is the jump. "
    "Estimates come from sufficient statistics: no choice of bins enters.\n"
)
