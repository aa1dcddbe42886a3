"""Shifted power laws of ẇ measured: |dẇ/dx1| = (Aẇ + B)^k_w with B ≠ 0, see `duality.formulas.shifted_law`.

B = (γ|h(b)|)^(1/k_w), as |dẇ/dx1| at ẇ = 0, where x1 = 0, is γ|h(b)| with h continued to y = b. ẇ itself is then no
power law, but p(ẇ) ∝ W·|1 + ẇ·A/B|^(-k_w) holds.

Two laws of one parameter less are limits of it: A/B = ±∞ is the power law of ẇ without shift, and A/B = 0, with k_w as
large as k_w·A/B asks for, the exponential law. Fluctuations that tell it from both measure A/B and k_w. From the first
alone: k_w without a bound. From the second alone: a k_w, but no shift.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import optimize

from duality.fits.nearby_laws import fit_simulated
from duality.fits.power_laws import Bootstrap, PowerLaw, WindowStatistics, ks_distance, p_value
from duality.fits.shifted_power_laws import EXPONENTIAL, UNSHIFTED, ShiftedPowerLaw
from duality.formulas.shifted_law import LOGARITHMIC, QUADRATIC, ratio
from duality.jacobian.duality import Duality
from duality.records.estimates import CONFIDENCE, TOLD_APART, Estimate, PopulationValue
from duality.records.exponents import Shift, ShiftedFit, ShiftProfile
from duality.records.jacobian import Window

_ROUNDING = 1e-9
_ALONG_KAPPA = np.array([[1.0], [0.0]])  # at a fixed A/B
_AT_REST = 1e-6  # twice the log-likelihood that a maximum may lack
_SHARP = 1e12  # fluctuations that stand for infinitely many
_BEYOND, _POINTS = 1.5, 30  # of a table of the profile, to either side: in intervals, and points


def shift_of(duality: Duality, window: Window) -> Shift | None:
    """k_w, A and B on a window of ẇ if the composition has them exactly there, and B ≠ 0; else None.

    Parameters
    ----------
    duality : Duality
        The map to ẇ.
    window : Window
    """
    x1 = np.linspace(window.x1_low, window.x1_high, 65)
    y = duality.y(x1)
    h, dh, d2h = duality.h(y), duality.dh(y), duality.d2h(y)
    if not np.all(h) or not np.all(dh):
        return None
    k_b = h * d2h / dh**2
    w, gamma = duality.w, duality.gamma
    if np.all(np.abs(k_b) < _ROUNDING):
        k_w, slope, h_at_b = float(QUADRATIC), float(np.mean(dh)), float(np.mean(h - dh * w * x1))
        square = h_at_b**2
    elif np.all(np.abs(k_b - 2) < _ROUNDING):
        k_w, slope, square = float(LOGARITHMIC), 1.0, float(np.mean(h**2 / dh))
        h_at_b = square / float(np.mean(square / h + w * x1))
    else:
        return None
    if abs(h_at_b) <= _ROUNDING * np.max(np.abs(h)):
        return None
    B = (gamma * abs(h_at_b)) ** (1 / k_w)
    return Shift(k_w, ratio(k_w, w, gamma, slope, square) * B, B)


def fit_shifted(
    statistics: WindowStatistics,
    sign: int,
    shift: Shift,
    log_weight: Callable[[np.ndarray], np.ndarray],
    bootstrap: Bootstrap,
) -> tuple[ShiftedFit, pd.DataFrame] | None:
    """Fit p(ẇ) ∝ W(ẇ)·|1 + ẇ·A/B|^(-k_w) to the cells of a window, k_w and A/B both free.

    Unlike those of bare power laws these estimates come from counts per cell: no finite statistic is sufficient.
    Standard errors are those of the sandwich. Intervals are of the profile likelihood, as that of A/B is far from
    parabolic, and of the parametric bootstrap, in which every simulated data set is fitted likewise.

    Parameters
    ----------
    statistics : WindowStatistics
        Of |ẇ|.
    sign : int
        Of ẇ.
    shift : Shift
        The theory's, where the search starts.
    log_weight : function of ndarray
        ln W(|ẇ|), see `duality.exponents.exact.dataset_weight`.
    bootstrap : Bootstrap

    Returns
    -------
    fit : ShiftedFit
        Its error is that of the fit alone: the law is exact at any (w, b), so that k_w inherits nothing from them, and
        infinite data would give theory's.
    profile : DataFrame
        `records.exponents.PROFILE` but for the class and the window: over one and a half times the 95% interval of A/B,
        and in both limits.

    None if the likelihood has no maximum where 1 + ẇ·A/B keeps its sign.
    """
    law, counts = _law(statistics.edges, log_weight), statistics.counts[None]
    tau = np.array([law.tau(sign * shift.ratio), UNSHIFTED, EXPONENTIAL])
    start = np.column_stack([np.full(3, shift.k_w * tau[0]), tau])
    limits, of_limits = law.maximise(counts, start, _ALONG_KAPPA)
    every, likelihoods = law.maximise(counts, limits)
    found, likelihood = every[np.argmax(likelihoods)], float(np.max(likelihoods))
    if not (np.isfinite(likelihood) and law.promise(found, counts) < _AT_REST):
        return None
    try:
        covariance = law.covariance(found, counts[0])
    except ValueError:
        return None
    profile = _Profile(law, counts, found, likelihood)
    of_tau = float(np.sqrt(covariance[1, 1]))
    at = float(law.inverse_shift(found[1]))
    interval, distance, p = _bootstrapped(law, statistics, found, bootstrap)
    reaching = profile.of_tau(of_tau)
    exponential = reaching[0] < EXPONENTIAL < reaching[1]
    exponent = Estimate.normal(found[0] / found[1], covariance[0, 0] ** 0.5)
    fit = ShiftedFit(
        exponent=exponent,
        population=PopulationValue.beside(exponent, shift.k_w, 0.0),
        ratio=Estimate.normal(sign * at, of_tau * abs(at / (found[1] * (1 - found[1])))),
        at_theory=Estimate.normal(limits[0, 0] / limits[0, 1], law.variance_of_k(limits[0], counts[0]) ** 0.5),
        theory=shift,
        gain=likelihood - float(of_limits[1]),
        gain_over_exponential=likelihood - float(of_limits[2]),
        profile=ShiftProfile(
            exponent=None if exponential else profile.of_k(covariance[0, 0] ** 0.5),
            ratio=None if reaching[0] < UNSHIFTED < reaching[1] else _ordered(sign * law.inverse_shift(reaching)),
            inverse_ratio=None if exponential else _ordered(sign * law.shift(reaching)),
        ),
        bootstrap=None if exponential else interval,
        ks_distance=distance,
        ks_p_value=p,
    )
    return fit, profile.table(sign, reaching)


class _Profile:
    """By how much the log-likelihood falls short of its maximum, the other parameter being the most likely one.

    Parameters
    ----------
    law : ShiftedPowerLaw
    counts : ndarray, shape (1, cells)
    found : ndarray, shape (2,)
        κ and τ at the maximum.
    likelihood : float
        There.
    """

    def __init__(self, law: ShiftedPowerLaw, counts: np.ndarray, found: np.ndarray, likelihood: float):
        self.law, self.counts, self.found, self.likelihood = law, counts, found, likelihood

    def at_tau(self, tau: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """κ and the shortfall at many τ."""
        start = np.column_stack([np.full(tau.size, self.found[0]), tau])
        best, likelihood = self.law.maximise(self.counts, start, _ALONG_KAPPA)
        return best[:, 0], self.likelihood - likelihood

    def at_k(self, k: float) -> float:
        """The shortfall at one k."""
        tau = self.found[1]
        start, along = np.array([[k * tau, tau]]), np.array([[k], [1.0]])
        return self.likelihood - float(self.law.maximise(self.counts, start, along)[1][0])

    def of_tau(self, se: float) -> np.ndarray:
        """The 95% interval of τ, which its ends may end."""
        low, high = self.law.ends

        def short(tau: float) -> float:
            return float(self.at_tau(np.array([tau]))[1][0])

        return np.array([_reach(short, self.found[1], -se, low), _reach(short, self.found[1], se, high)])

    def of_k(self, se: float) -> tuple[float, float]:
        """The 95% interval of k."""
        k = self.found[0] / self.found[1]
        return _reach(self.at_k, k, -se, -np.inf), _reach(self.at_k, k, se, np.inf)

    def table(self, sign: int, interval: np.ndarray) -> pd.DataFrame:
        """The shortfall and k over a multiple of an interval of τ, and at both limits: `records.exponents.PROFILE`."""
        low, high = self.law.ends
        beyond = self.found[1] + _BEYOND * (interval - self.found[1])
        sides = [np.linspace(self.found[1], np.clip(end, low, high), _POINTS) for end in beyond]
        tau = np.unique(np.concatenate([*sides, [EXPONENTIAL, UNSHIFTED]]))
        kappa, short = self.at_tau(tau)
        columns = {
            "A_over_B": sign * self.law.inverse_shift(tau),
            "B_over_A": sign * self.law.shift(tau),
            "k_w": kappa / np.where(tau == EXPONENTIAL, np.nan, tau),
            "log_likelihood": 0.0 - short,
        }
        return pd.DataFrame(columns).replace([np.inf, -np.inf], np.nan)


def _reach(short: Callable[[float], float], centre: float, step: float, end: float) -> float:
    """Where a shortfall that grows from a centre on one side becomes that of a 95% interval, at the end at most."""
    inside, outside = centre, centre + step
    while (end - outside) * step > 0 and short(outside) < TOLD_APART:
        step *= 2
        inside, outside = outside, centre + step
    if (end - outside) * step <= 0:
        outside = end
        if short(outside) < TOLD_APART:
            return float(outside)
    return float(optimize.brentq(lambda at: short(at) - TOLD_APART, inside, outside, rtol=1e-10, xtol=1e-300))


def _law(edges: np.ndarray, log_weight: Callable[[np.ndarray], np.ndarray]) -> ShiftedPowerLaw:
    law = PowerLaw(edges, log_weight)
    return ShiftedPowerLaw(edges, law.log_q, law.log_measure)


def _ordered(ends: np.ndarray) -> tuple[float, float]:
    return float(np.min(ends)), float(np.max(ends))


def _bootstrapped(
    law: ShiftedPowerLaw, statistics: WindowStatistics, found: np.ndarray, bootstrap: Bootstrap
) -> tuple[tuple[float, float], float, float]:
    """Interval of k, Kolmogorov and Smirnov's distance and p-value; see `duality.fits.power_laws.bootstrapped`."""
    probability = law.probability(found[None])[0]
    counts = bootstrap.random.multinomial(statistics.n, probability / probability.sum(), size=bootstrap.replicates)
    fits, probabilities = fit_simulated(law, found, counts)
    k = found[0] / found[1]
    quantiles = np.quantile(fits[:, 0] / fits[:, 1], [0.5 + CONFIDENCE / 2, 0.5 - CONFIDENCE / 2], method="weibull")
    low, high = 2 * k - quantiles
    distance = float(ks_distance(statistics.counts, probability))
    return (float(low), float(high)), distance, p_value(distance, ks_distance(counts, probabilities))
