"""If these fail, a verdict on Sec. 7 is wrong: the facts are found here in other ways."""

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate

from duality.derivations import power_law_map
from duality.verdicts import CORRECTED, REPRODUCED


@settings(max_examples=50, deadline=None)
@given(*(st.floats(0.2, 3.0) for _ in range(5)))
def test_the_logarithm_solves_7_2(c1, c2, c3, b, y):
    """The paper says that it does not: (y - b)·H′ is 1/(A·y + B) + C, with C constant and A, B free of w."""
    if abs(y - b) < 1e-3:
        y += 0.1
    H_prime = mpmath.diff(lambda t: c1 * mpmath.log(c2 + c3 * t), y)
    A, B = -c3 / (c1 * (c2 + c3 * b)), -c2 / (c1 * (c2 + c3 * b))
    assert float((y - b) * H_prime) == pytest.approx(1 / (A * y + B) + c1, rel=1e-8, abs=1e-8)


def test_ramp_and_cross_entropy_have_k_w_2():
    """The same for the paper's own case, H = -log(1 - y): |dẇ/dx1| / (ẇ - γ/w)² is one number for all x1."""
    gamma, w, b = 0.01, 2.4, -0.7
    x = np.linspace(-0.3, 0.65, 40)

    def w_dot(x):
        return -gamma * x / (1 - b - w * x)

    step = 1e-6
    slope = (w_dot(x + step) - w_dot(x - step)) / (2 * step)
    ratio = slope / (w_dot(x) - gamma / w) ** 2
    assert np.ptp(ratio) < 1e-6 * np.abs(ratio).max()


def test_only_k_2_among_power_laws():
    """For k_w = 3, say, C of Eq. 7.12 is no linear function of b for any c1: H would depend on b."""
    b, c1 = sp.symbols("b c1")
    for k in (-1, sp.Rational(1, 4), sp.Rational(3, 2), 3):
        p = 1 / (1 - sp.Integer(1) * k)
        second = sp.diff((p * b + c1) * (b + 1) ** p, b, 2)
        values = [second.subs(b, at) for at in (1, 2, 3)]
        assert sp.solve(values, c1) == []
    second = sp.diff((-b + c1) / (b + 1), b, 2)
    assert sp.solve(second.subs(b, 1), c1) == [-1]


@pytest.mark.parametrize("k", [0.7, 1.5, 2.0])
def test_constant_of_7_12(k):
    """Eq. 7.12: (A·b + B)^(1/(1-k)) + C vanishes with c2^(1/(1-k)), with the printed exponent for k = 2 only."""
    c2, c1, b, a = 1.7, 9.0, 0.6, 0.4
    p = 1 / (1 - k)
    bracket = p * b + c1
    value = (c2 * bracket ** (1 - k) * (b + a)) ** p
    right, printed = (c2**exponent * bracket * (b + a) ** p for exponent in (p, 1 - k))
    assert right == pytest.approx(value, rel=1e-12)
    assert (printed == pytest.approx(value, rel=1e-3)) == (k == 2)


def test_7_11_solves_its_equation_numerically():
    """Eq. 7.11: integrated from two initial values, A(b) is c2·(b/(1-k) + c1)^(1-k)."""
    k, c1, c2 = 0.7, 0.5, 1.3

    def A(b):
        return c2 * (b / (1 - k) + c1) ** (1 - k)

    b = np.linspace(0, 2, 9)
    step = 1e-6
    start = [A(0.0), (A(step) - A(-step)) / (2 * step)]
    solved = integrate.solve_ivp(
        lambda _, v: [v[1], -k / (1 - k) * v[1] ** 2 / v[0]], (0, 2), start, t_eval=b, rtol=1e-10, atol=1e-12
    )
    assert solved.y[0] == pytest.approx(A(b), rel=1e-7)


def test_verdict_on_the_logarithm():
    """The one verdict that changes a row of the paper's table (k_w of the logarithm)."""
    assert power_law_map.statement_logarithm_no_solution().verdict == CORRECTED
    assert power_law_map.statement_bias_exponents().verdict == REPRODUCED
