"""Eqs. 9.1-9.17: powers k = (m - 1)/m, and ReLU with power-law losses.

Close to x̄ a factor (x1 - x̄)^m dominates ẇ; far from it x1·(x1 - x̄)^(n-1) does. With y + c1 = w(x1 - x̄), for the
power-law loss c1 = -x2 and n = 2m.
"""

import sympy as sp

from duality.derivations.asymptotics import MUCH_LESS_THAN, asymptotic, limit, relative_error, tends_to
from duality.derivations.vocabulary import (
    C1,
    C2,
    GAMMA,
    LABELS,
    PAPER_COMPOSITIONS,
    QUARTIC,
    RELU,
    X1,
    X2,
    X_BAR,
    Y_OF_X1,
    B,
    F,
    W,
    composition,
    kick,
    local_exponent,
    piece_at,
    power_law_loss,
    q_dot,
    shifted_exponent,
)
from duality.formulas.notation import spelled
from duality.formulas.stable import Y
from duality.theory.proof import all_identical, identical
from duality.verdicts import Finding, definition

_M = MUCH_LESS_THAN
_N = sp.Symbol("n", integer=True, positive=True)
_SEPARATION = sp.Symbol("d", positive=True)  # |x1 - x̄|
_H = C2 * (Y + C1) ** _N  # Eq. 9.6
_Y_LESS_X2 = Y_OF_X1 - X2
_H_QUARTIC = (Y - X2) ** 4
_POWERS = range(1, 7)


def equation_9_1() -> Finding:
    """Eq. 8.1 for ẇ: with Eq. 6.1, B = 0 and flat p(x1), -d ln p/d ln ẇ = k_w."""
    rate, flat, A = sp.symbols("v P A", positive=True)
    k = sp.Symbol("k_w", real=True)
    holds, _ = identical(-rate * sp.log(flat / (A * rate) ** k).diff(rate), k)
    return definition(
        holds,
        "Eq. 6.1 with B = 0 and flat p(x1) gives this slope",
    )


def statement_k_w_of_exact_power_laws() -> Finding:
    """k_w = 0, 1/2 and 2 are all that the shifted power law dẇ/dx1 = (A·ẇ + B)^k_w of Eq. 6.1 has, for every b and w.

    ẇ ∝ F = t·h(y) with t = y - b. A shifted power law means F′F‴ = λF″² with 1/k = 2 - λ. As b is free, y and t are
    independent: the coefficients of t⁰, t¹, t² must vanish apart. h″ comes from the first, h‴ from its derivative.
    """
    h, slope, second, third, t, lam = sp.symbols("h h1 h2 h3 t lambda", real=True)
    condition = sp.expand((h + t * slope) * (3 * second + t * third) - lam * (2 * slope + t * second) ** 2)
    constant, linear, quadratic = (condition.coeff(t, n) for n in range(3))
    h2 = sp.solve(constant, second)[0]
    h3 = (h2.diff(h) * slope + h2.diff(slope) * second).subs(second, h2)
    remaining = [sp.factor(part.subs({third: h3, second: h2})) for part in (linear, quadratic)]
    common = set.intersection(*(set(sp.solve(part, lam)) for part in remaining))
    exponents = {1 / (2 - root) for root in common} | {sp.Integer(0)}  # h′ = 0, where F″ = 0, is k = 0
    # Each of them is had: linear, quadratic, logarithmic H.
    reached = {shifted_exponent(kick(PAPER_COMPOSITIONS[name])[0]) for name in ("linear", "quadratic", "logarithmic")}
    printed = {sp.Integer(0), sp.Rational(1, 2), sp.Integer(2)}
    return Finding(
        exponents == printed == reached,
        f"F′F‴ = λF″² for all b leaves λ in {_listed(common)} or h′ = 0, k_w in {_listed(exponents)}; linear, "
        f"quadratic and logarithmic H have k_w = {_listed(reached)} exactly. The end of Sec. 7 (0, 1/2, 1; Eq. 7.13 "
        "no solution) contradicts it",
        "proof",
    )


def _listed(numbers: set[sp.Expr]) -> str:
    return "{" + ", ".join(str(number) for number in sorted(numbers, key=float)) + "}"


