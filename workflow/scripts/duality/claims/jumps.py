"""Claims about actual jumps against potential ones."""

from collections.abc import Mapping

from duality.claims.checks import Experiments, Missing, check
from duality.claims.results import Results
from duality.claims.rules import Quantifier, combined, differs, exceeds, negated
from duality.jumps.theory_tests import Test, theory_tests
from duality.records.jumps import JumpExponent, Jumps
from duality.verdicts import UNDECIDED, Finding


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
