"""The table of Sec. 10, row by row: k_w, k_b, H(y) and the examples."""

import sympy as sp

from duality.derivations.asymptotics import asymptotic, limit, tends_to
from duality.derivations.vocabulary import (
    C1,
    C2,
    C3,
    C4,
    CROSS_ENTROPY,
    GAMMA,
    LABELS,
    PAPER_COMPOSITIONS,
    RAMP,
    RELU,
    SIGMOID,
    SQUARED,
    X1,
    X2,
    X_BAR,
    B,
    W,
    composition,
    composition_for,
    kick,
    local_exponent,
    piece_at,
    power_law_loss,
    shifted_exponent,
)
from duality.formulas.notation import spelled
from duality.formulas.stable import Y
from duality.theory.proof import all_identical, identical
from duality.verdicts import Finding

_LOGARITHMIC, _QUADRATIC, _EXPONENTIAL = (PAPER_COMPOSITIONS[n] for n in ("logarithmic", "quadratic", "exponential"))
_HALF_DEGREES = (1, 2, 3)


def _exponent(quantity: sp.Expr) -> sp.Expr:
    """v·v″/v′²: the k of dv/dx1 ∝ v^k."""
    return sp.simplify(local_exponent(quantity))


def table_logarithmic_k_w() -> Finding:
    """The dash: whether ẇ of a logarithmic H has no power law, a shifted one such as the quadratic row has included."""
    w_dot = kick(_LOGARITHMIC)[0]
    k = shifted_exponent(w_dot)
    shift = 1 + W * w_dot / (GAMMA * C1)
    scale = -GAMMA * C1 * C3 / (C2 + C3 * B)
    exact, method = identical(w_dot.diff(X1), scale * shift**2)
    return Finding(
        k is None,
        "dẇ/dx1 = -γ·c1·c3/(c2 + c3·b)·(1 + wẇ/(γc1))² exactly: a shifted power law like that of the quadratic row, "
        f"with k_w = {k}; it is Eq. 7.2 with C = c1, against the end of Sec. 7, and what Sec. 9 says (0, 1/2, and 2)",
        method,
        mended=exact and k == 2,
        right_form="k_w = 2, as (Aẇ + B)² with B ≠ 0",
        value=None if k is None else float(k),
    )


def table_logarithmic_k_b() -> Finding:
    """k_b = 2: dḃ/dx1 = w/(γc1)·ḃ²."""
    b_dot = kick(_LOGARITHMIC)[1]
    exact, method = identical(b_dot.diff(X1), W / (GAMMA * C1) * b_dot**2)
    k = _exponent(b_dot)
    return Finding(exact and k == 2, f"dḃ/dx1 = w/(γc1)·ḃ² exactly; exponent {k}", method, value=float(k))


def table_logarithmic_example() -> Finding:
    """Cross-entropy and piecewise linear activation: on the ramp both classes have this H(y)."""
    constants = {0: (-1, 1, -1, 0), 1: (-1, 0, 1, 0)}
    same, method = all_identical(
        *(
            (
                piece_at(composition(RAMP, CROSS_ENTROPY).H[x2], 0.5),
                _LOGARITHMIC.subs(dict(zip((C1, C2, C3, C4), values, strict=True))),
            )
            for x2, values in constants.items()
        ),
        domain={Y: (0.1, 0.9)},
    )
    return Finding(same, "on the ramp, with the constants of Eqs. 8.36 and 8.37", method)


def table_quadratic_k_w() -> Finding:
    """k_w = 1/2: (dẇ/dx1)² = Aẇ + B, with B ≠ 0 unless b = x2."""
    w_dot = kick((Y - X2) ** 2)[0]
    exact, method = identical(w_dot.diff(X1) ** 2, -8 * GAMMA * W * w_dot + 4 * GAMMA**2 * (B - X2) ** 2)
    w_general = kick(_QUADRATIC)[0]
    k = shifted_exponent(w_general)
    general, _ = identical(w_general.diff(X1) ** 2, -8 * GAMMA * W * C1 * w_general + GAMMA**2 * (2 * C1 * B + C2) ** 2)
    return Finding(
        exact and general and k == sp.Rational(1, 2),
        f"(dẇ/dx1)² = -8γwẇ + 4γ²(b - x2)² for (y - x2)², exactly: a shifted power law, k_w = {k} for any c1, c2, "
        "c3; pure where |ẇ| ≫ γ(b - x2)²/(2|w|)",
        method,
        value=None if k is None else float(k),
    )


