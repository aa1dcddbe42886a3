"""How a function h(y) behaves at a limit point: the leading term of h there, and the k of h′ ∝ h^k.

Numbers are computed with as many digits as it takes for 50 of them to be certain, at points that approach the limit
geometrically, and extrapolated. Where SymPy can decide by operations that always end (polynomials in y - y*, 1/y and
exp(-r|y|)), the leading term is proved as well.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any

import mpmath
import sympy as sp
from sympy.codegen.cfunctions import expm1, log1p

from duality.stable import Y, Z, rate_of, stable

PROOF, NUMERICAL = "proof", "50 digits"
Limit = Any  # of y: a Fraction, an mpf if it is irrational, or ±infinity

_DIGITS = 50
_MOST_DIGITS = 3200
_APPROACH = range(4, 61)  # y* ± scale·2^(-j/2) for a finite limit, y = ±2^((j - 16)/2) for one at infinity
_LARGEST_MAGNITUDE = 2**64  # of log2|h|: beyond, as for exp(-exp(y)), a value takes too long
_FEWEST_POINTS, _MOST_POINTS = 8, 16  # of them that an extrapolation uses, those nearest to the limit
_EXTRAPOLATED = mpmath.mpf(10) ** -10  # to which an extrapolated limit must be settled, and its fraction match it
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
        self._evaluate = cache(lambda order: sp.lambdify(Y, h.diff(Y, order), "mpmath", cse=True))

    def value(self, order: int, y: Limit, offset: Any = 0) -> Any:
        """The derivative of that order at y + offset to 50 digits; None if it is no finite real number there.

        The digits are doubled until 50 of them stay: cancellation, as in 1 - tanh(y), takes any number away.
        """
        before = None
        digits = 2 * _DIGITS
        while digits <= _MOST_DIGITS:
            now = self._rough(order, y, offset, digits)
            if now is None:
                return None
            if before is not None and abs(now - before) <= abs(now) * mpmath.mpf(10) ** -_DIGITS:
                return now
            before, digits = now, 2 * digits
        return None

    def local_exponent(self, y: Limit) -> Any:
        """h·h″/(h′)² to 50 digits; None where it is undefined."""
        values = [self.value(order, y) for order in range(3)]
        if None in values or values[1] == 0:
            return None
        with mpmath.workdps(_DIGITS):
            return values[0] * values[2] / values[1] ** 2

    def sign(self, order: int, y: Limit) -> int:
        """The sign of the derivative of that order at y; 0 if it is zero or undefined to 300 digits."""
        value = self._rough(order, y, 0, 300)
        return 0 if value is None else int(mpmath.sign(value))

    def _rough(self, order: int, y: Limit, offset: Any, digits: int) -> Any:
        with mpmath.workdps(digits):
            try:
                value = mpmath.mpmathify(self._evaluate(order)(high_precision(y) + offset))
            except (ArithmeticError, ValueError, TypeError):
                return None
            return value if isinstance(value, mpmath.mpf) and mpmath.isfinite(value) else None


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
        offsets = [mpmath.mpf(2.0 ** ((j - 16) / 2)) for j in _APPROACH]
    else:
        near, origin = h, limit
        offsets = [side * mpmath.mpf(scale * 2.0 ** (-j / 2)) for j in _APPROACH]
    values: list[tuple[Any, ...]] = []
    for offset in offsets:
        h0, dh = (near.value(order, origin, offset) for order in (0, 1))
        if h0 is None or h0 == 0 or dh is None:
            if len(values) >= _FEWEST_POINTS:
                break  # nearer to the limit cancellation is worse still
            values.clear()
            continue
        values.append((offset, h0, dh))
        if abs(mpmath.mag(h0)) > _LARGEST_MAGNITUDE:
            break
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


def _exponential(near: Function, origin: Limit, values: Sequence[Any], infinite: bool) -> Leading | None:
    """The leading term if k_b tends to 1: then ln|h| grows faster than any ln t."""
    rows = [(t, dh / h0, near.value(2, origin, t), h0, dh) for t, h0, dh in values]
    rows = [row for row in rows if row[2] is not None and row[4] != 0]
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

    return h.xreplace({Y: side * Y}).replace(lambda e: isinstance(e, (sp.erf, sp.tanh)), split)


def _limit(sequence: Sequence[Any]) -> Any:
    """The limit of a sequence at geometrically spaced points, by Wynn's ε-algorithm; None if it does not settle.

    Corrections in powers of t are geometric along such points, which is what the algorithm removes.
    """
    if len(sequence) < _FEWEST_POINTS:
        return None
    sequence = sequence[-_MOST_POINTS:]
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
    return estimates[best + 1] if error <= _EXTRAPOLATED * size else None


def _fraction(value: Any) -> Fraction | None:
    """The fraction of small denominator that a number is to ten digits, or None."""
    if value is None:
        return None
    fraction = Fraction(mpmath.nstr(value, 40)).limit_denominator(_LARGEST_DENOMINATOR)
    return fraction if abs(value - high_precision(fraction)) <= _EXTRAPOLATED * max(1, abs(value)) else None


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
