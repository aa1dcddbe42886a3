"""Claims of the paper that are decided by measurement: functions of the artifacts and of what the claim states."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from duality.conventions import EXPONENTS
from duality.verdicts import Finding

_SE = 2.0  # standard errors within which a measured number agrees with a stated one
_QUANTITY = {name: quantity for quantity, name in EXPONENTS.items()}


@dataclass(frozen=True)
class Results:
    """The artifacts on which measured claims rest.

    Attributes
    ----------
    equilibria, exponents, jumps : mapping
        Per experiment what the stages training, exponents and jumps wrote.
    summaries : DataFrame
        Of all shards of the dataset: class, n, mean, sd.
    continued : mapping
        Per experiment the distances that the stage jumps wrote: of a run that went on from the equilibrium.
    rivals : mapping
        Per experiment what the stage exponents wrote of the rivals.
    guard_experiment : str or None
        Whose guard the stage guard studied; None if the config has no such stage.
    guarded, unguarded : DataFrame or None
        What it wrote of training with and without guard.
    """

    equilibria: Mapping[str, Mapping[str, Any]]
    exponents: Mapping[str, Mapping[str, Any]]
    jumps: Mapping[str, Mapping[str, Any]]
    summaries: pd.DataFrame
    continued: Mapping[str, pd.DataFrame]
    rivals: Mapping[str, pd.DataFrame]
    guard_experiment: str | None = None
    guarded: pd.DataFrame | None = None
    unguarded: pd.DataFrame | None = None


class Missing(Exception):
    """The config has no such experiment or class: the claim cannot be tested on its results."""


def _class(results: Results, claim: Mapping[str, Any]) -> tuple[str, str]:
    experiment, name = claim["experiment"], claim["class"]
    if name not in results.exponents.get(experiment, {}):
        raise Missing(f"the config has no class '{name}' of an experiment {experiment}")
    return experiment, name


def _among(results: Results, claim: Mapping[str, Any]) -> list[str]:
    """The paper's experiments that the claim is about: those of a user's own neither help nor harm it."""
    absent = [name for name in claim["experiments"] if name not in results.equilibria]
    if absent:
        raise Missing(f"the config has no experiment {absent[0]}")
    return list(claim["experiments"])


def _claimed(windows: Mapping[str, Any], claim: Mapping[str, Any]) -> str:
    """The window on which a claim is judged: its own, else that of the conditions as printed if the config has it."""
    return str(claim.get("window") or ("printed" if "printed" in windows else "paper"))


def _met(windows: Mapping[str, Any], claim: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The window on which a claim is judged, or the paper's as the config reads it where no x1 meets the former."""
    name = _claimed(windows, claim)
    return (name, windows[name]) if windows.get(name) else ("paper", windows["paper"])


def accuracy(results: Results, claim: Mapping[str, Any]) -> Finding:
    """Whether the accuracy of every experiment exceeds `at_least`, by more than its error."""
    reports = {name: results.equilibria[name] for name in _among(results, claim)}
    found = {name: (report["accuracy"], report["accuracy_se"]) for name, report in reports.items()}
    lowest = min(found, key=lambda name: found[name][0])
    value, se = found[lowest]
    return Finding(
        all(a - _SE * e > claim["at_least"] for a, e in found.values()),
        f"{len(found)} experiments, lowest: {lowest}",
        "simulation",
        value=value,
        error=se,
    )


def stationarity(results: Results, claim: Mapping[str, Any]) -> Finding:
    """Whether the means of w and b stay when training goes on: those of a later run against the equilibrium's.

    The later run is that of the stage jumps at the experiment's own γ. Nothing was adjusted until it agreed, as the
    training itself was. Deviations are in standard errors; `at_most` is for the largest of all.
    """
    deviations = {}
    for name in _among(results, claim):
        later, report = results.continued[name].iloc[0], results.equilibria[name]
        independent = later["steps"] * later["replicas"] / later["autocorrelation_steps"]
        for parameter in ("w", "b"):
            se = np.hypot(later[f"sd_{parameter}"] / np.sqrt(independent), report["diagnostics"][parameter]["mcse"])
            deviations[f"{parameter} of {name}"] = float((later[parameter] - report[parameter]) / se)
    largest = max(deviations, key=lambda key: abs(deviations[key]))
    return Finding(
        abs(deviations[largest]) <= claim["at_most"],
        f"largest deviation of a mean when training goes on, in standard errors, of {len(deviations)}: {largest}",
        "simulation",
        value=deviations[largest],
    )


