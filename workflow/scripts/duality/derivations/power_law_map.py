"""Sec. 7: for which exponents the map from x1 to ẇ can be a power law, with one composition H(y) for all w and b.

Where a step holds for all functions A(b), B(b), C(b), these are left open.
"""

import sympy as sp

from duality.derivations.vocabulary import (
    A_MAP,
    B_MAP,
    C1,
    C2,
    C3,
    C_MAP,
    GAMMA,
    PAPER_COMPOSITIONS,
    PAPER_EXPONENTS,
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
)
from duality.formulas.notation import spelled
from duality.formulas.stable import Y
from duality.theory.proof import all_identical, identical
from duality.verdicts import Finding

A_OPEN, B_OPEN, C_OPEN = (sp.Function(name, real=True)(W, B) for name in "ABC")  # of Eq. 7.2
a = sp.Symbol("a", real=True)  # of Eqs. 7.11-7.13


def _right_side(exponent: sp.Expr) -> sp.Expr:
    """(A·y + B)^exponent + C, the right side of Eq. 7.2, A, B and C open functions of w and b."""
    return (A_OPEN * Y + B_OPEN) ** exponent + C_OPEN


def equation_7_1() -> Finding:
    """ẇ = (A·x1 + B)^(1/(1-k)) has |dẇ/dx1| ∝ ẇ^k: its local exponent ẇ·ẇ″/ẇ′² is k for all x1."""
    w_dot = (A_MAP * X1 + B_MAP) ** POWER
    same, method = identical(local_exponent(w_dot), K)
    return Finding(
        same,
        "its local exponent is k_w for all x1; an additive constant, which (6.1) with B ≠ 0 asks for, is missing "
        "here and comes back as the C of (7.2)",
        method,
    )


def equation_7_2() -> Finding:
    """(7.1) and (6.4) give K·(A·y + B)^(1/(1-k)) + C with K = -w/γ: can a real A, B absorb K?"""
    factor = W_POSITIVE / GAMMA
    slope = sp.Symbol("A", real=True, nonzero=True)
    # k = 1/2: the coefficient of y² should be the square of a real number.
    leading = sp.expand(-factor * (slope * (Y - B) / W_POSITIVE + B_MAP) ** 2).coeff(Y, 2)
    # With the sign kept, |K| goes into A and B; the additive constant that (7.1) lacks gives C.
    u = sp.Symbol("u", positive=True)  # A·x1 + B, linear in y
    w_dot = u**POWER + C_MAP
    mended, method = identical(-factor * w_dot, -((factor ** (1 / POWER) * u) ** POWER) - factor * C_MAP)
    return Finding(
        not leading.is_negative,
        f"(y-b)·H′ = -(w/γ)·ẇ: for k_w = 1/2 and w > 0 the coefficient of y² is {spelled(leading)}, no square of a "
        "real A; the derivations that follow hold for complex A and B too, and no result depends on it",
        method,
        mended=mended,
        right_form="(y - b)·∂H/∂y = ±(A·y + B)^(1/(1-k_w)) + C with the sign of -w",
    )


def _integrates(H: sp.Expr, exponent: int) -> tuple[bool, str]:
    """Whether (y - b)·dH/dy is (A·y + B)^exponent + C."""
    return identical((Y - B) * H.diff(Y), _right_side(sp.Integer(exponent)))


_H_OF_7_3 = (A_OPEN * B + B_OPEN + C_OPEN) * sp.log(Y - B) + A_OPEN * Y
_H_OF_7_6 = (A_OPEN**2 * B**2 + 2 * A_OPEN * B * B_OPEN + B_OPEN**2 + C_OPEN) * sp.log(Y - B) + A_OPEN * Y * (
    2 * B_OPEN + A_OPEN * (B + Y / 2)
)


def equation_7_3() -> Finding:
    """k_w = 0: the integral of (7.2), differentiated back."""
    same, method = _integrates(_H_OF_7_3, 1)
    return Finding(same, "differentiated, it gives back (7.2) with k_w = 0", method)


def equation_7_6() -> Finding:
    """k_w = 1/2: the integral of (7.2), differentiated back."""
    same, method = _integrates(_H_OF_7_6, 2)
    return Finding(same, "differentiated, it gives back (7.2) with k_w = 1/2", method)


