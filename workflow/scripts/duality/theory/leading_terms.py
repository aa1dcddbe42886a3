"""How a function h(y) behaves at a limit point: the leading term of h there, and the k of h′ ∝ h^k.

Values with 50 certain digits, at points that approach the limit geometrically, are extrapolated.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import mpmath
import sympy as sp

from duality.formulas.stable import Y
from duality.theory.certain_digits import DIGITS, Function, Limit, high_precision, is_infinite
from duality.theory.leading_proofs import is_power, is_power_and_exponential

PROOF, NUMERICAL = "proof", "50 digits"

_AT_A_POINT = [2.0**-j for j in range(2, 26)]  # of |y - y*|, in units of the scale
_AT_INFINITY = [2.0 ** (j / 2) for j in range(-12, 45)]  # of |y|
_LARGEST_MAGNITUDE = 2**64  # of log2|h|: beyond, as for exp(-exp(y)), a value takes too long
_FEWEST_POINTS = 8
_EXTRAPOLATED_FROM = (16, 12, 8)  # points nearest to the limit: with fewer, those farther off disturb less
_SETTLED = mpmath.mpf(10) ** -10  # to which an extrapolated limit must be settled
# A number near a limit is its fraction if it matches to so many digits: the larger denominators may be, the more
# fractions there are, and of those below 10⁶ one is within 10⁻¹² of any number.
_FRACTIONS = ((128, 10), (10**6, 30))  # largest denominator, digits


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

    @property
    def is_exponential(self) -> bool:
        """Whether |h| changes faster than any power of t."""
        return self.k_b == 1 and (self.power is None or bool(self.rate))

    @property
    def k_with_x1(self) -> Fraction | None:
        """The local exponent of x1·h where x1 adds one to the power: p/(p + 1). None for p = -1."""
        return None if self.power is None or self.power == -1 else self.power / (self.power + 1)


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
    Leading or None
        None if the leading term is neither t^p nor t^p·exp(a·t^n). The local exponent then has no limit, or tends to
        one too slowly (logarithms) to be told.
    """
    infinite = is_infinite(limit)
    if infinite:
        side = 1 if limit > 0 else -1
        near, origin = Function(_towards_infinity(h.h, side)), Fraction(0)
        offsets = _AT_INFINITY
    else:
        near, origin = h, limit
        offsets = [side * scale * distance for distance in _AT_A_POINT]
    values = _values(near, origin, offsets)
    found: Leading | None
    with mpmath.workdps(DIGITS):
        power = _fraction(_limit([t * dh / h0 for t, h0, dh in values]))
        if power is None:
            found = _exponential(near, origin, values, infinite)
        else:
            found = Leading(power, rate=Fraction(0), degree=Fraction(0), k_b=None, method=NUMERICAL)
            if power:
                found = replace(found, k_b=(power - 1) / power)
            if infinite and power:
                centre = _limit([side * (t - high_precision(power) * h0 / dh) for t, h0, dh in values])
                found = found if centre is None else replace(found, centre=_short(centre))
    if found is None:
        return None
    return replace(found, method=PROOF) if _is_proved(h.h, limit, side, found) else found


def _is_proved(h: sp.Expr, limit: Limit, side: int, found: Leading) -> bool:
    if is_infinite(limit):
        return found.degree in (0, 1) and is_power_and_exponential(h, side, found.power, found.rate)
    return isinstance(limit, Fraction) and found.power is not None and is_power(h, limit, side, found.power)


def _values(near: Function, origin: Limit, offsets: Sequence[float]) -> list[tuple[Any, Any, Any]]:
    """t, h, h′ at the last eight or more successive points that all have values; empty if there are no such points."""
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
    unknown = Leading(None, rate=float("nan"), degree=float("nan"), k_b=k_b, method=NUMERICAL)
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
    return replace(unknown, power=_fraction(power), rate=_short(rate), degree=degree)


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
    """The limit of a sequence at geometrically spaced points. None if the sequence does not settle."""
    if len(sequence) < _FEWEST_POINTS:
        return None
    limits = (_extrapolated(sequence[-count:]) for count in _EXTRAPOLATED_FROM)
    return next((limit for limit in limits if limit is not None), None)


def _extrapolated(sequence: Sequence[Any]) -> Any:
    """The limit by Wynn's ε-algorithm: it removes corrections in powers of t, geometric along such points."""
    settled = mpmath.mpf(10) ** (10 - DIGITS)
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
    """The fraction of small denominator that equals a number. None if there is none."""
    if value is None:
        return None
    exact = Fraction(mpmath.nstr(value, 40))
    for denominator, digits in _FRACTIONS:
        fraction = exact.limit_denominator(denominator)
        if abs(value - high_precision(fraction)) <= mpmath.mpf(10) ** -digits * max(1, abs(value)):
            return fraction
    return None


def _short(value: Any) -> Fraction | float:
    """The fraction that equals a number. If there is none, the number in floating point."""
    fraction = _fraction(value)
    return float(value) if fraction is None else fraction
