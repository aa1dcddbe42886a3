"""Sec. 7: for which exponents the map from x1 to ẇ can be a power law, with one composition H(y) for all w and b.

Where a step holds for all functions A(b), B(b), C(b), these are left open.
"""

import sympy as sp

from duality.derivations.toy_model import GAMMA_SYMBOL, X1
from duality.formulas.stable import Y
from duality.theory.proof import all_identical, identical
from duality.verdicts import Finding

W, B_EQ = sp.Symbol("w", positive=True), sp.Symbol("b", real=True)  # the equilibrium; B is taken by Eq. 6.1
K = sp.Symbol("k_w", real=True)
P = 1 / (1 - K)
U = sp.Symbol("u", positive=True)  # y - b
A, B, C = (sp.Function(name, real=True)(W, B_EQ) for name in "ABC")
A0, B0, C0 = sp.symbols("A B C", real=True)
c1, c2, c3, c4, a = sp.symbols("c1 c2 c3 c4 a", real=True)

PAPER_COMPOSITIONS = {
    "linear": c1 * Y + c2,  # Eq. 7.5
    "quadratic": c1 * Y**2 + c2 * Y + c3,  # Eq. 7.8
    "exponential": sp.exp(c1 * Y + c2),  # Eq. 6.8
    "logarithmic": c1 * sp.log(c2 + c3 * Y) + c4,  # Eq. 7.13
}
PAPER_EXPONENTS = {"quadratic": 0, "exponential": 1, "logarithmic": 2}  # k_b, the last sentence of Sec. 7


def local_exponent(step: sp.Expr) -> sp.Expr:
    """d ln|dẇ/dx1| / d ln|ẇ| = ẇ·ẇ″/ẇ′²."""
    return sp.simplify(step * step.diff(X1, 2) / step.diff(X1) ** 2)


def shifted_exponent(step: sp.Expr) -> sp.Expr | None:
    """The k of |dẇ/dx1| = |A·ẇ + B|^k with constant A and B, or None if there is none.

    With L = ẇ′/ẇ″·ẇ′ = (ẇ + B/A)/k: dL/dẇ = (dL/dx1)/ẇ′ is 1/k just if such k, A and B exist. 0 if ẇ″ = 0.
    """
    first, second = step.diff(X1), sp.simplify(step.diff(X1, 2))
    if second == 0:
        return sp.Integer(0)
    inverse = sp.simplify((first**2 / second).diff(X1) / first)
    return 1 / inverse if not inverse.has(X1) and inverse != 0 else None


def right_side(exponent: sp.Expr) -> sp.Expr:
    """(A·y + B)^exponent + C, the right side of Eq. 7.2, A, B and C open functions of w and b."""
    return (A * Y + B) ** exponent + C


def equation_7_1() -> Finding:
    """ẇ = (A·x1 + B)^(1/(1-k)) has |dẇ/dx1| ∝ ẇ^k: its local exponent ẇ·ẇ″/ẇ′² is k for all x1."""
    w_dot = (A0 * X1 + B0) ** P
    same, method = identical(w_dot * w_dot.diff(X1, 2) / w_dot.diff(X1) ** 2, K)
    return Finding(
        same,
        "its local exponent is k_w for all x1; an additive constant, which (6.1) with B ≠ 0 asks for, is missing "
        "here and comes back as the C of (7.2)",
        method,
    )


