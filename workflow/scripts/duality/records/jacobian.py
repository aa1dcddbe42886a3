"""What the stage jacobian hands on: the map from x1 to fluctuations, and the windows of its power laws."""

import numpy as np

from duality.conventions import QUANTITIES
from duality.records.record import Count, NotNegative, Positive, Record, Share, Sign
from duality.records.table import Table

_ROUNDING = 1e-14  # relative: what varies less is constant


class Branch(Record, frozen=True):
    """An interval of x1 on which a fluctuation is monotone, or constant, and keeps its sign, and so does ḃ.

    Attributes
    ----------
    left, right : float
        Its ends in x1.
    sign, b_sign : int
        Of the fluctuation and of ḃ, ±1.
    increasing : bool
        Whether the magnitude grows with x1.
    q_low, q_high : float
        The magnitudes at its ends.
    """

    left: float
    right: float
    sign: Sign
    b_sign: Sign
    increasing: bool
    q_low: NotNegative
    q_high: NotNegative

    def __post_init__(self) -> None:
        if not (self.left < self.right and self.q_low <= self.q_high):
            raise ValueError("a branch runs from left to right and from q_low to q_high")

    @property
    def flat(self) -> bool:
        """Whether the magnitude is constant on it, as |ḃ| is where |h| is: an atom of probability, without density."""
        return self.q_high <= self.q_low * (1 + _ROUNDING)


class Window(Record, frozen=True):
    """An interval of x1 on one branch and the range of magnitudes that it maps to.

    Attributes
    ----------
    branch : int
        Index of the branch.
    x1_low, x1_high : float
    q_low, q_high : float
    probability : float
        That a sample of the class falls into it.
    """

    branch: Count
    x1_low: float
    x1_high: float
    q_low: Positive
    q_high: Positive
    probability: Share

    def __post_init__(self) -> None:
        if not (self.x1_low < self.x1_high and self.q_low < self.q_high):
            raise ValueError("a window runs from x1_low to x1_high and from q_low to q_high")

    @property
    def decades(self) -> float:
        """Its width in log₁₀ of the magnitude."""
        return float(np.log10(self.q_high / self.q_low))


class QuantityWindows(Record, frozen=True):
    """Branches and windows of one quantity of one class.

    Attributes
    ----------
    branches : list of Branch
        From left to right.
    windows : mapping
        By the name of the window; None where no x1 meets its rule.
    """

    branches: list[Branch]
    windows: dict[str, Window | None]

    def __post_init__(self) -> None:
        for name, window in self.windows.items():
            if window and window.branch >= len(self.branches):
                raise ValueError(f"the window {name} lies on a branch that there is none of")


Windows = dict[str, dict[str, QuantityWindows]]  # by class and quantity: what the stage jacobian writes

# The map of every class on a grid of x1. branch is -1 where there is no gradient; q_dot is signed by ḃ, dq_dot_dx1 is
# that of its magnitude; density is the exact one of the sign, summed over branches.
MAP = Table(
    "the table of the Jacobian",
    {"class": str, "x1": float, "branch": int, "y": float, "h": float, "dh": float}
    | {"w_dot": float, "b_dot": float, "q_dot": float, "dq_dot_dx1": float}
    | {quantity.local_exponent: float for quantity in QUANTITIES.values()}
    | {"density": float},
)
