"""Eqs. 8.33-8.42: a piecewise linear activation with cross-entropy loss, and what Sec. 8 says of its experiments."""

from functools import cache

import numpy as np
import sympy as sp

from duality.derivations.asymptotics import MUCH_LESS_THAN, largest, limit, tends_to, unbounded
from duality.derivations.vocabulary import (
    C1,
    C2,
    C3,
    C4,
    CROSS_ENTROPY,
    DENSITIES,
    DISTANCE,
    GAMMA,
    GUARDED_CROSS_ENTROPY,
    LABELS,
    MEANS,
    MU,
    PAPER_COMPOSITIONS,
    PAPER_EXPONENTS,
    QUARTIC,
    RAMP,
    RELU,
    SD,
    SIGMA,
    SIGMOID,
    SQUARED,
    X1,
    Y_OF_X1,
    B,
    W,
    composition,
    density_exponent,
    gaussian_log_density,
    kick,
    local_exponent,
    model,
    piece_at,
    q_dot,
    slope_times_q_dot,
)
from duality.formulas.notation import spelled
from duality.formulas.stable import Y
from duality.theory.proof import all_identical, identical
from duality.training.accuracy import population_accuracy
from duality.training.population import population_optimum
from duality.verdicts import Finding

_M = MUCH_LESS_THAN
_H = (-sp.log(1 - Y), -sp.log(Y))  # Eq. 8.35 for 'zeros' and 'ones'
_ONE_LESS_Y = 1 - Y_OF_X1
_ON_THE_RAMP = {Y: (0.1, 0.9)}
_NEAR_ZERO = {X1: (-0.4, 0.4), W: (0.2, 0.6), B: (0.2, 0.6)}  # 0 < y < 1 there
# Eq. 8.33 without its modulus, which no y < 0 could otherwise be told by: 0 on both sides of the ramp.
_PRINTED = "Piecewise((0, y < 0), (y, y < 1), (0, True))"
_START = {
    (SIGMOID, SQUARED): (15.0, -7.0),
    (SIGMOID, CROSS_ENTROPY): (15.0, -7.0),
    (RELU, SQUARED): (1.0, 0.0),
    (RAMP, GUARDED_CROSS_ENTROPY): (2.2, -0.6),
    (_PRINTED, GUARDED_CROSS_ENTROPY): (2.2, -0.6),
    (RELU, QUARTIC): (0.9, 0.0),
}


@cache
def _optimum(activation: str, loss: str) -> tuple[float, float]:
    w, b = population_optimum(model(activation, loss), _START[activation, loss]).optimum
    return float(w), float(b)


def _accuracy(activation: str, w: float, b: float) -> float:
    """The share of right answers over the two equally likely classes, by the midpoint rule over their quantiles."""
    return float(population_accuracy(model(activation, GUARDED_CROSS_ENTROPY), w, b, 2**16))


def _mean_kick(w: float, b: float) -> float:
    """|⟨(x1·h, h)⟩| over both classes, with the guarded cross-entropy and f = 0 above the ramp."""
    h = composition(_PRINTED, GUARDED_CROSS_ENTROPY).functions(1)
    probability = (np.arange(2**16) + 0.5) / 2**16  # the midpoint rule over the quantiles of a class
    x1 = [density.ppf(probability) for density in DENSITIES]
    return float(np.hypot(*(np.mean([x**n * h[x2](w * x + b) for x2, x in enumerate(x1)]) for n in (0, 1))))


