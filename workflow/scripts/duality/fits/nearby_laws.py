"""Shifted power laws near one of them, with ln of the cells' probabilities as polynomials of the two parameters.

The data sets of a bootstrap are fitted by laws that are all near the one that made them. ln L of a data set is the sum
over the cells of counts times ln p. With ln p a polynomial that is a polynomial too, whose coefficients are the
product of two matrices, and Newton's method finds its maximum without a look at the cells. What lies too far away, or
where no polynomial comes near ln p, is fitted by `ShiftedPowerLaw.maximise`, to which all of this is equal.
"""

from dataclasses import dataclass

import numpy as np
from numpy.polynomial import chebyshev

from duality.fits.shifted_power_laws import ShiftedPowerLaw

_REACH = 6.0  # of the polynomials, in standard errors from the law in the middle
_ROOM = 0.5  # of the way to an end of τ, beyond which they do not reach
_SIZE = 16  # coefficients per parameter
_DEVIATION = 1e-6  # of ln L of all counts, at most, from what the polynomials have: a fit is off by as many errors
_DERIVATIVES = [chebyshev.chebder(np.eye(_SIZE), order) for order in (1, 2)]
_MOST_STEPS, _ACCURACY, _LONGEST = 30, 1e-9, 0.25  # of Newton's method, in units of the reach


def fit_simulated(law: ShiftedPowerLaw, found: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The most likely κ and τ of many data sets that a law of the family has made, and the cells' probabilities there.

    Parameters
    ----------
    law : ShiftedPowerLaw
    found : ndarray, shape (2,)
        κ and τ of the law that made them.
    counts : ndarray, shape (sets, cells)

    Returns
    -------
    parameters : ndarray, shape (sets, 2)
    probability : ndarray, shape (sets, cells)
    """
    parameters, probability = np.tile(found, (len(counts), 1)), np.zeros(counts.shape)
    far = np.ones(len(counts), bool)
    nearby = _Nearby.of(law, found, int(counts[0].sum()))
    if nearby:
        at, far = nearby.likeliest(counts)
        parameters, probability = found + at @ nearby.axes.T, nearby.probability(at)
    if far.any():
        parameters[far] = law.maximise(counts[far], np.tile(found, (int(np.count_nonzero(far)), 1)))[0]
        probability[far] = law.probability(parameters[far])
    return parameters, probability


@dataclass(frozen=True)
class _Nearby:
    """The polynomials, in coordinates in [-1, 1]² along the axes of the errors.

    Attributes
    ----------
    axes : ndarray, shape (2, 2)
        κ and τ are those of the law in the middle plus axes @ coordinates.
    possible : ndarray of bool, shape (cells,)
        Whether a cell has any probability.
    coefficients : ndarray, shape (possible cells, size²)
        Of products of Chebyshev polynomials of the two coordinates.
    """

    axes: np.ndarray
    possible: np.ndarray
    coefficients: np.ndarray

    @classmethod
    def of(cls, law: ShiftedPowerLaw, found: np.ndarray, n: int) -> "_Nearby | None":
        """About a law, for data sets of n counts; None where ln p is no such polynomial."""
        probability = law.probability(found[None])
        information = law.evaluate(found[None], n * probability)[2][0]
        if not np.min(np.linalg.eigvalsh(information)) > 0:
            return None
        axes = _REACH * np.linalg.cholesky(np.linalg.inv(information))
        room = min(found[1] - law.ends[0], law.ends[1] - found[1])
        axes *= min(1.0, _ROOM * room / np.abs(axes[1]).sum())
        angles = np.pi * (np.arange(_SIZE) + 0.5) / _SIZE
        orders = np.arange(_SIZE)
        to_coefficients = np.cos(np.multiply.outer(orders, angles)) * np.where(orders == 0, 1, 2)[:, None] / _SIZE
        log_cells = law.log_probability(found + _grid(np.cos(angles)) @ axes.T)
        possible = np.isfinite(log_cells).all(axis=0)
        values = log_cells[:, possible].T.reshape(-1, _SIZE, _SIZE)
        made = cls(axes, possible, (to_coefficients @ values @ to_coefficients.T).reshape(-1, _SIZE**2))
        between = _grid(np.cos(angles[:-1] + 0.5 * np.diff(angles)))
        exact = law.log_probability(found + between @ axes.T)[:, possible]
        deviation = np.abs(made._log_probability(between) - exact) @ probability[0, possible]
        return made if n * np.max(deviation) <= _DEVIATION else None

    def likeliest(self, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates of the maxima of ln L of many data sets, shape (sets, 2), and which of them are not to be had."""
        of_sets = (counts[:, self.possible].astype(float) @ self.coefficients).reshape(-1, _SIZE, _SIZE)
        at, step = np.zeros((len(counts), 2)), np.full((len(counts), 2), np.inf)
        curved = np.zeros(len(counts), bool)
        for _ in range(_MOST_STEPS):
            one, other = (_derivatives(at[:, axis]) for axis in (0, 1))
            found = one @ of_sets @ other.transpose(0, 2, 1)  # derivatives by one and by the other, shape (sets, 3, 3)
            first = np.stack([found[:, 1, 0], found[:, 0, 1]], axis=1)
            second = np.stack([found[:, 2, 0], found[:, 1, 1], found[:, 1, 1], found[:, 0, 2]], axis=1)
            second = second.reshape(-1, 2, 2)
            curved = np.linalg.eigvalsh(second)[:, 1] < 0
            second[~curved] = -np.eye(2)
            step = -np.linalg.solve(second, first[:, :, None])[:, :, 0]
            at += step * np.minimum(1.0, _LONGEST / np.maximum(np.linalg.norm(step, axis=1), _ACCURACY))[:, None]
            at = np.clip(at, -1.5, 1.5)  # from there a search does not come back
            if not np.any(np.abs(step) > _ACCURACY):
                break
        reached = curved & (np.abs(step) <= _ACCURACY).all(axis=1) & (np.abs(at) <= 1).all(axis=1)
        at[~reached] = 0.0
        return at, ~reached

    def probability(self, at: np.ndarray) -> np.ndarray:
        """Of all cells, at many coordinates, shape (sets, cells)."""
        probability = np.zeros((len(at), self.possible.size))
        probability[:, self.possible] = np.exp(self._log_probability(at))
        return probability

    def _log_probability(self, at: np.ndarray) -> np.ndarray:
        one, other = (chebyshev.chebvander(at[:, axis], _SIZE - 1) for axis in (0, 1))
        return (one[:, :, None] * other[:, None, :]).reshape(len(at), -1) @ self.coefficients.T


def _grid(points: np.ndarray) -> np.ndarray:
    """All pairs of points, the second running faster, shape (points², 2)."""
    return np.stack(np.meshgrid(points, points, indexing="ij"), axis=-1).reshape(-1, 2)


def _derivatives(x: np.ndarray) -> np.ndarray:
    """Chebyshev polynomials at x, and their first and second derivatives, shape (x, 3, size)."""
    values = chebyshev.chebvander(x, _SIZE - 1)
    return np.stack([values, *(values[:, : _SIZE - order] @ _DERIVATIVES[order - 1] for order in (1, 2))], axis=1)
