"""If these fail, ẇ is given a shifted power law that it does not have, or none where it has one (Eq. 6.1)."""

from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from duality.formulas.shifted_law import GAMMA, B, W, ratio, shifted_law
from duality.formulas.stable import Y


@pytest.mark.parametrize(
    ("H", "k_w"), [((Y - 3) ** 2, 0.5), (5 * Y**2 - 2 * Y + 7, 0.5), (-sp.log(1 - Y), 2), (3 * sp.log(2 + 5 * Y), 2)]
)
def test_shifted_power_laws_are_exact(H, k_w):
    """|dẇ/dx1| = |K|·|1 + rẇ|^k_w: squared, so that no sign or root is left, for all x1, w and b."""
    x1 = sp.Symbol("x1", real=True)
    law = shifted_law(H)
    assert law.k_w == k_w
    w_dot = -GAMMA * x1 * H.diff(Y).xreplace({Y: W * x1 + B})
    assert sp.simplify(w_dot.diff(x1) ** 2 - law.K**2 * (1 + law.r * w_dot) ** int(2 * k_w)) == 0


def test_A_and_B_of_the_squared_loss():
    """A = -8γw and B = 4γ²(b - x2)² in the form of Eq. 6.1."""
    law = shifted_law((Y - 3) ** 2)
    assert sp.expand(law.K**2 - 4 * GAMMA**2 * (B - 3) ** 2) == 0
    assert sp.simplify(law.r * law.K**2 + 8 * GAMMA * W) == 0


@pytest.mark.parametrize("H", [3 * Y + 1, (Y - 1) ** 4, sp.exp(Y), sp.log(1 + Y**2), 1 / Y])
def test_no_other_composition_has_one(H):
    assert shifted_law(H) is None


@given(c=st.integers(1, 50), y0=st.integers(-5, 5), b=st.fractions(6, 9, max_denominator=7))
@settings(max_examples=30, deadline=None)
def test_A_over_B_of_a_logarithmic_H_is_the_same_at_every_y(c, y0, b):
    """Whatever b: h′/h² is 1/c, which is how the ratio is computed from a window that does not reach y = b."""
    law = shifted_law(-c * sp.log(Y - y0))
    at_b = law.r.subs({B: sp.Rational(b.numerator, b.denominator), W: 3, GAMMA: sp.Rational(1, 100)})
    assert Fraction(str(at_b)) == ratio(Fraction(2), Fraction(3), Fraction(1, 100), 1, c)
