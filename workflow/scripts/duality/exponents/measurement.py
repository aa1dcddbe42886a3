"""The exponent k of p(q̇) ∝ q̇^(-k), three ways, of q̇, ẇ and ḃ, each with its errors.

- Jacobian exponent: the slope of ln|dq̇/dx1| against ln q̇, no data involved.
- Raw exponent: a power law truncated to the window, fitted to the fluctuations. It contains the data's own density.
- Dataset-corrected exponent: k in p(q̇) ∝ W(q̇)·q̇^(-k), where W is what the data contribute, p(x1(q̇)) if the map is
  one-to-one. It is what the prediction speaks of, measured on fluctuations.

What is said of q̇ below holds for ẇ and ḃ likewise.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from duality.conventions import EXPONENTS, SIGNS
from duality.errors import InputError
from duality.exponents.goodness_of_fit import chi_squared, kolmogorov_smirnov
from duality.exponents.prediction import regimes_of
from duality.exponents.shifted import Shift, fit_shifted, shift_of
from duality.fits.power_laws import (
    BootstrappedFit,
    Exponent,
    PowerLaw,
    WindowStatistics,
    bootstrapped_fit,
    truncated_power_law,
    window_statistics,
)
from duality.fits.rivals import compare
from duality.fluctuations.extraction import BINS_PER_DECADE, select
from duality.jacobian.duality import Duality
from duality.jacobian.windows import Window, paper_window

_FEWEST = 10  # fluctuations in a window for a fit, and in a bin of the density
_POINTS = 17  # in a bin, among which the exact density is interpolated


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


def measure(
    duality: Duality,
    window: Window,
    bins: pd.DataFrame,
    covariance: np.ndarray,
    regimes: pd.DataFrame,
    replicates: int,
    random: np.random.Generator,
) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    """Everything that is measured on the fluctuations inside one window.

    Parameters
    ----------
    duality : Duality
        The map to the quantity, at the equilibrium.
    window : Window
    bins : DataFrame
        The histogram of the quantity, of this class and of the sign that the window's branch has.
    covariance : ndarray, shape (2, 2)
        Of the estimates of w and b.
    regimes : DataFrame
        Of the class, see `duality.theory.regimes.regimes_table`.
    replicates : int
        Of each parametric bootstrap.
    random : numpy.random.Generator

    Returns
    -------
    measured : dict
        window (q_low, q_high, decades, decades_99: those that hold 99% of its fluctuations, n, own_branch: the share
        of them that its own branch makes); theory (k and the regime that it was derived for, k None at a crossover
        between regimes; None if none governs the window); jacobian (k, se and the rms of its deviation from a straight
        line); raw, corrected (k, se, the 95% intervals of Fisher and of the bootstrap, KS distance and its p-value);
        duality (KS test against the exact density); shifted (see `duality.exponents.shifted`), None where the theory
        has B = 0.
    rivals : list of dict
        See `duality.fits.rivals.compare`.

    None if the window is narrower than a bin or holds fewer than ten fluctuations.
    """
    statistics = window_statistics(bins, window.q_low, window.q_high)
    if statistics is None or statistics.n < _FEWEST:
        return None
    sign = duality.branches[window.branch].sign
    jacobian, rms = jacobian_exponent(duality, covariance, window)
    shift = shift_of(duality, window) if duality.quantity == "w_dot" else None
    log_weight = dataset_weight(duality, window)
    bare, weighted = PowerLaw(statistics.edges), PowerLaw(statistics.edges, log_weight)
    raw = truncated_power_law(statistics.n, statistics.sum_log, statistics.low, statistics.high)
    corrected = weighted.fit(statistics.n, statistics.sum_log)
    measured = {
        "window": {
            "q_low": statistics.low,
            "q_high": statistics.high,
            "decades": float(np.log10(statistics.high / statistics.low)),
            "decades_99": _decades_of(statistics, 0.99),
            "n": statistics.n,
            "own_branch": own_share(duality, window, statistics.edges),
        },
        "theory": _derived(regimes, duality, window, shift),
        "jacobian": {**asdict(jacobian), "interval": jacobian.interval, "rms": rms},
        "raw": _record(bootstrapped_fit(bare, raw, statistics, replicates, random)),
        "corrected": _record(bootstrapped_fit(weighted, corrected, statistics, replicates, random)),
        "duality": asdict(kolmogorov_smirnov(statistics, duality, sign, replicates, random)),
        "shifted": shift and _shifted(statistics, sign, shift, log_weight),
    }
    return measured, compare(statistics, log_weight)


def _derived(regimes: pd.DataFrame, duality: Duality, window: Window, shift: Shift | None) -> dict[str, Any] | None:
    if shift:
        return {"k": shift.k_w, "text": f"{Fraction(shift.k_w)} (shifted)", "approach": "the whole piece"}
    governing, exponent = regimes_of(regimes, duality, window), EXPONENTS[duality.quantity]
    if governing.empty:
        return None
    return {
        "k": float(governing[exponent].iloc[0]) if len(governing) == 1 else None,
        "text": " to ".join(governing[f"{exponent}_text"]),
        "approach": "; ".join(governing["approach"]),
    }


def _decades_of(statistics: WindowStatistics, share: float) -> float:
    """Decades that hold the middle `share` of a window's fluctuations: one end of it may be but our data's reach."""
    below = np.cumsum(statistics.counts) / statistics.n
    first, last = np.searchsorted(below, [0.5 - share / 2, 0.5 + share / 2])
    return float(np.log10(statistics.edges[last + 1] / statistics.edges[first]))


def own_share(duality: Duality, window: Window, edges: np.ndarray) -> float:
    """The share of the fluctuations between the edges that the window's own branch makes, by the exact density."""
    own = duality.branches[window.branch]
    ends = edges[[0, -1]]
    probability = float(np.abs(np.diff(duality.density.cdf(duality.preimage(own, ends))))[0])
    return probability / float(duality.probability(ends, own.sign)[0])


