"""All points of a sweep in one tidy table, and what its figures show of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from duality.conventions import OBSERVED, PAPER, VISIBLE

# What a figure may show, by name: quantity, window and estimate of its rows.
ESTIMATES: Mapping[str, tuple[str, str, str]] = {
    "k_q": ("q_dot", PAPER, "corrected"),
    "k_w": ("w_dot", PAPER, "corrected"),
    "k_b": ("b_dot", PAPER, "corrected"),
    "raw_k_q": ("q_dot", PAPER, "raw"),
    "jumps_k_q": ("jumps", PAPER, "corrected, actual"),
    "decades": ("q_dot", OBSERVED, "decades"),
    "visible_decades": ("q_dot", VISIBLE, "decades"),
    "w": ("w", "", ""),
    "b": ("b", "", ""),
    "accuracy": ("accuracy", "", ""),
}


def collected(points: Sequence[tuple[Mapping[str, Any], pd.DataFrame]]) -> pd.DataFrame:
    """The tables of all points below one another, with a column per axis before them.

    Parameters
    ----------
    points : sequence of (values, table)
        The values of the axes, and `duality.records.SWEEP_POINT`.

    Returns
    -------
    DataFrame
        `duality.records.sweep_table` of the axes.
    """
    tables = [
        pd.concat(
            [pd.DataFrame({f"axis_{name}": [value] * len(table) for name, value in values.items()}), table], axis=1
        )
        for values, table in points
    ]
    return pd.concat(tables, ignore_index=True)


def shown(table: pd.DataFrame, estimate: str) -> pd.DataFrame:
    """The rows of one of `ESTIMATES`, of all points."""
    quantity, window, kind = ESTIMATES[estimate]
    quantities = table["quantity"].str.rpartition(" ")[2]  # jumps are negative or positive ones
    chosen = (quantities == quantity) & (table["window"] == window) & (table["estimate"] == kind)
    return table[chosen].reset_index(drop=True)


def without_equilibrium(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the points that have no equilibrium, one each."""
    return table[(table["estimate"] == "equilibrium") & (table["quantity"] == "")].reset_index(drop=True)
