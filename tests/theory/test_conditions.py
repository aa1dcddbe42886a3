"""If these fail, the window of a regime is where its exponent does not hold, or is not where it does.

With a ≪ b read as M·a ≤ b, a local exponent is off its limit by C/Mⁿ at most, where C and n follow from the next term
of h and from s = √(1 + x1²). Every C here is computed from such an expansion, which its test tells.
"""

from functools import cache

import numpy as np
import pytest
import sympy as sp
from scipy.optimize import brentq

from duality.dataset.density import Gaussian
from duality.formulas.compose import compose
from duality.formulas.conditions import all_met
from duality.jacobian.duality import Duality
from duality.records.estimates import Frozen
from duality.theory.regimes import regimes

COMPOSITIONS = {
    "softplus": ("log(1 + exp(y))", "(f - x2)**2"),
    "gelu": ("y*(1 + erf(y/sqrt(2)))/2", "(f - x2)**2"),
    "softsign": ("y/(1 + abs(y))", "(f - x2)**2"),
    "tanh": ("tanh(y)", "(f - x2)**2"),
    "quartic": ("max(0, y)", "(f - x2)**4"),
    "exponential": ("y", "exp((1 - 2*x2)*f)"),
    "logarithmic": ("clip(y, 0, 1)", "-(1 - x2)*log(1 - clip(f, 1/10, 9/10)) - x2*log(clip(f, 1/10, 9/10))"),
}
Y, Z = sp.Symbol("y", real=True), sp.Symbol("z", positive=True)
ACTIVATIONS = {  # f on either side of y = 0, as SymPy can expand it
    "softplus": dict.fromkeys((-1, 1), sp.log(1 + sp.exp(Y))),
    "gelu": dict.fromkeys((-1, 1), Y * (1 + sp.erf(Y / sp.sqrt(2))) / 2),
    "softsign": {side: Y / (1 + side * Y) for side in (-1, 1)},
    "tanh": dict.fromkeys((-1, 1), (sp.exp(2 * Y) - 1) / (sp.exp(2 * Y) + 1)),
}
GAMMA = 0.01
M = 1e4  # a correction is its leading term, to O(1/M)
MODERATE = 1e3  # where exponentials run out of doubles: what is compared there is exact
OF_GELU = 10.0, -15.0  # M, and y from which on its h² is 0 in doubles: more terms are compared there
GRID = np.geomspace(1e-7, 1e7, 160_001)  # of distances, by steps of 1/5000: so near to its end is a window seen
ROUNDING = 1e-8  # of κ at the smallest of these distances from a y* of about 1
CLOSE = 0.005  # of a coefficient: more than what M and the grid leave, O(1/M) and 2/5000


@cache
def derived(name):
    """The composition and its regimes, by label."""
    composition = compose(*COMPOSITIONS[name], [0, 1])
    return composition, [regimes(composition, label) for label in (0, 1)]


def cases(chosen, names=tuple(COMPOSITIONS)):
    """Name, label and regime of those with a window and an exponent for which something holds: there must be some."""
    found = [
        (name, label, regime)
        for name in names
        for label, of_label in enumerate(derived(name)[1])
        for regime in of_label
        if regime.exponents.formulas and regime.exponents.k_b is not None and chosen(regime)
    ]
    assert found
    return found


def is_far(regime):
    return bool(np.isinf(regime.y_star))


def grows_with_x1(regime):
    """Whether it is where |x1| ≫ 1, so that q̇ has a power more than ḃ."""
    return regime.exponents.k_q != regime.exponents.k_b


def is_exponential(regime):
    return is_far(regime) and regime.exponents.k_b == 1


def direction(regime):
    """From which side y* is approached, 1 from above; of ±∞ in which direction it is."""
    return int(np.sign(regime.y_star)) if is_far(regime) else regime.side


def power(regime):
    """p of h ∝ |y - y*|^p, from k_b = (p - 1)/p."""
    return 1 / (1 - float(regime.exponents.k_b))


def beyond_an_edge(regime):
    """How far the stretch of y is from its finite limit."""
    ends = regime.stretch.y_low, regime.stretch.y_high
    return 0.0 if is_far(regime) else min(abs(end - regime.y_star) for end in ends)


