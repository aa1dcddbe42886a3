"""If these fail, a verdict on Secs. 6-7 of the paper or the general law is wrong: the facts are found in other ways."""

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate

from duality.dataset.density import Gaussian
from duality.derivations import power_law_map
from duality.derivations.general_law import composition_for
from duality.derivations.power_law_map import local_exponent, shifted_exponent
from duality.derivations.toy_model import X1, sigmoid_duality
from duality.formulas.compose import compose
from duality.formulas.stable import Y
from duality.jacobian.duality import Duality
from duality.verdicts import CORRECTED, REPRODUCED

# --- Sec. 6 -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [0.0, 0.5, 1.0, 1.5])
def test_solutions_of_6_1_carry_a_constant(k):
    """Eq. 6.3: (6.1) integrated numerically with B = 1 follows the form with a constant, and not the one without."""
    A, B, start = 0.7, 1.0, 0.4
    x = np.linspace(0, 0.9, 10)
    solution = integrate.solve_ivp(lambda _, w: (A * w + B) ** k, (0, 0.9), [start], t_eval=x, rtol=1e-11, atol=1e-12)
    w_dot = solution.y[0]
    if k == 1:
        straight = np.log(w_dot + B / A)
        printed = np.log(w_dot)
    else:
        straight = (w_dot + B / A) ** (1 - k)
        printed = w_dot ** (1 - k)
    scale = np.ptp(straight)
    assert np.abs(np.diff(straight, 2)).max() < 1e-7 * scale
    assert (np.abs(np.diff(printed, 2)).max() > 1e-4 * scale) == (k != 0)  # k = 0 is linear in any case


def test_asymptotics_of_6_7():
    """Eq. 6.7: Ei(z) is e^z/z to 1/z, and further and further from e^z."""
    for z in (50, 500, -50, -500):
        ratio = mpmath.ei(z) / (mpmath.exp(z) / z)
        assert abs(ratio - 1) < 2 / abs(z)
    to_exponential = [float(mpmath.ei(z) / mpmath.exp(z)) for z in (10, 100, 1000)]
    assert to_exponential == pytest.approx([0.1, 0.01, 0.001], rel=0.2)


@pytest.mark.parametrize("c1", [2, -2])
@pytest.mark.parametrize("z", [-9.0, -3.0, 3.0, 9.0])
def test_local_exponent_of_the_exponential(c1, z):
    """Eqs. 6.8-6.9: k_w is 1 - 1/(1 + c1·w·x1)²; here as the slope of ln|dẇ/dx1| by ln|ẇ|, from numbers only."""
    w = 16.0
    x = z / (c1 * w) * (1 + np.array([-1e-4, 0, 1e-4]))
    w_dot = x * c1 * np.exp(c1 * w * x)
    step = 1e-7
    slope = ((x + step) * np.exp(c1 * w * (x + step)) - (x - step) * np.exp(c1 * w * (x - step))) * c1 / (2 * step)
    measured = np.log(slope[2] / slope[0]) / np.log(w_dot[2] / w_dot[0])
    assert measured == pytest.approx(1 - 1 / (1 + z) ** 2, abs=2e-4)


def test_the_papers_own_case_needs_the_other_sign_in_6_5():
    """Eq. 6.5: for sigmoid and squared loss, 'ones', (y - b)·H′ is negative where y > b, which exp(A·y + B) is not."""
    b = -8.0
    y = np.linspace(1, 8, 15)
    assert np.all((y - b) * sigmoid_duality(1).h(y) < 0)


# --- Sec. 7 -------------------------------------------------------------------------------------------------------


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


def test_shifted_exponent_tells_power_laws_from_others():
    """The exact k_w of Sec. 7 would be found for functions that have none."""
    assert shifted_exponent((3 * X1 + 1) ** 3 - 5) == sp.Rational(2, 3)
    assert shifted_exponent(sp.exp(2 * X1) + 7) == 1
    assert shifted_exponent(1 / (2 - X1)) == 2
    assert shifted_exponent(X1 * sp.exp(X1)) is None
    assert local_exponent((3 * X1 + 1) ** 3) == sp.Rational(2, 3)


def test_verdict_on_the_logarithm():
    """The one verdict that changes a row of the paper's table (k_w of the logarithm)."""
    assert power_law_map.statement_logarithm_no_solution().verdict == CORRECTED
    assert power_law_map.statement_bias_exponents().verdict == REPRODUCED


# --- the general law ----------------------------------------------------------------------------------------------


def on_the_library(k: sp.Rational) -> Duality:
    """The composition for k as a config would have it: identity activation, the formula as loss."""
    formula = str(composition_for(k).subs(Y, sp.Symbol("f", real=True)))
    return Duality(compose("y", formula, [0]), 0, Gaussian(1.0, 0.25), 1.5, 4.0, 0.1)


rationals = st.fractions(-4, 5, max_denominator=6).map(lambda value: sp.Rational(value.numerator, value.denominator))


@settings(max_examples=60, deadline=None)
@given(rationals)
def test_composition_for_gives_its_exponent(k):
    """For any k: |dḃ/dx1| by |ḃ| is a straight line of slope k in logarithms, through the library's own kernels."""
    duality = on_the_library(k)
    x1 = np.linspace(0, 2, 33)
    y = duality.y(x1)
    h, dh, d2h = duality.h(y), duality.dh(y), duality.d2h(y)
    assert np.all(h > 0)
    assert h * d2h / dh**2 == pytest.approx(float(k), abs=1e-9)
    b_dot, slope = np.log(np.abs(duality.b_dot(x1))), np.log(0.1 * 1.5 * np.abs(dh))
    if k == 0:
        assert np.ptp(slope) < 1e-12
    else:
        assert np.polyfit(b_dot, slope, 1)[0] == pytest.approx(float(k), abs=1e-6)


@pytest.mark.parametrize(("k", "H"), [(0, Y**2 / 2), (1, sp.exp(Y)), (2, sp.log(Y)), (sp.Rational(2, 3), Y**4 / 4)])
def test_known_compositions(k, H):
    """Quadratic, exponential, logarithmic and quartic: k_b = 0, 1, 2, 2/3."""
    assert sp.simplify(composition_for(k) - H) == 0


def test_a_float_means_its_digits():
    """composition_for(0.5) would carry the binary expansion of a number into its formula."""
    assert composition_for(0.5) == composition_for(sp.Rational(1, 2)) == Y**3 / 3


@pytest.mark.parametrize("n", [2, 3, 4, 6])
def test_exponents_of_weight_far_and_near(n):
    """ẇ ∝ x1·(x1 - x̄)^(n-1): slope (n-1)/n far out and (n-2)/(n-1) next to x̄, from numbers only."""
    for distance, k in ((1e6, (n - 1) / n), (1e-6, (n - 2) / (n - 1))):
        z = distance * np.array([0.5, 1.0, 2.0])
        w_dot = (1 + z) * z ** (n - 1)
        slope = z ** (n - 2) * (n * z + n - 1)
        assert np.polyfit(np.log(w_dot), np.log(slope), 1)[0] == pytest.approx(k, abs=1e-5)
