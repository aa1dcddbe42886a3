"""The paper's figures: log₁₀ p(|q̇|) against log₁₀|q̇|, and below it what is left when the prediction is divided out.

A figure is drawn from one table of curves (`duality.figures.curves`) and from nothing else; that table is its CSV.
"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import blended_transform_factory

from duality.figures.curves import NARROW
from duality.figures.style import AMBER, BLACK, BLUE, DASHES, GREEN, GREY, RED, blank, say

# The paper's elements first, with its colours and line styles (text below Eq. 8.15), then ours.
STYLES: dict[str, dict[str, Any]] = {
    "fluctuations": {"color": BLUE, "linestyle": (0, (1, 1.3)), "linewidth": 2.2, "zorder": 3},
    "jacobian": {"color": RED, "linestyle": "-", "linewidth": 1.6, "zorder": 2.5},
    "jacobian 2": {"color": RED, "linestyle": DASHES[4], "linewidth": 1.0, "zorder": 2.4},
    "window": {"color": GREEN, "linestyle": (0, (5, 3)), "linewidth": 1.3, "zorder": 2},
    "duality_density": {"color": BLACK, "linestyle": "-", "linewidth": 0.7, "zorder": 3.5},
    "predicted": {"color": BLACK, "linestyle": "-", "linewidth": 0.7, "marker": "D", "markersize": 4.5,
                  "markerfacecolor": "white", "zorder": 5},
    "corrected_fit": {"color": GREY, "linestyle": "-", "linewidth": 4.5, "alpha": 0.45, "zorder": 1.5},
    "raw_fit": {"color": AMBER, "linestyle": (0, (6, 2, 1, 2)), "linewidth": 1.2, "zorder": 4},
    "corrected": {"color": BLUE, "linestyle": "none", "marker": "o", "markersize": 2.2, "elinewidth": 0.6, "zorder": 3},
}  # fmt: skip
OFF = 0.1  # of an exponent: what a law that is off by that would do is shaded below the density
_SPIKE, _NEAR = 0.4, 1e-3  # a spike rises by so many decades within that share of the width
# Of the label of a spike, in points: how far from it, how clear of lines, and how far beyond the axes it may be.
_FROM_SPIKE, _CLEAR, _MARGIN = 2.5, 0.5, 5.0
_LEAST_WIDTH = 2.0  # decades, for which the shaded wedge must have room
_MOST_ROOM = 2.0  # times the height that the wedge needs: so high a panel may be for the sake of its points


def draw(axes: Axes, below: Axes, table: pd.DataFrame) -> None:
    """Draw a table of curves on axes, and their ratio to the prediction on those below; limits and labels included.

    Of an experiment that failed, the table has the row `failed` alone, whose label says why.
    """
    if table["series"].iloc[0] == "failed":
        say(axes, table["label"].iloc[0])
        below.set_axis_off()
        return
    _draw_curves(axes, table)
    measured = table.loc[table["series"].isin(["fluctuations", "window"]), "x"]
    left, right = measured.min(), measured.max()
    low, high = _heights(table, left, right)
    axes.set_xlim(left - 0.04 * (right - left), right + 0.04 * (right - left))
    axes.set_ylim(low - 0.04 * (high - low), high + 0.06 * (high - low))
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 4, 5, 10]))
    axes.tick_params(labelbottom=False)
    axes.set_ylabel(r"$\log_{10}\,p(|\dot{q}|)$")
    _draw_ratios(below, table)
    below.set_xlim(axes.get_xlim())
    for both in (axes, below):
        both.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 4, 5, 10]))
    below.set_xlabel(r"$\log_{10}\,|\dot{q}|$")
    bounds = _of(table, "window")["x"]
    if bounds.iloc[1] - bounds.iloc[0] < NARROW:
        _enlarge(axes, table)
    _name_spike(axes, table)


def _of(table: pd.DataFrame, series: str) -> pd.DataFrame:
    return table[table["series"] == series]


def _style(series: str) -> dict[str, Any]:
    return STYLES.get(series, STYLES["jacobian 2"])


def _draw_curves(axes: Axes, table: pd.DataFrame) -> None:
    labelled = set()
    for series, rows in table.groupby("series", sort=False):
        label = rows["label"].iloc[0]
        label = None if label in labelled else label
        labelled.add(label)
        if series == "window":
            _draw_bounds(axes, rows["x"], label)
        elif series != "corrected":
            axes.plot(rows["x"], rows["y"], label=label, **_style(str(series)))


def _draw_bounds(axes: Axes, bounds: pd.Series, label: str | None = None) -> None:
    blended = blended_transform_factory(axes.transData, axes.transAxes)
    for x, one in zip(bounds, (label, None), strict=True):
        axes.plot([x, x], [0, 1], transform=blended, label=one, **STYLES["window"])


def _heights(table: pd.DataFrame, left: float, right: float) -> tuple[float, float]:
    """The lowest and the highest y that a figure has to show.

    The Jacobian diverges where the map turns back or levels off. It counts at even steps of x, of which such a spike
    meets next to none: what it has over a stretch of q̇ is seen, the spike is cut.
    """
    steps = left + (right - left) * (np.arange(100) + 0.5) / 100
    heights = []
    for series, rows in table.groupby("series"):
        if str(series).startswith("jacobian"):
            rows = rows.sort_values("x")
            heights.append(np.interp(steps, rows["x"], rows["y"], left=np.nan, right=np.nan))
        elif series != "corrected":
            heights.append(rows["y"].to_numpy())
    finite = np.concatenate(heights)
    finite = finite[np.isfinite(finite)]
    return float(finite.min()), float(finite.max())


def law(table: pd.DataFrame) -> tuple[str, np.ndarray, np.ndarray]:
    """The power law by which the curves are divided: the predicted one, or the corrected fit if none is predicted.

    Returns
    -------
    (series, x, y)
        Its series, and two points of it, the ends of the window.
    """
    series = "predicted" if len(_of(table, "predicted")) else "corrected_fit"
    rows = _of(table, series)
    return series, rows["x"].to_numpy(), rows["y"].to_numpy()


def ratios(table: pd.DataFrame) -> pd.DataFrame:
    """The curves that follow |dx1/dq̇|, less the predicted law: y is log₁₀ of the ratio, which is 0 if that holds."""
    shown = table[table["series"].str.startswith("jacobian") | table["series"].isin(["corrected", "corrected_fit"])]
    _, x, y = law(table)
    return shown.assign(y=shown["y"] - (y[0] + (y[1] - y[0]) / (x[1] - x[0]) * (shown["x"] - x[0])))


def _draw_ratios(axes: Axes, table: pd.DataFrame) -> None:
    left_over, (series, bounds, _) = ratios(table), law(table)
    middle = bounds.mean()
    ends = np.array([table["x"].min(), middle, table["x"].max()])
    axes.fill_between(
        ends, -OFF * abs(ends - middle), OFF * abs(ends - middle), color="0.9", linewidth=0, zorder=0,
        label=f"below: $k_q$ at most {OFF:g} off",
    )  # fmt: skip
    axes.plot(ends[[0, -1]], [0, 0], **{**_style(series), "marker": None})
    for name, rows in left_over.groupby("series", sort=False):
        if name == "corrected":
            axes.errorbar(
                rows["x"], rows["y"], rows["se"], label="below: corrected fluctuations", **STYLES["corrected"]
            )
        elif name != series:
            axes.plot(rows["x"], rows["y"], **_style(str(name)))
    _draw_bounds(axes, pd.Series(bounds))
    half = _half_height(table)
    axes.set_ylim(-half, half)
    outside = beyond(table)
    for side, marker in ((1, "^"), (-1, "v")):
        out = outside[side * outside["y"] > 0]
        if len(out):
            axes.plot(
                out["x"], np.full(len(out), side * half), color=BLUE, linestyle="none", marker=marker, markersize=3.5,
                markeredgewidth=0, clip_on=False, zorder=6, label="below: points beyond the panel",
            )  # fmt: skip
    axes.yaxis.set_major_locator(MaxNLocator(3, symmetric=True, steps=[1, 2, 5, 10]))
    axes.set_ylabel(r"$\log_{10}$ of ratio" + f"\nto {'prediction' if series == 'predicted' else 'fit'}")


def _half_height(table: pd.DataFrame) -> float:
    """Half the height of the lower panel, in decades: for the wedge, the lines in the window, and the points.

    A few points in the tails may be so far off that nothing else would be seen beside them: for their sake a panel gets
    at most twice the height that the wedge needs.
    """
    left_over, (_, bounds, _) = ratios(table), law(table)
    wedge = OFF * max(bounds[1] - bounds[0], _LEAST_WIDTH) / 2
    least = 1.25 * max(wedge, _largest_within(left_over, bounds))
    points = left_over.loc[left_over["series"] == "corrected", "y"].abs()
    return max(least, min(1.1 * float(points.max()), _MOST_ROOM * 1.25 * wedge)) if len(points) else least


def beyond(table: pd.DataFrame) -> pd.DataFrame:
    """The points of the lower panel that are above or below it: arrows at its edge stand for them."""
    points = _of(ratios(table), "corrected")
    return points[points["y"].abs() > _half_height(table)]


def _largest_within(left_over: pd.DataFrame, bounds: np.ndarray) -> float:
    """How far the Jacobian of the window's branch is from the law at most, or the corrected fit, within the window."""
    lines = left_over[left_over["series"].isin(["jacobian", "corrected_fit"]) & left_over["x"].between(*bounds)]
    return float(lines["y"].abs().max())


