"""How a function h(y) behaves at a limit point: the leading term of h there, and the k of h′ ∝ h^k.

Numbers are computed with as many digits as it takes for 50 of them to be certain, at points that approach the limit
geometrically, and extrapolated. Where SymPy can decide by operations that always end (polynomials in y - y*, 1/y and
exp(-r|y|)), the leading term is proved as well.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any

import mpmath
import sympy as sp
from sympy.codegen.cfunctions import expm1, log1p

from duality.formulas.stable import Y, Z, rate_of, stable

PROOF, NUMERICAL = "proof", "50 digits"
Limit = Any  # of y: a Fraction, an mpf if it is irrational, or ±infinity

_DIGITS = 50
_MOST_DIGITS = 3200
_AT_A_POINT = [2.0**-j for j in range(2, 26)]  # of |y - y*|, in units of the scale
_AT_INFINITY = [2.0 ** (j / 2) for j in range(-12, 45)]  # of |y|
_LARGEST_MAGNITUDE = 2**64  # of log2|h|: beyond, as for exp(-exp(y)), a value takes too long
_FEWEST_POINTS = 8
_EXTRAPOLATED_FROM = (16, 12, 8)  # points nearest to the limit: with fewer, those farther off disturb less
_SETTLED = mpmath.mpf(10) ** -10  # to which an extrapolated limit must be settled, and its fraction match it
_LARGEST_DENOMINATOR = 128
_LARGEST_EXPRESSION = 400  # operations: beyond, no proof is tried
_LARGEST_EXPONENT = 16  # in an expression that is to be expanded


@dataclass(frozen=True)
class Leading:
    """The leading term of |h| at a limit point, with t = |y - y*|, or t = |y| for y* = ±∞.

    Attributes
    ----------
    power : Fraction or None
        p of t^p; for an exponential the power in front of it, None if that is not known.
    rate, degree : Fraction or float
        a, n of exp(a·t^n); a = 0 if the leading term is a power. At a finite y* neither is determined (NaN).
    k_b : Fraction or None
        lim h·h″/(h′)², the local exponent of |dḃ/dx1| ∝ |ḃ|^k_b. None where h tends to a constant.
    method : str
        "proof" or "50 digits".
    centre : Fraction or float
        y0 of |y - y0|^p at ±∞: the next term. 0 if there is none of that form.
    """

    power: Fraction | None
    rate: Fraction | float
    degree: Fraction | float
    k_b: Fraction | None
    method: str
    centre: Fraction | float = Fraction(0)


class Function:
    """A smooth function of y and its derivatives, to 50 certain digits."""

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
        list of mpf, or None if one of them is undefined, not real, zero, or needs more than 3200 digits
        """
        digits = 2 * _DIGITS
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
                if found and all(error < mpmath.mpf(10) ** -_DIGITS for _, error in found):
                    return [value for value, _ in found]
            digits *= 2
        return None

    def local_exponent(self, y: Limit) -> Any:
        """h·h″/(h′)² to 50 digits; None where it is undefined, and where h″ = 0."""
        values = self.values(3, y)
        if values is None:
            return None
        with mpmath.workdps(_DIGITS):
            return values[0] * values[2] / values[1] ** 2

    def sign(self, order: int, y: Limit) -> int:
        """The sign of the derivative of that order at y, with 300 digits; 0 if it is zero or undefined."""
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


def high_precision(y: Limit) -> Any:
    """A number as mpf, with as many digits as are being worked with."""
    return mpmath.mpf(y.numerator) / y.denominator if isinstance(y, Fraction) else mpmath.mpf(y)


