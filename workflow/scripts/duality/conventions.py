"""Names, signs and factors that every stage uses, each defined here once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

SIGNS = {"negative": -1, "positive": 1}  # of a fluctuation: the sign of ḃ
SIGN_NAMES = {sign: name for name, sign in SIGNS.items()}

# Names of windows. PAPER: the paper's conditions as the config reads them. OBSERVED: the widest on which the exact
# Jacobian is the predicted power law. PRINTED: a variant of a config; claims are judged on it if there is one.
PAPER, OBSERVED, PRINTED = "paper", "observed", "printed"
# Those that every class has, each by a rule of its own: no variant may have such a name.
WINDOWS = (PAPER, OBSERVED)


class Factor(Protocol):
    """s(x1) and its derivatives up to an order, 2 at most, elementwise."""

    def __call__(self, x1: np.ndarray, order: int = 2) -> tuple[np.ndarray, ...]: ...


@dataclass(frozen=True)
class Quantity:
    """A fluctuation, which is ḃ times a factor s(x1).

    Attributes
    ----------
    symbol, latex : str
        As text and as LaTeX, without dollars.
    exponent : str
        What its exponent is called, "k_" and a letter; the letter also ends the names of columns.
    factor : Factor
        x1 to s, s′ and s″.
    """

    symbol: str
    latex: str
    exponent: str
    factor: Factor

    @property
    def local_exponent(self) -> str:
        """The column of its local exponent in the table of the Jacobian."""
        return "local_exponent" if self.exponent == "k_q" else f"local_exponent_{self.exponent[2:]}"


def _length(x1: np.ndarray, order: int = 2) -> tuple[np.ndarray, ...]:
    """√(1 + x1²): |q̇| is the length of (ẇ, ḃ) = (x1, 1)·ḃ (Eq. 5.3)."""
    s = np.sqrt(1 + x1**2)
    if order < 2:  # the second derivative takes longer than all else
        return (s, x1 / s)[: order + 1]
    return s, x1 / s, 1 / s**3


def _identity(x1: np.ndarray, order: int = 2) -> tuple[np.ndarray, ...]:
    return (x1, np.ones_like(x1), np.zeros_like(x1))[: order + 1]


def _one(x1: np.ndarray, order: int = 2) -> tuple[np.ndarray, ...]:
    return (np.ones_like(x1), np.zeros_like(x1), np.zeros_like(x1))[: order + 1]


QUANTITIES: Mapping[str, Quantity] = {
    "q_dot": Quantity("q̇", r"\dot q", "k_q", _length),
    "w_dot": Quantity("ẇ", r"\dot w", "k_w", _identity),
    "b_dot": Quantity("ḃ", r"\dot b", "k_b", _one),
}
EXPONENTS = {name: quantity.exponent for name, quantity in QUANTITIES.items()}


def listed(words: Sequence[str]) -> str:
    """Words as a sentence has them: one, two and three."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
