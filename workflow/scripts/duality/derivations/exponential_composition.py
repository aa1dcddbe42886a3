"""Eqs. 8.7-8.23: the exponential compositions of the sigmoid, with mean squared and cross-entropy loss."""

from functools import cache

import numpy as np
import sympy as sp

from duality.derivations.asymptotics import MUCH_LESS_THAN, asymptotic, limit, relative_error, tends_to, unbounded
from duality.derivations.vocabulary import (
    CROSS_ENTROPY,
    DENSITIES,
    GAMMA,
    LABELS,
    LOGISTIC,
    MEANS,
    MU,
    SD,
    SIGMA,
    SIGMOID,
    SQUARED,
    X1,
    Y_OF_X1,
    B,
    W,
    gaussian_log_density,
    kick,
    local_exponent,
    model,
    q_dot,
    sigmoid_case,
    sigmoid_loss,
    slope_times_q_dot,
)
from duality.formulas.conditions import all_met
from duality.formulas.notation import spelled
from duality.formulas.stable import Y
from duality.jacobian.duality import Duality
from duality.records.estimates import Frozen
from duality.theory.proof import identical
from duality.training.population import population_optimum
from duality.verdicts import Finding

_M = MUCH_LESS_THAN
_Y_AT_M = sp.log(sp.Rational(1, _M))  # where e^y ≪ 1 is met with equality


def _as_ratio(tail: sp.Expr, at: sp.Expr) -> dict[str, sp.Expr]:
    """The limits of a ratio in y when -b is not fixed by nature: at fixed b, and at fixed w·x1, w·x1/(-b) → `at`."""
    ratio, size = sp.symbols("r s", positive=True)  # r = w·x1/(-b)
    fixed_b = tail.subs(Y, size * ratio - size)  # b = -s
    fixed_wx1 = tail.subs(Y, size - size / ratio)  # w·x1 = s
    return {"fixed b": limit(fixed_b, (ratio, at)), "fixed w·x1": limit(fixed_wx1, (ratio, at))}


def equation_8_7() -> Finding:
    """Whether w·x1 ≪ -b, as a ratio, makes f ≈ e^y; whether e^y ≪ 1 does."""
    paths = _as_ratio(LOGISTIC / sp.exp(Y), sp.Integer(0))
    optimum = _optimum(SQUARED)
    boundary = float(optimum[1] * (1 - 1 / _M))
    s = sp.Symbol("s", positive=True)
    return Finding(
        all(value == 1 for value in paths.values()),
        f"as w·x1/(-b) → 0 at fixed b = -s, f/e^y → {spelled(paths['fixed b'])}, not 1; it says nothing where |b| is "
        f"not large. At b = {optimum[1]:.0f} and M = {_M} it does no harm (e^y ≤ {np.exp(boundary):.1g}), and with "
        "|w·x1| ≫ 1/c1 it suffices (see 8.15)",
        "proof",
        mended=asymptotic(LOGISTIC, sp.exp(Y), (Y, -sp.oo)),
        right_form="e^(w·x1 + b) ≪ 1",
        value=float(paths["fixed b"].subs(s, -sp.Float(float(optimum[1])))),
    )


def equation_8_8() -> Finding:
    """f ≈ e^y as y → -∞, and the error where e^y = 1/M."""
    error = relative_error(sp.exp(Y), LOGISTIC, {Y: _Y_AT_M})
    return Finding(
        asymptotic(LOGISTIC, sp.exp(Y), (Y, -sp.oo)),
        f"f/e^y = 1/(1 + e^y) → 1 as e^y → 0; where e^y = 1/{_M} the error is {error:.0%}",
        "proof",
        value=error,
    )


def equation_8_9() -> Finding:
    """H = f² for x2 = 0, H ≈ e^(2y), and dH/dy ≈ 2e^(2y); Eq. 6.8 with c1 = 2, c2 = 0."""
    H = sigmoid_loss(SQUARED, 0)
    exact, method = identical(H, LOGISTIC**2)
    approximate = asymptotic(H, sp.exp(2 * Y), (Y, -sp.oo)) and asymptotic(
        H.diff(Y), sp.exp(2 * Y).diff(Y), (Y, -sp.oo)
    )
    error = relative_error(sp.exp(2 * Y), H, {Y: _Y_AT_M})
    return Finding(
        exact and approximate,
        f"H = f² exactly; H/e^(2y) → 1 and (dH/dy)/(2e^(2y)) → 1 as e^y → 0; where e^y = 1/{_M} the error of H is "
        f"{error:.0%}",
        method,
        value=error,
    )