def leading_term(h: Function, limit: Limit, side: int, scale: float = 1.0) -> Leading | None:
    """The leading term of |h| as y → limit.

    Parameters
    ----------
    h : Function
    limit : Fraction, mpf or ±infinity
    side : int
        From which side a finite limit is approached: 1 from above, -1 from below.
    scale : float
        Distance from a finite limit within which h is smooth.

    Returns
    -------
    Leading, or None if there is none of the form t^p or t^p·exp(a·t^n): the local exponent then has no limit, or
    tends to one too slowly (logarithms) to be told.
    """
    infinite = not isinstance(limit, Fraction) and mpmath.isinf(limit)
    if infinite:
        side = 1 if limit > 0 else -1
        near, origin = Function(_towards_infinity(h.h, side)), Fraction(0)
        offsets = _AT_INFINITY
    else:
        near, origin = h, limit
        offsets = [side * scale * distance for distance in _AT_A_POINT]
    values = _values(near, origin, offsets)
    found: Leading | None
    with mpmath.workdps(_DIGITS):
        power = _fraction(_limit([t * dh / h0 for t, h0, dh in values]))
        if power is None:
            found = _exponential(near, origin, values, infinite)
        else:
            k_b, centre = ((power - 1) / power if power else None), None
            if infinite and power:
                centre = _limit([side * (t - high_precision(power) * h0 / dh) for t, h0, dh in values])
            zero = Fraction(0)
            found = Leading(power, zero, zero, k_b, NUMERICAL, zero if centre is None else _short(centre))
    if found is None:
        return None
    return replace(found, method=PROOF) if _proved(h.h, limit, side, infinite, found) else found


def _values(near: Function, origin: Limit, offsets: Sequence[float]) -> list[tuple[Any, Any, Any]]:
    """t, h, h′ at successive points, of the last run of them that is long enough; none if there is no such run."""
    runs: list[list[tuple[Any, Any, Any]]] = [[]]
    for t in map(mpmath.mpf, offsets):
        here = near.values(2, origin, t)
        if here is not None:
            runs[-1].append((t, *here))
            if abs(mpmath.mag(here[0])) > _LARGEST_MAGNITUDE:
                break
        elif runs[-1]:
            runs.append([])  # a zero of h is in the way, or too many digits cancel from here on
        elif any(len(run) >= _FEWEST_POINTS for run in runs):
            break
    return next((run for run in reversed(runs) if len(run) >= _FEWEST_POINTS), [])


def _exponential(near: Function, origin: Limit, values: Sequence[Any], infinite: bool) -> Leading | None:
    """The leading term if k_b tends to 1: then ln|h| grows faster than any ln t."""
    known = [(t, near.values(3, origin, t)) for t, *_ in values[-max(_EXTRAPOLATED_FROM) :]]
    rows = [(t, dh / h0, d2h, h0, dh) for t, found in known if found is not None for h0, dh, d2h in [found]]
    k_b = _fraction(_limit([h0 * d2h / dh**2 for _, _, d2h, h0, dh in rows]))
    if k_b != 1:
        return None
    unknown = Leading(None, float("nan"), float("nan"), k_b, NUMERICAL)
    if not infinite:
        return unknown
    # With ln|h| = a·tⁿ + m·ln t + …: t·(h″/h′ - h′/h) → n - 1, and so on.
    degree = _fraction(_limit([1 + t * (d2h / dh - slope) for t, slope, d2h, _, dh in rows]))
    if degree is None or degree <= 0:
        return unknown
    n = high_precision(degree)
    rate = _limit([slope / (n * t ** (n - 1)) for t, slope, *_ in rows])
    if rate is None:
        return unknown
    power = _limit([t * (slope - rate * n * t ** (n - 1)) for t, slope, *_ in rows])
    return Leading(_fraction(power), _short(rate), degree, k_b, NUMERICAL)


def _towards_infinity(h: sp.Expr, side: int) -> sp.Expr:
    """h(±y), to be looked at for y → ∞, where 1 - erf(u) and 1 - tanh(u) do not lose their tails to cancellation."""

    def split(function: sp.Expr) -> sp.Expr:
        u = function.args[0]
        far = u.subs(Y, 10**6).evalf()
        if not far.is_Float or abs(far) < 1:
            return function
        sign = sp.sign(far)
        return sign * (1 - (sp.erfc(sign * u) if isinstance(function, sp.erf) else 2 / (1 + sp.exp(2 * sign * u))))

    def is_derivative_of_tanh(e: sp.Expr) -> bool:
        square = 1 - e
        return e.is_Add and isinstance(square, sp.Pow) and isinstance(square.base, sp.tanh) and square.exp == 2

    h = h.xreplace({Y: side * Y}).replace(is_derivative_of_tanh, lambda e: sp.cosh((1 - e).base.args[0]) ** -2)
    return h.replace(lambda e: isinstance(e, (sp.erf, sp.tanh)), split)


