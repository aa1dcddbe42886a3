"""Forms of a function of y that are stable in floating point, and NumPy functions made of them.

As printed, formulas such as (f - x2)·f′ lose all digits where f is within rounding of x2. Written in
z = exp(-r|y|) ≤ 1 as a product of factors with positive coefficients, separately for y ≥ 0 and y < 0, they lose none.
"""

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
import sympy as sp
from sympy.codegen.cfunctions import expm1, log1p
from sympy.codegen.rewriting import log1p_opt, optimize

Y = sp.Symbol("y", real=True)
_LARGEST_POWER = 64  # of z or y: beyond, polynomials in it are no longer cheap
_PART = 1 << 14  # values that are computed at a time: what is between stays within the cache, and asks for no new memory
Z = sp.Symbol("z", positive=True)  # exp(-rate·|y|), in (0, 1]


def rate_of(expressions: tuple[sp.Expr, ...]) -> sp.Rational | None:
    """The largest r for which every exp(a·y + c) in the expressions is an integer power of z = exp(-r|y|).

    None if there is no exponential, if no such r exists, or if a power of z were above the 64th.
    """
    slopes = {abs(slope) for expression in expressions for slope in _exponential_slopes(_in_exponentials(expression))}
    if not slopes:
        return None
    unit = min(slopes, key=float)
    ratios = [sp.nsimplify(slope / unit) if slope.has(sp.Float) else slope / unit for slope in slopes]
    if not all(ratio.is_Rational for ratio in ratios):
        return None
    rate = unit * reduce(sp.gcd, ratios)
    return rate if max(slopes, key=float) / rate <= _LARGEST_POWER else None


def generated(
    arguments: tuple[sp.Symbol, ...], expression: sp.Expr, rate: sp.Rational | None, modules: list[Any]
) -> Any:
    """Code for an expression in y and z, by `sympy.lambdify`: z is computed once, and so is what occurs twice.

    Parameters
    ----------
    arguments : tuple of sympy.Symbol
        Of the function that is made.
    expression : sympy.Expr
        From `stable`.
    rate : sympy.Rational or None
        r of z = exp(-r|y|). None if there is no z in the expression.
    modules : list
        Where the code finds its functions, as `sympy.lambdify` has it.
    """

    return sp.lambdify(
        arguments, _as_floats(expression), modules=modules, cse=lambda whole: _subexpressions(whole, rate)
    )


def steps(expression: sp.Expr, rate: sp.Rational | None) -> tuple[list[tuple[sp.Symbol, sp.Expr]], sp.Expr]:
    """An expression from `stable` as a program: what is computed once, in this order, and the result, in doubles."""
    return _subexpressions(_as_floats(expression), rate)


def _subexpressions(whole: Any, rate: sp.Rational | None) -> tuple[list[tuple[sp.Symbol, sp.Expr]], Any]:
    shared, reduced = sp.cse(whole, list=False)
    if rate is not None:
        shared.insert(0, (Z, sp.exp(_as_floats(-rate) * sp.Abs(Y))))
    return shared, reduced


def array_function(expression: sp.Expr) -> Callable[[np.ndarray], np.ndarray]:
    """An expression in y as an elementwise NumPy function."""
    rate = rate_of((expression,))
    form = stable(expression, rate)
    function = _elementwise(generated((Y,), form, rate, _modules(form)))

    def in_parts(y: np.ndarray | float) -> np.ndarray:
        y = np.asarray(y, dtype=float)
        if y.size <= _PART:
            return function(y).astype(float)
        whole, flat = np.empty(y.size), y.ravel()
        for first in range(0, y.size, _PART):
            part = slice(first, first + _PART)
            whole[part] = function(flat[part])
        return whole.reshape(y.shape)

    return in_parts


def literal_function(symbols: tuple[sp.Symbol, ...], expression: sp.Basic) -> Callable[..., np.ndarray]:
    """An expression or a condition in some symbols as an elementwise NumPy function, term by term as it stands."""
    return _elementwise(sp.lambdify(symbols, _as_floats(expression), modules=_modules(expression)))


def _modules(expression: sp.Basic) -> list[Any]:
    own: dict[str, Any] = {"one_plus_tanh": lambda u: 2 / (1 + np.exp(-2 * u)), "select": _select}
    if expression.has(sp.erf, ONE_PLUS[sp.erf]):
        from scipy import special  # takes longer to import than NumPy, which has no erf

        own |= {"erf": special.erf, "one_plus_erf": lambda u: special.erfc(-u)}
    return [own, np]  # by its name SymPy would import all of NumPy's submodules, which takes as long as NumPy itself


