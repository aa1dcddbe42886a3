"""Fluctuations: the potential jumps q̇, ẇ, ḃ that every sample would cause at the frozen equilibrium (Sec. 8).

ḃ = -γ·h(y), ẇ = x1·ḃ, |q̇| = √(ẇ² + ḃ²) (Eq. 5.3), signed by ḃ. They are streamed into logarithmic histograms fine
enough for any later window, with Σ ln|·| and Σ ln²|·| in every bin: power laws are then fitted from sufficient
statistics, and memory does not grow with the number of samples.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from duality.conventions import QUANTITIES, SIGNS
from duality.formulas.composition import Composition
from duality.records import BINS_PER_DECADE, FLUCTUATION_COUNTS, Frozen

LOWEST_DECADE, HIGHEST_DECADE = -60, 20  # values beyond are counted in the outermost bins
HEAD = 16_384  # raw values kept per class and shard
_CHUNK = 1 << 18

_BINS = (HIGHEST_DECADE - LOWEST_DECADE) * BINS_PER_DECADE


@dataclass(frozen=True)
class Fluctuations:
    """The fluctuations of one shard.

    Attributes
    ----------
    histogram : DataFrame
        `duality.records.HISTOGRAM`: a row for every bin that is not empty.
    counts : DataFrame
        `duality.records.FLUCTUATION_COUNTS`: samples per class, by the sign of ḃ; dead are those with h = 0.
    head : dict of ndarray
        Per class the first signed q̇, in the order of the samples, the dead left out.
    """

    histogram: pd.DataFrame
    counts: pd.DataFrame
    head: dict[str, np.ndarray]


def extract(composition: Composition, samples: Mapping[str, np.ndarray], frozen: Frozen) -> Fluctuations:
    """The fluctuations that samples would cause at frozen parameters.

    Parameters
    ----------
    composition : Composition
    samples : mapping of str to ndarray
        x1 of every class by its name, in the order of the composition's labels.
    frozen : Frozen
    """
    tables, counts, heads = [], [], {}
    for (name, x1), h in zip(samples.items(), composition.functions(1), strict=True):
        sums = np.zeros((len(QUANTITIES), 3, len(SIGNS) * _BINS))
        alive = {"negative": 0, "positive": 0}
        head: list[np.ndarray] = []
        for start in range(0, x1.size, _CHUNK):
            chunk = x1[start : start + _CHUNK]
            b_dot = -frozen.gamma * h(frozen.w * chunk + frozen.b)
            chunk, b_dot = chunk[b_dot != 0], b_dot[b_dot != 0]
            fluctuations = {key: b_dot * quantity.factor(chunk)[0] for key, quantity in QUANTITIES.items()}
            alive["negative"] += int(np.sum(b_dot < 0))
            alive["positive"] += int(np.sum(b_dot > 0))
            if sum(part.size for part in head) < HEAD:
                head.append(fluctuations["q_dot"])
            for total, values in zip(sums, fluctuations.values(), strict=True):
                total += _sufficient_statistics(values[values != 0])
        heads[name] = np.concatenate([np.empty(0), *head])[:HEAD]
        counts.append((name, x1.size, *alive.values(), x1.size - sum(alive.values())))
        quantity, cell = np.nonzero(sums[:, 0])
        count, sum_log, sum_log2 = sums[quantity, :, cell].T
        tables.append(
            pd.DataFrame(
                {
                    "class": name,
                    "quantity": np.array(list(QUANTITIES))[quantity],
                    "sign": np.array(list(SIGNS))[cell // _BINS],
                    "bin": cell % _BINS + LOWEST_DECADE * BINS_PER_DECADE,
                    "count": count.astype(np.int64),
                    "sum_log": sum_log,
                    "sum_log2": sum_log2,
                }
            )
        )
    return Fluctuations(
        pd.concat(tables, ignore_index=True), pd.DataFrame(counts, columns=list(FLUCTUATION_COUNTS.columns)), heads
    )


def _sufficient_statistics(values: np.ndarray) -> np.ndarray:
    """Count, Σ ln|·| and Σ ln²|·| in every bin; first those of negative values, then those of positive ones."""
    log = np.log(np.abs(values))
    index = np.floor(log * (BINS_PER_DECADE / np.log(10))).astype(np.int64) - LOWEST_DECADE * BINS_PER_DECADE
    cell = np.clip(index, 0, _BINS - 1) + _BINS * (values > 0)
    return np.stack([np.bincount(cell, weights, len(SIGNS) * _BINS) for weights in (None, log, log * log)])