def equation_9_2() -> Finding:
    """The chain rule, and that the lowest term that does not vanish dominates as x1 → x̄."""
    H = sp.Function("H")
    by_weight = kick(H(Y))[0]
    by_y = (-GAMMA * X1 * H(Y).diff(Y).subs(Y, Y_OF_X1)).doit()
    chain, method = identical(by_weight, by_y)
    rest = sp.Symbol("R", real=True)  # the next coefficient
    A = sp.Symbol("A", positive=True)
    dominates = all(
        asymptotic(
            A * _SEPARATION**m / sp.factorial(m) + rest * _SEPARATION ** (m + 1) / sp.factorial(m + 1),
            A * _SEPARATION**m / sp.factorial(m),
            (_SEPARATION, sp.Integer(0)),
        )
        for m in _POWERS
    )
    return Finding(
        chain and dominates,
        "ẇ = -γx1·∂H/∂y is the chain rule; the term of order m tends to the whole sum as x1 → x̄ where all lower ones "
        "vanish, m = 1 to 6 (that they do is an assumption, met in 9.10)",
        method,
    )


def equation_9_3() -> Finding:
    """dẇ/dx1 of ẇ = A_m/m!·(x1 - x̄)^m, on both sides of x̄, in real roots."""
    A = sp.Symbol("A", positive=True)
    first, second, modulus = [], [], []
    for m in _POWERS:
        for side in (1, -1):
            distance = side * _SEPARATION
            w_dot = A / sp.factorial(m) * distance**m
            slope = side * w_dot.diff(_SEPARATION)  # d/dx1
            printed = sp.real_root(A / sp.factorial(m), m) * m * sp.real_root(w_dot, m) ** (m - 1)
            in_modulus = (A / sp.factorial(m)) ** sp.Rational(1, m) * m * sp.Abs(w_dot) ** sp.Rational(m - 1, m)
            first.append(sp.simplify(slope - m * w_dot / distance) == 0)
            second.append((m, side, _vanishes(slope - printed)))
            modulus.append(_vanishes(sp.Abs(slope) - in_modulus))
    wrong = [(m, side) for m, side, equal in second if not equal]
    cases = ", ".join(f"m = {m} at x1 {'>' if side > 0 else '<'} x̄" for m, side in wrong)
    return Finding(
        all(first) and not wrong,
        f"the first equality holds for m = 1 to 6 on both sides; the second is wrong in sign for {cases}, where the "
        "root of a positive ẇ is positive and the slope is not; in modulus, which is all that Eq. 9.4 uses, it "
        "holds throughout",
        "proof",
        mended=all(first) and all(modulus),
        right_form="|dẇ/dx1| = m|ẇ/(x1 - x̄)| = |A_m/m!|^(1/m)·m·|ẇ|^((m-1)/m)",
    )


def _vanishes(difference: sp.Expr) -> bool:
    return bool(sp.simplify(sp.powdenest(sp.expand_power_base(sp.simplify(difference), force=True), force=True)) == 0)


def equation_9_4() -> Finding:
    """-d ln p/d ln|ẇ| as x1 → x̄, where the density of the data has any logarithmic slope S."""
    S = sp.Symbol("S", real=True)
    exponents = []
    for m in _POWERS:
        w_dot = _SEPARATION**m
        density = sp.exp(S * _SEPARATION) / w_dot.diff(_SEPARATION)
        slope = -sp.log(density).diff(_SEPARATION) / sp.log(w_dot).diff(_SEPARATION)
        exponents.append(limit(slope, (_SEPARATION, sp.Integer(0))))
    return Finding(
        exponents == [sp.Rational(m - 1, m) for m in _POWERS],
        f"-d ln p/d ln|ẇ| → {', '.join(map(str, exponents))} for m = 1 to 6 as x1 → x̄, for any smooth p(x1) > 0",
        "proof",
    )


def equation_9_5() -> Finding:
    """k_w = (m - 1)/m is the local exponent of (x1 - x̄)^m, and what values m = 1, 2, … give."""
    m = sp.Symbol("m", positive=True)
    holds, method = identical(local_exponent((X1 - X_BAR) ** m), (m - 1) / m)
    values = [sp.Rational(number - 1, number) for number in _POWERS]
    return Finding(
        holds,
        f"v·v″/v′² of (x1 - x̄)^m is (m - 1)/m: {', '.join(map(str, values))}, … < 1; of the exact {{0, 1/2, 2}} it "
        "reaches 0 and 1/2",
        method,
    )


def equation_9_6() -> Finding:
    """The composition: linear for n = 1, quadratic for n = 2 (Eqs. 7.5, 7.8), the quartic loss and ReLU for n = 4."""
    degrees = [sp.degree(sp.expand(_H.subs(_N, n)), Y) for n in (1, 2)]
    used, _ = all_identical(
        *((piece_at(composition(RELU, QUARTIC).H[x2], 1), _H.subs({_N: 4, C2: 1, C1: -x2})) for x2 in LABELS)
    )
    return definition(
        degrees == [1, 2] and used,
        (
            "n = 1 and 2 are Eqs. 7.5 and 7.8, and n = 4, c1 = -x2, c2 = 1 is what the library composes "
            "of ReLU and the quartic loss"
        ),
    )


