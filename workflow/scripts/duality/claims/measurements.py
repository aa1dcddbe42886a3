"""Claims of the paper that are decided on the results of this run: a function each, of what the claim states.

A function below the decorator `check` is all that a new check needs. claims.yaml names it, with its keyword-only
parameters as keys.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
import pandas as pd

from duality.claims.checks import Check, Missing, register
from duality.claims.rules import Quantifier, agrees, combined, compatible, differs, exceeds, negated
from duality.config.settings import ClaimSettings
from duality.conventions import EXPONENTS, OBSERVED, PAPER, PRINTED
from duality.errors import InputError
from duality.fits.multiple_tests import holm
from duality.jumps.theory_tests import Test, theory_tests
from duality.records.estimates import DETECTION_LEVEL, DETECTION_POWER, STANDARD_ERRORS, Estimate, gain_needed
from duality.records.exponents import RIVALS, SENSITIVITY, Exponents, Measurement, ShiftedFit
from duality.records.fluctuations import SHARD_SUMMARY
from duality.records.guard import GUARD_TRAINING, UNGUARDED_TRAINING
from duality.records.jumps import JUMP_DISTANCES, JumpExponent, Jumps
from duality.records.record import Record, complete_and_failed, read
from duality.records.theory import DERIVATIONS
from duality.records.training import Equilibrium
from duality.verdicts import NOT_TESTED, UNDECIDED, Finding

CHECKS: dict[str, Check] = {}
check = partial(register, CHECKS)

_QUANTITY = {name: quantity for quantity, name in EXPONENTS.items()}

_EXPONENTS = "results/exponents/*/exponents.json"

File = str | Path
Experiments = Annotated[list[str], msgspec.Meta(min_length=1)]  # the paper's: a user's own neither help nor harm
Class = tuple[str, str]  # experiment and class
Classes = Annotated[list[Class], msgspec.Meta(min_length=1)]
Pairs = Annotated[list[tuple[Class, Class]], msgspec.Meta(min_length=1)]


@dataclass(frozen=True)
class ExperimentResults:
    """What the stages wrote of one experiment.

    Attributes
    ----------
    equilibrium : Equilibrium
    exponents : mapping
        By class.
    jumps : mapping
        By class and sign.
    distances : DataFrame
        `records.jumps.JUMP_DISTANCES`, of a run that went on from the equilibrium.
    rivals : DataFrame
        `records.exponents.RIVALS`.
    sensitivity : DataFrame
        `records.exponents.SENSITIVITY`.
    """

    equilibrium: Equilibrium
    exponents: Exponents
    jumps: Jumps
    distances: pd.DataFrame
    rivals: pd.DataFrame
    sensitivity: pd.DataFrame

    @classmethod
    def read(
        cls, equilibrium: File, exponents: File, jumps: File, distances: File, rivals: File, sensitivity: File
    ) -> "ExperimentResults":
        """From the files.

        Raises
        ------
        InputError
            If one of them is not what its stage writes.
        """
        return cls(
            read(equilibrium, Equilibrium),
            read(exponents, Exponents),
            read(jumps, Jumps),
            JUMP_DISTANCES.read(distances),
            RIVALS.read(rivals),
            SENSITIVITY.read(sensitivity),
        )


@dataclass(frozen=True)
class GuardResults:
    """What the stage guard wrote of the training of an experiment with and without guard.

    Attributes
    ----------
    experiment : str
    guarded, unguarded : DataFrame
        `records.guard.GUARD_TRAINING` and `UNGUARDED_TRAINING`.
    """

    experiment: str
    guarded: pd.DataFrame
    unguarded: pd.DataFrame

    @classmethod
    def read(cls, experiment: str, guarded: File, unguarded: File) -> "GuardResults":
        """From the files."""
        return cls(experiment, GUARD_TRAINING.read(guarded), UNGUARDED_TRAINING.read(unguarded))


@dataclass(frozen=True)
class Results:
    """What claims are checked on.

    Attributes
    ----------
    derivations : DataFrame
        `records.theory.DERIVATIONS`.
    shards : mapping of str to DataFrame
        By class, `records.fluctuations.SHARD_SUMMARY` of all its shards.
    experiments : mapping of str to ExperimentResults
    guard : GuardResults or None
        None if the config has no such stage.
    rules : ClaimSettings
        By which verdicts follow from what was measured.
    least : float
        The smallest p-value that the bootstrap can tell: then p is at most that.
    failed : mapping of str to str
        Why other experiments of the config failed.
    """

    derivations: pd.DataFrame
    shards: Mapping[str, pd.DataFrame]
    experiments: Mapping[str, ExperimentResults]
    guard: GuardResults | None
    rules: ClaimSettings
    least: float
    failed: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(
        cls,
        derivations: File,
        samples: Mapping[str, File],
        experiments: Mapping[str, ExperimentResults],
        guard: GuardResults | None,
        rules: ClaimSettings,
        least: float,
    ) -> "Results":
        """From the files of the derivations and, of each experiment, of what the samples of all shards are."""
        found, failed = complete_and_failed(SHARD_SUMMARY.read, samples, samples.values())
        of_any = next(iter(found.values()), pd.DataFrame(columns=list(SHARD_SUMMARY.columns)))
        shards = {str(name): rows for name, rows in of_any.groupby("class", sort=False)}
        return cls(DERIVATIONS.read(derivations), shards, experiments, guard, rules, least, failed)

    def among(self, experiments: Sequence[str]) -> dict[str, ExperimentResults]:
        """The results of some experiments.

        Raises
        ------
        Missing
            If the config lacks one of them, or one failed.
        """
        for name in experiments:
            if name not in self.experiments:
                raise Missing(self._why_without(name) or f"the config has no experiment {name}")
        return {name: self.experiments[name] for name in experiments}

    def windows(self, experiment: str, name: str, quantity: str = "q_dot") -> dict[str, Measurement | None]:
        """What was measured on each window of a quantity of a class.

        Raises
        ------
        Missing
            If the config lacks it, or the experiment failed.
        """
        if why := self._why_without(experiment):
            raise Missing(why)
        if experiment not in self.experiments or name not in self.experiments[experiment].exponents:
            raise Missing(f"the config has no class '{name}' of an experiment {experiment}")
        return self.experiments[experiment].exponents[name].quantities[quantity]

    def _why_without(self, experiment: str) -> str:
        return f"{experiment} {self.failed[experiment]}" if experiment in self.failed else ""


class ClassKeys(Record, frozen=True, kw_only=True):
    """The keys of a claim about a class: experiment and class."""

    experiment: str
    name: str = msgspec.field(name="class")


class ExponentKeys(ClassKeys, frozen=True, kw_only=True):
    """The keys of a claim about an exponent.

    Attributes
    ----------
    exponent : str
    kind_of_fit : str
    window : str or None
        On which the claim is judged. None for that of the conditions as printed, or else the paper's.
    """

    exponent: Literal["k_q", "k_w", "k_b"]
    kind_of_fit: Literal["corrected", "shifted"] = "corrected"
    window: str | None = None


def _claimed(windows: Mapping[str, Measurement | None]) -> str:
    """The window on which a claim is judged: that of the conditions as printed if the config has it."""
    return PRINTED if PRINTED in windows else PAPER


def _met(windows: Mapping[str, Measurement | None]) -> tuple[str, Measurement]:
    """The window on which a claim is judged, or the paper's as the config reads it where no x1 meets the former."""
    for name in (_claimed(windows), PAPER):
        if found := windows[name]:
            return name, found
    raise AssertionError("the stage exponents lets no class pass without the paper's window of q̇")


