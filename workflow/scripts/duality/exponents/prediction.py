"""What theory predicts for a window of a trained map: the regimes of its composition that govern it."""

import numpy as np
import pandas as pd

from duality.conventions import EXPONENTS
from duality.jacobian.duality import Duality
from duality.records.jacobian import Window

_POINTS = 17  # of a window, evenly in ln|q̇|, at which the nearest regime is sought


def regimes_of(table: pd.DataFrame, duality: Duality, window: Window) -> pd.DataFrame:
    """The regimes that govern a window: what theory predicts there for k_q, or k_w or k_b, as the map is to q̇, ẇ or ḃ.

    Candidates are the limits of the class that the window's branch runs to: same sign of ḃ, and between the window's
    middle (geometric, in |q̇|) and the limit neither a corner of H nor a turning point of |h|. There are at most two
    such limits, one towards larger and one towards smaller |h|, and a limit y → ±∞ has an exponent for |x1| ≫ 1 and one
    for |x1| ≪ 1. Of several, that governs a point whose k is nearest to the exact local exponent there: the exponents
    are derived without looking at the trained map, which of them applies is not. A window that is governed by regimes
    of different k is a crossover between them, and theory predicts no exponent for it.

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
    DataFrame
        One row of the table for every k that governs part of the window, from its lower to its upper end; none if no
        limit with such a k is on the window's stretch.
    """
    branch = duality.branches[window.branch]
    middle = duality.preimage(branch, np.sqrt([window.q_low * window.q_high]))
    y = float(duality.y(middle)[0])
    sign = "positive" if branch.b_sign > 0 else "negative"
    exponent = EXPONENTS[duality.quantity]
    if exponent not in table.columns:  # theory is of q̇, ẇ and ḃ
        return table.iloc[:0]
    fits = (table["sign"] == sign) & (table["y_low"] <= y) & (y <= table["y_high"])
    candidates = table[fits & table[exponent].notna()]
    if candidates.empty:
        return candidates
    q_dot = np.geomspace(window.q_low, window.q_high, _POINTS + 2)[1:-1]
    local = duality.local_exponent(duality.preimage(branch, q_dot))
    nearest = np.argmin(np.abs(candidates[exponent].to_numpy()[:, None] - local), axis=0)
    return candidates.iloc[nearest].drop_duplicates(exponent)
