"""What theory predicts for a window of a trained map: the regime of its composition that governs it."""

import numpy as np
import pandas as pd

from duality.conventions import EXPONENTS
from duality.jacobian import Duality
from duality.windows import Window


def regime_of(table: pd.DataFrame, duality: Duality, window: Window) -> pd.Series | None:
    """The regime that governs a window: what theory predicts there for k_q, or k_w or k_b, as the map is to q̇, ẇ or ḃ.

    Candidates are the limits of the class that the window's branch runs to: same sign of ḃ, and between the window's
    middle (geometric, in |q̇|) and the limit neither a corner of H nor a turning point of |h|. There are at most two
    such limits, one towards larger and one towards smaller |h|, and a limit y → ±∞ has an exponent for |x1| ≫ 1 and one
    for |x1| ≪ 1. Of several, that is taken whose k is nearest to the exact local exponent in the middle of the
    window: the exponents are derived without looking at the data, which of them applies is not.

    Parameters
    ----------
    table : DataFrame
        The rows of `regimes_table` for the experiment and class.
    duality : Duality
        The map of that class.
    window : Window
        On one of its branches.

    Returns
    -------
    Series, or None if no limit with such a k is on the window's stretch
    """
    branch = duality.branches[window.branch]
    middle = duality.preimage(branch, np.sqrt([window.q_low * window.q_high]))
    y = float(duality.y(middle)[0])
    sign = "positive" if branch.b_sign > 0 else "negative"
    exponent = EXPONENTS[duality.quantity]
    fits = (table["sign"] == sign) & (table["y_low"] <= y) & (y <= table["y_high"])
    candidates = table[fits & table[exponent].notna()]
    if candidates.empty:
        return None
    distance = np.abs(candidates[exponent].to_numpy() - duality.local_exponent(middle))
    return candidates.iloc[int(np.argmin(distance))]
