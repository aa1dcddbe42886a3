"""Sec. 5: two neurons, y = w·x1 + b, and the one-dimensional duality of each class."""

import numpy as np
import sympy as sp
from scipy import special

from duality.derivations.vocabulary import DENSITIES, LABELS, LEARNING_RATE, OPEN_H, X1, X2, kick, sigmoid_case
from duality.jacobian.duality import Duality
from duality.theory.proof import ROUNDING, all_identical, difference_quotient, identical, relative_deviation
from duality.verdicts import Finding


def equation_5_1() -> Finding:
    """The marginal of the output neuron is normalised, and gives either class half of the probability."""
    X_1, X_2, k = sp.symbols("X1 X2 k", real=True)
    marginal = (sp.DiracDelta(X2 - X_1) + sp.DiracDelta(X2 - X_2)) / 2
    whole = sp.integrate(marginal, (X2, -sp.oo, sp.oo))
    characteristic = sp.integrate(marginal * sp.exp(sp.I * k * X2), (X2, -sp.oo, sp.oo))
    same, method = all_identical(
        (whole, sp.Integer(1)), (characteristic, (sp.exp(sp.I * k * X_1) + sp.exp(sp.I * k * X_2)) / 2)
    )
    return Finding(same, "integrates to 1; its characteristic function is that of two equally likely values", method)


def equation_5_2() -> Finding:
    """A rotation by α(x1) takes (ẇ, ḃ) to (√(ẇ² + ḃ²), 0); no rotation that is the same for all x1 does."""
    w_dot, b_dot = sp.symbols("wdot bdot", real=True)
    length = sp.sqrt(w_dot**2 + b_dot**2)
    cos, sin = w_dot / length, b_dot / length
    rotated = sp.Matrix([[cos, sin], [-sin, cos]]) * sp.Matrix([w_dot, b_dot])
    same, method = all_identical((rotated[0], length), (rotated[1], sp.Integer(0)), (cos**2 + sin**2, sp.Integer(1)))
    # Collinear vectors have Wronskian zero. Here it is -ḃ²: the direction of q̇ turns with x1.
    w_step, b_step = kick(OPEN_H)
    turning, _ = identical(w_step * b_step.diff(X1) - w_step.diff(X1) * b_step, -(b_step**2))
    return Finding(
        same and turning,
        "the rotation by α = atan2(ḃ, ẇ) does it; as the Wronskian of ẇ and ḃ is -ḃ² for any H(y), α must depend on x1 "
        "(tan α = 1/x1), which is what 'non-local' has to mean; the root drops the sign of the fluctuation",
        method,
    )


def equation_5_3() -> Finding:
    """q̇ = √(ẇ² + ḃ²) with either class's own label, against a closed form and the library."""
    w_step, b_step = kick(OPEN_H)
    ratio, method = identical(w_step, X1 * b_step)
    deviation = 0.0
    for label in LABELS:
        duality, density = Duality(*sigmoid_case(label)), DENSITIES[label]
        x1 = np.linspace(density.mean - 4 * density.sd, density.mean + 4 * density.sd, 41)
        y = duality.w * x1 + duality.b
        f, one_minus_f = special.expit(y), special.expit(-y)
        b_dot = -2 * LEARNING_RATE * (f if label == 0 else -one_minus_f) * f * one_minus_f
        deviation = max(deviation, relative_deviation(duality.magnitude(x1), np.hypot(x1 * b_dot, b_dot)))
    return Finding(
        ratio and deviation < ROUNDING,
        "ẇ = x1·ḃ for any H(y), so q̇ = |ḃ|·√(1 + x1²); the library's q̇ for sigmoid and squared loss agrees to "
        f"{deviation:.0e}",
        method,
        error=deviation,
    )


def equation_5_4() -> Finding:
    """d|q̇|/dx1 = (ẇ/q̇)·dẇ/dx1 + (ḃ/q̇)·dḃ/dx1 = cos α·dẇ/dx1 + sin α·dḃ/dx1, tan α = ḃ/ẇ."""
    w_dot, b_dot = sp.Function("wdot", real=True)(X1), sp.Function("bdot", real=True)(X1)
    q_dot = sp.sqrt(w_dot**2 + b_dot**2)
    second = w_dot / q_dot * w_dot.diff(X1) + b_dot / q_dot * b_dot.diff(X1)
    alpha = sp.atan2(b_dot, w_dot)
    third = sp.cos(alpha) * w_dot.diff(X1) + sp.sin(alpha) * b_dot.diff(X1)
    same, method = all_identical((q_dot.diff(X1), second), (second, third))
    duality = Duality(*sigmoid_case(0))
    x1 = np.linspace(-0.8, 0.4, 25)
    deviation = relative_deviation(duality.jacobian(x1), difference_quotient(duality.magnitude, x1))
    return Finding(
        same and deviation < 1e-8,
        "chain rule, for any ẇ(x1), ḃ(x1); the library's dq̇/dx1 agrees with finite differences of q̇ to "
        f"{deviation:.0e}; holds on a branch, several are summed",
        method,
        error=deviation,
    )


def statement_relative_contributions() -> Finding:
    """tan α weighs the fluctuations of bias against those of weight: it is 1/x1 for every H(y), w and b."""
    w_step, b_step = kick(OPEN_H)
    same, method = identical(b_step / w_step, 1 / X1)
    return Finding(
        same,
        "tan α = ḃ/ẇ = 1/x1 whatever the composition: bias dominates where |x1| ≪ 1, weight where |x1| ≫ 1",
        method,
    )
