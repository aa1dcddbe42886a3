"""The exact law of ẇ or ḃ of a mini-batch: its characteristic function is the M-th power of that of one sample.

The probability of one sample, over both classes and what is dead, is put on a lattice: a cell has what the class's cdf
has between the preimages of its edges (`duality.jacobian.duality`). A fast Fourier transform makes the characteristic
function, and another one the law of the sum from its M-th power. There is no Monte Carlo in it.

A cell's probability counts at its middle. Where the kicks of a class crowd within less than a cell, all of them are off
by the same, and the sum by as much as the batch has samples of that class: k = 2 puts half of all ẇ within 0.1·γ, on a
lattice that must reach 10⁴·γ. So the cells are many, the lattice reaches no farther than it must, and what half as
many cells change is told as the accuracy of the law.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import fft

from duality.dataset.model import Model
from duality.jacobian.duality import Duality, dualities
from duality.records.estimates import Frozen
from duality.records.jacobian import Branch
from duality.training.population import PopulationLoss

CELLS = 1 << 21  # of a lattice: 16 MiB for each array of them, half a second for each law
_CHUNK = 1 << 18  # edges at once
_UNLIKELY = np.log(2e10)  # -ln of the probability that a sum is beyond the lattice
_CELLS_BELOW = 8  # of a lattice, beside 0, that do not tell how the probability in them is distributed
_FLAT = 0.02  # relative range of the density in them, if it counts as constant

Cdf = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Moments:
    """Of ẇ or ḃ of one sample, by quadrature over the classes.

    Attributes
    ----------
    mean, sd : float
    skewness, kurtosis : float
        The latter in excess of the normal distribution's 3.
    third : float
        ⟨|deviation|³⟩/sd³.
    """

    mean: float
    sd: float
    skewness: float
    kurtosis: float
    third: float


@dataclass(frozen=True)
class Lattice:
    """Values j·spacing + offset for integers j from first on, as many as there are cells."""

    spacing: float
    first: int
    cells: int = CELLS
    offset: float = 0.0

    @property
    def values(self) -> np.ndarray:
        """The middles of the cells."""
        return self.spacing * (self.first + np.arange(self.cells)) + self.offset

    @property
    def upper_edges(self) -> np.ndarray:
        return self.values + 0.5 * self.spacing


@dataclass(frozen=True)
class LatticeLaw:
    """A law on a lattice.

    Attributes
    ----------
    lattice : Lattice
    probability : ndarray, shape (cells,)
    """

    lattice: Lattice
    probability: np.ndarray

    @cached_property
    def cdf(self) -> np.ndarray:
        """Up to the upper edge of each cell."""
        return np.cumsum(self.probability)

    def quantile(self, share: float) -> float:
        """Up to where there is as much, if a cell's probability is even within it."""
        cell = int(np.searchsorted(self.cdf, share))
        p = self.probability[cell]
        left = np.clip((self.cdf[cell] - share) / p, 0, 1) if p > 0 else 0.0
        return float(self.lattice.upper_edges[cell] - left * self.lattice.spacing)

    @property
    def half_range(self) -> float:
        """Half of the interquartile range."""
        return 0.5 * (self.quantile(0.75) - self.quantile(0.25))

    @property
    def finest(self) -> float:
        """The magnitude below which it is not told how the probability is distributed."""
        return _CELLS_BELOW * self.lattice.spacing

    @property
    def resolved(self) -> np.ndarray:
        """Of which edges it is known what is up to them: a peak at 0 may be narrower than a cell."""
        return np.abs(self.lattice.upper_edges) >= self.finest

    def log_mean(self, sign: int, low: float, high: float) -> tuple[float, float]:
        """Probability that the magnitude is in a window and has a sign, and the mean of its logarithm there.

        Within a cell the density counts as constant, and a cell at an end of the window for the part of it inside: a
        window of a dozen cells would have another exponent for each place of its end in a cell. In the first cells
        beside 0 the density counts as one constant; both are NaN if it is not.
        """
        spacing, size = self.lattice.spacing, sign * self.lattice.values
        near = self.finest
        start = size[size >= near].min() - 0.5 * spacing  # of the first cell that is resolved
        cells = (size + 0.5 * spacing > max(low, start)) & (size - 0.5 * spacing < high)
        left = np.maximum(size[cells] - 0.5 * spacing, max(low, start))
        right = np.minimum(size[cells] + 0.5 * spacing, high)
        here = right > left  # a cell of which rounding leaves nothing is none
        left, right, density = left[here], right[here], np.maximum(self.probability[cells][here], 0) / spacing
        total, mean = float(density @ (right - left)), float(density @ _integral_of_log(left, right))
        if low < start:
            first = self.probability[(size > 0) & (size < near)]
            if not np.ptp(first) < _FLAT * first.mean():
                return np.nan, np.nan
            end = min(start, high)
            total += first.mean() / spacing * (end - low)
            mean += first.mean() / spacing * float(_integral_of_log(low, end))
        return total, mean / total if total > 0 else np.nan

    def accuracy(self, rough: "LatticeLaw") -> float:
        """Kolmogorov's distance of the same law on half as many cells, at its edges that are resolved.

        The error of this law is less, as it falls faster than the spacing once what crowds is wider than a cell.
        """
        edges = rough.lattice.upper_edges
        between = np.interp(edges, self.lattice.upper_edges, self.cdf, left=0.0, right=1.0)
        return float(np.max(np.abs(between - rough.cdf)[rough.resolved]))

    def distance(self, cdf: Cdf) -> float:
        """Kolmogorov's, of another law's distribution function, over the edges of all cells."""
        return float(np.max(np.abs(self.cdf - cdf(self.lattice.upper_edges))))


