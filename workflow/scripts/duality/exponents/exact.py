"""What the exact map and density say of an exponent on a window, before any fluctuation is looked at.

The slope of the Jacobian; what the data add to it; and the exponents that a fit to infinite data would give. A fit of k
asks for the k whose law has the same mean of ln q̇ in the window. With infinite data that mean is ⟨ln q̇⟩ over the
samples that fall into the window, an integral over x1 in which no Jacobian is needed.
"""

from collections.abc import Callable
from functools import lru_cache

import msgspec
import numpy as np
from scipy import special

from duality.errors import InputError
from duality.exponents.quadrature import integral
from duality.fits.power_laws import MOST_CELLS, PowerLaw, truncated_power_law
from duality.jacobian.duality import Duality
from duality.records.jacobian import Window
from duality.records.training import PopulationReference

QUADRATURE = 1e-9  # error of a slope: far below any that it inherits


def dataset_weight(duality: Duality, window: Window) -> Callable[[np.ndarray], np.ndarray]:
    """ln W(q̇): the exact density divided by the Jacobian contribution |dx1/dq̇| of the window's own branch.

    For a one-to-one map W is p(x1(q̇)); where other branches reach the same q̇ it includes their share, so that
    fluctuations need not be told apart by branch.
    """
    branch = duality.branches[window.branch]

    def log_weight(q_dot: np.ndarray) -> np.ndarray:
        # On its own branch the density is p(x1)/|dq̇/dx1|.
        x1 = duality.preimage(branch, q_dot)
        others = duality.pdf(q_dot, branch.sign, leaving_out=branch)
        with np.errstate(divide="ignore"):
            return np.log(duality.density.pdf(x1) + others * np.abs(duality.jacobian(x1)))

    return log_weight


def jacobian_slope(duality: Duality, window: Window) -> float:
    """Least-squares slope of ln|dq̇/dx1| against t = ln q̇, all t of the window alike: 12/L³·∫(t - t̄)·ln|dq̇/dx1| dt.

    L is the window's width in t and t̄ its middle. The quadrature may have a turning point of the map at an end, where
    the logarithm diverges.

    Raises
    ------
    InputError
        If the quadrature does not converge to 1e-9.
    """
    t_low, t_high = np.log([window.q_low, window.q_high])
    centre, L = 0.5 * (t_low + t_high), t_high - t_low
    log_jacobian = _log_jacobian(duality, window)

    def integrand(t: np.ndarray) -> np.ndarray:
        return (t - centre) * log_jacobian(t)

    found, change = integral(integrand, t_low, t_high, QUADRATURE * L**3 / 12)
    if not change <= QUADRATURE * L**3 / 12:
        raise InputError(
            f"the slope of the Jacobian over q̇ in [{window.q_low:.3g}, {window.q_high:.3g}] does not converge"
        )
    return float(12 / L**3 * found)


def _log_jacobian(duality: Duality, window: Window) -> Callable[[np.ndarray], np.ndarray]:
    """ln|dq̇/dx1| as a function of ln q̇."""
    branch = duality.branches[window.branch]

    def log_jacobian(t: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore"):  # at a turning point
            return np.log(np.abs(duality.jacobian(duality.preimage(branch, np.exp(t)))))

    return log_jacobian


def rms_from_slope(duality: Duality, window: Window, slope: float) -> float:
    """Root of the mean square by which ln|dq̇/dx1| deviates from the straight line of that slope, all ln q̇ alike."""
    t_low, t_high = np.log([window.q_low, window.q_high])
    log_jacobian = _log_jacobian(duality, window)
    found: dict[int, np.ndarray] = {}  # by the number of nodes, of which each level has another: two integrals ask

    def deviation(t: np.ndarray) -> np.ndarray:
        if t.size not in found:
            found[t.size] = log_jacobian(t) - slope * (t - t_low)
        return found[t.size]

    def mean(function: Callable[[np.ndarray], np.ndarray]) -> float:
        return integral(function, t_low, t_high, QUADRATURE**2)[0] / (t_high - t_low)

    intercept = mean(deviation)
    return float(np.sqrt(mean(lambda t: (deviation(t) - intercept) ** 2)))


_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)  # of a panel
_PANELS = 64  # evenly in x1; and as many at quantiles of the class
_TAIL = 1e-12  # probability of the outermost quantile
_DEVIATIONS = 512  # equally likely deviations of y over which the kick of a sample is averaged


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
    product, probability = _deviation_times_kick(duality, window, population)
    classes = len(duality.composition.labels)
    return np.linalg.solve(population.curvature, product) / (probability * variance * classes * samples)


@lru_cache(maxsize=64)
def _deviation_times_kick(
    duality: Duality, window: Window, population: PopulationReference
) -> tuple[np.ndarray, np.ndarray]:
    """∫ (ln q̇ - ⟨ln q̇⟩)·h̄·(x1, 1) p(x1) dx1 over the window, and P; both fits of a window ask for them."""
    x1, weights = _inside(duality, window)
    deviation = np.log(duality.magnitude(x1)) - _mean_log(duality, window)
    h = duality.composition.function(1, duality.label)
    kick = mean_kick(h, np.array(population.mean), np.array(population.stationary_covariance), x1)
    product = np.array([np.sum(weights * deviation * kick * power) for power in (x1, np.ones_like(x1))])
    return product, np.sum(weights)


def mean_kick(
    h: Callable[[np.ndarray], np.ndarray], mean: np.ndarray, covariance: np.ndarray, x1: np.ndarray
) -> np.ndarray:
    """h averaged over the stationary (w, b): at a given x1, y is Gaussian as they are.

    Parameters
    ----------
    h : function of ndarray
        Of y.
    mean, covariance : ndarray, shape (2,) and (2, 2)
        Of (w, b).
    x1 : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (n,)
    """
    normal = special.ndtri((np.arange(_DEVIATIONS) + 0.5) / _DEVIATIONS)[:, None]
    normal /= np.std(normal)  # the midpoints alone would lack the tails' share
    C = covariance
    sd = np.sqrt(C[0, 0] * x1**2 + 2 * C[0, 1] * x1 + C[1, 1])
    return h(mean[0] * x1 + mean[1] + sd * normal).mean(axis=0)


@lru_cache(maxsize=64)
def _mean_log(duality: Duality, window: Window) -> float:
    """⟨ln q̇⟩ over the window, of all branches that reach it; both fits of a window ask for it."""
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
