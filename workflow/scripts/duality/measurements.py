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
    equilibria, exponents, windows, jumps : mapping
        Per experiment what the stages training, exponents, jacobian and jumps wrote.
    summaries : DataFrame
        Of all shards of the dataset: class, n, mean, sd.
    guarded, unguarded : DataFrame or None
        What the stage guard wrote of training with and without guard; None if the config has no such stage.
    """

    equilibria: Mapping[str, Mapping[str, Any]]
    exponents: Mapping[str, Mapping[str, Any]]
    windows: Mapping[str, Mapping[str, Any]]
    jumps: Mapping[str, Mapping[str, Any]]
    summaries: pd.DataFrame
    guarded: pd.DataFrame | None = None
    unguarded: pd.DataFrame | None = None


class Missing(Exception):
    """The config has no such experiment or class: the claim cannot be tested on its results."""


def _class(results: Results, claim: Mapping[str, Any]) -> tuple[str, str]:
    experiment, name = claim["experiment"], claim["class"]
    if name not in results.exponents.get(experiment, {}):
        raise Missing(f"the config has no class '{name}' of an experiment {experiment}")
    return experiment, name


def accuracy(results: Results, claim: Mapping[str, Any]) -> Finding:
    """Whether the accuracy of every experiment exceeds `at_least`, by more than its error."""
    found = {name: (e["accuracy"], e["accuracy_se"]) for name, e in results.equilibria.items()}
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
    """Whether the means of w and b do not change: the largest drift between the halves, in Monte Carlo errors."""
    drifts = {
        f"{parameter} of {name}": abs(diagnostics["drift"])
        for name, report in results.equilibria.items()
        for parameter, diagnostics in report["diagnostics"].items()
    }
    largest = max(drifts, key=lambda key: drifts[key])
    r_hat = max(d["r_hat"] for report in results.equilibria.values() for d in report["diagnostics"].values())
    return Finding(
        drifts[largest] <= claim["at_most"],
        f"largest drift between the halves of a training, in standard errors: {largest}; largest R-hat {r_hat:.4f}",
        "simulation",
        value=drifts[largest],
        error=1.0,
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
    """Whether fluctuations have the stated exponent on the paper's window, and that window enough decades.

    Measured: the dataset-corrected exponent, or that of the shifted power law (`kind_of_fit: shifted`). If the paper's
    window does not show it, the observed window may mend it.
    """
    experiment, name = _class(results, claim)
    kind, quantity = claim.get("kind_of_fit", "corrected"), _QUANTITY[claim["exponent"]]
    outcomes = {}
    for where, found in results.exponents[experiment][name][quantity].items():
        fit = found and found[kind]
        if fit:
            decades = found["window"]["decades"]
            near = abs(fit["k"] - claim["expected"]) <= claim["tolerance"] + _SE * fit["se"]
            outcomes[where] = (fit["k"], fit["se"], decades, bool(near and decades >= claim["decades"]))
    if "paper" not in outcomes:
        return Finding(None, f"no {kind} exponent on the paper's window", "simulation")
    texts = [f"{where} window: {k:.4f} ± {se:.4f} over {d:.2f} decades" for where, (k, se, d, _) in outcomes.items()]
    k, se, _, printed = outcomes["paper"]
    mended = None if printed or "observed" not in outcomes else outcomes["observed"][3]
    return Finding(
        printed,
        f"{claim['exponent']} of {experiment}, '{name}', {kind}: " + "; ".join(texts),
        "simulation",
        mended,
        f"holds on the observed window ({outcomes['observed'][2]:.2f} decades)" if mended else "",
        outcomes["observed"][0] if mended else k,
        outcomes["observed"][1] if mended else se,
    )


def range_of_scales(results: Results, claim: Mapping[str, Any]) -> Finding:
    """Whether all windows of the classes `among` span `decades` of q̇: the paper's windows, or the observed ones."""
    widths = {}
    for experiment, name in claim["among"]:
        _class(results, {"experiment": experiment, "class": name})
        found = results.exponents[experiment][name]["q_dot"]
        widths[f"{experiment} '{name}'"] = tuple(
            found[kind]["window"]["decades"] if found[kind] else 0.0 for kind in ("paper", "observed")
        )
    printed = all(paper >= claim["decades"] for paper, _ in widths.values())
    mended = None if printed else all(observed >= claim["decades"] for _, observed in widths.values())
    narrowest = min(paper for paper, _ in widths.values())
    text = "; ".join(f"{key}: {paper:.2f} (observed {observed:.2f})" for key, (paper, observed) in widths.items())
    return Finding(
        printed,
        f"decades of q̇ between the paper's bounds: {text}",
        "simulation",
        mended,
        "" if printed else "holds on the observed windows",
        narrowest,
    )