def _select(conditions: list[Any], choices: list[Any], default: float) -> Any:
    """What `numpy.select` gives, at a fraction of its overhead for small arrays."""
    selected: Any = default
    for condition, choice in zip(reversed(conditions), reversed(choices), strict=True):
        selected = np.where(condition, choice, selected)
    return selected


def _elementwise(function: Callable[..., Any]) -> Callable[..., np.ndarray]:
    def elementwise(*arguments: np.ndarray | float) -> np.ndarray:
        arrays = [np.asarray(argument, dtype=float) for argument in arguments]
        # Every piece is computed everywhere: what overflows or divides by zero there is not selected.
        with np.errstate(all="ignore"):
            values = np.asarray(function(*arrays))
        shape = np.broadcast(*arrays).shape
        return values if values.shape == shape else np.broadcast_to(values, shape)

    return elementwise


def _as_floats(expression: sp.Basic) -> sp.Basic:
    """Numbers as doubles, exponents left exact: Numba's integers would overflow, and z**2 is cheaper than z**2.0."""
    if isinstance(expression, sp.Pow) and not expression.is_number:
        return sp.Pow(_as_floats(expression.base), expression.exp, evaluate=False)
    if isinstance(expression, sp.Integer) and abs(expression) < 2**31:
        return expression
    if isinstance(expression, sp.Expr) and expression.is_number:
        return sp.Float(expression.evalf(30), 17) if expression.is_finite else expression
    if not expression.args:
        return expression
    if isinstance(expression, sp.Piecewise):
        pieces = [(_as_floats(piece), _as_floats(condition)) for piece, condition in expression.args]
        return sp.Piecewise(*pieces, evaluate=False)
    return expression.func(*(_as_floats(argument) for argument in expression.args))


def _in_exponentials(expression: sp.Expr) -> sp.Expr:
    """sinh, cosh and tanh of what is linear in y, of which powers of z can be made, written out in exponentials."""
    return expression.replace(
        lambda e: isinstance(e, (sp.sinh, sp.cosh, sp.tanh)) and _linear(e.args[0]), lambda e: e.rewrite(sp.exp)
    )


def _linear(expression: sp.Expr) -> bool:
    polynomial = expression.as_poly(Y)
    return polynomial is not None and polynomial.degree() == 1


# 1 + g(u) for the g that saturate at -1 and 1: one name each, because SymPy takes erfc(-u) back to 2 - erfc(u).
ONE_PLUS = {
    sp.erf: sp.Function("one_plus_erf", positive=True),
    sp.tanh: sp.Function("one_plus_tanh", positive=True),
}


def _without_near_cancellation(expression: sp.Expr) -> sp.Expr:
    """1 ± erf(u), 1 ± tanh(u), 1 - tanh(u)² and exp(u) - 1 in forms that keep their digits near 0."""

    def rewritten(total: sp.Add) -> sp.Expr:
        constant, others = total.as_coeff_Add()
        for term in sp.Add.make_args(others):
            coefficient, function = term.as_coeff_Mul()
            if isinstance(function, sp.exp) and coefficient == -constant and function.has(Y):
                return coefficient * expm1(function.args[0]) + (others - term)
            base, power = function.as_base_exp()
            if type(base) not in ONE_PLUS or not (u := base.args[0]).has(Y):
                continue
            one_plus = ONE_PLUS[type(base)]
            if power == 1 and abs(coefficient) == abs(constant):
                return constant * one_plus(coefficient / constant * u) + (others - term)
            if power == 2 and coefficient == -constant:
                return constant * one_plus(u) * one_plus(-u) + (others - term)
        return total

    return expression.replace(lambda e: e.is_Add and e.has(sp.exp, *ONE_PLUS), rewritten)


def _slope_and_offset(exponential: sp.Expr) -> tuple[sp.Expr, sp.Expr] | None:
    """a and c of exp(a·y + c) with constant a and c, or None if the exponent is anything else."""
    polynomial = exponential.args[0].as_poly(Y)
    if polynomial is None or polynomial.degree() != 1:
        return None
    slope, offset = polynomial.all_coeffs()
    return (slope, offset) if slope.is_number and offset.is_number else None


def _exponential_slopes(expression: sp.Expr) -> set[sp.Rational]:
    found = (_slope_and_offset(exponential) for exponential in expression.atoms(sp.exp))
    return {pair[0] for pair in found if pair}


