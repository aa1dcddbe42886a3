"""If these fail, an exponent or a distance of batches is not that of its window or law, or its error is wrong."""

import numpy as np
import pytest

from duality.conventions import SIGNS
from duality.fits.power_laws import truncated_power_law
from duality.mini_batches.exact import SampleLaw
from duality.mini_batches.measurement import Design, measure, raw_exponent
from duality.mini_batches.sampling import draw_batches
from duality.mini_batches.vocabulary import CENTRE, EXACT, NORMAL, OF_ONE, SCALED, STABLE, TAIL, TRUNCATED
from duality.random_streams import generator
from duality.records.mini_batches import MINI_BATCHES

SAMPLES = 1 << 22


@pytest.fixture(scope="module")
def measured(models, rules):
    """By experiment and M."""
    cases = [("sigmoid_cross_entropy", 1), ("sigmoid_cross_entropy", 64), ("sigmoid_cross_entropy", 1024)]
    cases += [("piecewise_linear_cross_entropy", 64), ("piecewise_linear_cross_entropy", 1024), ("relu_mse", 16)]
    return {
        (name, M): measure(Design(*models[name], rules[name], SAMPLES), M, generator(1, name, M)) for name, M in cases
    }


def one(table, **wanted):
    rows = table
    for column, value in wanted.items():
        rows = rows[rows[column] == value]
    assert len(rows) == 1, wanted
    return rows.iloc[0]


def test_the_table_is_read_as_it_was_written_and_says_why_a_value_is_missing(measured, tmp_path):
    for table in measured.values():
        MINI_BATCHES.write(table, tmp_path / "table.csv")
        again = MINI_BATCHES.read(tmp_path / "table.csv")
        assert again.equals(table)
        missing = table[table["value"].isna()]
        assert ((missing["reason"] != "") | missing["exact"].notna()).all()
        given = table.dropna(subset=["value"])
        assert (given["reason"] == "").all()
        assert ((given["low"] <= given["value"]) & (given["value"] <= given["high"])).all()
        assert (given["n"] > 0).all()


def test_the_same_random_numbers_give_the_same_rows(models, rules, measured):
    again = measure(Design(*models["relu_mse"], rules["relu_mse"], SAMPLES), 16, generator(1, "relu_mse", 16))
    assert again.equals(measured["relu_mse", 16])


def test_what_is_measured_is_within_its_error_of_what_is_exact(measured):
    """All raw and tail exponents and spreads of ẇ and ḃ; a z-score of five would be one in a million."""
    z = []
    for table in measured.values():
        of = table[table["estimate"].isin(["raw exponent", "tail exponent"]) & (table["n"] > 400)]
        of = of.dropna(subset=["value", "exact"])
        z += ((of["value"] - of["exact"]) / of["se"]).tolist()
    z = np.array(z)
    assert z.size > 40
    assert np.abs(z).max() < 5
    assert 0.6 < np.sqrt(np.mean(z**2)) < 1.5


def test_the_power_law_is_eaten_from_its_centre(measured):
    """k = 1 at M = 1 on the paper's window of ḃ; below the width of the mean of many kicks 0, and -1 for a length."""
    one_sample, many = (measured["sigmoid_cross_entropy", M] for M in (1, 1024))
    wanted = {"quantity": "b_dot", "sign": "negative", "estimate": "raw exponent"}
    assert one(one_sample, **wanted, window=OF_ONE)["value"] > 1
    centre = one(many, **wanted, window=CENTRE)
    assert centre["exact"] == pytest.approx(0, abs=0.01)
    assert centre["limit"] == pytest.approx(0, abs=0.01)
    width = one(many, quantity="b_dot", estimate="sd")["exact"]
    assert centre["q_high"] < 0.1 * width
    for sign in SIGNS:
        length = one(many, quantity="q_dot", sign=sign, estimate="raw exponent", window=CENTRE)
        assert length["limit"] == pytest.approx(-0.85, abs=0.1)
    # All of the paper's window is narrower than the window scaled with the limit.
    scaled = one(many, **wanted, window=SCALED)
    fixed = one(many, **wanted, window=OF_ONE)
    assert scaled["q_low"] == pytest.approx(fixed["q_low"] / 32)
    assert one(one_sample, **wanted, window=SCALED)["q_low"] == pytest.approx(fixed["q_low"])
    assert scaled["exact"] < 0.6 < 4 < fixed["exact"]


