"""Sec. 6: the two kinds of power-law map from x1 to ẇ, and the exponential composition."""

import mpmath
import numpy as np
import sympy as sp

from duality.derivations.vocabulary import (
    A_MAP,
    B_MAP,
    C1,
    C_MAP,
    DENSITIES,
    GAMMA,
    OPEN_H,
    PAPER_COMPOSITIONS,
    POWER,
    W_POSITIVE,
    X1,
    Y_OF_X1,
    B,
    K,
    W,
    kick,
    local_exponent,
    shifted_exponent,
    sigmoid_case,
)
from duality.formulas.notation import spelled
from duality.formulas.stable import Y
from duality.jacobian.duality import Duality
from duality.theory.proof import ROUNDING, all_identical, difference_quotient, identical, relative_deviation
from duality.verdicts import Finding

_Z = sp.Symbol("z", real=True)  # c1·w·x1 = c1·(y - b)
_CORRECTION = 1 - 1 / (1 + _Z) ** 2  # the local exponent of ẇ for H = exp(c1·y + c2)


def _w_dot(name: str) -> sp.Expr:
    """ẇ of one of the paper's compositions, as a function of x1."""
    return kick(PAPER_COMPOSITIONS[name])[0]


def equation_6_1() -> Finding:
    """dẇ/dx1 = (A·ẇ + B)^k_w with k_w > 0: does it hold for the compositions that Secs. 6 and 7 arrive at?"""
    found = {name: shifted_exponent(_w_dot(name)) for name in ("linear", "quadratic", "logarithmic")}
    exponents = [exponent for exponent in found.values() if exponent is not None]
    # The slope of a quadratic ẇ changes its sign at the vertex, (A·ẇ + B)^(1/2) does not: only |dẇ/dx1| can be meant.
    slope = sp.Poly(_w_dot("quadratic").diff(X1), X1)
    return Finding(
        len(exponents) == len(found) and all(exponent > 0 for exponent in exponents),
        f"exact for the linear, quadratic and logarithmic H with k_w = {', '.join(map(str, found.values()))}: k_w > "
        "0 excludes the first (and k_b = 0 of the table); |dẇ/dx1| is meant, as for quadratic H, dẇ/dx1 changes its "
        f"sign ({slope.degree()} zero)",
        "proof",
        mended=len(exponents) == len(found) and all(exponent >= 0 for exponent in exponents),
        right_form="|dẇ/dx1| ∝ |A·ẇ + B|^k_w, k_w ≥ 0",
    )


def equation_6_2() -> Finding:
    """ẇ = -γ·∂H/∂w: the library's ẇ against finite differences of H in w."""
    duality, sd = Duality(*sigmoid_case(0)), DENSITIES[0].sd
    H = duality.composition.function(0, 0)
    x1 = np.linspace(-3 * sd, 3 * sd, 25)
    slope = difference_quotient(lambda w: H(w * x1 + duality.b), np.array(duality.w))
    deviation = relative_deviation(x1 * duality.b_dot(x1), -duality.gamma * slope)
    return Finding(
        deviation < ROUNDING,
        f"(2.3) with M = 1; finite differences of H agree to {deviation:.0e}",
        "floating point",
        error=deviation,
    )


def equation_6_3() -> Finding:
    """Are the solutions of (6.1) those that are printed? With B ≠ 0 a constant is missing."""
    u = sp.Symbol("u", positive=True)  # A·x1 + B
    k_1 = sp.exp(A_MAP * X1 + B_MAP)
    # As printed: dẇ/dx1 is a multiple of ẇ^k, that is (6.1) with B = 0.
    homogeneous, _ = all_identical((k_1.diff(X1), A_MAP * k_1), ((u**POWER).diff(u), POWER * u ** (K * POWER)))
    # (6.1) itself, k_w = 1: put the printed form in and ask for which B it can hold.
    constant = sp.Symbol("B_61", real=True)
    remainder = sp.simplify(k_1.diff(X1) - (A_MAP * k_1 + constant))
    printed = homogeneous and sp.solve(remainder, constant) != [0]
    # With the constant: ẇ = exp(A·x1 + B) - B_61/A, and for k ≠ 1 ẇ = ((1-k)·A·x1 + B)^(1/(1-k))/A - B_61/A.
    general_1 = k_1 - constant / A_MAP
    base = sp.Symbol("v", positive=True)  # (1-k)·A·x1 + B, d/dx1 = (1-k)·A·d/dv
    general_k = (base**POWER - constant) / A_MAP
    mended, method = all_identical(
        (general_1.diff(X1), A_MAP * general_1 + constant),
        ((1 - K) * A_MAP * general_k.diff(base), base ** (K * POWER)),
        (A_MAP * general_k + constant, base**POWER),
    )
    return Finding(
        printed,
        "the printed forms solve (6.1) with its B = 0 only; in general a constant -B/A is added, which is the C "
        "that (6.5) and (7.2) have; so nothing that follows is affected",
        method,
        mended=mended,
        right_form="ẇ = exp(A·x1 + B) + C for k_w = 1, ẇ = (A·x1 + B)^(1/(1-k_w)) + C else, with C = -B/A of (6.1)",
    )


