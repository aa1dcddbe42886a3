"""If these fail, a figure of a sweep does not show its points, or hides those without equilibrium."""

import numpy as np
import pandas as pd
import pytest
from colour_vision import confusable

from duality.figures.style import save
from duality.figures.sweeps import caption, draw
from duality.records.sweeps import SWEEP_POINT
from duality.sweeps.collection import ESTIMATES, collected

LABELS = {"gamma": "learning rate γ", "sigma": "σ"}
CURVE = {"x": "gamma", "shows": ["k_q", "decades"]}
MAP = {"x": "gamma", "y": "sigma", "shows": ["k_q"]}


def rows(value):
    for name in ("zeros", "ones"):
        for estimate in ("k_q", "decades"):
            numbers = (value, 0.01, value - 0.02, value + 0.02, value, 0.0)
            yield (name, "", *ESTIMATES[estimate], *numbers, 1.0 if estimate == "k_q" else np.nan, "")


@pytest.fixture
def table():
    failed = ("", "", "", "", "equilibrium", *[np.nan] * 7, "training diverged: replica 0 by step 5")
    points = []
    for i, gamma in enumerate((0.001, 0.01, 0.1)):
        for sigma in (0.2, 0.3):
            content = [failed] if (gamma, sigma) == (0.1, 0.3) else list(rows(1 + i + sigma))
            points.append(({"gamma": gamma, "sigma": sigma}, pd.DataFrame(content, columns=list(SWEEP_POINT.columns))))
    return collected(points)


def test_curves_are_at_the_values_with_what_is_predicted(table):
    fig = draw(table[table["axis_sigma"] == 0.2], CURVE, LABELS)
    assert confusable(fig) == []
    exponents, decades = fig.axes
    drawn = [line.get_ydata() for line in exponents.lines if line.get_marker() != "None"]
    assert [list(np.round(values.astype(float), 9)) for values in drawn] == [[1.2, 2.2, 3.2]] * 2
    assert any(list(line.get_ydata()) == [1, 1, 1] for line in exponents.lines)
    assert exponents.get_xscale() == decades.get_xscale() == "log"
    assert decades.get_xlabel() == "learning rate γ"


def test_points_without_equilibrium_are_seen_and_told(table):
    fig = draw(table, CURVE, LABELS)
    assert "no equilibrium" in [text.get_text() for text in fig.axes[0].get_legend().get_texts()]
    text = caption("my_sweep", table, MAP, LABELS)
    assert "1 of 6 points reach no equilibrium" in text
    assert "training diverged" in text


def test_a_wrong_setting_is_told_as_one_and_not_as_a_missing_equilibrium(table):
    unset = ("", "", "", "", "settings", *[np.nan] * 7, "training.budget = 1: must be at least steps")
    row = ({"gamma": 1.0, "sigma": 0.2}, pd.DataFrame([unset], columns=list(SWEEP_POINT.columns)))
    more = pd.concat([table, collected([row])], ignore_index=True)
    text = caption("my_sweep", more, MAP, LABELS)
    assert "1 of 7 points reach no equilibrium: training diverged." in text
    assert "1 of 7 points are not trained, for their settings: training.budget = 1." in text
    assert "settings" not in caption("my_sweep", table, MAP, LABELS)
    told = [t.get_text() for t in draw(more, CURVE, LABELS).axes[0].get_legend().get_texts()]
    assert {"no equilibrium", "not trained"} <= set(told)
    cells = {tuple(np.round(t.get_position())): t.get_text() for t in draw(more, MAP, LABELS).axes[0].texts}
    assert (cells[3, 0], cells[2, 1]) == ("no run", "none")


def test_of_two_axes_a_curve_is_a_series_for_each_value_of_the_other(table):
    """One line through all points would be a zigzag that means nothing."""
    drawn = [
        line.get_ydata().astype(float)
        for line in draw(table, CURVE, LABELS).axes[0].lines
        if line.get_marker() != "None"
    ]
    assert sorted(list(np.round(values, 9)) for values in drawn) == [[1.2, 2.2, 3.2]] * 2 + [[1.3, 2.3]] * 2


def test_a_figure_of_no_point_says_so(table):
    failed = table[table["estimate"] == "equilibrium"].assign(axis_M=8.0)
    figure = {"x": "M", "y": "sigma", "shows": ["mini_batches"]}
    labels = {"M": "M", "sigma": "σ"}
    assert draw(failed, figure, labels).axes[0].texts[0].get_text() == "no point has an equilibrium"
    assert "1 of 1 points reach no equilibrium: training diverged" in caption("mine", failed, figure, labels)


def test_numbers_on_a_map_of_equal_values_are_seen(table):
    """All cells are as dark as a cell can be."""
    equal = table.assign(value=1.0)
    told = [text for text in draw(equal, MAP, LABELS).axes[0].texts if text.get_text() != "none"]
    assert {text.get_color() for text in told} == {"white"}


def test_a_map_has_a_cell_for_every_point_with_its_value(table):
    fig = draw(table, MAP, LABELS)
    assert len(fig.axes) == 2
    texts = {(round(t.get_position()[0]), round(t.get_position()[1])): t.get_text() for t in fig.axes[0].texts}
    assert texts[0, 0] == "1.200(10)"
    assert texts[2, 1] == "none"
    assert len(texts) == 6


def test_pictures_are_the_same_bytes_again(table, tmp_path):
    for name in ("a.png", "b.png"):
        save(draw(table, MAP, LABELS), [str(tmp_path / name)])
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