def spikes(table: pd.DataFrame) -> pd.DataFrame:
    """Where the Jacobian diverges: the highest point of those branches that end in a spike.

    There dq̇/dx1 = 0: the map turns back or levels off.
    """
    width = table["x"].max() - table["x"].min()
    found = [table.iloc[:0]]
    for series, rows in table.groupby("series"):
        if str(series).startswith("jacobian"):
            rows = rows.sort_values("x")
            for end, inwards in ((rows["x"].iloc[-1], -1), (rows["x"].iloc[0], 1)):
                close = rows[(rows["x"] - end).abs() <= _NEAR * width]
                beside = np.interp(end + inwards * _NEAR * width, rows["x"], rows["y"])
                if close["y"].max() - beside > _SPIKE:
                    found.append(close.nlargest(1, "y"))
    return pd.concat(found)


def _name_spike(axes: Axes, table: pd.DataFrame) -> None:
    """Write what a spike is along it, as near to mid-height as there is a free place, on the right of it if possible.

    An arrow from a label beside it would cross the bound of the window, which is next to the spike. Where no place is
    free the label has its patch.
    """
    found = spikes(table)
    if found.empty:
        return
    highest = found.nlargest(1, "y").iloc[0]
    low, high = axes.get_ylim()
    label = axes.annotate(
        r"$d\dot{q}/dx_1 = 0$", (highest["x"], 0.5), (0, 0), xycoords=axes.get_xaxis_transform(),
        textcoords="offset points", rotation=90, va="center", fontsize="small", zorder=6,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0},
    )  # fmt: skip
    half = 0.5 * label.get_window_extent().height / axes.bbox.height
    wanted = min(0.5, (highest["y"] - low) / (high - low) - half)
    heights = sorted(np.linspace(0, 1, 41), key=lambda height: abs(height - wanted))
    places = [(side, height) for side in (1, -1) for height in heights]
    free = (place for place in places if _is_free(axes, _placed(label, *place)))
    _placed(label, *next(free, places[0]))


