"""Numbers that are known to a certain number of digits, however many of them a computation loses.

Values of a function are computed with as many digits as it takes for 50 of them to be certain.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

import mpmath
import sympy as sp

from duality.formulas.stable import Y

Limit = Any  # of y: a Fraction, an mpf if it is irrational, or ±infinity

DIGITS = 50
_MOST_DIGITS = 3200


def high_precision(y: Limit) -> Any:
    """A number as mpf, with as many digits as mpmath works with at the moment."""
    return mpmath.mpf(y.numerator) / y.denominator if isinstance(y, Fraction) else mpmath.mpf(y)


def is_infinite(y: Limit) -> bool:
    """Whether y is ∞ or -∞."""
    return not isinstance(y, Fraction) and bool(mpmath.isinf(y))


def distance(start: Limit, end: Limit) -> Any:
    """How far it is from one number to another, negative to the left: with twice the digits to which numbers are known.

    Two numbers may be nearer to each other than a double resolves, such as the pole of a function and the place where
    it reaches a large value.
    """
    with mpmath.workdps(2 * DIGITS):
        return high_precision(end) - high_precision(start)


class Function:
    """A smooth function h(y) and its derivatives, to 50 certain digits.

    Parameters
    ----------
    h : sympy.Expr
        Without corners.
    """

    def __init__(self, h: sp.Expr):
        self.h = h
        self._fast = cache(lambda order: sp.lambdify(Y, h.diff(Y, order), "mpmath", cse=True))
        self._tree = cache(lambda orders: sp.cse([h.diff(Y, order) for order in range(orders)], list=False))

    def values(self, orders: int, y: Limit, offset: Any = 0) -> list[Any] | None:
        """The function and its derivatives below that order at y + offset, each to 50 digits.

        Errors are followed through the computation, and digits doubled until enough are left. To compare two
        precisions would not do: with fewer than y/ln 10 digits, log(1 + exp(-y)) is 0 at either.

        Returns
        -------
        list of mpf, or None
            None if one of them is undefined, not real, a sum or function that vanishes, or needs more than 3200 digits.
        """
        digits = 2 * DIGITS
        while digits <= _MOST_DIGITS:
            with mpmath.workdps(digits):
                known: dict[sp.Symbol, _Rounded] = {Y: (high_precision(y) + offset, mpmath.eps)}
                shared, reduced = self._tree(orders)
                try:
                    for symbol, expression in shared:
                        known[symbol] = _rounded(expression, known)
                    found = [_rounded(expression, known) for expression in reduced]
                except (ArithmeticError, ValueError):
                    found = []
                if found and all(error < mpmath.mpf(10) ** -DIGITS for _, error in found):
                    return [value for value, _ in found]
            digits *= 2
        return None

    def local_exponent(self, y: Limit) -> Any:
        """h·h″/(h′)² to 50 digits. None where one of the three has no value."""
        values = self.values(3, y)
        if values is None:
            return None
        with mpmath.workdps(DIGITS):
            return values[0] * values[2] / values[1] ** 2

    def sign(self, order: int, y: Limit) -> int:
        """The sign of the derivative of that order at y, computed with 300 digits. 0 where it is zero or undefined."""
        with mpmath.workdps(300):
            try:
                value = mpmath.mpmathify(self._fast(order)(high_precision(y)))
            except (ArithmeticError, ValueError, TypeError):
                return 0
            real = isinstance(value, mpmath.mpf) and mpmath.isfinite(value)
            return int(mpmath.sign(value)) if real else 0


_Rounded = tuple[Any, Any]  # a value and a bound of its relative error, to first order

# Of a function and its value v at u: |u·f′(u)/v|, by which it magnifies a relative error.
_MAGNIFICATION: dict[type, tuple[Callable[[Any], Any], Callable[[Any, Any], Any]]] = {
    sp.exp: (mpmath.exp, lambda u, _: u),
    sp.log: (mpmath.log, lambda _, v: 1 / v),
    sp.sin: (mpmath.sin, lambda u, v: u * mpmath.cos(u) / v),
    sp.cos: (mpmath.cos, lambda u, v: u * mpmath.sin(u) / v),
    sp.sinh: (mpmath.sinh, lambda u, v: u * mpmath.cosh(u) / v),
    sp.cosh: (mpmath.cosh, lambda u, v: u * mpmath.sinh(u) / v),
    sp.tanh: (mpmath.tanh, lambda u, v: u * (1 - v**2) / v),
    sp.atan: (mpmath.atan, lambda u, v: u / (1 + u**2) / v),
    sp.erf: (mpmath.erf, lambda u, v: u * mpmath.exp(-(u**2)) / v),  # times 2/√π
    sp.erfc: (mpmath.erfc, lambda u, v: u * mpmath.exp(-(u**2)) / v),
}


def _rounded(e: sp.Expr, known: Mapping[sp.Symbol, _Rounded]) -> _Rounded:
    """An expression's value and error. A value of zero has no relative error: ZeroDivisionError."""
    if e.is_Symbol:
        return known[e]
    if isinstance(e, sp.Rational):
        return mpmath.mpf(int(e.p)) / int(e.q), mpmath.eps
    if e.is_number and e.is_Atom:
        return mpmath.mpmathify(e._to_mpmath(mpmath.mp.prec)), mpmath.eps
    parts = [_rounded(part, known) for part in e.args]
    if isinstance(e, sp.Add):
        value = mpmath.fsum(part for part, _ in parts)
        return value, mpmath.fsum(abs(part) * error for part, error in parts) / abs(value) + mpmath.eps
    if isinstance(e, sp.Mul):
        return mpmath.fprod(part for part, _ in parts), mpmath.fsum(error for _, error in parts) + mpmath.eps
    if isinstance(e, sp.Pow) and e.exp.is_Rational:
        (base, error), (exponent, _) = parts
        if base < 0 and not e.exp.is_Integer:
            raise ValueError("not real")
        return (base ** int(e.exp) if e.exp.is_Integer else base**exponent), abs(exponent) * error + mpmath.eps
    if type(e) not in _MAGNIFICATION:
        raise ValueError(f"no value for {type(e).__name__}")
    function, magnification = _MAGNIFICATION[type(e)]
    ((argument, error),) = parts
    value = function(argument)
    if not isinstance(value, mpmath.mpf) or value == 0:
        raise ZeroDivisionError
    return value, 2 * abs(magnification(argument, value)) * error + mpmath.eps


