"""Proofs of a leading term, by operations of SymPy that always end.

Those are on polynomials in y - y*, in 1/y and in z = exp(-r|y|).
"""

from fractions import Fraction

import sympy as sp
from sympy.codegen.cfunctions import expm1, log1p

from duality.formulas.stable import Y, Z, rate_of, stable

_LARGEST_EXPRESSION = 400  # operations: beyond, no proof is tried
_LARGEST_EXPONENT = 16  # in an expression that is to be expanded


def is_power(h: sp.Expr, limit: Fraction, side: int, power: Fraction) -> bool:
    """Whether it is proved that |h| ∝ |y - y*|^p as y → y*, from above (side = 1) or from below (side = -1)."""
    if sp.count_ops(h) > _LARGEST_EXPRESSION:
        return False
    return _taylor_order(h, limit) == power or _is_algebraic_order(h, limit, side, power)


def is_power_and_exponential(h: sp.Expr, side: int, power: Fraction | None, rate: Fraction | float) -> bool:
    """Whether it is proved that |h| ∝ |y|^p·exp(a·|y|) as y → ∞ (side = 1) or y → -∞ (side = -1)."""
    return sp.count_ops(h) <= _LARGEST_EXPRESSION and _power_and_rate(h, side) == (power, rate)


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
