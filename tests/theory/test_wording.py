"""If these fail, the page of theory says something else than what was derived."""

from fractions import Fraction

import mpmath
import pytest

from duality.theory import wording
from duality.theory.leading_terms import Leading


def leading(power, rate=0, degree=0, k_b=1, centre=0):
    return Leading(power and Fraction(power), Fraction(rate), Fraction(degree), k_b, "proof", Fraction(centre))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(1, 2), "0.5"),
        (Fraction(2, 3), "2/3"),
        (Fraction(-3), "-3"),
        (mpmath.pi, "3.14159"),
        (mpmath.inf, "∞"),
        (-mpmath.inf, "-∞"),
    ],
)
def test_numbers_are_exact_where_they_are_short(value, text):
    assert wording.number(value) == text


@pytest.mark.parametrize(
    ("limit", "side", "edge", "text"),
    [
        (mpmath.inf, 1, None, "y → ∞"),
        (Fraction(1), -1, None, "y → 1⁻"),
        (Fraction(0), 1, Fraction(0), "y → 0⁺ (edge)"),
        (Fraction(1), -1, Fraction(999, 1000), "y → 1⁻ (beyond the edge at 0.999)"),
    ],
)
def test_limits_say_their_side_and_their_edge(limit, side, edge, text):
    assert wording.approach(limit, side, edge) == text


@pytest.mark.parametrize(
    ("term", "limit", "side", "text"),
    [
        (leading(3), Fraction(1), -1, "∝ (1 - y)³"),
        (leading(3), Fraction(-1), 1, "∝ (y + 1)³"),
        (leading(3), Fraction(-1), -1, "∝ (-1 - y)³"),
        (leading(2), Fraction(0), -1, "∝ y²"),
        (leading(-1), Fraction(0), -1, "∝ 1/|y|"),
        (leading(Fraction(1, 2)), Fraction(0), 1, "∝ y^(1/2)"),
        (leading(0, k_b=None), Fraction(0), 1, "→ constant"),
        (leading(None), Fraction(0), 1, "faster than any power"),
        (leading(0, rate=-2, degree=1), -mpmath.inf, 1, "∝ exp(2·y)"),
        (leading(1, rate=-1, degree=2), -mpmath.inf, 1, "∝ |y|·exp(-y²)"),
        (leading(None, rate=Fraction(1, 5), degree=3), mpmath.inf, 1, "ln|h| ~ 0.2·y³"),
    ],
)
def test_leading_terms(term, limit, side, text):
    assert wording.leading_term(term, limit, side) == text


def test_conditions_of_ẇ_and_q̇_are_named_apart():
    """At y → ∞ with h ∝ (y - 2)³ the row for |x1| ≫ 1 and the row for |x1| ≪ 1 differ in what q̇ needs."""
    term = leading(3, k_b=Fraction(2, 3), centre=2)
    large, small = (wording.far_out(term, exact=True, large_x1=large_x1) for large_x1 in (True, False))
    assert large == "k_b: exact; k_w: |x1| ≫ |x̄|; k_q: |x1| ≫ |x̄| and |x1| ≫ 1; x̄ = (2 - b)/w"
    assert small == "k_b: exact; k_w: |x1| ≫ |x̄|; k_q: |x̄| ≪ |x1| ≪ 1; x̄ = (2 - b)/w"


def test_near_a_point_the_far_exponent_of_ẇ_stands_in_brackets():
    """p/(p + 1); of a pole, where x1·h tends to a constant, there is none."""
    half = mpmath.mpf(1) / 2
    assert wording.near_a_point(leading(3), Fraction(1), half, exact=False) == (
        "k_b: |y - 1| ≪ 0.5; k_w: |x1 - x̄| ≪ |x̄| (3/4 where |x1| ≫ |x̄|); k_q: |x1 - x̄| ≪ 1; x̄ = (1 - b)/w"
    )
    assert "where" not in wording.near_a_point(leading(-1), Fraction(1), half, exact=False)
