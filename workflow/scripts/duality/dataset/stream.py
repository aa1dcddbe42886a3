"""The dataset: samples of x1 for every class, in shards, and the class-mixed stream that training reads.

Every shard has a random stream of its own, a Philox generator keyed by (stage, class, shard), so that more data
means more shards and those already made stay valid.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from duality.dataset.density import ClassSettings, Gaussian, density
from duality.errors import InputError
from duality.random_streams import generator

_FEWEST_REPEATED = 64  # values that recur: of fewer it may be by chance


def draw_shard(settings: ClassSettings, samples: int, shard: int, random: np.random.Generator) -> np.ndarray:
    """One shard of a class.

    Parameters
    ----------
    settings : ClassSettings
    samples : int
        In a shard. A sample of one's own is used as it is, every value once: shard s holds its values s, s + shards,
        s + 2·shards, …
    shard : int
    random : numpy.random.Generator
        Of the shard.

    Returns
    -------
    ndarray of float64, shape (samples,) or that of the share of the file

    Raises
    ------
    InputError
        If a file of one's own has fewer values than there are shards.
    """
    if settings.file is not None:
        values, shards = np.load(settings.file, mmap_mode="r", allow_pickle=False), settings.shards or 1
        if values.size < shards:
            raise InputError(f"'{settings.file}' has {values.size} values for dataset.shards = {shards}")
        return np.array(values[shard::shards])
    p = density(settings)
    if isinstance(p, Gaussian):
        x1 = random.standard_normal(samples)
        x1 *= p.sd
        x1 += p.mean
        return x1
    return np.asarray(p.rvs(size=samples, random_state=random), dtype=float)  # type: ignore[attr-defined]


def draw_shards(
    classes: Mapping[str, ClassSettings], samples: int, shards: Iterable[int], seed: int
) -> Iterator[tuple[str, int, np.ndarray]]:
    """Some shards of all classes as (class, shard, x1), one after the other.

    Parameters
    ----------
    classes : mapping of str to ClassSettings
    samples : int
        In a shard of a class.
    shards : iterable of int
    seed : int
        The root seed of the config.
    """
    for shard in shards:
        for name, settings in classes.items():
            yield name, shard, draw_shard(settings, samples, shard, generator(seed, "dataset", name, shard))


def summary(x1: np.ndarray) -> dict[str, float]:
    """n, mean, standard deviation, minimum and maximum of a shard."""
    return {
        "n": x1.size,
        "mean": float(np.mean(x1)),
        "sd": float(np.std(x1, ddof=1)) if x1.size > 1 else 0.0,
        "min": float(np.min(x1)),
        "max": float(np.max(x1)),
    }


@dataclass(frozen=True)
class Stream:
    """The samples of all classes as training reads them.

    Attributes
    ----------
    x1 : ndarray of float64, shape (n,)
    label : ndarray of int8, shape (n,)
        The index of each sample's class.
    """

    x1: np.ndarray
    label: np.ndarray

    def __post_init__(self) -> None:
        if self.x1.dtype != np.float64 or self.label.dtype != np.int8 or self.x1.shape != self.label.shape:
            raise InputError("a stream must hold floats x1 and as many labels of one byte")

    def of(self, label: int) -> np.ndarray:
        """x1 of one class, in the order of the stream."""
        return self.x1[self.label == label]

    @cached_property
    def repetitions(self) -> np.ndarray:
        """How often `mix` repeats each sample of every class, on average; read off the stream.

        It repeats a class in one and the same order: the samples are as many as the least period of the class's values.
        Equal values, which a file may hold, count as often as it holds them. Shape (classes,), 1 for a class that is
        not repeated.
        """
        classes = [self.of(label) for label in range(self.label.max() + 1)]
        return np.array([own.size / _period(own) for own in classes])

    @cached_property
    def sample(self) -> np.ndarray:
        """The number of each sample in its class, shape (n,): what `mix` repeats has one and the same number."""
        number = np.empty(self.label.size, np.int64)
        for label, repeated in enumerate(self.repetitions):
            own = np.flatnonzero(self.label == label)
            # `mix` repeats the samples of a class in one and the same order.
            number[own] = np.arange(own.size) % max(round(own.size / repeated), 1)
        return number

    def write(self, x1_path: str | Path, label_path: str | Path) -> None:
        """As two NPY files."""
        np.save(x1_path, self.x1)
        np.save(label_path, self.label)

    @classmethod
    def read(cls, x1_path: str | Path, label_path: str | Path) -> "Stream":
        """What `write` wrote."""
        return cls(np.load(x1_path, allow_pickle=False), np.load(label_path, allow_pickle=False))


def mix(samples: Sequence[np.ndarray], random: np.random.Generator) -> Stream:
    """Equally likely classes in random order, as training sees them.

    Parameters
    ----------
    samples : sequence of ndarray
        The samples of every class, in the order of the config. Every class occurs as often as the largest one has
        samples; a smaller one is repeated.
    random : numpy.random.Generator
    """
    most = max(x1.size for x1 in samples)
    label = np.repeat(np.arange(len(samples), dtype=np.int8), most)
    random.shuffle(label)
    mixed = np.empty(label.size)
    for index, x1 in enumerate(samples):
        # Shards drawn from a density are in random order already; a file of one's own need not be.
        mixed[label == index] = np.resize(random.permutation(x1), most)
    return Stream(mixed, label)


def _period(values: np.ndarray) -> int:
    """The least distance at which all values recur; their number if there is none, or hardly any recurs."""
    for distance in np.flatnonzero(values[:-_FEWEST_REPEATED] == values[0])[1:]:
        # Most candidates differ soon.
        if all(np.array_equal(values[distance:][:n], values[:-distance][:n]) for n in (64, values.size)):
            return int(distance)
    return values.size
