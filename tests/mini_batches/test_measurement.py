"""If these fail, a table of batches lacks a row, or a reason, or is another one for the same random numbers."""

import numpy as np
import pytest

from duality.conventions import QUANTITIES
from duality.errors import InputError
from duality.mini_batches.measurement import Design, measure
from duality.mini_batches.vocabulary import BELOW_CAP, CENTRE, EXACT, NORMAL, TAIL
from duality.random_streams import generator
from duality.records.estimates import Frozen
from duality.records.mini_batches import MINI_BATCHES

pytestmark = pytest.mark.slow  # laws on two million cells: a minute of the processor


def test_the_table_is_read_as_it_was_written_and_says_why_a_number_is_missing(all_measured, measured_capped, tmp_path):
    """A value, or the exact one beside it, which was left out without a word."""
    for table in (*all_measured.values(), *measured_capped.values()):
        MINI_BATCHES.write(table, tmp_path / "table.csv")
        again = MINI_BATCHES.read(tmp_path / "table.csv")
        assert again.equals(table)
        missing = table[table["value"].isna()]
        assert ((missing["reason"] != "") | missing["exact"].notna()).all()
        given = table.dropna(subset=["value"])
        assert (given["exact"].isna() == (given["reason"] != "")).all()
        assert ((given["low"] <= given["value"]) & (given["value"] <= given["high"])).all()
        assert (given["n"] > 0).all()


def test_the_same_random_numbers_give_the_same_rows(models, rules, measured):
    again = measure(Design(*models["relu_mse"], rules["relu_mse"], 1 << 18), 16, generator(1, "relu_mse", 16))
    assert again.equals(measured("relu_mse", 16))


def test_of_every_exact_number_it_is_told_how_exact(all_measured, measured_capped):
    """On every window, of every quantity: ḃ at M = 4 was told to have k = 0.067 at its centre, where it has 0.006."""
    for table in (*all_measured.values(), *measured_capped.values()):
        of = table[table["estimate"].isin(["raw exponent", "tail exponent", "median", "half interquartile range"])]
        assert set(of["quantity"]) == set(table["quantity"]) == set(QUANTITIES)
        assert (of["exact"].notna() == of["accuracy"].notna()).all()
        assert of["exact"].notna().sum() >= 10
        exponents = of[(of["window"] != "") & (of["n"] > 400)].dropna(subset=["value", "exact"])
        off = (exponents["value"] - exponents["exact"]).abs()
        assert (off < 4.5 * exponents["se"] + exponents["accuracy"]).all()
    for table in measured_capped.values():
        of_law = table[(table["estimate"] == "distance") & (table["quantity"] != "q_dot")]
        assert (of_law[of_law["law"] == EXACT]["accuracy"] < 1e-4).all()
        assert of_law["accuracy"].notna().all()
        assert (np.abs(of_law["value"] - of_law["exact"]) < 2.3 / np.sqrt(of_law["n"]) + of_law["accuracy"]).all()
        exponents = table[table["window"].isin([TAIL, BELOW_CAP]) & (table["quantity"] == "b_dot")]
        assert (exponents["accuracy"] < 0.005 * (5 + exponents["exact"].abs())).all()


def test_of_the_distance_of_a_length_only_the_normal_limit_is_known(measured, one):
    table = measured("relu_mse", 16).query("quantity == 'q_dot'")
    distance = one(table, estimate="distance")
    assert distance["law"] == NORMAL
    assert np.isnan(distance["exact"])
    assert table[table["window"] != CENTRE]["exact"].isna().all()  # where single large kicks count
    heavy = measured("piecewise_linear_cross_entropy", 1024).query("quantity == 'q_dot'")
    assert heavy["limit"].isna().all()
    assert "two dimensions" in one(heavy, estimate="sd")["reason"]


def test_dead_kicks_have_no_mini_batches(models):
    """Which is a row of the sweep that says so, not a singular matrix."""
    model, at = models["relu_mse"]
    for M in (1, 4):
        with pytest.raises(InputError, match="no sample has a gradient"):
            measure(Design(model, Frozen(at.w, -20.0, at.gamma), {}, 1 << 10), M, generator(1))
