"""Eqs. 8.24-8.32: ReLU with mean squared loss."""

from functools import cache

import numpy as np
import sympy as sp

from duality.derivations.asymptotics import MUCH_LESS_THAN, largest, limit, tends_to, unbounded
from duality.derivations.vocabulary import (
    DISTANCE,
    GAMMA,
    LABELS,
    MEANS,
    MU,
    RELU,
    SD,
    SIGMA,
    SQUARED,
    W_POSITIVE,
    X1,
    X2,
    Y_OF_X1,
    B,
    F,
    W,
    composition,
    density_exponent,
    gaussian_log_density,
    kick,
    local_exponent,
    piece_at,
    q_dot,
    slope_times_q_dot,
)
from duality.formulas.notation import spelled
from duality.formulas.stable import Y
from duality.theory.proof import all_identical, identical
from duality.verdicts import Finding, definition

_M = MUCH_LESS_THAN
_H = (Y - X2) ** 2  # Eq. 8.27
_Y_LESS_X2 = Y_OF_X1 - X2
_WHOLE_LINE = {X1: (-2.0, 2.0), W: (-2.0, 2.0), B: (-2.0, 2.0), X2: (0.0, 1.0)}


def equation_8_24() -> Finding:
    """ReLU is y above 0, 0 below, and continuous; it is what the library composes."""
    f = composition(RELU, SQUARED).f
    above, below = piece_at(f, 1), piece_at(f, -1)
    return definition(
        above == Y and below == 0 and limit(above, (Y, 0)) == below,
        f"the library's f is {above} for y > 0 and {below} for y < 0, continuous at 0",
    )


def equation_8_25() -> Finding:
    """The loss is that of Eq. 8.5, and m = 1 of Eq. 9.11, for f anywhere on the real line."""
    loss = (F - X2) ** 2
    m = sp.Symbol("m", integer=True, positive=True)
    holds, _ = identical(loss, ((F - X2) ** (2 * m)).subs(m, 1))
    convex = loss.diff(F, 2).is_positive and sp.solve(loss.diff(F), F) == [X2]
    return definition(
        holds and bool(convex),
        "Eq. 8.5 again and Eq. 9.11 with m = 1, convex with its minimum at f = x2",
    )


def equation_8_26() -> Finding:
    """dH/dy vanishes just where w·x1 < -b, apart from the single point y = x2."""
    kicks = [piece_at(H, sign).diff(Y) for H in composition(RELU, SQUARED).H for sign in (1, -1)]
    dead = all(kick_below == 0 for kick_below in kicks[1::2])
    zeros = [sp.solve(kick_above, Y) for kick_above in kicks[0::2]]
    alive = all(zero == [x2] for zero, x2 in zip(zeros, LABELS, strict=True))
    return Finding(
        dead and alive,
        f"dH/dy is 0 for y < 0, and for y > 0 it is {spelled(kicks[0])} ('zeros') and {spelled(kicks[2])} ('ones'), "
        "zero at y = x2 only",
        "proof",
    )


def equation_8_27() -> Finding:
    """H(y) = (y - x2)² where y > 0, for both classes, against the library's composition; Eq. 7.8."""
    same, method = all_identical(*((piece_at(composition(RELU, SQUARED).H[x2], 1), _H.subs(X2, x2)) for x2 in LABELS))
    coefficients = sp.Poly(_H, Y).all_coeffs()
    return Finding(
        same and len(coefficients) == 3,
        f"the composed loss for y > 0 is this; Eq. 7.8 has c1, c2, c3 = {spelled(coefficients)}",
        method,
    )


def equation_8_28() -> Finding:
    """ḃ = -γ∂H/∂b = -2γ(w·x1 + b - x2)."""
    holds, method = identical(kick(_H)[1], -2 * GAMMA * _Y_LESS_X2, _WHOLE_LINE)
    return Finding(holds, "derivative of Eq. 8.27 with respect to b", method)


def equation_8_29() -> Finding:
    """ẇ = x1·ḃ for Eq. 8.27."""
    w_dot, b_dot = kick(_H)
    holds, method = identical(w_dot, X1 * b_dot, _WHOLE_LINE)
    return Finding(holds, "derivative of Eq. 8.27 with respect to w", method)