def moments(results: Results, claim: Mapping[str, Any]) -> Finding:
    """Whether a moment of every Gaussian class is the stated one, within its standard error."""
    moment, expected = claim["moment"], claim["expected"]
    deviations = {}
    for name, shards in results.summaries.groupby("class"):
        if str(name) in expected:
            n = shards["n"].sum()
            mean = float(np.average(shards["mean"], weights=shards["n"]))
            square = float(np.average(shards["sd"] ** 2 + shards["mean"] ** 2, weights=shards["n"]))
            sd = float(np.sqrt(square - mean**2))
            value, se = (mean, sd / np.sqrt(n)) if moment == "mean" else (sd, sd / np.sqrt(2 * n))
            deviations[str(name)] = (value, se, (value - expected[str(name)]) / se)
    if set(deviations) != set(expected):
        raise Missing(f"the config has no classes {', '.join(expected)}")
    worst = max(deviations, key=lambda name: abs(deviations[name][2]))
    text = ", ".join(f"{name}: {v:.6f} ± {se:.6f}" for name, (v, se, _) in deviations.items())
    return Finding(
        all(abs(z) <= claim["tolerance"] for *_, z in deviations.values()),
        f"{moment} of the samples, {text}",
        "simulation",
        value=deviations[worst][0],
        error=deviations[worst][1],
    )


def exponent(results: Results, claim: Mapping[str, Any]) -> Finding:
    """Whether fluctuations have the stated exponent on the window of the claim, and that window enough decades.

    Measured: the dataset-corrected exponent, or that of the shifted power law (`kind_of_fit: shifted`). It agrees if
    its 95% interval lies within `tolerance` of what is expected, and the window is `decades` wide. The window is that
    of the conditions as printed where the config has such a variant, else the paper's as the config reads it. If it
    does not show the exponent the others may mend it: the paper's as read, then, within `mended_tolerance`, the
    observed one.
    """
    experiment, name = _class(results, claim)
    kind, windows = (
        claim.get("kind_of_fit", "corrected"),
        results.exponents[experiment][name][_QUANTITY[claim["exponent"]]],
    )
    first = _claimed(windows, claim)
    order = [first, *(where for where in ("paper", "observed") if where != first and where in windows)]
    fits, texts = {}, []
    for where in order:
        found = windows.get(where)
        fit = found and found[kind]
        if not fit and where == "observed":
            continue  # nothing is predicted, or it is nowhere near
        if not fit:
            texts.append(f"{where} window: {'none' if found is None else f'no {kind} exponent'}")
            continue
        k, se, decades = fit["k"], fit["se"], found["window"]["decades"]
        tolerance = claim.get("mended_tolerance", claim["tolerance"]) if where == "observed" else claim["tolerance"]
        fits[where] = (k, se, bool(abs(k - claim["expected"]) + _SE * se <= tolerance and decades >= claim["decades"]))
        laws = [("exact density", "duality", "p_value")]
        if kind == "corrected":
            laws = [("bare power law", "raw", "ks_p_value"), ("weighted", "corrected", "ks_p_value"), *laws]
        p_values = ", ".join(f"{law} {found[key][p]:.2g}" for law, key, p in laws)
        texts.append(
            f"{where} window: {k:.4f} ± {se:.4f} over {decades:.2f} decades ({found['window']['decades_99']:.2f} hold "
            f"99%); Jacobian {found['jacobian']['k']:.4f}; p: {p_values}"
        )
    if windows.get(first) and first not in fits:
        return Finding(None, f"no {kind} exponent on the {first} window", "simulation")
    printed = first in fits and fits[first][2]
    mender = None if printed else next((where for where in order[1:] if where in fits and fits[where][2]), None)
    shown = mender or (first if first in fits else next(iter(fits), None))
    k, se, _ = fits[shown] if shown else (None, None, None)
    right = {"paper": "under the conditions as the config reads them", "observed": "on the observed window"}
    return Finding(
        printed,
        f"{claim['exponent']} of {experiment}, '{name}', to agree within {claim['tolerance']:g}: " + "; ".join(texts),
        "simulation",
        None if printed else mender is not None,
        f"holds {right[mender]}" if mender else "",
        k,
        se,
    )


