"""If these fail, a window of batches is not where its name says, or it is not told why there is none."""

import pytest

from duality.conventions import SIGNS
from duality.mini_batches.measurement import Design, measure
from duality.mini_batches.vocabulary import BELOW_CAP, OF_ONE, SCALED, TAIL
from duality.random_streams import generator

pytestmark = pytest.mark.slow  # laws on two million cells: tens of seconds of the processor


def test_a_tail_is_estimated_at_every_M(measured_capped, one):
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


def test_a_class_without_window_is_a_reason(models):
    table = measure(Design(*models["relu_mse"], {}, 1 << 14), 4, generator(1))
    assert (table[table["window"] == BELOW_CAP]["reason"].str.startswith("the largest kicks have no power law")).all()
    rows = table[table["window"].isin([OF_ONE, SCALED])]
    assert rows["value"].isna().all()
    assert (rows["reason"] == "no class that is measured has a window with this sign").all()
    few = measure(Design(*models["relu_mse"], {}, 4), 1024, generator(1))
    assert few[few["window"] == TAIL]["reason"].str.startswith("fewer than 100 batches").all()
