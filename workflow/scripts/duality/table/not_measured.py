"""Exponents that are not measured: the table has a dash for them, with a mark that says why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from duality.records.estimates import TOLD_APART, Estimate
from duality.records.exponents import Measurement, ShiftedFit

# Of a 95% interval. The paper's compositions have the exponents 0, 1 and 2, and one that is wider than the distance
# between two of them holds a whole number wherever it lies: it could not tell one composition from another.
WIDEST = 1.0


@dataclass(frozen=True)
class Reason:
    """Why an exponent is not measured.

    Attributes
    ----------
    mark : str
        A letter.
    text : str
    """

    mark: str
    text: str

    @property
    def dash(self) -> str:
        """What a cell has instead of the exponent."""
        return f"– ({self.mark})"


WIDE = Reason("a", f"not measured: the 95% interval is wider than {WIDEST:g}, the distance of the paper's 0, 1 and 2")
NO_SHIFT = Reason(
    "b",
    "not measured: the fluctuations do not tell a shifted power law from the one without shift, or from an exponential "
    f"law, as Δ ln L is below {TOLD_APART:.2f}, half the 95% point of χ²",
)
REASONS = (WIDE, NO_SHIFT)


def reason(exponent: Estimate, shifted: ShiftedFit | None = None) -> Reason | None:
    """Why an exponent is not measured, or None if it is.

    Parameters
    ----------
    exponent : Estimate
    shifted : ShiftedFit, optional
        The fit that it is of, if it is that of a shifted power law.
    """
    if shifted and not shifted.told_apart:
        return NO_SHIFT
    low, high = exponent.interval
    return WIDE if high - low > WIDEST else None


def reasons(measured: Iterable[Measurement]) -> Sequence[Reason]:
    """The reasons that occur among all exponents of some measurements, in the order of their marks."""
    found = set()
    for of in measured:
        found |= {reason(exponent) for exponent in (of.jacobian.exponent, of.raw.exponent, of.corrected.exponent)}
        if of.shifted:
            found.add(reason(of.shifted.exponent, of.shifted))
    return [known for known in REASONS if known in found]
