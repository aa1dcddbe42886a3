"""The gallery as readers want it: an entry a row, and below it every regime of every class."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from duality.markup import markdown, markdown_table
from duality.records.estimates import Estimate
from duality.rounding import beside, rounded

NOTE = (
    "An entry is an activation and a loss; all else follows. Derived: from the formulas alone. Measured: exponents of "
    "fluctuations, corrected for the dataset, with standard errors, on the window that the conditions of the regime "
    "select. Infinite data: the same by quadrature, without training. Agrees: the 95% interval of the measured $k_q$ "
    "is within δ of the derived one, on a window of enough decades (`claims.delta`, `claims.decades`)."
)


def overview(table: pd.DataFrame) -> str:
    """A row per entry in Markdown: the regime with the widest window, derived against measured.

    Parameters
    ----------
    table : DataFrame
        `records.gallery.GALLERY`.
    """
    return markdown_table(pd.DataFrame([_entry(row) for row in table[table["shown"]].to_dict("records")]), markdown)


def _entry(row: Mapping[Any, Any]) -> dict[str, str]:
    return {"composition": f"{row['activation']}, {row['loss']}", **_regime(row)}


def _regime(row: Mapping[Any, Any]) -> dict[str, str]:
    return {
        "class": row["class"],
        "regime": f"{row['regime']}: h {row['h']}",
        "k derived": _derived(row),
        "k_q measured": _measured(row, "k_q"),
        "infinite data": _population(row, "k_q"),
        "k_b measured": _measured(row, "k_b"),
        "decades": _number(row["decades"]),
        "agrees": row["agrees"] or str(row["why"]).partition(":")[0] or "–",
    }


def _derived(row: Mapping[Any, Any]) -> str:
    return row["k_q_derived"] if row["k_b_derived"] != "–" else "–"


def _measured(row: Mapping[Any, Any], k: str) -> str:
    return "–" if np.isnan(row[k]) else rounded(Estimate.normal(row[k], row[f"{k}_se"]))


def _population(row: Mapping[Any, Any], k: str) -> str:
    if np.isnan(row[f"{k}_population"]):
        return "–"
    return beside(row[f"{k}_population"], Estimate.normal(row[k], row[f"{k}_se"]))


def _number(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.2f}"


def page(table: pd.DataFrame) -> str:
    """The whole gallery as a page in Markdown.

    Parameters
    ----------
    table : DataFrame
        `records.gallery.GALLERY`.
    """
    parts = ["# Gallery of compositions", NOTE, overview(table)]
    for _, rows in table.groupby("entry", sort=False):
        first = rows.iloc[0]
        parts += [f"## {markdown(first['activation'])}, {markdown(first['loss'])}", _equilibrium(first)]
        parts.append(markdown_table(pd.DataFrame([_regime(row) for row in rows.to_dict("records")]), markdown))
    return "\n\n".join(parts) + "\n"


def _equilibrium(row: pd.Series) -> str:
    formulas = f"f = `{row['f']}`, H = `{row['H']}`."
    if np.isnan(row["w"]):
        return f"{formulas} No equilibrium: {markdown(row['why'])}."
    w, b, accuracy = (rounded(Estimate.normal(row[name], row[f"{name}_se"])) for name in ("w", "b", "accuracy"))
    return f"{formulas} At γ = {row['gamma']:g}: w = {w}, b = {b}, accuracy {accuracy}."
