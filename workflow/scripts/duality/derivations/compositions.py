"""The paper's compositions as formulas, and what one kick of the toy model is made of."""

from functools import cache

import sympy as sp

from duality.dataset.density import Gaussian
from duality.formulas.compose import compose
from duality.formulas.composition import Composition
from duality.formulas.stable import Y

X1, W, B = sp.symbols("x1 w b", real=True)
GAMMA = sp.Symbol("gamma", positive=True)
F = sp.Symbol("f", real=True)
X2 = sp.Symbol("x2", real=True)

LABELS = (0, 1)  # x2 of 'zeros' and 'ones'
MEANS = (sp.Integer(0), sp.Integer(1))  # Eq. 8.2
SD = sp.Rational(1, 4)  # Eq. 8.3
DENSITIES = tuple(Gaussian(float(mean), float(SD)) for mean in MEANS)

# As the config writes them: a test compares the two.
SIGMOID = "1/(1 + exp(-y))"  # Eq. 8.4
RELU = "max(0, y)"  # Eq. 8.24
RAMP = "clip(y, 0, 1)"  # Eq. 8.33 as it must read
SQUARED = "(f - x2)**2"  # Eq. 8.5
CROSS_ENTROPY = "-(1 - x2)*log(1 - f) - x2*log(f)"  # Eq. 8.6
GUARDED_CROSS_ENTROPY = "-(1 - x2)*log(1 - clip(f, epsilon, 1 - epsilon)) - x2*log(clip(f, epsilon, 1 - epsilon))"
QUARTIC = "(f - x2)**4"  # Eq. 9.11 with m = 2


def power_law_loss(m: int) -> str:
    """Eq. 9.11 as a formula."""
    return f"(f - x2)**{2 * m}"


@cache
def composition(activation: str, loss: str) -> Composition:
    """H(y) of both classes, composed by the library. Where the loss is guarded, ε = 10⁻³."""
    return compose(activation, loss, LABELS, loss_parameters={"epsilon": 0.001})


def piece_at(expression: sp.Expr, y: float) -> sp.Expr:
    """The smooth piece of a composed loss, or of an activation, that holds at this y."""
    while isinstance(expression, sp.Piecewise):
        expression = next(piece for piece, condition in expression.args if condition.subs(Y, y))
    return expression


def kick(H: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """(ẇ, ḃ) = -γ·(∂H/∂w, ∂H/∂b) at y = w·x1 + b, for H given in y (Eqs. 2.3, 6.2)."""
    H_of_parameters = H.subs(Y, W * X1 + B)
    return -GAMMA * H_of_parameters.diff(W), -GAMMA * H_of_parameters.diff(B)


def slope_times_q_dot(w_dot: sp.Expr, b_dot: sp.Expr) -> sp.Expr:
    """q̇·dq̇/dx1 = ẇ·dẇ/dx1 + ḃ·dḃ/dx1 (Eq. 5.4)."""
    return w_dot * w_dot.diff(X1) + b_dot * b_dot.diff(X1)


def local_exponent(square: sp.Expr) -> sp.Expr:
    """d ln|dv/dx1| / d ln|v| of v = √square: the k for which |dv/dx1| is locally |v|^k."""
    return 2 * square * square.diff(X1, 2) / square.diff(X1) ** 2 - 1


def density_exponent(square: sp.Expr, log_density: sp.Expr) -> sp.Expr:
    """-d ln p(v) / d ln v of v = √square, with p(v) = p(x1)/|dv/dx1|."""
    return local_exponent(square) - log_density.diff(X1) * 2 * square / square.diff(X1)


def shifted_exponent(quantity: sp.Expr) -> sp.Expr:
    """k of dv/dx1 = K·(v + s)^k with unknown K and s: 1/k = 2 - v′v‴/v″². It is constant just where this is exact."""
    first, second, third = (quantity.diff(X1, order) for order in (1, 2, 3))
    return 1 / (2 - first * third / second**2)


def gaussian_log_density(mean: sp.Expr, sd: sp.Expr) -> sp.Expr:
    """ln p(x1) of a class, up to a constant."""
    return -((X1 - mean) ** 2) / (2 * sd**2)
