"""The table of all estimates over realisations, in Markdown and HTML."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from duality.conventions import QUANTITIES
from duality.markup import html_page, markdown, markdown_table

NOTE = (
    "Every estimate that a run prints, over realisations that share neither data nor random numbers. Error: root mean "
    "square of the printed standard errors. Spread: standard deviation over the realisations; its ratio to the error "
    "is 1 if the error is right (p: χ², for normal estimates). Covered: how many of the 95% intervals hold the value "
    "of infinite data, to within the accuracy of that (p: binomial, exact). Mean z: of the estimate less that value, "
    "in errors (p: Student's t, with the spread as error). p of the family: the least of the three, corrected by Holm "
    "for all tests of the table. Where an approximation fails the last columns say so, and the spread is the error to "
    "use."
)


def presented(table: pd.DataFrame) -> pd.DataFrame:
    """The table as texts, rounded, with symbols for names.

    Parameters
    ----------
    table : DataFrame
        `records.realisations.REALISATIONS`.
    """
    return pd.DataFrame([_cells(row) for row in table.to_dict("records")])


def _cells(row: Mapping[Any, Any]) -> dict[str, str]:
    known = row["coverage"] == row["coverage"]
    quantity = str(row["quantity"])
    return {
        "experiment": str(row["experiment"]),
        "class": str(row["class"]) or "–",
        "of": QUANTITIES[quantity].exponent if quantity in QUANTITIES else quantity,
        "window": str(row["window"]) or "–",
        "estimate": str(row["estimate"]) or "–",
        "seeds": f"{row['seeds']}" + (f" ({row['missing']} missing)" if row["missing"] else ""),
        "mean": _number(row["mean"], ".5g"),
        "infinite data": _number(row["population"], ".5g"),
        "error": _number(row["error"], ".2g"),
        "spread": _number(row["spread"], ".2g"),
        "ratio (p)": _with_p(row, "ratio", ".2f", "ratio_p"),
        "covered (p)": f"{row['covered']:.0f} ({_number(row['coverage_p'], '.2g')})" if known else "–",
        "mean z (p)": _with_p(row, "mean_z", "+.2f", "bias_p"),
        "p of the family": _number(row["p_value"], ".2g"),
        "outside": {True: "yes", False: "no"}.get(row["outside"], "not tested"),
        "approximation that fails": str(row["approximation"]) or "–",
        "error to use": _number(row["error_to_use"], ".2g"),
    }


def _number(value: object, pattern: str) -> str:
    return "–" if value != value else format(value, pattern)


def _with_p(row: Mapping[Any, Any], name: str, pattern: str, p_value: str) -> str:
    return "–" if row[name] != row[name] else f"{_number(row[name], pattern)} ({_number(row[p_value], '.2g')})"


def markdown_document(table: pd.DataFrame, sentence: str) -> str:
    """The table as a Markdown document, and at its end the sentence that sums it up."""
    return f"# Realisations\n\n{NOTE}\n\n{markdown_table(presented(table), markdown)}\n\n{sentence}\n"


def html_document(table: pd.DataFrame, sentence: str) -> str:
    """The table as an HTML page."""
    style = (
        "body{font:15px/1.5 sans-serif;margin:2em;max-width:110em}table{border-collapse:collapse}"
        "th,td{border-bottom:1px solid #bbb;padding:.3em .8em;text-align:left;white-space:nowrap}"
    )
    rows = presented(table).to_html(index=False, border=0)
    return html_page("Realisations", style, f"<h1>Realisations</h1>\n<p>{NOTE}</p>\n{rows}\n<p>{sentence}</p>")


# By the ending of the file.
DOCUMENTS: Mapping[str, Callable[[pd.DataFrame, str], str]] = {"md": markdown_document, "html": html_document}