def _placed(label: Annotation, side: int, height: float) -> Annotation:
    """The label of a spike on its right (1) or left (-1), at a height that is a share of the axes'."""
    label.set(position=(side * _FROM_SPIKE, 0), ha="left" if side > 0 else "right")
    label.xy = (label.xy[0], float(height))
    return label


def _is_free(axes: Axes, label: Annotation) -> bool:
    """Whether a label is within its axes, or in their margin on the right, and no line or inset is behind it."""
    point = axes.figure.dpi / 72
    box = label.get_window_extent()
    if not (axes.bbox.x0 < box.x0 and box.x1 < axes.bbox.x1 + _MARGIN * point):
        return False
    if not axes.bbox.y0 < box.y0 < box.y1 < axes.bbox.y1:
        return False
    for line in axes.get_lines():
        path = line.get_transform().transform_path(line.get_path())
        if path.intersects_bbox(box.padded((line.get_linewidth() / 2 + _CLEAR) * point), filled=False):
            return False
    insets = [inset.get_tightbbox() for inset in axes.child_axes]
    return not any(inset is not None and box.overlaps(inset) for inset in insets)


def freest_corner(axes: Axes, table: pd.DataFrame, width: float, height: float) -> tuple[float, float]:
    """The left lower point, as shares of the axes, of the corner of a size that the fewest curves run through."""
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    steps = np.linspace(left, right, 200)
    points = []
    for series, rows in table.groupby("series"):
        rows = rows.dropna(subset=["y"]).sort_values("x")
        if len(rows) and series != "corrected":
            y = np.interp(steps, rows["x"], rows["y"], left=np.nan, right=np.nan)
            points.append(np.column_stack([(steps - left) / (right - left), (y - low) / (high - low)]))
    x, y = np.concatenate(points).T
    corners = [(1 - width, 1 - height), (0.0, 0.0), (0.0, 1 - height), (1 - width, 0.0)]

    def crossed(corner: tuple[float, float]) -> int:
        inside = (x >= corner[0]) & (x <= corner[0] + width) & (y >= corner[1]) & (y <= corner[1] + height)
        return int(inside.sum())

    return min(corners, key=crossed)


