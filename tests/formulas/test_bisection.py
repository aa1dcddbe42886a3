"""If these fail, corners, windows, preimages and quantiles are all displaced."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from duality.formulas.bisection import bisect

NUMBERS = st.floats(-1e6, 1e6)


def test_square_roots_by_hand():
    """From [0, 4] for 2, 3 and 1 after three halvings: all intervals are halved, each in its own direction."""
    squares = np.array([2.0, 3.0, 1.0])
    left, right = bisect(lambda x: x**2 < squares, np.zeros(3), np.full(3, 4.0), 3)
    assert left.tolist() == [1.0, 1.5, 0.5]
    assert right.tolist() == [1.5, 2.0, 1.0]


@given(st.lists(st.tuples(NUMBERS, NUMBERS, st.floats(0, 1)), min_size=1, max_size=4))
def test_the_sought_point_is_found_to_the_last_bit(cases):
    """Between neighbouring doubles, whichever end is `left`, and also if the point is an end."""
    ends = np.array([case[:2] for case in cases])
    share = np.array([case[2] for case in cases])
    left, right = ends.T
    sought = np.clip(left + share * (right - left), np.minimum(left, right), np.maximum(left, right))
    rising = left < right

    def is_left(x):
        return np.where(rising, x < sought, x > sought)

    found_left, found_right = bisect(is_left, left, right, 1100)
    assert np.all(np.abs(found_right - found_left) <= np.spacing(np.maximum(abs(found_left), abs(found_right))))
    assert np.all((found_left == sought) | (found_right == sought))


@given(
    st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=10),
    st.integers(0, 70),
)
def test_many_intervals_at_once_are_those_one_by_one(cases, steps):
    """To the bit: what a caller adds to the array changes no other result."""
    left, right, sought = np.array(cases).T
    together = bisect(lambda x: x < sought, left, right, steps)
    for i in range(len(cases)):
        here = slice(i, i + 1)
        alone = bisect(lambda x, here=here: x < sought[here], left[here], right[here], steps)
        assert (alone[0][0], alone[1][0]) == (together[0][i], together[1][i])


def test_no_intervals_and_no_steps():
    """A function without corners has none to refine."""
    left, right = bisect(lambda x: x < 0, np.array([]), np.array([]), 64)
    assert left.size == right.size == 0
    left, right = bisect(lambda x: x < 0, np.array([-1.0]), np.array([1.0]), 0)
    assert (left[0], right[0]) == (-1.0, 1.0)
