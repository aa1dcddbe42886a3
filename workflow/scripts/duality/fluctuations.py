"""Fluctuations: the potential jumps q̇, ẇ, ḃ that every sample would cause at the frozen equilibrium (Sec. 8).

ḃ = -γ·h(y), ẇ = x1·ḃ, |q̇| = √(ẇ² + ḃ²) (Eq. 5.3), signed by ḃ. They are streamed into logarithmic histograms fine
enough for any later window, with Σ ln|·| and Σ ln²|·| in every bin: power laws are then fitted from sufficient
statistics, and memory does not grow with the number of samples.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from duality.composition import Composition
from duality.jacobian import SIGNS
from duality.kernels import jit, scalar_kernel

QUANTITIES = ("q_dot", "w_dot", "b_dot")
BINS_PER_DECADE = 500
LOWEST_DECADE, HIGHEST_DECADE = -60, 20  # values beyond are counted in the outermost bins
HEAD = 16_384  # raw values kept per class and shard

_BINS = (HIGHEST_DECADE - LOWEST_DECADE) * BINS_PER_DECADE


def bin_edges(first: int, last: int) -> np.ndarray:
    """Edges of the bins first, …, last - 1: bin i covers [10^(i/500), 10^((i+1)/500))."""
    return 10.0 ** (np.arange(first, last + 1) / BINS_PER_DECADE)


def extract(
    composition: Composition, samples: Sequence[np.ndarray], class_names: Sequence[str], w: float, b: float, gamma: float
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
    h = scalar_kernel(composition.derivative(1))
    lowest_bin = LOWEST_DECADE * BINS_PER_DECADE
    per_log = BINS_PER_DECADE / math.log(10)

    @jit
    def stream(x1, label, sums, head):  # type: ignore[no-untyped-def]
        kept = 0
        alive = np.zeros(2, np.int64)
        for i in range(x1.size):
            b_dot = -gamma * h(w * x1[i] + b, label)
            if b_dot == 0.0:
                continue
            w_dot = x1[i] * b_dot
            q_dot = math.sqrt(w_dot * w_dot + b_dot * b_dot)
            if b_dot < 0:
                q_dot = -q_dot
            alive[1 if b_dot > 0 else 0] += 1
            if kept < head.size:
                head[kept] = q_dot
                kept += 1
            for quantity, value in enumerate((q_dot, w_dot, b_dot)):
                if value != 0.0:
                    log = math.log(abs(value))
                    index = min(max(math.floor(log * per_log) - lowest_bin, 0), sums.shape[2] - 1)
                    cell = sums[quantity, 1 if value > 0 else 0, index]
                    cell[0] += 1
                    cell[1] += log
                    cell[2] += log * log
        return kept, alive

    tables, counts, heads = [], [], {}
    for label, (name, x1) in enumerate(zip(class_names, samples, strict=True)):
        sums = np.zeros((len(QUANTITIES), 2, _BINS, 3))
        head = np.empty(HEAD)
        kept, alive = stream(x1, label, sums, head)
        heads[name] = head[:kept]
        counts.append((name, x1.size, alive[0], alive[1], x1.size - alive.sum()))
        quantity, sign, index = np.nonzero(sums[..., 0])
        cells = sums[quantity, sign, index]
        tables.append(
            pd.DataFrame(
                {
                    "class": name,
                    "quantity": np.array(QUANTITIES)[quantity],
                    "sign": np.array(list(SIGNS))[sign],
                    "bin": index + lowest_bin,
                    "count": cells[:, 0].astype(np.int64),
                    "sum_log": cells[:, 1],
                    "sum_log2": cells[:, 2],
                }
            )
        )
    columns = ["class", "samples", "negative", "positive", "dead"]
    return pd.concat(tables, ignore_index=True), pd.DataFrame(counts, columns=columns), heads


def save_histogram(histogram: pd.DataFrame, path: str | Path) -> None:
    """Write a histogram as NPZ, one array per column."""
    columns = {name: column.to_numpy() for name, column in histogram.items()}
    with open(path, "wb") as file:
        np.savez_compressed(
            file, **{str(name): c.astype(str) if c.dtype == object else c for name, c in columns.items()}
        )


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
