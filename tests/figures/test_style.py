"""If these fail, curves that only colour tells apart would pass: who sees no red and green could not read a figure."""

import pytest
from colour_vision import LEAST, confusable, distances
from matplotlib.figure import Figure

from duality.figures.style import AMBER, BLACK, BLUE, GREEN, GREY, RED


def drawn(*styles):
    figure = Figure()
    axes = figure.add_subplot()
    for number, style in enumerate(styles):
        axes.plot([0, 1], [number, number + 1], label=str(number), **style)
    return figure


@pytest.mark.parametrize(("one", "other"), [(RED, GREEN), (GREEN, AMBER), (BLUE, "#8800AA"), (GREEN, GREY)])
def test_lines_that_only_colour_tells_apart_are_found(one, other):
    assert confusable(drawn({"color": one}, {"color": other})) == [("0", "1")]


def test_red_and_green_are_far_apart_only_for_who_sees_them():
    """The simulation must take away what it is said to: pure red and green of equal lightness become one."""
    assert distances(BLACK, "#FFFFFF") == pytest.approx((100, 100), abs=0.1)
    red, green = "#CC3311", "#667700"
    assert min(distances(red, green)) < LEAST
    assert distances(BLUE, AMBER)[0] > 2 * LEAST


@pytest.mark.parametrize(
    "style",
    [
        {"linestyle": "--"},
        {"marker": "o"},
        {"linewidth": 4},
        {"linestyle": (0, (1, 1))},
        {"linestyle": (0, (6, 2, 1, 2))},
    ],
)
def test_form_tells_lines_apart(style):
    assert confusable(drawn({"color": RED}, {"color": GREEN, **style})) == []


def test_one_form_is_no_difference():
    """Dashes of five and of six points look alike; markers filled and open do not."""
    alike = drawn({"color": RED, "linestyle": (0, (5, 2))}, {"color": GREEN, "linestyle": (0, (6, 3))})
    assert len(confusable(alike)) == 1
    points = {"linestyle": "none", "marker": "o"}
    filled = drawn({"color": RED, **points}, {"color": GREEN, "fillstyle": "none", **points})
    assert confusable(filled) == []