def equation_8_10() -> Finding:
    """ḃ = -γ∂H/∂b of H = e^(2y), and of the exact composition, against the printed -2γe^y."""
    printed = -2 * GAMMA * sp.exp(Y_OF_X1)
    right = -2 * GAMMA * sp.exp(2 * Y_OF_X1)
    equal, _ = identical(kick(sp.exp(2 * Y))[1], printed)
    other, _ = identical(kick(sp.exp(Y))[1], printed)
    mended, method = identical(kick(sp.exp(2 * Y))[1], right)
    exact = sigmoid_loss(SQUARED, 0).diff(Y)
    tends = asymptotic(exact, 2 * sp.exp(2 * Y), (Y, -sp.oo))
    excess = limit(2 * sp.exp(Y) / exact, (Y, -sp.oo))
    return Finding(
        equal,
        f"-γ∂e^(2y)/∂b = -2γe^(2y), not -2γe^y (printed/exact → {spelled(excess)} as e^y → 0); H = e^y gives the "
        f"exponent y but no factor 2 (equal: {spelled(other)}). 2|w| in Eq. 8.13 needs the exponent 2y",
        method,
        mended=mended and tends,
        right_form="ḃ = -2γ·exp(2(w·x1 + b))",
    )


def equation_8_11() -> Finding:
    """ẇ = x1·ḃ for any H(y)."""
    w_dot, b_dot = kick(sp.Function("H")(Y))
    holds, method = identical(w_dot, X1 * b_dot)
    return Finding(holds, "chain rule, ∂y/∂w = x1·∂y/∂b, for an arbitrary H(y)", method)


def _in_the_tail(expression: sp.Expr, label: int) -> sp.Expr:
    """The limit e^y → 0 ('zeros') or e^(-y) → 0 ('ones') at fixed x1 and w."""
    z = sp.Symbol("z", positive=True)
    y = -sp.log(z) if label else sp.log(z)
    return limit(sp.together(expression.subs(B, y - W * X1)), (z, 0))


@cache
def _tail_exponent(loss: str, label: int) -> sp.Expr:
    """The local exponent of q̇ in the tail, as a function of x1 and w."""
    return _in_the_tail(local_exponent(q_dot(sigmoid_loss(loss, label))), label)


def equation_8_12() -> Finding:
    """-d ln p/d ln q̇ of the exact density, with the Gaussian of the class in it, as e^y → 0: of Jacobian and data."""
    square = q_dot(sigmoid_loss(SQUARED, 0)) ** 2
    of_data = -gaussian_log_density(MU, SIGMA).diff(X1) * _in_the_tail(2 * square / square.diff(X1), 0)
    jacobian = _tail_exponent(SQUARED, 0)
    mended = all(tends_to(jacobian, sp.Integer(1), (W, infinity)) for infinity in (sp.oo, -sp.oo))
    leading = sp.simplify(limit(of_data * W, (W, sp.oo)) / W)
    w, b = _optimum(SQUARED)
    point = {MU: MEANS[0], W: sp.Integer(round(w)), X1: sp.Rational(1, _M)}
    at_the_end = leading.subs({MU: MEANS[0], SIGMA: SD, W: w, X1: (float(_Y_AT_M) - b) / w})
    return Finding(
        not unbounded(leading, SIGMA, point),
        "the Jacobian's part of -d ln p/d ln q̇ → 1 as e^y → 0, |w| → ∞; the density of the data adds "
        f"{spelled(leading)}, which the conditions of Eq. 8.15 leave unbounded (σ is in none); at the population "
        f"optimum w = {w:.0f} it is {float(at_the_end):.2f} where e^y = 1/{_M}",
        "proof",
        mended=mended,
        right_form="p(q̇) = p(x1)/|dq̇/dx1| ∝ p(x1)·q̇^(-1)",
        value=float(at_the_end),
    )