@check("results/theory/derivations.csv")
def derivation(results: Results, *, id: str) -> Finding:
    """What the derivation of the claim's id found."""
    found = results.derivations[results.derivations["id"] == id]
    if found.empty:
        raise InputError("there is no derivation of this id")
    row: dict[str, Any] = {str(name): None if pd.isna(value) else value for name, value in found.iloc[0].items()}
    return Finding(**{field.name: row[field.name] for field in fields(Finding) if field.name in row})


@check("results/training/*/equilibrium.json")
def accuracy(results: Results, *, experiments: Experiments, at_least: float, quantifier: Quantifier) -> Finding:
    """Whether the accuracy of some or all experiments exceeds `at_least`, with its whole 95% interval."""
    found = {name: of.equilibrium.accuracy for name, of in results.among(experiments).items()}
    lowest = min(found, key=lambda name: found[name].value)
    return Finding(
        combined(quantifier, (exceeds(share, at_least) for share in found.values())),
        f"{len(found)} experiments, lowest: {lowest}",
        "simulation",
        value=found[lowest],
        undecided_as=UNDECIDED,
    )


@check("results/jumps/*/distances.csv")
def stationarity(results: Results, *, experiments: Experiments) -> Finding:
    """Whether the means of w and b stay when training goes on: those of a later run against the equilibrium's.

    The later run is that of the stage jumps at the experiment's own γ. Nothing was adjusted until it agreed, as the
    training itself was. The largest of all deviations, in standard errors, must not be significant, for so many.
    """
    deviations = {}
    for name, of in results.among(experiments).items():
        later = of.distances.iloc[0]
        independent = later["steps"] * later["replicas"] / later["autocorrelation_steps"]
        mcse = np.sqrt(np.diag(of.equilibrium.covariance))  # the data are the same
        for parameter, mean, error in (("w", of.equilibrium.w, mcse[0]), ("b", of.equilibrium.b, mcse[1])):
            se = np.hypot(later[f"sd_{parameter}"] / np.sqrt(independent), error)
            deviations[f"{parameter} of {name}"] = float((later[parameter] - mean.value) / se)
    largest = max(deviations, key=lambda key: abs(deviations[key]))
    return Finding(
        compatible(deviations.values(), results.rules.significance),
        f"largest deviation of a mean when training goes on, in standard errors, of {len(deviations)}: {largest}",
        "simulation",
        value=deviations[largest],
    )