def equation_8_33() -> Finding:
    """Whether the cases are possible, and the accuracy with f = 0 and with f = 1 above the ramp where kicks balance."""
    y = sp.Symbol("y", real=True)
    impossible = sp.solveset(sp.Abs(y) < 0, y, sp.S.Reals) == sp.S.EmptySet
    negative = sp.And(sp.Abs(y) < 1, y < 0).as_set()
    optimum = {activation: _optimum(activation, GUARDED_CROSS_ENTROPY) for activation in (_PRINTED, RAMP)}
    printed, mended = (_accuracy(activation, *optimum[activation]) for activation in (_PRINTED, RAMP))
    at_rest = _mean_kick(*optimum[_PRINTED])
    flat = (0.25, 0.375)  # y = 1/2 at x1 = 1/2, and hardly a sample above the ramp
    kicks, _ = all_identical(
        *(
            (piece_at(composition(activation, CROSS_ENTROPY).H[x2], 0.5).diff(Y), _H[x2].diff(Y))
            for activation in (_PRINTED, RAMP)
            for x2 in LABELS
        ),
        domain=_ON_THE_RAMP,
    )
    w, b = optimum[RAMP]
    return Finding(
        not impossible and negative.is_empty and printed > 0.97,
        f"|y| < 0 has no solution, and 0 < |y| < 1 takes in {spelled(negative)}, where log f is undefined. With f = 0 "
        f"on both sides the mean kick vanishes at the same w = {w:.3f}, b = {b:.3f} (guard 10⁻³) as with f = 1 above: "
        f"accuracy {printed:.1%} against {mended:.1%}. A w as small as {flat[0]} would have "
        f"{_accuracy(_PRINTED, *flat):.1%} even so, but the mean kick there is {_mean_kick(*flat):.1g}·γ (at balance "
        f"{at_rest:.0e}·γ)",
        "floating point",
        mended=kicks and mended > 0.97,
        right_form="f = 0 for y ≤ 0, y for 0 < y < 1, 1 for y ≥ 1",
        value=printed,
    )


def equation_8_34() -> Finding:
    """The two intervals are where 0 < y < 1, for w > 0 and for w < 0."""
    size, t = sp.symbols("s t", positive=True)
    equal = []
    for sign in (1, -1):
        w = sign * size
        left, right = (-B / w, (1 - B) / w) if sign > 0 else ((1 - B) / w, -B / w)
        inside = left + (right - left) * t / (1 + t)  # any point between the ends
        y = sp.simplify(w * inside + B)
        ends = {sp.simplify(w * end + B) for end in (left, right)}
        ordered = sp.simplify(right - left).is_positive
        between = y.is_positive and sp.simplify(1 - y).is_positive
        equal.append(bool(ordered and between) and ends == {sp.Integer(0), sp.Integer(1)})
    return Finding(
        all(equal),
        "the ends are y = 0 and y = 1, y is monotone in x1, and the left end is below the right one, for either "
        "sign of w",
        "proof",
    )


def equation_8_35() -> Finding:
    """H(y) on the ramp, for both classes, against the library's composition."""
    same, method = all_identical(
        *((piece_at(composition(RAMP, CROSS_ENTROPY).H[x2], 0.5), _H[x2]) for x2 in LABELS), domain=_ON_THE_RAMP
    )
    return Finding(same, "f = y put into Eq. 8.6, for x2 = 0 and x2 = 1", method)


def _logarithm(*constants: int) -> sp.Expr:
    """Eq. 7.13 with c1, c2, c3, c4."""
    return PAPER_COMPOSITIONS["logarithmic"].subs(dict(zip((C1, C2, C3, C4), constants, strict=True)))


def equation_8_36() -> Finding:
    """The constants of Eq. 7.13 for the 'zeros'."""
    holds, method = identical(_logarithm(-1, 1, -1, 0), _H[0], _ON_THE_RAMP)
    return Finding(holds, "-1·log(1 - y) + 0 is Eq. 8.35 at x2 = 0", method)


def equation_8_37() -> Finding:
    """The constants of Eq. 7.13 for the 'ones'."""
    holds, method = identical(_logarithm(-1, 0, 1, 0), _H[1], _ON_THE_RAMP)
    return Finding(holds, "-1·log(0 + y) + 0 is Eq. 8.35 at x2 = 1", method)


def equation_8_38() -> Finding:
    """ḃ = -γ∂H/∂b of the 'zeros'."""
    holds, method = identical(kick(_H[0])[1], -GAMMA / _ONE_LESS_Y, _NEAR_ZERO)
    return Finding(
        holds, "derivative of -log(1 - w·x1 - b) with respect to b: negative, as the 'zeros' of Fig. 6", method
    )


def equation_8_39() -> Finding:
    """ẇ = x1·ḃ."""
    w_dot, b_dot = kick(_H[0])
    holds, method = identical(w_dot, X1 * b_dot, _NEAR_ZERO)
    return Finding(holds, "derivative of -log(1 - w·x1 - b) with respect to w", method)


