"""Figures of a sweep: estimates against one axis, also of points without equilibrium. Those over a pair are maps."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from duality.figures.mini_batches import figure as mini_batches
from duality.figures.style import AMBER, BLACK, BLUE, DASHES, GREEN, GREY, RED, blank, logarithmic, panels
from duality.figures.sweep_maps import LABELS, draw_map, spans_decades, told
from duality.sweeps.collection import batches_of, shown, untrained, without_equilibrium

_BESIDE = 5  # entries of the legend of a family beside its curves, at most: predicted, and what points of it lack
_ENTRY, _CHARACTER = 0.5, 0.062  # inches of an entry of a legend without its text, and of a character of that
MINI_BATCHES, SIGN = "mini_batches", "negative"  # of one sign are shown, for the other is like it
_COLOURS = (BLUE, RED, GREEN, AMBER, BLACK)
_MARKERS = ("o", "^", "s", "D", "v")
_FILLS = ("full", "none", "left", "right")
_OF_A_FAMILY = ("o", "^", "s", "D", "v", "P", "X", "<", ">", "p", "h", "*")


def draw(table: pd.DataFrame, figure: Mapping[str, Any], labels: Mapping[str, str]) -> Figure:
    """A figure of a sweep.

    Parameters
    ----------
    table : DataFrame
        `records.sweeps.sweep_table`.
    figure : mapping
        x, the name of an axis; shows, a list of `duality.sweeps.collection.ESTIMATES`, or mini_batches alone, x being
        M; and maybe y, another axis.
    labels : mapping
        What the axes are called.
    """
    x, estimates = figure["x"], figure["shows"]
    if estimates == [MINI_BATCHES]:
        of_batches = batches_of(table, x, figure.get("y"))
        return mini_batches(of_batches, SIGN) if of_batches else _nothing(labels[x])
    if all(shown(table, estimate).empty for estimate in estimates):
        return _nothing(labels[x])
    if figure.get("y"):
        return draw_map(table, x, figure["y"], labels, estimates)
    return _curves(table, x, labels[x], estimates)


def _nothing(label: str) -> Figure:
    """What stands in the place of a figure of no point."""
    fig = blank(5.2, 2.0)
    axes = fig.add_axes((0.1, 0.25, 0.85, 0.65))
    axes.set(xlabel=label, xticks=[], yticks=[])
    axes.text(0.5, 0.5, "no point has an equilibrium", ha="center", va="center", color=GREY, transform=axes.transAxes)
    return fig


def _curves(table: pd.DataFrame, x: str, label: str, estimates: Sequence[str]) -> Figure:
    """Estimates against an axis, a panel for all exponents together and one for every other.

    Of several axes it is a family of curves.
    """
    if len(_axes_but(table, x)):
        return _families(table, x, label, estimates)
    exponents = [estimate for estimate in estimates if is_exponent(estimate)]
    groups = [exponents, *([estimate] for estimate in estimates if estimate not in exponents)]
    groups = [group for group in groups if group]
    heights = np.array([3.0 if group == exponents else 1.6 for group in groups])
    total = heights.sum() + 0.45
    fig, top = blank(5.2, total), total - 0.15
    for group, height in zip(groups, heights, strict=True):
        axes = fig.add_axes((0.14, (top - height + 0.12) / total, 0.83, (height - 0.12) / total))
        top -= height
        for number, estimate in enumerate(group):
            _curve(axes, shown(table, estimate), x, estimate, _FILLS[number])
        _no_equilibrium(axes, table, x)
        axes.set_ylabel(", ".join(LABELS[estimate] for estimate in group))
        if spans_decades(table[f"axis_{x}"]):
            logarithmic(axes, "x")
        if group is groups[-1]:
            axes.set_xlabel(label)
        else:
            axes.tick_params(labelbottom=False)
        entries = _legend(axes)
        axes.legend(entries.values(), entries.keys(), loc="best", ncols=2)
    return fig


def _legend(*panels: Axes) -> dict[str, Artist]:
    """What is drawn in some panels, each name once."""
    return {name: of for axes in panels for of, name in zip(*axes.get_legend_handles_labels(), strict=True)}


def _axes_but(table: pd.DataFrame, x: str) -> list[str]:
    """The columns of a table that are axes, but one."""
    return [column for column in table.columns if column.startswith("axis_") and column != f"axis_{x}"]


def _families(table: pd.DataFrame, x: str, label: str, estimates: Sequence[str]) -> Figure:
    """Estimates against an axis: a row for each, a column for each class, a curve for each value of another axis.

    What tells the curves is below all panels, once. Of more than two axes there is a column for each class and value of
    the others.
    """
    family, *others = _axes_but(table, x)
    values = sorted(table[family].unique())
    columns = {estimate: list(shown(table, estimate).groupby(["class", *others], sort=False)) for estimate in estimates}
    across, size = max(1, *map(len, columns.values())), (2.9, 2.1)
    names = [_named(family, value) for value in values]
    entries_across = max(
        1, int(across * size[0] / (_ENTRY + _CHARACTER * max(map(len, [*names, "no equilibrium of some"]))))
    )
    foot = 0.15 + 0.17 * -(-(len(names) + _BESIDE) // entries_across)
    fig, all_axes = panels(len(estimates) * across, across, size, (0.65, 0.45, 0.1, 0.25), foot)
    for number, axes in enumerate(all_axes):
        estimate, column = estimates[number // across], number % across
        if column >= len(columns[estimate]):
            axes.remove()
            continue
        (class_name, *at_others), rows = columns[estimate][column]
        for index, (value, name) in enumerate(zip(values, names, strict=True)):
            _points(axes, rows[rows[family] == value], x, index, len(values), name)
        for predicted in dict.fromkeys(_predictions(rows, family, x)):
            _predicted(axes, predicted)
        of_column = table
        for other, value in zip(others, at_others, strict=True):
            of_column = of_column[of_column[other] == value]
        _no_equilibrium(axes, of_column, x)
        of_others = [_named(other, value) for other, value in zip(others, at_others, strict=True)]
        axes.set_title(", ".join([*([f"‘{class_name}’"] if class_name else []), *of_others]), loc="left")
        axes.set_xlabel(label)
        axes.set_ylabel(LABELS[estimate])
        if spans_decades(table[f"axis_{x}"]):
            logarithmic(axes, "x")
        if spans_decades(shown(table, estimate)["value"]):
            logarithmic(axes, "y")
    entries = _legend(*fig.axes)
    fig.legend(entries.values(), entries.keys(), loc="lower center", ncols=entries_across)
    return fig


def _named(column: str, value: Any) -> str:
    return column.removeprefix("axis_") + " = " + told(value)


def _points(axes: Axes, rows: pd.DataFrame, x: str, number: int, of: int, name: str) -> None:
    """One curve of a family: colours go from dark to bright as the values of its axis do."""
    colour = mpl.colormaps["cividis"](0.85 * number / max(of - 1, 1))
    rows = rows.sort_values(f"axis_{x}")
    at = rows[f"axis_{x}"]
    axes.plot(at, rows["population"], color=colour, linewidth=0.8, linestyle=DASHES[number % len(DASHES)], zorder=2)
    axes.errorbar(
        at, rows["value"], 1.96 * rows["se"], color=colour, marker=_OF_A_FAMILY[number % len(_OF_A_FAMILY)],
        markersize=4.0, linewidth=0, elinewidth=1.0, label=name, zorder=3,
    )  # fmt: skip


def is_exponent(estimate: str) -> bool:
    """Whether one of `duality.sweeps.collection.ESTIMATES` is an exponent."""
    return "k_" in estimate


def _curve(axes: Axes, rows: pd.DataFrame, x: str, estimate: str, fill: Any) -> None:
    """The estimates of every class with 95% intervals, infinite data as a line, and what is predicted of exponents."""
    for number, (class_name, own) in enumerate(rows.groupby("class", sort=False)):
        colour, name = _COLOURS[number % len(_COLOURS)], f"‘{class_name!s}’" if class_name else ""
        at, theory = own[f"axis_{x}"], own.sort_values(f"axis_{x}")
        axes.plot(
            theory[f"axis_{x}"], theory["population"], color=colour, linewidth=0.8, linestyle=DASHES[number % 5],
            zorder=2,
        )  # fmt: skip
        axes.errorbar(
            at, own["value"], 1.96 * own["se"], color=colour, marker=_MARKERS[number % len(_MARKERS)], fillstyle=fill,
            markersize=4.5, linewidth=0, elinewidth=1.0, label=f"{LABELS[estimate]} {name}".strip(), zorder=3,
        )  # fmt: skip
    if fill == _FILLS[0]:
        for predicted in _predictions(rows.drop_duplicates(f"axis_{x}"), None, x):
            _predicted(axes, predicted)


def _predictions(rows: pd.DataFrame, family: str | None, x: str) -> list[tuple[tuple[Any, float], ...]]:
    """What is predicted at every place of an axis, once for each curve of a family that has a prediction."""
    known = rows.dropna(subset=["predicted"]).sort_values(f"axis_{x}")
    curves = [own for _, own in known.groupby(family)] if family else [known]
    return [tuple(zip(own[f"axis_{x}"], own["predicted"], strict=True)) for own in curves if len(own)]


def _predicted(axes: Axes, points: tuple[tuple[Any, float], ...]) -> None:
    axes.plot(*zip(*points, strict=True), color=GREY, linewidth=2.4, alpha=0.5, zorder=1, label="predicted")


def _no_equilibrium(axes: Axes, table: pd.DataFrame, x: str) -> None:
    """A band at each place of an axis where points have no estimate; a fainter one if others of the place have one."""
    points = table.filter(like="axis_").drop_duplicates()[f"axis_{x}"].value_counts()
    for failed, called, style in (
        (without_equilibrium(table), "no equilibrium", "-"),
        (untrained(table), "not trained", ":"),
    ):
        of_place = failed[f"axis_{x}"].value_counts(sort=False)
        for of_all, alpha, label in ((True, 0.35, called), (False, 0.15, f"{called} of some")):
            for at in of_place.index[(of_place == points[of_place.index]) == of_all]:
                axes.axvline(at, color=GREY, linewidth=4, alpha=alpha, linestyle=style, zorder=0, label=label)
