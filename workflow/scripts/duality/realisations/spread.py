"""Whether printed errors and intervals are right: every estimate over independent realisations.

Three tests of each, at R realisations:

- its spread over its printed error: (R - 1)·(spread/error)² has the χ² distribution of R - 1 degrees of freedom;
- how many of the 95% intervals hold the value of infinite data: binomial;
- whether its mean is off that value: Student's t, with the spread, so that a wrong printed error does not count twice.

All tests of all estimates are one family (Holm), which allows that estimates of one training depend on each other.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from duality.fits.multiple_tests import holm
from duality.records.estimates import CONFIDENCE
from duality.records.realisations import REALISATIONS

LEVEL = 1 - CONFIDENCE  # of the family
TESTS = ("ratio_p", "coverage_p", "bias_p")
_KEY = ["experiment", "class", "quantity", "window", "estimate"]
EXACT = 1e-8  # an error below this is the bound of the quadrature of a slope, not a statistical one
_FEWEST = 4  # realisations for a test
_CLOSURE = 0.1  # relative: by how much the stationary sd may differ from that of the Gaussian theory


def compare(estimates: pd.DataFrame) -> pd.DataFrame:
    """Spread against error, coverage and bias of every estimate.

    Parameters
    ----------
    estimates : DataFrame
        `records.realisations.REALISATION`, of all experiments and realisations.

    Returns
    -------
    DataFrame
        `records.realisations.REALISATIONS`. `error` is the root mean square of the printed ones, `spread` the standard
        deviation over the realisations. `p_value` is the least of the row's, corrected for the family; `outside`
        whether it is below 5%, None where nothing can be tested: too few realisations, or no statistical error. What
        no realisation has is left out, but for w, b and accuracy. `approximation` tells where the theory behind an
        error or a population value fails; `error_to_use` is the spread there and where the row is outside.
    """
    failing = dict(_failing_closures(estimates))
    rows = []
    for key, own in estimates.groupby(_KEY, sort=False):
        named = dict(zip(_KEY, key, strict=True))
        found = own[own["se"].notna()]
        if named["quantity"] not in ("sd_w", "sd_b") and (len(found) or not named["class"]):
            rows.append({**named, "missing": len(own) - len(found), **_tested(found)})
    table = pd.DataFrame(rows)
    table["p_value"] = _of_the_family(table)
    tested = table["p_value"].notna()
    table["outside"] = (table["p_value"] < LEVEL).astype(object).where(tested, None)
    table["approximation"] = [failing.get(name, "") for name in table["experiment"]]
    doubtful = (table["outside"] == True) | (table["approximation"] != "")  # noqa: E712  (it may be None)
    table["error_to_use"] = table["error"].where(~doubtful, table["spread"])
    return table[list(REALISATIONS.columns)]


def _tested(found: pd.DataFrame) -> dict[str, Any]:
    """The tests of one estimate, over the realisations that have it."""
    seeds, value = len(found), found["value"]
    row: dict[str, Any] = dict.fromkeys(REALISATIONS.columns, np.nan) | {"seeds": seeds}
    row |= {"mean": value.mean(), "error": np.sqrt(np.mean(found["se"] ** 2)), "spread": value.std()}
    for column in ("population", "population_accuracy"):
        row[column] = found[column].mean()
    if seeds < _FEWEST or row["error"] < EXACT:
        return {key: row[key] for key in row if key not in (*_KEY, "missing")}
    row["ratio"] = row["spread"] / row["error"]
    row["ratio_p"] = two_sided_chi2(row["ratio"], seeds)
    known = found[found["population"].notna()]
    if len(known) >= _FEWEST:
        off, accuracy = known["value"] - known["population"], known["population_accuracy"]
        half = 0.5 * (known["high"] - known["low"])
        row["covered"] = float(np.sum(off.abs() <= half + accuracy))
        row["coverage"] = row["covered"] / len(known)
        row["coverage_p"] = coverage_p(int(row["covered"]), len(known))
        row["mean_z"] = float(np.mean(z_scores(known)))
        excess = max(abs(off.mean()) - accuracy.mean(), 0.0)
        row["bias_p"] = float(2 * stats.t.sf(excess / (off.std() / np.sqrt(len(known))), len(known) - 1))
    return {key: row[key] for key in row if key not in (*_KEY, "missing")}


def z_scores(estimates: pd.DataFrame) -> pd.Series:
    """By how many errors each estimate is off the value of infinite data; NaN without one."""
    return (estimates["value"] - estimates["population"]) / np.hypot(estimates["se"], estimates["population_accuracy"])


def two_sided_chi2(ratio: float, seeds: int) -> float:
    """p-value of a spread over error, of normal estimates."""
    chi2 = (seeds - 1) * ratio**2
    return float(min(2 * min(stats.chi2.cdf(chi2, seeds - 1), stats.chi2.sf(chi2, seeds - 1)), 1.0))


def allowed_ratios(seeds: int, level: float) -> tuple[float, float]:
    """Between which the spread over error lies but for a chance of `level`."""
    low, high = np.sqrt(stats.chi2.ppf([level / 2, 1 - level / 2], seeds - 1) / (seeds - 1))
    return float(low), float(high)


@cache
def coverage_p(covered: int, seeds: int) -> float:
    """Exact two-sided p-value of a count of 95% intervals that hold the value."""
    return float(stats.binomtest(covered, seeds, CONFIDENCE).pvalue)


def _of_the_family(table: pd.DataFrame) -> pd.Series:
    """The least p-value of each row, all tests of all rows corrected as one family."""
    p_values = table[list(TESTS)].to_numpy(float, copy=True)
    tested = np.isfinite(p_values)
    p_values[tested] = holm(p_values[tested])
    return pd.Series(np.min(np.where(tested, p_values, np.inf), axis=1)).replace(np.inf, np.nan)


def _failing_closures(estimates: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Experiments whose stationary (w, b) does not have the sd of the Gaussian theory, with a sentence about it."""
    for experiment, own in estimates.groupby("experiment", sort=False):
        told = []
        for name in ("w", "b"):
            measured, theory = own.loc[own["quantity"] == f"sd_{name}", ["value", "population"]].mean()
            if abs(measured / theory - 1) > _CLOSURE:
                told.append(f"sd of {name} {measured:.2g}, predicted {theory:.2g}")
        if told:
            yield str(experiment), f"(w, b) is not the Gaussian of theory: {'; '.join(told)}"


