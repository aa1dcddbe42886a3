"""Deciding whether two expressions are equal: by SymPy where it can, at 50 digits where it cannot."""

from collections.abc import Mapping

import mpmath
import sympy as sp

_DIGITS = 50
_POINTS = 12
_AGREEMENT = mpmath.mpf(10) ** -40  # relative, of values computed at 50 digits


def identical(
    left: sp.Expr, right: sp.Expr, domain: Mapping[sp.Symbol, tuple[float, float]] | None = None
) -> tuple[bool, str]:
    """Whether two expressions are equal for all values of their symbols.

    Parameters
    ----------
    left, right : sympy.Expr
    domain : mapping of Symbol to (low, high), optional
        Where the numerical comparison draws its points from; (1/2, 2) for symbols not named.

    Returns
    -------
    equal : bool
    method : str
        "proof" if SymPy reduced the difference to zero; else "50 digits": the values agree, or not, at random points.
        A difference at one point refutes; agreement at all points is no proof, and is not called one.
    """
    difference = left - right
    if difference == 0 or sp.simplify(difference) == 0:
        return True, "proof"
    symbols = sorted(difference.free_symbols, key=str)
    random = mpmath.mp.clone()
    random.dps = _DIGITS
    # Quasi-random points (Weyl sequence): the same on every run, and no point is special.
    steps = [random.frac(random.sqrt(p)) for p in _primes(len(symbols))]
    for index in range(1, _POINTS + 1):
        point = {}
        for symbol, step in zip(symbols, steps, strict=True):
            low, high = (domain or {}).get(symbol, (0.5, 2.0))
            point[symbol] = sp.Float(str(low + (high - low) * random.frac(index * step)), _DIGITS)
        values = [sp.N(side.subs(point), _DIGITS) for side in (left, right)]
        scale = max(abs(value) for value in values)
        if scale != 0 and abs(values[0] - values[1]) > scale * sp.Float(str(_AGREEMENT)):
            return False, "50 digits"
    return True, "50 digits"


def _primes(count: int) -> list[int]:
    return [int(sp.prime(n + 1)) for n in range(count)]
