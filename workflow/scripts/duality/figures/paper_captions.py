"""What stands below the figures of the paper and below the sheet of them: plain text that needs no paper beside it."""

from collections.abc import Sequence

import pandas as pd

from duality.config.settings import Shown
from duality.figures.curves import NARROW
from duality.figures.paper import OFF, beyond, spikes
from duality.figures.style import readable
from duality.records.estimates import DETECTION_LEVEL, DETECTION_POWER, Estimate, PopulationValue
from duality.records.exponents import ChiSquared, ClassMeasurements
from duality.records.training import Equilibrium
from duality.rounding import beside, rounded, significant


def caption(name: str, shown: Shown, equilibrium: Equilibrium, measured: ClassMeasurements, table: pd.DataFrame) -> str:
    """A caption that stands by itself, in plain text, with all measured numbers.

    Parameters
    ----------
    name : str
        Of the figure.
    shown : Shown
    equilibrium : Equilibrium
    measured : ClassMeasurements
    table : DataFrame
        What is drawn, `records.figures.CURVES`: only that is explained.
    """
    w, b = (rounded(mean, "picture") for mean in (equilibrium.w, equilibrium.b))
    paper = measured.paper
    fits = ", ".join(
        f"{text} {rounded(of.exponent, 'picture')}{_population(of.exponent, of.population)}"
        for text, of in (("Jacobian", paper.jacobian), ("dataset-corrected", paper.corrected), ("raw", paper.raw))
    )
    predicted = "" if shown.predicted is None else f"predicted {shown.predicted}; "
    return (
        f"{readable(name).capitalize()}. Distribution of |q̇| = √(ẇ² + ḃ²) of {shown.sign} fluctuations (by "
        f"the sign of ḃ) for the class '{shown.class_name}', composition of {shown.activation} activation and "
        f"{shown.loss} loss, at the frozen learning equilibrium w = {w}, b = {b}. Thick dots (blue): the fluctuations. "
        f"Thin line (black): the exact duality density Σ p(x1)/|dq̇/dx1|. Both are means over the same bins of q̇, the "
        f"outermost cut where that density ends, and stand where it equals its mean. Solid line (red): the Jacobian's "
        f"contribution |dx1/dq̇|.{_branches(table)} Dashed verticals (green): bounds of the range of q̇ in which the "
        f"paper's conditions, as the config reads them, expect a power law p(q̇) ∝ q̇^(-k_q). Between the verticals "
        f"lie {rounded(paper.window.width, 'picture')} decades with {paper.window.n} fluctuations. {_laws(shown)} "
        f"{_enlarged(table)}{_below(shown, table)} Exponent k_q on that window: {predicted}measured: {fits}. "
        f"{_tests(measured.goodness_of_fit)}\n"
    )


def _branches(table: pd.DataFrame) -> str:
    """How many branches there are, and what a spike is, if the figure has any."""
    count = sum(series.startswith("jacobian") for series in table["series"].unique())
    said = ""
    if count > 1:
        several = f"the {count - 1} others" if count > 2 else "the other one"
        said = (
            f" As {count} stretches of x1 lead to q̇ of this sign, the solid line is of the branch of the map x1 → q̇ to "
            f"which the window belongs; dashes with two dots (red): {several}."
        )
    if len(spikes(table)):
        said += (
            " Along a spike stands that dq̇/dx1 = 0 there, because the map turns back or levels off: |dx1/dq̇| has no "
            "bound, but so narrow a spike adds little to the mean of the density over a bin."
        )
    return said


def _laws(shown: Shown) -> str:
    predicted = "" if shown.predicted is None else "Line between diamonds (black): the predicted power law. "
    return (
        f"{predicted}Wide band (grey): the law of the fit that is corrected for the dataset, which speaks of the "
        "Jacobian and meets it in mid-window. Dash-dotted (amber): the raw fit, on the fluctuations themselves."
    )


def _enlarged(table: pd.DataFrame) -> str:
    low, high = table.loc[table["series"] == "window", "x"]
    return "Inset: that narrow window, enlarged. " if high - low < NARROW else ""


def _below(shown: Shown, table: pd.DataFrame) -> str:
    to = "the corrected fit, as nothing is predicted" if shown.predicted is None else "the predicted law"
    return (
        f"Lower panel: log₁₀ of the ratio to {to}: the Jacobian, the corrected fit, and as points with standard errors "
        f"the fluctuations divided by what the data contribute to the exact density. If k_q is right they are level; "
        f"if it is {OFF:g} off they run along the edge of the shaded wedge.{_beyond(len(beyond(table)))}"
    )


def _beyond(count: int) -> str:
    points = f"{count} of the points" if count > 1 else "one of the points"
    return f" Arrows at the edge stand for {points}, beyond the panel." if count else ""


def _population(exponent: Estimate, population: PopulationValue | None) -> str:
    """What infinite data would give, and how far the estimate is from it."""
    if population is None:
        return ""
    return f" (infinite data: {beside(population.value, exponent, 'picture')}, z = {population.z:.1f})".replace(
        "-", "−"
    )


def _tests(found: ChiSquared) -> str:
    """The tests of the exact density, and the smallest faults of the Jacobian that they would see."""
    tilt = f", or by (q̇/q̇0)^(±{significant(found.detectable_tilt)})," if found.detectable_tilt else ""
    return (
        f"χ² test of the fluctuations against the exact density: p = {found.p_value:.2g}, and of their fraction of all "
        f"samples: p = {found.fraction_p_value:.2g}, each by itself; the table has them corrected for their number. A "
        f"Jacobian wrong by a factor of 1 ± {significant(found.detectable_factor - 1)}{tilt} would be rejected, at the "
        f"level {DETECTION_LEVEL:g}, with the probability {DETECTION_POWER:g}."
    )


def caption_of_all(titles: Sequence[str]) -> str:
    """A caption of the sheet with all figures."""
    return (
        f"The {len(titles)} figures of the paper on one sheet: log₁₀ of the density of |q̇| = √(ẇ² + ḃ²) at the "
        "learning equilibrium, for the composition, class and sign (of ḃ) that stand above. Thick dots (blue): the "
        "fluctuations. Thin line (black): the exact duality density. Both are means over bins of q̇. Solid line "
        "(red): the Jacobian |dx1/dq̇|, whose spikes are where dq̇/dx1 = 0; dashes with two dots (red): its other "
        "branches. Dashed verticals (green): where a power law q̇^(-k_q) is expected. Diamonds: the predicted law; wide "
        "band (grey): the fit corrected for the dataset; dash-dotted (amber): the raw fit. In each panel stand the "
        "predicted k_q, that of the Jacobian on the window, and that of the fluctuations, corrected for the dataset, "
        "with standard errors. "
        "Below each: log₁₀ of the ratio to the predicted law, of the Jacobian and of the corrected fluctuations "
        f"(points, standard errors; arrows at the edge for those beyond the panel). If k_q is right it is level; if "
        f"k_q is {OFF:g} off it follows the edge of the shaded wedge.\n"
    )
