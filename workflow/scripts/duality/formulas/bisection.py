"""Bisection of many intervals at once."""

from collections.abc import Callable

import numpy as np


def bisect(
    is_left: Callable[[np.ndarray], np.ndarray], left: np.ndarray, right: np.ndarray, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Halve intervals, each towards the one point in it where a condition ceases to hold.

    Parameters
    ----------
    is_left : function of ndarray
        Elementwise, whether the sought point of an interval lies beyond a point of that interval, as seen from `left`.
        It is called with the middles of all intervals, in their order.
    left, right : ndarray, of one shape
        The ends of the intervals. `left` may be the larger one.
    steps : int
        How often every interval is halved. Of doubles 64 is enough to reach the last bit, unless the point is near 0.

    Returns
    -------
    left, right : ndarray
        The ends that are left. `is_left` holds at `left` and does not at `right`, where it did so to begin with.
    """
    for _ in range(steps):
        middle = 0.5 * (left + right)
        here = is_left(middle)
        left, right = np.where(here, middle, left), np.where(here, right, middle)
    return left, right