def dataset_contribution(results: Results, claim: Mapping[str, Any]) -> Finding:
    """Whether the data's own density changes the exponent: raw less corrected, `at_least` so much, and significant."""
    experiment, name = _class(results, claim)
    found = results.exponents[experiment][name]["q_dot"]["paper"]
    difference = found["raw"]["k"] - found["corrected"]["k"]
    se = max(found["raw"]["se"], found["corrected"]["se"])  # of the same fluctuations: not independent
    return Finding(
        bool(abs(difference) >= claim["at_least"] and abs(difference) > 5 * se),
        f"raw {found['raw']['k']:.4f} less corrected {found['corrected']['k']:.4f} of {experiment}, '{name}'",
        "simulation",
        value=difference,
        error=se,
    )


def exact_density(results: Results, claim: Mapping[str, Any]) -> Finding:
    """Whether all fluctuations follow the exact duality density: the smallest χ² p-value, times their number."""
    p_values = {
        f"{experiment} '{name}'": measured["goodness_of_fit"]["p_value"]
        for experiment, classes in results.exponents.items()
        for name, measured in classes.items()
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


def single_branch(results: Results, claim: Mapping[str, Any]) -> Finding:
    """Whether one term of the sum over branches dominates: the least share of the window's own branch."""
    shares = {}
    for experiment, classes in results.exponents.items():
        for name, measured in classes.items():
            window, n = results.windows[experiment][name]["q_dot"]["paper"], measured["q_dot"]["paper"]["window"]["n"]
            samples = results.summaries.loc[results.summaries["class"] == name, "n"].sum()
            shares[f"{experiment} '{name}'"] = min(1.0, window["probability"] * samples / n)
    least = min(shares, key=lambda key: shares[key])
    return Finding(
        shares[least] >= claim["at_least"],
        f"least share of the window's fluctuations that its own branch makes, of {least}; others: "
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
            fits.append(results.exponents[experiment][name]["q_dot"]["paper"]["corrected"])
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
        for experiment, classes in results.jumps.items()
        for name, signs in classes.items()
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


def guard(results: Results, claim: Mapping[str, Any]) -> Finding:  # noqa: ARG001
    """Whether training without guard reaches an equilibrium; if any fails to, whether all training with guard does."""
    if results.guarded is None or results.unguarded is None:
        raise Missing("the config has no stage guard")
    collapsed = results.unguarded["collapsed"].notna()
    settled = results.guarded["outcome"] == "equilibrium"
    expected = (collapsed.sum() + 1) / (collapsed.size + 2)  # Laplace's: an error where all or none collapsed
    return Finding(
        not collapsed.any(),
        f"without guard {collapsed.sum()} of {collapsed.size} runs fell to the accuracy of guessing; with guard "
        f"{settled.sum()} of {settled.size} were in equilibrium",
        "simulation",
        bool(settled.all()),
        "f within [ε, 1 - ε] in the loss, no gradient beyond, and γ ≤ ε",
        float(collapsed.mean()),
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
    "stationarity": "results/training/*/equilibrium.json",
    "moments": "results/dataset/*/*.csv",
    "jumps": "results/jumps/*/summary.json",
    "guard": "results/guard/*.csv",
    "nothing": "",
}  # and of all others results/exponents/*/exponents.json