def _record(fit: BootstrappedFit) -> dict[str, Any]:
    return {
        **asdict(fit.exponent),
        "interval": fit.exponent.interval,
        "bootstrap": fit.bootstrap,
        "ks_distance": fit.distance,
        "ks_p_value": fit.p_value,
    }


def _shifted(
    statistics: WindowStatistics, sign: int, shift: Shift, log_weight: Callable[[np.ndarray], np.ndarray]
) -> dict[str, Any] | None:
    fit = fit_shifted(statistics, sign, shift, log_weight)
    if fit is None:
        return None
    return {
        **asdict(fit.exponent),
        "interval": fit.exponent.interval,
        "ratio": fit.ratio,
        "ratio_se": fit.ratio_se,
        "theory": {"k_w": shift.k_w, "A": shift.A, "B": shift.B, "ratio": shift.ratio},
        "at_theory": asdict(fit.at_theory),
    }


def measure_class(
    duality: Duality,
    windows: Mapping[str, Mapping[str, Any]],
    histogram: pd.DataFrame,
    class_name: str,
    samples: int,
    covariance: np.ndarray,
    regimes: pd.DataFrame,
    cells: int,
    replicates: int,
    generator: Callable[..., np.random.Generator],
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Everything that is measured on the fluctuations of one class.

    Parameters
    ----------
    duality : Duality
        The map to q̇ at the equilibrium.
    windows : mapping
        Per quantity the paper's and the observed `Window` and the variants, or None.
    histogram : DataFrame
        See `duality.fluctuations.extraction.load_histogram`.
    class_name : str
    samples : int
        Number of samples of the class.
    covariance : ndarray, shape (2, 2)
    regimes : DataFrame
        Of the class, see `duality.theory.regimes.regimes_table`.
    cells, replicates : int
        Of the χ² test, and of each bootstrap.
    generator : function (quantity, window)
        Random numbers for one window.

    Returns
    -------
    measured : dict
        q_dot, w_dot, b_dot: paper, observed and the variants, each as `measure` says or None; and
        goodness_of_fit, the χ² test of all fluctuations of q̇ of the paper's sign.
    rivals : DataFrame
        quantity, window, and the columns of `duality.fits.rivals.compare`.

    Raises
    ------
    InputError
        If the paper's window of q̇ holds too few fluctuations.
    """
    measured: dict[str, Any] = {}
    rivals = []
    for quantity, chosen in windows.items():
        of = duality.of(quantity)
        measured[quantity] = {}
        for kind, window in chosen.items():
            found = None
            if window:
                sign = {value: key for key, value in SIGNS.items()}[of.branches[window.branch].sign]
                bins = select(histogram, class_name, quantity, sign)
                found = measure(of, window, bins, covariance, regimes, replicates, generator(quantity, kind))
            measured[quantity][kind] = found and found[0]
            rivals += [{"quantity": quantity, "window": kind, **row} for row in (found[1] if found else [])]
    paper = windows["q_dot"]["paper"]
    if measured["q_dot"]["paper"] is None:
        raise InputError(
            f"the window q̇ in [{paper.q_low:.3g}, {paper.q_high:.3g}] holds fewer than {_FEWEST} fluctuations or is "
            "narrower than a bin: widen the conditions or lower statistics.much_less_than"
        )
    sign = duality.branches[paper.branch].sign
    bins = select(histogram, class_name, "q_dot", {value: key for key, value in SIGNS.items()}[sign])
    measured["goodness_of_fit"] = asdict(chi_squared(bins, duality, sign, samples, cells))
    return measured, pd.DataFrame(rivals)


def sensitivity(
    duality: Duality,
    conditions: Sequence[str],
    x2: float,
    sign: int,
    factors: Sequence[float],
    tail: float,
    bins: pd.DataFrame,
    covariance: np.ndarray,
) -> pd.DataFrame:
    """How the three exponents of q̇ depend on M, the factor as which "≪" is read.

    Parameters
    ----------
    duality : Duality
    conditions, x2, sign, tail
        See `duality.jacobian.windows.paper_window`.
    factors : sequence of float
        Values of M.
    bins : DataFrame
        The histogram of q̇ of this class and sign.
    covariance : ndarray, shape (2, 2)

    Returns
    -------
    DataFrame
        much_less_than, q_low, q_high, decades, n, and k and se of the exponents; NaN where no x1 meets the conditions,
        or fewer than ten fluctuations lie in the window.
    """
    rows = []
    for M in factors:
        row: dict[str, Any] = {"much_less_than": M}
        try:
            window: Window | None = paper_window(duality, conditions, x2, sign, M, tail)
        except InputError:
            window = None
        statistics = window and window_statistics(bins, window.q_low, window.q_high)
        if window and statistics and statistics.n >= _FEWEST:
            fits = {
                "jacobian": jacobian_exponent(duality, covariance, window)[0],
                "raw": truncated_power_law(statistics.n, statistics.sum_log, statistics.low, statistics.high),
                "corrected": PowerLaw(statistics.edges, dataset_weight(duality, window)).fit(
                    statistics.n, statistics.sum_log
                ),
            }
            decades = float(np.log10(statistics.high / statistics.low))
            row |= {"q_low": statistics.low, "q_high": statistics.high, "decades": decades, "n": statistics.n}
            for name, exponent in fits.items():
                row |= {f"k_{name}": exponent.k, f"k_{name}_se": exponent.se}
        rows.append(row)
    columns = ["much_less_than", "q_low", "q_high", "decades", "n"]
    columns += [f"k_{name}{ending}" for name in ("jacobian", "raw", "corrected") for ending in ("", "_se")]
    return pd.DataFrame(rows, columns=columns)


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