def stable(expression: sp.Expr, rate: sp.Rational | None) -> sp.Expr:
    """The expression in y and z = exp(-rate·|y|), rearranged so that no digits cancel where none need to.

    Parameters
    ----------
    expression : sympy.Expr
        In y; maybe a `Piecewise`.
    rate : sympy.Rational or None
        From `rate_of`. None if the exponentials in it are no powers of one z.
    """
    if isinstance(expression, sp.Piecewise):
        pieces = [(stable(piece, rate), _stable_condition(condition, rate)) for piece, condition in expression.args]
        return sp.Piecewise(*pieces, evaluate=False)
    if not expression.has(Y):  # roots in a number SymPy would factor for minutes
        return expression
    expression = _in_exponentials(expression)
    if rate is None or not _exponential_slopes(expression):
        if expression.is_rational_function(Y) and _largest_power(expression) <= _LARGEST_POWER:
            return sp.factor(expression)  # near a zero its factors keep the digits that its terms lose
        return optimize(_without_near_cancellation(expression), (log1p_opt,))
    right, left = (_on_half_line(expression, rate, sign) for sign in (1, -1))
    if right == left:
        return right
    return sp.Piecewise((right, Y >= 0), (left, True), evaluate=False)


def _largest_power(expression: sp.Expr) -> sp.Rational:
    """Of what has y in it: to factor (1 + y/500)**500, SymPy expands it, and its coefficients are beyond doubles."""
    return max((abs(power.exp) for power in expression.atoms(sp.Pow) if power.base.has(Y)), default=sp.S.Zero)


def _stable_condition(condition: sp.Basic, rate: sp.Rational | None) -> sp.Basic:
    return condition.replace(
        lambda e: isinstance(e, sp.core.relational.Relational),
        lambda e: e.func(stable(e.lhs, rate), stable(e.rhs, rate), evaluate=False),
    )


def _on_half_line(expression: sp.Expr, rate: sp.Rational, sign: int) -> sp.Expr:
    """The stable form for y ≥ 0 (sign = 1) or for y < 0 (sign = -1). There exp(a·y) is z^(-sign·a/rate)."""

    def power_of_z(exponential: sp.Expr) -> sp.Expr:
        pair = _slope_and_offset(exponential)
        if pair is None:
            return exponential
        slope, offset = pair
        return sp.exp(offset) * Z ** (-sign * slope / rate)

    expression = expression.replace(lambda e: isinstance(e, sp.exp), power_of_z)
    expression = expression.replace(lambda e: isinstance(e, sp.log), lambda e: _logarithm(e.args[0], rate, sign))
    # The other functions lose digits in their arguments: tanh(f - 1) does in f - 1.
    expression = expression.replace(
        lambda e: isinstance(e, sp.Function) and not isinstance(e, (sp.exp, sp.log)) and e.has(Z),
        lambda e: e.func(_product(e.args[0], rate)),
    )
    return optimize(_product(expression, rate), (log1p_opt,))


def _product(expression: sp.Expr, rate: sp.Rational) -> sp.Expr:
    factors = sp.Mul.make_args(sp.factor(sp.together(expression)))
    return sp.Mul(*(_without_cancellation(factor, rate) for factor in factors))


def _logarithm(argument: sp.Expr, rate: sp.Rational, sign: int) -> sp.Expr:
    """log of a product of powers of z and of polynomials in z, as a sum of log z = -rate·|y| and log1p's."""
    terms = []
    for factor in sp.Mul.make_args(sp.factor(sp.together(argument))):
        base, exponent = factor.as_base_exp()
        if base == Z:
            terms.append(-exponent * rate * sign * Y)
        elif base == 1 - Z or base == Z - 1:
            terms.append(exponent * sp.log(-expm1(-rate * sign * Y)))
        elif base.is_positive:
            constant = base.subs(Z, 0)
            if constant.is_positive and base.has(Z):
                terms.append(exponent * (sp.log(constant) + log1p(sp.expand(base / constant) - 1)))
            else:
                terms.append(exponent * sp.log(base))
        else:
            return sp.log(argument)  # the sign of a factor is not known: leave the logarithm whole
    return sp.Add(*terms)


def _without_cancellation(factor: sp.Expr, rate: sp.Rational) -> sp.Expr:
    """1 - z loses digits where z is near 1, expm1 does not: of tanh this is all that is left at y = 0."""
    base, exponent = factor.as_base_exp()
    one_minus_z = -expm1(-rate * sp.Abs(Y))
    if base == Z - 1:
        return (-one_minus_z) ** exponent
    if base == 1 - Z:
        return one_minus_z**exponent
    return factor
