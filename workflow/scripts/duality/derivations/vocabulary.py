"""The words that all sections share: the paper's symbols, its classes, its compositions, and what a kick is made of.

A symbol is defined once, here, and means one thing in all sections. What one section alone speaks of stays there.
"""

from functools import cache

import sympy as sp

from duality.dataset.density import Gaussian
from duality.dataset.model import Model
from duality.formulas.compose import compose
from duality.formulas.composition import Composition
from duality.formulas.stable import Y
from duality.records.estimates import Frozen

# --- Symbols ------------------------------------------------------------------------------------------------------

X1, W, B = sp.symbols("x1 w b", real=True)
W_POSITIVE = sp.Symbol("w", positive=True)  # w where the sign of what it multiplies decides
GAMMA = sp.Symbol("gamma", positive=True)
F = sp.Symbol("f", real=True)  # of f(y)
X2 = sp.Symbol("x2", real=True)
Y_OF_X1 = W * X1 + B

MU, SIGMA = sp.Symbol("mu", real=True), sp.Symbol("sigma", positive=True)  # mean and standard deviation of a class
K = sp.Symbol("k", real=True)  # an exponent, k_w, k_b or k_q
POWER = 1 / (1 - K)  # of Eqs. 6.3 and 7.1
C1, C2, C3, C4 = sp.symbols("c1 c2 c3 c4", real=True)  # the constants of a composition
X_BAR = sp.Symbol("xbar", real=True, nonzero=True)  # x̄: the x1 where h vanishes
OPEN_H = sp.Function("H")(Y)  # a composition that is left open
A_MAP, B_MAP, C_MAP = sp.symbols("A B C", real=True)  # the constants of a map from x1 to ẇ, Eqs. 6.1-7.1
DISTANCE = sp.Symbol("a", real=True)  # x1 less the x1 where h vanishes or diverges

# --- The classes --------------------------------------------------------------------------------------------------

LABELS = (0, 1)  # x2 of 'zeros' and 'ones'
MEANS = (sp.Integer(0), sp.Integer(1))  # Eq. 8.2
SD = sp.Rational(1, 4)  # Eq. 8.3
DENSITIES = tuple(Gaussian(float(mean), float(SD)) for mean in MEANS)


def model(activation: str, loss: str) -> Model:
    """A composition of the paper and the classes on which it is trained."""
    return Model(composition(activation, loss), dict(zip(("zeros", "ones"), DENSITIES, strict=True)))


def gaussian_log_density(mean: sp.Expr, sd: sp.Expr) -> sp.Expr:
    """ln p(x1) of a class, up to a constant."""
    return -((X1 - mean) ** 2) / (2 * sd**2)


# --- Compositions -------------------------------------------------------------------------------------------------

# As the config writes them: a test compares the two.
SIGMOID = "1/(1 + exp(-y))"  # Eq. 8.4
RELU = "max(0, y)"  # Eq. 8.24
RAMP = "clip(y, 0, 1)"  # Eq. 8.33 as it must read
SQUARED = "(f - x2)**2"  # Eq. 8.5
CROSS_ENTROPY = "-(1 - x2)*log(1 - f) - x2*log(f)"  # Eq. 8.6
GUARDED_CROSS_ENTROPY = "-(1 - x2)*log(1 - clip(f, epsilon, 1 - epsilon)) - x2*log(clip(f, epsilon, 1 - epsilon))"
QUARTIC = "(f - x2)**4"  # Eq. 9.11 with m = 2

PAPER_COMPOSITIONS = {
    "linear": C1 * Y + C2,  # Eq. 7.5
    "quadratic": C1 * Y**2 + C2 * Y + C3,  # Eq. 7.8
    "exponential": sp.exp(C1 * Y + C2),  # Eq. 6.8
    "logarithmic": C1 * sp.log(C2 + C3 * Y) + C4,  # Eq. 7.13
}
PAPER_EXPONENTS = {"quadratic": 0, "exponential": 1, "logarithmic": 2}  # k_b, the last sentence of Sec. 7

# The same as expressions written out by hand, for what is derived of them not to rest on the parser.
LOGISTIC = 1 / (1 + sp.exp(-Y))  # SIGMOID
LOSSES = {SQUARED: (F - X2) ** 2, CROSS_ENTROPY: -(1 - X2) * sp.log(1 - F) - X2 * sp.log(F)}