def _in_terms_of_distance(expression: sp.Expr) -> sp.Expr:
    """With y - x2 = w·a: a is how far x1 is from where q̇ vanishes."""
    return sp.simplify(expression.subs(B, DISTANCE * W + X2 - W * X1))


@cache
def _exponent() -> sp.Expr:
    return _in_terms_of_distance(local_exponent(q_dot(_H)))


def equation_8_30() -> Finding:
    """-d ln p/d ln q̇ of the exact density, with the Gaussian of the class in it: of Jacobian and data."""
    k = _in_terms_of_distance(density_exponent(q_dot(_H), gaussian_log_density(MU, SIGMA)))
    mended = tends_to(_exponent(), sp.Integer(0), (DISTANCE, sp.Integer(0)))
    boundary = {X1: sp.Rational(1, _M), DISTANCE: sp.Rational(1, _M), MU: MEANS[0]}
    jacobian, density = (float(expression.subs({**boundary, SIGMA: SD})) for expression in (_exponent(), k))
    return Finding(
        not unbounded(k, SIGMA, boundary),
        f"-d ln p/d ln q̇ of the 'zeros' with b = 0 is {density:.2f} at x1 = 1/{_M}, {jacobian:.2f} of it from the "
        "Jacobian, whose part → 0 as (y - x2)/w → 0; the data's part is unbounded under Eq. 8.32 (σ is not in it): p "
        "itself is flat for |x1| ≪ σ only",
        "proof",
        mended=mended,
        right_form="p(q̇) = p(x1)/|dq̇/dx1| ∝ p(x1)",
        value=density,
    )


def equation_8_31() -> Finding:
    """The terms of q̇·dq̇/dx1 for Eq. 8.27, their homogeneity in γ, and the approximation |2γw|."""
    w_dot, b_dot = kick(_H)
    exact = slope_times_q_dot(w_dot, b_dot)
    printed = X1 * b_dot**2 - 2 * GAMMA * W * X1**2 * b_dot**2 - 2 * GAMMA * W * b_dot
    right = X1 * b_dot**2 - 2 * GAMMA * W * X1**2 * b_dot - 2 * GAMMA * W * b_dot
    equal, _ = identical(exact, printed, _WHOLE_LINE)
    mended, method = identical(exact, right, _WHOLE_LINE)
    scale = sp.Symbol("s", positive=True)
    # γ sets the scale of ẇ and ḃ: every term must have its square.
    degrees = [sorted({_degree(term, scale) for term in sp.Add.make_args(form)}) for form in _terms(scale)]
    approximation = exact**2 / (2 * GAMMA * W) ** 2 / (w_dot**2 + b_dot**2)
    limiting = tends_to(approximation, sp.Integer(1), (X1, sp.Integer(0)))
    worst = _largest_error()
    return Finding(
        equal,
        f"second term: x1²·ḃ, not x1²·ḃ² (degrees of the terms in γ: {spelled(degrees[0])} as printed, "
        f"{spelled(degrees[1])} where right); the modulus is missing on the left. ≈ |2γw| holds as x1 → 0: "
        f"{spelled(limiting)}; where Eq. 8.32 is met with M = {_M} the error is up to {worst:.0%}",
        method,
        mended=mended and limiting,
        right_form="|dq̇/dx1| = |x1·ḃ² - 2γw·x1²·ḃ - 2γw·ḃ|/q̇ ≈ |2γw·ḃ|/q̇ ≈ |2γw|",
        value=worst,
    )


def _terms(scale: sp.Symbol) -> tuple[sp.Expr, sp.Expr]:
    """The printed and the right sum of Eq. 8.31, with ḃ and γ both in units of `scale`."""
    b_dot = scale * sp.Symbol("beta", real=True)
    gamma = scale * GAMMA
    first, last = X1 * b_dot**2, -2 * gamma * W * b_dot
    return first - 2 * gamma * W * X1**2 * b_dot**2 + last, first - 2 * gamma * W * X1**2 * b_dot + last


def _degree(term: sp.Expr, scale: sp.Symbol) -> int:
    return int(sp.degree(term, scale))


def _exact_over_approximate() -> sp.Expr:
    """|dq̇/dx1|/|2γw| for y - x2 = w·a."""
    return sp.Abs(1 + X1**2 + X1 * DISTANCE) / sp.sqrt(1 + X1**2)