def equation_9_7() -> Finding:
    """h = dH/dy."""
    holds, method = identical(_H.diff(Y), _N * C2 * (Y + C1) ** (_N - 1))
    return Finding(holds, "derivative of Eq. 9.6", method)


def _h() -> sp.Expr:
    return _N * C2 * (Y + C1) ** (_N - 1)


def equation_9_8() -> Finding:
    """x1·h split into two powers of y + c1, and ∝ with the factor -γ."""
    left = _h() * (Y - B) / W
    right = _N * C2 / W * (Y + C1) ** _N - _N * C2 * (B + C1) / W * (Y + C1) ** (_N - 1)
    common = (Y + C1) ** (_N - 1)
    split, method = identical(sp.powsimp(left / common), sp.powsimp(sp.expand(right / common)))
    split_each = all(sp.expand((left - right).subs(_N, n)) == 0 for n in _POWERS)
    factor = sp.simplify(kick(_H)[0] / left.subs(Y, Y_OF_X1))
    return Finding(
        split and split_each and factor == -GAMMA,
        f"y - b = (y + c1) - (b + c1); also expanded for n = 1 to 6; ẇ is {spelled(factor)} times it",
        method,
    )


def _exact(n: int) -> sp.Expr:
    """ẇ of Eq. 9.6 with b + c1 = -w·x̄."""
    return kick(_H.subs(_N, n))[0].subs(B, -C1 - W * X_BAR)


def _far(n: int) -> sp.Expr:
    """The right-hand side of Eq. 9.9."""
    return n * C2 * W ** (n - 1) * (X1 - X_BAR) ** n


def _near(n: int) -> sp.Expr:
    """The right-hand side of Eq. 9.10, with b + c1 = -w·x̄."""
    return -n * C2 * (-W * X_BAR) * W ** (n - 2) * (X1 - X_BAR) ** (n - 1)


def _limits(right: str, variable: sp.Symbol, value: sp.Expr) -> set[sp.Expr]:
    """The limits of ẇ over a right-hand side, n = 2 to 6."""
    side = _far if right == "far" else _near
    return {limit(_exact(n) / side(n), (variable, value)) for n in range(2, 7)}


def equation_9_9() -> Finding:
    """The limit of ẇ over the right-hand side as |x1| ≫ |x̄|, and the error at |x1| = M·|x̄|."""
    limits = _limits("far", X1, sp.oo) | _limits("far", X1, -sp.oo)
    error = max(
        relative_error(-GAMMA * _far(4), _exact(4), {X1: side * _M, X_BAR: 1, W: 1, C2: 1, GAMMA: 1})
        for side in (1, -1)
    )
    return Finding(
        limits == {sp.Integer(1)},
        f"ẇ/(right-hand side) → {spelled(limits)} as |x1|/|x̄| → ∞, n = 2 to 6: the power of w and the "
        f"condition are right, the factor -γ is missing (Eq. 9.8 has ∝, Eq. 9.15 has it); at |x1| = {_M}|x̄| the "
        f"mended form is off by {error:.0%}",
        "proof",
        mended=limits == {-GAMMA},
        right_form="ẇ ≈ -γn·c2·w^(n-1)·(x1 - x̄)^n when |x1| ≫ |(b + c1)/w|",
        value=error,
    )


def equation_9_10() -> Finding:
    """The limit of ẇ over the right-hand side as |x1| ≪ |x̄|, as printed, and as |x1 - x̄| ≪ |x̄|."""
    printed = _limits("near", X1, sp.Integer(0))
    close = _limits("near", X1, X_BAR)
    error = relative_error(-GAMMA * _near(4), _exact(4), {X1: 1 - sp.Rational(1, _M), X_BAR: 1, W: 1, C2: 1, GAMMA: 1})
    return Finding(
        printed == {sp.Integer(1)},
        f"ẇ/(right-hand side) → {spelled(printed)} as x1/x̄ → 0, where ẇ ∝ x1 itself vanishes; → "
        f"{spelled(close)} as x1 → x̄, n = 2 to 6: the power of w is right, the condition is not and the "
        f"factor -γ is missing; at |x1 - x̄| = |x̄|/{_M} the mended form is off by up to {error:.0%}",
        "proof",
        mended=close == {-GAMMA},
        right_form="ẇ ≈ γn·c2·(b + c1)·w^(n-2)·(x1 - x̄)^(n-1) when |x1 - x̄| ≪ |x̄|, x̄ = -(b + c1)/w",
        value=error,
    )


