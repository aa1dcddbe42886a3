"""How wide mini-batches are spread, where their middle is, and up to which M a heavy tail makes them a stable law."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from duality.mini_batches.exact import LatticeLaw, Moments, furthest
from duality.mini_batches.heavy_tails import HeavyTail
from duality.records.estimates import Estimate
from duality.records.mini_batches import estimate_columns


def spread(
    values: np.ndarray, exact: LatticeLaw, rough: LatticeLaw, moments: Moments, tail: HeavyTail | None, mini_batch: int
) -> Iterator[dict[str, Any]]:
    """Rows of `records.mini_batches.MINI_BATCHES` of ẇ or ḃ.

    Parameters
    ----------
    values : ndarray
        The fluctuations of the batches.
    exact, rough : LatticeLaw
        Their law, and the same from fewer cells.
    moments : Moments
        Of one kick.
    tail : HeavyTail or None
        Of single kicks.
    mini_batch : int
        M.
    """
    deviation2 = (values - values.mean()) ** 2
    sd = float(np.sqrt(deviation2.mean()))
    se = float(deviation2.std() / (2 * sd * np.sqrt(values.size))) if sd else 0.0
    theory = moments.sd / np.sqrt(mini_batch)
    numbers = {"n": values.size, **estimate_columns(Estimate.normal(sd, se))}
    yield {"estimate": "sd", **numbers, "exact": theory, "limit": theory}
    if tail:
        yield {"estimate": "stability index α", "exact": tail.alpha}
        yield {"estimate": "crossover M*", "exact": tail.crossover}
    numbers = {"n": values.size, **estimate_columns(_median(values))}
    median, *others = (law.quantile(0.5) for law in (exact, rough))
    yield {"estimate": "median", **numbers, "exact": median, "accuracy": furthest(median, others)}
    half_range, *others = (law.half_range for law in (exact, rough))
    yield {"estimate": "half interquartile range", "exact": half_range, "accuracy": furthest(half_range, others)}


def _median(values: np.ndarray) -> Estimate:
    """With the error that the order statistics of a binomial error of ranks tell."""
    of_rank = 0.5 / np.sqrt(values.size)
    low, median, high = np.quantile(values, [0.5 - of_rank, 0.5, 0.5 + of_rank])
    return Estimate.normal(float(median), float(0.5 * (high - low)))