def furthest(exact: float, rough: Sequence[float]) -> float:
    """The accuracy of a number of a law: how far off the same numbers of rougher laws are.

    NaN if there is none, or one of them is NaN: Python's max passes over a NaN that is not the first.
    """
    return float(np.max(np.abs(exact - np.array(rough)))) if len(rough) else np.nan


def _integral_of_log(left: np.ndarray | float, right: np.ndarray | float) -> np.ndarray:
    """∫ ln(x) dx between ends > 0."""
    width = np.subtract(right, left)
    return np.asarray(left * np.log1p(width / left) + width * (np.log(right) - 1))


class SampleLaw:
    """The law of ẇ or ḃ of one sample whose class is any with the same probability.

    Parameters
    ----------
    model : Model
    frozen : Frozen
    quantity : str
        "w_dot" or "b_dot".

    Attributes
    ----------
    maps : dict
        By class, the map from x1 to the quantity.
    moments : Moments
    """

    def __init__(self, model: Model, frozen: Frozen, quantity: str):
        of_classes = dualities(model.composition, model.densities, frozen)
        self.maps = {name: duality.of(quantity) for name, duality in of_classes.items()}
        self.moments = _moments(model, frozen, quantity)
        self._known: dict[Lattice, np.ndarray] = {}

    @cached_property
    def pieces(self) -> list[tuple[Duality, Branch]]:
        """All pieces of the map of every class, those without slope too."""
        return [(duality, piece) for duality in self.maps.values() for piece in duality.pieces]

    @cached_property
    def largest(self) -> float:
        """The largest magnitude within reach of the data."""
        return max((piece.q_high for _, piece in self.pieces), default=0.0)

    def probability(self, lattice: Lattice) -> np.ndarray:
        """Of the cells of a lattice; what is beyond it counts in its outermost cells, what has no gradient at 0."""
        if lattice not in self._known:
            total = self.probability_of(self.pieces, lattice)
            total[-lattice.first] += 1 - total.sum()
            self._known[lattice] = total
        return self._known[lattice]

    def probability_of(self, pieces: Sequence[tuple[Duality, Branch]], lattice: Lattice) -> np.ndarray:
        """That of some pieces of the map alone."""
        total = np.zeros(lattice.cells)
        for duality, piece in pieces:
            _put(total, lattice, duality, piece)
        return total / len(self.maps)

    def mean_of(self, mini_batch: int, cells: int = CELLS) -> LatticeLaw:
        """The law of the mean of M samples.

        Parameters
        ----------
        mini_batch : int
            M.
        cells : int
            A power of two.
        """
        lattice = self.lattice_of_sum(mini_batch, cells)
        probability, mean = self.probability(lattice), self.moments.mean
        if mini_batch == 1:  # as it is: at the edges of cells it is exact
            return LatticeLaw(lattice, probability)
        spectrum = characteristic(probability, lattice) ** mini_batch
        # What most samples do may be small beside a cell: the error of the mean of one is that of the mean of all.
        return from_characteristic(spectrum, lattice, mini_batch, mean, mean - float(probability @ lattice.values))

    def lattice_of_sum(self, mini_batch: int, cells: int = CELLS) -> Lattice:
        """A lattice about 0 that holds one sample, and beyond which the sum of M, less its mean, is unlikely.

        By Bennett's inequality (J. Amer. Statist. Assoc. 57 (1962) 33), for deviations t beyond either end:
        exp(-v·((1 + u)·ln(1 + u) - u)), v = M·σ²/c², u = t/(c·v), where c is the largest deviation. Of rare large
        kicks v is their number: the bound is as close as that of Poisson's law: 0.29 times Bernstein's for v = 0.01,
        a fifth of it for v = 0.001.
        """
        m, s = self.moments.mean, self.moments.sd
        c = self.largest + abs(m)
        v = mini_batch * (s / c) ** 2 if c else 0.0
        t = c * _bennett(v) if v else 0.0
        reach = max(min(t, mini_batch * c), c) * 1.01 or 1.0
        return Lattice(2 * reach / cells, -(cells // 2), cells)


def _bennett(v: float) -> float:
    """v·u, at which Bennett's exponent is that of what is unlikely; of Bernstein's, which is beyond it, by Newton."""
    n = _UNLIKELY / 3 + np.sqrt((_UNLIKELY / 3) ** 2 + 2 * _UNLIKELY * v)
    while True:  # from above the root of a convex function, so that each step stays above it
        step = ((v + n) * np.log1p(n / v) - n - _UNLIKELY) / np.log1p(n / v)
        n -= step
        if step <= 1e-9 * n:
            return float(n)


def characteristic(probability: np.ndarray, lattice: Lattice) -> np.ndarray:
    """Σ p_j·exp(-i·t·j·spacing) at t = 2π·n/(cells·spacing) ≥ 0 (the conjugate of what is called so)."""
    return np.asarray(fft.rfft(np.roll(probability, lattice.first)))


def from_characteristic(
    spectrum: np.ndarray, lattice: Lattice, mini_batch: int, mean: float, offset: float
) -> LatticeLaw:
    """The law of a mean of M from that of the sum; the lattice is moved to where the mean is, and by an offset."""
    probability = fft.irfft(spectrum, n=lattice.cells)
    first = lattice.first + round(mini_batch * mean / lattice.spacing)
    moved = Lattice(lattice.spacing / mini_batch, first, lattice.cells, offset)
    return LatticeLaw(moved, np.roll(probability, -first))


def _put(total: np.ndarray, lattice: Lattice, duality: Duality, piece: Branch) -> None:
    """Add the probability of a piece to the cells that its values fall into."""
    spacing, last = lattice.spacing, lattice.cells - 1
    low, high = sorted((piece.sign * piece.q_low, piece.sign * piece.q_high))
    ends = np.clip(np.floor(np.array([low, high]) / spacing + 0.5).astype(np.int64) - lattice.first, 0, last)
    if piece.flat:  # an atom: to its two cells, so that its mean is exact
        mass = float(np.diff(duality.density.cdf(np.array([piece.left, piece.right])))[0])
        place = np.clip(low / spacing - lattice.first, 0, last)
        cell = min(int(place), last - 1)
        total[cell] += mass * (cell + 1 - place)
        total[cell + 1] += mass * (place - cell)
        return
    edges = spacing * (lattice.first + np.arange(ends[0], ends[1]) + 0.5)  # between the cells
    rising = piece.increasing == (piece.sign > 0)  # of the value with x1
    outer = np.array([piece.left, piece.right] if rising else [piece.right, piece.left])
    sizes = np.clip(np.abs(edges), piece.q_low, piece.q_high)
    inner = [
        duality.density.cdf(duality.preimage(piece, sizes[first : first + _CHUNK]))
        for first in range(0, sizes.size, _CHUNK)
    ]
    F = np.concatenate([duality.density.cdf(outer[:1]), *inner, duality.density.cdf(outer[1:])])
    total[ends[0] : ends[1] + 1] += np.abs(np.diff(F))


def _moments(model: Model, frozen: Frozen, quantity: str) -> Moments:
    loss, q = PopulationLoss(model), np.array([frozen.w, frozen.b])

    def average(f: Callable[[np.ndarray], np.ndarray]) -> float:
        return loss.average(q, lambda x1, h: f(-frozen.gamma * h * (x1 if quantity == "w_dot" else 1.0)))

    mean = average(lambda v: v)
    sd = float(np.sqrt(average(lambda v: (v - mean) ** 2)))
    if not sd > 0:
        return Moments(mean, 0.0, 0.0, 0.0, 0.0)
    skewness, kurtosis, third = (
        average(f) for f in (
            lambda v: ((v - mean) / sd) ** 3, lambda v: ((v - mean) / sd) ** 4, lambda v: np.abs((v - mean) / sd) ** 3
        )
    )  # fmt: skip
    return Moments(mean, sd, skewness, kurtosis - 3, third)