def equation_9_11() -> Finding:
    """With ReLU the loss takes the form of Eq. 9.6, n = 2m, c1 = -x2, where y > 0 (m = 1, 2, 3); m = 1 is Eq. 8.25."""
    forms, _ = all_identical(
        *(
            (piece_at(composition(RELU, power_law_loss(m)).H[x2], 1), _H.subs({_N: 2 * m, C2: 1, C1: -x2}))
            for m in (1, 2, 3)
            for x2 in LABELS
        )
    )
    squared, _ = identical(((F - X2) ** (2 * sp.Symbol("m"))).subs(sp.Symbol("m"), 1), (F - X2) ** 2)
    return definition(
        forms and squared,
        "m = 1 is Eq. 8.25; composed by the library with ReLU it is (y - x2)^(2m) for y > 0, m = 1, 2, 3",
    )


def equation_9_12() -> Finding:
    """ReLU is linear for y > 0, and no kick occurs for y < 0."""
    pieces = [piece_at(composition(RELU, QUARTIC).f, y) for y in (1, -1)]
    dead = [piece_at(H, -1).diff(Y) for H in composition(RELU, QUARTIC).H]
    return Finding(
        pieces == [Y, sp.Integer(0)] and dead == [0, 0],
        f"f = {pieces[0]} for y > 0; for y < 0 it is {pieces[1]} and dH/dy = 0",
        "proof",
    )


def _power_law_limits(right: str, variable: sp.Symbol, value: sp.Expr) -> set[sp.Expr]:
    """The limits of ẇ of H = (y - x2)⁴ over -γ times the right-hand sides of Eqs. 9.9, 9.10."""
    exact = kick(_H_QUARTIC)[0].subs(B, X2 - W * X_BAR)
    side = (_far if right == "far" else _near)(4).subs(C2, 1)
    return {limit(exact / (-GAMMA * side), (variable, value))}


def equation_9_13() -> Finding:
    """|x1| ≫ |(b - x2)/w| makes Eq. 9.9 hold for c1 = -x2, n = 4 (with its factor -γ)."""
    limits = _power_law_limits("far", X1, sp.oo) | _power_law_limits("far", X1, -sp.oo)
    point, _ = identical(sp.solve(_Y_LESS_X2, X1)[0], -(B - X2) / W)
    return Finding(
        limits == {sp.Integer(1)} and point,
        f"x̄ = -(b - x2)/w; ẇ over -γ times Eq. 9.9's right-hand side → {spelled(limits)} as |x1|/|x̄| → ∞",
        "proof",
    )


def equation_9_14() -> Finding:
    """|x1| ≪ |(b - x2)/w| against |x1 - x̄| ≪ |x̄| for Eq. 9.10, c1 = -x2, n = 4 (with its factor -γ)."""
    printed = _power_law_limits("near", X1, sp.Integer(0))
    close = _power_law_limits("near", X1, X_BAR)
    return Finding(
        printed == {sp.Integer(1)},
        f"ẇ over -γ times Eq. 9.10's right-hand side → {spelled(printed)} as x1/x̄ → 0, as printed, and → "
        f"{spelled(close)} as x1 → x̄",
        "proof",
        mended=close == {sp.Integer(1)},
        right_form="|x1 - x̄| ≪ |x̄|, x̄ = (x2 - b)/w",
    )


def _quartic_q_dot() -> sp.Expr:
    """|q̇| of the quartic loss with b = x2 - w·x̄."""
    return q_dot(_H_QUARTIC).subs(B, X2 - W * X_BAR)