def equation_8_13() -> Finding:
    """The Jacobian for H = e^(2y): the middle term for both signs of w, and the approximation for |w| → ∞."""
    magnitude = sp.Symbol("v", positive=True)
    w_dot, b_dot = kick(sp.exp(2 * Y))
    exact = slope_times_q_dot(w_dot, b_dot)
    printed = 2 * sp.Abs(W) * w_dot**2 + b_dot * w_dot + 2 * sp.Abs(W) * b_dot**2
    mended_form = 2 * sp.Abs(W) * w_dot**2 + sp.sign(W) * b_dot * w_dot + 2 * sp.Abs(W) * b_dot**2
    equal, mended = {}, {}
    for sign in (1, -1):
        here = {W: sign * magnitude}
        # The modulus of the exact slope is sign(w) times it where 2|w|(1 + x1²) + sign(w)·x1 > 0: for |w| > 1/4.
        equal[sign], _ = identical((sign * exact).subs(here), printed.subs(here))
        mended[sign], method = identical((sign * exact).subs(here), mended_form.subs(here))
    positive = sp.solve(sp.discriminant(2 * magnitude * (1 + X1**2) + X1, X1), magnitude) == [sp.Rational(1, 4)]
    approximation = 2 * magnitude * (w_dot**2 + b_dot**2)
    holds = asymptotic(exact.subs(W, magnitude), approximation.subs(W, magnitude), (magnitude, sp.oo))
    error = _largest_dropped(2)
    return Finding(
        equal[1] and equal[-1] and holds,
        f"for w > 0 exact as printed: {spelled(equal[1])}; for w < 0, which |w| includes: {spelled(equal[-1])} (the "
        f"middle term is sgn(w)·ḃẇ). The term is the one dropped next: 2|w|q̇ holds as |w| → ∞ ({spelled(holds)}), "
        f"error at most {error.subs(W, _M)} at |w| = {_M}",
        method,
        mended=mended[1] and mended[-1] and positive and holds,
        right_form="|dq̇/dx1| = (2|w|ẇ² + sgn(w)·ḃẇ + 2|w|ḃ²)/q̇ for |w| > 1/4",
        value=float(error.subs(W, _M)),
    )


def _largest_dropped(c1: int) -> sp.Expr:
    """The largest |ḃẇ|/(c1·|w|·q̇²) over all x1, the relative error of c1·|w|·q̇ for H = e^(c1·y), w > 0."""
    return sp.maximum(X1 / (1 + X1**2), X1) / (c1 * W)


def equation_8_14() -> Finding:
    """Whether |w| ≫ 1 suffices for |dq̇/dx1| ≈ c1·|w|·q̇ at every x1, and what is needed."""
    errors = [_largest_dropped(c1) for c1 in (2, 1)]
    holds = all(tends_to(error, sp.Integer(0), (W, sp.oo)) for error in errors)
    return Finding(
        holds,
        f"the dropped term is at most 1/(2·c1·|w|) of the kept ones, at |x1| = 1: {spelled(errors[0])} for mean "
        f"squared, {spelled(errors[1])} for cross-entropy loss; |w| ≫ 1/4 and 1/2 would do",
        "proof",
        value=float(errors[0].subs(W, _M)),
    )


@cache
def _optimum(loss: str) -> tuple[float, float]:
    w, b = population_optimum(model(SIGMOID, loss), (15.0, -7.0)).optimum
    return float(w), float(b)


def _worst_exponent(loss: str, label: int, conditions: list[str]) -> tuple[float, float, float]:
    """What the conditions leave of the x1 within 6σ: the largest |k - 1| of the exact Jacobian, their share, and e^far.

    The last is the largest e^y of 'zeros', or e^(-y) of 'ones': what the exponential composition drops.
    """
    w, b = _optimum(loss)
    x1 = float(MEANS[label]) + float(SD) * np.linspace(-6, 6, 24001)
    met = all_met(conditions, _M)(x1, w * x1 + b, w, b, label, 1.0)
    if not met.any():
        return float("nan"), 0.0, float("nan")
    exponents = Duality(*sigmoid_case(label, loss, Frozen(w, b, 1.0))).local_exponent(x1[met])
    share = float(np.sum(DENSITIES[label].pdf(x1[met])) / np.sum(DENSITIES[label].pdf(x1)))
    far = (1 - 2 * label) * (w * x1[met] + b)
    return float(np.max(np.abs(exponents - 1))), share, float(np.exp(far.max()))