def failed_trainings(estimates: pd.DataFrame) -> int:
    """How many realisations have no (w, b)."""
    return int(estimates.loc[estimates["quantity"] == "w", "value"].isna().sum())


def summary(table: pd.DataFrame, estimates: pd.DataFrame) -> str:
    """How many tests were made, on how many independent samples, and how many estimates are outside, in plain text."""
    tests = int(table[list(TESTS)].notna().to_numpy().sum())
    tested, outside = table[table["outside"].notna()], table[table["outside"] == True]  # noqa: E712
    samples = len(estimates[["experiment", "realisation"]].drop_duplicates())
    experiments, seeds = estimates["experiment"].nunique(), estimates["realisation"].nunique()
    failed, unknown = failed_trainings(estimates), len(table) - len(tested)
    names = "; ".join(" ".join(filter(None, row)) for row in outside[_KEY].itertuples(index=False))
    low, high = allowed_ratios(seeds, LEVEL)
    return (
        f"{tests} tests of {len(tested)} estimates stand on {samples - failed} independent samples: "
        f"{seeds} realisations of each of {experiments} experiments, each with data and a training of its own"
        f"{f'; {failed} more trainings failed' if failed else ''}. Within a realisation all estimates share these, so "
        f"that they depend on each other. {unknown} more estimates are exact, or too few to be tested. Alone, the "
        f"ratio of spread to printed error may be from {low:.2f} to {high:.2f} in 95% of cases. Outside what {seeds} "
        f"realisations allow, at 5% for all tests together (Holm): {len(outside)} of {len(tested)} estimates"
        f"{f' ({names})' if names else ''}."
    )
