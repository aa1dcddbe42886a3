"""Power laws truncated to a window, fitted by exact maximum likelihood to sufficient statistics.

p(q) ∝ W(q)·q^(-k) on [low, high] with W known is an exponential family in ln q: n and Σ ln q are sufficient for k, so
that no choice of bins enters an estimate. W = 1 is the bare power law, for which all is in closed form.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import interpolate, optimize

from duality.records.estimates import CONFIDENCE, Estimate

MOST_CELLS = 512  # of a window
_NODES_PER_CELL = 4
_MOST_STEPS, _ACCURACY = 100, 1e-12  # of a fit: steps, and the last of them
_FEWEST_NODES, _WIDEST = 16, 8.0  # of an interpolation over k: its nodes, and how far the laws may be apart for it


@dataclass(frozen=True)
class WindowStatistics:
    """The fluctuations inside a window snapped inwards to whole bins.

    Attributes
    ----------
    low, high : float
        The edges of the snapped window in |q̇|.
    n : int
        Fluctuations inside.
    sum_log : float
        Their Σ ln|q̇|.
    sd_log : float
        Their standard deviation of ln|q̇|.
    edges : ndarray, shape (cells + 1,)
        The window divided into at most 512 cells of whole bins, about equally wide in ln|q̇|.
    counts : ndarray, shape (cells,)
        Fluctuations in each cell: for tests of fit, not for estimates.
    """

    low: float
    high: float
    n: int
    sum_log: float
    sd_log: float
    edges: np.ndarray
    counts: np.ndarray


def _mean_of_tilted_uniform(c: float) -> float:
    """Mean of the density ∝ e^(c·u) on [0, 1]: 1/(1 - e^(-c)) - 1/c."""
    if abs(c) < 1e-2:
        return 0.5 + c / 12 - c**3 / 720 + c**5 / 30240
    return -1 / np.expm1(-c) - 1 / c


def _variance_of_tilted_uniform(c: float) -> float:
    """Its variance: 1/c² - e^(-c)/(1 - e^(-c))²."""
    if abs(c) < 1e-2:
        return 1 / 12 - c**2 / 240 + c**4 / 6048
    return 1 / c**2 - 1 / (4 * np.sinh(0.5 * c) ** 2) if abs(c) < 700 else 1 / c**2


def truncated_power_law(n: int, sum_log: float, low: float, high: float) -> Estimate:
    """Exact maximum likelihood of k in p(q) ∝ q^(-k) on [low, high].

    With L = ln(high/low) and u = ln(q/low)/L the density of u is ∝ e^(c·u), c = (1 - k)·L, so that mean(u) is
    sufficient, and any k (below, at or above 1) and any range are regular. The standard error is Fisher's.

    Parameters
    ----------
    n : int
        Number of values.
    sum_log : float
        Σ ln q.
    low, high : float

    Raises
    ------
    ValueError
        If there are no values, or all lie at one end of the window.
    """
    L = np.log(high / low)
    if n < 1:
        raise ValueError("no values in the window")
    mean_u = (sum_log / n - np.log(low)) / L
    if not 0 < mean_u < 1:
        raise ValueError("all values lie at one end of the window")
    bound = 2 / min(mean_u, 1 - mean_u)
    c = optimize.brentq(lambda c: _mean_of_tilted_uniform(c) - mean_u, -bound, bound, xtol=1e-14, rtol=1e-14)
    return Estimate.normal(1 - c / L, 1 / (L * np.sqrt(n * _variance_of_tilted_uniform(c))))


class PowerLaw:
    """The family p(q) ∝ W(q)·q^(-k) on a window, by quadrature over its cells.

    Parameters
    ----------
    edges : ndarray, shape (cells + 1,)
        Ascending edges of the cells.
    log_weight : function of ndarray, optional
        ln W(q), elementwise, -inf where W = 0. Without it W = 1.
    """

    def __init__(self, edges: np.ndarray, log_weight: Callable[[np.ndarray], np.ndarray] | None = None):
        nodes, weights = np.polynomial.legendre.leggauss(_NODES_PER_CELL)
        t = np.log(edges)
        half = 0.5 * np.diff(t)[:, None]
        self.log_q = 0.5 * (t[1:] + t[:-1])[:, None] + half * nodes  # shape (cells, nodes)
        self.log_measure = np.log(half * weights)  # of d ln q
        if log_weight is not None:
            self.log_measure = self.log_measure + log_weight(np.exp(self.log_q).ravel()).reshape(self.log_q.shape)
        self._centre = 0.5 * (t[0] + t[-1])

    def probability(self, k: float) -> np.ndarray:
        """Probability of each node of the quadrature, shape (cells, nodes)."""
        return self.probabilities(np.array([k]))[0]

    def probabilities(self, k: np.ndarray) -> np.ndarray:
        """The same for many k at once, shape (k, cells, nodes)."""
        log_p = self.log_measure + (1 - k)[:, None, None] * (self.log_q - self._centre)
        p = np.exp(log_p - np.max(log_p, axis=(1, 2), keepdims=True))
        return p / p.reshape(k.size, -1).sum(axis=1)[:, None, None]

    def cells(self, k: np.ndarray) -> np.ndarray:
        """Probability of each cell for many k, shape (k, cells).

        Up to its norm, the probability of a cell is a sum of exponentials of k: of many k that are near each other it
        is interpolated between Chebyshev nodes, to rounding.
        """
        centre, half = 0.5 * (k.max() + k.min()), 0.5 * (k.max() - k.min())
        apart = half * float(np.ptp(self.log_q)) / 2
        size = _FEWEST_NODES + int(2 * apart)
        if not 0 < apart <= _WIDEST or size >= k.size:
            return self.probabilities(k).sum(axis=2)
        angles = np.pi * (np.arange(size) + 0.5) / size
        log_p = self.log_measure + (1 - centre) * (self.log_q - self._centre)
        p = np.exp(log_p - log_p.max())
        tilts = np.exp(-half * np.cos(angles)[:, None, None] * (self.log_q - self._centre))
        at_nodes = np.einsum("kcn,cn->kc", tilts, p)
        cells = _chebyshev((k - centre) / half, angles) @ at_nodes
        return np.asarray(cells / cells.sum(axis=1, keepdims=True))

    def moments(self, k: float) -> tuple[float, float]:
        """Mean and variance of ln q."""
        p, t = self.probability(k), self.log_q - self._centre
        mean = float(np.sum(p * t))
        return mean + self._centre, float(np.sum(p * (t - mean) ** 2))

    def fit(self, n: int, sum_log: float) -> Estimate:
        """Maximum likelihood: the k for which ⟨ln q⟩_k = Σ ln q / n; Fisher's standard error is 1/√(n·Var_k(ln q)).

        Raises
        ------
        ValueError
            If there are no values, or no k explains them.
        """
        if n < 1:
            raise ValueError("no values in the window")
        target = sum_log / n
        reach = 64.0
        while self.moments(1 - reach)[0] < target or self.moments(1 + reach)[0] > target:
            reach *= 4
            if reach > 1e6:
                raise ValueError("no exponent explains the values in the window")
        # Newton's method, within a bracket: ⟨ln q⟩_k falls with k, by Var_k(ln q).
        low, high, k = 1 - reach, 1 + reach, 1.0
        for _ in range(_MOST_STEPS):
            mean, variance = self.moments(k)
            low, high = (k, high) if mean > target else (low, k)
            step = (mean - target) / variance if variance else np.inf
            if abs(step) <= _ACCURACY:
                break
            k = k + step if low < k + step < high else 0.5 * (low + high)
        return Estimate.normal(k, 1 / np.sqrt(n * variance))

    def simulate(self, k: float, n: int, size: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Data sets of n values each as their sufficient statistics: cells first, then Σ ln q given the cells.

        Inside a cell Σ ln q is drawn as a normal with the cell's own mean and variance. A cell is so narrow that its
        variance hardly counts beside that of the window.

        Returns
        -------
        counts : ndarray of int, shape (size, cells)
        sum_log : ndarray, shape (size,)
        """
        p, t = self.probability(k), self.log_q - self._centre
        cell = p.sum(axis=1)
        with np.errstate(invalid="ignore"):
            mean = np.nan_to_num(np.sum(p * t, axis=1) / cell)
            variance = np.nan_to_num(np.sum(p * (t - mean[:, None]) ** 2, axis=1) / cell)
        counts = random.multinomial(n, cell / cell.sum(), size=size)
        sum_log = counts @ mean + np.sqrt(counts @ variance) * random.standard_normal(size)
        return counts, sum_log + n * self._centre

    def fit_all(self, near: Estimate, n: int, sum_log: np.ndarray) -> np.ndarray:
        """k of many data sets of n values whose true k is near an estimate: the inverse of ⟨ln q⟩_k, interpolated."""
        k = near.value + near.se * np.linspace(-8, 8, 65)
        weighted = self.probabilities(k) * (self.log_q - self._centre)
        mean = weighted.reshape(k.size, -1).sum(axis=1) + self._centre
        return interpolate.PchipInterpolator(mean[::-1], k[::-1])(sum_log / n)


