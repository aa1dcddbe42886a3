"""Secs. 8 and 9 and the table of Sec. 10: the right forms against numerical differentiation and closed forms."""

import importlib
import math
from pathlib import Path
from statistics import NormalDist

import mpmath
import numpy as np
import pytest
import sympy as sp
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from duality.dataset.density import Gaussian
from duality.derivations import compositions as paper
from duality.derivations.asymptotics import MUCH_LESS_THAN, asymptotic, limit, tends_to
from duality.formulas.compose import compose
from duality.formulas.parsing import ACTIVATION_SYMBOLS, LOSS_SYMBOLS, parse_expression
from duality.jacobian.duality import Duality
from duality.verdicts import CORRECTED, Finding

MODULES = {
    name: importlib.import_module(f"duality.derivations.{name}")
    for name in (
        "exponential_composition",
        "quadratic_composition",
        "logarithmic_composition",
        "fractional_powers",
        "summary_table",
    )
}
CHECKS = {
    name: check
    for module in MODULES.values()
    for name, check in vars(module).items()
    if name.startswith(("equation_", "statement_", "table_"))
}
CONFIG = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text())

mpmath.mp.dps = 40
ROUNDING = mpmath.mpf("1e-20")  # of numerical derivatives at values that vanish

magnitudes = st.floats(0.2, 3.0)
signed = st.floats(0.2, 3.0) | st.floats(-3.0, -0.2)
fractions = st.floats(0.05, 0.95)


@pytest.fixture(scope="module")
def findings() -> dict[str, Finding]:
    return {name: check() for name, check in CHECKS.items()}


def exponential(y):
    return mpmath.exp(2 * y)


def logarithmic(y):
    return -mpmath.log(1 - y)


def power(degree, x2):
    return lambda y: (y - x2) ** degree


def sigmoid(y):
    return 1 / (1 + mpmath.exp(-y))


def kicks(H, w, b, x1, gamma=1):
    """(ẇ, ḃ) by numerical differentiation of H(w·x1 + b) with respect to w and b."""
    w, b, x1 = map(mpmath.mpf, (w, b, x1))
    return (
        -gamma * mpmath.diff(lambda w_: H(w_ * x1 + b), w),
        -gamma * mpmath.diff(lambda b_: H(w * x1 + b_), b),
    )


def q_dot(H, w, b, x1, gamma=1):
    return mpmath.hypot(*kicks(H, w, b, x1, gamma))


def exponent(function, x1):
    """v·v″/v′² by numerical differentiation: the k of dv/dx1 ∝ v^k."""
    value, first, second = (mpmath.diff(function, x1, n) for n in range(3))
    return value * second / first**2


def close(left, right, tolerance=1e-9):
    return abs(left - right) <= tolerance * max(abs(left), abs(right), mpmath.mpf("1e-30"))


def test_formulas_are_those_of_the_config():
    """If they differed, the checks would be about compositions that the workflow does not run."""
    activations = {"sigmoid": paper.SIGMOID, "relu": paper.RELU, "ramp": paper.RAMP}
    for name, text in activations.items():
        given_text = CONFIG["activations"][name]["f"]
        assert parse_expression(given_text, ACTIVATION_SYMBOLS) == parse_expression(text, ACTIVATION_SYMBOLS)
    losses = {
        "squared": paper.SQUARED,
        "cross_entropy": paper.CROSS_ENTROPY,
        "quartic": paper.QUARTIC,
        "guarded_cross_entropy": paper.GUARDED_CROSS_ENTROPY,
    }
    for name, text in losses.items():
        guard = CONFIG["losses"][name].get("parameters")
        assert guard in (None, {"epsilon": 0.001})
        both = [parse_expression(formula, LOSS_SYMBOLS, guard) for formula in (CONFIG["losses"][name]["H"], text)]
        assert both[0] == both[1]
    classes = CONFIG["classes"].values()
    assert [c["mean"] for c in classes] == list(map(float, paper.MEANS))
    assert {c["sd"] for c in classes} == {float(paper.SD)}
    assert [c["x2"] for c in classes] == list(paper.LABELS)
    assert CONFIG["statistics"]["much_less_than"] == MUCH_LESS_THAN


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