def _in_terms_of_distance(expression: sp.Expr, label: int) -> sp.Expr:
    """An expression with 1 - y = w·a ('zeros') or y = -w·a ('ones'): a is how far x1 is from where q̇ diverges."""
    y = (1 if label == 0 else 0) - W * DISTANCE
    return sp.simplify(expression.subs(B, y - W * X1))


@cache
def _exponent(label: int) -> sp.Expr:
    return _in_terms_of_distance(local_exponent(q_dot(_H[label])), label)


def _exact_over_approximate() -> sp.Expr:
    """|dq̇/dx1|/(|w|q̇²/γ), for either class."""
    return sp.Abs(1 + X1 * DISTANCE / (1 + X1**2)) / sp.sqrt(1 + X1**2)


def _ratio_holds(label: int) -> tuple[bool, str]:
    """Whether `_exact_over_approximate` is what the exact kicks give."""
    square = q_dot(_H[label]) ** 2
    exact = slope_times_q_dot(*kick(_H[label])) ** 2 / square / (W * square / GAMMA) ** 2
    expected = (1 + X1 * DISTANCE / (1 + X1**2)) ** 2 / (1 + X1**2)
    return identical(_in_terms_of_distance(exact, label), expected, {X1: (-2.0, 2.0)})


def equation_8_40() -> Finding:
    """-d ln p/d ln q̇ of the exact density, with the Gaussian of the class in it: of Jacobian and data."""
    k = _in_terms_of_distance(density_exponent(q_dot(_H[0]), gaussian_log_density(MU, SIGMA)), 0)
    mended = tends_to(_exponent(0), sp.Integer(2), (DISTANCE, sp.Integer(0)))
    w, b = _optimum(RAMP, GUARDED_CROSS_ENTROPY)
    boundary = {X1: sp.Rational(1, _M), DISTANCE: sp.Float((1 - w / _M - b) / w), MU: MEANS[0]}
    jacobian, density = (float(expression.subs({**boundary, SIGMA: SD})) for expression in (_exponent(0), k))
    return Finding(
        not unbounded(k, SIGMA, boundary),
        f"-d ln p/d ln q̇ of the 'zeros' at w = {w:.3f}, b = {b:.3f} is {density:.2f} at x1 = 1/{_M}, {jacobian:.2f} "
        "of it from the Jacobian, whose part → 2 as (1 - y)/w → 0; the data's part is unbounded under Eq. 8.42 (σ is "
        "not in it)",
        "proof",
        mended=mended,
        right_form="p(q̇) = p(x1)/|dq̇/dx1| ∝ p(x1)·q̇^(-2)",
        value=density,
    )


def equation_8_41() -> Finding:
    """The terms of q̇·dq̇/dx1 for the 'zeros', line by line, and the last approximation |w|q̇²/γ."""
    w_dot, b_dot = kick(_H[0])
    exact = slope_times_q_dot(w_dot, b_dot)
    first = w_dot * (b_dot - GAMMA * X1 * W / _ONE_LESS_Y**2) - b_dot * GAMMA * W / _ONE_LESS_Y**2
    second = X1 * b_dot**2 - W * X1**2 * b_dot**2 / _ONE_LESS_Y - W * b_dot**2 / _ONE_LESS_Y
    mended_second = X1 * b_dot**2 + W * X1**2 * b_dot**2 / _ONE_LESS_Y + W * b_dot**2 / _ONE_LESS_Y
    first_holds, _ = identical(exact, first, _NEAR_ZERO)
    second_holds, _ = identical(exact**2, second**2, _NEAR_ZERO)
    mended, method = identical(exact, mended_second, _NEAR_ZERO)
    ratio, _ = _ratio_holds(0)
    limiting = tends_to(_exact_over_approximate(), sp.Integer(1), (X1, sp.Integer(0)))
    worst = _largest_error()
    return Finding(
        first_holds and second_holds,
        f"first line: {spelled(first_holds)}; second line: {spelled(second_holds)}: ḃ = -γ/(1 - y) makes its last two "
        f"terms positive. ≈ |w|q̇²/γ holds as x1 → 0: {spelled(ratio and limiting)}; where Eq. 8.42 is met with M = "
        f"{_M} the error is up to {worst:.0%}",
        method,
        mended=mended and ratio and limiting,
        right_form="|x1·ḃ² + w·x1²·ḃ²/(1 - y) + w·ḃ²/(1 - y)|/q̇",
        value=worst,
    )


