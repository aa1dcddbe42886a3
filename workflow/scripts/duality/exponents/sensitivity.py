"""How the exponents depend on M, the factor as which the paper's "≪" is read."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from duality.conventions import SIGN_NAMES
from duality.errors import InputError
from duality.exponents.estimation import FEWEST, ClassData, Sample, corrected_estimate, jacobian_estimate, raw_estimate
from duality.exponents.neighbourhood import Neighbourhood
from duality.fits.histogram import window_statistics
from duality.jacobian.duality import Duality
from duality.jacobian.windows import WindowRule, paper_window
from duality.records import SENSITIVITY, Window


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
        `duality.records.SENSITIVITY` but for the class: much_less_than, q_low, q_high, decades, n, and k and se of the
        exponents; NaN where no x1 meets the conditions, or fewer than ten fluctuations lie in the window.
    """
    fluctuations, equilibrium = data.fluctuations, data.equilibrium
    bins = fluctuations.bins("q_dot", SIGN_NAMES[rule.sign])
    rows = []
    for M in factors:
        row: dict[str, Any] = {"much_less_than": M}
        find = partial(paper_window, rule=replace(rule, much_less_than=M))
        try:
            window: Window | None = find(duality)
            at = window and Neighbourhood.of(duality, window, find, equilibrium.errors, None)
        except InputError:
            window = at = None
        statistics = window and window_statistics(bins, window.q_low, window.q_high)
        if window and at and statistics and statistics.n >= FEWEST:
            sample = Sample(statistics, fluctuations.samples, equilibrium.population)
            fits = {
                "jacobian": jacobian_estimate(at),
                "raw": raw_estimate(at, sample),
                "corrected": corrected_estimate(at, sample),
            }
            decades = float(np.log10(statistics.high / statistics.low))
            row |= {"q_low": statistics.low, "q_high": statistics.high, "decades": decades, "n": statistics.n}
            for name, fit in fits.items():
                row |= {f"k_{name}": fit.exponent.value, f"k_{name}_se": fit.exponent.se}
        rows.append(row)
    return pd.DataFrame(rows, columns=[column for column in SENSITIVITY.columns if column != "class"])