def table_quadratic_k_b() -> Finding:
    """k_b = 0: dḃ/dx1 does not depend on x1."""
    b_dot = kick(_QUADRATIC)[1]
    exact, method = identical(b_dot.diff(X1), -2 * GAMMA * C1 * W)
    return Finding(exact, "dḃ/dx1 = -2γ·c1·w exactly", method, value=float(_exponent(b_dot)))


def table_quadratic_example() -> Finding:
    """Mean squared loss and ReLU: quadratic where y > 0, for both classes."""
    same, method = all_identical(
        *((piece_at(composition(RELU, SQUARED).H[x2], 1), Y**2 - 2 * x2 * Y + x2**2) for x2 in LABELS)
    )
    return Finding(same, "c1 = 1, c2 = -2·x2, c3 = x2² where y > 0; constant where y < 0", method)


def table_exponential_k_w() -> Finding:
    """k_w = 1 in the limit |w·x1| ≫ 1/c1 of Eq. 6.9: dẇ/dx1 = (c1·w + 1/x1)·ẇ."""
    w_dot = kick(_EXPONENTIAL)[0]
    exact, method = identical(w_dot.diff(X1), (C1 * W + 1 / X1) * w_dot)
    k = _exponent(w_dot)
    product = sp.Symbol("s", real=True)  # c1·w·x1
    k_of_product = sp.simplify(k.subs(W, product / (C1 * X1)))
    limits = all(tends_to(k_of_product, sp.Integer(1), (product, end)) for end in (sp.oo, -sp.oo))
    at_m = [float(k_of_product.subs(product, s)) for s in (3, -3)]
    return Finding(
        exact and limits,
        f"dẇ/dx1 = (c1·w + 1/x1)·ẇ; with s = c1·w·x1 the exponent is {spelled(sp.factor(k_of_product))} → 1 as |s| → ∞ "
        f"({at_m[0]:.2f} and {at_m[1]:.2f} at s = ±3)",
        method,
        value=at_m[0],
    )


def table_exponential_k_b() -> Finding:
    """k_b = 1: dḃ/dx1 = c1·w·ḃ."""
    b_dot = kick(_EXPONENTIAL)[1]
    exact, method = identical(b_dot.diff(X1), C1 * W * b_dot)
    k = _exponent(b_dot)
    return Finding(exact and k == 1, f"dḃ/dx1 = c1·w·ḃ exactly; exponent {k}", method, value=float(k))


def table_exponential_example() -> Finding:
    """Power-law loss (m = 1, 2, 3) or cross-entropy with a sigmoid: H and dH/dy tend to exponentials in the tail."""
    holds = []
    for loss, c1 in [*((power_law_loss(m), 2 * m) for m in _HALF_DEGREES), (CROSS_ENTROPY, 1)]:
        for H, sign in zip(composition(SIGMOID, loss).H, (1, -1), strict=True):
            for order in (0, 1):
                exact, approximate = H.diff(Y, order), sp.exp(sign * c1 * Y).diff(Y, order)
                holds.append(asymptotic(exact, approximate, (Y, -sign * sp.oo)))
    return Finding(
        all(holds),
        "H and dH/dy over e^(±c1·y) and its derivative → 1 in the tail of the right answer, c1 = 2m for (f - x2)^(2m), "
        "m = 1, 2, 3, and 1 for cross-entropy",
        "proof",
    )


def _power(m: int) -> sp.Expr:
    return C2 * (Y + C1) ** (2 * m)


