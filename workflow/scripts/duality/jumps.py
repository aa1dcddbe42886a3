"""Actual against potential jumps: does p(q̇) of the jumps that training makes equal p(-γ∂H/∂q) at fixed parameters?

Sec. 8 calls the two "essentially the same" in the learning equilibrium. The actual jump of a sample is taken at the
(w, b) of the moment, the potential one at their mean. Both are computed here for the same samples, so that the noise of
the data cancels, and for several γ, as the answer is one of order: (w, b) fluctuates with covariance γ·C, the part of
the difference that is linear in the fluctuation averages out, and what is left is of order γ where the distribution is
smooth. Where it has an edge or a fold (a largest |q̇|, a dead zone) the order is lower.

The distance is that of Kolmogorov and Smirnov between the distributions of |q̇| of one class and one sign of ḃ, each
normalised by all samples of the class: it sees also a difference in the fraction of the sign, and the dead.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from duality.composition import Composition
from duality.conventions import SIGNS
from duality.density import Density
from duality.training import BLOCK

_EDGES = 256  # quantiles of the potential |q̇| at which the distributions are compared, its ends included
_BURN_IN = 3  # autocorrelation times
_SEGMENT = 2  # autocorrelation times, of a unit of the bootstrap
_RESAMPLES = 400
_EXCHANGES = 200
_LATTICE = 1 << 17  # points (x1, y) of the predicted distance
_FEWEST = 100  # jumps of a sign below which it is left out
_LEVEL = 0.95


@dataclass(frozen=True)
class Record:
    """Blocks of consecutive steps of an SGD run, evenly spread in time.

    Attributes
    ----------
    starts : ndarray of int64, shape (blocks, replicas)
        Where in the stream a replica read the block.
    b_dot : ndarray, shape (blocks, BLOCK, replicas)
        The jumps ḃ that were made.
    w, b : ndarray, shape (blocks, replicas)
        Parameters during a block: the mean of those before and after it.
    steps : int
        Steps per replica from the first block to the last, those between the blocks included.
    """

    starts: np.ndarray
    b_dot: np.ndarray
    w: np.ndarray
    b: np.ndarray
    steps: int


def autocorrelation_steps(equilibrium: Mapping[str, Any], steps_per_draw: int) -> float:
    """Integrated autocorrelation time, in SGD steps, of the slower of w and b: steps of all replicas / ESS."""
    ess = min(d["ess_bulk"] for d in equilibrium["diagnostics"].values())
    return float(equilibrium["draws"] * equilibrium["replicas"] * steps_per_draw / ess)


def starting_points(
    w: np.ndarray, b: np.ndarray, shift: Sequence[float] | None, factor: float, replicas: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draws of the equilibrium at γ, carried over to factor·γ: closer to the mean by √factor, and the mean moved.

    Parameters
    ----------
    w, b : ndarray
        The equilibrium's draws.
    shift : sequence of two floats, or None
        Of the mean from the population optimum at γ, to leading order ∝ γ; None if there is no optimum.
    factor : float
    replicas : int
    random : numpy.random.Generator
    """
    chosen = random.integers(w.size, size=replicas)
    moved = (factor - 1) * np.zeros(2) if shift is None else (factor - 1) * np.asarray(shift)
    start_w, start_b = (
        chain.mean() + by + np.sqrt(factor) * (chain.ravel()[chosen] - chain.mean())
        for chain, by in zip((w, b), moved, strict=True)
    )
    return start_w, start_b


def record(
    sgd: Callable[..., None],
    x1: np.ndarray,
    label: np.ndarray,
    w: np.ndarray,
    b: np.ndarray,
    gamma: float,
    burn_in: int,
    blocks: int,
    every: int,
    random: np.random.Generator,
) -> Record:
    """Run SGD and record every so many-th block of steps, in the loop that makes them.

    Parameters
    ----------
    sgd : function
        Of `duality.training.sgd_kernel`.
    x1, label : ndarray
        The stream, read as in training: in blocks drawn with replacement.
    w, b : ndarray, shape (replicas,)
        Where the replicas start; advanced in place.
    gamma : float
    burn_in : int
        Blocks before the first that counts.
    blocks, every : int
        How many blocks to record, and one in how many.
    random : numpy.random.Generator
    """
    in_stream, replicas = x1.size // BLOCK, w.size
    b_dot = np.empty((blocks, BLOCK, replicas))
    starts = np.empty((blocks, replicas), np.int64)
    path = np.empty((2, blocks, replicas))

    def advance(count: int, into: np.ndarray) -> np.ndarray:
        places = random.integers(in_stream, size=(count, replicas)) * BLOCK
        sgd(x1, label, places, w, b, gamma, into)
        return places

    advance(burn_in, b_dot[:1])
    for block in range(blocks):
        advance(every - 1, b_dot[block : block + 1])
        before = np.stack([w, b])
        starts[block] = advance(1, b_dot[block : block + 1])[0]
        path[:, block] = 0.5 * (before + np.stack([w, b]))
    return Record(starts, b_dot, path[0], path[1], blocks * every * BLOCK)


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
        """Actual less potential distribution of |q̇| at the edges and at infinity, normalised by all samples."""
        return self.difference.sum(axis=0) / self.samples

    @property
    def distance(self) -> float:
        """Kolmogorov and Smirnov's."""
        return float(np.max(np.abs(self.curve)))


