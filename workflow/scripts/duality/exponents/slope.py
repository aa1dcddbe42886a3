"""What the Jacobian says of an exponent: its slope over a window, and what the data add to it."""

from collections.abc import Callable

import numpy as np
from scipy import integrate

from duality.errors import InputError
from duality.jacobian.duality import Duality
from duality.records import Window

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

    found = integrate.tanhsinh(integrand, t_low, t_high, atol=QUADRATURE * L**3 / 12, rtol=0)
    if not found.success:
        raise InputError(
            f"the slope of the Jacobian over q̇ in [{window.q_low:.3g}, {window.q_high:.3g}] does not converge"
        )
    return float(12 / L**3 * found.integral)


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

    def deviation(t: np.ndarray) -> np.ndarray:
        return log_jacobian(t) - slope * (t - t_low)

    def mean(function: Callable[[np.ndarray], np.ndarray]) -> float:
        return float(integrate.tanhsinh(function, t_low, t_high, atol=QUADRATURE**2, rtol=QUADRATURE).integral) / (
            t_high - t_low
        )

    intercept = mean(deviation)
    return float(np.sqrt(mean(lambda t: (deviation(t) - intercept) ** 2)))