@check("results/fluctuations/*/samples.csv")
def moments(results: Results, *, moment: Literal["mean", "sd"], expected: dict[str, float]) -> Finding:
    """Whether no moment of a class deviates significantly from the expected one, by a Gaussian's standard errors."""
    if not set(expected) <= set(results.shards):
        raise Missing(f"the config has no classes {', '.join(expected)}")
    found, deviations = {}, {}
    for name in sorted(expected):
        shards = results.shards[name]
        n = shards["n"].sum()
        mean = float(np.average(shards["mean"], weights=shards["n"]))
        square = float(np.average(shards["sd"] ** 2 + shards["mean"] ** 2, weights=shards["n"]))
        sd = float(np.sqrt(square - mean**2))
        value, se = (mean, sd / np.sqrt(n)) if moment == "mean" else (sd, sd / np.sqrt(2 * n))
        found[name] = Estimate.normal(value, se)
        deviations[name] = (value - expected[name]) / se
    worst = max(deviations, key=lambda name: abs(deviations[name]))
    return Finding(
        compatible(deviations.values(), results.rules.significance),
        f"{moment} of the samples, " + ", ".join(f"{name}: {of.value:.6f} ± {of.se:.6f}" for name, of in found.items()),
        "simulation",
        value=found[worst],
    )