def _chebyshev(x: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """The matrix that interpolates at x in [-1, 1] what is known at the Chebyshev nodes cos(angles)."""
    orders = np.arange(angles.size)
    coefficients = np.cos(np.multiply.outer(orders, angles)) * np.where(orders == 0, 1, 2)[:, None] / angles.size
    return np.asarray(np.cos(np.multiply.outer(np.arccos(np.clip(x, -1, 1)), orders)) @ coefficients)


@dataclass(frozen=True)
class Bootstrap:
    """How many data sets are simulated, and with which random numbers."""

    replicates: int
    random: np.random.Generator


@dataclass(frozen=True)
class Bootstrapped:
    """What simulated data sets of a fitted power law tell of the fit, if the law is the truth.

    Attributes
    ----------
    interval : (low, high)
        Of 95%.
    distance, p_value : float
        Kolmogorov and Smirnov's of the data.
    """

    interval: tuple[float, float]
    distance: float
    p_value: float


def bootstrapped(law: PowerLaw, estimate: Estimate, statistics: WindowStatistics, bootstrap: Bootstrap) -> Bootstrapped:
    """Interval and goodness of fit of a power law by parametric bootstrap (Clauset et al. 2009, doi:10.1137/070710111).

    Parameters
    ----------
    law : PowerLaw
        On the cells of the statistics.
    estimate : Estimate
        Its fit to the statistics, with Fisher's error.
    statistics : WindowStatistics
    bootstrap : Bootstrap
    """
    counts, sum_log = law.simulate(estimate.value, statistics.n, bootstrap.replicates, bootstrap.random)
    k = law.fit_all(estimate, statistics.n, sum_log)
    # Basic bootstrap: the estimate minus the quantiles of k - estimate.
    low, high = 2 * estimate.value - np.quantile(k, [0.5 + CONFIDENCE / 2, 0.5 - CONFIDENCE / 2], method="weibull")
    distance = float(ks_distance(statistics.counts, law.probability(estimate.value).sum(axis=1)))
    simulated = ks_distance(counts, law.cells(k))
    return Bootstrapped((float(low), float(high)), distance, p_value(distance, simulated))


def ks_distance(counts: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """max |F_data - F_model| over the edges of the cells: over the last axis of both, for many data sets at once."""
    data, model = (np.cumsum(a, axis=-1, dtype=float) for a in (counts, probability))
    for distribution in (data, model):
        distribution /= distribution[..., -1:].copy()
    data = np.subtract(data, model, out=data) if data.ndim >= model.ndim else data - model
    return np.asarray(np.max(np.abs(data, out=data), axis=-1))


def p_value(observed: float, simulated: np.ndarray) -> float:
    """(1 + number of simulated values at least as large)/(1 + number of simulated values): never zero."""
    return float((1 + np.sum(simulated >= observed)) / (1 + simulated.size))
