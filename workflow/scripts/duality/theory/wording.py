"""The texts of a regime: its limit, the leading term of |h|, and where its exponents hold.

In all of them y* is the limit and x̄ = (y* - b)/w is where x1 takes y there.
"""

from fractions import Fraction
from typing import Any

import mpmath

from duality.conventions import raised
from duality.formulas.notation import spelled
from duality.formulas.shifted_law import ShiftedLaw
from duality.theory.certain_digits import Limit, high_precision, is_infinite
from duality.theory.leading_terms import Leading

NO_LIMIT = "the local exponent tends to no limit, or too slowly to be told"
AT_NO_X1 = "|x1| → 0: ẇ = x1·ḃ, if h(b) ≠ 0"
WHERE_H_TENDS_TO_A_CONSTANT = "k_w: where |h| is constant; k_q: |x1| ≫ 1"
WHERE_H_IS_CONSTANT = "k_w: exact; k_q: |x1| ≫ 1"
_SHORT = 16  # characters of a number that a reader wants exactly


def number(value: Any) -> str:
    """A number as a reader wants it: a short fraction or decimal exactly, anything else to six digits."""
    precise = high_precision(value)
    if mpmath.isinf(precise):
        return "∞" if precise > 0 else "-∞"
    if isinstance(value, Fraction):
        decimal = f"{float(value):.10g}"
        exact = decimal if Fraction(decimal) == value else str(value)
        if len(exact) <= _SHORT:
            return exact
    return f"{float(precise):.6g}"


def interval(low: Limit, high: Limit) -> str:
    """An open interval of y, for example "0 < y < ∞"."""
    return f"{number(low)} < y < {number(high)}"


def approach(limit: Limit, side: int, edge: Limit | None) -> str:
    """A limit of y, for example "y → 1⁻ (beyond the edge at 0.999)".

    Parameters
    ----------
    limit : Fraction, mpf or ±infinity
    side : int
        From which side a finite limit is approached: 1 from above, -1 from below.
    edge : Fraction, mpf or None
        The edge of the piece of H at the limit or before it.
    """
    text = f"y → {number(limit)}"
    if not is_infinite(limit):
        text += "⁺" if side > 0 else "⁻"
    if edge is None:
        return text
    return f"{text} (edge)" if edge == limit else f"{text} (beyond the edge at {number(edge)})"


def leading_term(leading: Leading, limit: Limit, side: int) -> str:
    """The leading term of |h|, for example "∝ (1 - y)³" or "∝ exp(2·y)"."""
    if leading.k_b is None:
        return "→ constant"
    if is_infinite(limit):
        return _leading_term_at_infinity(leading, above=limit > 0)
    if leading.power is None:
        return "faster than any power"
    if limit == 0:
        base = "y" if side > 0 else "|y|"
    elif side > 0:
        base = f"(y - {number(limit)})" if limit > 0 else f"(y + {number(-limit)})"
    else:
        base = f"({number(limit)} - y)" if limit > 0 else f"(-{number(-limit)} - y)"
    return f"∝ {_power(base, leading.power)}"


def _leading_term_at_infinity(leading: Leading, above: bool) -> str:
    base = "y" if above else "|y|"
    if leading.power is not None and not leading.rate:
        return f"∝ {_power(base, leading.power)}"
    if leading.degree != leading.degree or leading.rate != leading.rate:
        return "faster than any power"
    rate, argument = leading.rate, "y"
    if leading.degree == 1:
        rate = rate if above else -rate
    else:
        argument = _power(base, Fraction(leading.degree))
    coefficient = "" if rate == 1 else "-" if rate == -1 else f"{number(rate)}·"
    if leading.power is None:
        return f"ln|h| ~ {coefficient}{argument}"
    factor = "" if leading.power == 0 else f"{_power(base, leading.power)}·"
    return f"∝ {factor}exp({coefficient}{argument})"


def _power(base: str, power: Fraction) -> str:
    if power < 0:
        return f"1/{_power(base, -power)}"
    if power == 1:
        return base
    if power % 2 == 0:
        base = base.strip("|")
    exponent = raised(str(power)) if power.denominator == 1 else f"^({power})"
    return f"{base}{exponent}"


def _x_bar(y: str) -> str:
    return "x̄ = -b/w" if y == "0" else f"x̄ = ({y} - b)/w"


def near_a_point(leading: Leading, limit: Limit, length: Any, exact: bool) -> str:
    """Where the exponents of a finite limit hold.

    Parameters
    ----------
    leading : Leading
    limit : Fraction or mpf
    length : mpf
        Of the stretch of y next to the limit.
    exact : bool
        Whether the local exponent is k_b on all of it.
    """
    y = number(limit)
    distance = f"|y - {y}|" if limit > 0 else f"|y + {number(-limit)}|" if limit < 0 else "|y|"
    if exact:
        where = "k_b: exact"
    elif mpmath.isinf(length):
        where = f"k_b: {distance} → 0"
    else:
        where = f"k_b: {distance} ≪ {mpmath.nstr(length, 3)}"
    if leading.power is None:
        return where
    small = min(Fraction(1), abs(leading.power))
    far = "" if leading.k_with_x1 is None else f" ({leading.k_with_x1} where |x1| ≫ |x̄|)"
    times = "" if small == 1 else f"{small}·"
    return f"{where}; k_w: |x1 - x̄| ≪ {times}|x̄|{far}; k_q: |x1 - x̄| ≪ {small}; {_x_bar(y)}"


def in_an_exponential(leading: Leading, limit: Limit, unit: Any, exact: bool) -> str:
    """Where the exponents of an exponential at y → ±∞ hold.

    Parameters
    ----------
    leading : Leading
    limit : ±infinity
    unit : number or None
        r, if the next terms of h are powers of exp(-r|y|).
    exact : bool
        Whether the local exponent is k_b on the whole stretch.
    """
    where = "k_b: |y| ≫ 1"
    if exact:
        where = "k_b: exact"
    elif leading.power == 0 and leading.degree == 1 and unit is not None:
        where = f"k_b: exp({'-' if limit > 0 else ''}{'' if unit == 1 else f'{unit}·'}y) ≪ 1"
    if leading.degree != 1:
        return f"{where}; k_w: |w·x1·h′/h| ≫ 1; k_q: |w·h′/h| ≫ 1"
    inverse = number(1 / max(leading.rate, -leading.rate))
    return f"{where}; k_w: |w·x1| ≫ {inverse}; k_q: |w| ≫ {inverse} or |w·x1| ≫ {inverse}; both up to logarithms"


def far_out(leading: Leading, exact: bool, large_x1: bool) -> str:
    """Where the exponents of a power at y → ±∞ hold.

    Parameters
    ----------
    leading : Leading
    exact : bool
        Whether the local exponent is k_b on the whole stretch.
    large_x1 : bool
        Whether the row is the one for |x1| ≫ 1, or the one for |x1| ≪ 1.
    """
    k_b = "k_b: exact" if exact else "k_b: |y| ≫ 1"
    k_w = "" if leading.k_with_x1 is None else "; k_w: |x1| ≫ |x̄|"
    k_q = "|x1| ≫ |x̄| and |x1| ≫ 1" if large_x1 else "|x̄| ≪ |x1| ≪ 1"
    return f"{k_b}{k_w}; k_q: {k_q}; {_x_bar(number(leading.centre))}"


def shifted_law(law: ShiftedLaw) -> str:
    """The shifted power law of ẇ, with its constants."""
    return f"exact, |dẇ/dx1| = |K|·|1 + r·ẇ|^k_w: K = {spelled(law.K)}, r = {spelled(law.r)}"