def range_of_scales(results: Results, claim: Mapping[str, Any]) -> Finding:
    """Whether the windows of all classes `among` span `decades` of q̇: as printed, as the config has them, observed."""
    widths: dict[str, tuple[float, ...]] = {}
    for experiment, name in claim["among"]:
        _class(results, {"experiment": experiment, "class": name})
        found = results.exponents[experiment][name]["q_dot"]
        widths[f"{experiment} '{name}'"] = tuple(
            found[kind]["window"]["decades"] if found[kind] else 0.0
            for kind in (_claimed(found, claim), "paper", "observed")
        )
    printed, read, observed = (
        all(width >= claim["decades"] for width in kind) for kind in zip(*widths.values(), strict=True)
    )
    narrowest = min(width for width, *_ in widths.values())
    text = "; ".join(f"{key}: {a:.2f}, {b:.2f}, {c:.2f}" for key, (a, b, c) in widths.items())
    return Finding(
        printed,
        f"decades of q̇ under the conditions as printed, as the config reads them, and observed: {text}",
        "simulation",
        None if printed else read or observed,
        "" if printed else f"holds {'under the conditions as the config reads them' if read else 'where observed'}",
        narrowest,
    )


def dataset_contribution(results: Results, claim: Mapping[str, Any]) -> Finding:
    """Whether the data's own density changes the exponent: raw less corrected, `at_least` so much, and significant."""
    experiment, name = _class(results, claim)
    window, found = _met(results.exponents[experiment][name]["q_dot"], claim)
    difference = found["raw"]["k"] - found["corrected"]["k"]
    se = max(found["raw"]["se"], found["corrected"]["se"])  # of the same fluctuations: not independent
    return Finding(
        bool(abs(difference) >= claim["at_least"] and abs(difference) > 5 * se),
        f"raw {found['raw']['k']:.4f} less corrected {found['corrected']['k']:.4f} of {experiment}, '{name}', on the "
        f"{window} window",
        "simulation",
        value=difference,
        error=se,
    )


def exact_density(results: Results, claim: Mapping[str, Any]) -> Finding:
    """Whether all fluctuations follow the exact duality density: the smallest χ² p-value, times their number."""
    p_values = {
        f"{experiment} '{name}'": measured["goodness_of_fit"]["p_value"]
        for experiment in _among(results, claim)
        for name, measured in results.exponents[experiment].items()
    }
    smallest = min(p_values, key=lambda key: p_values[key])
    corrected = min(1.0, p_values[smallest] * len(p_values))
    return Finding(
        corrected >= claim["at_least"],
        f"χ² tests of {len(p_values)} distributions against Σ p(x1)/|dq̇/dx1|, nothing fitted; smallest p-value times "
        f"their number, of {smallest}",
        "simulation",
        value=corrected,
    )


def bare_power_law(results: Results, claim: Mapping[str, Any]) -> Finding:
    """Whether the fluctuations themselves follow power laws on the windows of `among`; else whether the exact density.

    KS tests with parametric bootstrap. The smallest p-value of the exact density counts times the number of windows;
    that of the bare power laws as it is, because a bootstrap has a smallest one.
    """
    tests, rivals = {}, []
    for experiment, name in claim["among"]:
        _class(results, {"experiment": experiment, "class": name})
        window, tests[experiment, name] = _met(results.exponents[experiment][name]["q_dot"], claim)
        rows = results.rivals[experiment]
        rivals.append(rows[(rows["class"] == name) & (rows["quantity"] == "q_dot") & (rows["window"] == window)])
    bare, weighted, exact = (
        [found[key][p] for found in tests.values()]
        for key, p in (("raw", "ks_p_value"), ("corrected", "ks_p_value"), ("duality", "p_value"))
    )
    level = claim["at_least"]
    compared = pd.concat(rivals)
    better = compared[compared["favours"] == compared["rival"]]["rival"].value_counts()
    return Finding(
        min(bare) > level,
        f"of {len(tests)} windows {sum(p >= level for p in bare)} are compatible with a bare power law, "
        f"{sum(p >= level for p in weighted)} with a dataset-weighted one; smallest p-value of the exact density times "
        f"their number {min(1.0, min(exact) * len(exact)):.2g}. Likelier than the bare power law: "
        + (", ".join(f"{rival} on {count}" for rival, count in better.items()) or "nothing"),
        "simulation",
        min(exact) * len(exact) >= level,
        "the Jacobian contribution is (nearly) a power law; the fluctuations are distributed as p(x1)·|dx1/dq̇|",
        min(bare),
    )


def single_branch(results: Results, claim: Mapping[str, Any]) -> Finding:
    """Whether one term of the sum over branches dominates: the least share of the window's own branch."""
    shares = {
        f"{experiment} '{name}'": _met(measured["q_dot"], claim)[1]["window"]["own_branch"]
        for experiment in _among(results, claim)
        for name, measured in results.exponents[experiment].items()
    }
    least = min(shares, key=lambda key: shares[key])
    return Finding(
        shares[least] >= claim["at_least"],
        f"least share of a window's fluctuations that its own branch makes, by the exact density: {least}; others: "
        + ", ".join(f"{share:.3f}" for key, share in shares.items() if key != least),
        "simulation",
        value=shares[least],
    )


