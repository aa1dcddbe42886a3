"""The dataset: samples of x1 for every class, in shards, and the class-mixed stream that training reads.

Every shard has a random stream of its own, a Philox generator keyed by (stage, class, shard), so that more data
means more shards and those already made stay valid.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from duality.dataset.density import Gaussian, density, read_column
from duality.errors import InputError
from duality.random_streams import generator

_FEWEST_REPEATED = 64  # values that recur: of fewer it may be by chance


def draw_shard(
    description: Mapping[str, Any], seed: int, class_name: str, shard: int, shards: int, samples: int
) -> np.ndarray:
    """One shard of a class.

    Parameters
    ----------
    description : mapping
        The class as the config describes it, see `duality.dataset.density.density`.
    seed, class_name, shard
        The key of the random stream.
    shards, samples : int
        How many shards there are, and samples in each. A sample of one's own is used as it is, every value once:
        shard s holds its values s, s + shards, s + 2·shards, …

    Returns
    -------
    ndarray of float64, shape (samples,) or that of the share of the file

    Raises
    ------
    InputError
        If a file of one's own cannot be read, or has fewer values than there are shards.
    """
    if "file" in description:
        values = read_column(description["file"], description.get("column"))
        if values.size < shards:
            raise InputError(f"'{description['file']}' has {values.size} values for dataset.shards = {shards}")
        return values[shard::shards]
    random = generator(seed, "dataset", class_name, shard)
    p = density(description)
    if isinstance(p, Gaussian):
        return p.mean + p.sd * random.standard_normal(samples)
    return np.asarray(p.rvs(size=samples, random_state=random), dtype=float)  # type: ignore[attr-defined]


def summary(x1: np.ndarray) -> dict[str, float]:
    """n, mean, standard deviation, minimum and maximum of a shard."""
    return {
        "n": x1.size,
        "mean": float(np.mean(x1)),
        "sd": float(np.std(x1, ddof=1)) if x1.size > 1 else 0.0,
        "min": float(np.min(x1)),
        "max": float(np.max(x1)),
    }


def mix(samples: Sequence[np.ndarray], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Equally likely classes in random order, as training sees them.

    Parameters
    ----------
    samples : sequence of ndarray
        The samples of every class, in the order of the config.
    seed : int

    Returns
    -------
    x1 : ndarray of float64
    label : ndarray of int8
        The index of each sample's class. Every class occurs as often as the largest one has samples; a smaller one is
        repeated.
    """
    most = max(x1.size for x1 in samples)
    random = generator(seed, "dataset", "stream")
    label = np.repeat(np.arange(len(samples), dtype=np.int8), most)
    random.shuffle(label)
    mixed = np.empty(label.size)
    for index, x1 in enumerate(samples):
        # Shards drawn from a density are in random order already; a file of one's own need not be.
        mixed[label == index] = np.resize(random.permutation(x1), most)
    return mixed, label


def repetitions(x1: np.ndarray, label: np.ndarray) -> np.ndarray:
    """How often `mix` repeats each sample of every class, on average; read off the stream.

    It repeats a class in one and the same order: the samples are as many as the least period of the class's values.
    Equal values, which a file may hold, count as often as it holds them.

    Returns
    -------
    ndarray of float64, shape (classes,)
        1 for a class that is not repeated.
    """
    return np.array([own.size / _period(own) for own in (x1[label == index] for index in range(label.max() + 1))])


def _period(values: np.ndarray) -> int:
    """The least distance at which all values recur; their number if there is none, or hardly any recurs."""
    for distance in np.flatnonzero(values[:-_FEWEST_REPEATED] == values[0])[1:]:
        # Most candidates differ soon.
        if all(np.array_equal(values[distance:][:n], values[:-distance][:n]) for n in (64, values.size)):
            return int(distance)
    return values.size
