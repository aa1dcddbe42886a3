"""The figure of the mini-batches: exponents, tails and distances to the limit laws against M."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from duality.figures.style import AMBER, BLACK, BLUE, GREY, RED, panels, readable
from duality.mini_batches.vocabulary import BELOW_CAP, CENTRE, EXACT, NORMAL, SCALED, STABLE, TAIL, TRUNCATED
from duality.records.estimates import Estimate
from duality.rounding import rounded

_QUANTITY = {"q_dot": (r"$\dot q$", BLUE, "o", 1.6), "b_dot": (r"$\dot b$", RED, "s", 0.8)}  # and a width of lines
_LAWS: Mapping[str, tuple[str, str, Any]] = {
    NORMAL: (BLACK, "o", "-"),
    STABLE: (RED, "s", (0, (4, 2))),
    TRUNCATED: (BLUE, "^", (0, (1.5, 1.5))),
}
_MARKED = (1, 4, 16, 64, 256, 1024, 4096)
_LARGEST_TAIL, _LARGEST_CENTRE = 16.0, 8.0  # of an exponent that is drawn, with its interval; a larger one is told
_LARGEST_ERROR = 0.5  # of an exponent that is drawn
_FEWEST_OF_LIMIT = 16  # M from which on a limit law is drawn


def figure(tables: Mapping[str, pd.DataFrame], sign: str) -> Figure:
    """Three panels for every experiment: exponents at the centre and on the scaled window, tail, and distances.

    Parameters
    ----------
    tables : mapping
        By experiment, `records.mini_batches.MINI_BATCHES`, rows of all M.
    sign : str
        Of the fluctuations whose exponents are shown.
    """
    fig, axes = panels(3 * len(tables), 3, (3.1, 2.6), (0.55, 0.45, 0.1, 0.35), 0.55)
    for row, (experiment, table) in enumerate(tables.items()):
        centre, tail, distance = axes[3 * row : 3 * row + 3]
        _exponents(centre, table, sign)
        _tails(tail, table, sign)
        _distances(distance, table)
        centre.set_title(f"{readable(experiment, 40)}", loc="left")
        for panel in (centre, tail, distance):
            panel.set_xscale("log", base=2)
            present = sorted(table["mini_batch"].unique())
            panel.set_xlim(present[0] / 1.4, present[-1] * 1.4)
            panel.xaxis.set_major_locator(FixedLocator([M for M in _MARKED if present[-1] >= M]))
            panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            panel.xaxis.set_minor_locator(NullLocator())
            panel.set_xlabel("samples of a mini-batch, $M$", labelpad=1)
    _legends(fig, axes, tables)
    return fig


def _points(axes: Axes, rows: pd.DataFrame, shift: float = 1.0, **style: Any) -> None:
    """Values with their intervals of 95%."""
    rows = rows.dropna(subset=["value"]).sort_values("mini_batch")
    bars = [(rows["value"] - rows["low"]).clip(lower=0), (rows["high"] - rows["value"]).clip(lower=0)]
    axes.errorbar(
        rows["mini_batch"] * shift, rows["value"], yerr=bars, markersize=3.5, linewidth=0.9, linestyle="none", **style
    )


def _line(axes: Axes, rows: pd.DataFrame, column: str, largest: float = np.inf, **style: Any) -> None:
    """Values of a law; the line has a gap where they are larger, or not known."""
    rows = rows.sort_values("mini_batch")
    axes.plot(rows["mini_batch"], rows[column].where(rows[column].abs() <= largest), **{"linewidth": 1, **style})


def _of(table: pd.DataFrame, quantity: str, sign: str, window: str) -> pd.DataFrame:
    return table[(table["quantity"] == quantity) & (table["sign"] == sign) & (table["window"] == window)]


def _told(axes: Axes, rows: pd.DataFrame, number: int, colour: str, ends: tuple[int, int]) -> None:
    """Values that are too large to draw, by an arrow at their M; at the ends of the axis within it."""
    beside = {ends[1]: ("right", 1.3), ends[0]: ("left", 1 / 1.3)}  # as near to the ends as leaves neighbours room
    for _, row in rows.dropna(subset=["value"]).iterrows():
        up = row["value"] > 0
        side, shift = beside.get(row["mini_batch"], ("center", 1.0))
        place = 0.97 - 0.09 * number if up else 0.03 + 0.09 * number
        axes.annotate(
            f"{'↑' if up else '↓'} {row['value']:.0f}".replace("-", "−"),
            (row["mini_batch"] * shift, place),
            xycoords=("data", "axes fraction"),
            ha=side,
            va="top" if up else "bottom",
            fontsize=7,
            color=colour,
        )


def _ends(table: pd.DataFrame) -> tuple[int, int]:
    """The smallest and the largest M."""
    return table["mini_batch"].min(), table["mini_batch"].max()


def _exponents(axes: Axes, table: pd.DataFrame, sign: str) -> None:
    for value in (0, -1):
        axes.axhline(value, color=GREY, linewidth=0.6, zorder=0)
    for number, (quantity, (_, colour, marker, width)) in enumerate(_QUANTITY.items()):
        for window, filled in ((SCALED, True), (CENTRE, False)):
            rows = _of(table, quantity, sign, window)
            far = rows["value"].abs() > _LARGEST_CENTRE
            _told(axes, rows[far], number, colour, _ends(table))
            known = rows[(rows["se"] < _LARGEST_ERROR) & ~far]  # another would fill the panel
            face = colour if filled else "white"
            _points(axes, known, 1.06 ** (2 * number - 1), color=colour, marker=marker, markerfacecolor=face, zorder=3)
            style: Any = "-" if filled else (0, (4, 2))
            column = "exact" if rows["exact"].notna().sum() > 1 else "limit"
            many = rows[rows["mini_batch"] >= (_FEWEST_OF_LIMIT if column == "limit" else 1)]
            _line(axes, many, column, _LARGEST_CENTRE, color=colour, linestyle=style, linewidth=width, zorder=2)
    axes.set_ylabel("raw exponent $k$", labelpad=1)


def _tails(axes: Axes, table: pd.DataFrame, sign: str) -> None:
    low, high = 0.0, 3.0
    for number, (quantity, (_, colour, marker, width)) in enumerate(_QUANTITY.items()):
        rows = _of(table, quantity, sign, TAIL)
        inside = rows[rows[["low", "high"]].abs().max(axis=1) <= _LARGEST_TAIL]
        low, high = min([low, *inside["low"]]), max([high, *inside["high"]])
        _points(axes, inside, 1.06 ** (2 * number - 1), color=colour, marker=marker, zorder=3)
        _told(axes, rows.drop(inside.index), number, colour, _ends(table))
        left = _of(table, quantity, sign, BELOW_CAP)
        low, high = min([low, *left["low"].dropna()]), max([high, *left["high"].dropna()])
        _points(axes, left, 1.06 ** (2 * number - 1), color=colour, marker=marker, markerfacecolor="white", zorder=3)
        _line(axes, left, "exact", _LARGEST_TAIL, color=colour, linestyle=(0, (4, 2)), linewidth=width, zorder=2)
        _line(axes, rows, "exact", _LARGEST_TAIL, color=colour, linestyle="-", linewidth=width, zorder=2)
        many = rows[rows["mini_batch"] >= _FEWEST_OF_LIMIT]
        dots: Any = (0, (1.5, 1.5))
        _line(axes, many, "limit", _LARGEST_TAIL, color=colour, linestyle=dots, linewidth=width, zorder=2)
    alpha = table[(table["estimate"] == "stability index α") & (table["quantity"] == "b_dot")]["exact"]
    if len(alpha):
        axes.axhline(1 + alpha.iloc[0], color=GREY, linewidth=0.6, zorder=0)
    axes.set_ylim(1.1 * low, 1.1 * high)
    axes.set_ylabel("tail exponent $k$", labelpad=1)


def _distances(axes: Axes, table: pd.DataFrame) -> None:
    of_b = table[(table["quantity"] == "b_dot") & (table["estimate"] == "distance")]
    for law, (colour, marker, style) in _LAWS.items():
        rows = of_b[of_b["law"] == law]
        if len(rows):
            _points(axes, rows, color=colour, marker=marker, zorder=3)
            _line(axes, rows, "exact", color=colour, linestyle=style, zorder=2)
    normal = of_b[(of_b["law"] == NORMAL) & (of_b["limit"] < 1)]
    if not (of_b["law"] == STABLE).any():
        _line(axes, normal, "limit", color=AMBER, linestyle=(0, (4, 2)), zorder=2)
    noise = of_b[of_b["law"] == EXACT].sort_values("mini_batch")
    bottom = 0.5 * min(of_b.loc[of_b["law"] != EXACT, "exact"].min(), 0.01)
    axes.fill_between(noise["mini_batch"], bottom, noise["high"] - noise["value"], color="0.9", linewidth=0, zorder=0)
    star = table[(table["estimate"] == "crossover M*") & (table["quantity"] == "b_dot")]["exact"]
    if len(star) and star.iloc[0] <= table["mini_batch"].max():
        axes.axvline(star.iloc[0], color=GREY, linewidth=0.6, zorder=0)
    axes.set_yscale("log")
    axes.set_ylim(bottom, 1)
    axes.set_ylabel(r"KS distance of $\dot b$", labelpad=1)


def _legends(fig: Figure, axes: list[Axes], tables: Mapping[str, pd.DataFrame]) -> None:
    blank = axes[0]
    exponents = [
        blank.plot(
            [],
            [],
            color=colour,
            marker=marker,
            linestyle="-",
            linewidth=width,
            markersize=3.5,
            label=f"{symbol}, scaled window; tail",
        )[0]
        for symbol, colour, marker, width in _QUANTITY.values()
    ]
    exponents += [
        blank.plot([], [], color=colour, marker=marker, markerfacecolor="white", linestyle=(0, (4, 2)), linewidth=width,
                   markersize=3.5, label=f"{symbol}, centre; below the cap")[0]
        for symbol, colour, marker, width in _QUANTITY.values()
    ]  # fmt: skip
    laws = [
        blank.plot([], [], color=colour, marker=marker, linestyle=style, markersize=3.5, label=f"to the {law} law")[0]
        for law, (colour, marker, style) in _LAWS.items()
        if any((table["law"] == law).any() for table in tables.values())
    ]
    laws.append(blank.plot([], [], color=AMBER, linestyle=(0, (4, 2)), label="Edgeworth")[0])
    noise = blank.fill_between([], [], color="0.9", linewidth=0, label="noise of the batches")
    handles: list[Artist] = [*exponents, *laws, noise]
    fig.legend(handles=handles, loc="lower center", ncols=5, handlelength=2.4)


def caption(tables: Mapping[str, pd.DataFrame], sign: str) -> str:
    """A caption that stands by itself, in plain text, with what is seen at the largest M.

    Parameters
    ----------
    tables : mapping
        By experiment, `records.mini_batches.MINI_BATCHES`.
    sign : str
        Of the fluctuations whose exponents are shown.
    """
    lines = [
        "Fluctuations of mini-batches: means of the potential jumps of M samples of all classes mixed, at the "
        f"equilibrium, against M; a row per experiment. Left: raw exponents of {sign} q̇ (circles) and ḃ (squares), on "
        "the paper's window narrowed as the limit law is (filled) and at the centre, between the quantiles 0.2% and 5% "
        "of their magnitude (open); 95% errors; an arrow tells one that is too large to draw. Where the law is smooth "
        "about 0 the exponent is 0 for ḃ and -1 for q̇, the length of a vector of two components (grey): for q̇ that "
        "takes so large an M that 0 is amid the batches in both components. Middle: exponents of the tail, between the "
        "quantiles 99% and 99.9% (filled), and of what is left of the power law of single kicks, if they have one with "
        "1 < k < 3 (grey), between the centre and half of what one capped kick makes of the mean (open). Right: "
        "Kolmogorov-Smirnov distance of ḃ from its limit laws, whose scale and place are computed and not fitted; "
        "bars: 95% bounds. Lines: without sampling, from the M-th power of the characteristic function, with gaps "
        "where its lattice is too coarse; dotted in the middle, and of q̇ on the scaled window: from the limit law. "
        "Edgeworth: the expected distance from the normal law to order 1/M. Shaded: distances that so many "
        "batches do not resolve.",
        "",
    ]
    for experiment, table in tables.items():
        lines.append(f"{experiment}: {_seen(table, sign)}.")
    return "\n".join(lines) + "\n"


def _seen(table: pd.DataFrame, sign: str) -> str:
    largest = table["mini_batch"].max()
    last = table[table["mini_batch"] == largest]
    parts = []
    for quantity, symbol in (("b_dot", "ḃ"), ("q_dot", "q̇")):
        for window in (CENTRE, TAIL, BELOW_CAP):
            rows = _of(last, quantity, sign, window).dropna(subset=["value"])
            if len(rows):
                k = Estimate.normal(rows["value"].iloc[0], rows["se"].iloc[0])
                parts.append(f"k of {symbol} {rounded(k, 'picture')} ({window})")
    of_b = last[(last["quantity"] == "b_dot") & (last["estimate"] == "distance") & (last["law"] != EXACT)]
    parts += [f"distance of ḃ from the {row['law']} law {row['exact']:.2g}" for _, row in of_b.iterrows()]
    star = last[(last["quantity"] == "b_dot") & (last["estimate"] == "crossover M*")]["exact"]
    if len(star):
        parts.append(f"stable up to M* = {star.iloc[0]:.2g}")
    return f"at M = {largest}: " + ", ".join(parts)
