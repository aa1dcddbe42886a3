"""If these fail, the data are not those that the config describes, or more shards change the ones already made."""

import numpy as np
import pytest
from scipy import stats

from duality.dataset.stream import draw_shard, mix, repetitions, summary
from duality.errors import InputError
from duality.random_streams import generator

GAUSSIAN = {"x2": 1, "mean": 1.0, "sd": 0.25}


def test_a_gaussian_class_is_gaussian():
    x1 = draw_shard(GAUSSIAN, 1, "ones", 0, 1, 100_000)
    assert stats.kstest(x1, stats.norm(1, 0.25).cdf).pvalue > 1e-3


def test_shards_are_independent_of_how_many_there_are():
    assert np.array_equal(draw_shard(GAUSSIAN, 1, "ones", 3, 4, 100), draw_shard(GAUSSIAN, 1, "ones", 3, 1000, 100))


def test_streams_differ_by_seed_class_and_shard():
    streams = [
        draw_shard(GAUSSIAN, *key, 8, 1000) for key in [(1, "ones", 0), (2, "ones", 0), (1, "zeros", 0), (1, "ones", 1)]
    ]
    for i, one in enumerate(streams):
        for other in streams[:i]:
            assert abs(np.corrcoef(one, other)[0, 1]) < 0.15


def test_a_scipy_class_has_its_distribution():
    description = {"x2": 0, "distribution": "t", "parameters": {"df": 5, "loc": 1, "scale": 0.2}}
    x1 = draw_shard(description, 1, "ones", 0, 1, 50_000)
    assert stats.kstest(x1, stats.t(5, 1, 0.2).cdf).pvalue > 1e-3


@pytest.mark.parametrize("ending", ["csv", "npy"])
def test_a_file_is_used_as_it_is_every_value_once(tmp_path, random, ending):
    values = random.normal(size=101)
    path = tmp_path / f"mine.{ending}"
    if ending == "csv":
        path.write_text("id,x\n" + "".join(f"{i},{v!r}\n" for i, v in enumerate(values.tolist())))
    else:
        np.save(path, values)
    description = {"x2": 1, "file": str(path), "column": "x"}
    shards = [draw_shard(description, 1, "ones", s, 4, 7) for s in range(4)]
    assert np.array_equal(np.sort(np.concatenate(shards)), np.sort(values))


def test_more_shards_than_values_is_refused(tmp_path):
    np.save(tmp_path / "mine.npy", np.arange(3.0))
    with pytest.raises(InputError, match="3 values"):
        draw_shard({"file": str(tmp_path / "mine.npy")}, 1, "ones", 0, 4, 7)


def test_the_stream_has_every_sample_once_and_classes_equally_often(random):
    samples = [random.normal(size=1000), random.normal(size=1000)]
    x1, label = mix(samples, 1)
    for index, own in enumerate(samples):
        assert np.array_equal(np.sort(x1[label == index]), np.sort(own))
    runs = 1 + np.count_nonzero(np.diff(label))
    assert abs(runs - 1000) < 5 * np.sqrt(500)  # labels in random order: Wald-Wolfowitz


def test_a_smaller_class_is_repeated(random):
    x1, label = mix([random.normal(size=10), random.normal(size=1000)], 1)
    assert np.bincount(label).tolist() == [1000, 1000]
    assert np.unique(x1[label == 0]).size == 10


def test_summary():
    assert summary(np.array([1.0, 2.0, 3.0])) == {"n": 3, "mean": 2.0, "sd": 1.0, "min": 1.0, "max": 3.0}


def test_a_key_names_its_stream():
    assert generator(1, "a", 0).random() == generator(1, "a", 0).random()
    assert generator(1, "a", 0).random() != generator(1, "b", 0).random()


@pytest.mark.parametrize("sizes", [(10, 1000, 1000), (333, 1000, 999), (600, 601, 1000)])
def test_repetitions_are_read_off_the_stream(random, sizes):
    """Of measured values, and of rounded ones, of which a file holds many twice."""
    for decimals in (15, 1):
        stream = mix([np.round(random.normal(size=size), decimals) for size in sizes], 1)
        assert repetitions(*stream) == pytest.approx([1000 / size for size in sizes], rel=0.01)
    assert np.array_equal(repetitions(*mix([random.normal(size=1000)] * 2, 1)), [1.0, 1.0])