def corrections(case, w, b, x1=None, much_less_than=M, quantity="q_dot"):
    """How far local exponents are from the derived one: in the regime's window, and on all of its stretch of y.

    Without x1 they are on a grid of y that is ever denser towards a finite limit, and reaches far to an infinite one.
    """
    name, label, regime = case
    duality = Duality(derived(name)[0], label, Gaussian(0, 1), Frozen(w, b, GAMMA), quantity)
    if x1 is None:
        x1 = ((0 if is_far(regime) else regime.y_star) + direction(regime) * GRID - b) / w
    y = duality.y(x1)
    inside = all_met(regime.exponents.formulas, much_less_than)(x1, y, w, b, float(label), GAMMA)
    stretch = (y > regime.stretch.y_low) & (y < regime.stretch.y_high)
    k = regime.exponents.k_b if quantity == "b_dot" else regime.exponents.k_q
    with np.errstate(all="ignore"):  # far out, where h is 0 or infinite in doubles
        off = np.abs(duality.local_exponent(x1) - float(k))
    return off[inside & np.isfinite(off)], off[stretch & np.isfinite(off)]


def kappa(name, label, side):
    """κ = h·h″/h′² = 1 - (h/h′)′, made of the activation."""
    h = ((ACTIVATIONS[name][side] - label) ** 2).diff(Y)
    return 1 - (h / h.diff(Y)).diff(Y)


def kappa_of_gelu(label):
    """The same at y → -∞: f ∝ E·S with E = exp(-y²/2) and S of DLMF 7.12.1, and f - 1 is -1 up to what E is."""
    S = sum((-1) ** n * sp.factorial2(2 * n - 1) / Y ** (2 * n) for n in range(6))
    df = S.diff(Y) - Y * S  # over E
    h, factors = (S * df, 2) if label == 0 else (df, 1)  # over E or E²
    return 1 - (h / (h.diff(Y) - factors * Y * h)).diff(Y)


@cache
def next_terms(name, label, limit, side, k_b):
    """κ - k_b by its first terms in z, which is exp(-|y|) beside an exponential, 1/|y| or |y - y*| beside a power."""
    if np.isfinite(limit):
        if k_b or name not in ACTIVATIONS:
            return sp.Integer(0)  # h is that power
        # Of a zero: κ = t·h″/h′ + (h‴/h′ - 3/2·(h″/h′)²)·t², t = y - y*
        h = ((ACTIVATIONS[name][side] - label) ** 2).diff(Y)
        first, second, third = (float(h.diff(Y, order).subs(Y, sp.Float(limit, 30))) for order in (1, 2, 3))
        slope = second / first
        return side * slope * Z + (third / first - 1.5 * slope**2) * Z**2
    if name not in ACTIVATIONS or (name in ("softplus", "gelu") and limit > 0):
        return sp.Integer(0)  # h is that power or exponential; up to an exponential, which is less than any power
    if name == "gelu":
        return sp.series(kappa_of_gelu(label).subs(Y, -1 / Z), Z, 0, 8).removeO() - 1
    y = side * (-sp.log(Z) if k_b == 1 else 1 / Z)
    return sp.series(sp.simplify(kappa(name, label, side).subs(Y, y)), Z, 0, 3).removeO() - sp.Rational(k_b)


def expected(case):
    """κ - k_b as a function of z."""
    name, label, regime = case
    return next_terms(name, label, regime.y_star, direction(regime), regime.exponents.k_b)


