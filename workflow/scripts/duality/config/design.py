"""An exponent by design: from a wanted k to a loss, on a linear activation, whose fluctuations have it.

ḃ is a power law with exponent k exactly where h′ ∝ h^k (Eq. 7.2). The solution of h′ = h^k with h(0) = 1 is
h(y) = [1 + (1 - k)·y]₊^(1/(1 - k)), and exp(y) at k = 1: the q-exponential of C. Tsallis (J. Stat. Phys. 52, 479, 1988)
with q = k. Every row of the paper's table is one of these: 0 quadratic, 2/3 a power, 1 exponential, 2 logarithmic. One
class has h(y), the other -h(-y). H = ∫h is convex, so that there is one optimum for each k.

The activation is the identity, but for the mean of the two labels x2: f = y + x̄2 is nearer to the label of the first
class where y < 0, and to that of the other where y > 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

LOWEST, HIGHEST = Fraction(0), Fraction(4)  # k
NEAREST = Fraction(1, 1000)  # to 1, if it is not 1: beyond, 1/(1 - k) is a power of thousands
LARGEST_CAP = 10**6
_LARGEST_POWER = 64  # that a formula may write as one


@dataclass(frozen=True)
class Design:
    """A wanted exponent.

    Attributes
    ----------
    k : Fraction
        Or an expression of SymPy's, of which is known whether it is above 1: the formulas are then in its symbols.
    cap : Fraction
        |h| is at most this, as where gradients are clipped: above k = 1, h is singular at y = 1/(k - 1). Or a symbol.
    labels : pair of Fraction
        x2 of the class with h(y), and of that with -h(-y).
    """

    k: Any
    cap: Any
    labels: tuple[Fraction, Fraction]

    @property
    def activation(self) -> str:
        """f, a formula in y."""
        return f"y + {sum(self.labels) / 2}"

    @property
    def loss(self) -> str:
        """H, a formula in f and x2: ∫h, and on a straight line from where h would exceed the cap."""
        total, distance = sum(self.labels), self.labels[1] - self.labels[0]
        t = f"(f - {total / 2})*({total} - 2*x2)" + ("" if distance == 1 else f"/({distance})")  # y, or -y
        dead = f"(0, {self._u(t)} < 0), " if self.k < 1 else ""
        beyond = f"{self.cap}*({t} - {self._edge}) + {self._at_edge}"
        return f"Piecewise({dead}({self._integral(t)}, {t} < {self._edge}), ({beyond}, True))"

    @property
    def conditions(self) -> tuple[list[str], list[str]]:
        """Where q̇ has the exponent, for both classes: formulas in x1, y and w, with a ≪ b as the config reads it.

        h is neither 0 nor at the cap, and q̇ = |ḃ|·s has the exponent of ḃ, for s = √(1 + x1²) varies slowly beside h.
        With u = h/h′ = 1 + (1 - k)·y the local exponent of q̇ is (k + 2ε + δ)/(1 + ε)², ε = x1·u/(w·s²), δ = u²/(w²·s⁴).
        """
        return self._conditions("y"), self._conditions("-y")

    @property
    def k_w(self) -> str:
        """The exponent of ẇ = x1·ḃ, as the paper's table has it: where |x1| varies slowly, that of ḃ.

        Below k = 1, h grows as the power 1/(1 - k) of y; where x1 grows as y does, ẇ as one power more, and its
        exponent is 1/(2 - k), as under Eq. 9.13.
        """
        return str(self.k) if self.k >= 1 else f"{1 / (2 - self.k)} or {self.k}"

    @property
    def form(self) -> str:
        """The composition H(y), as the paper's table writes it: a formula in y and c1 to c4."""
        if self.k == 1:
            return "exp(c1*y + c2)"
        return "c1*log(c2 + c3*y) + c4" if self.k == 2 else f"c1*{_power('c2 + c3*y', self._exponent)} + c4"

    @property
    def _exponent(self) -> Fraction:
        return (2 - self.k) / (1 - self.k)

    @property
    def _edge(self) -> str:
        """y at which h reaches the cap."""
        return f"log({self.cap})" if self.k == 1 else f"({_power(self.cap, 1 - self.k)} - 1)/({1 - self.k})"

    @property
    def _at_edge(self) -> str:
        """H there."""
        return f"log({self.cap})" if self.k == 2 else f"{_power(self.cap, 2 - self.k)}/({2 - self.k})"

    def _integral(self, t: str) -> str:
        """∫h dt."""
        if self.k == 1:
            return f"exp({t})"
        return f"-log({self._u(t)})" if self.k == 2 else f"{_power(self._u(t), self._exponent)}/({2 - self.k})"

    def _u(self, t: str) -> str:
        """1 + (1 - k)·t, which is h/h′."""
        return "1" if self.k == 1 else f"1 + ({1 - self.k})*({t})"

    def _conditions(self, t: str) -> list[str]:
        alive = [f"{self._u(t)} > 0"] if self.k < 1 else []
        u, ws2 = self._u(t), "abs(w)*(1 + x1**2)"
        return [*alive, f"{t} < {self._edge}", f"abs(x1)*({u}) << {ws2}", f"({u})**2 << ({ws2})**2"]


def design(k: Fraction, cap: Fraction, labels: Sequence[float]) -> Design:
    """For the labels x2 of two classes, in the order of the config."""
    first, second = (Fraction(repr(float(label))) for label in labels)
    return Design(k, cap, (first, second))


def _power(base: Any, exponent: Any) -> str:
    """A power; one too large for a formula, or a symbol, by the exponential, which is then the same number."""
    if isinstance(exponent, Fraction) and abs(exponent) <= _LARGEST_POWER:
        return f"({base})**({exponent})"
    return f"exp(log({base})*({exponent}))"
