"""What checking a statement of the paper found, and the verdict that follows from it."""

from dataclasses import dataclass

from duality.records.estimates import Estimate

REPRODUCED, CORRECTED, REFUTED = "reproduced", "corrected", "refuted"
UNDECIDED, NOT_TESTED, NOT_TESTABLE = "undecided", "not tested", "not testable"
VERDICTS = (REPRODUCED, CORRECTED, REFUTED, UNDECIDED, NOT_TESTED, NOT_TESTABLE)


@dataclass(frozen=True)
class Finding:
    """What was found about one statement.

    Attributes
    ----------
    printed : bool or None
        Whether the statement holds as the paper prints it; None if that was not decided.
    evidence : str
        In one line what was compared, how, and what came out; if it cannot be tested, why.
    method : str
        "proof" (decided by SymPy), "50 digits" (numerically, at random points), "floating point" (an independent
        computation in doubles), "simulation" (rests on artifacts of this workflow), "definition".
    mended : bool or None
        Whether the right form, given in `right_form`, was shown to hold; None if none is needed or known.
    right_form : str
        What the statement must read instead, in plain text; empty if it needs no mending.
    value : Estimate, float or None
        What was measured, where the check is numeric: the estimate, or a number that has no standard error.
    error : float or None
        The largest deviation of a derivation's value.
    undecided_as : str
        The verdict if `printed` is None. "not testable": nothing is asserted that could be true or false. "not tested":
        it could be tested, and was not. "undecided": it was tested, and the result is compatible with either.
    """

    printed: bool | None
    evidence: str
    method: str
    mended: bool | None = None
    right_form: str = ""
    value: Estimate | float | None = None
    error: float | None = None
    undecided_as: str = NOT_TESTABLE

    @property
    def verdict(self) -> str:
        """Corrected means: false as printed, and the right form was shown to hold."""
        if self.printed is None:
            return self.undecided_as
        if self.printed:
            return REPRODUCED
        return CORRECTED if self.mended else REFUTED


def definition(consistent: bool, evidence: str) -> Finding:
    """What was found about a definition: it asserts nothing that could be reproduced, but it can contradict itself.

    Parameters
    ----------
    consistent : bool
        Whether it agrees with itself, with the library, and with what the paper makes of it: if not, it is refuted.
    evidence : str
    """
    return Finding(None if consistent else False, evidence, "definition")