def _limit(sequence: Sequence[Any]) -> Any:
    """The limit of a sequence at geometrically spaced points; None if it does not settle."""
    if len(sequence) < _FEWEST_POINTS:
        return None
    limits = (_extrapolated(sequence[-count:]) for count in _EXTRAPOLATED_FROM)
    return next((limit for limit in limits if limit is not None), None)


def _extrapolated(sequence: Sequence[Any]) -> Any:
    """The limit by Wynn's ε-algorithm: it removes corrections in powers of t, geometric along such points."""
    settled = mpmath.mpf(10) ** (10 - _DIGITS)
    steps = [abs(b - a) for a, b in pairwise(sequence)]
    size = max(1, abs(sequence[-1]))
    if max(steps[-2:]) <= settled * size:
        return sequence[-1]
    # The algorithm sums divergent sequences too, and would give a·t + m the "limit" m.
    if any(later > 0.95 * earlier for earlier, later in zip(steps[-4:-1], steps[-3:], strict=True)):
        return None
    before, column = [mpmath.mpf(0)] * (len(sequence) + 1), list(sequence)
    estimates = [column[-1]]
    for order in range(1, len(sequence)):
        following = []
        for n in range(len(column) - 1):
            step = column[n + 1] - column[n]
            if abs(step) <= settled * size:
                if order % 2:  # an even column that has settled
                    return column[n + 1]
                return None
            following.append(before[n + 1] + 1 / step)
        before, column = column, following
        if order % 2 == 0:
            estimates.append(column[-1])
    error, best = min((abs(b - a), index) for index, (a, b) in enumerate(pairwise(estimates)))
    return estimates[best + 1] if error <= _SETTLED * size else None


def _fraction(value: Any) -> Fraction | None:
    """The fraction of small denominator that a number is to ten digits, or None."""
    if value is None:
        return None
    fraction = Fraction(mpmath.nstr(value, 40)).limit_denominator(_LARGEST_DENOMINATOR)
    return fraction if abs(value - high_precision(fraction)) <= _SETTLED * max(1, abs(value)) else None


def _short(value: Any) -> Fraction | float:
    """The fraction that a number is to ten digits, or the number in floating point."""
    fraction = _fraction(value)
    return float(value) if fraction is None else fraction


def nearest_fraction(value: Any, largest_denominator: int = 10**6) -> Limit:
    """The fraction that a number is to 50 digits, or the number itself."""
    with mpmath.workdps(100):
        fraction = Fraction(mpmath.nstr(value, 80)).limit_denominator(largest_denominator)
        return fraction if abs(value - high_precision(fraction)) <= mpmath.mpf(10) ** -_DIGITS else value


def root(sign: Callable[[Any], int], low: Any, high: Any) -> Limit | None:
    """Where a function changes its sign between two points where it has opposite ones, to 50 digits; else None."""
    with mpmath.workdps(100):
        low, high = mpmath.mpf(low), mpmath.mpf(high)
        sign_low = sign(low)
        if sign_low * sign(high) != -1:
            return None
        while high - low > mpmath.mpf(10) ** -(_DIGITS + 10):
            middle = (low + high) / 2
            here = sign(middle)
            if here == 0:
                low = high = middle
            elif here == sign_low:
                low = middle
            else:
                high = middle
        return nearest_fraction((low + high) / 2)


def _proved(h: sp.Expr, limit: Limit, side: int, infinite: bool, found: Leading) -> bool:
    """Whether SymPy confirms the leading term, by operations that always end."""
    if sp.count_ops(h) > _LARGEST_EXPRESSION:
        return False
    if infinite:
        return found.degree in (0, 1) and _power_and_rate(h, side) == (found.power, found.rate)
    if not isinstance(limit, Fraction) or found.power is None:
        return False
    return _taylor_order(h, limit) == found.power or _is_algebraic_order(h, limit, side, found.power)


