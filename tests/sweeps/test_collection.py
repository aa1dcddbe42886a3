"""If these fail, a row of a sweep stands beside values of axes that are not its own, or a figure shows other rows."""

import numpy as np
import pandas as pd
import pytest

from duality.records.sweeps import SWEEP_POINT, sweep_table
from duality.sweeps.collection import ESTIMATES, collected, shown, untrained, without_equilibrium

NOTHING = [np.nan] * 7


def point(*rows):
    return pd.DataFrame(rows, columns=list(SWEEP_POINT.columns))


def row(class_name, estimate, value, predicted=np.nan):
    return (class_name, "", *ESTIMATES[estimate], value, 0.1, value - 0.2, value + 0.2, np.nan, np.nan, predicted, "")


FAILED = ("", "", "", "", "equilibrium", *NOTHING, "no equilibrium after 100 steps per replica (…)")


@pytest.fixture
def table():
    first = point(row("zeros", "k_q", 1.0, 1.0), row("zeros", "decades", 3.0), row("", "w", 16.0))
    second = point(FAILED)
    return collected([({"gamma": 0.1, "sd": 0.25}, first), ({"gamma": 1.0, "sd": 0.25}, second)])


def test_every_row_has_the_values_of_its_point(table):
    assert list(table["axis_gamma"]) == [0.1, 0.1, 0.1, 1.0]
    sweep_table({"gamma": [0.1, 1.0], "sd": [0.25]}).check(table, "")


def test_a_table_is_read_as_it_was_written(table, tmp_path):
    kind = sweep_table({"gamma": [0.1, 1.0], "sd": [0.25]})
    kind.write(table, tmp_path / "sweep.csv")
    pd.testing.assert_frame_equal(kind.read(tmp_path / "sweep.csv"), table)


def test_a_figure_shows_the_rows_that_it_names(table):
    assert list(shown(table, "k_q")["value"]) == [1.0]
    assert list(shown(table, "decades")["value"]) == [3.0]
    assert list(shown(table, "w")["value"]) == [16.0]
    assert list(shown(table, "k_b")["value"]) == []


def test_jumps_are_shown_whatever_their_sign():
    """And what has a reason in the place of a value is no point of a figure: a map would say nan."""
    quantity, window, estimate = ESTIMATES["jumps_k_q"]
    rows = [
        (name, "", f"{sign} {quantity}", window, estimate, value, *NOTHING[1:], why)
        for name, sign, value, why in (
            ("a", "negative", 1.0, ""), ("b", "positive", 1.0, ""), ("c", "negative", np.nan, "too few")
        )
    ]  # fmt: skip
    assert list(shown(collected([({"x": 1}, point(*rows))]), "jumps_k_q")["class"]) == ["a", "b"]


def test_distances_of_jumps_are_told_apart_by_their_sign():
    """Batches have no class, and their two distances are no one estimate."""
    rows = [
        ("batches", "", f"{sign} jumps", "", "distance", 0.1, *NOTHING[1:], "") for sign in ("negative", "positive")
    ]
    found = shown(collected([({"x": 1}, point(*rows))]), "jumps_distance")
    assert list(found["class"]) == ["negative", "positive"]


def test_points_without_equilibrium_are_told_with_their_reason(table):
    failed = without_equilibrium(table)
    assert list(failed["axis_gamma"]) == [1.0]
    assert failed["why"][0].startswith("no equilibrium after 100 steps")


def test_a_point_that_cannot_be_trained_is_none_without_equilibrium(table):
    unset = ("", "", "", "", "training", *NOTHING, "training.budget = 1: must be at least steps")
    more = pd.concat([table, collected([({"gamma": 2.0, "sd": 0.25}, point(unset))])], ignore_index=True)
    assert list(without_equilibrium(more)["axis_gamma"]) == [1.0]
    assert list(untrained(more)["axis_gamma"]) == [2.0]
    assert not len(untrained(table))