def compare(actual: np.ndarray, potential: np.ndarray, sign: int, unit: np.ndarray | None = None) -> Comparison | None:
    """Count actual and potential jumps of one sign.

    Parameters
    ----------
    actual, potential : ndarray, shape (n,)
        Signed q̇ of the same samples of one class; 0: none (dead).
    sign : int
    unit : ndarray of int, shape (n,), optional
        What each sample belongs to for the bootstrap; all to one by default.

    Returns
    -------
    Comparison, or None if fewer than a hundred potential jumps have this sign
    """
    of_sign = np.sort(np.abs(potential[np.sign(potential) == sign]))
    if of_sign.size < _FEWEST:
        return None
    edges = np.unique(of_sign[np.linspace(0, of_sign.size - 1, _EDGES).astype(int)])
    none = edges.size + 1  # the bin of samples without a jump of this sign
    bins = [
        np.where(np.sign(jumps) == sign, np.searchsorted(edges, np.abs(jumps), side="left"), none)
        for jumps in (actual, potential)
    ]
    unit = np.zeros(actual.size, int) if unit is None else unit
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


def standard_errors(
    comparison: Comparison, unit_w: np.ndarray, unit_b: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """Standard error of `comparison.curve`, by a bootstrap over units longer than the autocorrelation time.

    The potential jumps are taken at the mean (w, b) of the run, so that a resample must be held against those at its
    own mean. The part of a unit's difference that is linear in its (w, b) less the mean is therefore found by
    regression over the units, and taken out of each resample; out of the run itself there is nothing to take.
    """
    units = len(comparison.difference)
    part = comparison.difference * (units / comparison.samples)
    deviation = np.column_stack([unit_w - unit_w.mean(), unit_b - unit_b.mean()])
    linear = np.linalg.lstsq(deviation, part - part.mean(axis=0), rcond=None)[0]
    weights = random.multinomial(units, np.full(units, 1 / units), size=_RESAMPLES) / units
    return np.std(weights @ (part - deviation @ linear), axis=0, ddof=1)


def noise_floor(comparison: Comparison, random: np.random.Generator) -> float:
    """The distance that equal distributions would show in 95% of cases: 'actual' and 'potential' exchanged at random.

    Each sample's two jumps are exchanged with probability 1/2. Only their bins matter, so that the net number of
    exchanges between two bins is binomial: the law of the exchange is exact, whatever the number of samples.
    """
    first, second, number = comparison.pairs.T
    K = comparison.difference.shape[1]
    net = 2 * random.binomial(number, 0.5, size=(_EXCHANGES, number.size)) - number
    distances = []
    for row in net:
        steps = np.bincount(first, row, K + 1) - np.bincount(second, row, K + 1)
        distances.append(np.max(np.abs(np.cumsum(steps[:K]))) / comparison.samples)
    return float(np.quantile(distances, _LEVEL))


def predicted_jumps(
    composition: Composition,
    label: int,
    density: Density,
    w: float,
    b: float,
    gamma: float,
    covariance: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Actual and potential q̇ (signed) that theory expects, on a lattice of points that are equally likely.

    At a given x1 the actual jump depends on (w, b) by y = w·x1 + b alone, which is Gaussian if (w, b) is: its average
    over the stationary (w, b) is one over a single normal number. Samples are independent of the (w, b) that they meet.

    Parameters
    ----------
    composition, label, density
        The class.
    w, b : float
        Mean of the stationary (w, b).
    gamma : float
    covariance : ndarray, shape (2, 2)
        Of the stationary (w, b).
    """
    golden = 0.5 * (np.sqrt(5) - 1)
    index = np.arange(_LATTICE)
    x1 = density.ppf((index + 0.5) / _LATTICE)
    normal = special.ndtri((0.5 + golden * index) % 1)
    sd = np.sqrt(covariance[0, 0] * x1**2 + 2 * covariance[0, 1] * x1 + covariance[1, 1])
    h, length = composition.function(1, label), np.sqrt(1 + x1**2)
    y = w * x1 + b
    return -gamma * h(y + sd * normal) * length, -gamma * h(y) * length


def power(gamma: Sequence[float], distance: Sequence[float], se: Sequence[float]) -> tuple[float, float]:
    """Slope of ln(distance) against ln γ by weighted least squares, and its standard error; NaN if a distance is 0."""
    x, d = np.log(np.asarray(gamma, float)), np.asarray(distance, float)
    if x.size < 2 or np.any(d <= 0):
        return float("nan"), float("nan")
    weight = (d / np.maximum(se, 1e-3 * d)) ** 2
    x = x - np.average(x, weights=weight)
    information = float(np.sum(weight * x**2))
    return float(np.sum(weight * x * np.log(d)) / information), float(1 / np.sqrt(information))


def measure(
    composition: Composition,
    class_names: Sequence[str],
    densities: Sequence[Density],
    x1: np.ndarray,
    label: np.ndarray,
    run: Record,
    gamma: float,
    segments: int,
    covariance: np.ndarray | None,
    random: np.random.Generator,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Distances and curves of one run, for every class and sign that occurs.

    Parameters
    ----------
    composition, class_names, densities
        The classes, in the order of the labels.
    x1, label : ndarray
        The stream.
    run : Record
    gamma : float
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
        noise_floor, predicted_ks.
    curves : DataFrame
        class, sign, gamma, q_dot, potential (distribution up to q_dot), difference (actual less potential),
        difference_se and predicted_difference.
    """
    blocks, replicas = run.starts.shape
    w, b = float(run.w.mean()), float(run.b.mean())
    segment_of = (np.arange(blocks) * segments // blocks)[:, None] + segments * np.arange(replicas)
    size = np.bincount(segment_of.ravel())
    unit_w, unit_b = (np.bincount(segment_of.ravel(), path.ravel()) / size for path in (run.w, run.b))
    places = run.starts[:, None, :] + np.arange(BLOCK)[:, None]
    units = np.broadcast_to(segment_of[:, None, :], places.shape)
    x1, label = x1[places], label[places]
    rows, curves = [], []
    for index, (name, density) in enumerate(zip(class_names, densities, strict=True)):
        own = label == index
        length = np.sqrt(1 + x1[own] ** 2)
        potential = -gamma * composition.function(1, index)(w * x1[own] + b) * length
        actual, unit = run.b_dot[own] * length, units[own]
        expected = None
        if covariance is not None:
            expected = predicted_jumps(composition, index, density, w, b, gamma, covariance)
        for sign_name, sign in SIGNS.items():
            found = compare(actual, potential, sign, unit)
            if found is None:
                continue
            curve, se = found.curve, standard_errors(found, unit_w, unit_b, random)
            predicted = expected and compare(*expected, sign)
            most = int(np.argmax(np.abs(curve)))
            half = float(special.ndtri(0.5 + 0.5 * _LEVEL) * se[most])
            rows.append(
                {
                    "class": name,
                    "sign": sign_name,
                    "gamma": gamma,
                    "samples": found.samples,
                    "potential": found.potential[-1] / found.samples,
                    "actual": found.potential[-1] / found.samples + curve[-1],
                    "ks": found.distance,
                    "ks_se": float(se[most]),
                    "ks_low": max(found.distance - half, 0.0),
                    "ks_high": found.distance + half,
                    "noise_floor": noise_floor(found, random),
                    "predicted_ks": predicted.distance if predicted else np.nan,
                }
            )
            on_edges = np.full(found.edges.size, np.nan)
            if predicted:
                on_edges = np.interp(np.log(found.edges), np.log(predicted.edges), predicted.curve[:-1])
            curves.append(
                pd.DataFrame(
                    {
                        "class": name,
                        "sign": sign_name,
                        "gamma": gamma,
                        "q_dot": found.edges,
                        "potential": found.potential[:-1] / found.samples,
                        "difference": curve[:-1],
                        "difference_se": se[:-1],
                        "predicted_difference": on_edges,
                    }
                )
            )
    return pd.DataFrame(rows), pd.concat(curves, ignore_index=True)
