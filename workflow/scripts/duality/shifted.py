"""Shifted power laws, dẇ/dx1 = (Aẇ + B)^k_w with B ≠ 0 (Eq. 6.1): those of a quadratic composition.

On a piece where h is linear, h = h′·y + const, and ẇ = -γ·x1·h, so that

    (dẇ/dx1)² = γ²(h + w·x1·h′)² = γ²(h - w·x1·h′)² + 4γ²·w·x1·h·h′ = γ²·h(b)² - 4γ·w·h′·ẇ,

which is k_w = 1/2 with A = -4γ·w·h′ and B = γ²·h(b)², h continued to y = b. For H = (y - x2)², A = -8γ·w and
B = 4γ²(b - x2)². ẇ itself is then no power law, but p(ẇ) ∝ W·(1 + ẇ·A/B)^(-k_w) is.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from duality.jacobian import Duality
from duality.power_laws import Exponent, PowerLaw, WindowStatistics
from duality.windows import Window

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Shift:
    """A and B of Eq. 6.1, for dẇ/dx1 to the power 1/k_w = 2."""

    A: float
    B: float

    @property
    def ratio(self) -> float:
        """A/B."""
        return self.A / self.B


def shift_of(duality: Duality, window: Window) -> Shift | None:
    """A and B on a window of ẇ if the composition is quadratic there and B ≠ 0; else None.

    Parameters
    ----------
    duality : Duality
        The map to ẇ.
    window : Window
    """
    x1 = np.linspace(window.x1_low, window.x1_high, 65)
    y = duality.y(x1)
    h, dh, d2h = duality.h(y), duality.dh(y), duality.d2h(y)
    if np.any(np.abs(d2h) > _ROUNDING * np.abs(dh)) or not np.all(dh):
        return None
    slope = float(np.mean(dh))
    h_at_b = float(np.mean(h - slope * duality.w * x1))
    if abs(h_at_b) <= _ROUNDING * np.max(np.abs(h)):
        return None
    return Shift(-4 * duality.gamma * duality.w * slope, (duality.gamma * h_at_b) ** 2)


@dataclass(frozen=True)
class ShiftedFit:
    """Maximum-likelihood estimates of k_w and A/B, and of k_w with A/B as the theory has it."""

    exponent: Exponent
    ratio: float
    ratio_se: float
    at_theory: Exponent


def fit_shifted(
    statistics: WindowStatistics,
    sign: int,
    shift: Shift,
    log_weight: Callable[[np.ndarray], np.ndarray],
) -> ShiftedFit | None:
    """Fit p(ẇ) ∝ W(ẇ)·(1 + ẇ·A/B)^(-k_w) to the cells of a window, k_w and A/B both free.

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
        ln W(|ẇ|), see `duality.exponents.dataset_weight`.

    Returns
    -------
    ShiftedFit, or None if the likelihood has no maximum inside the range where 1 + ẇ·A/B > 0
    """
    law = PowerLaw(statistics.edges, log_weight)
    w_dot = sign * np.exp(law.log_q)
    share = statistics.counts / statistics.n

    def log_likelihood(k: float, ratio: float) -> float:
        """Per fluctuation."""
        inside = 1 + ratio * w_dot
        if np.any(inside <= 0):
            return -np.inf
        log_p = law.log_measure + law.log_q - k * np.log(inside)
        p = np.exp(log_p - np.max(log_p))
        with np.errstate(divide="ignore"):
            log_cell = np.log(p.sum(axis=1) / p.sum())
        return float(np.sum(share[share > 0] * log_cell[share > 0]))

    def loss(scaled: np.ndarray) -> float:
        return -log_likelihood(scaled[0], shift.ratio * scaled[1])

    found = optimize.minimize(
        loss, [0.5, 1.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-15, "maxiter": 4000}
    )
    alone = optimize.minimize_scalar(lambda k: loss(np.array([k, 1.0])), bracket=(0.25, 0.75))
    information = statistics.n * _hessian(loss, found.x)
    one = statistics.n * _hessian(lambda k: loss(np.array([k[0], 1.0])), np.array([alone.x]))
    if not np.all(np.isfinite(information)) or np.min(np.linalg.eigvalsh(information)) <= 0 or not one[0, 0] > 0:
        return None
    se = np.sqrt(np.diag(np.linalg.inv(information)))
    return ShiftedFit(
        Exponent(float(found.x[0]), float(se[0])),
        float(found.x[1] * shift.ratio),
        float(se[1] * abs(shift.ratio)),
        Exponent(float(alone.x), float(one[0, 0] ** -0.5)),
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