@check(_EXPONENTS)
def exponent(results: Results, *, of: ExponentKeys, expected: float) -> Finding:
    """Whether fluctuations have the expected exponent on the window of the claim, by `duality.claims.rules.agrees`.

    Measured: the dataset-corrected exponent, or that of the shifted power law (`kind_of_fit: shifted`), which is
    undecided where the fluctuations do not tell its shift from none, at the level of all tests. The window is `window`,
    or else that of the conditions as printed where the config has such a variant, or else the paper's as the config
    reads it. Where that refutes the exponent, the last may mend it. The observed window is shown, but decides nothing:
    it was chosen by the exponent.
    """
    windows = results.windows(of.experiment, of.name, _QUANTITY[of.exponent])
    first = of.window or _claimed(windows)
    if first not in windows:
        raise Missing(f"the config has no window {first} of {of.experiment}, '{of.name}'")
    needed = gain_needed(results.rules.significance)  # of Δ ln L
    fits: dict[str, Estimate] = {}
    found: dict[str, bool | None] = {}
    texts = []
    for where in dict.fromkeys((first, PAPER, OBSERVED)):
        measured = windows.get(where)
        fit = _fitted(measured, of.kind_of_fit) if measured else None
        if measured and fit:
            fits[where] = fit
            seen = of.kind_of_fit == "corrected" or (measured.shifted and measured.shifted.least_gain > needed)
            wide_enough = measured.window.decades >= results.rules.decades
            found[where] = agrees(fit, expected, results.rules.delta, wide_enough) if seen else None
            texts.append(f"{where} window: {_described(measured, of.kind_of_fit, fit, needed, results.least)}")
        elif where != OBSERVED:  # of which nothing is predicted, or it is nowhere near
            texts.append(f"{where} window: {f'no {of.kind_of_fit} exponent' if measured else 'none'}")
    printed = found.get(first)
    mended = printed is False and found.get(PAPER) is True
    return Finding(
        printed,
        f"{of.exponent} of {of.experiment}, '{of.name}': " + "; ".join(texts),
        "simulation",
        mended if printed is False else None,
        "holds under the conditions as the config reads them" if mended else "",
        fits.get(PAPER if mended else first),
        undecided_as=UNDECIDED,
    )


def _fitted(found: Measurement, kind_of_fit: str) -> Estimate | None:
    if kind_of_fit == "corrected":
        return found.corrected.exponent
    return found.shifted.exponent if found.shifted else None


def _described(found: Measurement, kind_of_fit: str, fit: Estimate, needed: float, least: float) -> str:
    p_values = {"exact density": found.duality.p_value}
    if kind_of_fit == "corrected":
        p_values = {"bare power law": found.raw.ks_p_value, "weighted": found.corrected.ks_p_value, **p_values}
    shift = ""
    if kind_of_fit == "shifted" and found.shifted:
        shift = f" with {_shift(found.shifted, needed)},"
        p_values = {"shifted": found.shifted.ks_p_value, **p_values}
    return (
        f"{fit.value:.4f} ± {fit.se:.4f}{shift} over {found.window.decades:.2f} decades "
        f"({found.window.decades_99:.2f} hold 99%); {_expected(found, kind_of_fit)}Jacobian "
        f"{found.jacobian.exponent.value:.4f} ± {found.jacobian.exponent.se:.1g}; p: "
        + ", ".join(f"{law} {'≤ ' if p <= least else ''}{p:.2g}" for law, p in p_values.items())
    )


def _expected(found: Measurement, kind_of_fit: str) -> str:
    """What infinite data would give for the fit."""
    population = found.corrected.population if kind_of_fit == "corrected" else None
    return f"infinite data {population.value:.4f}, z = {population.z:.1f}; " if population else ""


def _shift(fit: ShiftedFit, needed: float) -> str:
    """A/B, and whether the fluctuations tell it from no shift, B/A = 0, by the profile likelihood."""
    profile = fit.profile
    interval = "neither with a bound"
    if profile.ratio:
        interval = f"from {profile.ratio[0]:.3g} to {profile.ratio[1]:.3g}"
    elif profile.inverse_ratio:
        interval = f"B/A from {profile.inverse_ratio[0]:.2g} to {profile.inverse_ratio[1]:.2g}, among it 0, no shift"
    return (
        f"A/B = {fit.ratio.value:.3g} (95% by the profile likelihood: {interval}; theory {fit.theory.ratio:.3g}), "
        f"Δ ln L = {fit.gain:.2f} over no shift and {fit.gain_over_exponential:.2f} over an exponential law, where "
        f"{needed:.2f} tells them apart"
    )


