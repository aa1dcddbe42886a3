"""Shifted power laws of ẇ measured: |dẇ/dx1| = (Aẇ + B)^k_w with B ≠ 0, see `duality.formulas.shifted_law`.

B = (γ|h(b)|)^(1/k_w), as |dẇ/dx1| at ẇ = 0, where x1 = 0, is γ|h(b)| with h continued to y = b. ẇ itself is then no
power law, but p(ẇ) ∝ W·|1 + ẇ·A/B|^(-k_w) holds.
"""

from collections.abc import Callable

import numpy as np
from scipy import optimize

from duality.fits.histogram import WindowStatistics
from duality.fits.power_laws import PowerLaw
from duality.formulas.shifted_law import LOGARITHMIC, QUADRATIC, ratio
from duality.jacobian.duality import Duality
from duality.records import Estimate, Shift, ShiftedFit, Window

_ROUNDING = 1e-9


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
) -> ShiftedFit | None:
    """Fit p(ẇ) ∝ W(ẇ)·|1 + ẇ·A/B|^(-k_w) to the cells of a window, k_w and A/B both free.

    Unlike those of bare power laws these estimates come from counts per cell: no finite statistic is sufficient.

    Parameters
    ----------
    statistics : WindowStatistics
        Of |ẇ|.
    sign : int
        Of ẇ.
    shift : Shift
        The theory's, where the search starts.
    log_weight : function of ndarray
        ln W(|ẇ|), see `duality.exponents.slope.dataset_weight`.

    Returns
    -------
    ShiftedFit, or None if the likelihood has no maximum where 1 + ẇ·A/B keeps its sign
    """
    law = PowerLaw(statistics.edges, log_weight)
    w_dot = sign * np.exp(law.log_q)
    share = statistics.counts / statistics.n
    # Where the window lies beyond the zero of 1 + ẇ·A/B, that is negative on all of it.
    side = np.sign(1 + shift.ratio * w_dot[0, 0])

    def log_likelihood(k: float, ratio: float) -> float:
        """Per fluctuation."""
        inside = side * (1 + ratio * w_dot)
        if np.any(inside <= 0):
            return -np.inf
        log_p = law.log_measure + law.log_q - k * np.log(inside)
        p = np.exp(log_p - np.max(log_p))
        with np.errstate(divide="ignore"):
            log_cell = np.log(p.sum(axis=1) / p.sum())
        return float(np.sum(share[share > 0] * log_cell[share > 0]))

    def loss(scaled: np.ndarray) -> float:
        value = -log_likelihood(scaled[0], shift.ratio * scaled[1])
        return value if np.isfinite(value) else 1e300

    found = optimize.minimize(
        loss, np.array([shift.k_w, 1.0]), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-15, "maxiter": 4000}
    )
    alone = optimize.minimize_scalar(lambda k: loss(np.array([k, 1.0])), bracket=(0.8 * shift.k_w, 1.2 * shift.k_w))
    information = statistics.n * _hessian(loss, found.x)
    one = statistics.n * _hessian(lambda k: loss(np.array([k[0], 1.0])), np.array([alone.x]))
    if not np.all(np.isfinite(information)) or np.min(np.linalg.eigvalsh(information)) <= 0 or not one[0, 0] > 0:
        return None
    se = np.sqrt(np.diag(np.linalg.inv(information)))
    return ShiftedFit(
        exponent=Estimate.normal(found.x[0], se[0]),
        ratio=Estimate.normal(found.x[1] * shift.ratio, se[1] * abs(shift.ratio)),
        at_theory=Estimate.normal(alone.x, one[0, 0] ** -0.5),
        theory=shift,
    )


def _hessian(function: Callable[[np.ndarray], float], at: np.ndarray) -> np.ndarray:
    """Second derivatives by central differences."""
    steps = np.diag(1e-3 * np.maximum(np.abs(at), 0.1))
    size = at.size
    hessian = np.empty((size, size))
    for i in range(size):
        for j in range(size):
            a, b = steps[i], steps[j]
            terms = function(at + a + b) - function(at + a - b) - function(at - a + b) + function(at - a - b)
            hessian[i, j] = terms / (4 * a[i] * b[j])
    return hessian