def sigmoid_loss(loss: str, label: int) -> sp.Expr:
    """H(y) of the sigmoid and one of `LOSSES`, for one class."""
    return LOSSES[loss].subs({F: LOGISTIC, X2: label})


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


def power_composition(k: sp.Expr, u: sp.Expr) -> sp.Expr:
    """H(u) with dh/du ∝ h^k, for k other than 1 and 2: (1-k)/(2-k)·u^((2-k)/(1-k))."""
    return (1 - k) / (2 - k) * u ** ((2 - k) / (1 - k))


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
        In the y of `duality.formulas.stable`: exp(y) for k = 1, log(y) for k = 2, else `power_composition`.
    """
    exponent = sp.Rational(str(k))
    if exponent == 1:
        return sp.exp(Y)
    if exponent == 2:
        return sp.log(Y)
    return power_composition(exponent, Y)


# --- Kicks and their exponents ------------------------------------------------------------------------------------


def kick(H: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """(ẇ, ḃ) = -γ·(∂H/∂w, ∂H/∂b) at y = w·x1 + b, for H given in y, which may be left open (Eqs. 2.3, 6.2)."""
    H_of_parameters = H.subs(Y, Y_OF_X1)
    return -GAMMA * H_of_parameters.diff(W).doit(), -GAMMA * H_of_parameters.diff(B).doit()


def q_dot(H: sp.Expr) -> sp.Expr:
    """|q̇| = √(ẇ² + ḃ²) for H given in y (Eq. 5.3)."""
    w_dot, b_dot = kick(H)
    return sp.sqrt(w_dot**2 + b_dot**2)


def slope_times_q_dot(w_dot: sp.Expr, b_dot: sp.Expr) -> sp.Expr:
    """q̇·dq̇/dx1 = ẇ·dẇ/dx1 + ḃ·dḃ/dx1 (Eq. 5.4)."""
    return w_dot * w_dot.diff(X1) + b_dot * b_dot.diff(X1)


def local_exponent(v: sp.Expr, variable: sp.Symbol = X1) -> sp.Expr:
    """d ln|v′| / d ln|v| = v·v″/v′²: the k for which |v′| is locally |v|^k.

    It is computed from v², so that q̇ may be given as a root.
    """
    square = v**2
    return 2 * square * square.diff(variable, 2) / square.diff(variable) ** 2 - 1


def density_exponent(v: sp.Expr, log_density: sp.Expr) -> sp.Expr:
    """-d ln p(v) / d ln v, with p(v) = p(x1)/|dv/dx1| and ln p(x1) given."""
    square = v**2
    return local_exponent(v) - log_density.diff(X1) * 2 * square / square.diff(X1)


def shifted_exponent(v: sp.Expr) -> sp.Expr | None:
    """The k of |dv/dx1| = |A·v + B|^k with constant A and B (Eq. 6.1), or None if there is none.

    With L = v′²/v″ = (v + B/A)/k: dL/dv = (dL/dx1)/v′ is 1/k just if such k, A and B exist. It is 0 if v″ = 0.
    """
    first, second = v.diff(X1), sp.simplify(v.diff(X1, 2))
    if second == 0:
        return sp.Integer(0)
    inverse = sp.simplify((first**2 / second).diff(X1) / first)
    return 1 / inverse if not inverse.has(X1) and inverse != 0 else None


# --- The toy model in numbers -------------------------------------------------------------------------------------

LEARNING_RATE = 0.1  # a value of γ
# The population optimum of the sigmoid with either loss.
SIGMOID_OPTIMUM = Frozen(
    float((MEANS[1] - MEANS[0]) / SD**2), float(-(MEANS[1] ** 2 - MEANS[0] ** 2) / (2 * SD**2)), LEARNING_RATE
)


def sigmoid_case(
    label: int, loss: str = SQUARED, frozen: Frozen = SIGMOID_OPTIMUM
) -> tuple[Composition, int, Gaussian, Frozen]:
    """What `duality.jacobian.duality.Duality` takes for a class of the toy model with a sigmoid.

    Returns
    -------
    composition, label, density, frozen
    """
    return composition(SIGMOID, loss), label, DENSITIES[label], frozen