def equation_7_2() -> Finding:
    """(7.1) and (6.4) give K·(A·y + B)^(1/(1-k)) + C with K = -w/γ: can a real A, B absorb K?"""
    factor = W / GAMMA_SYMBOL
    slope = sp.Symbol("A", real=True, nonzero=True)
    # k = 1/2: the coefficient of y² should be the square of a real number.
    leading = sp.expand(-factor * (slope * (Y - B_EQ) / W + B0) ** 2).coeff(Y, 2)
    # With the sign kept, |K| goes into A and B; the additive constant that (7.1) lacks gives C.
    w_dot = U**P + C0  # u = A·x1 + B, linear in y
    mended, method = identical(-factor * w_dot, -((factor ** (1 / P) * U) ** P) - factor * C0)
    return Finding(
        bool(leading.is_positive),
        f"(y-b)·H′ = -(w/γ)·ẇ: for k_w = 1/2 and w > 0 the coefficient of y² is {leading}, no square of a real A; the "
        "derivations that follow hold for complex A and B too, and no result depends on it",
        method,
        mended=mended,
        right_form="(y - b)·∂H/∂y = ±(A·y + B)^(1/(1-k_w)) + C with the sign of -w",
    )


def _integrates(H: sp.Expr, exponent: int) -> tuple[bool, str]:
    """Whether (y - b)·dH/dy is (A·y + B)^exponent + C."""
    return identical((Y - B_EQ) * H.diff(Y), right_side(sp.Integer(exponent)))


H_OF_7_3 = (A * B_EQ + B + C) * sp.log(Y - B_EQ) + A * Y
H_OF_7_6 = (A**2 * B_EQ**2 + 2 * A * B_EQ * B + B**2 + C) * sp.log(Y - B_EQ) + A * Y * (2 * B + A * (B_EQ + Y / 2))


def equation_7_3() -> Finding:
    """k_w = 0: the integral of (7.2), differentiated back."""
    same, method = _integrates(H_OF_7_3, 1)
    return Finding(same, "differentiated, it gives back (7.2) with k_w = 0", method)


def equation_7_6() -> Finding:
    """k_w = 1/2: the integral of (7.2), differentiated back."""
    same, method = _integrates(H_OF_7_6, 2)
    return Finding(same, "differentiated, it gives back (7.2) with k_w = 1/2", method)