def statement_suppression_of_larger_fluctuations() -> Finding:
    """d ln p/d ln ẇ of p ∝ 1/|dẇ/dx1| with (6.1): of one sign for all ẇ > 0?"""
    step, a, b, k = sp.symbols("v A B k", positive=True)
    same, opposite = (sp.simplify(step * sp.log((sign * a * step + b) ** -k).diff(step)) for sign in (1, -1))
    return Finding(
        bool(opposite.is_negative),
        f"the Jacobian's part of d ln p/d ln ẇ is {spelled(same)} for A, B, ẇ > 0, and {spelled(opposite)} if A < 0 "
        "(-A stands for it, v for ẇ): positive up to the turning point of ẇ",
        "proof",
        mended=bool(same.is_negative) and bool(same.subs(k, 0) == 0) and bool(same.subs(k, -k).is_positive),
        right_form="k_w > 0 suppresses larger |ẇ| where A·ẇ/B > 0 or B = 0",
    )


def equation_6_4() -> Finding:
    """ẇ = -γ·∂H/∂w = -γ·x1·∂H/∂y by the chain rule, for any H(y)."""
    same, method = identical(kick(OPEN_H)[0], -GAMMA * X1 * OPEN_H.diff(Y).subs(Y, Y_OF_X1))
    return Finding(same, "chain rule for any H(y)", method)


def equation_6_5() -> Finding:
    """(6.3) with its constant and (6.4): (y-b)·H′ = -(w/γ)·(exp(A·x1 + B) + C). Can a real B absorb -w/γ?"""
    w_dot = sp.exp(A_MAP * X1 + B_MAP) + C_MAP
    derived = sp.expand((-W_POSITIVE / GAMMA * w_dot).subs(X1, (Y - B) / W_POSITIVE))
    slope = A_MAP / W_POSITIVE
    offset = B_MAP + sp.log(W_POSITIVE / GAMMA) - slope * B
    mended, method = identical(derived, -sp.exp(slope * Y + offset) - W_POSITIVE / GAMMA * C_MAP)
    return Finding(
        not (derived.subs(C_MAP, 0).is_negative and sp.exp(A_MAP * Y + B_MAP).is_positive),
        "the exponential comes with the factor -w/γ, negative for w > 0, and exp(A·y + B) with real B is positive; "
        "the sign is needed: for 'ones' (H = e^(-2y)) (y-b)·H′ < 0 where y > b; C is the constant that (6.3) lacks",
        method,
        mended=mended,
        right_form="(y - b)·∂H/∂y = ±exp(A·y + B) + C, with the lower sign for w > 0 and ẇ as in (6.3)",
    )


def equation_6_6() -> Finding:
    """H = exp(A·b + B)·Ei(A(y-b)) + C·log(y-b) solves (6.5); Ei(x) = -∫ from -x to ∞ of e^(-t)/t dt."""
    H = sp.exp(A_MAP * B + B_MAP) * sp.Ei(A_MAP * (Y - B)) + C_MAP * sp.log(Y - B)
    solves, method = identical((Y - B) * H.diff(Y), sp.exp(A_MAP * Y + B_MAP) + C_MAP)
    context = mpmath.mp.clone()
    context.dps = 20
    deviation = max(abs(_Ei_printed(context, x) / context.ei(x) - 1) for x in (-3, -0.5, 0.5, 3))
    # Independence of b, which Sec. 7 asks for: (6.5) differentiated twice in b at fixed y must vanish.
    A_b, B_b, A_bb, B_bb = sp.symbols("A_b B_b A_bb B_bb")
    bracket = sp.Poly((A_b * Y + B_b) ** 2 + A_bb * Y + B_bb, Y)
    forced = sp.solve(bracket.coeffs(), [A_b, A_bb, B_bb], dict=True)
    return Finding(
        solves and float(deviation) < ROUNDING,
        "differentiated, it gives (6.5); the printed integral (its principal value for x > 0) is Ei to "
        f"{float(deviation):.0e}; log|y-b| is meant where y < b; it depends on b: by the argument of Sec. 7 A, B "
        f"and C are constant ({len(forced)} solution, A_b = 0), and then (6.5) has no H(y) at all, so exponentials "
        "are asymptotic only",
        method,
        error=float(deviation),
    )


