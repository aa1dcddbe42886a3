"""Distance between the distributions of actual and of potential jumps of the same samples, measured and predicted.

The distance is that of Kolmogorov and Smirnov between the distributions of |q̇| of one class and one sign of ḃ. Each
distribution is divided by the number of all samples of the class, and not only of those with that sign. The distance
therefore also sees a difference in the share of the sign, and in that of the dead.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from duality.conventions import SIGNS
from duality.errors import InputError
from duality.fits.power_laws import p_value
from duality.jumps.samples import BatchJumps, ClassJumps, Units
from duality.records.estimates import CONFIDENCE

# Quantiles of the potential |q̇| at which the distributions are compared: its ends, where it may have an edge or a fold,
# evenly between them, and ever denser towards them.
_TAILS = np.geomspace(1e-5, 1 / 128, 24)
_QUANTILES = np.unique(np.concatenate([np.linspace(0, 1, 129), _TAILS, 1 - _TAILS]))
_RESAMPLES = 9999  # so many that the smallest p-value, times some ten distributions, is below any level of use
_EXCHANGES = 100
_CURVES = 999
_OF_THEORY = ("predicted_ks", "agreement", "agreement_se", "deviation", "deviation_se", "deviation_p")
_FEWEST = 100  # jumps of a sign below which it is left out


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
    def parts(self) -> np.ndarray:
        """What each unit adds to the curve, which is their mean, shape (units, K + 1)."""
        return self.difference * (len(self.difference) / self.samples)

    @property
    def parted(self) -> np.ndarray:
        """How many samples each edge parts, one jump up to it and the other not, shape (K + 1,)."""
        first, second, number = self.pairs.T
        bins = self.difference.shape[1] + 1
        return np.cumsum(np.bincount(first, number, bins) - np.bincount(second, number, bins))[:-1]

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
    of_sign = [_has(jumps, sign) for jumps in (actual, potential)]
    if np.count_nonzero(of_sign[1]) < _FEWEST:
        return None
    if edges is None:
        # An edge is a jump that occurs, the next lower one, so that the last edge is the largest.
        ordered = np.sort(np.abs(potential[of_sign[1]]))
        edges = np.unique(ordered[np.floor(_QUANTILES * (ordered.size - 1)).astype(int)])
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
    apart = np.flatnonzero(bins[0] != bins[1])
    two = [inside[apart] for inside in bins]
    cells, parted = np.unique(np.minimum(*two) * (none + 1) + np.maximum(*two), return_counts=True)
    return Comparison(
        edges,
        np.cumsum(counts[0] - counts[1], axis=1),
        np.cumsum(counts[1].sum(axis=0)),
        np.column_stack([cells // (none + 1), cells % (none + 1), parted]),
        actual.size,
    )


def _has(jumps: np.ndarray, sign: int) -> np.ndarray:
    return jumps > 0 if sign > 0 else jumps < 0


def _number_up_to(edges: np.ndarray, jumps: np.ndarray, sign: int) -> np.ndarray:
    """How many jumps of one sign are up to each edge, and up to infinity, shape (K + 1,)."""
    inside = np.searchsorted(edges, np.abs(jumps[_has(jumps, sign)]), side="left")
    return np.cumsum(np.bincount(inside, minlength=edges.size + 1))


def largest_deviation(
    comparison: Comparison, predicted: np.ndarray, units: Units, random: np.random.Generator
) -> tuple[int, float] | None:
    """Where the curve deviates from a predicted one by most standard errors, and the p-value of that.

    Under the hypothesis that the prediction is right the curve deviates from it as curves of bootstrap resamples do
    from the curve. The units are resampled, so that however jumps depend on each other within a unit is accounted for,
    and the standard errors are found anew in each resample (bootstrap-t). Edges that part fewer than a hundred samples
    are left out.

    Parameters
    ----------
    comparison : Comparison
    predicted : ndarray, shape (K + 1,)
    units : Units
        Longer than the autocorrelation time.
    random : numpy.random.Generator

    Returns
    -------
    index, p_value : int, float
        None if no edge parts a hundred samples.
    """
    used = np.flatnonzero(comparison.parted >= _FEWEST)
    if not used.size:
        return None
    parts = comparison.parts[:, used]
    deviation = np.abs((comparison.curve - predicted)[used]) / units.error(parts)
    rest, n = units.unexplained(parts), len(parts)
    weights = random.multinomial(n, np.full(n, 1 / n), size=_RESAMPLES) / n
    mean = weights @ rest
    se = weights @ rest**2
    se -= mean**2
    se /= n - 1
    np.sqrt(np.maximum(se, 0, out=se), out=se)
    with np.errstate(divide="ignore", invalid="ignore"):  # a resample may be one and the same unit
        simulated = np.nan_to_num(np.fmax.reduce(np.abs(mean) / se, axis=1), posinf=np.inf)
    most = int(np.argmax(deviation))
    return int(used[most]), p_value(deviation[most], simulated)


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


def measure(
    classes: Iterable[ClassJumps | BatchJumps], units: Units, random: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Distances and curves of one run, for every class and sign that occurs.

    Parameters
    ----------
    classes : iterable of ClassJumps or BatchJumps
        Of the run.
    units : Units
        Of the bootstrap.
    random : numpy.random.Generator

    Returns
    -------
    distances : DataFrame
        A row per class and sign: gamma, samples (distinct ones), potential and actual (fractions of these with the
        sign), ks, ks_se, ks_low, ks_high (95%, see `error_of_distance`), q_dot (the place of the largest difference;
        infinite where the fractions of the sign differ most), noise_floor, predicted_ks, agreement,
        agreement_se: the factor by which the predicted difference fits the measured one best; and deviation,
        deviation_se, deviation_p: measured less predicted difference where it is most standard errors, the error
        there, and the p-value of `largest_deviation`.
    curves : DataFrame
        `records.jumps.JUMP_DISTRIBUTIONS`: q_dot, potential (distribution up to q_dot), difference (actual less
        potential), difference_se and predicted_difference.

    Raises
    ------
    InputError
        If no class has a hundred potential jumps of one sign.
    """
    rows, curves = [], []
    for jumps in classes:
        for name, sign in SIGNS.items():
            found = compare(jumps.actual, jumps.potential, sign, jumps.unit)
            if found is None:
                continue
            which = {"class": jumps.name, "sign": name, "gamma": jumps.gamma}
            predicted, se = _predicted(jumps, sign, found), units.error(found.parts)
            row = _distance(found, units, random)
            rows.append(which | row | _against_theory(found, predicted, units, random))
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


