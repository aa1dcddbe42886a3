"""The tables for people: what is predicted beside what is measured, and the details, as Markdown, LaTeX and text."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import sympy as sp

from duality.config.settings import Prediction
from duality.conventions import PAPER, QUANTITIES, listed
from duality.fits.multiple_tests import holm
from duality.formulas.parsing import parse_expression
from duality.markup import latex, markdown, markdown_table, text_table
from duality.records.estimates import Estimate
from duality.records.exponents import Fit, JacobianExponent, Measurement, ShiftedFit
from duality.rounding import Form, beside, rounded
from duality.table.not_measured import HARDLY, REASONS, UNPRINTED, hardly, marks, reason, reasons
from duality.table.numbers import ClassRow, ExponentRow, FailedRow, Row, exponent_rows


def paper_table(predictions: Mapping[str, Prediction], rows: Sequence[ClassRow], form: Form) -> pd.DataFrame:
    """The paper's table as it is printed, a row per composition, and which experiments have it.

    Parameters
    ----------
    predictions : mapping
        The rows of the table, by name.
    rows : sequence of ClassRow
    form : str
        As for `duality.rounding.rounded`; "latex" gives headings and cells in LaTeX.
    """
    lines = []
    for prediction in predictions.values():
        own = dict.fromkeys(row.experiment.title for row in rows if row.experiment.prediction == prediction)
        line = {
            "k_w": prediction.k_w,
            "k_b": prediction.k_b,
            "H(y)": prediction.H,
            "examples": prediction.examples,
            "experiments here": "; ".join(own) or None,
        }
        lines.append({heading: _cell(text, form) for heading, text in line.items()})
    table = _table(lines, form)
    if form == "latex":
        table[latex("H(y)")] = [f"${sp.latex(composed(prediction.H))}$" for prediction in predictions.values()]
    return table


def composed(formula: str) -> sp.Expr:
    """The composition H(y) of a row of the paper's table, with its constants."""
    return parse_expression(formula, ["y", "c1", "c2", "c3", "c4"])


def predicted_and_measured(
    rows: Sequence[ClassRow], failed: Sequence[FailedRow], form: Form, level: float
) -> pd.DataFrame:
    """What is predicted of each exponent and what is measured, on the window of the paper's conditions.

    Measured is the fit that is corrected for the dataset, of shifted power laws the shifted one.

    Parameters
    ----------
    rows : sequence of ClassRow
    failed : sequence of FailedRow
        They come last, with a column that the table has for them alone.
    form : str
        As for `paper_table`.
    level : float
        Of all tests.
    """
    lines = [_prediction_cells(row, form, level) for row in rows]
    lines += [{**_prediction_cells(row, form, level), FAILED: _cell(row.why, form)} for row in failed]
    return _table(lines, form).fillna(_cell(None, form))


def _named(row: Row, form: Form) -> dict[str, str]:
    """The cells that say what a row is of."""
    return {"experiment": _cell(row.experiment.title, form), "class": _cell(row.class_name, form)}


def _prediction_cells(row: ClassRow | FailedRow, form: Form, level: float) -> dict[str, str]:
    cells = _named(row, form)
    measured = {} if isinstance(row, FailedRow) else row.measured.quantities
    for quantity in sorted(QUANTITIES, key=lambda name: name == "q_dot"):  # q̇ last
        name, found = QUANTITIES[quantity].exponent, measured.get(quantity, {}).get(PAPER)
        cells[f"{name} predicted"] = _predicted(row, quantity, form)
        if found is None:
            cells[f"{name} measured"] = _cell(None, form)
        else:
            exponent = found.shifted.exponent if found.shifted else found.corrected.exponent
            cells[f"{name} measured"] = _exponent(exponent, form, found.shifted, level)
    return cells


def _predicted(row: Row, quantity: str, form: Form) -> str:
    """An exponent as the config has it predicted, marked where the row of the paper's table has a dash for it."""
    k, printed = row.predicted(quantity), getattr(row.experiment.prediction, QUANTITIES[quantity].exponent, None)
    return _cell(k, form) if k is None or printed not in ("-", "–") else _marked(_cell(k, form), UNPRINTED, form)


