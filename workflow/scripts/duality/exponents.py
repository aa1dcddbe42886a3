"""The exponent k of p(q̇) ∝ q̇^(-k), three ways, from sufficient statistics, each with its standard error.

- Jacobian exponent: the slope of ln|dq̇/dx1| against ln q̇, no data involved.
- Raw exponent: a power law truncated to the window, fitted to the fluctuations. It contains the data's own density.
- Dataset-corrected exponent: k in p(q̇) ∝ W(q̇)·q̇^(-k), where W is what the data contribute, p(x1(q̇)) if the map is
  one-to-one. It is what the prediction speaks of, measured on fluctuations.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize, special

from duality.errors import InputError
from duality.fluctuations import BINS_PER_DECADE, bin_edges
from duality.jacobian import Duality
from duality.windows import Window

_NODES = 4097
_FEWEST_IN_BIN = 10


@dataclass(frozen=True)
class Exponent:
    """An estimate of k and its standard error."""

    k: float
    se: float


@dataclass(frozen=True)
class WindowStatistics:
    """Sufficient statistics of the fluctuations inside a window snapped inwards to whole bins.

    Attributes
    ----------
    first, last : int
        The bins first, …, last - 1.
    low, high : float
        The edges of the snapped window in |q̇|.
    n : int
        Fluctuations inside.
    sum_log : float
        Their Σ ln|q̇|.
    """

    first: int
    last: int
    low: float
    high: float
    n: int
    sum_log: float


def window_statistics(bins: pd.DataFrame, q_low: float, q_high: float) -> WindowStatistics | None:
    """n and Σ ln|q̇| of the fluctuations in a window.

    Parameters
    ----------
    bins : DataFrame
        Rows of one class, quantity and sign, see `duality.fluctuations.select`.
    q_low, q_high : float

    Returns
    -------
    WindowStatistics, or None if the window is narrower than a bin
    """
    first = int(np.ceil(np.log10(q_low) * BINS_PER_DECADE))
    last = int(np.floor(np.log10(q_high) * BINS_PER_DECADE))
    if last <= first:
        return None
    low, high = bin_edges(first, last)[[0, -1]]
    inside = bins[(bins["bin"] >= first) & (bins["bin"] < last)]
    return WindowStatistics(first, last, low, high, int(inside["count"].sum()), float(inside["sum_log"].sum()))


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


def truncated_power_law(n: int, sum_log: float, low: float, high: float) -> Exponent:
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
    return Exponent(float(1 - c / L), float(1 / (L * np.sqrt(n * _variance_of_tilted_uniform(c)))))


def corrected_power_law(
    n: int, sum_log: float, low: float, high: float, log_weight: Callable[[np.ndarray], np.ndarray]
) -> Exponent:
    """Exact maximum likelihood of k in p(q) ∝ W(q)·q^(-k) on [low, high], W known.

    An exponential family in ln q: Σ ln q is sufficient for any W, k solves ⟨ln q⟩_k = Σ ln q / n, and Fisher's
    standard error is 1/√(n·Var_k(ln q)).

    Parameters
    ----------
    n, sum_log, low, high
        As for `truncated_power_law`, which is the case W = 1.
    log_weight : function of ndarray
        ln W(q), elementwise; -inf where W = 0.

    Raises
    ------
    ValueError
        If there are no values, or no k explains them.
    """
    if n < 1:
        raise ValueError("no values in the window")
    t = np.linspace(np.log(low), np.log(high), _NODES)
    simpson = np.ones(_NODES)
    simpson[1:-1:2], simpson[2:-1:2] = 4, 2
    log_w = log_weight(np.exp(t))
    centre = t - 0.5 * (t[0] + t[-1])

    def moments(k: float) -> tuple[float, float]:
        log_p = log_w + (1 - k) * centre
        p = simpson * np.exp(log_p - np.max(log_p))
        p /= p.sum()
        mean = float(p @ centre)
        return mean, float(p @ (centre - mean) ** 2)

    target = sum_log / n - 0.5 * (t[0] + t[-1])
    reach = 64.0
    while moments(1 - reach)[0] < target or moments(1 + reach)[0] > target:
        reach *= 4
        if reach > 1e6:
            raise ValueError("no exponent explains the values in the window")
    k = optimize.brentq(lambda k: moments(k)[0] - target, 1 - reach, 1 + reach, xtol=1e-13)
    return Exponent(float(k), float(1 / np.sqrt(n * moments(k)[1])))


def dataset_weight(duality: Duality, window: Window) -> Callable[[np.ndarray], np.ndarray]:
    """ln W(q̇): the exact density divided by the Jacobian contribution |dx1/dq̇| of the window's own branch.

    For a one-to-one map W is p(x1(q̇)); where other branches reach the same q̇ it includes their share, so that
    fluctuations need not be told apart by branch.
    """
    branch = duality.branches[window.branch]

    def log_weight(q_dot: np.ndarray) -> np.ndarray:
        jacobian = np.abs(duality.jacobian(duality.preimage(branch, q_dot)))
        with np.errstate(divide="ignore"):
            return np.log(duality.pdf(q_dot, branch.sign)) + np.log(jacobian)

    return log_weight


def jacobian_slope(duality: Duality, window: Window, branch: int | None = None) -> tuple[float, float]:
    """Least-squares slope of ln|dq̇/dx1| against ln q̇, evenly in ln q̇ over the window; and the residuals' rms."""
    q_dot = np.geomspace(window.q_low, window.q_high, 1025)[1:-1]
    x1 = duality.preimage(duality.branches[window.branch if branch is None else branch], q_dot)
    log_q, log_jacobian = np.log(q_dot), np.log(np.abs(duality.jacobian(x1)))
    slope, intercept = np.polyfit(log_q, log_jacobian, 1)
    return float(slope), float(np.sqrt(np.mean((log_jacobian - slope * log_q - intercept) ** 2)))


