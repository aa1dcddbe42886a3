"""If these fail, digits that cancelled are taken for digits of h, and a leading term is read off from rounding."""

from fractions import Fraction

import mpmath
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from duality.formulas.stable import Y
from duality.theory.certain_digits import Function, high_precision, is_infinite, nearest_fraction, root


@pytest.mark.parametrize("y", [60, 400, 2000])
def test_values_keep_fifty_digits_where_most_cancel(y):
    """log(1 + exp(-y)) is exp(-y) - exp(-2y)/2 + …: with 100 digits it is 0 from y = 231 on."""
    value, slope = Function(sp.log(1 + sp.exp(-Y))).values(2, Fraction(y))
    with mpmath.workdps(60):
        z = mpmath.exp(-y)
        expected = sum((-1) ** (n + 1) * z**n / n for n in range(1, 5))
        assert abs(value / expected - 1) < mpmath.mpf(10) ** -49
        assert abs(slope * (1 + z) / -z - 1) < mpmath.mpf(10) ** -49


@pytest.mark.parametrize(
    ("h", "y"),
    [(Y - 2, 2), (1 / Y, 0), (sp.log(Y), -1), (sp.sqrt(Y), -1), (sp.log(1 + sp.exp(-Y)), 8000)],
    ids=["zero", "pole", "complex logarithm", "complex root", "too many digits"],
)
def test_values_that_are_not_known_are_none(h, y):
    assert Function(h).values(1, y) is None


def test_the_local_exponent_and_the_sign_by_hand():
    """Of y³ the local exponent is 2/3 everywhere, of a linear h it is 0; where h vanishes there is none."""
    cube = Function(Y**3)
    assert abs(cube.local_exponent(Fraction(-7, 3)) - mpmath.mpf(2) / 3) < 1e-15
    assert [cube.sign(0, y) for y in (-2, 0, 2)] == [-1, 0, 1]
    assert Function(3 * Y).local_exponent(1) == 0
    assert Function(Y - 1).local_exponent(1) is None
    assert Function(sp.log(Y)).sign(0, -1) == 0


@given(st.fractions(-30, 30, max_denominator=10**5))
@settings(max_examples=50, deadline=None)
def test_a_rational_root_is_found_exactly(where):
    found = root(lambda y: int(mpmath.sign(y - high_precision(where))), float(where) - 1, float(where) + 1.5)
    assert found == where
    assert isinstance(found, Fraction)


def test_an_irrational_root_has_fifty_digits_and_no_root_is_none():
    found = root(lambda y: int(mpmath.sign(y**2 - 2)), 1, 2)
    with mpmath.workdps(60):
        assert abs(found - mpmath.sqrt(2)) < mpmath.mpf(10) ** -50
        assert nearest_fraction(found) is found
    assert root(lambda _: 1, 1, 2) is None


def test_infinity_is_told_from_numbers():
    assert is_infinite(mpmath.inf)
    assert is_infinite(-mpmath.inf)
    assert not any(map(is_infinite, (Fraction(3), mpmath.mpf(2), 0)))
