"""Exponents that are not measured, or hardly: the table has a dash for them, or a mark, and says why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from duality.records.estimates import TOLD_APART, Estimate, gain_needed
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
HARDLY, UNPRINTED = "(c)", "(d)"  # marks of numbers: of a shift, and of a prediction that the paper's table lacks


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


def hardly(shifted: ShiftedFit | None, level: float) -> bool:
    """Whether a shift is told from none, and from an exponential law, at 5% but not at the level of all tests."""
    return shifted is not None and TOLD_APART < shifted.least_gain <= gain_needed(level)


def marks(level: float) -> dict[str, str]:
    """What the marks of numbers mean.

    Parameters
    ----------
    level : float
        Of all tests.
    """
    return {
        HARDLY: f"not told from no shift, or from an exponential law, at the level of all tests, {level:g}: Δ ln L is "
        f"above {TOLD_APART:.2f}, half the 95% point of χ², but not above {gain_needed(level):.2f}, so that the claims "
        "call the exponent undecided",
        UNPRINTED: "not from the table of Sec. 10, which has a dash here: of the logarithm Sec. 7 says that it is no "
        "solution of Eq. 7.2, while Sec. 9 counts 2 among the paper's exponents",
    }


def reasons(measured: Iterable[Measurement]) -> Sequence[Reason]:
    """The reasons that occur among all exponents of some measurements, in the order of their marks."""
    found = set()
    for of in measured:
        found |= {reason(exponent) for exponent in (of.jacobian.exponent, of.raw.exponent, of.corrected.exponent)}
        if of.shifted:
            found.add(reason(of.shifted.exponent, of.shifted))
    return [known for known in REASONS if known in found]
