"""Deciding whether two expressions are equal: by SymPy where it can, at 50 digits where it cannot.

And, for what only numbers decide, how far two computations in doubles are apart.
"""

from collections.abc import Callable, Mapping

import mpmath
import numpy as np
import sympy as sp

_DIGITS = 50
_POINTS = 12
_AGREEMENT = sp.Rational(1, 10**40)  # relative, of values computed at 50 digits
_GRID = 2**20

ROUNDING = 1e-9  # relative: what two independent computations in doubles must agree to, to be called equal


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

    Raises
    ------
    ValueError
        If a side has no finite value at a point: then nothing was compared there.
    """
    difference = left - right
    if difference == 0 or _cancels(difference) or sp.simplify(difference) == 0:
        return True, "proof"
    symbols = sorted(left.free_symbols | right.free_symbols, key=str)
    random = mpmath.mp.clone()
    random.dps = _DIGITS
    # Quasi-random points (Weyl sequence): the same on every run, and no point is special. They are exact rationals,
    # so that SymPy raises its working precision until 50 digits are right, whatever cancels.
    steps = [random.frac(random.sqrt(sp.prime(n + 1))) for n in range(len(symbols))]
    for index in range(1, _POINTS + 1):
        point = {}
        for symbol, step in zip(symbols, steps, strict=True):
            low, high = (domain or {}).get(symbol, (0.5, 2.0))
            share = sp.Rational(int(random.frac(index * step) * _GRID), _GRID)
            point[symbol] = sp.Rational(low) + (sp.Rational(high) - sp.Rational(low)) * share
        # Term by term: a sum that cancels to zero is small against its terms, not against itself.
        terms = [term.evalf(_DIGITS, subs=point) for term in sp.Add.make_args(left) + sp.Add.make_args(-right)]
        if not all(term.is_number and term.is_finite for term in terms):
            raise ValueError(f"no finite value at {point}: {terms}")
        if abs(sum(terms)) > sum(abs(term) for term in terms) * _AGREEMENT:
            return False, "50 digits"
    return True, "50 digits"


def _cancels(difference: sp.Expr) -> bool:
    """Whether all terms of the numerator cancel: most identities are proved by that, far sooner than by `simplify`."""
    numerator, _ = sp.fraction(sp.together(difference))
    return bool(sp.expand(numerator) == 0)


def all_identical(
    *pairs: tuple[sp.Expr, sp.Expr], domain: Mapping[sp.Symbol, tuple[float, float]] | None = None
) -> tuple[bool, str]:
    """Whether every pair of expressions is equal, and the weakest method that was needed for it.

    Parameters
    ----------
    *pairs : (sympy.Expr, sympy.Expr)
    domain : mapping of Symbol to (low, high), optional
        As of `identical`.

    Raises
    ------
    ValueError
        If there is no pair, or a side has no finite value at a point: then nothing was compared.
    """
    if not pairs:
        raise ValueError("no pair of expressions to compare")
    outcomes = [identical(left, right, domain) for left, right in pairs]
    equal = all(outcome for outcome, _ in outcomes)
    proved = all(method == "proof" for _, method in outcomes)
    return equal, "proof" if proved else "50 digits"


def relative_deviation(left: np.ndarray, right: np.ndarray) -> float:
    """The largest |left - right|, relative to the larger of the two, element by element; 0 where both are 0."""
    left, right = np.asarray(left, float), np.asarray(right, float)
    scale = np.maximum(np.abs(left), np.abs(right))
    return float(np.max(np.abs(left - right) / np.where(scale > 0, scale, 1)))


def difference_quotient(function: Callable[[np.ndarray], np.ndarray], x: np.ndarray, step: float = 1e-4) -> np.ndarray:
    """df/dx by central differences of fourth order."""
    near = function(x + step) - function(x - step)
    far = function(x + 2 * step) - function(x - 2 * step)
    return (8 * near - far) / (12 * step)