def exponents_differ(results: Results, claim: Mapping[str, Any]) -> Finding:
    """Whether two compositions that share activation or loss have different exponents."""
    pairs = []
    for pair in claim["pairs"]:
        fits = []
        for experiment, name in pair:
            _class(results, {"experiment": experiment, "class": name})
            fits.append(_met(results.exponents[experiment][name]["q_dot"], claim)[1]["corrected"])
        difference = fits[0]["k"] - fits[1]["k"]
        se = float(np.hypot(fits[0]["se"], fits[1]["se"]))
        pairs.append((f"{pair[0][0]} against {pair[1][0]}, '{pair[0][1]}'", difference, se))
    smallest = min(pairs, key=lambda row: abs(row[1]))
    return Finding(
        all(abs(difference) >= claim["at_least"] + _SE * se for _, difference, se in pairs),
        "differences of corrected k_q: " + "; ".join(f"{text}: {d:.4f} ± {se:.4f}" for text, d, se in pairs),
        "simulation",
        value=smallest[1],
        error=smallest[2],
    )


def jumps(results: Results, claim: Mapping[str, Any]) -> Finding:
    """Whether actual and potential jumps have one distribution: every KS distance, at its upper end, is `at_most`."""
    found = {
        f"{experiment} '{name}' {sign}": summary
        for experiment in _among(results, claim)
        for name, signs in results.jumps[experiment].items()
        for sign, summary in signs.items()
    }
    largest = max(found, key=lambda key: found[key]["ks_high"])
    powers = [summary["exponent"] for summary in found.values() if summary["resolved"]]
    fall = (
        f"; falls as γ to a power from {min(powers):.2f} to {max(powers):.2f} where above the noise" if powers else ""
    )
    ks, low, high = (found[largest][key] for key in ("ks", "ks_low", "ks_high"))
    return Finding(
        all(summary["ks_high"] <= claim["at_most"] for summary in found.values()),
        f"largest of {len(found)} KS distances at the experiments' own γ, of {largest}{fall}",
        "simulation",
        value=ks,
        error=(high - low) / (2 * _SE),
    )


def guard(results: Results, claim: Mapping[str, Any]) -> Finding:
    """Whether training without guard reaches an equilibrium; if any fails to, whether all training with guard does."""
    if results.guarded is None or results.unguarded is None or results.guard_experiment != claim["experiment"]:
        raise Missing(f"the config has no stage guard of {claim['experiment']}")
    collapsed = results.unguarded["collapsed"].notna()
    settled = results.guarded.drop_duplicates(["value", "gamma"])["outcome"] == "equilibrium"
    share = float(collapsed.mean())
    expected = (collapsed.sum() + 1) / (collapsed.size + 2)  # Laplace's: an error where all or none collapsed
    # Times to collapse in units of the predicted mean: exponential, so that the mean has the relative error 1/√n.
    times = (results.unguarded["collapsed"] * results.unguarded["predicted_rate"]).dropna()
    slower = f"{times.mean():.2f} ± {times.mean() / np.sqrt(times.size):.2f}" if times.size else "none"
    return Finding(
        not collapsed.any(),
        f"without guard {collapsed.sum()} of {collapsed.size} runs fell to the accuracy of guessing, mean time to that "
        f"over the predicted: {slower}; with guard {settled.sum()} of {settled.size} were in equilibrium",
        "simulation",
        bool(settled.all()),
        "f within [ε, 1 - ε] in the loss, no gradient beyond, and γ ≤ ε",
        share,
        float(np.sqrt(expected * (1 - expected) / collapsed.size)),
    )


def nothing(results: Results, claim: Mapping[str, Any]) -> Finding:  # noqa: ARG001
    """Nothing can be tested, for the reason that the claim states."""
    return Finding(None, claim["reason"], "definition")


MEASUREMENTS: Mapping[str, Callable[[Results, Mapping[str, Any]], Finding]] = {
    measurement.__name__: measurement
    for measurement in (
        accuracy,
        stationarity,
        moments,
        exponent,
        range_of_scales,
        dataset_contribution,
        exact_density,
        bare_power_law,
        single_branch,
        exponents_differ,
        jumps,
        guard,
        nothing,
    )
}
ARTIFACTS = {
    "derivation": "results/theory/derivations.csv",
    "accuracy": "results/training/*/equilibrium.json",
    "stationarity": "results/jumps/*/distances.csv",
    "moments": "results/dataset/*/*.csv",
    "jumps": "results/jumps/*/summary.json",
    "guard": "results/guard/*.csv",
    "nothing": "",
}  # and of all others results/exponents/*/exponents.json