def jacobian_exponent(duality: Duality, covariance: np.ndarray, window: Window) -> tuple[Exponent, float]:
    """The Jacobian exponent on a window of q̇, with the standard error that it inherits from (w, b).

    Parameters
    ----------
    duality : Duality
        The map at the equilibrium.
    covariance : ndarray, shape (2, 2)
        Of the estimates of w and b.
    window : Window

    Returns
    -------
    Exponent, and the rms of ln|dq̇/dx1| about the straight line: how far from a power law the Jacobian is
    """
    k, rms = jacobian_slope(duality, window)
    own = duality.branches[window.branch]
    gradient = np.zeros(2)
    for index, sd in enumerate(np.sqrt(np.diag(covariance))):
        if sd == 0:
            continue
        shift = np.zeros(2)
        shift[index] = sd
        slopes = []
        for side in (1, -1):
            moved = duality.at(duality.w + side * shift[0], duality.b + side * shift[1])
            same = [i for i, br in enumerate(moved.branches) if (br.sign, br.increasing) == (own.sign, own.increasing)]
            nearest = min(
                same, key=lambda i: abs(moved.branches[i].left - own.left) + abs(moved.branches[i].right - own.right)
            )
            slopes.append(jacobian_slope(moved, window, nearest)[0])
        gradient[index] = (slopes[0] - slopes[1]) / (2 * sd)
    return Exponent(k, float(np.sqrt(gradient @ covariance @ gradient))), rms


@dataclass(frozen=True)
class GoodnessOfFit:
    """Pearson's χ² of a histogram against exact probabilities."""

    chi2: float
    degrees_of_freedom: int
    p_value: float


def goodness_of_fit(bins: pd.DataFrame, duality: Duality, sign: int, samples: int, cells: int) -> GoodnessOfFit:
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


def measure(
    duality: Duality,
    sign: int,
    paper: Window,
    observed: Window | None,
    covariance: np.ndarray,
    bins: pd.DataFrame,
    samples: int,
    cells: int,
) -> dict[str, Any]:
    """Everything that is measured on the fluctuations of one class and sign.

    Parameters
    ----------
    duality : Duality
        The map at the equilibrium.
    sign : int
    paper, observed : Window
        Exponents are fitted on the paper's window; of the observed one the width is noted.
    covariance : ndarray, shape (2, 2)
        Of the estimates of w and b.
    bins : DataFrame
        The histogram of q̇ of this class and sign.
    samples : int
        Number of samples of the class.
    cells : int
        Of the χ² test.

    Raises
    ------
    InputError
        If the window holds too few fluctuations for a fit.
    """
    statistics = window_statistics(bins, paper.q_low, paper.q_high)
    if statistics is None or statistics.n < 2:
        raise InputError(
            f"the window q̇ in [{paper.q_low:.3g}, {paper.q_high:.3g}] holds fewer than two fluctuations or is narrower "
            "than a bin: widen the conditions or lower statistics.much_less_than"
        )
    fitted = (statistics.n, statistics.sum_log, statistics.low, statistics.high)
    jacobian, rms = jacobian_exponent(duality, covariance, paper)
    return {
        "window": {
            "q_low": statistics.low,
            "q_high": statistics.high,
            "decades": float(np.log10(statistics.high / statistics.low)),
            "n": statistics.n,
        },
        "observed_decades": observed.decades if observed else 0.0,
        "jacobian": {**asdict(jacobian), "rms": rms},
        "raw": asdict(truncated_power_law(*fitted)),
        "corrected": asdict(corrected_power_law(*fitted, dataset_weight(duality, paper))),
        "goodness_of_fit": asdict(goodness_of_fit(bins, duality, sign, samples, cells)),
    }


def density_curve(bins: pd.DataFrame, duality: Duality, sign: int, samples: int) -> pd.DataFrame:
    """The measured density of |q̇| beside the exact one.

    Bins are 1/20 decade wide, and wider where they would hold fewer than ten fluctuations: leaving out empty bins
    would lift the tails. In a bin p = probability/(q̇·Δ ln q̇), taken at its geometric middle.

    Returns
    -------
    DataFrame
        q_low, q_high, q_dot (their geometric middle), count, density and se (measured, Poisson), exact. Densities
        integrate to the fraction of the class's samples that have this sign.
    """
    coarse = bins.groupby(bins["bin"] // (BINS_PER_DECADE // 20))["count"].sum()
    indices = np.arange(coarse.index.min(), coarse.index.max() + 1)
    counts = coarse.reindex(indices, fill_value=0).to_numpy()
    first = [0]
    for index in range(1, counts.size):
        if counts[first[-1] : index].sum() >= _FEWEST_IN_BIN <= counts[index:].sum():
            first.append(index)
    edges = 10.0 ** (np.append(indices[first], indices[-1] + 1) / 20)
    counts = np.add.reduceat(counts, first)
    middle = np.sqrt(edges[1:] * edges[:-1])
    width = middle * np.log(edges[1:] / edges[:-1])
    return pd.DataFrame(
        {
            "q_low": edges[:-1],
            "q_high": edges[1:],
            "q_dot": middle,
            "count": counts,
            "density": counts / (samples * width),
            "se": np.sqrt(counts) / (samples * width),
            "exact": duality.probability(edges, sign) / width,
        }
    )
