"""Distance between the distributions of actual and of potential jumps of the same samples, measured and predicted.

The distance is that of Kolmogorov and Smirnov between the distributions of |q̇| of one class and one sign of ḃ, each
normalised by all samples of the class: it sees also a difference in the fraction of the sign, and the dead.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from duality.conventions import SIGNS
from duality.dataset.density import Density
from duality.errors import InputError
from duality.formulas.composition import Composition
from duality.training.sgd import BLOCK

# Quantiles of the potential |q̇| at which the distributions are compared: its ends, where it may have an edge or a fold,
# evenly between them, and ever denser towards them.
_TAILS = np.geomspace(1e-5, 1 / 128, 24)
_QUANTILES = np.unique(np.concatenate([np.linspace(0, 1, 129), _TAILS, 1 - _TAILS]))
_RESAMPLES = 400
_EXCHANGES = 100
_DEVIATIONS, _SAMPLES = 128, 2048  # of (w, b) and, at each of them, of x1 in the predicted distance
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

    Counted on these points, a distribution is off by about 2·10⁻⁵.

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
    # Equally likely intervals of x1, the point in them shifted for every deviation, so that no two points are alike.
    normal = special.ndtri((np.arange(_DEVIATIONS) + 0.5) / _DEVIATIONS)[:, None]
    normal /= np.std(normal)  # the midpoints alone would lack the tails' share
    shift = (np.arange(_DEVIATIONS) * 0.5 * (np.sqrt(5) - 1) % 1)[:, None]
    x1 = density.ppf((np.arange(_SAMPLES) + np.clip(shift, 1e-3, 1 - 1e-3)) / _SAMPLES)
    sd = np.sqrt(covariance[0, 0] * x1**2 + 2 * covariance[0, 1] * x1 + covariance[1, 1])
    h, length = composition.function(1, label), np.sqrt(1 + x1**2)
    y = w * x1 + b
    return (-gamma * h(y + sd * normal) * length).ravel(), (-gamma * h(y) * length).ravel()


def measure(
    composition: Composition,
    densities: Mapping[str, Density],
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
    composition, densities
        The classes by name, in the order of the labels.
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
        q_dot (that place; infinite where the fractions of the sign differ most), noise_floor, predicted_ks, and
        agreement, agreement_se: the factor by which the predicted difference fits the measured one best.
    curves : DataFrame
        class, sign, gamma, q_dot, potential (distribution up to q_dot), difference (actual less potential),
        difference_se and predicted_difference.
    """
    blocks, replicas = run.starts.shape
    w, b = float(run.w.mean()), float(run.b.mean())
    unit_of = (np.arange(blocks) * segments // blocks)[:, None] + segments * np.arange(replicas)
    size = np.bincount(unit_of.ravel())
    unit_w, unit_b = (np.bincount(unit_of.ravel(), path.ravel()) / size for path in (run.w, run.b))
    places = run.starts[:, None, :] + np.arange(BLOCK)[:, None]
    units = np.broadcast_to(unit_of[:, None, :], places.shape)
    x1, label = x1[places], label[places]
    rows, curves = [], []
    for index, (name, density) in enumerate(densities.items()):
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
            which = {"class": name, "sign": sign_name, "gamma": gamma}
            resamples = resampled_curves(found, unit_w, unit_b, random)
            se = np.std(resamples, axis=0, ddof=1)
            predicted = np.full(se.size, np.nan)
            if expected is not None and (theory := compare(*expected, sign, edges=found.edges)):
                predicted = theory.curve
            fit = predicted / np.sum(predicted**2)
            most = int(np.argmax(np.abs(found.curve)))
            half = float(special.ndtri(0.5 + 0.5 * _LEVEL) * se[most])
            rows.append(
                {
                    **which,
                    "samples": found.samples,
                    "potential": found.potential[-1] / found.samples,
                    "actual": found.potential[-1] / found.samples + found.curve[-1],
                    "ks": found.distance,
                    "ks_se": se[most],
                    "ks_low": max(found.distance - half, 0.0),
                    "ks_high": found.distance + half,
                    "q_dot": np.append(found.edges, np.inf)[most],
                    "noise_floor": noise_floor(found, random),
                    "predicted_ks": np.max(np.abs(predicted)),
                    "agreement": found.curve @ fit,
                    "agreement_se": np.std(resamples @ fit, ddof=1),
                }
            )
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