@given(p=st.fractions(-3, 4, max_denominator=6).filter(lambda p: p not in (0, 1)), s=magnitudes, c=signed)
@settings(max_examples=20, deadline=None)
def test_exponents_of_known_power_laws(p, s, c):
    """(x1 + s)^p + c obeys a power law with k = 1 - 1/p exactly; without the shift c so does its local exponent."""
    power = (paper.X1 + sp.Rational(repr(s))) ** sp.Rational(p.numerator, p.denominator)
    expected = float(1 - 1 / p)
    assert float(paper.shifted_exponent(power + c).subs(paper.X1, 1)) == pytest.approx(expected, abs=1e-9)
    assert float(paper.local_exponent(power**2).subs(paper.X1, 1)) == pytest.approx(expected, abs=1e-9)


@given(w=signed, b=signed, x1=signed)
@settings(max_examples=20, deadline=None)
def test_exponential_kicks(w, b, x1):
    """The mended Eqs. 8.10 and 8.13, the latter for either sign of w."""
    w_dot, b_dot = kicks(exponential, w, b, x1)
    assert close(b_dot, -2 * mpmath.exp(2 * (w * mpmath.mpf(x1) + b)))
    q = q_dot(exponential, w, b, x1)
    slope = mpmath.diff(lambda x: q_dot(exponential, w, b, x), x1)
    middle = math.copysign(1, w) * w_dot * b_dot
    mended = (2 * abs(w) * (w_dot**2 + b_dot**2) + middle) / q
    # Below |w| = 1/4 the slope may have passed through zero.
    assert close(abs(slope), mended if abs(w) > 0.25 else abs(mended), 1e-8)


def test_ratio_conditions_do_not_make_the_tail():
    """Eqs. 8.7 and 8.16 with b of order one: a ratio of a million leaves the approximation wrong by tens of percent."""
    b, wx1 = mpmath.mpf(-1), mpmath.mpf("1e-6")
    assert abs(mpmath.exp(wx1 + b) / sigmoid(wx1 + b) - 1) > 0.3
    b, wx1 = mpmath.mpf("-1e-6"), mpmath.mpf(1)
    assert abs(mpmath.exp(-(wx1 + b)) / (1 - sigmoid(wx1 + b)) - 1) > 0.3


@given(w=signed, b=signed, x1=signed, x2=st.sampled_from([0, 1]), gamma=magnitudes)
@settings(max_examples=20, deadline=None)
def test_quadratic_slopes(w, b, x1, x2, gamma):
    """The mended Eq. 8.31, and k_w = 1/2 of the table as (dẇ/dx1)² = -8γwẇ + 4γ²(b - x2)²."""
    H = power(2, x2)
    w_dot, b_dot = kicks(H, w, b, x1, gamma)
    half_square = mpmath.diff(lambda x: q_dot(H, w, b, x, gamma) ** 2 / 2, x1)
    terms = (x1 * b_dot**2, -2 * gamma * w * mpmath.mpf(x1) ** 2 * b_dot, -2 * gamma * w * b_dot)
    assert abs(half_square - sum(terms)) <= 1e-9 * sum(map(abs, terms)) + ROUNDING
    slope = mpmath.diff(lambda x: kicks(H, w, b, x, gamma)[0], x1)
    parts = (-8 * gamma * w * w_dot, 4 * gamma**2 * (mpmath.mpf(b) - x2) ** 2)
    assert abs(slope**2 - sum(parts)) <= 1e-9 * sum(map(abs, parts)) + ROUNDING


@given(y=fractions, w=signed, x1=signed)
@settings(max_examples=20, deadline=None)
def test_logarithmic_slopes(y, w, x1):
    """The mended Eq. 8.41, and k_w = 2, where the table has a dash: dẇ/dx1 ∝ (1 - wẇ/γ)²."""
    b = mpmath.mpf(y) - mpmath.mpf(w) * x1
    H = logarithmic
    w_dot, b_dot = kicks(H, w, b, x1)
    half_square = mpmath.diff(lambda x: q_dot(H, w, b, x) ** 2 / 2, x1)
    terms = (x1 * b_dot**2, w * mpmath.mpf(x1) ** 2 * b_dot**2 / (1 - y), w * b_dot**2 / (1 - y))
    assert abs(half_square - sum(terms)) <= 1e-8 * sum(map(abs, terms)) + ROUNDING
    slope = mpmath.diff(lambda x: kicks(H, w, b, x)[0], x1)
    assert abs(slope + (1 - w * w_dot) ** 2 / (1 - b)) <= 1e-8 * abs(slope) + ROUNDING