def _enlarge(axes: Axes, table: pd.DataFrame) -> None:
    """A window that is too narrow to be seen, enlarged in the corner that is free."""
    width, height = 0.44, 0.42
    x, y = freest_corner(axes, table, width, height)
    inset = axes.inset_axes((x + 0.11, y + 0.08, width - 0.12, height - 0.15), zorder=7)
    _draw_curves(inset, table)
    counted = _of(table, "fluctuations")
    inset.errorbar(counted["x"], counted["y"], counted["se"], color=BLUE, linestyle="none", linewidth=0.8, zorder=3)
    low, high = _of(table, "window")["x"]
    margin = 0.35 * (high - low)
    inset.set_xlim(low - margin, high + margin)
    within = table[table["x"].between(low - margin, high + margin) & ~table["series"].isin(["corrected"])]
    heights = within.loc[np.isfinite(within["y"]), "y"]
    room = 0.1 * (heights.max() - heights.min())
    inset.set_ylim(heights.min() - room, heights.max() + room)
    inset.xaxis.set_major_locator(MaxNLocator(2))
    inset.yaxis.set_major_locator(MaxNLocator(3))
    inset.tick_params(labelsize="x-small", length=2, pad=1.5)
    for spine in inset.spines.values():
        spine.set(visible=True, linewidth=0.6)
    inset.set_title("window, enlarged", fontsize="small", pad=2)


def figure(table: pd.DataFrame, title: str) -> Figure:
    """One figure of the paper, with its title above."""
    fig = blank(5.6, 5.9)
    axes, below = fig.add_axes((0.16, 0.44, 0.825, 0.48)), fig.add_axes((0.16, 0.265, 0.825, 0.155))
    draw(axes, below, table)
    fig.text(0.16, 0.985, title, va="top", ha="left")
    handles, labels = legend_entries(fig)
    if handles:
        fig.legend(handles, labels, loc="lower center", bbox_to_anchor=(0.52, 0.0), ncols=2, columnspacing=1.2)
    return fig


def legend_entries(fig: Figure) -> tuple[list[Any], list[str]]:
    """What the axes of a figure have labels for, each label once."""
    entries: dict[str, Any] = {}
    for axes in fig.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    return list(entries.values()), list(entries)
