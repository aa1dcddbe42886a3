"""The fluctuations of mini-batches as rows of a sweep, and back."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from duality.dataset.model import Model
from duality.jacobian.windows import WindowRules
from duality.mini_batches.measurement import Design, measure
from duality.records import MINI_BATCHES, SWEEP_POINT, Frozen

BATCHES = "batches"  # in the column `class`: a batch has none
# What a column of a sweep is called in the table of the mini-batches.
_CALLED = {"population": "exact", "predicted": "limit", "why": "reason"}


def measured_batches(
    model: Model,
    frozen: Frozen,
    rules: Mapping[str, WindowRules],
    mini_batch: int,
    samples: int,
    random: np.random.Generator,
) -> pd.DataFrame:
    """`duality.mini_batches.measurement.measure` as rows of a point.

    Parameters
    ----------
    model : Model
    frozen : Frozen
        (w, b) of the equilibrium, and γ.
    rules : mapping
        By class that is measured.
    mini_batch : int
        M.
    samples : int
        About how many to draw for all batches together.
    random : numpy.random.Generator

    Returns
    -------
    DataFrame
        `duality.records.SWEEP_POINT`. A row of a distance has the name of the law in the column `window`; population is
        what infinitely many batches would give, and predicted what the limit law says.
    """
    found = measure(Design(model, frozen, rules, samples), mini_batch, random)
    found = found.rename(columns={theirs: ours for ours, theirs in _CALLED.items()})
    found = found.assign(window=found["window"] + found["law"], population_accuracy=np.nan)
    return found.assign(**{"class": BATCHES})[list(SWEEP_POINT.columns)]


def batches_of(table: pd.DataFrame, mini_batch: str, others: str | None) -> dict[str, pd.DataFrame]:
    """The mini-batches of a sweep.

    Parameters
    ----------
    table : DataFrame
        `duality.records.sweep_table`.
    mini_batch : str
        The name of the axis that is M.
    others : str or None
        The name of the other axis.

    Returns
    -------
    dict
        By value of the other axis, such as "k = 2", `duality.records.MINI_BATCHES` but for where windows are and n.
    """
    rows = table[table["class"] == BATCHES].rename(columns=_CALLED)
    of_law = rows["estimate"].isin(["distance", "Berry-Esseen bound"])
    rows = rows.assign(
        mini_batch=rows[f"axis_{mini_batch}"].astype(int),
        law=rows["window"].where(of_law, ""),
        window=rows["window"].mask(of_law, ""),
        q_low=np.nan, q_high=np.nan, n=0,
    )  # fmt: skip
    if others is None:
        return {"": rows[list(MINI_BATCHES.columns)]}
    return {
        f"{others} = {value:g}": rows.loc[rows[f"axis_{others}"] == value, list(MINI_BATCHES.columns)]
        for value in sorted(rows[f"axis_{others}"].unique())
    }
