"""Names, signs and factors that every stage uses, each defined here once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

SIGNS = {"negative": -1, "positive": 1}  # of a fluctuation: the sign of ḃ
SIGN_NAMES = {sign: name for name, sign in SIGNS.items()}

# Names of windows. PAPER: the paper's conditions as the config reads them. OBSERVED: the widest on which the exact
# Jacobian is the predicted power law. PRINTED: a variant of a config; claims are judged on it if there is one.
PAPER, OBSERVED, PRINTED = "paper", "observed", "printed"
# Those that every class has, each by a rule of its own: no variant may have such a name.
WINDOWS = (PAPER, OBSERVED)
# The widest on which the exact density itself is the predicted power law: of sweeps alone.
VISIBLE = "visible"

Values = Any  # an array, or a number where Numba compiles it
Factor = Callable[[Values], Values]


@dataclass(frozen=True)
class Quantity:
    """A fluctuation, which is ḃ times a factor s(x1).

    Attributes
    ----------
    symbol, latex : str
        As text and as LaTeX, without dollars.
    exponent : str
        What its exponent is called, "k_" and a letter; the letter also ends the names of columns.
    factors : three functions of ndarray or of float
        x1 to s, to s′ and to s″, elementwise; a number to a number, as `duality.fluctuations.extraction` compiles it.
    """

    symbol: str
    latex: str
    exponent: str
    factors: tuple[Factor, Factor, Factor]

    @property
    def local_exponent(self) -> str:
        """The column of its local exponent in the table of the Jacobian."""
        return "local_exponent" if self.exponent == "k_q" else f"local_exponent_{self.exponent[2:]}"


def _length(x1: Values) -> Values:
    """√(1 + x1²): |q̇| is the length of (ẇ, ḃ) = (x1, 1)·ḃ (Eq. 5.3)."""
    return np.sqrt(1 + x1**2)


def _itself(x1: Values) -> Values:
    return x1


# Of an array as of a number; Numba makes arrays of `np.ones_like`, which take ten times as long.
def _one(x1: Values) -> Values:
    return 1 + (x1 - x1)


def _zero(x1: Values) -> Values:
    return x1 - x1


QUANTITIES: Mapping[str, Quantity] = {
    "q_dot": Quantity("q̇", r"\dot q", "k_q", (_length, lambda x1: x1 / _length(x1), lambda x1: 1 / _length(x1) ** 3)),
    "w_dot": Quantity("ẇ", r"\dot w", "k_w", (_itself, _one, _zero)),
    "b_dot": Quantity("ḃ", r"\dot b", "k_b", (_one, _zero, _zero)),
}
EXPONENTS = {name: quantity.exponent for name, quantity in QUANTITIES.items()}


def listed(words: Sequence[str]) -> str:
    """Words as a sentence has them: one, two and three."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


# Greek letters, and what LaTeX calls them.
_GREEK = "alpha beta gamma delta varepsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau varphi chi psi omega"
LETTERS = dict(zip("αβγδεζηθκλμνξπρστφχψω", _GREEK.split(), strict=True))
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def raised(number: str) -> str:
    """A whole number as a power has it."""
    return number.translate(_SUPERSCRIPTS)


def symbol(name: str) -> str:
    """A name of a parameter as texts have it: that of a Greek letter as the letter."""
    return {known.removeprefix("var"): letter for letter, known in LETTERS.items()}.get(name, name)