def natural_scale(case):
    """On what scale of y - y* κ changes: by one if it goes on as it begins, but not farther than where h turns."""
    name, label, regime = case
    if expected(case) == 0:
        return np.inf
    dh = derived(name)[0].function(2, label)
    y = regime.y_star + regime.side * np.linspace(1e-3, 64, 64_000)
    turns = np.flatnonzero(np.diff(np.sign(dh(y))))
    slope = abs(float(expected(case).coeff(Z, 1)))
    scale = 1 / slope if slope else np.inf
    if not turns.size:
        return scale
    turning = brentq(lambda at: float(dh(np.array(at))), y[turns[0]], y[turns[0] + 1])
    return min(scale, abs(turning - regime.y_star))


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_a_correction_of_b_dot_is_what_the_next_term_of_h_says(name):
    """ḃ knows no factor: with w → ∞ only the condition on y is left. Where h has no next term there is none."""
    for case in cases(lambda regime: not grows_with_x1(regime), [name]):
        _, _, regime = case
        w, x1, much_less_than = 1e12, None, M
        if name == "gelu" and is_exponential(regime):
            much_less_than, deepest = OF_GELU
            x1 = np.linspace(deepest, 0, 100_001) / w
        inside, on_stretch = corrections(case, w, 0.0, x1, much_less_than, "b_dot")
        off = expected(case)
        if off != 0:
            z = (1 if is_far(regime) else natural_scale(case)) / much_less_than
            assert inside.max() == pytest.approx(abs(float(off.subs(Z, z))), rel=CLOSE), case
        elif name in ("softplus", "gelu"):
            assert inside.max() < M**-2, case
        else:
            assert inside.size == on_stretch.size, case
            assert inside.max() < ROUNDING, case


@pytest.mark.parametrize("name", [name for name in COMPOSITIONS if name != "exponential"])
@pytest.mark.parametrize("x_bar", [-0.5, 0.0, 0.5])
def test_a_correction_of_q_dot_near_a_point_is_that_of_b_dot_and_of_the_slow_factor(name, x_bar):
    """To first order in t = y - y* it is κ - k_b + 2·(1 - k_b)·ε, with ε = x̄·t/(p·w·s̄²) and 1 - k_b = 1/p.

    Where both vanish, at x̄ = 0 of a power, ε = t²/(p·w²) and δ = t²/(p²·w²) add up to 3·t²/(p·w)², and 2·ε/p ≪ 1 is the
    condition: 3/2 of 1/M.
    """
    for case in cases(lambda regime: not is_far(regime), [name]):
        _, _, regime = case
        p, s2 = power(regime), 1 + x_bar**2
        slope = float(expected(case).coeff(Z, 1))
        for w in (5.0, -5.0):
            if beyond_an_edge(regime):  # w so large that the window ends at t = p²/2, which is on the stretch
                w *= (M * abs(x_bar) / s2 if x_bar else abs(p) * np.sqrt(M / 2)) / 5
            factor = regime.side * 2 * x_bar / (p**2 * w * s2)
            ends = natural_scale(case), 1 / abs(factor) if factor else np.inf
            coefficient = abs(slope + factor) * min(ends) if min(ends) < np.inf else 1.5
            inside, _ = corrections(case, w, regime.y_star - w * x_bar)
            assert M * inside.max() == pytest.approx(coefficient, abs=CLOSE), (case, w)


def centre(case):
    """c of h ∝ |y - c|^p at ±∞: y - p·h/h′ tends to it as 1/y."""
    name, label, regime = case
    h, dh = (derived(name)[0].function(order, label) for order in (1, 2))
    y = np.array(direction(regime) * 1e6)
    return round(float(y - power(regime) * h(y) / dh(y)), 4)


@pytest.mark.parametrize("name", ["softplus", "gelu", "softsign"])
@pytest.mark.parametrize("much_less_than", [3, 10])
def test_far_out_is_far_from_where_h_as_a_power_begins(name, much_less_than):
    """About c h has no term in 1/(y - c), so that h/h′ is (y - c)/p up to 1/M²; about another point up to 1/M."""
    w, b = 1e12, 0.0
    for case in cases(lambda regime: is_far(regime) and not grows_with_x1(regime), [name]):
        _, label, regime = case
        if is_exponential(regime) or (name == "softsign" and expected(case) == 0):
            continue  # of another form, or that power from its edge on
        y = direction(regime) * GRID
        inside = all_met(regime.exponents.formulas, much_less_than)(y / w, y, w, b, float(label), GAMMA)
        assert np.abs(y[inside] - centre(case)).min() == pytest.approx(much_less_than, rel=1e-3), case


@pytest.mark.parametrize("name", ["softplus", "gelu", "softsign", "quartic"])
def test_far_out_a_factor_of_q_dot_is_slow_where_x1_is_small(name):
    """As above at x̄ = 0: w is so large that y is far out and x1 is not."""
    for case in cases(lambda regime: is_far(regime) and not grows_with_x1(regime), [name]):
        if is_exponential(case[2]):
            continue
        inside, _ = corrections(case, 1e8, centre(case))
        assert M * inside.max() == pytest.approx(1.5, abs=CLOSE), case


