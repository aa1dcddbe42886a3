"""The jumps of an SGD run by class: actual, potential, and as theory averages them over the stationary (w, b)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import special

from duality.dataset.distribution import Density
from duality.dataset.model import Model
from duality.dataset.stream import Stream
from duality.jacobian.duality import Duality, dualities
from duality.records.estimates import Frozen

_DEVIATIONS, _SAMPLES = 256, 8192  # of (w, b) and, at each of them, of x1 in the predicted jumps


@dataclass(frozen=True)
class Run:
    """Blocks of consecutive steps of an SGD run, evenly spread in time.

    Attributes
    ----------
    gamma : float
    starts : ndarray of int64, shape (blocks, replicas)
        Where in the stream a replica read the block.
    b_dot : ndarray, shape (blocks, steps of a block, replicas)
        The jumps ḃ that were made.
    w, b : ndarray, shape (blocks, replicas)
        Parameters during a block: the mean of those before and after it.
    steps : int
        Steps per replica from the first block to the last, those between the blocks included.
    """

    gamma: float
    starts: np.ndarray
    b_dot: np.ndarray
    w: np.ndarray
    b: np.ndarray
    steps: int

    @property
    def frozen(self) -> Frozen:
        """The parameters of the potential jumps: the means of w and b over the run."""
        return Frozen(float(self.w.mean()), float(self.b.mean()), self.gamma)

    @property
    def places(self) -> np.ndarray:
        """Where in the stream the sample of each jump is, shape (blocks, steps of a block, replicas)."""
        return self.starts[:, None, :] + np.arange(self.b_dot.shape[1])[:, None]


def predicted_jumps(duality: Duality, covariance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Actual and potential q̇ (signed) that theory expects, on a lattice of points that are equally likely.

    At a given x1 the actual jump depends on (w, b) by y = w·x1 + b alone, which is Gaussian if (w, b) is: its average
    over the stationary (w, b) is one over a single normal number. Samples are independent of the (w, b) that they meet.

    Counted on these points, a distribution is off by about 3·10⁻⁶.

    Parameters
    ----------
    duality : Duality
        The map to q̇ at the mean of the stationary (w, b).
    covariance : ndarray, shape (2, 2)
        Of the stationary (w, b).
    """
    normal = special.ndtri((np.arange(_DEVIATIONS) + 0.5) / _DEVIATIONS)
    normal /= np.std(normal)  # the midpoints alone would lack the tails' share
    actual, potential = np.empty((2, _DEVIATIONS, _SAMPLES))
    # One deviation after the other: what is between stays within the cache.
    lattice = _lattice(duality.density, _DEVIATIONS, _SAMPLES)  # type: ignore[arg-type]  # any object has a hash
    for row, x1 in enumerate(lattice):
        sd = np.sqrt(covariance[0, 0] * x1**2 + 2 * covariance[0, 1] * x1 + covariance[1, 1])
        y, size = duality.y(x1), duality.factor(x1, 0)[0]
        actual[row] = -duality.gamma * duality.h(y + sd * normal[row]) * size
        potential[row] = -duality.gamma * duality.h(y) * size
    return actual.ravel(), potential.ravel()


@lru_cache(maxsize=8)  # every γ has the same
def _lattice(density: Density, deviations: int, samples: int) -> np.ndarray:
    """Points x1 of equally likely intervals, shape (deviations, samples), no two of them alike.

    They are shifted within the intervals for every deviation.
    """
    shift = (np.arange(deviations) * 0.5 * (np.sqrt(5) - 1) % 1)[:, None]
    return density.ppf((np.arange(samples) + np.clip(shift, 1e-3, 1 - 1e-3)) / samples)