@check(_EXPONENTS)
def range_of_scales(results: Results, *, among: Classes, quantifier: Quantifier) -> Finding:
    """Whether windows of q̇ of some or all of `among` are wide: as printed, or else as the config has them, or observed.

    On the observed window the exact Jacobian has the exponent by definition: what is measured there is its width.
    """
    widths: dict[str, tuple[float, ...]] = {}
    for experiment, name in among:
        windows = results.windows(experiment, name)
        found = [windows[where] for where in (_claimed(windows), PAPER, OBSERVED)]
        widths[f"{experiment} '{name}'"] = tuple(of.window.decades if of else 0.0 for of in found)
    printed, read, observed = (
        combined(quantifier, (width >= results.rules.wide for width in of_window))
        for of_window in zip(*widths.values(), strict=True)
    )
    deciding = (min if quantifier == "all" else max)(width for width, *_ in widths.values())
    text = "; ".join(f"{key}: {a:.2f}, {b:.2f}, {c:.2f}" for key, (a, b, c) in widths.items())
    return Finding(
        printed,
        f"decades of q̇ under the conditions as printed, as the config reads them, and observed: {text}; wide is "
        f"{results.rules.wide:g}",
        "simulation",
        None if printed else bool(read or observed),
        "" if printed else f"holds {'under the conditions as the config reads them' if read else 'where observed'}",
        deciding,
    )


@check(_EXPONENTS)
def dataset_contribution(results: Results, *, of: ClassKeys) -> Finding:
    """Whether the data's own density changes the exponent between a figure's bars: raw less corrected."""
    found = results.windows(of.experiment, of.name)[PAPER]
    assert found is not None  # the stage exponents lets no class pass without it
    raw, corrected = found.raw.exponent, found.corrected.exponent
    # Of the same fluctuations, so that they are not independent.
    difference = Estimate.normal(raw.value - corrected.value, max(raw.se, corrected.se))
    return Finding(
        differs(difference, results.rules.delta),
        f"raw {raw.value:.4f} less corrected {corrected.value:.4f} of {of.experiment}, '{of.name}', on the {PAPER} "
        "window",
        "simulation",
        value=difference,
        undecided_as=UNDECIDED,
    )


@check(_EXPONENTS)
def exact_density(results: Results, *, experiments: Experiments, quantifier: Quantifier) -> Finding:
    """Whether some or all fluctuations follow the exact duality density: the smallest p-value of χ², corrected by Holm.

    The family has two p-values of each distribution, of its cells and of its fraction of all samples, and a third where
    training did not see all samples, of those that it saw against those that it did not. Distributions of one class are
    one sample of x1 seen through the maps of several experiments, and so not independent; Holm's correction holds all
    the same.
    """
    level = results.rules.significance
    found = {
        (experiment, name): measured.goodness_of_fit
        for experiment, of in results.among(experiments).items()
        for name, measured in of.exponents.items()
    }
    p_values = {(*key, "cells"): test.p_value for key, test in found.items()}
    p_values |= {(*key, "fraction"): test.fraction_p_value for key, test in found.items()}
    against_unseen = {
        (experiment, name, "samples that training saw against those that it did not"): measured.seen_against_unseen
        for experiment, of in results.among(experiments).items()
        for name, measured in of.exponents.items()
        if measured.seen_against_unseen is not None
    }
    p_values |= against_unseen
    corrected = dict(zip(p_values, holm(np.array(list(p_values.values()))), strict=True))
    experiment, name, what = smallest = min(corrected, key=lambda key: (corrected[key], p_values[key]))
    factors = [test.detectable_factor - 1 for test in found.values()]
    tilts = [test.detectable_tilt for test in found.values() if test.detectable_tilt is not None]
    return Finding(
        combined(quantifier, (p >= level for p in corrected.values())),
        f"χ² tests of {len(found)} distributions against Σ p(x1)/|dq̇/dx1|, nothing fitted, by cells and by their "
        f"fraction of all samples, and of {len(against_unseen)} between samples that training saw and others that it "
        f"did not: {len(p_values)} p-values, corrected by Holm as one family, where the table corrects those of the "
        f"cells by themselves, {len(found)}. They are of "
        f"{len({name for _, name in found})} independent samples of x1, seen through {len(experiments)} maps. "
        f"{sum(p < level for p in corrected.values())} are below {level:g}; smallest: {what} of {experiment} "
        f"'{name}', {corrected[smallest]:.2g} by Holm over the {len(p_values)}. Seen with the probability "
        f"{DETECTION_POWER:g}, at the level {DETECTION_LEVEL:g}, would be a factor in the Jacobian of "
        f"1 ± {min(factors):.2g} to {max(factors):.2g}"
        + (f", an error of its exponent of {min(tilts):.2g} to {max(tilts):.2g}" if tilts else ""),
        "simulation",
        value=float(corrected[smallest]),
    )


