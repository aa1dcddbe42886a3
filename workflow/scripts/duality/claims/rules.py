"""The rules by which verdicts follow from measurements: one for all claims of a kind, none of a claim's own.

Every rule has three answers: True, False, and None where the measurement is compatible with either.
"""

from collections.abc import Iterable
from statistics import NormalDist
from typing import Literal

from duality.records.estimates import Estimate

Quantifier = Literal["some", "all"]  # "can", "may", "for example"; "always", "in all experiments"


def agrees(found: Estimate, expected: float, delta: float, wide_enough: bool) -> bool | None:
    """Whether an exponent is the one that is claimed.

    Parameters
    ----------
    found : Estimate
    expected, delta : float
        What is claimed, and δ.
    wide_enough : bool
        Whether the window on which it was measured has d decades.

    Returns
    -------
    bool or None
        True if the 95% interval lies within ±δ of what is claimed and the window is wide enough. False if the interval
        lies wholly outside ±δ, on any window. Else None.
    """
    low, high = (end - expected for end in found.interval)
    if low > delta or high < -delta:
        return False
    return True if wide_enough and -delta <= low and high <= delta else None


def exceeds(found: Estimate, bound: float) -> bool | None:
    """Whether a number is larger than a bound: True or False if its whole 95% interval is above or below."""
    low, high = found.interval
    if low > bound:
        return True
    return False if high <= bound else None


def differs(found: Estimate, delta: float) -> bool | None:
    """Whether a difference of exponents is one: True if its 95% interval lies outside ±δ, False if within."""
    low, high = found.interval
    if low > delta or high < -delta:
        return True
    return False if -delta <= low and high <= delta else None


def negated(found: bool | None) -> bool | None:
    """The opposite, where there is one."""
    return None if found is None else not found


def compatible(deviations: Iterable[float], significance: float) -> bool:
    """Whether deviations in standard errors are compatible with none, by a test of all together (Bonferroni)."""
    sizes = [abs(deviation) for deviation in deviations]
    return max(sizes) <= NormalDist().inv_cdf(1 - significance / (2 * len(sizes)))


def combined(quantifier: Quantifier, found: Iterable[bool | None]) -> bool | None:
    """Whether a statement holds for some, or for all, of its cases, of which some may be undecided (Kleene's logic)."""
    cases = list(found)
    deciding = quantifier == "some"
    if deciding in cases:
        return deciding
    return None if None in cases else not deciding
