"""If these fail, the data are not those that the config describes, or more shards change the ones already made."""

import numpy as np
import pytest
from scipy import stats

from duality.dataset.density import ClassSettings
from duality.dataset.stream import Stream, draw_shard, draw_shards, mix, summary
from duality.errors import InputError
from duality.random_streams import generator

GAUSSIAN = ClassSettings(x2=1, mean=1.0, sd=0.25)


def drawn(seed, name, shard, samples=1000):
    """A Gaussian shard as the stage draws it."""
    return draw_shard(GAUSSIAN, samples, shard, generator(seed, "dataset", name, shard))


def test_a_gaussian_class_is_gaussian():
    assert stats.kstest(drawn(1, "ones", 0, 100_000), stats.norm(1, 0.25).cdf).pvalue > 1e-3


def test_a_shard_does_not_depend_on_those_before_it():
    assert np.array_equal(drawn(1, "ones", 3), [drawn(1, "ones", shard) for shard in range(5)][3])


def test_many_shards_are_those_that_are_drawn_one_by_one():
    """So that it makes no difference which job draws a shard, or whether it is stored."""
    classes = {"ones": GAUSSIAN, "others": GAUSSIAN}
    found = list(draw_shards(classes, 1000, range(2, 5), 1))
    assert [(name, shard) for name, shard, _ in found] == [(name, shard) for shard in (2, 3, 4) for name in classes]
    assert all(np.array_equal(x1, drawn(1, name, shard)) for name, shard, x1 in found)


def test_streams_differ_by_seed_class_and_shard():
    streams = [drawn(*key) for key in [(1, "ones", 0), (2, "ones", 0), (1, "zeros", 0), (1, "ones", 1)]]
    correlation = np.corrcoef(streams)
    assert np.abs(correlation[np.triu_indices(len(streams), 1)]).max() < 0.15


def test_a_scipy_class_has_its_distribution(random):
    settings = ClassSettings(x2=0, distribution="t", parameters={"df": 5, "loc": 1, "scale": 0.2})
    assert stats.kstest(draw_shard(settings, 50_000, 0, random), stats.t(5, 1, 0.2).cdf).pvalue > 1e-3


def test_a_file_is_used_as_it_is_every_value_once(tmp_path, random):
    values = random.normal(size=101)
    np.save(tmp_path / "sample.npy", values)
    settings = ClassSettings(x2=1, file=str(tmp_path / "sample.npy"), shards=4)
    shards = [draw_shard(settings, 7, shard, random) for shard in range(4)]
    assert np.array_equal(np.sort(np.concatenate(shards)), np.sort(values))


def test_more_shards_than_values_is_refused(tmp_path, random):
    np.save(tmp_path / "mine.npy", np.arange(3.0))
    with pytest.raises(InputError, match="3 values"):
        draw_shard(ClassSettings(x2=0, file=str(tmp_path / "mine.npy"), shards=4), 7, 0, random)


def test_the_stream_has_every_sample_once_and_classes_equally_often(random):
    samples = [random.normal(size=1000), random.normal(size=1000)]
    stream = mix(samples, random)
    for label, own in enumerate(samples):
        assert np.array_equal(np.sort(stream.of(label)), np.sort(own))
    runs = 1 + np.count_nonzero(np.diff(stream.label))
    assert abs(runs - 1000) < 5 * np.sqrt(500)  # labels in random order: Wald-Wolfowitz


def test_a_smaller_class_is_repeated(random):
    stream = mix([random.normal(size=10), random.normal(size=1000)], random)
    assert np.bincount(stream.label).tolist() == [1000, 1000]
    assert np.unique(stream.of(0)).size == 10


def test_a_stream_is_read_as_it_was_written(tmp_path, random):
    stream = mix([random.normal(size=10)] * 2, random)
    paths = tmp_path / "x1.npy", tmp_path / "label.npy"
    stream.write(*paths)
    again = Stream.read(*paths)
    assert np.array_equal(again.x1, stream.x1)
    assert np.array_equal(again.label, stream.label)
    with pytest.raises(InputError, match="floats x1 and as many labels"):
        Stream.read(*reversed(paths))


@pytest.mark.parametrize(
    "columns",
    [
        (np.zeros(3), np.zeros(3)),
        (np.zeros(3), np.zeros(3, np.int64)),
        (np.zeros(3, np.float32), np.zeros(3, np.int8)),
        (np.zeros(4), np.zeros(3, np.int8)),
    ],
)
def test_a_stream_of_other_columns_is_refused(columns):
    with pytest.raises(InputError, match="floats x1 and as many labels"):
        Stream(*columns)


def test_summary():
    assert summary(np.array([1.0, 2.0, 3.0])) == {"n": 3, "mean": 2.0, "sd": 1.0, "min": 1.0, "max": 3.0}


def test_a_key_names_its_stream():
    assert generator(1, "a", 0).random() == generator(1, "a", 0).random()
    assert generator(1, "a", 0).random() != generator(1, "b", 0).random()


@pytest.mark.parametrize("sizes", [(10, 1000, 1000), (333, 1000, 999), (600, 601, 1000)])
def test_repetitions_are_read_off_the_stream(random, sizes):
    """Of measured values, and of rounded ones, of which a file holds many twice."""
    for decimals in (15, 1):
        stream = mix([np.round(random.normal(size=size), decimals) for size in sizes], random)
        assert stream.repetitions == pytest.approx([1000 / size for size in sizes], rel=0.01)
    assert np.array_equal(mix([random.normal(size=1000)] * 2, random).repetitions, [1.0, 1.0])
