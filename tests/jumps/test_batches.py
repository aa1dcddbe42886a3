"""If these fail, the jumps of mini-batches are compared with others than those that the same samples would cause."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from duality.config.settings import JumpsSettings
from duality.errors import InputError
from duality.jumps.batches import NAME, jumps_of_batches, record_batches
from duality.jumps.runs import scan, summary
from duality.jumps.samples import Units
from duality.records.jumps import JUMP_DISTANCES, JUMP_DISTRIBUTIONS, JUMP_EXPONENTS
from duality.training.sgd import BLOCK, Sgd


@pytest.fixture(scope="module", params=[3, 64, 1024])
def recorded(request, model, stream):
    """With 3 samples a step crosses the ends of reads; of 1024 only some steps have samples of their own."""
    sgd = Sgd(model.composition, stream, request.param)
    start = np.full(2, 0.8), np.full(2, 0.1)
    return sgd, record_batches(sgd, start, 0.01, (1, 6, 2), np.random.default_rng(4))


def test_no_sample_is_in_two_batches(recorded):
    sgd, run = recorded
    places = np.concatenate([run.samples(block).ravel() for block in range(6)])
    assert places.size == np.unique(places).size == run.w_dot.size * sgd.mini_batch
    assert run.w_dot.shape == run.b_dot.shape
    assert run.steps == 6 * 2 * BLOCK
    assert run.w_dot.shape[1] == (BLOCK if sgd.mini_batch < 1000 else BLOCK * (sgd.blocks // 12) // 1024)


def test_actual_and_potential_jumps_are_of_the_same_samples(recorded, model, stream):
    """Potential ones written out for one batch; actual ones differ from them by the motion of (w, b) alone."""
    sgd, run = recorded
    units = Units.cut(run, 3)
    jumps = jumps_of_batches(model.composition, sgd, run, units)
    assert (jumps.name, jumps.gamma, jumps.expected) == (NAME, 0.01, None)
    shape = run.w_dot.shape
    block, step, replica = 4, shape[1] - 1, 1
    places = run.samples(block)[replica, step]
    total = np.zeros(2)
    for place in places:
        h = float(
            model.composition.function(1, int(stream.label[place]))(run.frozen.w * stream.x1[place] + run.frozen.b)
        )
        total += h * np.array([stream.x1[place], 1.0])
    w_dot, b_dot = -0.01 * total / sgd.mini_batch
    assert jumps.potential.reshape(shape)[block, step, replica] == pytest.approx(
        np.copysign(np.hypot(w_dot, b_dot), b_dot)
    )
    assert jumps.unit.reshape(shape)[block, step, replica] == units.of_block[block, replica]
    assert np.corrcoef(jumps.actual, jumps.potential)[0, 1] > 0.9
    assert not np.array_equal(jumps.actual, jumps.potential)
    unordered = np.random.default_rng(1).permutation(jumps.potential)
    assert abs(np.corrcoef(jumps.actual, unordered)[0, 1]) < 0.2


def test_at_small_gamma_they_are_the_same(model, stream):
    sgd = Sgd(model.composition, stream, 8)
    run = record_batches(sgd, (np.full(2, 0.8), np.full(2, 0.1)), 1e-9, (0, 2, 1), np.random.default_rng(4))
    jumps = jumps_of_batches(model.composition, sgd, run, Units.cut(run, 2))
    assert jumps.actual == pytest.approx(jumps.potential, rel=1e-4, abs=1e-16)
    assert np.any(jumps.actual)


def test_a_scan_of_batches_has_one_row_per_sign(model, stream, origin, random):
    """And the distance is less than that of single jumps, for the spread of (w, b) is."""
    settings = JumpsSettings(factors=[1], replicas=4, relaxation_times=8, samples=400_000)
    narrow = msgspec.structs.replace(origin.equilibrium, population=None)
    distances, curves, exponents, unfitted = scan(
        model, stream, replace(origin, mini_batch=16, equilibrium=narrow), settings, random, print
    )
    for table, kind in ((distances, JUMP_DISTANCES), (curves, JUMP_DISTRIBUTIONS), (exponents, JUMP_EXPONENTS)):
        kind.check(table, "")
    assert distances["class"].tolist() == [NAME, NAME]
    assert distances["sign"].tolist() == ["negative", "positive"]
    assert distances["predicted_ks"].isna().all()
    assert (distances["ks"] < 0.05).all()
    assert len(exponents) == 0
    assert set(unfitted) == {(origin.gamma, "zeros"), (origin.gamma, "ones")}
    assert all("a mini-batch has no class" in why for why in unfitted.values())
    found = summary(distances, exponents, origin.gamma)[NAME]["negative"]
    assert found.exponents == {}


def test_a_stream_too_short_says_so(model, stream):
    sgd = Sgd(model.composition, stream, 4096)
    with pytest.raises(InputError, match=r"too few samples for jumps of mini-batches of 4096: raise dataset"):
        record_batches(sgd, (np.ones(8), np.ones(8)), 0.01, (0, 200, 1), np.random.default_rng(4))