def table_power_k_w() -> Finding:
    """k_w = (2m-1)/2m for |x1| ≫ |x̄|, (2m-2)/(2m-1) as x1 → x̄, for m = 1, 2, 3."""
    found = []
    for m in _HALF_DEGREES:
        k = _exponent(kick(_power(m))[0].subs(B, -C1 - W * X_BAR))
        found.append((limit(k, (X1, sp.oo)), limit(k, (X1, -sp.oo)), limit(k, (X1, X_BAR))))
    expected = [
        (sp.Rational(2 * m - 1, 2 * m), sp.Rational(2 * m - 1, 2 * m), sp.Rational(2 * m - 2, 2 * m - 1))
        for m in _HALF_DEGREES
    ]
    return Finding(
        found == expected,
        "m = 1, 2, 3: "
        + "; ".join(f"{far} as |x1|/|x̄| → ∞, {near} as x1 → x̄" for far, _, near in found)
        + " (exact exponent of ẇ)",
        "proof",
    )


def table_power_k_b() -> Finding:
    """k_b = (2m-2)/(2m-1), exactly, for m = 1, 2, 3."""
    found = [_exponent(kick(_power(m))[1]) for m in _HALF_DEGREES]
    return Finding(
        found == [sp.Rational(2 * m - 2, 2 * m - 1) for m in _HALF_DEGREES],
        f"the exponent of ḃ is {', '.join(map(str, found))} for m = 1, 2, 3, at every x1",
        "proof",
    )


def table_power_example() -> Finding:
    """Power-law loss and ReLU: (y - x2)^(2m) where y > 0, for m = 1, 2, 3 and both classes."""
    same, method = all_identical(
        *(
            (piece_at(composition(RELU, power_law_loss(m)).H[x2], 1), (Y - x2) ** (2 * m))
            for m in _HALF_DEGREES
            for x2 in LABELS
        )
    )
    return Finding(same, "c1 = -x2, c2 = 1 where y > 0, m = 1, 2, 3; constant where y < 0", method)


def _of_the_law(H: sp.Expr, k_b: sp.Expr, scale: sp.Expr, argument: sp.Expr, offset: sp.Expr, row: str) -> Finding:
    """Whether a row's H(y) is the composition that the general law has for its k_b, up to constants."""
    general = scale * composition_for(k_b).subs(Y, argument) + offset
    equal, method = identical(H, general)
    return Finding(equal, f"the {row} H(y) is the one that h′ ∝ h^k_b has for k_b = {k_b}, up to constants", method)


def table_logarithmic_H() -> Finding:
    """H(y) = c1·log(c2 + c3·y) + c4 belongs to k_b = 2."""
    return _of_the_law(_LOGARITHMIC, sp.Integer(2), C1, C2 + C3 * Y, C4, "logarithmic")


def table_quadratic_H() -> Finding:
    """H(y) = c1·y² + c2·y + c3 belongs to k_b = 0."""
    shifted = Y + C2 / (2 * C1)
    return _of_the_law(_QUADRATIC, sp.Integer(0), 2 * C1, shifted, C3 - C2**2 / (4 * C1), "quadratic")


def table_exponential_H() -> Finding:
    """H(y) = exp(c1·y + c2) belongs to k_b = 1."""
    return _of_the_law(_EXPONENTIAL, sp.Integer(1), sp.Integer(1), C1 * Y + C2, sp.Integer(0), "exponential")


def table_power_H() -> Finding:
    """H(y) = c2·(y + c1)^(2m) belongs to k_b = (2m - 2)/(2m - 1), m = 2, 3."""
    checks = []
    for m in (2, 3):
        k_b = sp.Rational(2 * m - 2, 2 * m - 1)
        scale = C2 * (2 - k_b) / (1 - k_b)
        checks.append(_of_the_law(C2 * (Y + C1) ** (2 * m), k_b, scale, Y + C1, sp.Integer(0), "power-law"))
    return Finding(all(check.printed for check in checks), "; ".join(c.evidence for c in checks), checks[0].method)
