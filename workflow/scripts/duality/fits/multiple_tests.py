"""p-values of several tests as one family."""

import numpy as np


def holm(p_values: np.ndarray) -> np.ndarray:
    """The p-values of a family corrected for its size (S. Holm, Scand. J. Statist. 6 (1979) 65), in the same order.

    The chance that any is at most α is at most α if all hypotheses are right, however the tests depend on each other.
    """
    order = np.argsort(p_values)
    stepped = np.maximum.accumulate(p_values[order] * np.arange(p_values.size, 0, -1))
    corrected = np.empty(p_values.size)
    corrected[order] = np.minimum(stepped, 1.0)
    return corrected