def _largest_error() -> float:
    """The largest error of |w|q̇²/γ where |x1| and |x1·(1 - y)/w| are at most 1/M, relative to the exact Jacobian."""
    product = sp.Symbol("c", real=True)
    error = 1 / _exact_over_approximate().subs(DISTANCE, product / X1) - 1
    return largest(sp.simplify(error), (X1, product), *2 * [np.linspace(-1 / _M, 1 / _M, 202)])


def _conditions(label: int) -> tuple[bool, bool, sp.Expr, sp.Expr, str]:
    """The ratio's form, its limit 1 as x1 → 0, its limit as x1 → -∞, the exponent's limit as x1 → 0, the method."""
    form, method = _ratio_holds(label)
    value = tends_to(_exact_over_approximate(), sp.Integer(1), (X1, sp.Integer(0)))
    signed = limit(_exact_over_approximate().subs(DISTANCE, 0), (X1, -sp.oo))
    return form, value, signed, limit(_exponent(label), (X1, sp.Integer(0))), method


def equation_8_42() -> Finding:
    """What the conditions leave of the exact Jacobian's value and exponent, with x1 ≪ 1 and with |x1| ≪ 1."""
    form, value, signed, exponent, method = _conditions(0)
    mended = tends_to(_exponent(0), sp.Integer(2), (DISTANCE, sp.Integer(0)))
    at_minus_m = float(_exact_over_approximate().subs({X1: -_M, DISTANCE: 0}))
    return Finding(
        bool(form and signed == 1 and exponent == 2),
        f"x1 ≪ 1 without a modulus admits x1 = -{_M}, where the Jacobian is {at_minus_m:.2f}·|w|q̇²/γ (→ "
        f"{spelled(signed)} as x1 → -∞). With |x1| ≪ 1 its value is right ({spelled(value)}), but its exponent → "
        f"{spelled(exponent)}, with a = (1 - y)/w, and not 2: |a| ≪ 1 makes it 2, at any x1",
        method,
        mended=form and value and mended,
        right_form="|x1| ≪ 1 and (1 - y)|x1| ≪ |w| for Eq. 8.41; 1 - y ≪ |w| for k_q = 2",
        value=at_minus_m,
    )


def statement_logarithmic_ones() -> Finding:
    """The same reasoning for the 'ones': ḃ = γ/y, |dq̇/dx1| ≈ |w|q̇²/γ, and k_q = 2 where y ≪ |w|."""
    b_dot, method = identical(kick(_H[1])[1], GAMMA / (W * X1 + B), _NEAR_ZERO)
    form, value, _, _, _ = _conditions(1)
    exponent = tends_to(_exponent(1), sp.Integer(2), (DISTANCE, sp.Integer(0)))
    return Finding(
        b_dot and form and value and exponent,
        "with 1 - y replaced by -y all formulas of the 'zeros' hold: ḃ = γ/y, the same ratio to |w|q̇²/γ, exponent → 2",
        method,
    )


def statement_heading_logarithmic_k_q() -> Finding:
    """The heading k_q = -2 of Sec. 8.3, with the sign convention of Eq. 8.1."""
    value = limit(_exponent(0), (DISTANCE, sp.Integer(0)))
    return Finding(
        bool(value == -2),
        f"in Eq. 8.1's convention the exponent tends to {value} as (1 - y)/w → 0; the heading of Sec. 8.3 has -2, "
        "the text of Eq. 8.40 has 2",
        "proof",
        mended=bool(value == 2),
        right_form="k_q = 2",
        value=float(value),
    )


def _signs(activation: str, loss: str, label: int) -> set[int]:
    """The signs that ḃ takes over a class at the population optimum, but for samples without gradient."""
    w, b = _optimum(activation, loss)
    x1 = DENSITIES[label].ppf((np.arange(4096) + 0.5) / 4096)
    return {int(sign) for sign in -np.sign(composition(activation, loss).function(1, label)(w * x1 + b)) if sign}


