"""If this fails, approximations of the paper pass that do not hold."""

import sympy as sp

from duality.derivations.asymptotics import asymptotic, limit, tends_to


def test_a_wrong_limit_is_told():
    """A limit test that cannot fail would call every approximation of the paper reproduced."""
    x = sp.Symbol("x", positive=True)
    assert asymptotic(x + 1, x, (x, sp.oo))
    assert not asymptotic(2 * x + 1, x, (x, sp.oo))
    assert not asymptotic(x**2, x, (x, sp.oo))
    assert not asymptotic(x + 1, x, (x, sp.Integer(0)))
    assert tends_to(1 / x, sp.Integer(0), (x, sp.oo))
    a = sp.Symbol("a", real=True)
    assert limit((x + a) / x, (x, sp.oo)) == 1
    assert not tends_to(a + 1 / x, sp.Integer(0), (x, sp.oo))
