"""The law behind the paper's cases: which composition H(y) gives which exponent.

ḃ = -γ·h(y) and dḃ/dx1 = -γ·w·h′(y), with h = dH/dy. So |dḃ/dx1| ∝ |ḃ|^k just if h′ ∝ h^k, and that is an ordinary
differential equation for h, whose solutions are a power (k ≠ 1), of which H is a power or a logarithm (k = 2), and an
exponential (k = 1). There is no condition on w, b or k: every exponent has its composition.
"""

import sympy as sp

from duality.derivations.vocabulary import (
    C1,
    C2,
    GAMMA,
    OPEN_H,
    PAPER_COMPOSITIONS,
    PAPER_EXPONENTS,
    X1,
    Y_OF_X1,
    K,
    W,
    composition_for,
    kick,
    local_exponent,
    power_composition,
)
from duality.formulas.stable import Y
from duality.theory.proof import all_identical, identical
from duality.verdicts import Finding

_U = sp.Symbol("u", positive=True)  # α·y + β, which must be positive for its powers to be real


def _exponent_of(H: sp.Expr, variable: sp.Symbol = Y) -> sp.Expr:
    """h·h″/h′² of h = dH/dy, which is k just if h′ ∝ h^k."""
    return local_exponent(H.diff(variable), variable)


def statement_general_law() -> Finding:
    """h′ ∝ h^k gives h = (α·y + β)^(1/(1-k)), exp for k = 1; H is a power, exp or log: the paper's cases and more."""
    # d|ḃ|/dx1 against |ḃ| is h′ against h, whatever γ, w and b.
    law, _ = identical(kick(OPEN_H)[1].diff(X1), -GAMMA * W * OPEN_H.diff(Y, 2).subs(Y, Y_OF_X1))
    # The general solution. (h^(1-k))′ = (1-k)·h^(-k)·h′ = const: h^(1-k) is linear in y. For k = 1, h′/h is constant.
    value, slope, constant = sp.symbols("h s c", positive=True)
    solved, _ = identical((value ** (1 - K)).diff(value) * slope, (1 - K) * slope / value**K)
    h = sp.Function("h")(Y)
    at_1 = sp.dsolve(h.diff(Y) - constant * h, h).rhs
    n = sp.Symbol("n", positive=True)
    ours = [
        (_exponent_of(power_composition(K, _U), _U), K),
        (_exponent_of(sp.integrate(at_1, Y)), sp.Integer(1)),
        (_exponent_of(sp.log(_U), _U), sp.Integer(2)),
    ]
    papers = [(_exponent_of(PAPER_COMPOSITIONS[name]), sp.Integer(k)) for name, k in PAPER_EXPONENTS.items()]
    papers.append((_exponent_of(C2 * (_U + C1) ** n, _U), (n - 2) / (n - 1)))
    same, method = all_identical(*ours, *papers)
    return Finding(
        law and solved and same,
        "dḃ/dx1 = -γ·w·h′; H is a power (2-k)/(1-k) of α·y + β, exp(α·y + β) for k = 1, log(α·y + β) for k = 2; "
        "quadratic, exponential, logarithmic H have k_b = 0, 1, 2 and (y + c1)^n has (n-2)/(n-1)",
        method,
    )


def statement_weight_law() -> Finding:
    """ẇ = x1·ḃ for H a power: k_w = k_b next to the zero of h, and 1/(2 - k_b) far from x1 = 0."""
    n, t = sp.symbols("n t", positive=True)
    k_b = (n - 2) / (n - 1)
    z = sp.Symbol("z", positive=True)  # |x1 - x̄|/|x̄|, with h = 0 at x̄ = -(b + c1)/w
    beyond = (1 + z) * z ** (n - 1)  # ẇ beyond the zero, in units; before it: (1 - z)·z^(n-1)
    exponent = sp.simplify(local_exponent(beyond, z))
    near, far = sp.limit(exponent, z, 0, "+"), sp.limit(sp.simplify(exponent.subs(z, 1 / t)), t, 0, "+")
    same, method = all_identical((near, k_b), (far, 1 / (2 - k_b)), (far, (n - 1) / n))
    return Finding(
        same,
        "of (y + c1)^n: k_w tends to (n-2)/(n-1) = k_b where |x1 - x̄| ≪ |x̄|, and to (n-1)/n = 1/(2 - k_b) where "
        "|x1| ≫ |x̄|, x̄ = -(b + c1)/w",
        method,
    )


def statement_inverse_law() -> Finding:
    """The composition that `composition_for(k)` gives has the exponent k, for whole, fractional and negative k."""
    wanted = [sp.Rational(numerator, 6) for numerator in range(-12, 25)]
    same, method = all_identical(*((_exponent_of(composition_for(k)), k) for k in wanted))
    return Finding(
        same,
        f"h·h″/h′² = k for {len(wanted)} values of k from {wanted[0]} to {wanted[-1]}, 1 and 2 among them",
        method,
    )
