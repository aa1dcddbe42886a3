"""The fluctuations inside a window, as a histogram of fine logarithmic bins gives them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from duality.fits.power_laws import MOST_CELLS, WindowStatistics
from duality.records import BINS_PER_DECADE, FLUCTUATION_COUNTS, HISTOGRAM, Fractions, bin_edges


def select(histogram: pd.DataFrame, class_name: str, quantity: str, sign: str) -> pd.DataFrame:
    """The rows of one class, quantity and sign, sorted by bin."""
    rows = (histogram["class"] == class_name) & (histogram["quantity"] == quantity) & (histogram["sign"] == sign)
    return histogram[rows].sort_values("bin", ignore_index=True)


@dataclass(frozen=True)
class ClassFluctuations:
    """The fluctuations of one class.

    Attributes
    ----------
    name : str
        Of the class.
    histogram : DataFrame
        Of all classes, `duality.records.HISTOGRAM`.
    counts : mapping
        samples, and how many of them are negative, positive and dead.
    unseen : float
        The share of the samples that training did not see.
    """

    name: str
    histogram: pd.DataFrame
    counts: Mapping[str, int]
    unseen: float

    @property
    def samples(self) -> int:
        """Samples of the class."""
        return int(self.counts["samples"])

    @property
    def fractions(self) -> Fractions:
        """Shares of the samples by the sign of ḃ."""
        negative, positive, dead = (int(self.counts[key]) / self.samples for key in ("negative", "positive", "dead"))
        return Fractions(negative, positive, dead)

    def bins(self, quantity: str, sign: str) -> pd.DataFrame:
        """The rows of a quantity and sign."""
        return select(self.histogram, self.name, quantity, sign)


def load(shards: Sequence[tuple[str | Path, str | Path]], training_shards: int) -> dict[str, ClassFluctuations]:
    """The fluctuations of every class from the files (histogram, counts) of every shard; see `added_up`."""
    tables = [(HISTOGRAM.read(histogram), FLUCTUATION_COUNTS.read(counts)) for histogram, counts in shards]
    return added_up(tables, training_shards)


def added_up(shards: Sequence[tuple[pd.DataFrame, pd.DataFrame]], training_shards: int) -> dict[str, ClassFluctuations]:
    """The fluctuations of every class, those of all shards added up in their order.

    Parameters
    ----------
    shards : sequence of (histogram, counts)
        `duality.records.HISTOGRAM` and `duality.records.FLUCTUATION_COUNTS` of each.
    training_shards : int
        How many of them, the first ones, training saw.
    """
    keys = ["class", "quantity", "sign", "bin"]
    histogram = pd.concat([table for table, _ in shards], ignore_index=True)
    histogram = histogram.groupby(keys, sort=True, as_index=False).sum()
    counts = pd.concat([table.assign(shard=i) for i, (_, table) in enumerate(shards)])
    found = {}
    for name, own in counts.groupby("class", sort=False):
        numbers = {key: int(own[key].sum()) for key in ("samples", "negative", "positive", "dead")}
        unseen = int(own.loc[own["shard"] >= training_shards, "samples"].sum())
        found[str(name)] = ClassFluctuations(str(name), histogram, numbers, unseen / numbers["samples"])
    return found


def window_statistics(bins: pd.DataFrame, q_low: float, q_high: float) -> WindowStatistics | None:
    """n, Σ ln|q̇| and the counts per cell of the fluctuations in a window.

    Parameters
    ----------
    bins : DataFrame
        Rows of one class, quantity and sign, see `select`.
    q_low, q_high : float

    Returns
    -------
    WindowStatistics, or None if the window is narrower than a bin
    """
    first = int(np.ceil(np.log10(q_low) * BINS_PER_DECADE))
    last = int(np.floor(np.log10(q_high) * BINS_PER_DECADE))
    if last <= first:
        return None
    inside = bins[(bins["bin"] >= first) & (bins["bin"] < last)]
    per_bin = np.zeros(last - first, np.int64)
    per_bin[inside["bin"].to_numpy() - first] = inside["count"]
    starts = np.unique(np.linspace(0, last - first, min(last - first, MOST_CELLS) + 1).round().astype(int))
    edges = bin_edges(first, last)[starts]
    counts = np.add.reduceat(per_bin, starts[:-1])
    n, sum_log = int(counts.sum()), float(inside["sum_log"].sum())
    # About the middle of the window: ln|q̇| may be large beside its spread.
    centre = 0.5 * np.log(edges[0] * edges[-1])
    first_moment = sum_log - n * centre
    second_moment = float((inside["sum_log2"] - 2 * centre * inside["sum_log"] + centre**2 * inside["count"]).sum())
    variance = (second_moment - first_moment**2 / n) / n if n else 0.0
    sd_log = float(np.sqrt(max(variance, 0.0)))
    return WindowStatistics(float(edges[0]), float(edges[-1]), n, sum_log, sd_log, edges, counts)
