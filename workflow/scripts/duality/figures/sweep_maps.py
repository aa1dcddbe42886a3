"""Maps of a sweep: an estimate over a pair of axes, a cell for each point."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import LogLocator

from duality.figures.style import panels
from duality.records.estimates import Estimate
from duality.rounding import rounded
from duality.sweeps.collection import shown, untrained, without_equilibrium

LABELS = {  # of estimates, on axes and above maps
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


def told(value: Any) -> str:
    """A value of an axis, which is a number or a name, as pictures show it."""
    return value if isinstance(value, str) else format(value, "g")


def spans_decades(values: pd.Series) -> bool:
    """Whether a scale is better logarithmic: its values are positive, and the largest is 30 times the smallest."""
    return bool(pd.api.types.is_numeric_dtype(values) and values.min() > 0 and values.max() >= 30 * values.min())


def draw_map(table: pd.DataFrame, x: str, y: str, labels: Mapping[str, str], estimates: Sequence[str]) -> Figure:
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
        axes.set_title(f"{LABELS[estimate]}{f', ‘{name}’' if name else ''}", loc="left")
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
    of_decades = spans_decades(known["value"])
    at, widths = (np.log(values), errors / values) if of_decades else (values, errors)
    order = np.argsort(widths, kind="stable")
    kept = order.size
    while kept > 2 and 2 * 1.96 * widths[order[kept - 1]] > _SAY * np.ptp(at[order[: kept - 1]]) > 0:
        kept -= 1
    deciding = values[order[:kept]]
    low, high = float(deciding.min()), float(deciding.max())
    beyond = bool(values.min() < low), bool(values.max() > high)
    return _Scale(
        LogNorm(low, high) if spans_decades(pd.Series(deciding)) else Normalize(low, high),
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
    axes.set_xticks(range(len(columns)), list(map(told, columns)))
    axes.set_yticks(range(len(rows)), list(map(told, rows)))


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