@dataclass(frozen=True)
class Units:
    """Stretches of one replica's blocks that are taken for independent: what the bootstrap draws.

    Attributes
    ----------
    of_block : ndarray of int, shape (blocks, replicas)
        The unit of every block.
    w, b : ndarray, shape (units,)
        Mean parameters of every unit.
    """

    of_block: np.ndarray
    w: np.ndarray
    b: np.ndarray

    @classmethod
    def cut(cls, run: Run, segments: int) -> "Units":
        """Each replica's blocks cut into as many units as there are segments, a divisor of their number."""
        blocks, replicas = run.w.shape
        of_block = (np.arange(blocks) * segments // blocks)[:, None] + segments * np.arange(replicas)
        size = np.bincount(of_block.ravel())
        w, b = (np.bincount(of_block.ravel(), path.ravel()) / size for path in (run.w, run.b))
        return cls(of_block, w, b)

    @property
    def degrees_of_freedom(self) -> int:
        """Units less the mean and the two slopes that `unexplained` takes out; at least 1."""
        return max(self.w.size - 3, 1)

    def unexplained(self, part: np.ndarray) -> np.ndarray:
        """What neither the mean of all units nor, linearly, the (w, b) of each explains, by regression over the units.

        Potential jumps are taken at the mean (w, b) of the run. What a unit owes linearly to its own (w, b) less that
        mean adds up to nothing over the run, and so makes no error.

        Parameters
        ----------
        part : ndarray, shape (units, ...)
            Of which the mean over the units is what is measured.
        """
        deviation = np.column_stack([self.w - self.w.mean(), self.b - self.b.mean()])
        rest = part - part.mean(axis=0)
        return rest - deviation @ np.linalg.lstsq(deviation, rest, rcond=None)[0]

    def error(self, part: np.ndarray) -> np.ndarray:
        """Standard error of the mean over the units of `part`, at the mean (w, b) of the run."""
        rest = self.unexplained(part)
        return np.sqrt(np.sum(rest**2, axis=0) / (len(rest) * self.degrees_of_freedom))


@dataclass(frozen=True)
class ClassJumps:
    """The jumps of one class in a run, those of every distinct sample once.

    Attributes
    ----------
    name : str
    duality : Duality
        The map to q̇ at the mean (w, b) of the run.
    actual, potential : ndarray, shape (samples,)
        q̇ signed by ḃ; 0: none (dead).
    unit : ndarray of int, shape (samples,)
        The unit of the bootstrap in which each was made.
    expected : (actual, potential) or None
        See `predicted_jumps`; None if nothing is predicted.
    """

    name: str
    duality: Duality
    actual: np.ndarray
    potential: np.ndarray
    unit: np.ndarray
    expected: tuple[np.ndarray, np.ndarray] | None

    @property
    def gamma(self) -> float:
        return self.duality.gamma


@dataclass(frozen=True)
class BatchJumps:
    """The jumps of the mini-batches of a run, see `duality.jumps.batches`: of no class, and nothing is expected."""

    name: str
    gamma: float
    actual: np.ndarray
    potential: np.ndarray
    unit: np.ndarray
    expected: None = None


def jumps_of_classes(
    model: Model,
    stream: Stream,
    run: Run,
    units: Units,
    covariance: np.ndarray | None,
    random: np.random.Generator,
) -> Iterator[ClassJumps]:
    """The jumps of every class of a run.

    Parameters
    ----------
    model : Model
    stream : Stream
    run : Run
    units : Units
    covariance : ndarray or None
        Of the stationary (w, b) by theory, shape (2, 2); None: nothing is predicted.
    random : numpy.random.Generator
        Decides which jump counts of a sample that jumped more than once.
    """
    x1 = stream.x1[run.places]
    unit_of = np.broadcast_to(units.of_block[:, None, :], run.places.shape)
    for index, (name, duality) in enumerate(dualities(model.composition, model.densities, run.frozen).items()):
        own = distinct(stream, run.places, index, random)
        actual = run.b_dot[own] * duality.factor(x1[own], 0)[0]
        expected = None if covariance is None else predicted_jumps(duality, covariance)
        yield ClassJumps(name, duality, actual, duality.fluctuation(x1[own]), unit_of[own], expected)


def distinct(stream: Stream, places: np.ndarray, label: int, random: np.random.Generator) -> np.ndarray:
    """Where in `places` a sample of a class stands, every distinct sample at one place.

    A sample recurs if its class is repeated by `duality.dataset.stream.mix`, or if more jumps are recorded than the
    stream has samples. The jumps of one sample are hardly more independent than one of them, and would make errors
    too small. Of its places one is drawn by lot: the earliest ones would leave the later units without jumps.

    Parameters
    ----------
    stream : Stream
    places : ndarray of int
        In the stream, of any shape.
    label : int
        Index of the class.
    random : numpy.random.Generator

    Returns
    -------
    ndarray of bool, of the shape of places
    """
    own = random.permutation(np.flatnonzero(stream.label[places] == label))
    first = np.full(stream.label.size, -1)
    # Where a sample recurs, the last that is written stays: the first in the order of the lots.
    first[stream.sample[places.ravel()[own[::-1]]]] = own[::-1]
    chosen = np.zeros(places.size, bool)
    chosen[first[first >= 0]] = True
    return chosen.reshape(places.shape)
