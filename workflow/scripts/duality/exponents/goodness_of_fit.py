"""Tests of the fluctuations against the exact duality density Σ p(x1)/|dq̇/dx1|, in which nothing is fitted."""

import numpy as np
import pandas as pd
from scipy import optimize, special

from duality.conventions import SIGN_NAMES
from duality.fits.histogram import ClassFluctuations
from duality.fits.power_laws import Bootstrap, WindowStatistics, ks_distance, p_value
from duality.jacobian.duality import Duality
from duality.records.estimates import DETECTION_LEVEL, DETECTION_POWER
from duality.records.exponents import ChiSquared, KolmogorovSmirnov
from duality.records.fluctuations import BINS_PER_DECADE, bin_edges

_FEWEST = 5.0  # counts that a cell is to expect
_SMALLEST = 5e-324
_LARGEST = 30.0  # logarithm of a factor in the Jacobian that no test overlooks


def chi_squared(bins: pd.DataFrame, duality: Duality, sign: int, samples: int, cells: int) -> ChiSquared:
    """χ² test of the fluctuations of one sign against the exact duality density. Nothing is fitted.

    The fine bins are merged into cells of about equal probability, and what the cells expect is the integral of the
    density over them, by the Jacobian. (Which bins are merged is decided by the class's cdf, what is tested is not.)
    The samples of the other sign and the dead are one more cell, so that expected counts are never normalised to the
    observed ones: a constant factor in the Jacobian moves counts between the cells and the rest. A rest that expects
    fewer than five, and one below 0, of a density of more than all samples, counts as if it expected five and adds
    no degree of freedom. Besides, all cells together are tested against the rest: among many cells a small fault of
    the whole is lost.

    Parameters
    ----------
    bins : DataFrame
        Rows of one class and sign of q̇.
    duality : Duality
    sign : int
    samples : int
        Number of samples of the class.
    cells : int
        About how many cells to test.

    Raises
    ------
    ValueError
        If the duality has no fluctuation of this sign.
    """
    branches = [branch for branch in duality.branches if branch.sign == sign]
    if not branches:
        raise ValueError("the duality has no fluctuation of this sign")
    lowest = min(int(bins["bin"].min()), int(np.floor(np.log10(min(br.q_low for br in branches)) * BINS_PER_DECADE)))
    highest = max(int(bins["bin"].max()), int(np.ceil(np.log10(max(br.q_high for br in branches)) * BINS_PER_DECADE)))
    edges = bin_edges(lowest, highest + 1)
    counts = np.zeros(highest + 1 - lowest)
    counts[bins["bin"].to_numpy() - lowest] = bins["count"]
    probable = samples * duality.preimage_probability(edges, sign)
    target = max(probable.sum() / cells, _FEWEST)
    cell = np.minimum(np.floor(np.cumsum(probable) / target), np.floor(probable.sum() / target) - 1).astype(int)
    first = np.unique(np.maximum(cell, 0), return_index=True)[1]
    observed = np.add.reduceat(counts, first)
    expected = samples * duality.probability(np.append(edges[first], edges[-1]), sign)
    chi2 = _distance(observed, expected, samples)
    degrees = observed.size - (samples - expected.sum() < _FEWEST)
    log_q = np.add.reduceat(probable * 0.5 * _log_products(edges), first) / np.add.reduceat(probable, first)
    whole, expected_whole = observed.sum(keepdims=True), expected.sum(keepdims=True)
    return ChiSquared(
        chi2=chi2,
        degrees_of_freedom=int(degrees),
        p_value=float(special.chdtrc(degrees, chi2)) if degrees else 1.0,
        fraction_p_value=float(special.chdtrc(1, _distance(whole, expected_whole, samples))),
        detectable_factor=min(
            _detectable_factor(expected, samples, max(int(degrees), 1)),
            _detectable_factor(expected_whole, samples, 1),
        ),
        detectable_tilt=_detectable_tilt(expected, log_q, int(degrees)),
    )


def _log_products(edges: np.ndarray) -> np.ndarray:
    """The logarithm of the product of each edge with the next, which may be less than the smallest number there is."""
    lower, upper = np.maximum(edges[:-1], _SMALLEST), np.maximum(edges[1:], _SMALLEST)
    scale = np.where(lower < 1e-150, 1e200, 1.0)
    return np.asarray(np.log(upper * scale * (lower * scale)) - 2 * np.log(scale))


def _distance(observed: np.ndarray, expected: np.ndarray, samples: int) -> float:
    """Pearson's χ² of the counts of the cells and of the rest of the samples."""
    in_rest = (observed.sum() - expected.sum()) ** 2 / max(samples - expected.sum(), _FEWEST)
    return float(np.sum((observed - expected) ** 2 / expected) + in_rest)