def nearest_fraction(value: Any, largest_denominator: int = 10**6) -> Limit:
    """The fraction that equals a number to 50 digits. If there is none, the number itself."""
    with mpmath.workdps(100):
        fraction = Fraction(mpmath.nstr(value, 80)).limit_denominator(largest_denominator)
        return fraction if abs(value - high_precision(fraction)) <= mpmath.mpf(10) ** -DIGITS else value


def root(sign: Callable[[Any], int], low: Any, high: Any) -> Limit | None:
    """Where a function changes its sign between two points, to 50 digits.

    It is a bisection of mpmath's numbers, and not `duality.formulas.bisection.bisect`, which halves arrays of doubles a
    fixed number of times: this one goes on until 60 decimals are known, or until it meets an exact zero.

    Parameters
    ----------
    sign : function
        -1, 0 or 1 at a point.
    low, high : numbers

    Returns
    -------
    Fraction, mpf or None
        None if the signs at the two points are not opposite.
    """
    with mpmath.workdps(100):
        low, high = mpmath.mpf(low), mpmath.mpf(high)
        sign_low = sign(low)
        if sign_low * sign(high) != -1:
            return None
        while high - low > mpmath.mpf(10) ** -(DIGITS + 10):
            middle = (low + high) / 2
            here = sign(middle)
            if here == 0:
                low = high = middle
            elif here == sign_low:
                low = middle
            else:
                high = middle
        return nearest_fraction((low + high) / 2)
