"""The exponents that infinite data would give, by quadrature over the exact density, and what a sample adds to them.

A fit of k to fluctuations asks for the k whose law has the same mean of ln q̇ in the window. With infinite data that
mean is ⟨ln q̇⟩ over the samples that fall into the window, an integral over x1 in which no Jacobian is needed.
"""

import msgspec
import numpy as np

from duality.exponents.slope import dataset_weight
from duality.fits.histogram import MOST_CELLS
from duality.fits.power_laws import PowerLaw, truncated_power_law
from duality.jacobian.duality import Duality
from duality.records import PopulationReference, Window
from duality.training.stationary import mean_kick

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)  # of a panel
_PANELS = 64  # evenly in x1; and as many at quantiles of the class
_TAIL = 1e-12  # probability of the outermost quantile


Trim = tuple[float, float]


def trimmed(window: Window, trim: Trim) -> Window:
    """A window without what is left out at its ends, which are multiplied by two factors.

    A fit has whole bins of a histogram. Where the density diverges at an end of the window, that counts.
    """
    return msgspec.structs.replace(window, q_low=window.q_low * trim[0], q_high=window.q_high * trim[1])


def raw_exponent(duality: Duality, window: Window, trim: Trim = (1.0, 1.0)) -> float:
    """k of the power law truncated to the window that is nearest to the exact density there.

    Parameters
    ----------
    duality : Duality
        The map to the quantity.
    window : Window
    trim : pair of float, optional
        As for `trimmed`.
    """
    window = trimmed(window, trim)
    return truncated_power_law(1, _mean_log(duality, window), window.q_low, window.q_high).value


def corrected_exponent(duality: Duality, window: Window, trim: Trim = (1.0, 1.0)) -> float:
    """k of the dataset-weighted power law that is nearest to the exact density in the window.

    Parameters
    ----------
    duality : Duality
    window : Window
    trim : pair of float, optional
        As for `trimmed`.
    """
    window = trimmed(window, trim)
    edges = np.geomspace(window.q_low, window.q_high, MOST_CELLS + 1)
    return PowerLaw(edges, dataset_weight(duality, window)).fit(1, _mean_log(duality, window)).value


def covariance_with_sampling(
    duality: Duality, window: Window, variance: float, samples: int, population: PopulationReference
) -> np.ndarray:
    """Covariance of a fitted k with (w, b), where the samples that were trained on are among those of the fit.

    To first order both errors are means over the samples of the class: that of k of -(ln q̇ - ⟨ln q̇⟩)/(P·V), inside
    the window, P its probability and V the variance of ln q̇ of the law; that of (w, b) of -A⁻¹·h̄·(x1, 1), h̄ the kick
    averaged over the stationary (w, b). What a sample shares with itself is left, whatever share was trained on.

    Parameters
    ----------
    duality : Duality
    window : Window
    variance : float
        V.
    samples : int
        Of the class, of the fit.
    population : PopulationReference

    Returns
    -------
    ndarray, shape (2,)
    """
    x1, weights = _inside(duality, window)
    deviation = np.log(duality.magnitude(x1)) - _mean_log(duality, window)
    h = duality.composition.function(1, duality.label)
    kick = mean_kick(h, np.array(population.mean), np.array(population.stationary_covariance), x1)
    product = np.array([np.sum(weights * deviation * kick * power) for power in (x1, np.ones_like(x1))])
    classes = len(duality.composition.labels)
    return np.linalg.solve(population.curvature, product) / (np.sum(weights) * variance * classes * samples)


def _mean_log(duality: Duality, window: Window) -> float:
    """⟨ln q̇⟩ over the window, of all branches that reach it."""
    x1, weights = _inside(duality, window)
    return float(weights @ np.log(duality.magnitude(x1)) / np.sum(weights))


def _inside(duality: Duality, window: Window) -> tuple[np.ndarray, np.ndarray]:
    """Nodes x1 and weights p(x1)·dx1 of a quadrature over all fluctuations of the window's sign and magnitudes."""
    own = duality.branches[window.branch]
    tail = np.geomspace(_TAIL, 0.5, _PANELS // 2)
    quantiles = duality.density.ppf(np.concatenate([tail, np.linspace(0, 1, _PANELS + 1)[1:-1], 1 - tail]))
    nodes, weights = [], []
    for branch in duality.branches:
        low, high = max(window.q_low, branch.q_low), min(window.q_high, branch.q_high)
        if branch.sign != own.sign or not low < high:
            continue
        ends = np.sort(duality.preimage(branch, np.array([low, high])))
        cuts = np.concatenate([np.linspace(ends[0], ends[1], _PANELS + 1), quantiles])
        cuts = np.unique(cuts[(cuts >= ends[0]) & (cuts <= ends[1])])
        half = 0.5 * np.diff(cuts)[:, None]
        x1 = (0.5 * (cuts[1:] + cuts[:-1])[:, None] + half * _NODES).ravel()
        nodes.append(x1)
        weights.append(duality.density.pdf(x1) * (half * _WEIGHTS).ravel())
    return np.concatenate(nodes), np.concatenate(weights)
