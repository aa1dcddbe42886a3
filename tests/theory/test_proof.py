"""If these fail, a verdict of "proof", or of agreement in numbers, says nothing."""

import numpy as np
import pytest
import sympy as sp

from duality.theory.proof import all_identical, difference_quotient, identical, relative_deviation

x = sp.Symbol("x", positive=True)


def test_identical_proves_and_refutes():
    """A false identity would be called true, however small the difference."""
    assert identical((x + 1) ** 2, x**2 + 2 * x + 1) == (True, "proof")
    assert identical(sp.sin(x), sp.sin(x) + sp.Rational(1, 10**30)) == (False, "50 digits")
    assert identical(x**2, x**3) == (False, "50 digits")


def test_agreement_at_points_is_not_called_a_proof():
    """Euler's reflection formula of the dilogarithm, which SymPy does not know, would pass as proved."""
    left = sp.polylog(2, x) + sp.polylog(2, 1 - x)
    right = sp.pi**2 / 6 - sp.log(x) * sp.log(1 - x)
    assert identical(left, right, {x: (0.1, 0.9)}) == (True, "50 digits")
    assert identical(left - right, sp.Integer(0), {x: (0.1, 0.9)}) == (True, "50 digits")
    assert identical(left, right + x / 10**20, {x: (0.1, 0.9)})[0] is False
    assert all_identical((left, right), (x, x)) == (True, "50 digits")


def test_nothing_compared_is_no_agreement():
    """Two different unknown functions would be called equal, as no number contradicts."""
    with pytest.raises(ValueError, match="no finite value"):
        identical(sp.Function("f")(x), sp.Function("g")(x))


def test_no_pairs_are_no_agreement():
    """A check that collects its pairs in a loop that never runs would be called proved."""
    with pytest.raises(ValueError, match="no pair"):
        all_identical()


def test_pairs_are_compared_where_they_are_defined():
    """Of a pair that is equal on an interval only the domain must be that of every pair."""
    pair = (sp.Abs(x - 1), 1 - x)
    assert all_identical((x, x), pair)[0] is False
    assert all_identical((x, x), pair, domain={x: (0.1, 0.9)}) == (True, "50 digits")


def test_numerical_comparisons():
    """Every floating-point check would be measured with a wrong rule."""
    assert relative_deviation(np.array([1.0, 0.0]), np.array([1.1, 0.0])) == pytest.approx(0.1 / 1.1)
    assert difference_quotient(np.exp, np.array([0.0, 1.0])) == pytest.approx([1.0, np.e], rel=1e-12)