def _Ei_printed(context: mpmath.MPContext, x: float) -> mpmath.mpf:
    """-∫ from -x to ∞ of e^(-t)/t dt, as a principal value for x > 0."""

    def integrand(t: mpmath.mpf) -> mpmath.mpf:
        return context.exp(-t) / t

    if x < 0:
        return -context.quad(integrand, [-x, -x + 5, context.inf])
    # About t = 0 the odd part 1/t cancels: (e^(-t) - e^t)/t is left.
    around = context.quad(lambda t: -2 * context.sinh(t) / t, [0, x])
    return -(around + context.quad(integrand, [x, x + 5, context.inf]))


def equation_6_7() -> Finding:
    """The ratios of Ei(z) to e^z/z, and of e^z/z to e^z, as z = A(y - b) grows."""
    firsts = {sp.limit(sp.Ei(_Z) * _Z * sp.exp(-_Z), _Z, end) for end in (sp.oo, -sp.oo)}
    ratio = (sp.exp(_Z) / _Z) / sp.exp(_Z)
    second = sp.limit(ratio, _Z, sp.oo)
    logarithms = sp.limit(sp.expand_log(sp.log(sp.exp(_Z) / _Z), force=True) / _Z, _Z, sp.oo)
    # What (6.8) needs is the exponent of the fluctuations: h is e^z/z exactly, and ẇ ∝ z·h = e^z.
    h = sp.Ei(_Z).diff(_Z)
    exponent = sp.simplify(local_exponent(_Z * h, _Z))
    return Finding(
        firsts == {1} and second == 1,
        f"the ratio of the first two forms tends to {', '.join(map(str, firsts))} on either side, that of the last "
        f"two, 1/(A(y-b)), to {second}, not 1; only their logarithms agree to leading order (ratio {logarithms}); ẇ "
        f"of (6.6) with C = 0 has k_w = {exponent} without it",
        "proof",
        mended=firsts == {1} and logarithms == 1,
        right_form="H ≈ exp(Ay+B)/(A(y-b)), so that log H ≈ Ay + B to leading order",
    )


def equation_6_8() -> Finding:
    """H = exp(c1·y + c2) has k_w -> 1 as |c1·w·x1| -> ∞: its local exponent is 1 - 1/(1 + c1·w·x1)²."""
    same, method = identical(local_exponent(_w_dot("exponential")).subs(X1, _Z / (C1 * W)), _CORRECTION)
    limits = {sp.limit(_CORRECTION, _Z, end) for end in (sp.oo, -sp.oo)}
    return Finding(
        same and limits == {sp.Integer(1)},
        "ẇ·ẇ″/ẇ′² = 1 - 1/(1 + c1·w·x1)², which tends to 1 on either side: an approximate solution, as is said, of "
        "(6.1) with k_w = 1; exact for ḃ",
        method,
    )


def equation_6_9() -> Finding:
    """Is |w·x1| ≫ 1/c1 what makes k_w of (6.8) close to 1, for both signs of c1 that Sec. 8 uses (2 and -2)?"""
    M = sp.Symbol("M", positive=True)  # a ≪ b read as M·a ≤ b
    pole = sp.Integer(-1)  # z = c1·w·x1 where dẇ/dx1 = 0, and the local exponent is infinite
    # Does the condition forbid the pole, |w·x1| = 1/|c1|, for large M?
    forbidden = {c1: bool(sp.limit(M / c1 - abs(pole / c1), M, sp.oo) > 0) for c1 in (sp.Integer(2), sp.Integer(-2))}
    # With |c1|: |z| ≥ M, where the deviation is at most 1/(M - 1)².
    worst = {side: abs(_CORRECTION.subs(_Z, side * M) - 1) for side in (1, -1)}
    at_3 = {side: deviation.subs(M, 3) for side, deviation in worst.items()}
    return Finding(
        all(forbidden.values()),
        "for c1 < 0 (Eq. 8.18) 1/c1 is negative and the condition holds for every x1, even where dẇ/dx1 = 0; with "
        f"|c1|, k_w is off by 1/(1 + c1·w·x1)², at |w·x1| = 3/|c1| by {at_3[1]} or {at_3[-1]}, by the sign of c1·x1",
        "proof",
        mended=all(sp.limit(deviation, M, sp.oo) == 0 for deviation in worst.values()),
        right_form="|w·x1| ≫ 1/|c1|, as Eqs. 8.15 and 8.19 use it",
    )