def _largest_error() -> float:
    """The largest error of |2γw| where |x1| and |x1·(y - x2)/w| are at most 1/M, relative to the exact Jacobian."""
    product = sp.Symbol("c", real=True)
    error = 1 / _exact_over_approximate().subs(DISTANCE, product / X1) - 1
    return largest(sp.simplify(error), (X1, product), *2 * [np.linspace(-1 / _M, 1 / _M, 202)])


def equation_8_32() -> Finding:
    """What the conditions leave of the exact Jacobian's value and exponent, with x1 ≪ 1 and with |x1| ≪ 1."""
    w_dot, b_dot = kick(_H)
    exact = _in_terms_of_distance(slope_times_q_dot(w_dot, b_dot) ** 2 / q_dot(_H) ** 2 / (2 * GAMMA * W) ** 2)
    factor, method = identical(exact, (1 + X1**2 + X1 * DISTANCE) ** 2 / (1 + X1**2), {X1: (-2.0, 2.0)})
    forms, _ = identical(sp.Abs(X1 * b_dot) / (2 * GAMMA * sp.Abs(W)), sp.Abs(X1 * _Y_LESS_X2) / sp.Abs(W), _WHOLE_LINE)
    ratio = _exact_over_approximate()
    signed = limit(ratio.subs(DISTANCE, 0), (X1, -sp.oo))
    value = tends_to(ratio, sp.Integer(1), (X1, sp.Integer(0)))
    exponent = limit(_exponent(), (X1, sp.Integer(0)))
    mended = tends_to(_exponent(), sp.Integer(0), (DISTANCE, sp.Integer(0)))
    at_minus_m = float(ratio.subs({X1: -_M, DISTANCE: 0}))
    return Finding(
        bool(factor and forms and signed == 1 and exponent == 0),
        f"the two forms of the second condition agree: {spelled(forms)}. x1 ≪ 1 without a modulus admits x1 = -{_M}, "
        f"where the Jacobian is {at_minus_m:.2f}·2γ|w| (→ {spelled(signed)}·2γ|w| as x1 → -∞). With |x1| ≪ 1 its value "
        f"is right ({spelled(value)}), but its exponent → {spelled(exponent)}, with a = (y - x2)/w, and not 0: |a| ≪ 1 "
        "makes it 0, which 'ones' miss (a ≈ -1 at 0)",
        method,
        mended=factor and forms and value and mended,
        right_form="|x1| ≪ 1 and |x1(w·x1 + b - x2)| ≪ |w| for Eq. 8.31; |w·x1 + b - x2| ≪ |w| for k_q = 0",
        value=at_minus_m,
    )


def statement_heading_quadratic_k_q() -> Finding:
    """The heading k_q = 0 of Sec. 8.2: the exponent of the Jacobian where |y - x2| ≪ |w|."""
    value = limit(_exponent(), (DISTANCE, sp.Integer(0)))
    return Finding(
        bool(value == 0),
        f"the local exponent of the exact Jacobian tends to {value} as (y - x2)/w → 0, at any x1",
        "proof",
        value=float(value),
    )


def statement_figure_5_deviation() -> Finding:
    """The Jacobian of Sec. 8.2 leaves its constant value as x1 grows to 1: the exact factor at b = x2 = 0."""
    factor = (1 + 2 * X1**2) / sp.sqrt(1 + X1**2)
    w_dot, b_dot = (one.subs({B: 0, X2: 0, W: W_POSITIVE}) for one in kick(_H))
    exact = slope_times_q_dot(w_dot, b_dot) / (sp.sqrt(w_dot**2 + b_dot**2) * 2 * GAMMA * W_POSITIVE)
    same, method = identical(exact, factor)  # x1 > 0
    near, far = (float(factor.subs(X1, value)) for value in (sp.Rational(1, 10), 1))
    small = tends_to(factor, sp.Integer(1), (X1, sp.Integer(0)))
    return Finding(
        same and small and far > 2,
        f"|dq̇/dx1|/|2γw| = (1 + 2x1²)/√(1 + x1²) for b = x2 = 0: {near:.3f} at x1 = 0.1, {far:.2f} at x1 = 1",
        method,
        value=far,
    )
