"""Tests of the fluctuations against the exact duality density, in which nothing is fitted."""

import numpy as np
import pandas as pd
from scipy import special

from duality.fits.histogram import WindowStatistics
from duality.fits.power_laws import Bootstrap, ks_distance, p_value
from duality.jacobian.duality import Duality
from duality.records import BINS_PER_DECADE, ChiSquared, KolmogorovSmirnov, bin_edges


def chi_squared(bins: pd.DataFrame, duality: Duality, sign: int, samples: int, cells: int) -> ChiSquared:
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
    return ChiSquared(chi2, degrees, float(special.chdtrc(degrees, chi2)) if degrees else 1.0)


def kolmogorov_smirnov(
    statistics: WindowStatistics, duality: Duality, sign: int, bootstrap: Bootstrap
) -> KolmogorovSmirnov:
    """KS test of the fluctuations inside a window against the exact density there, over the edges of the cells.

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
