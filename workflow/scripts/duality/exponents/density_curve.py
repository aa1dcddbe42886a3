"""The measured density of fluctuations beside the exact one, as a figure shows it."""

import numpy as np
import pandas as pd

from duality.jacobian.duality import Duality
from duality.records.fluctuations import BINS_PER_DECADE

_FEWEST = 10  # fluctuations in a bin
_POINTS = 17  # in a bin, among which the exact density is interpolated


def density_curve(bins: pd.DataFrame, duality: Duality, sign: int, samples: int) -> pd.DataFrame:
    """The measured density of |q̇| beside the exact one.

    Bins are 1/20 decade wide, and wider where they would hold fewer than ten fluctuations: leaving out empty bins
    would lift the tails. The density of a bin is the mean over it, and stands where the exact density has its own mean
    over the bin: a bin of several decades has it far from any middle (G. D. Lafferty and T. R. Wyatt, Nucl. Instrum.
    Meth. A 355 (1995) 541).

    Returns
    -------
    DataFrame
        q_low, q_high, q_dot (that abscissa), count, density and se (measured, Poisson), exact. Densities integrate to
        the fraction of the class's samples that have this sign.
    """
    coarse = bins.groupby(bins["bin"] // (BINS_PER_DECADE // 20))["count"].sum()
    indices = np.arange(coarse.index.min(), coarse.index.max() + 1)
    counts = coarse.reindex(indices, fill_value=0).to_numpy()
    first = [0]
    for index in range(1, counts.size):
        if counts[first[-1] : index].sum() >= _FEWEST <= counts[index:].sum():
            first.append(index)
    edges = 10.0 ** (np.append(indices[first], indices[-1] + 1) / 20)
    counts = np.add.reduceat(counts, first)
    width = np.diff(edges)
    exact = duality.probability(edges, sign) / width
    return pd.DataFrame(
        {
            "q_low": edges[:-1],
            "q_high": edges[1:],
            "q_dot": _abscissae(edges, exact, duality, sign),
            "count": counts,
            "density": counts / (samples * width),
            "se": np.sqrt(counts) / (samples * width),
            "exact": exact,
        }
    )


def _abscissae(edges: np.ndarray, mean: np.ndarray, duality: Duality, sign: int) -> np.ndarray:
    """Per bin the q̇ at which the exact density has its mean over the bin: of several the one nearest to the middle.

    Middles are geometric. A bin that has no such q̇, because the density ends in it or is singular, gets its middle.
    """
    share = np.linspace(0, 1, _POINTS)
    ratio = edges[1:, None] / edges[:-1, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = np.log(duality.pdf(edges[:-1, None] * ratio**share, sign) / mean[:, None])
        excess[~np.isfinite(excess)] = np.nan
        part = excess[:, :-1] / (excess[:, :-1] - excess[:, 1:])  # ln p is almost linear in ln q̇ from point to point
    crossings = np.where((part >= 0) & (part <= 1), share[:-1] + part * share[1], np.nan)
    nearest = np.nan_to_num(np.abs(crossings - 0.5), nan=np.inf).argmin(axis=1)
    chosen = np.take_along_axis(crossings, nearest[:, None], axis=1)
    return (edges[:-1, None] * ratio ** np.nan_to_num(chosen, nan=0.5))[:, 0]
