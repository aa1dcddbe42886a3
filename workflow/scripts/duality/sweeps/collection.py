"""All points of a sweep in one tidy table, and what its figures show of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from duality.conventions import OBSERVED, PAPER, VISIBLE
from duality.records.mini_batches import MINI_BATCHES

# What a figure may show, by name: quantity, window and estimate of its rows.
ESTIMATES: Mapping[str, tuple[str, str, str]] = {
    "k_q": ("q_dot", PAPER, "corrected"),
    "k_w": ("w_dot", PAPER, "corrected"),
    "k_b": ("b_dot", PAPER, "corrected"),
    "raw_k_q": ("q_dot", PAPER, "raw"),
    "jumps_k_q": ("jumps", PAPER, "corrected, actual"),
    "jumps_distance": ("jumps", "", "distance"),
    "decades": ("q_dot", OBSERVED, "decades"),
    "visible_decades": ("q_dot", VISIBLE, "decades"),
    "w": ("w", "", ""),
    "b": ("b", "", ""),
    "accuracy": ("accuracy", "", ""),
}

EQUILIBRIUM, TRAINING = "equilibrium", "training"  # in the column `estimate`: what a point without estimates lacks
BATCHES = "batches"  # in the column `class`: a batch has none
# What a column of a sweep is called in the table of the mini-batches.
CALLED = {"population": "exact", "population_accuracy": "accuracy", "predicted": "limit", "why": "reason"}


def collected(points: Sequence[tuple[Mapping[str, Any], pd.DataFrame]]) -> pd.DataFrame:
    """The tables of all points below one another, with a column per axis before them.

    Parameters
    ----------
    points : sequence of (values, table)
        The values of the axes, and `records.sweeps.SWEEP_POINT`.

    Returns
    -------
    DataFrame
        `records.sweeps.sweep_table` of the axes.
    """
    tables = [
        pd.concat(
            [pd.DataFrame({f"axis_{name}": [value] * len(table) for name, value in values.items()}), table], axis=1
        )
        for values, table in points
    ]
    return pd.concat(tables, ignore_index=True)


def shown(table: pd.DataFrame, estimate: str) -> pd.DataFrame:
    """The rows of one of `ESTIMATES`, of all points that have it; of distances of jumps with their sign as the class.

    Jumps of one sign are those of one class, where a mini-batch is one sample; where it is more, it has no class.
    """
    quantity, window, kind = ESTIMATES[estimate]
    quantities = table["quantity"].str.rpartition(" ")[2]  # jumps are negative or positive ones
    chosen = (quantities == quantity) & (table["window"] == window) & (table["estimate"] == kind)
    found = table[chosen & table["value"].notna()].reset_index(drop=True)
    if estimate == "jumps_distance":
        found["class"] = found["quantity"].str.partition(" ")[0]
    return found


def without_equilibrium(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the points that were trained and have no equilibrium, one each."""
    return table[table["estimate"] == EQUILIBRIUM].reset_index(drop=True)


def untrained(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the points of which nothing was trained: their settings do not go together, or it could not begin."""
    return table[table["estimate"] == TRAINING].reset_index(drop=True)


def batches_of(table: pd.DataFrame, mini_batch: str, others: str | None) -> dict[str, pd.DataFrame]:
    """The mini-batches of a sweep.

    Parameters
    ----------
    table : DataFrame
        `records.sweeps.sweep_table`.
    mini_batch : str
        The name of the axis that is M.
    others : str or None
        The name of the other axis.

    Returns
    -------
    dict
        By value of the other axis, such as "k = 2", `records.mini_batches.MINI_BATCHES` but for windows and n.
    """
    rows = table[table["class"] == BATCHES].rename(columns=CALLED)
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