def _range(loss: str, label: int, c1: int) -> Finding:
    """Whether 1/|c1| ≪ |w·x1|, |w| ≫ 1 and w·x1 ≪ -b ('zeros') or ≫ -b ('ones') make the Jacobian ∝ q̇, for b < 0."""
    M = sp.Symbol("M", positive=True)
    # The largest sign·y that the conditions leave, u = w·x1, b < 0: |u| ≥ M/|c1| and M·u ≤ -b or u ≥ -M·b. It is linear
    # in u and b, hence attained at a vertex.
    threshold = M / abs(c1)
    if label == 0:
        vertices = [-threshold, threshold * (1 - M)]  # (u, b) = (-threshold, 0-) and (threshold, -M·threshold)
        far, conditions = "y", ["w*x1 << -b"]
    else:
        vertices = [-threshold * (1 - 1 / M)]  # (u, b) = (threshold, -threshold/M)
        far, conditions = "-y", ["w*x1 >> -b"]
    implied = all(limit(vertex, (M, sp.oo)) == -sp.oo for vertex in vertices)
    highest = max(float(vertex.subs(M, _M)) for vertex in vertices)
    in_the_tail = _tail_exponent(loss, label)
    holds = all(tends_to(in_the_tail, sp.Integer(1), (W, infinity)) for infinity in (sp.oo, -sp.oo))
    printed_conditions = [f"1/{abs(c1)} << abs(w*x1)", "abs(w) >> 1"]
    worst, share, dropped = _worst_exponent(loss, label, printed_conditions + conditions)
    w, b = _optimum(loss)
    # Eq. 8.8 drops e^far of f, Eq. 8.13 the square of 1/(c1·w) of the exponent.
    limit_reached = worst <= dropped + 1 / (c1 * w) ** 2
    wide, wide_share, _ = _worst_exponent(loss, label, [*printed_conditions, f"exp({far}) << 1"])
    return Finding(
        implied and holds and limit_reached,
        f"for b < 0, |w·x1| ≥ {threshold} with the third condition leaves {far} ≤ {highest:.3g} at M = {_M}, → -∞ "
        f"with M; there k → 1. At w = {w:.0f}, b = {b:.0f}: |k - 1| ≤ {worst:.1g} on the {share:.0%} of the class "
        f"that meet them; read as e^({far}) ≪ 1: ≤ {wide:.2f} on {wide_share:.0%}. |w·x1| ≫ 1/|c1| is needed for ẇ, "
        "not for q̇",
        "proof",
        value=worst,
    )


def equation_8_15() -> Finding:
    """Whether the three conditions suffice for k_q = 1: sigmoid, mean squared loss, 'zeros'."""
    return _range(SQUARED, 0, 2)


def equation_8_16() -> Finding:
    """Whether w·x1 ≫ -b, as a ratio, makes 1 - f ≈ e^(-y); whether e^(-y) ≪ 1 does."""
    paths = _as_ratio((1 - LOGISTIC) / sp.exp(-Y), sp.oo)
    s = sp.Symbol("s", positive=True)
    return Finding(
        all(value == 1 for value in paths.values()),
        f"as w·x1/(-b) → ∞ at fixed w·x1 = s, (1 - f)/e^(-y) → {spelled(paths['fixed w·x1'])}, not 1 (at fixed b → "
        f"{spelled(paths['fixed b'])}); with |w·x1| ≫ 1/|c1| it suffices (see 8.19)",
        "proof",
        mended=asymptotic(1 - LOGISTIC, sp.exp(-Y), (Y, sp.oo)),
        right_form="e^(-(w·x1 + b)) ≪ 1",
        value=float(paths["fixed w·x1"].subs(s, 1)),
    )


def equation_8_17() -> Finding:
    """1 - f ≈ e^(-y) as y → ∞ (f ≈ 1 - e^(-y) alone would be empty: both tend to 1)."""
    error = relative_error(sp.exp(-Y), 1 - LOGISTIC, {Y: -_Y_AT_M})
    return Finding(
        asymptotic(1 - LOGISTIC, sp.exp(-Y), (Y, sp.oo)),
        f"(1 - f)/e^(-y) = 1/(1 + e^(-y)) → 1 as e^(-y) → 0; where e^(-y) = 1/{_M} the error is {error:.0%}",
        "proof",
        value=error,
    )


def equation_8_18() -> Finding:
    """H = (1 - f)² for x2 = 1, H ≈ e^(-2y), and dH/dy ≈ -2e^(-2y); Eq. 6.8 with c1 = -2, c2 = 0."""
    H = sigmoid_loss(SQUARED, 1)
    exact, method = identical(H, (1 - LOGISTIC) ** 2)
    approximate = asymptotic(H, sp.exp(-2 * Y), (Y, sp.oo)) and asymptotic(
        H.diff(Y), sp.exp(-2 * Y).diff(Y), (Y, sp.oo)
    )
    error = relative_error(sp.exp(-2 * Y), H, {Y: -_Y_AT_M})
    return Finding(
        exact and approximate,
        f"H = (1 - f)² exactly; H/e^(-2y) → 1 as e^(-y) → 0; where e^(-y) = 1/{_M} the error of H is {error:.0%}",
        method,
        value=error,
    )


