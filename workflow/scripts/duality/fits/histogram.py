"""The fluctuations inside a window, as a histogram of fine logarithmic bins gives them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from duality.fits.power_laws import MOST_CELLS, WindowStatistics
from duality.records.exponents import Fractions
from duality.records.fluctuations import BINS_PER_DECADE, FLUCTUATION_COUNTS, HISTOGRAM, bin_edges

File = str | Path


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
        Of all classes, `records.fluctuations.HISTOGRAM`.
    counts : mapping
        samples, and how many of them are negative, positive and dead.
    unseen : float
        The share of the samples that training did not see.
    """

    name: str
    histogram: pd.DataFrame
    counts: Mapping[str, int]
    unseen: float
    _bins: dict[tuple[str, str], pd.DataFrame] = field(default_factory=dict, init=False, repr=False, compare=False)

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
        """The rows of a quantity and sign; many windows ask for the same ones."""
        if (quantity, sign) not in self._bins:
            self._bins[quantity, sign] = select(self.histogram, self.name, quantity, sign)
        return self._bins[quantity, sign]


Tables = tuple[pd.DataFrame, pd.DataFrame]  # records.fluctuations.HISTOGRAM and records.fluctuations.FLUCTUATION_COUNTS
Classes = dict[str, ClassFluctuations]


def load(seen: tuple[File, File], unseen: tuple[File, File]) -> tuple[Classes, Classes]:
    """As `divided`, from the files (histogram, counts)."""
    (h, c), (h_unseen, c_unseen) = seen, unseen
    tables = HISTOGRAM.read(h), FLUCTUATION_COUNTS.read(c)
    return divided(tables, (HISTOGRAM.read(h_unseen), FLUCTUATION_COUNTS.read(c_unseen)))


def divided(seen: Tables, unseen: Tables) -> tuple[Classes, Classes]:
    """The fluctuations of every class: all of them, and those that training did not see.

    Parameters
    ----------
    seen, unseen : (histogram, counts)
        Of the samples that training saw, and of the others.

    Returns
    -------
    of all : dict
        By class.
    of those that training did not see : dict
        Without the classes of which it saw all.
    """
    keys = ["class", "quantity", "sign", "bin"]
    histogram = pd.concat([table for table in (seen[0], unseen[0]) if len(table)] or [seen[0]], ignore_index=True)
    histogram = histogram.groupby(keys, sort=True, as_index=False).sum()
    before, later = (table.set_index("class") for _, table in (seen, unseen))
    found, others = {}, {}
    for name in before.index:
        own = {key: int(later.loc[name, key]) for key in later.columns}
        every = {key: int(before.loc[name, key]) + own[key] for key in later.columns}
        found[name] = ClassFluctuations(name, histogram, every, own["samples"] / every["samples"])
        if own["samples"]:
            others[name] = ClassFluctuations(name, unseen[0], own, 1.0)
    return found, others


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
