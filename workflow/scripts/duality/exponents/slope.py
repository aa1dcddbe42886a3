"""What the Jacobian says of an exponent: its slope over a window, and what the data add to it."""

from collections.abc import Callable

import msgspec
import numpy as np

from duality.jacobian.duality import Duality
from duality.records import Estimate, JacobianExponent, Window


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


def jacobian_slope(duality: Duality, window: Window) -> tuple[float, float]:
    """Least-squares slope of ln|dq̇/dx1| against ln q̇, evenly in ln q̇ over the window; and the residuals' rms."""
    q_dot = np.geomspace(window.q_low, window.q_high, 1025)[1:-1]
    x1 = duality.preimage(duality.branches[window.branch], q_dot)
    log_q, log_jacobian = np.log(q_dot), np.log(np.abs(duality.jacobian(x1)))
    slope, intercept = np.polyfit(log_q, log_jacobian, 1)
    return float(slope), float(np.sqrt(np.mean((log_jacobian - slope * log_q - intercept) ** 2)))


def jacobian_exponent(duality: Duality, covariance: np.ndarray, window: Window) -> JacobianExponent:
    """The Jacobian exponent on a window of q̇, with the standard error that it inherits from (w, b).

    Parameters
    ----------
    duality : Duality
        The map at the equilibrium.
    covariance : ndarray, shape (2, 2)
        Of the estimates of w and b.
    window : Window
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
            slopes.append(jacobian_slope(moved, msgspec.structs.replace(window, branch=nearest))[0])
        gradient[index] = (slopes[0] - slopes[1]) / (2 * sd)
    return JacobianExponent(Estimate.normal(k, np.sqrt(gradient @ covariance @ gradient)), rms)
