"""The density of a function of x1 without the library's branches: by Dirac's δ, and by the solutions of an equation."""

from collections.abc import Callable

import numpy as np
from scipy import optimize

from duality.dataset.density import Gaussian

_WIDTH = 1e-4  # of the normal density that stands for δ, in units of q̇, which reaches 0.03


def _reach(density: Gaussian) -> tuple[float, float]:
    return density.mean - 8 * density.sd, density.mean + 8 * density.sd


def normal(u: np.ndarray | float, width: float) -> np.ndarray:
    """Normal density of mean zero: δ(u) as the width goes to zero."""
    return np.exp(-0.5 * (u / width) ** 2) / (width * np.sqrt(2 * np.pi))


def against_delta(
    function: Callable[[np.ndarray], np.ndarray], density: Gaussian, points: np.ndarray, width: float = _WIDTH
) -> np.ndarray:
    """∫ p(x1) δ(q - q̇(x1)) dx1 at points q, with δ as two normal densities extrapolated to width zero.

    One width errs by a multiple of its square, the result by the fourth power of the width.
    """
    x1 = np.linspace(*_reach(density), 40_001)
    values, weights = function(x1), normal(x1 - density.mean, density.sd) * (x1[1] - x1[0])
    coarse, fine = (np.array([weights @ normal(point - values, one) for point in points]) for one in (width, width / 2))
    return (4 * fine - coarse) / 3


def preimages(function: Callable[[np.ndarray], np.ndarray], value: float, density: Gaussian) -> list[float]:
    """All x1 within 8 standard deviations of the class's mean where the function takes the value, by Brent's method."""
    x1 = np.linspace(*_reach(density), 4001)
    above = function(x1) > value
    crossings = np.flatnonzero(above[1:] != above[:-1])
    return [optimize.brentq(lambda x: float(function(x)) - value, x1[i], x1[i + 1], xtol=1e-15) for i in crossings]