def _marked(cell: str, mark: str, form: Form) -> str:
    return f"{cell} {latex(mark) if form == 'latex' else mark}"


def presented(rows: Sequence[ClassRow], form: Form, failed: Sequence[FailedRow] = ()) -> pd.DataFrame:
    """Every experiment and class, rounded by the errors, with symbols for headings; of what failed, why.

    Parameters
    ----------
    rows : sequence of ClassRow
    form : str
        As for `paper_table`.
    failed : sequence of FailedRow
        They come last, with a column that the table has for them alone.
    """
    p_values = _family([row.measured.goodness_of_fit.p_value for row in rows])
    heading = chi_squared(rows)
    lines = [_class_cells(row, form) | {heading: _cell(p, form)} for row, p in zip(rows, p_values, strict=True)]
    lines += [{**_named(row, form), "sign": _cell(row.sign, form), FAILED: _cell(row.why, form)} for row in failed]
    return _table(lines, form).fillna(_cell(None, form))


def _family(p_values: Sequence[float | None], least: float = 0.0) -> list[str | None]:
    """p-values corrected as one family, by Holm, as texts; None for none.

    Parameters
    ----------
    p_values : sequence of float or None
    least : float
        What a test with bootstrap tells where no simulated data set was as far off as the data: that p is this at most.
        A corrected p that rests on such a one is an upper bound too, and is shown as one.
    """
    given = np.array([np.nan if p is None else p for p in p_values], float)
    there = ~np.isnan(given)
    texts: list[str | None] = [None] * given.size
    highest = holm(given[there])
    lowest = holm(np.where(given[there] <= least, 0.0, given[there]))
    for index, high, low in zip(np.flatnonzero(there), highest, lowest, strict=True):
        texts[index] = f"{high:.2g}" if low == high else f"≤ {high:.2g}"
    return texts


def chi_squared(rows: Sequence[ClassRow]) -> str:
    """The heading of a table's p-values, with the size of their family: the ledger corrects for a larger one."""
    tested = sum(row.measured.goodness_of_fit.p_value is not None for row in rows)
    return f"p (χ², Holm of {tested})"


def _class_cells(row: ClassRow, form: Form) -> dict[str, str]:
    paper, window = row.measured.paper, row.measured.paper.window
    return {
        **_named(row, form),
        "sign": _cell(row.sign, form),
        "w": _cell(row.equilibrium.w, form),
        "b": _cell(row.equilibrium.b, form),
        "accuracy": _cell(row.equilibrium.accuracy, form),
        "window of q̇": _cell(f"{window.q_low:.2g} to {window.q_high:.2g}", form),
        "decades": _cell(window.width, form),
        "observed decades": _cell(row.observed.window.width if row.observed else None, form),
        "k_q predicted": _predicted(row, "q_dot", form),
        "k_q Jacobian": _jacobian(paper, form),
        "Jacobian ∞ (z)": _beside(paper.jacobian, row, form),
        "k_q raw": _exponent(paper.raw.exponent, form),
        "raw ∞ (z)": _beside(paper.raw, row, form),
        "k_q corrected": _exponent(paper.corrected.exponent, form),
        "corrected ∞ (z)": _beside(paper.corrected, row, form),
    }


def presented_exponents(rows: Sequence[ExponentRow], form: Form, least: float, level: float) -> pd.DataFrame:
    """Every exponent on every window, rounded by the errors, the intervals left to the CSV.

    Parameters
    ----------
    rows : sequence of ExponentRow
    form : str
        As for `paper_table`.
    least : float
        The smallest p-value that the bootstrap can tell.
    level : float
        Of all tests.
    """
    laws: dict[str, Callable[[Measurement], float | None]] = {
        "p, power law": lambda found: found.raw.ks_p_value,
        "p, weighted": lambda found: found.corrected.ks_p_value,
        "p, shifted": lambda found: found.shifted.ks_p_value if found.shifted else None,
        "p, exact density": lambda found: found.duality.p_value,
    }
    families = {heading: _family([of(row.measured) for row in rows], least) for heading, of in laws.items()}
    lines = [
        _exponent_cells(row, form, level) | {heading: _cell(p[index], form) for heading, p in families.items()}
        for index, row in enumerate(rows)
    ]
    return _table(lines, form)