def statement_caption_figure_7() -> Finding:
    """The caption of Fig. 7, 'negative' for 'ones', against the sign of ḃ = γ/y."""
    sign = sp.sign(kick(_H[1])[1].subs(B, Y - W * X1).subs(Y, sp.Symbol("u", positive=True)))
    return Finding(
        bool(sign == -1),
        f"ḃ = γ/y has the sign {sign} wherever y > 0: all fluctuations of the 'ones' on the ramp are positive, as "
        "the text has it",
        "proof",
        mended=bool(sign == 1),
        right_form="Distribution of positive fluctuations for 'ones' class",
    )


def statement_captions_other_figures() -> Finding:
    """Figs. 1-6, 8 and 9: the sign of fluctuation that each names is one that its class has."""
    figures = {
        1: (SIGMOID, SQUARED, 0, -1),
        2: (SIGMOID, SQUARED, 1, 1),
        3: (SIGMOID, CROSS_ENTROPY, 0, -1),
        4: (SIGMOID, CROSS_ENTROPY, 1, 1),
        5: (RELU, SQUARED, 0, -1),
        6: (RAMP, GUARDED_CROSS_ENTROPY, 0, -1),
        8: (RELU, QUARTIC, 0, -1),
        9: (RELU, QUARTIC, 1, 1),
    }
    found = {number: _signs(*experiment[:3]) for number, experiment in figures.items()}
    both = [number for number, signs in found.items() if len(signs) > 1]
    return Finding(
        all(experiment[3] in found[number] for number, experiment in figures.items()),
        "signs of ḃ over each class at the population optimum agree with the captions; "
        f"both signs occur only in Fig. {', '.join(map(str, both))}",
        "floating point",
    )


def _k_b(activation: str, loss: str) -> sp.Expr:
    """k in dh/dy ∝ h^k of 'zeros' where the composition has its form: on the ramp, or in the tail y → -∞."""
    h = piece_at(composition(activation, loss).H[0], 0.5).diff(Y)
    exponent = sp.simplify(h * h.diff(Y, 2) / h.diff(Y) ** 2)
    z = sp.Symbol("z", positive=True)  # e^y
    return limit(exponent.subs(Y, sp.log(z)), (z, 0)) if activation == SIGMOID else exponent


def statement_four_experiments() -> Finding:
    """Of the compositions with data here as many have each k_b of Sec. 8 as it announces experiments with it."""
    found = [_k_b(activation, loss) for activation, loss in _START if activation != _PRINTED]
    others = [k for k in found if k not in PAPER_EXPONENTS.values()]
    counted = {name: found.count(k) for name, k in PAPER_EXPONENTS.items()}
    return Finding(
        counted == {"exponential": 2, "quadratic": 1, "logarithmic": 1},
        "by k of dh/dy ∝ h^k, there are "
        + ", ".join(f"{count} {name} (k = {PAPER_EXPONENTS[name]})" for name, count in counted.items())
        + f" among the {len(found)} compositions; of Sec. 9 is k = {', '.join(map(str, others))}",
        "proof",
    )


def statement_accuracy_above_97_percent() -> Finding:
    """The accuracy at the population optimum of all five compositions, Eq. 8.33 read with f = 1 above the ramp."""
    accuracies = {key: _accuracy(key[0], *_optimum(*key)) for key in _START if key[0] != _PRINTED}
    lowest = min(accuracies.values())
    return Finding(
        lowest > 0.97,
        f"at the population optima {lowest:.2%} to {max(accuracies.values()):.2%}; with f = 0 above the ramp it "
        "fails, see 8.33",
        "floating point",
        value=lowest,
    )


def statement_log_log_slope() -> Finding:
    """p = A·q̇^(-k) is log p = log A - k·log q̇, a straight line."""
    A, q = sp.symbols("A q", positive=True)
    k, L = sp.symbols("k L", real=True)
    holds, method = identical(sp.log(A * q**-k).subs(q, sp.exp(L)), sp.log(A) - k * L)
    return Finding(holds, "log p is linear in log q̇ with slope -k", method)
