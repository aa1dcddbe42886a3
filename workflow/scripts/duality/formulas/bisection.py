"""Bisection of many intervals at once."""

from collections.abc import Callable

import numpy as np

_MOST_POINTS = 512  # that are tried at once: of so few a call takes hardly longer than of one


def bisect(
    is_left: Callable[[np.ndarray], np.ndarray], left: np.ndarray, right: np.ndarray, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Halve intervals, each towards the one point in it where a condition ceases to hold.

    Several halvings take one call: the middles of an interval, of its halves, of their halves, and so on. What is found
    is the same to the bit, as each halving looks up its own middle among them.

    Parameters
    ----------
    is_left : function of ndarray
        Elementwise, whether the sought point of an interval lies beyond a point of that interval, as seen from `left`.
        It is called with several points of every interval: the intervals are the last axes, in their order.
    left, right : ndarray, of one shape
        The ends of the intervals. `left` may be the larger one.
    steps : int
        How often every interval is halved. Of doubles 64 is enough to reach the last bit, unless the point is near 0.

    Returns
    -------
    left, right : ndarray
        The ends that are left. `is_left` holds at `left` and does not at `right`, where it did so to begin with.
    """
    at_once = max(1, (_MOST_POINTS // max(left.size, 1)).bit_length() - 1)
    while steps > 0:
        halvings = min(at_once, steps)
        points = _halved(left, right, halvings)
        holds = is_left(points[1:-1]).reshape(len(points) - 2, left.size)
        interval, low, width = np.arange(left.size), np.zeros(left.size, int), len(points) - 1
        for _ in range(halvings):
            width //= 2
            low += width * holds[low + width - 1, interval]
        at = points.reshape(len(points), left.size)
        found = [at[end, interval].reshape(left.shape) for end in (low, low + 1)]
        if np.array_equal(found[0], left) and np.array_equal(found[1], right):
            break  # nor would it change further on
        left, right = found
        steps -= halvings
    return left, right


def _halved(left: np.ndarray, right: np.ndarray, times: int) -> np.ndarray:
    """The ends of the 2^times parts of each interval, from left to right, along a new first axis."""
    points = np.stack([left, right])
    for _ in range(times):
        finer = np.empty((2 * len(points) - 1, *left.shape))
        finer[::2], finer[1::2] = points, 0.5 * (points[:-1] + points[1:])
        points = finer
    return points
