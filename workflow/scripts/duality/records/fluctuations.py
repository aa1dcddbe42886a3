"""What the stage fluctuations hands on: histograms of q̇, ẇ and ḃ on bins that all stages share, and counts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from duality.conventions import QUANTITIES, SIGNS
from duality.errors import InputError
from duality.failures import check_complete
from duality.records.table import Table

BINS_PER_DECADE = 500
LOWEST_DECADE, HIGHEST_DECADE = (
    -60,
    20,
)  # of fluctuations; those beyond are counted at the outer ends of the outermost bins
FIRST_BIN = LOWEST_DECADE * BINS_PER_DECADE
BINS = (HIGHEST_DECADE - LOWEST_DECADE) * BINS_PER_DECADE
NOWHERE = len(SIGNS) * BINS  # the cell of what is no fluctuation


@dataclass(frozen=True)
class FluctuationSums:
    """Sums over the fluctuations of some shards, as integers: in which order they are added up makes no difference.

    A magnitude counts by its place on the logarithmic axis, in units of 2⁻²⁴ of a bin. What it is beyond the lower end
    of its bin is then an integer, and so are the sums. Shards may be divided among jobs as one likes, and merged in any
    order: the bytes are the same. There is room for 2³⁹ samples, and memory does not grow with them.

    Attributes
    ----------
    classes : tuple of str
    outcomes : ndarray of int64, shape (classes, 3)
        Samples, and those with a negative and with a positive ḃ.
    cells : ndarray of int64, shape (classes, quantities, NOWHERE + 1, 3)
        Per bin the number of magnitudes, the sum of what they are beyond the lower end of the bin, in units of 2⁻²⁴ of
        a bin, and that of the squares, in units of 2⁻²⁴ of a squared bin. First come the bins of negative values, then
        those of positive ones. In the cell `NOWHERE` is what is no fluctuation: zero, or no number.
    summaries : dict of int to ndarray of float64, shape (classes, 5)
        n, mean, sd, min and max of the samples of each class, by shard.
    """

    classes: tuple[str, ...]
    outcomes: np.ndarray
    cells: np.ndarray
    summaries: dict[int, np.ndarray]

    @classmethod
    def none(cls, classes: Iterable[str]) -> "FluctuationSums":
        """Over no samples."""
        names = tuple(classes)
        cells = np.zeros((len(names), len(QUANTITIES), NOWHERE + 1, 3), np.int64)
        return cls(names, np.zeros((len(names), 3), np.int64), cells, {})

    def write(self, path: str | Path) -> None:
        """As NPZ, the bins alone that are not empty."""
        flat = self.cells.reshape(-1, 3)
        places = np.flatnonzero(flat[:, 0])
        shards = np.array(sorted(self.summaries), np.int64)
        summaries = np.array([self.summaries[shard] for shard in shards]).reshape(shards.size, len(self.classes), 5)
        np.savez_compressed(
            path, classes=np.array(self.classes), outcomes=self.outcomes, places=places, cells=flat[places],
            shards=shards, summaries=summaries,
        )  # fmt: skip

    def add(self, path: str | Path) -> None:
        """Add what `write` wrote.

        Raises
        ------
        InputError
            If the file is no such one, is of other classes, or has a shard that is among these already.
        ExperimentFailed
            If it says instead why its experiment failed.
        """
        check_complete(path)
        with np.load(path, allow_pickle=False) as arrays:
            names = ["cells", "classes", "outcomes", "places", "shards", "summaries"]
            if sorted(arrays.files) != names:
                raise InputError(f"{path} must hold {', '.join(names)}, not {', '.join(sorted(arrays.files))}")
            classes, places, cells = tuple(arrays["classes"].tolist()), arrays["places"], arrays["cells"]
            outcomes, shards, summaries = arrays["outcomes"], arrays["shards"].tolist(), arrays["summaries"]
        if classes != self.classes:
            raise InputError(f"{path} is of the classes {', '.join(classes)}, not {', '.join(self.classes)}")
        if twice := [shard for shard in shards if shard in self.summaries]:
            raise InputError(f"{path} has shard {twice[0]}, which has been counted already")
        shape, whole = (places.size, 3), all(array.dtype == np.int64 for array in (places, cells, outcomes))
        if cells.shape != shape or outcomes.shape != self.outcomes.shape or not whole:
            raise InputError(f"{path} must hold integers: a place and three sums per bin, and three numbers per class")
        self.cells.reshape(-1, 3)[places] += cells
        self.outcomes[...] += outcomes
        self.summaries.update(zip(shards, summaries, strict=True))


@dataclass(frozen=True)
class Head:
    """The first raw signed q̇ of every class of the first shard, by its name, each an array of floats."""

    q_dot: Mapping[str, np.ndarray]

    def __post_init__(self) -> None:
        for name, values in self.q_dot.items():
            if values.ndim != 1 or values.dtype != np.float64:
                raise InputError(f"the head of the class '{name}' must be floats in a row")

    def write(self, path: str | Path) -> None:
        """As NPZ, an array per class."""
        arrays: dict[str, Any] = dict(self.q_dot)
        np.savez(path, **arrays)

    @classmethod
    def read(cls, path: str | Path, classes: Iterable[str]) -> "Head":
        """What `write` wrote.

        Parameters
        ----------
        path : str or Path
        classes : names
            That it must have.

        Raises
        ------
        InputError
            If one of the classes is missing, or an array is of another shape or type.
        ExperimentFailed
            If it says instead why its experiment failed.
        """
        check_complete(path)
        with np.load(path, allow_pickle=False) as arrays:
            if missing := [name for name in classes if name not in arrays.files]:
                raise InputError(f"{path} has no fluctuations of the class '{missing[0]}'")
            return cls({name: arrays[name] for name in arrays.files})


# A row per shard of a class: what its samples are.
SHARD_SUMMARY = Table(
    "the summary of the shards",
    {"class": str, "shard": int, "n": int, "mean": float, "sd": float, "min": float, "max": float},
)

# A row per class: samples, and how many of them have a negative, a positive and no fluctuation.
FLUCTUATION_COUNTS = Table(
    "the counts of fluctuations", {"class": str, "samples": int, "negative": int, "positive": int, "dead": int}
)


def bin_edges(first: int, last: int) -> np.ndarray:
    """Edges of the bins first, …, last - 1 of a histogram: bin i covers [10^(i/500), 10^((i+1)/500))."""
    return 10.0 ** (np.arange(first, last + 1) / BINS_PER_DECADE)


# A row per bin that is not empty; bin i covers magnitudes [10^(i/500), 10^((i+1)/500)), sum_log and sum_log2 are Σ ln
# and Σ ln² of the magnitudes in it.
HISTOGRAM = Table(
    "a histogram of fluctuations",
    {"class": str, "quantity": str, "sign": str, "bin": int, "count": int, "sum_log": float, "sum_log2": float},
)
