"""If this fails, the middle of the batches is not where it is told to be, or their width is another."""

import pytest

pytestmark = pytest.mark.slow  # laws on two million cells: half a minute of the processor


def test_the_middle_of_w_dot_is_far_from_zero_while_few_large_kicks_balance_many_small_ones(measured_capped, one):
    for M in (16, 64, 1024):
        table = measured_capped[M]
        median = one(table, quantity="w_dot", estimate="median")
        width = one(table, quantity="w_dot", estimate="half interquartile range")["exact"]
        assert median["exact"] > 4 * width
        assert abs(median["value"] - median["exact"]) < 5 * median["se"] + median["accuracy"]
