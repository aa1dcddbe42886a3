"""Figures of a sweep: estimates against one axis, or as a map over a pair of axes; points without equilibrium too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import LogLocator

from duality.conventions import listed
from duality.figures.mini_batches import caption as caption_of_mini_batches
from duality.figures.mini_batches import figure as mini_batches
from duality.figures.style import AMBER, BLACK, BLUE, DASHES, GREEN, GREY, RED, blank, logarithmic, panels, readable
from duality.records.estimates import Estimate
from duality.rounding import rounded
from duality.sweeps.collection import batches_of, shown, untrained, without_equilibrium

_LABELS = {
    "k_q": "$k_q$",
    "k_w": "$k_w$",
    "k_b": "$k_b$",
    "raw_k_q": "$k_q$, raw",
    "jumps_k_q": "$k_q$ of actual jumps",
    "jumps_distance": "distance of actual from potential jumps",
    "decades": r"decades of $|\dot q|$",
    "visible_decades": r"visible decades of $|\dot q|$",
    "w": "$w$",
    "b": "$b$",
    "accuracy": "accuracy",
}
_BAR = 0.6  # inches of a colour bar and its numbers
_SAY = 0.5  # of the range of a map, to which a point is to be known to decide about its colours
_BESIDE = 5  # entries of the legend of a family beside its curves, at most: predicted, and what points of it lack
_ENTRY, _CHARACTER = 0.5, 0.062  # inches of an entry of a legend without its text, and of a character of that
_MINI_BATCHES, _SIGN = "mini_batches", "negative"  # of one sign are shown, for the other is like it
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
    if estimates == [_MINI_BATCHES]:
        of_batches = batches_of(table, x, figure.get("y"))
        return mini_batches(of_batches, _SIGN) if of_batches else _nothing(labels[x])
    if all(shown(table, estimate).empty for estimate in estimates):
        return _nothing(labels[x])
    if figure.get("y"):
        return _map(table, x, figure["y"], labels, estimates)
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
    exponents = [estimate for estimate in estimates if _is_exponent(estimate)]
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
        axes.set_ylabel(", ".join(_LABELS[estimate] for estimate in group))
        if _spans_decades(table[f"axis_{x}"]):
            logarithmic(axes, "x")
        if group is groups[-1]:
            axes.set_xlabel(label)
        else:
            axes.tick_params(labelbottom=False)
        told = _legend(axes)
        axes.legend(told.values(), told.keys(), loc="best", ncols=2)
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
        axes.set_ylabel(_LABELS[estimate])
        if _spans_decades(table[f"axis_{x}"]):
            logarithmic(axes, "x")
        if _spans_decades(shown(table, estimate)["value"]):
            logarithmic(axes, "y")
    told = _legend(*fig.axes)
    fig.legend(told.values(), told.keys(), loc="lower center", ncols=entries_across)
    return fig


def _named(column: str, value: Any) -> str:
    return column.removeprefix("axis_") + " = " + _told(value)


def _told(value: Any) -> str:
    """A value of an axis, which is a number or a name."""
    return value if isinstance(value, str) else format(value, "g")


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


def _is_exponent(estimate: str) -> bool:
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
            markersize=4.5, linewidth=0, elinewidth=1.0, label=f"{_LABELS[estimate]} {name}".strip(), zorder=3,
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


def _spans_decades(values: pd.Series) -> bool:
    """Whether a scale is better logarithmic: its values are positive, and the largest is 30 times the smallest."""
    return bool(pd.api.types.is_numeric_dtype(values) and values.min() > 0 and values.max() >= 30 * values.min())


def _map(table: pd.DataFrame, x: str, y: str, labels: Mapping[str, str], estimates: Sequence[str]) -> Figure:
    """Estimates over a pair of axes: a panel for each and every class, a cell for each point."""
    columns, rows = (list(pd.unique(table[f"axis_{name}"].sort_values())) for name in (x, y))
    drawn = [(estimate, name) for estimate in estimates for name in pd.unique(shown(table, estimate)["class"])]
    across = max(1, len(drawn) // len(estimates))
    size = (0.62 * len(columns) + 1.2 + _BAR, 0.42 * len(rows) + 1.1)
    fig, all_axes = panels(len(drawn), across, size, (0.75, 0.6, 0.1 + _BAR, 0.35), 0.0)
    failed = {"none": without_equilibrium(table), "no run": untrained(table)}
    scales = {estimate: _scale(shown(table, estimate)) for estimate in estimates}
    for axes, (estimate, name) in zip(all_axes, drawn, strict=True):
        own = shown(table, estimate)
        own = own[own["class"] == name]
        _cells(fig, axes, own, failed, (x, columns), (y, rows), scales[estimate])
        axes.set_title(f"{_LABELS[estimate]}{f', ‘{name}’' if name else ''}", loc="left")
        axes.set_xlabel(labels[x])
        axes.set_ylabel(labels[y])
    return fig


@dataclass(frozen=True)
class _Scale:
    """The colours of a map.

    Attributes
    ----------
    norm : Normalize
        From a value to its share of the colours, 0 to 1 within the limits.
    extend : str
        Which limits values lie beyond, as a colour bar has it: "neither", "min", "max" or "both".
    """

    norm: Normalize
    extend: str


def _scale(estimates: pd.DataFrame) -> _Scale | None:
    """The scale that the maps of all classes of an estimate share. None if there is no estimate.

    What is uncertain has no say in the limits: from the largest error on, a point is left out whose 95% interval is
    longer than half the range of those that are known better. Positive values over decades have a logarithmic scale,
    and relative errors then.
    """
    known = estimates[np.isfinite(estimates["value"])]
    if known.empty:
        return None
    values, errors = known["value"].to_numpy(), known["se"].fillna(0).to_numpy()
    of_decades = _spans_decades(known["value"])
    at, widths = (np.log(values), errors / values) if of_decades else (values, errors)
    order = np.argsort(widths, kind="stable")
    kept = order.size
    while kept > 2 and 2 * 1.96 * widths[order[kept - 1]] > _SAY * np.ptp(at[order[: kept - 1]]) > 0:
        kept -= 1
    deciding = values[order[:kept]]
    low, high = float(deciding.min()), float(deciding.max())
    beyond = bool(values.min() < low), bool(values.max() > high)
    return _Scale(
        LogNorm(low, high) if _spans_decades(pd.Series(deciding)) else Normalize(low, high),
        {(False, False): "neither", (True, False): "min", (False, True): "max"}.get(beyond, "both"),
    )


def _cells(
    fig: Figure,
    axes: Axes,
    own: pd.DataFrame,
    failed: Mapping[str, pd.DataFrame],
    x: tuple[str, list[Any]],
    y: tuple[str, list[Any]],
    scale: _Scale | None,
) -> None:
    (x_name, columns), (y_name, rows) = x, y
    values = np.full((len(rows), len(columns)), np.nan)
    texts: dict[tuple[int, int], str] = {}
    for _, row in own.iterrows():
        at = rows.index(row[f"axis_{y_name}"]), columns.index(row[f"axis_{x_name}"])
        known = row["se"] > 0
        text = rounded(Estimate.normal(row["value"], row["se"]), "short") if known else f"{row['value']:.3g}"
        values[at], texts[at] = row["value"], text
    for text, of in failed.items():
        for _, row in of.iterrows():
            texts[rows.index(row[f"axis_{y_name}"]), columns.index(row[f"axis_{x_name}"])] = text
    if scale:
        # What lies beyond the limits has the colour of the nearer one, also where a logarithm has no value of it.
        shown_as = np.clip(values, scale.norm.vmin, scale.norm.vmax)
        image = axes.imshow(shown_as, cmap="cividis", norm=scale.norm, origin="lower", aspect="auto")
        _bar(fig, axes, image, scale)
    for at, text in texts.items():
        dark = scale is not None and not np.isnan(values[at]) and scale.norm(shown_as[at]) < 0.5
        axes.text(at[1], at[0], text, ha="center", va="center", fontsize=6, color="white" if dark else "black")
    axes.set_xticks(range(len(columns)), list(map(_told, columns)))
    axes.set_yticks(range(len(rows)), list(map(_told, rows)))


def _bar(fig: Figure, axes: Axes, image: AxesImage, scale: _Scale) -> None:
    """The colours beside a map; an arrow where values lie beyond."""
    width = fig.get_size_inches()[0]
    place = axes.get_position()
    bar = fig.add_axes((place.x1 + 0.08 / width, place.y0, 0.11 / width, place.height))
    low, high = image.get_clim()
    ticks: dict[str, Any] = {}
    if low is not None and high is not None and isinstance(scale.norm, LogNorm):
        subs = (1.0, 2.0, 5.0) if high < 1000 * low else (1.0,)
        ticks = {"ticks": LogLocator(subs=subs), "format": "%g"}
    fig.colorbar(image, cax=bar, extend=scale.extend, extendfrac=0.06, **ticks).minorticks_off()
    bar.tick_params(labelsize=6)


def caption(name: str, table: pd.DataFrame, figure: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """A caption that stands by itself, in plain text.

    Parameters
    ----------
    name : str
        Of the sweep.
    table : DataFrame
        Of all points.
    figure, labels : mapping
        As for `draw`.
    """
    if figure["shows"] == [_MINI_BATCHES]:
        of_batches = batches_of(table, figure["x"], figure.get("y"))
        return " ".join([caption_of_mini_batches(of_batches, _SIGN).rstrip("\n"), *_of_failed(table)]) + "\n"
    x, y, estimates = labels[figure["x"]], labels.get(figure.get("y", "")), figure["shows"]
    said = [f"The sweep {readable(name)}: {listed([_IN_WORDS[estimate] for estimate in estimates])} against {x}"]
    said[0] += f" and {y}." if y else "."
    if y:
        said.append(
            "In every cell the estimate, with the standard error of its last digits; dark is low, bright high, "
            "white is where there is nothing to estimate. The bar is the same for all classes; its limits are of "
            "points that are known well, and an arrow is for points of large error beyond them."
        )
    else:
        said.append(
            "Bars are 95% intervals; lines, where there are some, are what infinite data would give, without training."
        )
    if any(_is_exponent(estimate) for estimate in estimates):
        said.append(
            "Exponents are corrected for the dataset, on the window that the conditions of the experiment select."
        )
    return " ".join([*said, *_of_failed(table)]) + "\n"


def _of_failed(table: pd.DataFrame) -> list[str]:
    points = len(table.filter(like="axis_").drop_duplicates())
    kinds = {
        "reach no equilibrium": without_equilibrium(table),
        "are not trained": untrained(table),
    }
    return [f"{len(of)} of {points} points {what}: {_reasons(of)}." for what, of in kinds.items() if len(of)]


_IN_WORDS = {
    "k_q": "the exponent of q̇",
    "k_w": "the exponent of ẇ",
    "k_b": "the exponent of ḃ",
    "raw_k_q": "the exponent of q̇ without any correction",
    "jumps_k_q": "the exponent of the jumps of q̇ that training makes",
    "jumps_distance": "the Kolmogorov-Smirnov distance between jumps that training makes and those at fixed (w, b)",
    "decades": "the decades of |q̇| on which the local exponent of the exact Jacobian is the predicted one",
    "visible_decades": "the decades of |q̇| on which the exact density itself is the predicted power law",
    "w": "the weight",
    "b": "the bias",
    "accuracy": "the accuracy",
}


def _reasons(failed: pd.DataFrame) -> str:
    """The kinds of failure, as the first words of each say them."""
    return ", ".join(sorted({str(why).partition(":")[0].partition(" after")[0] for why in failed["why"]}))
