"""Where the exponents of a regime hold, as conditions of the config: formulas in x1, y, w and b, with a ≪ b.

What `duality.theory.wording` says in words, for q̇ and ḃ at once: each condition is that a correction to the local
exponent is small. With u = h/h′, ε = x1·u/(w·s²), δ = u²/(w²·s⁴) and s² = 1 + x1² that of q̇ is (κ + 2ε + δ)/(1 + ε)²,
where κ = h·h″/h′² is that of ḃ. So it is k_b where κ is, 2·|1 - k_b|·ε ≪ 1, and ε² + δ = u²/(w²·s²) ≪ 1. At a limit u
is known, (y - y*)/p for a power and 1/a for exp(a·y), and so is by how much κ is off k_b.
"""

from fractions import Fraction
from typing import Any

import mpmath

from duality.theory.certain_digits import Limit, high_precision, is_infinite
from duality.theory.leading_terms import Leading

Conditions = tuple[str, ...]


def on_stretch(low: Limit, high: Limit) -> Conditions:
    """y between two points, of which either may be infinite."""
    above = () if is_infinite(low) else (f"y > {_number(low)}",)
    return above if is_infinite(high) else (*above, f"y < {_number(high)}")


def near_a_point(leading: Leading, limit: Limit, scale: Any) -> Conditions:
    """Of a finite limit.

    Parameters
    ----------
    leading : Leading
    limit : Fraction or mpf
    scale : mpf
        Of y - y*, on which κ changes by one. Infinite where it is k_b exactly.
    """
    distance = _distance(limit)
    near = () if mpmath.isinf(scale) else (f"abs({distance}) << {float(scale):.3g}",)
    if leading.power is None or leading.k_b is None:
        return near
    return (*near, *_slow_factor(leading.k_b, abs(leading.power), distance))


def in_an_exponential(leading: Leading, limit: Limit, unit: Any, exact: bool) -> Conditions:
    """Of an exponential at y → ±∞.

    Parameters
    ----------
    leading : Leading
    limit : ±infinity
    unit : number or None
        r, if the next terms of h are powers of exp(-r|y|).
    exact : bool
        Whether the local exponent is k_b on the whole stretch.
    """
    if exact:
        near: Conditions = ()
    elif leading.power == 0 and leading.degree == 1 and unit is not None:
        near = (f"exp({'-' if limit > 0 else ''}{unit}*y) << 1",)
    else:
        near = levelling_off(limit)
    return (*near, *_slow_factor(Fraction(1), abs(leading.rate))) if leading.degree == 1 else near


def levelling_off(limit: Limit) -> Conditions:
    """Of y → ±∞, where nothing says on what scale."""
    return (f"1 << {_outwards('y', limit)}",)


def far_out(leading: Leading, limit: Limit, exact: bool, large_x1: bool) -> Conditions:
    """Of a power at y → ±∞.

    Parameters
    ----------
    leading : Leading
    limit : ±infinity
    exact : bool
        Whether the local exponent is k_b on the whole stretch.
    large_x1 : bool
        Where |x1| ≫ 1 and |x̄|, so that q̇ grows by a power more than ḃ; or where √(1 + x1²) varies slowly.
    """
    distance = _distance(leading.centre)
    near = () if exact else (f"1 << {_outwards(distance, limit)}",)
    if large_x1:
        return (*near, "1 << abs(x1)", f"abs(({_number(leading.centre)} - b)/w) << abs(x1)")
    if leading.power is None or leading.k_b is None:
        return near
    return (*near, *_slow_factor(leading.k_b, abs(leading.power), distance))


def _slow_factor(k_b: Fraction, p: Any, distance: str | None = None) -> Conditions:
    """2·|1 - k_b|·ε ≪ 1 and ε² + δ ≪ 1 for |h/h′| = |distance|/p, or 1/p."""
    square = "1" if distance is None else f"({distance})**2"
    second = f"{square} << ({_number(p)}*w)**2*(1 + x1**2)"
    if k_b == 1:
        return (second,)
    first = f"{_number(2 * abs(1 - k_b))}*abs(x1*({distance or 1})) << {_number(p)}*abs(w)*(1 + x1**2)"
    return (first, second)


def _outwards(y: str, limit: Limit) -> str:
    return y if limit > 0 else f"-({y})"


def _distance(point: Limit) -> str:
    return f"y - ({_number(point)})"


def _number(value: Any) -> str:
    """A fraction as it is, any other number to the last digit of a double."""
    return str(value) if isinstance(value, Fraction) else repr(float(high_precision(value)))
