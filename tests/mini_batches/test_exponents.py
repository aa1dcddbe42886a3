"""If these fail, an exponent of batches is not that of its window, or its error is wrong."""

import numpy as np
import pytest

from duality.conventions import SIGNS
from duality.fits.power_laws import truncated_power_law
from duality.mini_batches.exact import SampleLaw
from duality.mini_batches.exponents import raw_exponent
from duality.mini_batches.sampling import draw_batches
from duality.mini_batches.vocabulary import CENTRE, OF_ONE, SCALED, TAIL

pytestmark = pytest.mark.slow  # laws on two million cells: a minute of the processor


def test_what_is_measured_is_within_its_error_of_what_is_exact(all_measured):
    """All raw and tail exponents; a z-score of five would be one in a million."""
    z = []
    for table in all_measured.values():
        of = table[table["estimate"].isin(["raw exponent", "tail exponent"]) & (table["n"] > 400)]
        of = of.dropna(subset=["value", "exact"])
        z += ((of["value"] - of["exact"]) / of["se"]).tolist()
    z = np.array(z)
    assert z.size > 40
    assert np.abs(z).max() < 5
    assert 0.6 < np.sqrt(np.mean(z**2)) < 1.5


def test_the_power_law_is_eaten_from_its_centre(measured, one):
    """k = 1 at M = 1 on the paper's window of ḃ; below the width of the mean of many kicks 0, and -1 for a length."""
    one_sample, many = (measured("sigmoid_cross_entropy", M) for M in (1, 1024))
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


def test_a_tail_of_k_2_stays_while_the_centre_is_eaten(measured, one):
    table = measured("piecewise_linear_cross_entropy", 64)
    for quantity in ("b_dot", "w_dot"):
        tail = one(table, quantity=quantity, sign="negative", estimate="tail exponent", window=TAIL)
        assert tail["exact"] == pytest.approx(2, abs=0.25)
        assert abs(tail["value"] - tail["exact"]) < 4 * tail["se"]
    wanted = {"quantity": "b_dot", "sign": "negative", "estimate": "tail exponent", "window": TAIL}
    light = one(measured("sigmoid_cross_entropy", 1024), **wanted)
    assert light["exact"] > 5


def test_the_centre_of_a_length_is_what_theory_says_at_this_M_and_not_yet_its_limit(measured_capped, one):
    """Few large kicks of one sign balance many small ones: at q̇ = 0 there is hardly a batch, and k is far below -1."""
    for M in (16, 64, 1024):
        table = measured_capped[M]
        for sign in SIGNS:
            centre = one(table, quantity="q_dot", sign=sign, estimate="raw exponent", window=CENTRE)
            assert abs(centre["value"] - centre["exact"]) < 4 * centre["se"]
            assert centre["accuracy"] < 0.05 * abs(centre["exact"])
            assert centre["exact"] < -5


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
