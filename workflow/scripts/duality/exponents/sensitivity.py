"""How the exponents depend on M, the factor as which the paper's "≪" is read."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from duality.errors import InputError
from duality.exponents.estimation import ClassData, estimates
from duality.exponents.neighbourhood import Neighbourhood
from duality.jacobian.duality import Duality
from duality.jacobian.windows import WindowRule, paper_window
from duality.records.exponents import SENSITIVITY


def sensitivity(duality: Duality, rule: WindowRule, factors: Sequence[float], data: ClassData) -> pd.DataFrame:
    """The three exponents of q̇ on the paper's window for several M.

    Parameters
    ----------
    duality : Duality
    rule : WindowRule
        Its M is replaced.
    factors : sequence of float
        Values of M.
    data : ClassData

    Returns
    -------
    DataFrame
        `records.exponents.SENSITIVITY` but for the class: much_less_than, q_low, q_high, decades, n, and k and se of
        the exponents; NaN where no x1 meets the conditions, or fewer than ten fluctuations lie in the window.
    """
    rows = []
    for M in factors:
        row: dict[str, Any] = {"much_less_than": M}
        find = partial(paper_window, rule=replace(rule, much_less_than=M))
        try:
            at = Neighbourhood.of(duality, find(duality), find, data.equilibrium.errors, None)
        except InputError:  # no x1 meets the conditions so read
            at = None
        if at and (found := estimates(at, data.fluctuations, data.equilibrium)):
            low, high = found.statistics.low, found.statistics.high
            row |= {"q_low": low, "q_high": high, "decades": float(np.log10(high / low)), "n": found.statistics.n}
            for name in ("jacobian", "raw", "corrected"):
                k = getattr(found, name).exponent
                row |= {f"k_{name}": k.value, f"k_{name}_se": k.se}
        rows.append(row)
    return pd.DataFrame(rows, columns=[column for column in SENSITIVITY.columns if column != "class"])