def equation_9_15() -> Finding:
    """The first regime of the quartic loss: ḃ for both classes, its relation to ẇ, and the exponent 3/4."""
    w_dot, b_dot = kick(_H_QUARTIC)
    plus = Y_OF_X1 + X2
    sign = {x2: identical(b_dot.subs(X2, x2), (-4 * GAMMA * plus**3).subs(X2, x2))[0] for x2 in LABELS}
    leading = -4 * GAMMA / W * _Y_LESS_X2**4
    related = {x2: identical((leading / (W * _Y_LESS_X2)).subs(X2, x2), b_dot.subs(X2, x2))[0] for x2 in LABELS}
    mended_b, method = identical(b_dot, -4 * GAMMA * _Y_LESS_X2**3)
    mended_ratio, _ = identical(W * leading / _Y_LESS_X2, b_dot)
    first = asymptotic(w_dot, leading, (X1, sp.oo))
    exponent = limit(sp.simplify(local_exponent(_quartic_q_dot())), (X1, sp.oo))
    return Finding(
        all(sign.values()) and all(related.values()) and exponent == sp.Rational(3, 4),
        f"ḃ = -4γ(y + x2)³ for x2 = 0, 1: {spelled(sign.values())} (y - x2 is right); ḃ = ẇ/(w(y ∓ x2)): "
        f"{spelled(related.values())}, as ẇ ≈ -(4γ/w)(y - x2)⁴ is (y - x2)/w times ḃ, not w(y - x2) times. The "
        f"exponent 3/4 is right: the exact one → {exponent} as x1 → ∞",
        method,
        mended=mended_b and mended_ratio and first and exponent == sp.Rational(3, 4),
        right_form="ẇ ≈ -(4γ/w)(y - x2)⁴, ḃ = -4γ(y - x2)³ ≈ wẇ/(y - x2), q̇ ∝ ẇ√(1 + w²/(y - x2)²) ≈ ẇ for |x1| ≫ 1",
        value=float(exponent),
    )


def equation_9_16() -> Finding:
    """What |x1 - x̄| ≫ 1/w² and |x1| ≫ 1 make of q̇/|ẇ|; the printed sign of x2."""
    w_dot, b_dot = kick(_H_QUARTIC)
    square = 1 + 1 / X1**2
    ratio, method = identical((w_dot**2 + b_dot**2) / w_dot**2, square)
    q_over_w = sp.sqrt(square)
    size, much = sp.symbols("s M", positive=True)
    # |x1 - x̄| = M/w² with M as large as one likes, x̄ ≪ x1, and w larger still.
    printed = limit(q_over_w.subs(X1, much / size**2), (size, sp.oo))
    mended = tends_to(q_over_w, sp.Integer(1), (X1, sp.oo)) and tends_to(q_over_w, sp.Integer(1), (X1, -sp.oo))
    at_m = float(q_over_w.subs(X1, _M))
    return Finding(
        bool(printed == 1),
        f"q̇/|ẇ| = √(1 + 1/x1²) exactly; at x1 - x̄ = M/w², x̄ ≪ x1, it → {spelled(printed)} as w → ∞, whatever M; → 1 "
        f"just where |x1| ≫ 1 ({at_m:.3f} at |x1| = {_M}); and x̄ has b - x2 in it, not b + x2",
        method,
        mended=ratio and mended,
        right_form="|x1| ≫ 1",
        value=at_m,
    )


def equation_9_17() -> Finding:
    """The second regime of the quartic loss: ẇ, ḃ, q̇ over (y ± x2)³, and the exponent 2/3, as x1 → x̄."""
    w_dot, b_dot = (part.subs(B, X2 - W * X_BAR) for part in kick(_H_QUARTIC))
    plus, minus = ((Y_OF_X1 + sign * X2).subs(B, X2 - W * X_BAR) for sign in (1, -1))
    constant = {}
    for name, cube in (("printed", plus**3), ("mended", minus**3)):
        for x2 in LABELS:
            ratios = [limit((part / cube).subs(X2, x2), (X1, X_BAR)) for part in (w_dot, b_dot)]
            constant[name, x2] = all(
                r.is_finite is not False and not r.has(X1, sp.oo, sp.zoo) and r != 0 for r in ratios
            )
    printed_limit = limit(w_dot / b_dot, (X1, sp.Integer(0)))
    exponent = limit(sp.simplify(local_exponent(_quartic_q_dot())), (X1, X_BAR))
    return Finding(
        all(constant["printed", x2] for x2 in LABELS) and printed_limit != 0,
        f"ẇ and ḃ ∝ (y + x2)³ as x1 → x̄ for x2 = 0, 1: {spelled(constant['printed', x2] for x2 in LABELS)}; ∝ (y - "
        f"x2)³: {spelled(constant['mended', x2] for x2 in LABELS)}. Under Eq. 9.14 as printed ẇ/ḃ → {printed_limit}, "
        f"so that they are not proportional. The exponent is right: → {exponent} as x1 → x̄",
        "proof",
        mended=all(constant["mended", x2] for x2 in LABELS) and exponent == sp.Rational(2, 3),
        right_form="ẇ ∝ ḃ ∝ (y - x2)³, q̇ ∝ (w·x1 + b - x2)³, |dx1/dq̇| ∝ q̇^(-2/3), for |x1 - x̄| ≪ |x̄|",
        value=float(exponent),
    )