def _exponent_cells(row: ExponentRow, form: Form, level: float) -> dict[str, str]:
    found = row.measured
    return {
        **_named(row.of, form),
        "exponent": _cell(row.exponent, form),
        "window": _cell(row.window, form),
        "decades": _cell(found.window.width, form),
        "of 99%": _cell(found.window.decades_99, form, ".2f"),
        "n": _cell(found.window.n, form),
        "predicted": _predicted(row.of, row.quantity, form),
        "derived": _cell(found.theory.text if found.theory else None, form),
        "Jacobian": _jacobian(found, form),
        "Jacobian ∞ (z)": _beside(found.jacobian, row.of, form),
        "raw": _exponent(found.raw.exponent, form),
        "raw ∞ (z)": _beside(found.raw, row.of, form),
        "corrected": _exponent(found.corrected.exponent, form),
        "corrected ∞ (z)": _beside(found.corrected, row.of, form),
        "shifted": _exponent(found.shifted.exponent, form, found.shifted, level)
        if found.shifted
        else _cell(None, form),
    }


def _cell(value: Estimate | str | float | None, form: Form, pattern: str = "") -> str:
    """A text, an estimate, or a number without error by a pattern; – where there is nothing."""
    if isinstance(value, Estimate):
        return f"${rounded(value, form)}$" if form == "latex" else rounded(value, form)
    text = "–" if value is None else format(value, pattern)
    return latex(text) if form == "latex" else text


def _beside(found: JacobianExponent | Fit, row: ClassRow, form: Form) -> str:
    """What infinite data would give for an exponent, and z; marked where theory does not explain the training."""
    if found.population is None:
        return _cell(None, form)
    text = f"{beside(found.population.value, found.exponent)} ({found.population.z:.1f})"
    mark = "" if row.equilibrium.explained else _UNEXPLAINED
    return f"${text}$ {latex(mark)}".rstrip() if form == "latex" else f"{text} {mark}".rstrip()


def _exponent(exponent: Estimate, form: Form, shifted: ShiftedFit | None = None, level: float = 1.0) -> str:
    """An exponent, or a dash with a mark where it is not measured; see `duality.table.not_measured`."""
    why = reason(exponent, shifted)
    cell = _cell(why.dash if why else exponent, form)
    return cell if why or not hardly(shifted, level) else _marked(cell, HARDLY, form)


def _jacobian(found: Measurement, form: Form) -> str:
    """The Jacobian's exponent; where its error is but the bound of the quadrature, that bound, or that it is exact.

    Exact is what inherits less than that bound from w and b, and is within it of the exponent that is derived.
    """
    bound, exponent = found.jacobian.bound, found.jacobian.exponent
    if bound is None:
        return _exponent(exponent, form)
    if found.theory and found.theory.k is not None and abs(exponent.value - found.theory.k) <= bound:
        return _cell(f"{found.theory.text} {_EXACT}", form)
    digits = int(np.ceil(-np.log10(bound) - 1e-9))
    text = f"{round(exponent.value, digits) + 0.0:.{digits}f}"
    return _cell(f"{text} (to {bound:.0e})".replace("e-0", "e-"), form)


def _footnotes(table: pd.DataFrame, form: Form, level: float) -> str:
    """What the marks mean that a table has, as sentences that follow others."""
    cells = {cell for column in table for cell in table[column]}
    dashes = "".join(f" {why.dash}: {why.text}." for why in REASONS if _cell(why.dash, form) in cells)
    return dashes + "".join(
        f" {mark}: {text}."
        for mark, text in marks(level).items()
        if any(re.search(rf"\d\$? {re.escape(mark)}$", c) for c in cells)
    )


def _table(lines: Sequence[Mapping[str, str]], form: Form) -> pd.DataFrame:
    return pd.DataFrame(lines).rename(columns=lambda heading: _cell(heading, form))


_UNEXPLAINED, _EXACT = "(t)", "(exact)"
# What a table of `presented` or `presented_exponents` shows of its columns, beside those that say what a row is of.
FAILED = "failed"
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
    f"number is from it; {_UNEXPLAINED}: an approximation, as (w, b) is not the Gaussian of theory, which does not "
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
    return table.reindex(columns=[_cell(name, form) for name in (*of, *columns)])


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
