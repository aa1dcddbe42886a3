"""Distance between the distributions of actual and of potential jumps of the same samples, measured and predicted.

The distance is that of Kolmogorov and Smirnov between the distributions of |q̇| of one class and one sign of ḃ. Each
distribution is divided by the number of all samples of the class, and not only of those with that sign. The distance
therefore also sees a difference in the share of the sign, and in that of the dead.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from duality.conventions import SIGNS
from duality.dataset.model import Model
from duality.dataset.stream import Stream
from duality.errors import InputError
from duality.jacobian.duality import Duality, dualities
from duality.records import CONFIDENCE, STANDARD_ERRORS, Frozen
from duality.training.sgd import BLOCK

# Quantiles of the potential |q̇| at which the distributions are compared: its ends, where it may have an edge or a fold,
# evenly between them, and ever denser towards them.
_TAILS = np.geomspace(1e-5, 1 / 128, 24)
_QUANTILES = np.unique(np.concatenate([np.linspace(0, 1, 129), _TAILS, 1 - _TAILS]))
_RESAMPLES = 400
_EXCHANGES = 100
_DEVIATIONS, _SAMPLES = 128, 2048  # of (w, b) and, at each of them, of x1 in the predicted distance
_FEWEST = 100  # jumps of a sign below which it is left out


@dataclass(frozen=True)
class Run:
    """Blocks of consecutive steps of an SGD run, evenly spread in time.

    Attributes
    ----------
    gamma : float
    starts : ndarray of int64, shape (blocks, replicas)
        Where in the stream a replica read the block.
    b_dot : ndarray, shape (blocks, BLOCK, replicas)
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
        """Where in the stream the sample of each jump is, shape (blocks, BLOCK, replicas)."""
        return self.starts[:, None, :] + np.arange(BLOCK)[:, None]


@dataclass(frozen=True)
class Comparison:
    """Actual and potential |q̇| of one class and sign, counted between common edges.

    Attributes
    ----------
    edges : ndarray, shape (K,)
        Ascending |q̇|.
    difference : ndarray, shape (units, K + 1)
        Per unit the number of actual less that of potential jumps up to each edge; the last column is up to infinity.
    potential : ndarray, shape (K + 1,)
        The number of potential jumps up to each edge, all units together.
    pairs : ndarray, shape (pairs, 3)
        Of the samples whose two jumps are parted by an edge, or of which one is none: bin, other bin, and number.
    samples : int
        Of the class.
    """

    edges: np.ndarray
    difference: np.ndarray
    potential: np.ndarray
    pairs: np.ndarray
    samples: int

    @property
    def curve(self) -> np.ndarray:
        """Actual less potential distribution of |q̇|, as shares of all samples, at the edges and at infinity."""
        return self.difference.sum(axis=0) / self.samples

    @property
    def distance(self) -> float:
        """Kolmogorov and Smirnov's."""
        return float(np.max(np.abs(self.curve)))


