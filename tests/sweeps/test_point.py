"""If these fail, a point of a sweep is not what the stages would find, or a failed one stops the sweep."""

import copy
from functools import partial

import numpy as np
import pytest

from duality.config.sweeps import resolve_sweeps, resolved_point
from duality.dataset.density import classes_of, densities
from duality.dataset.model import Model
from duality.formulas.compose import compose
from duality.jumps.runs import scan_at_own_gamma
from duality.random_streams import generator
from duality.records.sweeps import SWEEP_POINT
from duality.sweeps.collection import shown
from duality.sweeps.point import measure_point

SMALL = {"replicas": 4, "gamma": 0.01, "r_hat": 1.2, "ess": 40, "drift": 10, "thin": 1024}


@pytest.fixture(scope="module")
def measured_point(shipped, schema):
    """The rows of a point of a design, after changes of its training."""

    def measure(k, sd=0.25, **training):
        overlay = {
            "classes": {"zeros": {"sd": sd}, "ones": {"sd": sd}},
            "dataset": {"samples_per_shard": 1 << 16},
            "experiments": {"mine": {"design": {"k": k}, "training": {**SMALL, **training}}},
            "jumps": {"replicas": 2, "relaxation_times": 4, "samples": 20_000},
        }
        axes = {"seed": {"at": "seed", "values": [1]}}
        sweep = {"experiment": "mine", "overlay": overlay, "axes": axes, "points": "list", "figures": {}}
        config = {**copy.deepcopy(shipped), "sweeps": {"mine": sweep}}
        point = resolved_point(resolve_sweeps(config, schema)["mine"]["points"]["seed=1"])
        model, random = Model(compose(**point["composition"]), densities(point["classes"])), partial(generator, 1)
        return measure_point(model, classes_of(point["classes"]), point, random, lambda _: None, scan_at_own_gamma)

    return measure


@pytest.mark.slow
def test_a_wanted_exponent_is_measured(measured_point):
    """ḃ has it exactly; what data and a finite training leave is told by the error."""
    table = measured_point(1)
    SWEEP_POINT.check(table, "")
    found = shown(table, "k_b")
    assert list(found["class"]) == ["zeros", "ones"]
    assert list(found["predicted"]) == [1, 1]
    assert np.all(np.abs(found["value"] - 1) < 4 * found["se"])
    assert np.all(found["se"] < 0.02)
    decades = shown(table, "decades")
    assert np.all(np.abs(decades["value"] - decades["population"]) < 4 * decades["se"])
    assert np.all(decades["value"] > shown(table, "visible_decades")["value"])
    assert len(shown(table, "jumps_k_q")) == 2


def of_jumps(table, name):
    """What a point has of the exponents of a class's jumps."""
    rows = table[(table["class"] == name) & table["quantity"].str.endswith(" jumps") & (table["window"] == "paper")]
    return rows.set_index("estimate")


OF_JUMPS = {f"{kind}, {jumps}" for kind in ("raw", "corrected") for jumps in ("actual", "potential", "difference")}


@pytest.mark.slow
def test_jumps_without_an_exponent_are_rows_that_say_why(measured_point):
    """Where the classes overlap, the window of 'zeros' is beyond x1 = 2.5: some two of 10⁴ samples are in it.

    And a mini-batch has no class whose window there could be. The rows were missing without a word.
    """
    few = measured_point(1, sd=0.7)
    SWEEP_POINT.check(few, "")
    rows = of_jumps(few, "zeros")
    assert set(rows.index) == OF_JUMPS
    assert rows["value"].isna().all()
    assert rows["why"].str.startswith("a fit needs 100 jumps in the window, which has ").all()
    assert "zeros" not in set(shown(few, "jumps_k_q")["class"])
    batches = measured_point(1, mini_batch=4)
    SWEEP_POINT.check(batches, "")
    for name in ("zeros", "ones"):
        assert set(of_jumps(batches, name).index) == OF_JUMPS
        assert of_jumps(batches, name)["why"].str.contains("a mini-batch has no class").all()
    of_sign = batches[batches["class"] == "batches"].set_index(["quantity", "estimate"])
    for sign in ("negative", "positive"):
        assert of_sign.loc[(f"{sign} jumps", "distance"), "value"] > 0
        assert of_sign.loc[(f"{sign} jumps", "agreement"), "why"].endswith("that of mini-batches is not predicted")
    for table in (few, batches):
        assert (table["value"].notna() | (table["why"] != "")).all()


def test_a_training_that_finds_no_equilibrium_is_one_row_that_says_why(measured_point):
    table = measured_point(1, steps=32 * 1024, budget=32 * 1024, r_hat=1.0001)
    SWEEP_POINT.check(table, "")
    assert len(table) == 1
    assert table["estimate"][0] == "equilibrium"
    assert "no equilibrium after 32768 steps per replica" in table["why"][0]


def test_settings_that_do_not_go_together_are_a_reason_too(measured_point):
    table = measured_point(1, steps=32 * 1024, budget=1024)
    assert "training.budget = 1024: must be at least steps" in table["why"][0]
    assert table["estimate"][0] == "training"  # nothing was trained: that there is no equilibrium nobody knows