@check(_EXPONENTS)
def bare_power_law(results: Results, *, among: Classes, quantifier: Quantifier) -> Finding:
    """Whether the fluctuations of some or all of `among` follow power laws; else whether all do the exact density.

    KS tests with parametric bootstrap. The smallest p-value of the exact density counts times the number of windows;
    that of the bare power laws as it is, because a bootstrap has a smallest one. A window with less than d decades
    shows no power law, and can but refute one.
    """
    tests, rivals = [], []
    for experiment, name in among:
        window, found = _met(results.windows(experiment, name))
        tests.append(found)
        rows = results.experiments[experiment].rivals
        rivals.append(rows[(rows["class"] == name) & (rows["quantity"] == "q_dot") & (rows["window"] == window)])
    level, fewest = results.rules.significance, results.rules.decades
    followed = [
        (True if found.window.decades >= fewest else None) if found.raw.ks_p_value >= level else False
        for found in tests
    ]
    exact = min(found.duality.p_value for found in tests) * len(tests)
    compared = pd.concat(rivals)
    better = compared[compared["favours"] == compared["rival"]]["rival"].value_counts()
    printed = combined(quantifier, followed)
    p_values = [found.raw.ks_p_value for found in tests]
    return Finding(
        printed,
        f"of {len(tests)} windows {followed.count(True)} with {fewest:g} decades are compatible with a bare power law, "
        f"{sum(found.corrected.ks_p_value >= level for found in tests)} are compatible with a dataset-weighted one; "
        f"smallest p-value of the exact density times their number {min(1.0, exact):.2g}. Likelier than the bare power "
        "law: " + (", ".join(f"{rival} on {count}" for rival, count in better.items()) or "nothing"),
        "simulation",
        exact >= level if printed is False else None,
        "the Jacobian contribution is (nearly) a power law; the fluctuations are distributed as p(x1)·|dx1/dq̇|"
        if printed is False
        else "",
        max(p_values) if quantifier == "some" else min(p_values),
        undecided_as=UNDECIDED,
    )


@check(_EXPONENTS)
def single_branch(results: Results, *, experiments: Experiments, quantifier: Quantifier) -> Finding:
    """Whether one term of the sum over branches dominates some or all windows: the share of the window's own branch."""
    shares = {
        f"{experiment} '{name}'": _met(results.windows(experiment, name))[1].window.own_branch
        for experiment, of in results.among(experiments).items()
        for name in of.exponents
    }
    least = min(shares, key=lambda key: shares[key])
    return Finding(
        combined(quantifier, (share >= results.rules.dominant_share for share in shares.values())),
        f"least share of a window's fluctuations that its own branch makes, by the exact density: {least}; others: "
        + ", ".join(f"{share:.3f}" for key, share in shares.items() if key != least),
        "simulation",
        value=shares[least],
    )


