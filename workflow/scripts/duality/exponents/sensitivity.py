"""How the exponents depend on M, the factor as which the paper's "≪" is read."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from duality.errors import InputError
from duality.exponents.neighbourhood import Neighbourhood
from duality.exponents.slope import dataset_weight, jacobian_exponent
from duality.fits.histogram import window_statistics
from duality.fits.power_laws import PowerLaw, truncated_power_law
from duality.jacobian.duality import Duality
from duality.jacobian.windows import WindowRule, paper_window
from duality.records import SENSITIVITY, ParameterErrors, Window

_FEWEST = 10  # fluctuations in a window for a fit


def sensitivity(
    duality: Duality, rule: WindowRule, factors: Sequence[float], bins: pd.DataFrame, errors: ParameterErrors
) -> pd.DataFrame:
    """The three exponents of q̇ on the paper's window for several M.

    Parameters
    ----------
    duality : Duality
    rule : WindowRule
        Its M is replaced.
    factors : sequence of float
        Values of M.
    bins : DataFrame
        The histogram of q̇ of this class and sign.
    errors : ParameterErrors
        Of w and b.

    Returns
    -------
    DataFrame
        `duality.records.SENSITIVITY` but for the class: much_less_than, q_low, q_high, decades, n, and k and se of the
        exponents; NaN where no x1 meets the conditions, or fewer than ten fluctuations lie in the window.
    """
    rows = []
    for M in factors:
        row: dict[str, Any] = {"much_less_than": M}
        find = partial(paper_window, rule=replace(rule, much_less_than=M))
        try:
            window: Window | None = find(duality)
            at = window and Neighbourhood.of(duality, window, find, errors)
        except InputError:
            window = at = None
        statistics = window and window_statistics(bins, window.q_low, window.q_high)
        if window and at and statistics and statistics.n >= _FEWEST:
            fits = {
                "jacobian": jacobian_exponent(duality, window, at.budget).exponent,
                "raw": truncated_power_law(statistics.n, statistics.sum_log, statistics.low, statistics.high),
                "corrected": PowerLaw(statistics.edges, dataset_weight(duality, window)).fit(
                    statistics.n, statistics.sum_log
                ),
            }
            decades = float(np.log10(statistics.high / statistics.low))
            row |= {"q_low": statistics.low, "q_high": statistics.high, "decades": decades, "n": statistics.n}
            for name, exponent in fits.items():
                row |= {f"k_{name}": exponent.value, f"k_{name}_se": exponent.se}
        rows.append(row)
    return pd.DataFrame(rows, columns=[column for column in SENSITIVITY.columns if column != "class"])
