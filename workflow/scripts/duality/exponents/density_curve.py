"""The measured density of fluctuations beside the exact one, as a figure shows it."""

import numpy as np
import pandas as pd

from duality.jacobian.duality import Duality
from duality.records.fluctuations import BINS_PER_DECADE

_FEWEST = 10  # fluctuations in a bin
_POINTS = 17  # in a bin, among which the exact density is interpolated
_PER_DECADE = 20  # bins
_STEPS = (25, 5, 1)  # bins of the histogram to a bin here: each divides the one before, so that all bins are whole
_IN_WINDOW = 5  # bins in a window, at least
assert _STEPS[0] * _PER_DECADE == BINS_PER_DECADE


def density_curve(
    bins: pd.DataFrame, duality: Duality, sign: int, samples: int, window: tuple[float, float] | None = None
) -> pd.DataFrame:
    """The measured density of |q̇| beside the exact one.

    Bins are 1/20 decade wide; finer in and beside a window that would else have fewer than five; and wider where
    they would hold fewer than ten fluctuations: leaving out empty bins would lift the tails. The outermost bins are cut
    where the exact density ends, for both densities: there is nothing beyond, and a mean over that too would be too
    low. The density of a bin is the mean over it, and stands where the exact density has its own mean over the bin: a
    bin of several decades has it far from any middle (G. D. Lafferty and T. R. Wyatt, Nucl. Instrum. Meth. A 355 (1995)
    541).

    Parameters
    ----------
    bins : DataFrame
        Rows of one class, quantity and sign, see `duality.fits.histogram.select`.
    duality : Duality
    sign : int
    samples : int
        Of the class.
    window : (q_low, q_high), optional
        That the curve must resolve.

    Returns
    -------
    DataFrame
        q_low, q_high, q_dot (that abscissa), count, density and se (measured, Poisson), exact. Densities integrate to
        the fraction of the class's samples that have this sign.
    """
    borders = _borders(int(bins["bin"].min()), int(bins["bin"].max()), window)
    place = np.searchsorted(borders, bins["bin"].to_numpy(), side="right") - 1
    counts = np.bincount(place, bins["count"].to_numpy(), borders.size - 1).astype(np.int64)
    first = [0]
    for index in range(1, counts.size):
        if counts[first[-1] : index].sum() >= _FEWEST <= counts[index:].sum():
            first.append(index)
    edges = _cut(10.0 ** (np.append(borders[first], borders[-1]) / BINS_PER_DECADE), duality, sign)
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


def _borders(lowest: int, highest: int, window: tuple[float, float] | None) -> np.ndarray:
    """The bins of the histogram at which those of the curve begin, from lowest to highest, and where all end."""
    wide = _STEPS[0]
    coarse = np.arange(lowest // wide * wide, (highest // wide + 1) * wide + 1, wide)
    if window is None:
        return coarse
    low, high = np.log10(window) * BINS_PER_DECADE
    step = next((step for step in _STEPS if step * _IN_WINDOW <= high - low), _STEPS[-1])
    fine = np.arange(coarse[0], coarse[-1] + 1, step)
    beside = (fine >= (low - (high - low)) // wide * wide) & (fine <= (high + (high - low)) // wide * wide + wide)
    return np.union1d(coarse, fine[beside])


def _cut(edges: np.ndarray, duality: Duality, sign: int) -> np.ndarray:
    """The edges, the first and the last moved to where the exact density begins and ends within the outermost bins."""
    own = [branch for branch in duality.branches if branch.sign == sign]
    low, high = min(branch.q_low for branch in own), max(branch.q_high for branch in own)
    cut = edges.copy()
    if edges[0] < low < edges[1]:
        cut[0] = low
    if edges[-2] < high < edges[-1]:
        cut[-1] = high
    return cut


def _abscissae(edges: np.ndarray, mean: np.ndarray, duality: Duality, sign: int) -> np.ndarray:
    """Per bin the q̇ at which the exact density has its mean over the bin: of several the one nearest to the middle.

    Middles are geometric. A bin that has no such q̇, because the density jumps in it or is singular, gets its middle.
    """
    share = np.linspace(0, 1, _POINTS)
    ratio = edges[1:, None] / edges[:-1, None]
    q_dot = np.clip(edges[:-1, None] * ratio**share, edges[0], edges[-1])  # where rounding would leave the support
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = np.log(duality.pdf(q_dot, sign) / mean[:, None])
        excess[~np.isfinite(excess)] = np.nan
        part = excess[:, :-1] / (excess[:, :-1] - excess[:, 1:])  # ln p is almost linear in ln q̇ from point to point
    crossings = np.where((part >= 0) & (part <= 1), share[:-1] + part * share[1], np.nan)
    nearest = np.nan_to_num(np.abs(crossings - 0.5), nan=np.inf).argmin(axis=1)
    chosen = np.take_along_axis(crossings, nearest[:, None], axis=1)
    return (edges[:-1, None] * ratio ** np.nan_to_num(chosen, nan=0.5))[:, 0]