def test_a_tail_of_k_2_stays_while_the_centre_is_eaten(measured):
    table = measured["piecewise_linear_cross_entropy", 64]
    for quantity in ("b_dot", "w_dot"):
        tail = one(table, quantity=quantity, sign="negative", estimate="tail exponent")
        assert tail["window"] == TAIL
        assert tail["exact"] == pytest.approx(2, abs=0.25)
        assert abs(tail["value"] - tail["exact"]) < 4 * tail["se"]
    light = one(measured["sigmoid_cross_entropy", 1024], quantity="b_dot", sign="negative", estimate="tail exponent")
    assert light["exact"] > 5


def test_distances_are_those_of_the_exact_law_and_tell_the_limits_apart(measured):
    for (name, M), table in measured.items():
        rows = table[(table["estimate"] == "distance") & (table["quantity"] != "q_dot")]
        laws = {EXACT, NORMAL} | ({STABLE, TRUNCATED} if name.startswith("piecewise") else set())
        assert set(rows["law"]) == laws
        assert (np.abs(rows["value"] - rows["exact"]) < 2.3 / np.sqrt(rows["n"])).all(), (name, M)  # p = 5·10⁻⁵
        band = np.sqrt(np.log(2 / 0.05) / 2 / rows["n"])
        assert (rows["high"] - rows["value"]).to_numpy() == pytest.approx(np.minimum(band, 1 - rows["value"]))
    heavy = measured["piecewise_linear_cross_entropy", 1024]
    for quantity in ("b_dot", "w_dot"):
        far = {
            law: one(heavy, quantity=quantity, estimate="distance", law=law)["exact"]
            for law in (TRUNCATED, STABLE, NORMAL)
        }
        assert max(far[TRUNCATED], far[STABLE]) < 0.5 * far[NORMAL]
    far, near = (
        one(measured["sigmoid_cross_entropy", M], quantity="b_dot", estimate="distance", law=NORMAL) for M in (64, 1024)
    )
    assert near["exact"] < 0.1 * far["exact"]


def test_of_a_length_only_the_normal_limit_is_known(measured):
    table = measured["relu_mse", 16].query("quantity == 'q_dot'")
    assert table["exact"].isna().all()
    assert one(table, estimate="distance")["law"] == NORMAL
    heavy = measured["piecewise_linear_cross_entropy", 1024].query("quantity == 'q_dot'")
    assert heavy["limit"].isna().all()
    assert "two dimensions" in one(heavy, estimate="sd")["reason"]


def test_the_error_of_an_exponent_is_its_spread(models, random):
    """Of many data sets whose law is no power law on the window. Fisher's error would be larger by a fifth."""
    law = SampleLaw(*models["relu_mse"], "b_dot").mean_of(4)
    low, high = 1e-4, 4e-3
    exact = truncated_power_law(1, law.log_mean(1, low, high)[1], low, high)
    drawn = draw_batches(*models["relu_mse"], 4, 800 * 1000, random)["b_dot"].reshape(800, 1000)
    inside = [np.log(own[(own > low) & (own < high)]) for own in drawn]
    found = [raw_exponent(log_q, low, high) for log_q in inside]
    values, se = np.array([k.value for k in found]), np.array([k.se for k in found])
    assert np.std(values, ddof=1) == pytest.approx(se.mean(), rel=0.08)
    assert abs(values.mean() - exact.value) < 4 * se.mean() / np.sqrt(800)
    fisher = [truncated_power_law(log_q.size, log_q.sum(), low, high).se for log_q in inside]
    assert np.mean(fisher) > 1.1 * max(np.std(values, ddof=1), se.mean())


def test_a_class_without_window_is_a_reason(models):
    table = measure(Design(*models["relu_mse"], {}, 1 << 16), 4, generator(1))
    rows = table[table["window"].isin([OF_ONE, SCALED])]
    assert rows["value"].isna().all()
    assert (rows["reason"] == "no class that is measured has a window with this sign").all()
    few = measure(Design(*models["relu_mse"], {}, 1 << 12), 1024, generator(1))
    assert few[few["window"] == TAIL]["reason"].str.startswith("fewer than 100 batches").all()