def equation_8_19() -> Finding:
    """Whether the three conditions suffice for k_q = 1: sigmoid, mean squared loss, 'ones'."""
    return _range(SQUARED, 1, -2)


def equation_8_20() -> Finding:
    """H = -log(1 - f) for x2 = 0, and H ≈ e^y."""
    H = sigmoid_loss(CROSS_ENTROPY, 0)
    exact, method = identical(H, -sp.log(1 - LOGISTIC))
    approximate = asymptotic(H, sp.exp(Y), (Y, -sp.oo)) and asymptotic(H.diff(Y), sp.exp(Y), (Y, -sp.oo))
    error = relative_error(sp.exp(Y), H, {Y: _Y_AT_M})
    return Finding(
        exact and approximate,
        f"H = -log(1 - f) exactly; H/e^y → 1 as e^y → 0 (c1 = 1); where e^y = 1/{_M} the error of H is {error:.0%}",
        method,
        value=error,
    )


def equation_8_21() -> Finding:
    """Whether the three conditions suffice for k_q = 1: sigmoid, cross-entropy, 'zeros'."""
    return _range(CROSS_ENTROPY, 0, 1)


def equation_8_22() -> Finding:
    """H = log f for x2 = 1 as printed, and with a minus sign; H ≈ e^(-y)."""
    H = sigmoid_loss(CROSS_ENTROPY, 1)
    exact, _ = identical(H, sp.log(LOGISTIC))
    ratio = limit(sp.log(LOGISTIC) / sp.exp(-Y), (Y, sp.oo))
    mended, method = identical(H, -sp.log(LOGISTIC))
    error = relative_error(sp.exp(-Y), H, {Y: -_Y_AT_M})
    return Finding(
        exact and ratio == 1,
        f"Eq. 8.6 at x2 = 1 is -log f: equal to log f: {spelled(exact)}; log(f)/e^(-y) → {ratio} as e^(-y) → 0; where "
        f"e^(-y) = 1/{_M} the error of the mended form is {error:.0%}",
        method,
        mended=mended and asymptotic(H, sp.exp(-Y), (Y, sp.oo)),
        right_form="H = -log(f) ≈ e^(-y)",
        value=error,
    )


def equation_8_23() -> Finding:
    """Whether 1 ≫ |w·x1| with w·x1 ≫ -b > 0 leaves any x1 in the tail e^(-y) ≪ 1; and 1 ≪ |w·x1|."""
    M = sp.Symbol("M", positive=True)
    # 0 < u = w·x1 ≤ 1/M and u ≥ -M·b > 0: y = u + b is at most 1/M.
    highest = 1 / M
    tail = limit(sp.exp(-highest), (M, sp.oo))
    _, share, _ = _worst_exponent(CROSS_ENTROPY, 1, ["1 >> abs(w*x1)", "abs(w) >> 1", "w*x1 >> -b"])
    mended = _range(CROSS_ENTROPY, 1, -1)
    w, b = _optimum(CROSS_ENTROPY)
    return Finding(
        bool(tail == 0),
        f"for b < 0 as printed y ≤ 1/M, e^(-y) → {tail} and not 0, against Eqs. 8.17 and 6.9; at w = {w:.0f}, b = "
        f"{b:.0f} and M = {_M}, {share:.0%} of the class meet it. With ≪: {mended.evidence}",
        "proof",
        mended=mended.printed,
        right_form="1 ≪ |w·x1|, |w| ≫ 1 and w·x1 ≫ -b",
        value=mended.value,
    )


def statement_heading_exponential_k_q() -> Finding:
    """The heading k_q = 1 of Sec. 8.1: the exponent of the Jacobian in the limit of Eqs. 8.7 and 8.14."""
    return _sign_of_k_q(1, "the heading of Sec. 8.1")


def statement_conclusion_exponential_k_q() -> Finding:
    """The conclusion k_q = -1 of Sec. 8.1, with the sign convention of Eq. 8.1."""
    return _sign_of_k_q(-1, "the conclusion of Sec. 8.1")


def _sign_of_k_q(printed: int, where: str) -> Finding:
    found = {limit(_tail_exponent(loss, label), (W, sp.oo)) for loss in (SQUARED, CROSS_ENTROPY) for label in LABELS}
    value = found.pop() if len(found) == 1 else sp.nan
    return Finding(
        bool(value == printed),
        f"in Eq. 8.1's convention the exponent tends to {value} for both losses and classes; {where} has {printed}",
        "proof",
        mended=None if value == printed else bool(value == -printed),
        right_form="" if value == printed else f"k_q = {value}",
        value=float(value),
    )