def _predicted(jumps: ClassJumps | BatchJumps, sign: int, found: Comparison) -> np.ndarray:
    """The curve that theory predicts at the edges of the one found, NaN for none."""
    if jumps.expected is not None:
        actual, potential = (_number_up_to(found.edges, expected, sign) for expected in jumps.expected)
        if potential[-1] >= _FEWEST:
            return np.asarray((actual - potential) / jumps.expected[0].size)
    return np.full(found.curve.size, np.nan)


def error_of_distance(comparison: Comparison, units: Units, random: np.random.Generator) -> tuple[float, float]:
    """Standard error of the distance, and the half width of a 95% interval of the true one.

    The distance is the largest of many differences that hardly depend on each other: only a sample whose two jumps an
    edge parts counts there. Where they are noise, the largest of them varies far less than each, and is above the true
    distance. The bootstrap of the whole curve knows. In 95% of cases the true curve is nowhere farther from the
    measured one than the largest |noise|. The error is the spread of the largest |curve + noise|, where a curve that is
    so near to zero counts as zero.
    """
    rest = units.unexplained(comparison.parts)
    n = len(rest)
    weights = random.multinomial(n, np.full(n, 1 / n), size=_CURVES) / n
    noise = weights @ rest * np.sqrt(n / units.degrees_of_freedom)
    half = float(np.quantile(np.max(np.abs(noise), axis=1), CONFIDENCE))
    beyond_noise = np.where(np.abs(comparison.curve) > half, comparison.curve, 0)
    return float(np.std(np.max(np.abs(beyond_noise + noise), axis=1), ddof=1)), half


def _distance(found: Comparison, units: Units, random: np.random.Generator) -> dict[str, Any]:
    """What a row of `measure` tells of the distance."""
    most = int(np.argmax(np.abs(found.curve)))
    floor = noise_floor(found, random)
    se, half = error_of_distance(found, units, random)
    return {
        "samples": found.samples,
        "potential": found.potential[-1] / found.samples,
        "actual": found.potential[-1] / found.samples + found.curve[-1],
        "ks": found.distance,
        "ks_se": se,
        "ks_low": max(found.distance - half, 0.0),
        "ks_high": found.distance + half,
        "q_dot": np.append(found.edges, np.inf)[most],
        "noise_floor": floor,
    }


def _against_theory(
    found: Comparison, predicted: np.ndarray, units: Units, random: np.random.Generator
) -> dict[str, float]:
    """What a row of `measure` tells of the predicted curve; NaN where there is none."""
    row = dict.fromkeys(_OF_THEORY, np.nan)
    if np.isnan(predicted).any():
        return row
    fit = predicted / np.sum(predicted**2)
    row |= {
        "predicted_ks": float(np.max(np.abs(predicted))),
        "agreement": float(found.curve @ fit),
        "agreement_se": float(units.error(found.parts @ fit)),
    }
    if largest := largest_deviation(found, predicted, units, random):
        most, p = largest
        row["deviation"] = float(found.curve[most] - predicted[most])
        row["deviation_se"] = float(units.error(found.parts[:, most]))
        row["deviation_p"] = p
    return row