def test_k_w_of_the_logarithm_in_the_limit():
    """Near the end of the ramp the weight's own exponent, without any shift, is 2: no dash."""
    w, b = mpmath.mpf(2), mpmath.mpf("-0.5")
    for distance in (mpmath.mpf("0.3"), mpmath.mpf("1e-5")):
        x1 = (1 - b) / w - distance
        found = exponent(lambda x: kicks(logarithmic, w, b, x)[0], x1)
        assert float(found) == pytest.approx(float(2 * w * x1 / (1 - b)), rel=1e-4)  # → 2


@pytest.mark.parametrize(
    ("activation", "loss", "b", "expected"),
    [
        ("max(0, y)", "(f - x2)**2", 0.5, (0.5 / 1.5) ** 2),
        ("clip(y, 0, 1)", paper.CROSS_ENTROPY, 0.5, 2 + (0.5 / 1.5) ** 2),
    ],
)
def test_small_x1_alone_does_not_fix_the_exponent(activation, loss, b, expected):
    """Eqs. 8.32 and 8.42: at x1 = 0 the exponent of the 'zeros' is k + a², by the library's own Jacobian."""
    duality = Duality(compose(activation, loss, (0, 1)), 0, Gaussian(0.0, 0.25), 1.5, b, 1.0)
    assert float(duality.local_exponent(np.array(0.0))) == pytest.approx(expected, rel=1e-12)


@given(w=signed, b=signed, x1=signed, x2=st.sampled_from([0, 1]))
@settings(max_examples=20, deadline=None)
def test_quartic_kicks(w, b, x1, x2):
    """The mended Eqs. 9.15 and 9.16: ḃ = w·(leading ẇ)/(y - x2), and q̇/|ẇ| = √(1 + 1/x1²)."""
    u = mpmath.mpf(w) * x1 + b - x2
    H = power(4, x2)
    w_dot, b_dot = kicks(H, w, b, x1)
    leading = -4 * u**4 / w
    assert abs(b_dot * u - w * leading) <= 1e-9 * abs(w * leading) + mpmath.mpf("1e-20")
    assert abs(q_dot(H, w, b, x1) - abs(w_dot) * mpmath.sqrt(1 + 1 / mpmath.mpf(x1) ** 2)) <= mpmath.mpf("1e-15")


def test_regimes_of_the_quartic():
    """k is 2/3 close to x̄ and 3/4 far away; |x1| ≪ |x̄|, which Eq. 9.14 asks for, is neither."""
    w, b = mpmath.mpf(1), mpmath.mpf(-2)  # x̄ = 2 for x2 = 0
    H = power(4, 0)
    for x1, k in (("2.00001", 2 / 3), ("100000", 3 / 4)):
        assert float(exponent(lambda x: q_dot(H, w, b, x), mpmath.mpf(x1))) == pytest.approx(k, abs=1e-4)
    for x1, ratio in (("0.0001", 0), ("2.00001", -1)):
        printed = -4 * b * w**2 * (mpmath.mpf(x1) - 2) ** 3  # Eq. 9.10
        assert float(kicks(H, w, b, x1)[0] / printed) == pytest.approx(ratio, abs=1e-4)


@pytest.mark.slow
def test_accuracy_of_the_printed_ramp(findings):
    """Eq. 8.33: the accuracy found with f = 0 above the ramp, from the normal distribution function."""
    w, b = MODULES["logarithmic_composition"]._optimum(paper.RAMP, paper.GUARDED_CROSS_ENTROPY)
    low, high = (0.5 - b) / w, (1 - b) / w  # where f > 1/2
    normal = NormalDist()
    zeros, ones = (normal.cdf((high - mean) / 0.25) - normal.cdf((low - mean) / 0.25) for mean in (0, 1))
    assert findings["equation_8_33"].value == pytest.approx(0.5 * (1 - zeros + ones), abs=1e-4)


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("equation_8_22", CORRECTED),
        ("equation_8_23", CORRECTED),
        ("table_logarithmic_k_w", CORRECTED),
        ("statement_k_w_of_exact_power_laws", "reproduced"),
    ],
)
@pytest.mark.slow
def test_verdicts_that_the_readme_may_cite(findings, name, verdict):
    """These are told to readers as facts about the paper."""
    assert findings[name].verdict == verdict