def compare(
    actual: np.ndarray,
    potential: np.ndarray,
    sign: int,
    unit: np.ndarray | None = None,
    edges: np.ndarray | None = None,
) -> Comparison | None:
    """Count actual and potential jumps of one sign.

    Parameters
    ----------
    actual, potential : ndarray, shape (n,)
        Signed q̇ of the same samples of one class; 0: none (dead).
    sign : int
    unit : ndarray of int, shape (n,), optional
        What each sample belongs to for the bootstrap; all to one by default.
    edges : ndarray, optional
        Ascending |q̇| at which to compare; quantiles of the potential jumps by default, the extremes included.

    Returns
    -------
    Comparison, or None if fewer than a hundred potential jumps have this sign
    """
    of_sign = [np.sign(jumps) == sign for jumps in (actual, potential)]
    if np.count_nonzero(of_sign[1]) < _FEWEST:
        return None
    if edges is None:
        # "lower": an edge is a jump that occurs, so that the last one is the largest.
        edges = np.unique(np.quantile(np.abs(potential[of_sign[1]]), _QUANTILES, method="lower"))
    none = edges.size + 1  # the bin of samples without a jump of this sign
    bins = []
    for jumps, here in zip((actual, potential), of_sign, strict=True):
        inside = np.full(jumps.size, none)
        inside[here] = np.searchsorted(edges, np.abs(jumps[here]), side="left")
        bins.append(inside)
    unit = np.zeros(actual.size, np.int64) if unit is None else unit
    units = int(unit.max()) + 1
    counts = [
        np.bincount(unit * (none + 1) + inside, minlength=units * (none + 1)).reshape(units, none + 1)[:, :none]
        for inside in bins
    ]
    parted = np.bincount(np.minimum(*bins) * (none + 1) + np.maximum(*bins), minlength=(none + 1) ** 2)
    parted[:: none + 2] = 0  # both in one bin
    cells = np.flatnonzero(parted)
    return Comparison(
        edges,
        np.cumsum(counts[0] - counts[1], axis=1),
        np.cumsum(counts[1].sum(axis=0)),
        np.column_stack([cells // (none + 1), cells % (none + 1), parted[cells]]),
        actual.size,
    )


def resampled_curves(
    comparison: Comparison, unit_w: np.ndarray, unit_b: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """`comparison.curve` of bootstrap resamples of the units, shape (resamples, K + 1).

    The units must be longer than the autocorrelation time. The potential jumps are taken at the mean (w, b) of the run,
    so that a resample must be held against those at its own mean. The part of a unit's difference that is linear in its
    (w, b) less the mean is therefore found by regression over the units, and taken out of each resample; out of the run
    itself there is nothing to take.
    """
    units = len(comparison.difference)
    part = comparison.difference * (units / comparison.samples)
    deviation = np.column_stack([unit_w - unit_w.mean(), unit_b - unit_b.mean()])
    linear = np.linalg.lstsq(deviation, part - part.mean(axis=0), rcond=None)[0]
    weights = random.multinomial(units, np.full(units, 1 / units), size=_RESAMPLES) / units
    return weights @ (part - deviation @ linear)


def noise_floor(comparison: Comparison, random: np.random.Generator) -> float:
    """The distance that equal distributions would show in 95% of cases: 'actual' and 'potential' exchanged at random.

    Each sample's two jumps are exchanged with probability 1/2. Only their bins matter, so that the net number of
    exchanges between two bins is binomial: the law of the exchange is exact, whatever the number of samples.
    """
    first, second, number = comparison.pairs.T
    K = comparison.difference.shape[1]
    net = 2 * random.binomial(number[:, None], 0.5, size=(number.size, _EXCHANGES)) - number[:, None]
    distances = []
    for exchange in net.T:
        steps = np.bincount(first, exchange, K + 1) - np.bincount(second, exchange, K + 1)
        distances.append(np.max(np.abs(np.cumsum(steps[:K]))) / comparison.samples)
    return float(np.quantile(distances, CONFIDENCE))


def predicted_jumps(duality: Duality, covariance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Actual and potential q̇ (signed) that theory expects, on a lattice of points that are equally likely.

    At a given x1 the actual jump depends on (w, b) by y = w·x1 + b alone, which is Gaussian if (w, b) is: its average
    over the stationary (w, b) is one over a single normal number. Samples are independent of the (w, b) that they meet.

    Counted on these points, a distribution is off by about 2·10⁻⁵.

    Parameters
    ----------
    duality : Duality
        The map to q̇ at the mean of the stationary (w, b).
    covariance : ndarray, shape (2, 2)
        Of the stationary (w, b).
    """
    # Equally likely intervals of x1, the point in them shifted for every deviation, so that no two points are alike.
    normal = special.ndtri((np.arange(_DEVIATIONS) + 0.5) / _DEVIATIONS)[:, None]
    normal /= np.std(normal)  # the midpoints alone would lack the tails' share
    shift = (np.arange(_DEVIATIONS) * 0.5 * (np.sqrt(5) - 1) % 1)[:, None]
    x1 = duality.density.ppf((np.arange(_SAMPLES) + np.clip(shift, 1e-3, 1 - 1e-3)) / _SAMPLES)
    sd = np.sqrt(covariance[0, 0] * x1**2 + 2 * covariance[0, 1] * x1 + covariance[1, 1])
    actual = -duality.gamma * duality.h(duality.y(x1) + sd * normal) * duality.factor(x1)[0]
    return actual.ravel(), duality.fluctuation(x1).ravel()


@dataclass(frozen=True)
class _Units:
    """The units of the bootstrap: stretches of one replica's blocks.

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
    def cut(cls, run: Run, segments: int) -> "_Units":
        blocks, replicas = run.starts.shape
        of_block = (np.arange(blocks) * segments // blocks)[:, None] + segments * np.arange(replicas)
        size = np.bincount(of_block.ravel())
        w, b = (np.bincount(of_block.ravel(), path.ravel()) / size for path in (run.w, run.b))
        return cls(of_block, w, b)


def measure(
    model: Model,
    stream: Stream,
    run: Run,
    segments: int,
    covariance: np.ndarray | None,
    random: np.random.Generator,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Distances and curves of one run, for every class and sign that occurs.

    Parameters
    ----------
    model : Model
    stream : Stream
    run : Run
    segments : int
        Into how many units of the bootstrap each replica's blocks are cut; a divisor of their number.
    covariance : ndarray or None
        Of the stationary (w, b) by theory; None: nothing is predicted.
    random : numpy.random.Generator

    Returns
    -------
    distances : DataFrame
        A row per class and sign: gamma, samples, potential and actual (fractions of the class's samples with the
        sign), ks, ks_se, ks_low, ks_high (95%, by the bootstrap's error at the place of the largest difference),
        q_dot (that place; infinite where the fractions of the sign differ most), noise_floor, predicted_ks, and
        agreement, agreement_se: the factor by which the predicted difference fits the measured one best.
    curves : DataFrame
        `duality.records.JUMP_DISTRIBUTIONS`: q_dot, potential (distribution up to q_dot), difference (actual less
        potential), difference_se and predicted_difference.

    Raises
    ------
    InputError
        If no class has a hundred potential jumps of one sign.
    """
    units = _Units.cut(run, segments)
    rows, curves = [], []
    for name, sign, found, predicted in _comparisons(model, stream, run, units, covariance):
        which = {"class": name, "sign": sign, "gamma": run.gamma}
        resamples = resampled_curves(found, units.w, units.b, random)
        se = np.std(resamples, axis=0, ddof=1)
        rows.append(which | _distance(found, predicted, resamples, se, noise_floor(found, random)))
        columns = {
            "q_dot": found.edges,
            "potential": found.potential[:-1] / found.samples,
            "difference": found.curve[:-1],
            "difference_se": se[:-1],
            "predicted_difference": predicted[:-1],
        }
        curves.append(pd.DataFrame({**which, **columns}))
    if not rows:
        raise InputError("no class has enough jumps to compare: raise jumps.samples")
    return pd.DataFrame(rows), pd.concat(curves, ignore_index=True)


def _comparisons(
    model: Model, stream: Stream, run: Run, units: _Units, covariance: np.ndarray | None
) -> Iterator[tuple[str, str, Comparison, np.ndarray]]:
    """Class, sign, actual against potential jumps, and the curve predicted for them, NaN for none."""
    x1, label = stream.x1[run.places], stream.label[run.places]
    unit_of = np.broadcast_to(units.of_block[:, None, :], run.places.shape)
    for index, (name, duality) in enumerate(dualities(model.composition, model.densities, run.frozen).items()):
        own = label == index
        actual, potential = run.b_dot[own] * duality.factor(x1[own])[0], duality.fluctuation(x1[own])
        expected = None if covariance is None else predicted_jumps(duality, covariance)
        for sign_name, sign in SIGNS.items():
            if (found := compare(actual, potential, sign, unit_of[own])) is None:
                continue
            theory = expected and compare(*expected, sign, edges=found.edges)
            yield name, sign_name, found, theory.curve if theory else np.full(found.curve.size, np.nan)


def _distance(
    found: Comparison, predicted: np.ndarray, resamples: np.ndarray, se: np.ndarray, floor: float
) -> dict[str, Any]:
    """The row of `measure` for one class and sign, from its curves: predicted, resampled, and their errors."""
    fit = predicted / np.sum(predicted**2)
    most = int(np.argmax(np.abs(found.curve)))
    half = STANDARD_ERRORS * float(se[most])
    return {
        "samples": found.samples,
        "potential": found.potential[-1] / found.samples,
        "actual": found.potential[-1] / found.samples + found.curve[-1],
        "ks": found.distance,
        "ks_se": se[most],
        "ks_low": max(found.distance - half, 0.0),
        "ks_high": found.distance + half,
        "q_dot": np.append(found.edges, np.inf)[most],
        "noise_floor": floor,
        "predicted_ks": np.max(np.abs(predicted)),
        "agreement": found.curve @ fit,
        "agreement_se": np.std(resamples @ fit, ddof=1),
    }