def _power_and_rate(h: sp.Expr, side: int) -> tuple[Fraction, Fraction] | None:
    """p, a of t^p·exp(a·t) at ±∞; None if undecided."""
    rate = rate_of((h,))
    form = h if rate is None else stable(h, rate)
    if isinstance(form, sp.Piecewise):  # for y ≥ 0 and for y < 0
        form = form.args[0][0] if side > 0 else form.args[-1][0]
    leading = _monomial(form, side)
    if leading is None:
        return None
    order, power, _ = leading
    return _python(power), -_python(order * (rate or 0))


def _monomial(e: sp.Expr, side: int) -> tuple[sp.Rational, sp.Rational, sp.Expr] | None:
    """n, p, c of the leading term c·zⁿ·t^p of an expression in y = ±t and z = exp(-rt) as t → ∞.

    None if it is not of that form, or if the leading terms of a sum cancel.
    """
    zero, one = sp.Integer(0), sp.Integer(1)
    if e == Z:
        return one, zero, one
    if e == Y:
        return zero, one, sp.Integer(side)
    if e == sp.Abs(Y):
        return zero, one, one
    if e.is_number:
        return (zero, zero, e) if e.is_real and e.is_nonzero else None
    if isinstance(e, expm1):  # of -rt: the others are numbers
        return zero, zero, -one
    if isinstance(e, (log1p, sp.log)):
        small = _monomial(e.args[0] - (1 if isinstance(e, sp.log) else 0), side)
        return small if small and (small[0] > 0 or (small[0] == 0 and small[1] < 0)) else None
    if not isinstance(e, (sp.Add, sp.Mul, sp.Pow)):
        return None
    if isinstance(e, sp.Pow):
        base = _monomial(e.base, side)
        if base is None or not e.exp.is_Rational or not (e.exp.is_Integer or base[2].is_positive):
            return None
        return base[0] * e.exp, base[1] * e.exp, base[2] ** e.exp
    parts = [_monomial(part, side) for part in e.args]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    if isinstance(e, sp.Mul):
        orders, powers, coefficients = zip(*known, strict=True)
        return sp.Add(*orders), sp.Add(*powers), sp.Mul(*coefficients)
    order, power = min((n, -p) for n, p, _ in known)
    coefficient = sp.Add(*(c for n, p, c in known if (n, -p) == (order, power)))
    return (order, -power, coefficient) if coefficient.is_nonzero else None


def _taylor_order(h: sp.Expr, limit: Fraction) -> int | None:
    """The order of the first derivative of an analytic h that does not vanish at y*, up to 4; None if undecided."""
    for order in range(5):
        value = h.subs(Y, _rational(limit))
        if value.is_zero is None or value.has(sp.nan, sp.zoo, sp.oo):
            return None
        if not value.is_zero:
            return order
        h = h.diff(Y)
    return None


def _is_algebraic_order(h: sp.Expr, limit: Fraction, side: int, power: Fraction) -> bool:
    """Whether |h|/t^p has a finite limit other than 0, for h made of y by arithmetic and small fractional powers."""
    if h.atoms(sp.Function) or not all(number.is_Rational for number in h.atoms(sp.Number, sp.NumberSymbol)):
        return False
    if any(abs(e.exp) > _LARGEST_EXPONENT for e in h.atoms(sp.Pow)):
        return False
    t = sp.Symbol("t", positive=True)
    ratio = sp.powdenest(sp.together(h.xreplace({Y: _rational(limit) + side * t})), force=True) * t ** -_rational(power)
    at_limit = sp.cancel(sp.powsimp(ratio)).subs(t, 0)
    return bool(at_limit.is_number and at_limit.is_finite and at_limit.is_nonzero)


def _rational(fraction: Fraction) -> sp.Rational:
    return sp.Rational(fraction.numerator, fraction.denominator)


def _python(rational: sp.Rational) -> Fraction:
    return Fraction(int(rational.p), int(rational.q))