def _polynomial_part(H: sp.Expr, S: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """The coefficients of y and y² in H = S·log(y - b) + polynomial."""
    polynomial = sp.Poly(sp.expand(H - S * sp.log(Y - B_EQ)), Y)
    return polynomial.coeff_monomial(Y), polynomial.coeff_monomial(Y**2)


def _independent() -> bool:
    """Whether 1, y, y², log(y - b) and 1/(y - b) are linearly independent functions of y."""
    functions = [sp.Integer(1), Y, Y**2, sp.log(Y - B_EQ), 1 / (Y - B_EQ)]
    return bool(sp.simplify(sp.wronskian(functions, Y)) != 0)


def equation_7_4() -> Finding:
    """(7.3) does not depend on b just if A = const and A·b + B + C = 0."""
    S = A * B_EQ + B + C
    of_y, of_y2 = _polynomial_part(H_OF_7_3, S)
    same, method = all_identical((of_y, A), (of_y2, sp.Integer(0)))
    # dH/db = S_b·log(y - b) - S/(y - b) + A_b·y must be a function of b alone.
    derivative, _ = identical(H_OF_7_3.diff(B_EQ), S.diff(B_EQ) * sp.log(Y - B_EQ) - S / (Y - B_EQ) + A.diff(B_EQ) * Y)
    return Finding(
        same and derivative and _independent(),
        "∂H/∂b = S_b·log(y-b) - S/(y-b) + A_b·y with S = A·b + B + C; the Wronskian of 1, y, y², log(y-b), 1/(y-b) "
        "is not zero, so S = 0 and A_b = 0: the conditions are sufficient and necessary",
        method,
    )


def equation_7_5() -> Finding:
    """A linear H solves (7.2) with k_w = 0 for all w and b, and gives dẇ/dx1 = const."""
    H = c1 * Y + c2
    same, method = all_identical(
        ((Y - B_EQ) * H.diff(Y), c1 * Y - c1 * B_EQ),
        ((-GAMMA_SYMBOL * X1 * H.diff(Y)).diff(X1), -GAMMA_SYMBOL * c1),
    )
    return Finding(
        same,
        "A = c1 and B + C = -c1·b meet (7.4); dẇ/dx1 = -γ·c1, exactly; k_w = 0 is outside the k_w > 0 of (6.1)",
        method,
    )


def equation_7_7() -> Finding:
    """(7.6) does not depend on b just if A = const, (A·b + B)² + C = 0 and 2B + A·b = const."""
    S = A**2 * B_EQ**2 + 2 * A * B_EQ * B + B**2 + C
    of_y, of_y2 = _polynomial_part(H_OF_7_6, S)
    same, method = all_identical((of_y2, A**2 / 2), (of_y, A * (2 * B + A * B_EQ)))
    return Finding(
        same and _independent(),
        "the coefficients of y², y and log(y-b) are A²/2, A·(2B + A·b) and (A·b + B)² + C: the first two must be "
        "constant, the last zero",
        method,
    )


def equation_7_8() -> Finding:
    """A quadratic H solves (7.2) with k_w = 1/2 for all w and b, and gives (dẇ/dx1)² linear in ẇ."""
    H = c1 * Y**2 + c2 * Y + c3
    root = sp.sqrt(2 * c1)
    half = (c2 - 2 * c1 * B_EQ) / (2 * root)  # B, of A = √(2·c1)
    w_dot = -GAMMA_SYMBOL * X1 * H.diff(Y).subs(Y, W * X1 + B_EQ)
    slope = w_dot.diff(X1)
    same, method = all_identical(
        ((Y - B_EQ) * H.diff(Y), (root * Y + half) ** 2 - (root * B_EQ + half) ** 2),
        (2 * half + root * B_EQ, c2 / root),
        (slope**2, -8 * GAMMA_SYMBOL * c1 * W * w_dot + slope.subs(X1, 0) ** 2),
    )
    return Finding(
        same,
        "A = √(2·c1) meets (7.7) with 2B + A·b = c2/A; (dẇ/dx1)² = -8γ·c1·w·ẇ + γ²(2·c1·b + c2)², so k_w = 1/2 "
        "holds exactly in the form (A·ẇ + B)^(1/2), and as ẇ^(1/2) only where the second term is small",
        method,
    )


def _second_derivatives() -> tuple[sp.Expr, sp.Expr]:
    """The left sides of the unnumbered system before Eq. 7.9, as printed."""
    base = A * Y + B
    first = P * base ** (K / (1 - K)) * (A.diff(W) * Y + B.diff(W)) + C.diff(W)
    second = (
        P * base ** ((2 * K - 1) / (1 - K)) * (
            K / (1 - K) * (A.diff(B_EQ) * Y + B.diff(B_EQ)) ** 2 + base * (A.diff(B_EQ, 2) * Y + B.diff(B_EQ, 2))
        )
        + C.diff(B_EQ, 2)
    )  # fmt: skip
    return first, second


def _open(expression: sp.Expr) -> sp.Expr:
    """Functions and their derivatives as independent symbols, so that identities in them can be checked by numbers."""
    atoms = [*sorted(expression.atoms(sp.Derivative), key=str), A, B, C]
    return expression.xreplace({atom: sp.Symbol(f"s_{index}", positive=True) for index, atom in enumerate(atoms)})


def statement_second_derivatives() -> Finding:
    """The system before (7.9): (7.2) differentiated once in w and twice in b at fixed y."""
    first, second = _second_derivatives()
    difference = (Y - B_EQ) * sp.Function("h")(Y) - right_side(P)
    p = sp.Symbol("p", positive=True)  # 1/(1 - k)
    outcomes = [
        identical(sp.simplify(_open(expression).subs(K, 1 - 1 / p)), sp.Integer(0))
        for expression in (difference.diff(W) + first, difference.diff(B_EQ, 2) + second)
    ]
    same, method = all(equal for equal, _ in outcomes), outcomes[-1][1]
    return Finding(same, "the left side (y-b)·H′ drops out: it is free of w and linear in b", method)


def equation_7_9() -> Finding:
    """They follow from the system before: its terms cannot cancel for all y, and the bracket is as printed."""
    A_b, B_b, A_bb, B_bb = sp.symbols("A_b B_b A_bb B_bb")
    bracket = K / (1 - K) * (A_b * Y + B_b) ** 2 + (A0 * Y + B0) * (A_bb * Y + B_bb)
    printed = K / (1 - K) * A_b**2 * (Y + B_b / A_b) ** 2 + A0 * A_bb * (Y + B0 / A0) * (Y + B_bb / A_bb)
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
A_OF_B = c2 * (P * B_EQ + c1) ** (1 - K)


def equation_7_11() -> Finding:
    """A(b) solves the second equation of (7.10), and B = a·A the first; the general solution has no more constants."""
    ode = K / (1 - K) * A_OF_B.diff(B_EQ) ** 2 + A_OF_B * A_OF_B.diff(B_EQ, 2)
    same, method = identical(ode / A_OF_B**2, sp.Integer(0))
    B_of_b = a * A_OF_B
    ratios, _ = all_identical(
        (B_of_b / A_OF_B, a),
        (B_of_b.diff(B_EQ) / A_OF_B.diff(B_EQ), a),
        (B_of_b.diff(B_EQ, 2) / A_OF_B.diff(B_EQ, 2), a),
    )
    # k/(1-k)·A_b² + A·A_bb = (1-k)·A^(2-1/(1-k))·(A^(1/(1-k)))_bb: A^(1/(1-k)) is linear in b, two constants.
    open_A = sp.Symbol("A_of_b", positive=True)
    first, second = sp.symbols("A_b A_bb", real=True)
    power_bb = P * (P - 1) * open_A ** (P - 2) * first**2 + P * open_A ** (P - 1) * second
    general, _ = identical(K / (1 - K) * first**2 + open_A * second, (1 - K) * open_A ** (2 - P) * power_bb)
    return Finding(
        same and ratios and general,
        "put into (7.10) it gives zero; the equation says that A^(1/(1-k_w)) is linear in b, so this is the "
        "general solution",
        method,
    )


def _C(exponent_of_c2: sp.Expr) -> sp.Expr:
    """C of Eq. 7.12 with a given exponent of c2."""
    return -(c2**exponent_of_c2) * (P * B_EQ + c1) * (B_EQ + a) ** P


def equation_7_12() -> Finding:
    """(7.2) at y = b: C = -(A·b + B)^(1/(1-k)), with A and B of (7.11)."""
    p = sp.Symbol("p", real=True, nonzero=True)  # 1/(1 - k)
    bracket, factor, shifted = sp.symbols("v c2 b_plus_a", positive=True)  # b/(1-k) + c1, c2 and b + a
    exact = -((factor * bracket ** (1 / p) * shifted) ** p)

    def with_exponent(exponent_of_c2: sp.Expr) -> sp.Expr:
        return -(factor**exponent_of_c2) * bracket * shifted**p

    printed, _ = identical(exact, with_exponent(1 / p))
    mended, method = identical(exact, with_exponent(p))
    at_2, _ = identical(_C(1 - K).subs(K, 2), _C(P).subs(K, 2))
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
    C_of_b = (p * B_EQ + c1) * (B_EQ + a) ** p
    reduced = sp.Poly(sp.expand(sp.simplify(C_of_b.diff(B_EQ, 2) / (B_EQ + a) ** (p - 2))), B_EQ)
    solutions = sp.solve(reduced.coeffs(), [p, c1], dict=True)
    found = {(sp.solve(sp.Eq(P, solution[p]), K)[0], sp.simplify(solution[c1])) for solution in solutions}
    at_2 = {K: 2, c1: -a}
    same, method = all_identical((_C(P).subs(at_2), 1 / c2), (A_OF_B.subs(at_2), -c2 / (B_EQ + a)))
    return Finding(
        found == {(sp.Integer(2), -a)} and same,
        f"C_bb = 0 for all b has the solutions (k_w, c1) = {sorted(map(str, found))} with 1/(1-k_w) ≠ 0; C and A "
        "there are as printed",
        method,
    )


def equation_7_13() -> Finding:
    """Integrating (7.2) with A = -c2/(b+a), B = a·A, C = 1/c2, k_w = 2 gives a logarithm of a linear function of y."""
    A_2, C_2 = -c2 / (B_EQ + a), 1 / c2
    h = ((A_2 * Y + a * A_2) ** -1 + C_2) / (Y - B_EQ)
    same, method = identical((sp.log(Y + a) / c2).diff(Y), h)
    free, _ = identical(sp.simplify(h).diff(B_EQ), sp.Integer(0))
    form = PAPER_COMPOSITIONS["logarithmic"].subs({c1: 1 / c2, c2: a, c3: 1}, simultaneous=True)
    printed, _ = identical(form.diff(Y), h)
    return Finding(
        same and free and printed,
        "H = log(y + a)/c2 + const, which is the printed form, and it does not depend on b; the constants should "
        "be listed as c1, c2, c3, c4",
        method,
    )


def statement_logarithm_no_solution() -> Finding:
    """Whether the logarithm (7.13) is no solution of (7.2)."""
    H = c1 * sp.log(c2 + c3 * Y) + c4
    at_b = c2 + c3 * B_EQ
    A_log, B_log, C_log = -c3 / (c1 * at_b), -c2 / (c1 * at_b), c1
    solves, method = identical((Y - B_EQ) * H.diff(Y), (A_log * Y + B_log) ** -1 + C_log)
    conditions = all(e.diff(W) == 0 for e in (A_log, B_log, C_log)) and C_log.diff(B_EQ) == 0
    # And Eq. 6.1: dẇ/dx1 is a constant times the square of ẇ less a constant.
    w_dot = -GAMMA_SYMBOL * X1 * H.diff(Y).subs(Y, W * X1 + B_EQ)
    limit = -GAMMA_SYMBOL * c1 / W
    squared, _ = identical(w_dot.diff(X1) / (w_dot - limit) ** 2, -c3 * W**2 / (GAMMA_SYMBOL * c1 * at_b))
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
    w_dots = {name: -GAMMA_SYMBOL * X1 * H.diff(Y).subs(Y, W * X1 + B_EQ) for name, H in PAPER_COMPOSITIONS.items()}
    found = {name: shifted_exponent(w_dot) for name, w_dot in w_dots.items()}
    z = sp.Symbol("z", real=True)  # c1·w·x1
    local = sp.simplify(local_exponent(w_dots["exponential"]).subs(X1, z / (c1 * W)))
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
    # dḃ/dx1 = -γ·w·h′: |dḃ/dx1| ∝ |ḃ|^k just if h·h″/h′² = k.
    outcomes = []
    for name, k_b in PAPER_EXPONENTS.items():
        b_dot = -GAMMA_SYMBOL * PAPER_COMPOSITIONS[name].diff(Y).subs(Y, W * X1 + B_EQ)
        outcomes.append(identical(local_exponent(b_dot), sp.Integer(k_b)))
    # As in (7.2), now without the factor x1: h = (A·y + B)^(1/(1-k)) + C is free of b for constant A, B, C and any k.
    any_k, _ = identical(local_exponent((A0 * (W * X1 + B_EQ) + B0) ** P), K)
    return Finding(
        all(same for same, _ in outcomes),
        "ḃ·ḃ″/ḃ′² is 0, 1, 2 for all x1, w, b: exact, with no condition on x1; the analogue of (7.2) has no factor "
        f"(y-b), so {'every' if any_k else 'not every'} k_b has its composition, not just these",
        "proof" if all(method == "proof" for _, method in outcomes) else "50 digits",
    )
