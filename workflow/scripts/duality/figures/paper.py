"""The paper's figures: log₁₀ p(|q̇|) against log₁₀|q̇|, and what belongs beside them.

A figure is drawn from one table of curves (series, x, y, label) and from nothing else; that table is its CSV.
"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import blended_transform_factory

from duality.config.settings import Shown
from duality.figures.style import AMBER, BLACK, BLUE, GREEN, GREY, RED, blank, readable
from duality.records import (
    DETECTION_LEVEL,
    DETECTION_POWER,
    ChiSquared,
    ClassMeasurements,
    Equilibrium,
    Estimate,
    PopulationValue,
    Window,
)
from duality.rounding import beside, rounded

# The paper's elements first, with its colours and line styles (text below Eq. 8.15), then ours.
STYLES: dict[str, dict[str, Any]] = {
    "fluctuations": {"color": BLUE, "linestyle": (0, (1, 1.3)), "linewidth": 2.2, "zorder": 3},
    "jacobian": {"color": RED, "linestyle": "-", "linewidth": 1.6, "zorder": 2.5},
    "window": {"color": GREEN, "linestyle": (0, (5, 3)), "linewidth": 1.3, "zorder": 2},
    "duality_density": {"color": BLACK, "linestyle": "-", "linewidth": 0.7, "zorder": 3.5},
    "corrected_fit": {"color": GREY, "linestyle": "-", "linewidth": 4.5, "alpha": 0.45, "zorder": 1.5},
    "raw_fit": {"color": AMBER, "linestyle": (0, (6, 2, 1, 2)), "linewidth": 1.2, "zorder": 4},
}
LABELS = {
    "fluctuations": "fluctuations",
    "jacobian": r"Jacobian contribution $|dx_1/d\dot{q}|$",
    "window": "power law expected between",
    "duality_density": "exact duality density",
}


def curves(
    jacobian: pd.DataFrame, density: pd.DataFrame, window: Window, measured: ClassMeasurements, sign: int
) -> pd.DataFrame:
    """Everything that a figure shows, as a table.

    Parameters
    ----------
    jacobian, density : DataFrame
        The rows of the class of `duality.records.MAP` and `duality.records.DENSITY`.
    window : Window
        The paper's window of q̇.
    measured : ClassMeasurements
    sign : int
        Of the fluctuations, ±1.

    Returns
    -------
    DataFrame
        `duality.records.CURVES`: series, x = log₁₀|q̇|, y = log₁₀ p or log₁₀|dx1/dq̇| (NaN for the bounds of the
        window), label.
    """
    parts = [_series("fluctuations", density["q_dot"], density["density"], LABELS["fluctuations"])]
    in_range = jacobian["q_dot"].abs().between(density["q_low"].min(), density["q_high"].max())
    red = jacobian[(np.sign(jacobian["q_dot"]) == sign) & in_range & (jacobian["branch"] >= 0)]
    for number, (_, branch) in enumerate(red.groupby("branch")):
        name = "jacobian" if number == 0 else f"jacobian {number + 1}"
        parts.append(_series(name, branch["q_dot"].abs(), 1 / branch["dq_dot_dx1"].abs(), LABELS["jacobian"]))
    exact = density[density["exact"] > 0]
    parts.append(_series("duality_density", exact["q_dot"], exact["exact"], LABELS["duality_density"]))
    bounds = np.array([window.q_low, window.q_high])
    parts.append(_series("window", bounds, np.full(2, np.nan), LABELS["window"]))

    # The corrected exponent speaks of the Jacobian and is drawn on it; the raw one of the fluctuations.
    paper = measured.paper
    middle = np.sqrt(bounds[0] * bounds[1])
    own = red[red["branch"] == window.branch]
    own = own.iloc[(np.log(own["q_dot"].abs()) - np.log(middle)).abs().argmin()]
    on_jacobian = (bounds / abs(own["q_dot"])) ** -paper.corrected.exponent.value / abs(own["dq_dot_dx1"])
    fitted = np.array([paper.window.q_low, paper.window.q_high])
    among_fluctuations = _truncated_density(fitted, paper.raw.exponent.value, paper.window.n / measured.samples)
    for kind, name, fit, q, p in (
        ("corrected_fit", "dataset-corrected", paper.corrected, bounds, on_jacobian),
        ("raw_fit", "raw", paper.raw, fitted, among_fluctuations),
    ):
        parts.append(_series(kind, q, p, f"{name} fit, $k_q$ = {rounded(fit.exponent, 'picture')}"))
    return pd.concat(parts, ignore_index=True)


def _truncated_density(bounds: np.ndarray, k: float, fraction: float) -> np.ndarray:
    """A power law q̇^(-k) that integrates to `fraction` between two bounds, at these."""
    log_ratio = np.log(bounds[1] / bounds[0])
    c = (1 - k) * log_ratio
    integral = bounds[0] * log_ratio * (np.expm1(c) / c if c else 1.0)  # of (q̇/bounds[0])^(-k)
    return fraction / integral * (bounds / bounds[0]) ** -k


def _series(name: str, q_dot: Any, value: Any, label: str) -> pd.DataFrame:
    with np.errstate(divide="ignore"):
        x, y = np.log10(np.asarray(q_dot, float)), np.log10(np.asarray(value, float))
    return pd.DataFrame({"series": name, "x": x, "y": y, "label": label})


def draw(axes: Axes, table: pd.DataFrame) -> None:
    """Draw a table of curves on axes, limits and labels included."""
    blended = blended_transform_factory(axes.transData, axes.transAxes)
    for series, rows in table.groupby("series", sort=False):
        kind = str(series).split()[0]
        label = rows["label"].iloc[0] if kind == series else None
        if kind == "window":
            for number, x in enumerate(rows["x"]):
                axes.plot([x, x], [0, 1], transform=blended, label=label if number == 0 else None, **STYLES[kind])
        else:
            axes.plot(rows["x"], rows["y"], label=label, **STYLES[kind])
    measured = table.loc[table["series"].isin(["fluctuations", "window"]), "x"]
    left, right = measured.min(), measured.max()
    low, high = _heights(table, left, right)
    axes.set_xlim(left - 0.04 * (right - left), right + 0.04 * (right - left))
    axes.set_ylim(low - 0.04 * (high - low), high + 0.06 * (high - low))
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 4, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 4, 5, 10]))
    axes.set_xlabel(r"$\log_{10}\,|\dot{q}|$")
    axes.set_ylabel(r"$\log_{10}\,p(|\dot{q}|)$")


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
        else:
            heights.append(rows["y"].to_numpy())
    finite = np.concatenate(heights)
    finite = finite[np.isfinite(finite)]
    return float(finite.min()), float(finite.max())


def figure(table: pd.DataFrame, title: str) -> Figure:
    """One figure of the paper."""
    fig = blank(5.4, 4.2)
    axes = fig.add_axes((0.15, 0.285, 0.835, 0.65))
    draw(axes, table)
    axes.set_title(title, loc="left")
    axes.legend(loc="upper center", bbox_to_anchor=(0.45, -0.17), ncols=2, handlelength=3.0)
    return fig


def title(shown: Shown) -> str:
    """A short title: the class, the sign and the composition."""
    return f"‘{shown.class_name}’, {shown.sign}: {shown.activation} activation, {shown.loss} loss"


def caption(name: str, shown: Shown, equilibrium: Equilibrium, measured: ClassMeasurements) -> str:
    """A caption that stands by itself, in plain text, with all measured numbers.

    Parameters
    ----------
    name : str
        Of the figure.
    shown : Shown
    equilibrium : Equilibrium
    measured : ClassMeasurements
    """
    w, b = (rounded(mean, "picture") for mean in (equilibrium.w, equilibrium.b))
    paper = measured.paper
    fits = ", ".join(
        f"{text} {rounded(of.exponent, 'picture')}{_population(of.exponent, of.population)}"
        for text, of in (("Jacobian", paper.jacobian), ("raw", paper.raw), ("dataset-corrected", paper.corrected))
    )
    predicted = "" if shown.predicted is None else f"; predicted: {shown.predicted}"
    return (
        f"{readable(name).capitalize()}. Distribution of |q̇| = √(ẇ² + ḃ²) of {shown.sign} fluctuations (by "
        f"the sign of ḃ) for the class '{shown.class_name}', composition of {shown.activation} activation and "
        f"{shown.loss} loss, at the frozen learning equilibrium w = {w}, b = {b}. Dotted blue: the fluctuations. "
        f"Red: the Jacobian's contribution |dx1/dq̇|, a line per branch of the map. Thin black: the exact duality "
        f"density Σ p(x1)/|dq̇/dx1|. Dashed green: bounds of the range of q̇ in which the paper's conditions, as the "
        f"config reads them, expect a power law p(q̇) ∝ q̇^(-k_q), {rounded(paper.window.width, 'picture')} decades with "
        f"{paper.window.n} fluctuations. Light grey: the corrected fit's slope, beside the Jacobian's; amber: the raw "
        f"fit on its window. Exponent k_q: {fits}{predicted}. {_tests(measured.goodness_of_fit)}\n"
    )


def _population(exponent: Estimate, population: PopulationValue | None) -> str:
    """What infinite data would give, and how far the estimate is from it."""
    if population is None:
        return ""
    return f" (infinite data: {beside(population.value, exponent, 'picture')}, z = {population.z:.1f})".replace(
        "-", "−"
    )


def _tests(found: ChiSquared) -> str:
    """The tests of the exact density, and the smallest faults of the Jacobian that they would see."""
    tilt = f", or by (q̇/q̇0)^(±{found.detectable_tilt:.2g})," if found.detectable_tilt else ""
    return (
        f"χ² test of the fluctuations against the exact density: p = {found.p_value:.2g}, and of their fraction of all "
        f"samples: p = {found.fraction_p_value:.2g}, each by itself; the table has them corrected for their number. A "
        f"Jacobian wrong by a factor of 1 ± "
        f"{found.detectable_factor - 1:.2g}{tilt} would be rejected, at the level {DETECTION_LEVEL:g}, with the "
        f"probability {DETECTION_POWER:g}."
    )