def _polynomial_part(H: sp.Expr, S: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """The coefficients of y and y² in H = S·log(y - b) + polynomial."""
    polynomial = sp.Poly(sp.expand(H - S * sp.log(Y - B)), Y)
    return polynomial.coeff_monomial(Y), polynomial.coeff_monomial(Y**2)


def _independent() -> bool:
    """Whether 1, y, y², log(y - b) and 1/(y - b) are linearly independent functions of y."""
    functions = [sp.Integer(1), Y, Y**2, sp.log(Y - B), 1 / (Y - B)]
    return bool(sp.simplify(sp.wronskian(functions, Y)) != 0)


def equation_7_4() -> Finding:
    """(7.3) does not depend on b just if A = const and A·b + B + C = 0."""
    S = A_OPEN * B + B_OPEN + C_OPEN
    of_y, of_y2 = _polynomial_part(_H_OF_7_3, S)
    same, method = all_identical((of_y, A_OPEN), (of_y2, sp.Integer(0)))
    # dH/db = S_b·log(y - b) - S/(y - b) + A_b·y must be a function of b alone.
    derivative, _ = identical(_H_OF_7_3.diff(B), S.diff(B) * sp.log(Y - B) - S / (Y - B) + A_OPEN.diff(B) * Y)
    return Finding(
        same and derivative and _independent(),
        "∂H/∂b = S_b·log(y-b) - S/(y-b) + A_b·y with S = A·b + B + C; the Wronskian of 1, y, y², log(y-b), 1/(y-b) "
        "is not zero, so S = 0 and A_b = 0: the conditions are sufficient and necessary",
        method,
    )


def equation_7_5() -> Finding:
    """A linear H solves (7.2) with k_w = 0 for all w and b, and gives dẇ/dx1 = const."""
    H = PAPER_COMPOSITIONS["linear"]
    same, method = all_identical(
        ((Y - B) * H.diff(Y), C1 * Y - C1 * B),
        (kick(H)[0].diff(X1), -GAMMA * C1),
    )
    return Finding(
        same,
        "A = c1 and B + C = -c1·b meet (7.4); dẇ/dx1 = -γ·c1, exactly; k_w = 0 is outside the k_w > 0 of (6.1)",
        method,
    )


def equation_7_7() -> Finding:
    """(7.6) does not depend on b just if A = const, (A·b + B)² + C = 0 and 2B + A·b = const."""
    S = A_OPEN**2 * B**2 + 2 * A_OPEN * B * B_OPEN + B_OPEN**2 + C_OPEN
    of_y, of_y2 = _polynomial_part(_H_OF_7_6, S)
    same, method = all_identical((of_y2, A_OPEN**2 / 2), (of_y, A_OPEN * (2 * B_OPEN + A_OPEN * B)))
    return Finding(
        same and _independent(),
        "the coefficients of y², y and log(y-b) are A²/2, A·(2B + A·b) and (A·b + B)² + C: the first two must be "
        "constant, the last zero",
        method,
    )


def equation_7_8() -> Finding:
    """A quadratic H solves (7.2) with k_w = 1/2 for all w and b, and gives (dẇ/dx1)² linear in ẇ."""
    H = PAPER_COMPOSITIONS["quadratic"]
    root = sp.sqrt(2 * C1)
    half = (C2 - 2 * C1 * B) / (2 * root)  # B, of A = √(2·c1)
    w_dot = kick(H)[0]
    slope = w_dot.diff(X1)
    same, method = all_identical(
        ((Y - B) * H.diff(Y), (root * Y + half) ** 2 - (root * B + half) ** 2),
        (2 * half + root * B, C2 / root),
        (slope**2, -8 * GAMMA * C1 * W * w_dot + slope.subs(X1, 0) ** 2),
    )
    return Finding(
        same,
        "A = √(2·c1) meets (7.7) with 2B + A·b = c2/A; (dẇ/dx1)² = -8γ·c1·w·ẇ + γ²(2·c1·b + c2)², so k_w = 1/2 "
        "holds exactly in the form (A·ẇ + B)^(1/2), and as ẇ^(1/2) only where the second term is small",
        method,
    )


def _second_derivatives() -> tuple[sp.Expr, sp.Expr]:
    """The left sides of the unnumbered system before Eq. 7.9, as printed."""
    base = A_OPEN * Y + B_OPEN
    of_w, of_b, of_bb = (A_OPEN.diff(*q) * Y + B_OPEN.diff(*q) for q in ((W,), (B,), (B, B)))
    first = POWER * base ** (K / (1 - K)) * of_w + C_OPEN.diff(W)
    bracket = K / (1 - K) * of_b**2 + base * of_bb
    second = POWER * base ** ((2 * K - 1) / (1 - K)) * bracket + C_OPEN.diff(B, 2)
    return first, second


def _open(expression: sp.Expr) -> sp.Expr:
    """Functions and their derivatives as independent symbols, so that identities in them can be checked by numbers."""
    atoms = [*sorted(expression.atoms(sp.Derivative), key=str), A_OPEN, B_OPEN, C_OPEN]
    return expression.xreplace({atom: sp.Symbol(f"s_{index}", positive=True) for index, atom in enumerate(atoms)})


def statement_second_derivatives() -> Finding:
    """The system before (7.9): (7.2) differentiated once in w and twice in b at fixed y."""
    first, second = _second_derivatives()
    difference = (Y - B) * sp.Function("h")(Y) - _right_side(POWER)
    p = sp.Symbol("p", positive=True)  # 1/(1 - k)
    same, method = all_identical(
        *(
            (sp.simplify(_open(expression).subs(K, 1 - 1 / p)), sp.Integer(0))
            for expression in (difference.diff(W) + first, difference.diff(B, 2) + second)
        )
    )
    return Finding(same, "the left side (y-b)·H′ drops out: it is free of w and linear in b", method)


def equation_7_9() -> Finding:
    """They follow from the system before: its terms cannot cancel for all y, and the bracket is as printed."""
    A_b, B_b, A_bb, B_bb = sp.symbols("A_b B_b A_bb B_bb")
    bracket = K / (1 - K) * (A_b * Y + B_b) ** 2 + (A_MAP * Y + B_MAP) * (A_bb * Y + B_bb)
    printed = K / (1 - K) * A_b**2 * (Y + B_b / A_b) ** 2 + A_MAP * A_bb * (Y + B_MAP / A_MAP) * (Y + B_bb / A_bb)
    same, method = identical(bracket, printed)
    # (A·y + B)^s times a polynomial of degree d is a constant other than 0 only if s = -d' for some d' ≤ d.
    cancelling = {
        solution
        for power, degree in ((K / (1 - K), 1), ((2 * K - 1) / (1 - K), 2))
        for lower in range(degree + 1)
        for solution in sp.solve(sp.Eq(power, -lower), K)
    }
    excluded = cancelling <= {sp.Integer(0), sp.Rational(1, 2)}
    # A_b = 0 would divide by zero in (7.9): the bracket then is k/(1-k)·B_b² + (A·y + B)·B_bb.
    special = sp.solve(sp.Poly(bracket.subs({A_b: 0, A_bb: 0}), Y).coeffs(), [B_b, B_bb], dict=True)
    constant = special == [{B_b: 0, B_bb: 0}]
    return Finding(
        same and excluded and constant,
        f"C_w and C_bb could only be cancelled for k_w in {sorted(cancelling)}, which are the other cases; the bracket "
        "is as printed; where (7.9) divides by A_b = 0, B is constant too, and (7.2) then has linear solutions only",
        method,
    )


def equation_7_10() -> Finding:
    """α(y + r)² + β(y + s)(y + t) = 0 for all y just if α + β = 0 and r = s = t (unless α = β = 0)."""
    alpha, beta = sp.symbols("alpha beta", nonzero=True)
    r, s, t = sp.symbols("r s t", real=True)
    polynomial = sp.Poly(alpha * (Y + r) ** 2 + beta * (Y + s) * (Y + t), Y)
    leading, *others = polynomial.coeffs()
    reduced = [sp.cancel(other.subs(beta, -alpha) / alpha) for other in others]  # 2r - s - t, r² - st
    sufficient = all(sp.simplify(other.subs({s: r, t: r})) == 0 for other in reduced)
    # The discriminant of (y + r)² vanishes, so that of (y + s)(y + t) must: (s - t)² = 0.
    discriminant = sp.expand((reduced[0] - 2 * r) ** 2 / 4 + reduced[1] - r**2)
    necessary, method = identical(discriminant, (s - t) ** 2 / 4)
    return Finding(
        sufficient and necessary and leading == alpha + beta,
        "the coefficient of y² gives the second equation; the others r = (s+t)/2 and r² = st, so (s-t)² = 0 and "
        "r = s = t",
        method,
    )


# Eq. 7.11
_A_OF_B = C2 * (POWER * B + C1) ** (1 - K)


def equation_7_11() -> Finding:
    """A(b) solves the second equation of (7.10), and B = a·A the first; the general solution has no more constants."""
    ode = K / (1 - K) * _A_OF_B.diff(B) ** 2 + _A_OF_B * _A_OF_B.diff(B, 2)
    same, method = identical(ode / _A_OF_B**2, sp.Integer(0))
    B_of_b = a * _A_OF_B
    ratios, _ = all_identical(
        (B_of_b / _A_OF_B, a),
        (B_of_b.diff(B) / _A_OF_B.diff(B), a),
        (B_of_b.diff(B, 2) / _A_OF_B.diff(B, 2), a),
    )
    # k/(1-k)·A_b² + A·A_bb = (1-k)·A^(2-1/(1-k))·(A^(1/(1-k)))_bb: A^(1/(1-k)) is linear in b, two constants.
    open_A = sp.Symbol("A_of_b", positive=True)
    first, second = sp.symbols("A_b A_bb", real=True)
    power_bb = POWER * (POWER - 1) * open_A ** (POWER - 2) * first**2 + POWER * open_A ** (POWER - 1) * second
    general, _ = identical(K / (1 - K) * first**2 + open_A * second, (1 - K) * open_A ** (2 - POWER) * power_bb)
    return Finding(
        same and ratios and general,
        "put into (7.10) it gives zero; the equation says that A^(1/(1-k_w)) is linear in b, so this is the "
        "general solution",
        method,
    )


def _C(exponent_of_c2: sp.Expr) -> sp.Expr:
    """C of Eq. 7.12 with a given exponent of c2."""
    return -(C2**exponent_of_c2) * (POWER * B + C1) * (B + a) ** POWER


def equation_7_12() -> Finding:
    """(7.2) at y = b: C = -(A·b + B)^(1/(1-k)), with A and B of (7.11)."""
    p = sp.Symbol("p", real=True, nonzero=True)  # 1/(1 - k)
    bracket, factor, shifted = sp.symbols("v c2 b_plus_a", positive=True)  # b/(1-k) + c1, c2 and b + a
    exact = -((factor * bracket ** (1 / p) * shifted) ** p)

    def with_exponent(exponent_of_c2: sp.Expr) -> sp.Expr:
        return -(factor**exponent_of_c2) * bracket * shifted**p

    printed, _ = identical(exact, with_exponent(1 / p))
    mended, method = identical(exact, with_exponent(p))
    at_2, _ = identical(_C(1 - K).subs(K, 2), _C(POWER).subs(K, 2))
    return Finding(
        printed,
        "A·b + B = c2·(b/(1-k) + c1)^(1-k)·(b + a), and the power 1/(1-k) acts on c2 as well; at k_w = 2 the two "
        f"exponents of c2 are {'equal' if at_2 else 'different'}, so that what follows "
        f"{'is unaffected' if at_2 else 'changes'}",
        method,
        mended=mended,
        right_form="C = -c2^(1/(1-k_w))·(b/(1-k_w) + c1)·(b+a)^(1/(1-k_w))",
    )


def statement_only_k_2() -> Finding:
    """C_bb = 0 only for k_w = 2 and c1 = -a; then C = 1/c2 and A = -c2/(b + a)."""
    p = sp.Symbol("p", nonzero=True)  # 1/(1 - k)
    C_of_b = (p * B + C1) * (B + a) ** p
    reduced = sp.Poly(sp.expand(sp.simplify(C_of_b.diff(B, 2) / (B + a) ** (p - 2))), B)
    solutions = sp.solve(reduced.coeffs(), [p, C1], dict=True)
    found = {(sp.solve(sp.Eq(POWER, solution[p]), K)[0], sp.simplify(solution[C1])) for solution in solutions}
    at_2 = {K: 2, C1: -a}
    same, method = all_identical((_C(POWER).subs(at_2), 1 / C2), (_A_OF_B.subs(at_2), -C2 / (B + a)))
    return Finding(
        found == {(sp.Integer(2), -a)} and same,
        f"C_bb = 0 for all b has the solutions (k_w, c1) = {spelled(found)} with 1/(1-k_w) ≠ 0; C and A "
        "there are as printed",
        method,
    )


def equation_7_13() -> Finding:
    """Integrating (7.2) with A = -c2/(b+a), B = a·A, C = 1/c2, k_w = 2 gives a logarithm of a linear function of y."""
    A_2, C_2 = -C2 / (B + a), 1 / C2
    h = ((A_2 * Y + a * A_2) ** -1 + C_2) / (Y - B)
    same, method = identical((sp.log(Y + a) / C2).diff(Y), h)
    free, _ = identical(sp.simplify(h).diff(B), sp.Integer(0))
    form = PAPER_COMPOSITIONS["logarithmic"].subs({C1: 1 / C2, C2: a, C3: 1}, simultaneous=True)
    printed, _ = identical(form.diff(Y), h)
    return Finding(
        same and free and printed,
        "H = log(y + a)/c2 + const, which is the printed form, and it does not depend on b; the constants should "
        "be listed as c1, c2, c3, c4",
        method,
    )


def statement_logarithm_no_solution() -> Finding:
    """Whether the logarithm (7.13) is no solution of (7.2)."""
    H = PAPER_COMPOSITIONS["logarithmic"]
    at_b = C2 + C3 * B
    A_log, B_log, C_log = -C3 / (C1 * at_b), -C2 / (C1 * at_b), C1
    solves, method = identical((Y - B) * H.diff(Y), (A_log * Y + B_log) ** -1 + C_log)
    conditions = all(e.diff(W) == 0 for e in (A_log, B_log, C_log)) and C_log.diff(B) == 0
    # And Eq. 6.1: dẇ/dx1 is a constant times the square of ẇ less a constant.
    w_dot = kick(H)[0]
    limit = -GAMMA * C1 / W
    squared, _ = identical(w_dot.diff(X1) / (w_dot - limit) ** 2, -C3 * W**2 / (GAMMA * C1 * at_b))
    return Finding(
        not solves,
        "put into (7.2) with k_w = 2, A = -c3/(c1·(c2 + c3·b)), B = A·c2/c3, C = c1 it is solved for all y, w and b"
        if solves
        else "it does not solve (7.2) with k_w = 2",
        method,
        mended=solves and conditions and squared,
        right_form="(7.13) is an exact solution of (7.2), with k_w = 2: |dẇ/dx1| ∝ (ẇ + γ·c1/w)²",
    )


def statement_weight_exponents() -> Finding:
    """k_w = 0, 1/2, 1 for linear, quadratic, exponential H: from ẇ = -γ·x1·h(y), in the form of (6.1)."""
    w_dots = {name: kick(H)[0] for name, H in PAPER_COMPOSITIONS.items()}
    found = {name: shifted_exponent(w_dot) for name, w_dot in w_dots.items()}
    z = sp.Symbol("z", real=True)  # c1·w·x1
    local = sp.simplify(local_exponent(w_dots["exponential"]).subs(X1, z / (C1 * W)))
    limits = {sp.limit(local, z, end) for end in (sp.oo, -sp.oo)}
    form, method = identical(local, 1 - 1 / (1 + z) ** 2)
    printed = found["linear"] == 0 and found["quadratic"] == sp.Rational(1, 2) and limits == {sp.Integer(1)} and form
    return Finding(
        printed,
        f"linear {found['linear']} and quadratic {found['quadratic']}, exact in the form (A·ẇ + B)^k_w; exponential "
        f"1 as the limit of 1 - 1/(1 + c1·w·x1)²; the logarithm, left out, has {found['logarithmic']}, exact",
        method,
    )


def statement_bias_exponents() -> Finding:
    """k_b = 0, 1, 2 for quadratic, exponential, logarithmic H: the calculation for ḃ = -γ·h(y), not in the paper."""
    same, method = all_identical(
        *((local_exponent(kick(PAPER_COMPOSITIONS[name])[1]), sp.Integer(k_b)) for name, k_b in PAPER_EXPONENTS.items())
    )
    # As in (7.2), now without the factor x1: h = (A·y + B)^(1/(1-k)) + C is free of b for constant A, B, C and any k.
    any_k, _ = identical(local_exponent((A_MAP * Y_OF_X1 + B_MAP) ** POWER), K)
    return Finding(
        same,
        "ḃ·ḃ″/ḃ′² is 0, 1, 2 for all x1, w, b: exact, with no condition on x1; the analogue of (7.2) has no factor "
        f"(y-b), so {'every' if any_k else 'not every'} k_b has its composition, not just these",
        method,
    )
