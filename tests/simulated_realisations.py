"""Estimates over realisations, of which it is known whether their errors are right."""

import numpy as np
import pandas as pd

from duality.records.estimates import STANDARD_ERRORS
from duality.records.realisations import REALISATION

SEEDS, ESTIMATES = 24, 40
SAMPLING, FIT = 0.9, 0.4  # shares of the error: of the data set, which all estimates of a realisation have in common


def family(random, error=1.0, shift=0.0, seeds=SEEDS, accuracy=0.0, experiments=("e",)):
    """Estimates whose printed errors are `error` times the right ones, off the population value by `shift` of these."""
    true = np.hypot(SAMPLING, FIT)
    rows = []
    for experiment in experiments:
        for seed in range(seeds):
            common = random.standard_normal(2)
            for number in range(ESTIMATES):
                mixture = np.array([np.cos(number), np.sin(number)])
                off = SAMPLING * mixture @ common + FIT * random.standard_normal() + shift * true
                scale, place = 10.0 ** (number % 5 - 3), number / 7
                value, se = place + scale * off, scale * error * true
                half = STANDARD_ERRORS * se
                key = (experiment, seed, "c", "q_dot", f"window{number}", "raw")
                rows.append((*key, value, se, value - half, value + half, place, scale * accuracy))
            for name in ("sd_w", "sd_b"):
                rows.append((experiment, seed, "", name, "", "", 0.1, *[np.nan] * 3, 0.1, np.nan))
    return pd.DataFrame(rows, columns=list(REALISATION.columns))