@check(_EXPONENTS)
def exponents_differ(results: Results, *, pairs: Pairs, quantifier: Quantifier) -> Finding:
    """Whether some or all pairs of compositions that share activation or loss have different exponents."""
    differences = {}
    for one, other in pairs:
        a, b = (_met(results.windows(*of))[1].corrected.exponent for of in (one, other))
        difference = Estimate.normal(a.value - b.value, float(np.hypot(a.se, b.se)))
        differences[f"{one[0]} against {other[0]}, '{one[1]}'"] = difference
    smallest = min(differences.values(), key=lambda difference: abs(difference.value))
    return Finding(
        combined(quantifier, (differs(difference, results.rules.delta) for difference in differences.values())),
        "differences of corrected k_q: "
        + "; ".join(f"{text}: {of.value:.4f} ± {of.se:.4f}" for text, of in differences.items()),
        "simulation",
        value=smallest,
        undecided_as=UNDECIDED,
    )


@check("results/jumps/*/summary.json")
def jumps(results: Results, *, experiments: Experiments, quantifier: Quantifier) -> Finding:
    """Whether actual and potential jumps of some or all have one distribution: the intervals of the KS distances."""
    found = {
        f"{experiment} '{name}' {sign}": summary
        for experiment, of in results.among(experiments).items()
        for name, signs in of.jumps.items()
        for sign, summary in signs.items()
    }
    largest = max(found, key=lambda key: found[key].distance.interval[1])
    powers = [summary.power.value for summary in found.values() if summary.resolved and summary.power]
    fall = (
        f"; falls as γ to a power from {min(powers):.2f} to {max(powers):.2f} where above the noise" if powers else ""
    )
    same = (negated(exceeds(summary.distance, results.rules.ks_distance)) for summary in found.values())
    return Finding(
        combined(quantifier, same),
        f"largest of {len(found)} KS distances at the experiments' own γ, of {largest}{fall}; the same is below "
        f"{results.rules.ks_distance:g}",
        "simulation",
        value=found[largest].distance,
        undecided_as=UNDECIDED,
    )


@check("results/jumps/*/summary.json")
def jump_exponents(results: Results, *, experiments: Experiments, quantifier: Quantifier) -> Finding:
    """Whether exponents fitted on actual jumps are those of the potential ones within δ, of some or all.

    If not, whether they are on every window of at least d decades. The samples are the same: what is judged is the
    interval of the difference, of raw and of corrected exponents.
    """
    found = {
        f"{experiment} '{name}' {kind}": fitted
        for experiment, of in results.among(experiments).items()
        for name, signs in of.jumps.items()
        for summary in signs.values()
        for kind, fitted in summary.exponents.items()
    }
    if not found:
        raise Missing("no class has enough jumps in its window")
    delta, fewest = results.rules.delta, results.rules.decades
    same = {key: negated(differs(fitted.difference, delta)) for key, fitted in found.items()}
    printed = combined(quantifier, same.values())
    wide = [same[key] for key, fitted in found.items() if fitted.decades >= fewest]
    mended = combined("all", wide) if wide and printed is False else None
    largest = max(found, key=lambda key: max(map(abs, found[key].difference.interval)))
    off = [key for key, answer in same.items() if not answer]
    return Finding(
        printed,
        f"exponents of actual less those of potential jumps of the same samples, raw and corrected: {len(found)}, of "
        f"which {len(wide)} on windows of {fewest:g} decades; {len(found) - len(off)} are within ±{delta:g}; largest: "
        f"{largest}" + "".join(f"; {_difference(key, found[key])}" for key in off),
        "simulation",
        mended,
        f"on windows of {fewest:g} decades or more the difference is within ±{delta:g}" if mended else "",
        found[largest].difference,
        undecided_as=UNDECIDED,
    )


