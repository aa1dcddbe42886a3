"""Claims about the exponents of fluctuations, and about their distributions."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
import numpy as np
import pandas as pd

from duality.claims.checks import Experiments, Missing, check
from duality.claims.results import Results
from duality.claims.rules import Quantifier, agrees, combined, differs
from duality.conventions import EXPONENTS, OBSERVED, PAPER, PRINTED
from duality.fits.multiple_tests import holm
from duality.records.estimates import DETECTION_LEVEL, DETECTION_POWER, Estimate, gain_needed
from duality.records.exponents import Measurement, ShiftedFit
from duality.records.record import Record
from duality.verdicts import UNDECIDED, Finding

_QUANTITY = {name: quantity for quantity, name in EXPONENTS.items()}

_EXPONENTS = "results/exponents/*/exponents.json"

Class = tuple[str, str]  # experiment and class
Classes = Annotated[list[Class], msgspec.Meta(min_length=1)]
Pairs = Annotated[list[tuple[Class, Class]], msgspec.Meta(min_length=1)]


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
