"""If these fail, an exponent or a distance of batches is not that of its window or law, or its error is wrong."""

import numpy as np
import pytest

from duality.conventions import QUANTITIES, SIGNS
from duality.errors import InputError
from duality.fits.power_laws import truncated_power_law
from duality.mini_batches.exact import SampleLaw
from duality.mini_batches.measurement import Design, _furthest, measure, raw_exponent
from duality.mini_batches.sampling import draw_batches
from duality.mini_batches.vocabulary import BELOW_CAP, CENTRE, EXACT, NORMAL, OF_ONE, SCALED, STABLE, TAIL, TRUNCATED
from duality.random_streams import generator
from duality.records.estimates import Frozen
from duality.records.mini_batches import MINI_BATCHES

pytestmark = pytest.mark.slow  # laws on two million cells: a minute of the processor

SAMPLES = 1 << 22  # of all batches


@pytest.fixture(scope="module")
def measured(models, rules):
    """By experiment and M."""
    cases = [("sigmoid_cross_entropy", 1), ("sigmoid_cross_entropy", 64), ("sigmoid_cross_entropy", 1024)]
    cases += [("piecewise_linear_cross_entropy", 64), ("piecewise_linear_cross_entropy", 1024), ("relu_mse", 16)]
    return {
        (name, M): measure(Design(*models[name], rules[name], SAMPLES // max(M, 4)), M, generator(1, name, M))
        for name, M in cases
    }


@pytest.fixture(scope="module")
def measured_capped(capped):
    """Of the designed loss of k = 2, by M."""
    sizes = {4: 1 << 18, 16: 1 << 18, 64: 1 << 17, 1024: 1 << 16}
    return {M: measure(Design(*capped, {}, batches), M, generator(1, "capped", M)) for M, batches in sizes.items()}


def one(table, **wanted):
    rows = table
    for column, value in wanted.items():
        rows = rows[rows[column] == value]
    assert len(rows) == 1, wanted
    return rows.iloc[0]


def test_the_table_is_read_as_it_was_written_and_says_why_a_number_is_missing(measured, measured_capped, tmp_path):
    """A value, or the exact one beside it, which was left out without a word."""
    for table in (*measured.values(), *measured_capped.values()):
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
    again = measure(Design(*models["relu_mse"], rules["relu_mse"], SAMPLES // 16), 16, generator(1, "relu_mse", 16))
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
        tail = one(table, quantity=quantity, sign="negative", estimate="tail exponent", window=TAIL)
        assert tail["exact"] == pytest.approx(2, abs=0.25)
        assert abs(tail["value"] - tail["exact"]) < 4 * tail["se"]
    wanted = {"quantity": "b_dot", "sign": "negative", "estimate": "tail exponent", "window": TAIL}
    light = one(measured["sigmoid_cross_entropy", 1024], **wanted)
    assert light["exact"] > 5


def test_a_tail_is_estimated_at_every_M(measured_capped):
    """As many batches at every M reach it, and of k = 2 the power law of single kicks is left below the cap over M."""
    for M, table in measured_capped.items():
        cap = 10.0 / M
        if M == 4:  # whose mean has not left the centre of one kick yet
            continue
        for sign in SIGNS:
            wanted = {"quantity": "b_dot", "sign": sign, "estimate": "tail exponent"}
            left, tail = one(table, **wanted, window=BELOW_CAP), one(table, **wanted, window=TAIL)
            assert min(left["n"], tail["n"]) >= 100
            assert left["exact"] == pytest.approx(2, abs=0.25)
            assert abs(left["value"] - left["exact"]) < 4 * left["se"]
            assert left["q_high"] == pytest.approx(0.5 * cap)
            if M >= 64:  # where more than 1% of the batches have a capped kick, the quantiles are beyond it
                assert tail["q_high"] > 0.9 * cap
                assert abs(tail["exact"] - 2) > 2
    at_1024 = measured_capped[1024].query("quantity == 'w_dot' and window == @BELOW_CAP")
    assert at_1024["value"].isna().all()
    assert at_1024["reason"].str.startswith("no room is left: the centre ends at ").all()


def test_of_every_exact_number_it_is_told_how_exact(measured, measured_capped):
    """On every window, of every quantity: ḃ at M = 4 was told to have k = 0.067 at its centre, where it has 0.006."""
    for table in (*measured.values(), *measured_capped.values()):
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


def test_where_no_number_is_exact_it_is_told_which_law_does_not_reach(measured_capped):
    """Of M = 4 a twentieth of all ḃ is within some cells of a lattice that must reach the cap.

    That of q̇ is known at the centre alone, and at M = 4 parts of it are finer than a cell.
    """
    centre, tail = (
        measured_capped[4].query("window == @window and value.notna()").set_index("quantity")["reason"]
        for window in (CENTRE, TAIL)
    )
    assert (centre["b_dot"].str.startswith("the lattice of the exact law is too coarse: it tells nothing below ")).all()
    assert (centre["q_dot"].str.contains("finer than a cell")).all()
    assert (tail["q_dot"].str.startswith("of q̇ the exact law is known at its centre alone")).all()
    assert (tail["b_dot"] == "").all()


def test_the_centre_of_a_length_is_what_theory_says_at_this_M_and_not_yet_its_limit(measured_capped):
    """Few large kicks of one sign balance many small ones: at q̇ = 0 there is hardly a batch, and k is far below -1."""
    for M in (16, 64, 1024):
        table = measured_capped[M]
        for sign in SIGNS:
            centre = one(table, quantity="q_dot", sign=sign, estimate="raw exponent", window=CENTRE)
            assert abs(centre["value"] - centre["exact"]) < 4 * centre["se"]
            assert centre["accuracy"] < 0.05 * abs(centre["exact"])
            assert centre["exact"] < -5
        median = one(table, quantity="w_dot", estimate="median")
        width = one(table, quantity="w_dot", estimate="half interquartile range")["exact"]
        assert median["exact"] > 4 * width
        assert abs(median["value"] - median["exact"]) < 5 * median["se"] + median["accuracy"]


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


def test_of_the_distance_of_a_length_only_the_normal_limit_is_known(measured):
    table = measured["relu_mse", 16].query("quantity == 'q_dot'")
    distance = one(table, estimate="distance")
    assert distance["law"] == NORMAL
    assert np.isnan(distance["exact"])
    assert table[table["window"] != CENTRE]["exact"].isna().all()  # where single large kicks count
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
    table = measure(Design(*models["relu_mse"], {}, 1 << 14), 4, generator(1))
    assert (table[table["window"] == BELOW_CAP]["reason"].str.startswith("the largest kicks have no power law")).all()
    rows = table[table["window"].isin([OF_ONE, SCALED])]
    assert rows["value"].isna().all()
    assert (rows["reason"] == "no class that is measured has a window with this sign").all()
    few = measure(Design(*models["relu_mse"], {}, 4), 1024, generator(1))
    assert few[few["window"] == TAIL]["reason"].str.startswith("fewer than 100 batches").all()


def test_a_rough_law_without_answer_leaves_no_accuracy():
    """Wherever it is among the others."""
    assert _furthest(1.0, [1.5, 0.75]) == 0.5
    assert all(np.isnan(_furthest(1.0, rough)) for rough in ([np.nan, 2.0], [2.0, np.nan], []))


def test_dead_kicks_have_no_mini_batches(models):
    """Which is a row of the sweep that says so, not a singular matrix."""
    model, at = models["relu_mse"]
    for M in (1, 4):
        with pytest.raises(InputError, match="no sample has a gradient"):
            measure(Design(model, Frozen(at.w, -20.0, at.gamma), {}, 1 << 10), M, generator(1))