def _difference(key: str, found: JumpExponent) -> str:
    expected = "" if found.expected is None else f", by the averaged theory {found.expected:.3g}"
    return f"{key}: {found.difference.value:.3g} ± {found.difference.se:.2g} over {found.decades:.2f} decades{expected}"


@check("results/jumps/*/summary.json")
def averaged_theory(results: Results, *, experiments: Experiments, quantifier: Quantifier) -> Finding:
    """Whether actual jumps are the potential ones averaged over a Gaussian (w, b), of some or all that was tested.

    All p-values of `duality.jumps.theory_tests` are one family, corrected by Holm. What is told beside it is by which
    factor the predicted difference of the distributions fits the measured one best where it is rejected.
    """
    jumps = {name: of.jumps for name, of in results.among(experiments).items()}
    tests, level = theory_tests(jumps), results.rules.significance
    if not tests:
        raise Missing("nothing is predicted of the jumps")
    smallest = min(tests, key=lambda key: tests[key])
    rejected = [key for key, p in tests.items() if p < level]
    distributions = sum(what == "distribution" for *_, what in tests)
    return Finding(
        combined(quantifier, (p >= level for p in tests.values())),
        f"largest deviations of {distributions} differences of distributions from the predicted ones, and "
        f"{len(tests) - distributions} differences of corrected exponents, at the experiments' own γ: p-values "
        f"corrected by Holm as one family, {len(rejected)} below {level:g}; smallest: {_test(smallest)}"
        + "".join(f"; rejected: {_test(key)}{_agreement(jumps, key)}" for key in rejected),
        "simulation",
        value=tests[smallest],
    )


def _test(key: Test) -> str:
    experiment, name, sign, what = key
    return f"{what} of {experiment} '{name}' {sign}"


def _agreement(jumps: Mapping[str, Jumps], key: Test) -> str:
    experiment, name, sign, what = key
    found = jumps[experiment][name][sign].agreement
    if what != "distribution" or found is None:
        return ""
    return f", where the measured difference is {found.value:.2f} ± {found.se:.2f} times the predicted one"


@check("results/guard/*.csv")
def guard(results: Results, *, experiment: str) -> Finding:
    """Whether training without guard reaches an equilibrium; if any fails to, whether all training with guard does."""
    if results.guard is None or results.guard.experiment != experiment:
        raise Missing(f"the config has no stage guard of {experiment}")
    guarded, unguarded = results.guard.guarded, results.guard.unguarded
    collapsed = unguarded["collapsed"].notna()
    settled = guarded.drop_duplicates(["value", "gamma"])["outcome"] == "equilibrium"
    # Times to collapse in units of the predicted mean: exponential, so that the mean has the relative error 1/√n.
    times = (unguarded["collapsed"] * unguarded["predicted_rate"]).dropna()
    slower = f"{times.mean():.2f} ± {times.mean() / np.sqrt(times.size):.2f}" if times.size else "none"
    return Finding(
        not collapsed.any(),
        f"without guard {collapsed.sum()} of {collapsed.size} runs fell to the accuracy of guessing, mean time to that "
        f"over the predicted: {slower}; with guard {settled.sum()} of {settled.size} were in equilibrium",
        "simulation",
        bool(settled.all()),
        "f within [ε, 1 - ε] in the loss, no gradient beyond, and γ ≤ ε",
        _share(int(collapsed.sum()), collapsed.size),
    )


def _share(count: int, n: int) -> Estimate:
    """A share with the error and interval of Agresti and Coull (1998): it has both where all or none count."""
    near = (count + 2) / (n + 4)
    se = float(np.sqrt(near * (1 - near) / (n + 4)))
    half = STANDARD_ERRORS * se
    return Estimate(count / n, se, (max(near - half, 0.0), min(near + half, 1.0)))


@check("")
def untested(results: Results, *, reason: str, takes: str) -> Finding:  # noqa: ARG001
    """Nothing was tested, for the reason that the claim states, with what a test would take."""
    return Finding(None, f"{reason}; a test would take {takes}", "simulation", undecided_as=NOT_TESTED)
