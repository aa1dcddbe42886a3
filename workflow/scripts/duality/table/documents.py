"""The documents with all tables, as Markdown, LaTeX and text: how each is headed, cut and explained."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from duality.config.settings import Prediction
from duality.conventions import QUANTITIES, listed
from duality.markup import latex, markdown, markdown_table, text_table
from duality.rounding import Form
from duality.table.not_measured import REASONS, marks, reasons
from duality.table.numbers import ClassRow, FailedRow, exponent_rows
from duality.table.rounded_tables import (
    UNEXPLAINED,
    cell,
    chi_squared,
    paper_table,
    predicted_and_measured,
    presented,
    presented_exponents,
)

# What a table of `presented` or `presented_exponents` shows of its columns, beside those that say what a row is of.
_OF_A_CLASS, _OF_AN_EXPONENT = ("experiment", "class"), ("experiment", "class", "exponent", "window")
_PLACES = ("sign", "w", "b", "accuracy", "window of q̇", "decades", "observed decades")
_ESTIMATES = (
    "k_q predicted", "k_q Jacobian", "Jacobian ∞ (z)", "k_q raw", "raw ∞ (z)", "k_q corrected", "corrected ∞ (z)",
)  # fmt: skip
_EXPONENTS = ("decades", "of 99%", "predicted", "derived", "Jacobian", "raw", "corrected", "shifted")
_FITS = ("n", "p, power law", "p, weighted", "p, shifted", "p, exact density")

_NOTES = (
    f"{listed([quantity.exponent for quantity in QUANTITIES.values()])} are the exponents of "
    f"{listed([quantity.symbol for quantity in QUANTITIES.values()])}. Measured: a power law truncated to the window "
    "of the paper's conditions, fitted to the fluctuations and corrected for the data's own density; where theory has "
    "a shifted one, the density (Aẇ + B)^(-k_w) of the Jacobian (Aẇ + B)^k_w (Eq. 6.1) with B ≠ 0, the fit of such a "
    "one. Errors are one standard error, "
    "total: of the fit, and inherited from w and b with the window's motion.",
    "Of the compositions H(y) with constants c1 to c4 the paper predicts k_w and k_b.",
    "w, b: mean over the learning equilibrium ± its error, of Monte Carlo and of the finite data set. decades: width "
    "in q̇ of the window of the paper's conditions; observed: of the widest interval on which the exact Jacobian's "
    "local exponent stays near the predicted one. p: χ² test of all fluctuations of the sign against the exact duality "
    "density, nothing fitted; of a class from a file it tests the kernel estimate too. p-values of the column "
    "are one family, corrected for its size (Holm), which the heading tells; the ledger of claims has them in a larger "
    "one, with other tests. Behind them are as many independent samples as there are classes, each seen through every "
    "experiment's map.",
    "Jacobian: its slope over the window (± from the errors of w and b). Raw: a power law truncated to the window, "
    "fitted to the fluctuations; it contains the data's own density. Corrected: the same, corrected for that density. "
    "∞ (z): what infinite data would give, by quadrature and without any training, and how many errors the measured "
    f"number is from it; {UNEXPLAINED}: an approximation, as (w, b) is not the Gaussian of theory, which does not "
    "explain their spread.",
    "Windows: of the paper's conditions, observed, and variants that config.yaml names. Of 99%: the decades that hold "
    "99% of the window's fluctuations. Predicted: by the paper; derived: here, from the composition, for the regime "
    "(at a crossover the regimes) that governs the window. Jacobian: exact is what is the derived exponent within the "
    "bound of the quadrature, and inherits less than that from w and b. Shifted: k_w of the density (Aẇ + B)^(-k_w). "
    "The parts of the errors, "
    "the intervals (those of the bootstrap, and of shifted power laws of the profile likelihood, both at fixed w and "
    "b), what infinite data would give and the numbers that a dash with a mark stands for are in exponents.csv.",
)
_BOOTSTRAP = (
    "n: fluctuations in the window. p: Kolmogorov-Smirnov tests with parametric bootstrap of the bare power law, of "
    "the dataset-weighted one, of the shifted one, and of the exact duality density (nothing fitted); the χ² test "
    "above is another. p-values of a column are one family, corrected by Holm. Where ≤ stands, p rests on a bootstrap "
    "none of whose data sets is as far off as the data: before the correction it tells no more than p ≤"
)


@dataclass(frozen=True)
class Sheet:
    """A table with its heading, and the sentences to read it by."""

    heading: str
    table: pd.DataFrame
    note: str


def sheets(
    predictions: Mapping[str, Prediction],
    rows: Sequence[ClassRow],
    failed: Sequence[FailedRow],
    form: Form,
    least: float,
    level: float,
) -> list[Sheet]:
    """All tables, each narrow enough to be read: first what is asked for, then the details.

    Parameters
    ----------
    predictions : mapping
        The rows of the paper's table, by name.
    rows : sequence of ClassRow
    failed : sequence of FailedRow
        The first table says why they failed, the others leave them out.
    form : str
        As for `paper_table`.
    least : float
        The smallest p-value that the bootstrap can tell.
    level : float
        Of all tests.
    """
    of_classes = presented(rows, form)
    of_exponents = presented_exponents(exponent_rows(rows), form, least, level)
    tables = {
        "Predicted and measured exponents": predicted_and_measured(rows, failed, form, level),
        "The table of Sec. 10, as printed": paper_table(predictions, rows, form),
        "Where it was measured": _chosen(of_classes, _OF_A_CLASS, (*_PLACES, chi_squared(rows)), form),
        "k_q in three ways": _chosen(of_classes, _OF_A_CLASS, _ESTIMATES, form),
        "Every exponent on every window": _chosen(of_exponents, _OF_AN_EXPONENT, _EXPONENTS, form),
        "Which laws the fluctuations have": _chosen(of_exponents, _OF_AN_EXPONENT, _FITS, form),
    }
    notes = (*_NOTES, f"{_BOOTSTRAP} {least:.2g}.")
    return [
        Sheet(heading, table, note + _footnotes(table, form, level))
        for (heading, table), note in zip(tables.items(), notes, strict=True)
    ]


def _chosen(table: pd.DataFrame, of: Sequence[str], columns: Sequence[str], form: Form) -> pd.DataFrame:
    """Some columns of a table of a form, empty where it has none: it has no column if every experiment failed."""
    return table.reindex(columns=[cell(name, form) for name in (*of, *columns)])


def _footnotes(table: pd.DataFrame, form: Form, level: float) -> str:
    """What the marks mean that a table has, as sentences that follow others."""
    cells = {text for column in table for text in table[column]}
    dashes = "".join(f" {why.dash}: {why.text}." for why in REASONS if cell(why.dash, form) in cells)
    return dashes + "".join(
        f" {mark}: {text}."
        for mark, text in marks(level).items()
        if any(re.search(rf"\d\$? {re.escape(mark)}$", c) for c in cells)
    )


def markdown_document(
    predictions: Mapping[str, Prediction],
    rows: Sequence[ClassRow],
    failed: Sequence[FailedRow],
    least: float,
    level: float,
) -> str:
    """All tables as a Markdown document."""
    parts = [
        f"## {sheet.heading}\n\n{markdown_table(sheet.table, markdown)}\n\n{sheet.note}\n"
        for sheet in sheets(predictions, rows, failed, "text", least, level)
    ]
    return "\n".join(["# Summary\n", *parts])


def latex_document(
    predictions: Mapping[str, Prediction],
    rows: Sequence[ClassRow],
    failed: Sequence[FailedRow],
    least: float,
    level: float,
) -> str:
    """All tables as LaTeX, for \\input into a document that uses amsmath and booktabs."""
    parts = [
        f"{sheet.table.to_latex(index=False, escape=False)}\n\\footnotesize {latex(sheet.note)}\n\n\\normalsize\n"
        for sheet in sheets(predictions, rows, failed, "latex", least, level)
    ]
    return "\n".join(parts)


# By the ending of the file.
DOCUMENTS: Mapping[
    str, Callable[[Mapping[str, Prediction], Sequence[ClassRow], Sequence[FailedRow], float, float], str]
] = {
    "md": markdown_document,
    "tex": latex_document,
}


def terminal(rows: Sequence[ClassRow], failed: Sequence[FailedRow] = ()) -> str:
    """A summary narrow enough for a terminal, errors in the short form 0.9774(6); what failed says why in its row."""
    chosen = {
        "experiment": "experiment",
        "class": "class",
        "accuracy": "accuracy",
        "decades": "decades",
        "k_q predicted": "k_q pred.",
        "k_q Jacobian": "Jacobian",
        "k_q raw": "raw",
        "k_q corrected": "corrected",
        chi_squared(rows): chi_squared(rows),
    }
    every = presented(rows, "short", failed).reindex(columns=list(chosen), fill_value="–").rename(columns=chosen)
    lines = text_table(every, index=False, disable_numparse=True, tablefmt="simple").splitlines()
    named = len(lines[1]) - len(re.sub(r"^-+ +-+ +", "", lines[1]))  # what experiment and class take
    for number, row in enumerate(failed, len(lines) - len(failed)):
        lines[number] = lines[number][:named] + row.why
    notes = [f"{why.dash}: {why.text}.\n" for why in reasons(row.measured.paper for row in rows)]
    return "\n".join(lines) + "\n" + "".join(notes)
