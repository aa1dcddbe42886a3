"""If these fail, a leading term is called proved that is not, or the paper's own are left unproved."""

from fractions import Fraction

import pytest
import sympy as sp

from duality.formulas.stable import Y
from duality.theory.leading_proofs import is_power, is_power_and_exponential

SIGMOID = 1 / (1 + sp.exp(-Y))
AT_A_POINT = [
    ((Y - 1) ** 3 * (2 + Y), 1, 1, 3),
    (1 / (Y - 2) + Y, 2, -1, -1),
    (sp.expand((Y - 1) ** 4), 1, 1, 4),
    ((Y - 3) ** sp.Rational(3, 2), 3, 1, Fraction(3, 2)),
    (sp.exp(Y) - 1, 0, -1, 1),
]
AT_INFINITY = [
    (Y**3 - 5 * Y, 1, 3, 0),
    (1 / (1 + Y**2), -1, -2, 0),
    ((SIGMOID**2).diff(Y), -1, 0, -2),
    ((SIGMOID**2).diff(Y), 1, 0, -1),
    (Y * sp.exp(2 * Y), 1, 1, 2),
]


@pytest.mark.parametrize(("h", "limit", "side", "power"), AT_A_POINT)
def test_powers_at_a_point_are_proved_and_no_other_power_is(h, limit, side, power):
    assert is_power(h, Fraction(limit), side, Fraction(power))
    wrong = [Fraction(power) + step for step in (-1, -Fraction(1, 2), Fraction(1, 128), 1)]
    assert not any(is_power(h, Fraction(limit), side, other) for other in wrong)


@pytest.mark.parametrize(("h", "side", "power", "rate"), AT_INFINITY)
def test_powers_and_exponentials_at_infinity_are_proved_and_no_others_are(h, side, power, rate):
    power, rate = Fraction(power), Fraction(rate)
    assert is_power_and_exponential(h, side, power, rate)
    assert not is_power_and_exponential(h, side, power + 1, rate)
    assert not is_power_and_exponential(h, side, power, rate + 1)
    assert not is_power_and_exponential(h, side, None, rate)


def test_terms_that_cancel_are_left_undecided():
    """The leading terms of y·(1 + 1/y) - y cancel: what remains, 1, is not read off from them."""
    h = sp.Add(Y * (1 + sp.exp(-Y)), -Y, evaluate=False) + sp.log(1 + Y**2)
    assert not is_power_and_exponential(h, 1, Fraction(1), Fraction(0))


def test_no_proof_is_tried_of_a_long_expression():
    """It would take minutes; the leading term is then known from 50 digits."""
    long = sum((Y - 1) ** 3 * sp.Rational(1, n) * sp.exp(n * Y) for n in range(1, 60))
    assert sp.count_ops(long) > 400
    assert not is_power(long, Fraction(1), 1, Fraction(3))
    assert not is_power_and_exponential(long, 1, Fraction(3), Fraction(59))
