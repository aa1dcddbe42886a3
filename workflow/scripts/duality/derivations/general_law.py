"""The law behind the paper's cases: which composition H(y) gives which exponent.

ḃ = -γ·h(y) and dḃ/dx1 = -γ·w·h′(y), with h = dH/dy. So |dḃ/dx1| ∝ |ḃ|^k just if h′ ∝ h^k, and that is an ordinary
differential equation for h, whose solutions are a power (k ≠ 1), of which H is a power or a logarithm (k = 2), and an
exponential (k = 1). There is no condition on w, b or k: every exponent has its composition.
"""

import sympy as sp

from duality.derivations.power_law_map import PAPER_COMPOSITIONS, PAPER_EXPONENTS, K
from duality.derivations.toy_model import GAMMA_SYMBOL, X1, B, W
from duality.formulas.stable import Y
from duality.theory.proof import all_identical, identical
from duality.verdicts import Finding

U = sp.Symbol("u", positive=True)  # α·y + β, which must be positive for its powers to be real


def composition_for(k: float | sp.Rational) -> sp.Expr:
    """The composition H(y) for which |dḃ/dx1| ∝ |ḃ|^k exactly, for y > 0.

    It is one of a family: y may be replaced by α·y + β, and H by c·H + const. All are increasing, with h > 0.

    Parameters
    ----------
    k : float or sympy.Rational
        Any real number; a float means the rational of its decimal digits.

    Returns
    -------
    sympy.Expr
        In the y of `duality.formulas.composition`: exp(y) for k = 1, log(y) for k = 2, else
        (1-k)/(2-k)·y^((2-k)/(1-k)).
    """
    exponent = sp.Rational(str(k))
    if exponent == 1:
        return sp.exp(Y)
    if exponent == 2:
        return sp.log(Y)
    return _power(exponent).subs(U, Y)


def _power(k: sp.Expr) -> sp.Expr:
    """H for k other than 1 and 2, in u = α·y + β."""
    return (1 - k) / (2 - k) * U ** ((2 - k) / (1 - k))


def exponent_of(H: sp.Expr, variable: sp.Symbol) -> sp.Expr:
    """d ln|h′| / d ln|h| = h·h″/h′², which is k just if h′ ∝ h^k."""
    h = H.diff(variable)
    return h * h.diff(variable, 2) / h.diff(variable) ** 2


def statement_general_law() -> Finding:
    """h′ ∝ h^k gives h = (α·y + β)^(1/(1-k)), exp for k = 1; H is a power, exp or log: the paper's cases and more."""
    # d|ḃ|/dx1 against |ḃ| is h′ against h, whatever γ, w and b.
    h = sp.Function("h")
    b_dot = -GAMMA_SYMBOL * h(W * X1 + B)
    y = sp.Dummy("y")
    law, _ = identical(b_dot.diff(X1), -GAMMA_SYMBOL * W * h(y).diff(y).subs(y, W * X1 + B))
    # The general solution. (h^(1-k))′ = (1-k)·h^(-k)·h′ = const: h^(1-k) is linear in y. For k = 1, h′/h is constant.
    value, slope, constant = sp.symbols("h s c", positive=True)
    solved, _ = identical((value ** (1 - K)).diff(value) * slope, (1 - K) * slope / value**K)
    at_1 = sp.dsolve(h(y).diff(y) - constant * h(y), h(y)).rhs
    n = sp.Symbol("n", positive=True)
    c1, c2 = sp.symbols("c1 c2", positive=True)
    ours = [
        (exponent_of(_power(K), U), K),
        (exponent_of(sp.integrate(at_1, y), y), sp.Integer(1)),
        (exponent_of(sp.log(U), U), sp.Integer(2)),
    ]
    papers = [(exponent_of(PAPER_COMPOSITIONS[name], Y), sp.Integer(k)) for name, k in PAPER_EXPONENTS.items()]
    papers.append((exponent_of(c2 * (U + c1) ** n, U), (n - 2) / (n - 1)))
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
    exponent = sp.simplify(beyond * beyond.diff(z, 2) / beyond.diff(z) ** 2)
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
    outcomes = [identical(exponent_of(composition_for(k), Y), k, {Y: (0.5, 2.0)}) for k in wanted]
    return Finding(
        all(same for same, _ in outcomes),
        f"h·h″/h′² = k for {len(wanted)} values of k from {wanted[0]} to {wanted[-1]}, 1 and 2 among them",
        "proof" if all(method == "proof" for _, method in outcomes) else "50 digits",
    )
