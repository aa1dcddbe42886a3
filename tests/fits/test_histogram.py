"""If these fail, a fit is of other fluctuations than its window's, or of samples that training must not have seen."""

import numpy as np
import pytest
from simulated_samples import binned

from duality.fits.histogram import load, window_statistics
from duality.fluctuations.extraction import extract
from duality.formulas.compose import compose
from duality.records import FLUCTUATION_COUNTS, HISTOGRAM, Frozen


def test_shards_are_added_up_and_those_that_training_saw_are_known(tmp_path, random):
    """Of unequal sizes: the share that it did not see is that of the samples, and not of the shards."""
    composition, shards = compose("y", "(f - x2)**2", [0, 1]), []
    samples = [random.normal(0.1, 0.2, size) for size in (500, 300, 200)]
    for index, x1 in enumerate(samples):
        found = extract(composition, {"zeros": x1, "ones": x1}, Frozen(1.0, 0.0, 0.1))
        paths = tmp_path / f"{index}.npz", tmp_path / f"{index}.csv"
        HISTOGRAM.write(found.histogram, paths[0])
        FLUCTUATION_COUNTS.write(found.counts, paths[1])
        shards.append(paths)
    for training_shards, unseen in ((3, 0.0), (1, 0.5), (2, 0.2)):
        assert load(shards, training_shards)["zeros"].unseen == pytest.approx(unseen)
    later = load(shards[2:], 0)["zeros"]
    assert (later.samples, later.unseen) == (200, 1.0)
    every = load(shards, 1)["zeros"]
    assert every.samples == 1000
    counts = [load([shard], 0)["zeros"].counts["negative"] for shard in shards]
    assert every.counts["negative"] == sum(counts) == every.bins("q_dot", "negative")["count"].sum()


def test_the_spread_in_a_window_is_that_of_its_values(random):
    """From the sums per bin, to the digits that are left where ln q is large beside its spread."""
    q = 1e-30 * np.exp(random.normal(0, 0.5, 4000))
    low, high = 10.0 ** (np.array([-15100, -14900]) / 500)
    inside = np.log(q[(q >= low) & (q < high)])
    found = window_statistics(binned(q), low, high)
    assert (found.n, found.sd_log) == (inside.size, pytest.approx(inside.std(), rel=1e-9))
