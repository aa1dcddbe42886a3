"""Tests of the fluctuations against the exact duality density, in which nothing is fitted."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from duality.fits.power_laws import WindowStatistics, ks_distance, p_value
from duality.fluctuations.extraction import BINS_PER_DECADE, bin_edges
from duality.jacobian.duality import Duality


@dataclass(frozen=True)
class GoodnessOfFit:
    """Pearson's χ² of a histogram against exact probabilities."""

    chi2: float
    degrees_of_freedom: int
    p_value: float


def chi_squared(bins: pd.DataFrame, duality: Duality, sign: int, samples: int, cells: int) -> GoodnessOfFit:
    """χ² test of the fluctuations of one sign against the exact duality density. Nothing is fitted.

    The fine bins are merged into cells of about equal expected count; the samples of the other sign and the dead are
    one more cell, so that the fraction of the sign is tested too.

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
    """
    branches = [branch for branch in duality.branches if branch.sign == sign]
    if not branches:
        raise ValueError("the duality has no fluctuation of this sign")
    lowest = min(int(bins["bin"].min()), int(np.floor(np.log10(min(br.q_low for br in branches)) * BINS_PER_DECADE)))
    highest = max(int(bins["bin"].max()), int(np.ceil(np.log10(max(br.q_high for br in branches)) * BINS_PER_DECADE)))
    observed = np.zeros(highest + 1 - lowest)
    observed[bins["bin"].to_numpy() - lowest] = bins["count"]
    expected = samples * duality.probability(bin_edges(lowest, highest + 1), sign)
    target = max(expected.sum() / cells, 5.0)
    cell = np.minimum(np.floor(np.cumsum(expected) / target), np.floor(expected.sum() / target) - 1).astype(int)
    cell = np.unique(np.maximum(cell, 0), return_inverse=True)[1]
    observed_in, expected_in = np.bincount(cell, observed), np.bincount(cell, expected)
    rest = samples - expected.sum()
    if rest >= 5.0:
        observed_in, expected_in = np.append(observed_in, samples - observed.sum()), np.append(expected_in, rest)
    chi2 = float(np.sum((observed_in - expected_in) ** 2 / expected_in))
    degrees = observed_in.size - 1
    return GoodnessOfFit(chi2, degrees, float(special.chdtrc(degrees, chi2)) if degrees else 1.0)


@dataclass(frozen=True)
class Distance:
    """Kolmogorov and Smirnov's distance and the share of simulated data sets that are at least as far."""

    distance: float
    p_value: float


def kolmogorov_smirnov(
    statistics: WindowStatistics, duality: Duality, sign: int, replicates: int, random: np.random.Generator
) -> Distance:
    """KS test of the fluctuations inside a window against the exact density there, over the edges of the cells.

    Parameters
    ----------
    statistics : WindowStatistics
    duality : Duality
        The map to the same quantity.
    sign : int
        Of the fluctuations.
    replicates : int
        Number of data sets simulated from the exact density.
    random : numpy.random.Generator
    """
    probability = duality.probability(statistics.edges, sign)
    probability /= probability.sum()
    simulated = random.multinomial(statistics.n, probability, size=replicates)
    distances = np.array([ks_distance(counts, probability) for counts in simulated])
    distance = ks_distance(statistics.counts, probability)
    return Distance(distance, p_value(distance, distances))