def _noncentrality(degrees: int) -> float:
    """λ of the noncentral χ² that exceeds the critical value of `DETECTION_LEVEL` with `DETECTION_POWER`."""
    return float(special.chndtrinc(special.chdtri(degrees, DETECTION_LEVEL), degrees, 1 - DETECTION_POWER))


def _detectable_factor(expected: np.ndarray, samples: int, degrees: int) -> float:
    """The smallest c > 1 for which χ² rejects c·dq̇/dx1 and (1/c)·dq̇/dx1, if the counts expected are the right ones.

    It makes χ² between what both densities expect as large as the noncentrality that the power needs.
    """
    noncentrality = _noncentrality(degrees)

    def excess(log_factor: float, side: int) -> float:
        return _distance(expected, expected * np.exp(side * log_factor), samples) - noncentrality

    return float(np.exp(max(optimize.brentq(excess, 0, _LARGEST, args=(side,), xtol=1e-12) for side in (-1, 1))))


def _detectable_tilt(expected: np.ndarray, log_q: np.ndarray, degrees: int) -> float | None:
    """The smallest δ > 0 for which χ² rejects dq̇/dx1·(q̇/q̇0)^(±δ), to first order; None if one cell shows no tilt.

    Parameters
    ----------
    expected : ndarray, shape (cells,)
        Counts by the right density.
    log_q : ndarray, shape (cells,)
        Mean of ln q̇ in each cell; of all is that of q̇0, which leaves the total probability as it is.
    degrees : int
        Of freedom of the test.
    """
    if expected.size < 2:
        return None
    spread = float(expected @ (log_q - np.average(log_q, weights=expected)) ** 2)
    return float(np.sqrt(_noncentrality(degrees) / spread))


def homogeneous(all_: ClassFluctuations, unseen: ClassFluctuations, sign: int, cells: int) -> float:
    """p-value of the χ² test that samples which training saw and those which it did not have the same fluctuations q̇.

    The frozen (w, b) knows the samples that it was trained on. Were that to show in the fluctuations, those of other
    samples would be distributed otherwise.

    Parameters
    ----------
    all_ : ClassFluctuations
        Of all samples.
    unseen : ClassFluctuations
        Of those that training did not see.
    sign : int
        Of the fluctuations; all other samples are one more cell.
    cells : int
        About how many cells to test, equally full.
    """
    total, other = (of.bins("q_dot", SIGN_NAMES[sign]).set_index("bin")["count"] for of in (all_, unseen))
    other = other.reindex(total.index, fill_value=0)
    cell = np.minimum((np.cumsum(total) - total) * cells // max(total.sum(), 1), cells - 1)
    counts = np.stack([(total - other).groupby(cell).sum(), other.groupby(cell).sum()])
    sizes = np.array([all_.samples - unseen.samples, unseen.samples])
    table = np.column_stack([counts, sizes - counts.sum(axis=1)])
    table = table[:, table.sum(axis=0) >= 2 * _FEWEST]
    if table.shape[1] < 2:
        return 1.0
    return independent(table)


def independent(table: np.ndarray) -> float:
    """p-value of Pearson's χ² test that rows and columns of a contingency table are independent.

    It is that of `scipy.stats.chi2_contingency` without correction, whose module takes a second to import.

    Parameters
    ----------
    table : ndarray of int, shape (rows, columns)
        Counts; none of the sums of a row or a column is 0.
    """
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / table.sum()
    degrees = (table.shape[0] - 1) * (table.shape[1] - 1)
    return float(special.chdtrc(degrees, ((table - expected) ** 2 / expected).sum()))


def kolmogorov_smirnov(
    statistics: WindowStatistics, duality: Duality, sign: int, bootstrap: Bootstrap
) -> KolmogorovSmirnov:
    """KS test of the fluctuations inside a window against the exact density there, over the edges of the cells.

    The density is that of the Jacobian, normalised to the window: its shape is tested, not a constant factor.

    Parameters
    ----------
    statistics : WindowStatistics
    duality : Duality
        The map to the same quantity.
    sign : int
        Of the fluctuations.
    bootstrap : Bootstrap
        Of data sets from the exact density.
    """
    probability = duality.probability(statistics.edges, sign)
    probability /= probability.sum()
    simulated = bootstrap.random.multinomial(statistics.n, probability, size=bootstrap.replicates)
    distance = float(ks_distance(statistics.counts, probability))
    return KolmogorovSmirnov(distance, p_value(distance, ks_distance(simulated, probability)))
