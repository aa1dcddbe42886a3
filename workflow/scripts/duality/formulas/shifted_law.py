"""The shifted power law of ẇ: |dẇ/dx1| = |A·ẇ + B|^k_w with B ≠ 0 (Eq. 6.1), for all x1 of a smooth piece of H.

With ẇ = -γ·x1·h(y), y = w·x1 + b, two kinds of composition have it for every w and b:

- h linear in y (quadratic H), of local exponent h·h″/h′² = 0. Then (dẇ/dx1)² = γ²(h + w·x1·h′)²
  = γ²(h - w·x1·h′)² + 4γ²·w·x1·h·h′ = γ²h(b)² - 4γ·w·h′·ẇ: k_w = 1/2.
- h = c/(y0 - y) (logarithmic H), of local exponent 2. Then 1 - w·ẇ/(γc) = (y0 - b)/(y0 - y), and
  dẇ/dx1 = -γ·h(b)·(1 - w·ẇ/(γc))²: k_w = 2, with c = h²/h′. The paper has a dash for it.

Both are |dẇ/dx1| = |K|·|1 + r·ẇ|^k_w with r = A/B and B = |K|^(1/k_w). K = -γ·h(b) is dẇ/dx1 at x1 = 0, where ẇ = 0,
with h continued to y = b. The second derivative there, -2γ·w·h′(b) = k_w·r·K², gives r.

Of the powers h ∝ (y - y*)^p no other has such a law.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

from duality.formulas.stable import Y

QUADRATIC, LOGARITHMIC = Fraction(1, 2), Fraction(2)  # k_w by the kind of H
W, B, GAMMA = sp.symbols("w b gamma", real=True)


def ratio(k_w: Any, w: Any, gamma: Any, slope: Any, square: Any) -> Any:
    """A/B = -2·w·h′/(k_w·γ·h²) at y = b.

    Parameters
    ----------
    k_w, w, gamma : numbers or expressions
    slope, square : numbers or expressions
        h′ and h² at y = b, or any two of that quotient. Of a logarithmic H it is 1/c at every y.
    """
    return -2 * w * slope / (k_w * gamma * square)


@dataclass(frozen=True)
class ShiftedLaw:
    """|dẇ/dx1| = |K|·|1 + r·ẇ|^k_w.

    Attributes
    ----------
    k_w : Fraction
        `QUADRATIC` or `LOGARITHMIC`.
    K, r : sympy.Expr
        In `W`, `B` and `GAMMA`.
    """

    k_w: Fraction
    K: sp.Expr
    r: sp.Expr


def shifted_law(H: sp.Expr) -> ShiftedLaw | None:
    """The law that ẇ has exactly on a smooth piece of H, an expression in y; None if there is none."""
    h = H.diff(Y)
    if H.is_polynomial(Y) and sp.degree(H, Y) == 2:
        k_w = QUADRATIC
    elif h.is_rational_function(Y) and sp.cancel(h * h.diff(Y, 2) - 2 * h.diff(Y) ** 2) == 0 and h.has(Y):
        k_w = LOGARITHMIC
    else:
        return None
    at_b, slope = h.xreplace({Y: B}), h.diff(Y).xreplace({Y: B})
    r = ratio(sp.Rational(k_w.numerator, k_w.denominator), W, GAMMA, slope, at_b**2)
    return ShiftedLaw(k_w, sp.factor(-GAMMA * at_b), sp.factor(r))