@pytest.mark.parametrize("name", ["softplus", "gelu", "softsign", "quartic"])
@pytest.mark.parametrize("x_bar", [0.4, -4.0])
def test_where_x1_is_large_a_correction_of_q_dot_is_of_second_order(name, x_bar):
    """Of x1ᵖ⁺¹·(1 - x̄/x1)ᵖ·√(1 + 1/x1²)·(1 + a/y²), where κ - k_b = 2a/(p·y)²: the terms in 1/x1 cancel.

    What is left is [1/(p + 1)² - p·x̄²/(p + 1)³ + 2a/(w·(p + 1))²]/x1², and |x1| is M, or M·|x̄|.
    """
    for case in cases(grows_with_x1, [name]):
        _, _, regime = case
        p = power(regime)
        of_y = float(expected(case).coeff(Z, 2)) * p**2 / (p + 1) ** 2
        for w in (5.0, -5.0):
            off = 1 / (p + 1) ** 2 - p * x_bar**2 / (p + 1) ** 3 + of_y / w**2
            x1 = direction(regime) * np.sign(w) * GRID
            inside, _ = corrections(case, w, centre(case) - w * x_bar, x1)
            assert M**2 * inside.max() == pytest.approx(abs(off) / max(1, x_bar**2), rel=CLOSE), (case, w)


@pytest.mark.parametrize("name", ["softplus", "tanh", "exponential"])
@pytest.mark.parametrize("least", [0.5, 1, 8])
def test_the_factor_of_q_dot_is_slow_beside_an_exponential(name, least):
    """Of exp(a·y) κ is 1 and h/h′ is 1/a: k_q is off by (1 - x1²)/(a·w·s²)²/(1 + ε)², with ε = x1/(a·w·s²).

    The window is where s² is at least M/(a·w)², which is chosen: up to 1 that is all x1, and at 1 it is off by 1/M.
    """
    x1 = np.linspace(-3, 3, 60_001)
    for case in cases(is_exponential, [name]):
        _, label, regime = case
        h, dh = (derived(name)[0].function(order, label) for order in (1, 2))
        deep = np.array(direction(regime) * 20.0)
        a = float(dh(deep) / h(deep))
        for sign in (1, -1):
            aw = sign * np.sqrt(MODERATE / least)
            b = direction(regime) * (3 * abs(aw / a) + 20)
            inside, on_stretch = corrections(case, aw / a, b, x1, MODERATE)
            s2 = 1 + x1**2
            off = (np.abs(1 - x1**2) / (aw * s2) ** 2 / (1 + x1 / (aw * s2)) ** 2)[s2 >= least * (1 - 1e-9)]
            assert inside.size == off.size, case
            assert (inside.size == on_stretch.size) is (least <= 1), case
            assert inside.max() == pytest.approx(off.max(), rel=1e-3), case


@pytest.mark.parametrize("much_less_than", [3, 10, 40])
@pytest.mark.parametrize(("w", "b"), [(5.0, -2.0), (-5.0, 2.0), (16.0, -8.0), (1.0, 0.5)])
def test_no_correction_is_larger_than_its_conditions_allow(much_less_than, w, b):
    """Of h that is a power or exponential, at any M: 2·|1 - k|·ε is at most 1/M, and so is ε² + δ.

    So |(k + 2ε + δ)/(1 + ε)² - k| = |2·(1 - k)·ε + δ - k·ε²|/(1 + ε)² has a bound without any approximation.
    """
    seen = 0
    for case in cases(lambda regime: not grows_with_x1(regime), ["quartic", "exponential", "logarithmic"]):
        k = float(case[2].exponents.k_b)
        inside, _ = corrections(case, w, b, np.linspace(-4, 4, 80_001), much_less_than)
        of_first, epsilon = (0, np.inf) if k == 1 else (1, 1 / (2 * abs(1 - k) * much_less_than))
        epsilon = min(epsilon, much_less_than**-0.5)
        bound = (of_first + max(1, abs(k))) / much_less_than / (1 - epsilon) ** 2
        assert np.all(inside <= bound * (1 + 1e-9)), case
        seen += inside.size
    assert seen
