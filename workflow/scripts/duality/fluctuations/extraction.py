"""Fluctuations: the potential jumps q̇, ẇ, ḃ that every sample would cause at the frozen equilibrium (Sec. 8).

ḃ = -γ·h(y), ẇ = x1·ḃ, |q̇| = √(ẇ² + ḃ²) (Eq. 5.3), signed by ḃ. They are streamed into logarithmic histograms fine
enough for any later window, with Σ ln|·| and Σ ln²|·| in every bin: power laws are then fitted from sufficient
statistics, and memory does not grow with the number of samples.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from duality.conventions import QUANTITIES, SIGNS
from duality.formulas.composition import Composition

BINS_PER_DECADE = 500
LOWEST_DECADE, HIGHEST_DECADE = -60, 20  # values beyond are counted in the outermost bins
HEAD = 16_384  # raw values kept per class and shard
_CHUNK = 1 << 18

_BINS = (HIGHEST_DECADE - LOWEST_DECADE) * BINS_PER_DECADE


def bin_edges(first: int, last: int) -> np.ndarray:
    """Edges of the bins first, …, last - 1: bin i covers [10^(i/500), 10^((i+1)/500))."""
    return 10.0 ** (np.arange(first, last + 1) / BINS_PER_DECADE)


def extract(
    composition: Composition,
    samples: Sequence[np.ndarray],
    class_names: Sequence[str],
    w: float,
    b: float,
    gamma: float,
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, np.ndarray]]:
    """Histograms of the fluctuations of one shard.

    Parameters
    ----------
    composition : Composition
    samples : sequence of ndarray
        x1 of every class.
    class_names : sequence of str
    w, b, gamma : float
        The frozen equilibrium and the learning rate.

    Returns
    -------
    histogram : DataFrame
        Columns class, quantity, sign, bin, count, sum_log, sum_log2 (natural logarithms of the magnitude); a row for
        every bin that is not empty.
    counts : DataFrame
        Per class the number of samples, of negative and positive fluctuations, and of the dead (h = 0: none at all).
    head : dict of ndarray
        Per class the first signed q̇, in the order of the samples, the dead left out.
    """
    tables, counts, heads = [], [], {}
    for name, x1, h in zip(class_names, samples, composition.functions(1), strict=True):
        sums = np.zeros((len(QUANTITIES), 3, len(SIGNS) * _BINS))
        alive = {"negative": 0, "positive": 0}
        head: list[np.ndarray] = []
        for start in range(0, x1.size, _CHUNK):
            chunk = x1[start : start + _CHUNK]
            b_dot = -gamma * h(w * chunk + b)
            chunk, b_dot = chunk[b_dot != 0], b_dot[b_dot != 0]
            q_dot = b_dot * np.sqrt(1 + chunk**2)
            alive["negative"] += int(np.sum(b_dot < 0))
            alive["positive"] += int(np.sum(b_dot > 0))
            if sum(part.size for part in head) < HEAD:
                head.append(q_dot)
            for total, values in zip(sums, (q_dot, chunk * b_dot, b_dot), strict=True):
                total += _sufficient_statistics(values[values != 0])
        heads[name] = np.concatenate([np.empty(0), *head])[:HEAD]
        counts.append((name, x1.size, *alive.values(), x1.size - sum(alive.values())))
        quantity, cell = np.nonzero(sums[:, 0])
        count, sum_log, sum_log2 = sums[quantity, :, cell].T
        tables.append(
            pd.DataFrame(
                {
                    "class": name,
                    "quantity": np.array(QUANTITIES)[quantity],
                    "sign": np.array(list(SIGNS))[cell // _BINS],
                    "bin": cell % _BINS + LOWEST_DECADE * BINS_PER_DECADE,
                    "count": count.astype(np.int64),
                    "sum_log": sum_log,
                    "sum_log2": sum_log2,
                }
            )
        )
    columns = ["class", "samples", "negative", "positive", "dead"]
    return pd.concat(tables, ignore_index=True), pd.DataFrame(counts, columns=columns), heads


def _sufficient_statistics(values: np.ndarray) -> np.ndarray:
    """Count, Σ ln|·| and Σ ln²|·| in every bin; first those of negative values, then those of positive ones."""
    log = np.log(np.abs(values))
    index = np.floor(log * (BINS_PER_DECADE / np.log(10))).astype(np.int64) - LOWEST_DECADE * BINS_PER_DECADE
    cell = np.clip(index, 0, _BINS - 1) + _BINS * (values > 0)
    return np.stack([np.bincount(cell, weights, len(SIGNS) * _BINS) for weights in (None, log, log * log)])


def save_histogram(histogram: pd.DataFrame, path: str | Path) -> None:
    """Write a histogram as NPZ, one array per column."""
    columns: dict[str, Any] = {str(name): column.to_numpy() for name, column in histogram.items()}
    np.savez_compressed(path, **{name: c.astype(str) if c.dtype == object else c for name, c in columns.items()})


def load_histogram(paths: Sequence[str]) -> pd.DataFrame:
    """Read the histograms of all shards and add them up, in the order of the paths."""
    keys = ["class", "quantity", "sign", "bin"]
    shards = []
    for path in paths:
        with np.load(path, allow_pickle=False) as arrays:
            shards.append(pd.DataFrame({name: arrays[name] for name in arrays.files}))
    return pd.concat(shards, ignore_index=True).groupby(keys, sort=True, as_index=False).sum()


def select(histogram: pd.DataFrame, class_name: str, quantity: str, sign: str) -> pd.DataFrame:
    """The rows of one class, quantity and sign, sorted by bin."""
    rows = (histogram["class"] == class_name) & (histogram["quantity"] == quantity) & (histogram["sign"] == sign)
    return histogram[rows].sort_values("bin", ignore_index=True)
