"""The law of (ẇ, ḃ) of a mini-batch in the plane, and so that of its length q̇, without sampling.

The characteristic function of one sample is a quadrature over x1; its M-th power is that of the sum, and a fast Fourier
transform in two dimensions makes the density of it on a lattice. That is the law where nothing of it is finer than a
cell and little beyond the lattice: the mean of some tens of kicks, or of more. Half as many cells, once as wide and
once twice as wide, tell how well. That is so within the centre; beyond it single large kicks count, of which the
quadrature has too few nodes.
"""

import numpy as np
from scipy import fft
from scipy.ndimage import map_coordinates, spline_filter

from duality.dataset.model import Model
from duality.records.estimates import Frozen
from duality.training.population import PopulationLoss

CELLS = 1 << 11  # of an axis: 32 MiB for the density
_CELLS_OF_WIDTH = 4.0  # in a standard deviation of what a batch usually has
_USUAL = 3.0  # kicks of a batch that are larger than usual, on average
_FINENESS = (6, 40)  # of the quadrature
_RADII, _ANGLES = 12, 96  # nodes of a panel, and of half a turn
_CHUNK = 512  # nodes at once
_SINGULAR = 1e-12  # ratio of the variances of kicks on a line
_LEFT = 2e-3  # of the characteristic function at the highest frequency, if nothing of the law is finer than a cell
_NEGLIGIBLE = 1e-13  # probability of a node


class PlaneLaw:
    """The law of the mean (ẇ, ḃ) of M samples.

    Parameters
    ----------
    model : Model
    frozen : Frozen
    mini_batch : int
        M.
    cells : int, optional
        Of each axis of the lattice.
    per_width : float, optional
        Cells in a standard deviation of the sum of the kicks that a batch usually has.

    Attributes
    ----------
    smooth : bool
        Whether nothing of the law is finer than a cell, as an atom of batches without any gradient is.
    """

    def __init__(
        self, model: Model, frozen: Frozen, mini_batch: int, cells: int = CELLS, per_width: float = _CELLS_OF_WIDTH
    ):
        kicks, weights = _kicks(model, frozen)
        self.mean = kicks @ weights
        axes = _usual(kicks, weights, mini_batch) / per_width  # a cell, of the sum
        self.cells, self.frame = cells, axes / mini_batch
        place = np.linalg.solve(axes, kicks - self.mean[:, None])
        t = 2 * np.pi * fft.fftfreq(cells), 2 * np.pi * fft.rfftfreq(cells)
        spectrum = np.zeros((cells, cells // 2 + 1), complex)
        for first in range(0, weights.size, _CHUNK):
            some = slice(first, first + _CHUNK)
            across, along = (np.exp(-1j * np.outer(of, at)) for of, at in zip(t, place[:, some], strict=True))
            spectrum += (across * weights[some]) @ along.T
        spectrum **= mini_batch
        self.smooth = bool(max(np.abs(spectrum[cells // 2]).max(), np.abs(spectrum[:, -1]).max()) < _LEFT)
        density = fft.fftshift(fft.irfft2(spectrum, s=(cells, cells))) / np.abs(np.linalg.det(self.frame))
        self.density = spline_filter(density, mode="constant")

    def pdf(self, w_dot: np.ndarray, b_dot: np.ndarray) -> np.ndarray:
        """The density at points of the plane; 0 beyond the lattice."""
        at = np.linalg.solve(self.frame, np.stack([w_dot.ravel(), b_dot.ravel()]) - self.mean[:, None])
        found = map_coordinates(self.density, at + self.cells // 2, order=3, mode="constant", prefilter=False)
        return np.asarray(found).reshape(w_dot.shape)

    def log_mean(self, sign: int, low: float, high: float) -> tuple[float, float]:
        """Probability of a window of lengths and a sign of ḃ, and the mean of ln(length) there."""
        panels = int(np.ceil(4 * np.log(high / low)))
        edges = np.linspace(np.log(low), np.log(high), 1 + panels)
        nodes, weights = np.polynomial.legendre.leggauss(_RADII)
        half = 0.5 * np.diff(edges)[:, None]
        t, of_t = (0.5 * (edges[1:] + edges[:-1])[:, None] + half * nodes).ravel(), (half * weights).ravel()
        nodes, weights = np.polynomial.legendre.leggauss(_ANGLES)
        turn = 0.5 * np.pi * (nodes + 1)
        r = np.exp(t)[:, None]
        p = (self.pdf(r * np.cos(turn), sign * r * np.sin(turn)) @ weights) * np.exp(2 * t) * of_t * 0.5 * np.pi
        total = float(p.sum())
        return total, float(p @ t) / total if total > 0 else np.nan


def with_rough(model: Model, frozen: Frozen, mini_batch: int) -> tuple[PlaneLaw | None, list[PlaneLaw]]:
    """The law, and the same on half as many cells of each axis: as fine, and as far.

    None of a model all kicks of which are the same, as dead ones are: that law has no density.
    """
    if not np.ptp(_kicks(model, frozen)[0], axis=1).any():
        return None, []
    rough = [PlaneLaw(model, frozen, mini_batch, CELLS // 2, _CELLS_OF_WIDTH / by) for by in (1, 2)]
    return PlaneLaw(model, frozen, mini_batch), rough


def _kicks(model: Model, frozen: Frozen) -> tuple[np.ndarray, np.ndarray]:
    """(ẇ, ḃ) at the nodes of a quadrature over all classes, shape (2, n), and their probabilities."""
    kicks, weights = PopulationLoss(model, _FINENESS).nodes_of_kicks(np.array([frozen.w, frozen.b]))
    likely = weights > _NEGLIGIBLE
    return -frozen.gamma * kicks[:, likely], weights[likely] / weights[likely].sum()


def _usual(kicks: np.ndarray, weights: np.ndarray, mini_batch: int) -> np.ndarray:
    """A square root of the covariance of the sum of M kicks that are not larger than usual, shape (2, 2).

    If these are all dead, of larger ones too.
    """
    order = np.argsort(np.hypot(*kicks))
    for share in (max(1 - _USUAL / mini_batch, 0.5), 0.9, np.inf):  # their sum may be rounded to more than 1
        usual = order[np.cumsum(weights[order]) <= share]
        p = weights[usual] / weights[usual].sum()
        deviation = kicks[:, usual] - (kicks[:, usual] @ p)[:, None]
        values, axes = np.linalg.eigh(mini_batch * (deviation * p) @ deviation.T)
        if values[0] > _SINGULAR * values[1]:
            break
    return axes * np.sqrt(np.maximum(values, _SINGULAR * values[1]))
