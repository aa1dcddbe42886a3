"""All figures of the paper on one sheet, with the predicted and the measured exponents."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from duality.figures.paper import draw, freest_corner, legend_entries
from duality.figures.style import blank

_COLUMNS = 3
_WIDTH, _HEIGHT, _LINE = 3.5, 3.75, 0.25  # of a panel, and of a line of the legend; in inches
_ENTRIES = 10  # of the legend, at most
_LEFT, _RIGHT, _TOP = 0.8, 0.08, 0.42
_DENSITY, _GAP, _RATIO = 2.05, 0.09, 0.68
_NUMBERS = {"predicted": "predicted", "jacobian": "Jacobian", "corrected_fit": "fluctuations"}  # exponents, by series


def overview(tables: Mapping[str, pd.DataFrame], titles: Mapping[str, str]) -> Figure:
    """A panel per figure, with one legend for all.

    Parameters
    ----------
    tables : mapping
        By the name of the figure its curves, `records.figures.CURVES`.
    titles : mapping
        By the name of the figure.
    """
    columns = min(_COLUMNS, len(tables))
    rows = -(-len(tables) // columns)
    across = columns + (columns > 1)  # entries of the legend side by side
    width, height = _WIDTH * columns, _HEIGHT * rows + _LINE * -(-_ENTRIES // across)
    fig = blank(width, height, font_size=8)
    for number, (name, table) in enumerate(tables.items()):
        row, column = divmod(number, columns)
        left, top = _WIDTH * column + _LEFT, height - _HEIGHT * row - _TOP
        inner = (_WIDTH - _LEFT - _RIGHT) / width
        axes = fig.add_axes((left / width, (top - _DENSITY) / height, inner, _DENSITY / height))
        below = fig.add_axes((left / width, (top - _DENSITY - _GAP - _RATIO) / height, inner, _RATIO / height))
        draw(axes, below, table)
        axes.set_title(titles[name], loc="left")
        if numbers := exponents(table):
            _write(axes, table, numbers)
    handles, labels = legend_entries(fig)
    shown = {label.split(",")[0]: handle for handle, label in zip(handles, labels, strict=True)}
    fig.legend(shown.values(), shown.keys(), loc="lower center", ncols=across, handlelength=3.0)
    return fig


def exponents(table: pd.DataFrame) -> list[str]:
    """What was predicted and measured, a line each; none of an experiment that failed."""
    lines = []
    for series, what in _NUMBERS.items():
        of = table.loc[table["series"] == series, "label"]
        if len(of):
            lines.append(f"{what} {of.iloc[0].rpartition(' = ')[2]}")
    return lines


def _write(axes: Axes, table: pd.DataFrame, numbers: list[str]) -> None:
    """The exponents in the corner that is free; where the window is enlarged in that one, in the next."""
    x, y = freest_corner(axes, table, 0.55, 0.28)
    if axes.child_axes:
        x, y = (0.0, 0.0) if x > 0 else (1.0, 1.0)
    axes.text(
        0.02 if x == 0 else 0.98, 0.03 if y == 0 else 0.98, "$k_q$ " + "\n".join(numbers),
        ha="left" if x == 0 else "right", va="bottom" if y == 0 else "top", transform=axes.transAxes, zorder=8,
        fontsize="small", linespacing=1.3, bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5},
    )  # fmt: skip
