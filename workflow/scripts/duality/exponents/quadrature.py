"""Integrals over a window by the double-exponential rule (H. Takahasi and M. Mori, Publ. RIMS 9 (1974) 721)."""

from collections.abc import Callable
from functools import cache

import numpy as np

_REACH = 3.25  # of the variable, beyond which a double no longer tells a node from an end
_COARSEST, _FINEST = 3, 10  # steps are 2^-level


def integral(f: Callable[[np.ndarray], np.ndarray], low: float, high: float, tolerance: float) -> tuple[float, float]:
    """∫ f from low to high. f may diverge at either end, like a logarithm or an inverse root, but at no other place.

    Parameters
    ----------
    f : function of ndarray
        Elementwise; a value that is not finite counts as 0.
    low, high : float
    tolerance : float
        Steps are halved until that changes the integral by no more, or they are 1/1024.

    Returns
    -------
    integral, change : float
        The change is that of the last halving. The error is far smaller where f is smooth inside.
    """
    middle, half = 0.5 * (high + low), 0.5 * (high - low)

    def total(level: int) -> tuple[float, float]:
        """Sums over the nodes that a level has, and over every other of them where it is the coarsest."""
        nodes, weights = _rule(level)
        values = f(middle + half * nodes)
        terms = weights * np.where(np.isfinite(values), values, 0.0)
        return float(np.sum(terms)), float(np.sum(terms[::2]))

    sums, coarser = total(_COARSEST)
    found, before = half * sums / 2**_COARSEST, half * coarser / 2 ** (_COARSEST - 1)
    for level in range(_COARSEST + 1, _FINEST + 1):
        if abs(found - before) <= tolerance:
            break
        sums += total(level)[0]
        found, before = half * sums / 2**level, found
    return found, abs(found - before)


@cache
def _rule(level: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes in (-1, 1), and weights in units of the step: of the coarsest level all, of others those that are new."""
    most = int(_REACH * 2**level)
    index = np.arange(-most - most % 2, most + 1, 1) if level == _COARSEST else np.arange(1 - 2 * (most // 2), most, 2)
    u = 0.5 * np.pi * np.sinh(index / 2**level)
    return np.tanh(u), 0.5 * np.pi * np.cosh(index / 2**level) / np.cosh(u) ** 2
