"""If these fail, a fit is of other fluctuations than its window's, or of samples that training must not have seen."""

import numpy as np
import pandas as pd
import pytest
from simulated_samples import binned

from duality.fits.histogram import load, window_statistics
from duality.fluctuations.extraction import extract
from duality.formulas.compose import compose
from duality.records.estimates import Frozen
from duality.records.fluctuations import FLUCTUATION_COUNTS, HISTOGRAM


@pytest.fixture
def written(tmp_path, random):
    """Writes the fluctuations of samples of both classes, as many as are asked for, and tells where."""
    composition = compose("y", "(f - x2)**2", [0, 1])

    def write(name, size):
        x1 = random.normal(0.1, 0.2, size)
        found = extract(composition, {"zeros": x1, "ones": x1[: size // 2]}, Frozen(1.0, 0.0, 0.1))
        paths = tmp_path / f"{name}.npz", tmp_path / f"{name}.csv"
        HISTOGRAM.write(found.histogram, paths[0])
        FLUCTUATION_COUNTS.write(found.counts, paths[1])
        return paths

    return write


def test_what_training_saw_and_what_it_did_not_are_added_up(written):
    """The share that it did not see is that of the samples, of each class."""
    seen, unseen = written("seen", 700), written("unseen", 300)
    everything, others = load(seen, unseen)
    for name, share in (("zeros", 1.0), ("ones", 0.5)):
        assert (everything[name].samples, others[name].samples) == (1000 * share, 300 * share)
        assert (everything[name].unseen, others[name].unseen) == (pytest.approx(0.3), 1.0)
        bins = [of[name].bins("q_dot", "negative") for of in (everything, others)]
        assert [rows["count"].sum() for rows in bins] == [of[name].counts["negative"] for of in (everything, others)]
    keys = ["class", "quantity", "sign", "bin"]
    first, second = (HISTOGRAM.read(histogram).set_index(keys) for histogram, _ in (seen, unseen))
    both = first.index.intersection(second.index)
    assert min(both.size, first.index.size - both.size, second.index.size - both.size) > 100
    expected = first.add(second, fill_value=0).astype({"count": int})
    rows = everything["zeros"].histogram.set_index(keys)
    assert rows.index.is_unique
    pd.testing.assert_frame_equal(rows, expected.loc[rows.index], check_exact=True)
    assert rows.index.size == expected.index.size


def test_of_a_class_that_training_saw_whole_nothing_is_unseen(written):
    everything, others = load(written("seen", 700), written("unseen", 1))
    assert set(everything) == {"zeros", "ones"}
    assert set(others) == {"zeros"}
    everything, others = load(written("seen", 700), written("unseen", 0))
    assert everything["zeros"].unseen == 0
    assert everything["zeros"].bins("b_dot", "positive")["count"].sum() == everything["zeros"].counts["positive"]
    assert others == {}


def test_the_spread_in_a_window_is_that_of_its_values(random):
    """From the sums per bin, to the digits that are left where ln q is large beside its spread."""
    q = 1e-30 * np.exp(random.normal(0, 0.5, 4000))
    low, high = 10.0 ** (np.array([-15100, -14900]) / 500)
    inside = np.log(q[(q >= low) & (q < high)])
    found = window_statistics(binned(q), low, high)
    assert (found.n, found.sd_log) == (inside.size, pytest.approx(inside.std(), rel=1e-9))
