"""Samples of truncated power laws, as values and as bins of a histogram."""

import numpy as np
import pandas as pd

from duality.records.fluctuations import BINS_PER_DECADE


def truncated_sample(random, k, low, high, n):
    """By inversion of the cumulative distribution, an independent route to the same law."""
    u = random.random(n)
    if k == 1:
        return low * (high / low) ** u
    return (low ** (1 - k) + u * (high ** (1 - k) - low ** (1 - k))) ** (1 / (1 - k))


def binned(q):
    """Values as the bins of `records.fluctuations.HISTOGRAM`."""
    log = np.log(q)
    index = np.floor(log * (BINS_PER_DECADE / np.log(10))).astype(int)
    frame = pd.DataFrame({"bin": index, "count": 1, "sum_log": log, "sum_log2": log**2})
    return frame.groupby("bin", as_index=False).sum()
