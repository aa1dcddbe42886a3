"""How many verdicts on exponents hang on the choice of δ, d and M."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import msgspec
import pandas as pd

from duality.claims.checks import Claim, Missing
from duality.claims.results import Results
from duality.claims.rules import agrees
from duality.config.settings import ClaimSettings
from duality.records.claims import CHOICES
from duality.records.estimates import Estimate
from duality.verdicts import NOT_TESTED, UNDECIDED, Finding

ALL, FIGURES = "all exponents", "figures"


def choices(claims: Sequence[Claim], results: Results, much_less_than: float) -> pd.DataFrame:
    """The verdicts on exponents for every δ, d and M of the config's choices.

    Parameters
    ----------
    claims : sequence of Claim
        Of all kinds; those of the paper on exponents count.
    results : Results
        The choices are those of its rules.
    much_less_than : float
        M of the config.

    Returns
    -------
    DataFrame
        `records.claims.CHOICES`. "all exponents" at the config's M alone, "figures" for every M at which the stage
        exponents looked: those claims are about q̇ on the paper's window, which it measures for several M.
    """
    on_exponents = [claim for claim in claims if claim.check == "exponent" and claim.kind != "ours"]
    figures = [claim for claim in on_exponents if claim.kind == "figure"]
    rows = []
    for delta in results.rules.choices.delta:
        for decades in results.rules.choices.decades:
            rules = msgspec.structs.replace(results.rules, delta=delta, decades=decades)
            changed = replace(results, rules=rules)
            counted = [(ALL, much_less_than, Counter(_verdict(claim, changed) for claim in on_exponents))]
            counted += [
                (FIGURES, M, Counter(_verdict_at(claim, changed, M) for claim in figures))
                for M in _covered(figures, results)
            ]
            rows += [
                {
                    "claims": kind,
                    "much_less_than": M,
                    "delta": delta,
                    "decades": decades,
                    "verdict": verdict,
                    "count": n,
                }
                for kind, M, verdicts in counted
                for verdict, n in sorted(verdicts.items())
            ]
    return pd.DataFrame(rows, columns=list(CHOICES.columns))


def _verdict(claim: Claim, results: Results) -> str:
    try:
        return claim.finding(results).verdict
    except Missing:
        return NOT_TESTED


def _covered(figures: Sequence[Claim], results: Results) -> list[float]:
    """The M of the choices at which the exponents of every figure's experiment were looked at."""
    looked_at = [
        set(results.experiments[claim.given["experiment"]].sensitivity["much_less_than"])
        for claim in figures
        if claim.given["experiment"] in results.experiments
    ]
    return [M for M in results.rules.choices.much_less_than if all(M in factors for factors in looked_at)]


def _verdict_at(claim: Claim, results: Results, much_less_than: float) -> str:
    """The verdict on a figure if ≪ is read with another M. No window, or hardly any sample in it, decides nothing."""
    if claim.given["experiment"] not in results.experiments:
        return NOT_TESTED
    found = results.experiments[claim.given["experiment"]].sensitivity
    row = found[(found["class"] == claim.given["class"]) & (found["much_less_than"] == much_less_than)]
    if row.empty:
        return NOT_TESTED
    printed = _judged(row.iloc[0], claim.given["expected"], results.rules)
    return Finding(printed, "", "simulation", undecided_as=UNDECIDED).verdict


def _judged(row: pd.Series, expected: float, rules: ClaimSettings) -> bool | None:
    if pd.isna(row["k_corrected"]):
        return None
    found = Estimate.normal(row["k_corrected"], row["k_corrected_se"])
    return agrees(found, expected, rules.delta, row["decades"] >= rules.decades)
