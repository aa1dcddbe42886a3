"""The table of Sec. 10 with measured values beside the predicted ones, in Markdown, LaTeX, HTML and on a terminal."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import sympy as sp

from duality.config.settings import Prediction
from duality.conventions import PAPER, QUANTITIES, listed
from duality.fits.multiple_tests import holm
from duality.formulas.parsing import parse_expression
from duality.markup import html_page, latex, markdown, markdown_table, text_table
from duality.records import Estimate, Fit, JacobianExponent, Measurement, ShiftedFit
from duality.rounding import Form, beside, rounded
from duality.table.not_measured import reason, reasons
from duality.table.numbers import ClassRow, ExponentRow, FailedRow, exponent_rows


def paper_table(predictions: Mapping[str, Prediction], rows: Sequence[ClassRow], form: Form) -> pd.DataFrame:
    """The paper's table: k_w, k_b, H(y) and examples, with what the experiments that belong to it measure.

    Parameters
    ----------
    predictions : mapping
        The rows of the table, by name.
    rows : sequence of ClassRow
        The paper's window counts, and the shifted power law where there is one.
    form : str
        As for `duality.rounding.rounded`; "latex" gives headings and cells in LaTeX.
    """
    lines = []
    for prediction in predictions.values():
        own = [row for row in rows if row.experiment.prediction == prediction]
        line: dict[str, str | None] = {
            "k_w": prediction.k_w,
            "k_b": prediction.k_b,
            "H(y)": prediction.H,
            "Examples": prediction.examples,
        }
        for quantity in sorted(QUANTITIES, key=lambda name: name == "q_dot"):  # q̇ last
            found = [_beside_prediction(row, quantity) for row in own if row.measured.quantities[quantity][PAPER]]
            line[f"{QUANTITIES[quantity].exponent} measured"] = "; ".join(found) or None
        lines.append(line)
    table = _table([{heading: _cell(text, form) for heading, text in line.items()} for line in lines], form)
    if form == "latex":
        formulas = [
            parse_expression(prediction.H, ["y", "c1", "c2", "c3", "c4"]) for prediction in predictions.values()
        ]
        table[latex("H(y)")] = [f"${sp.latex(H)}$" for H in formulas]
    return table


def _beside_prediction(row: ClassRow, quantity: str) -> str:
    found = row.measured.quantities[quantity][PAPER]
    assert found is not None
    exponent = found.shifted.exponent if found.shifted else found.corrected.exponent
    return f"{_exponent(exponent, 'short', found.shifted)} ({row.name}, {row.class_name})"


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
    p_values = _family(row.measured.goodness_of_fit.p_value for row in rows)
    lines = [_class_cells(row, p, form) for row, p in zip(rows, p_values, strict=True)]
    lines += [
        {
            "experiment": _cell(row.name, form),
            "class": _cell(row.class_name, form),
            "sign": _cell(row.experiment.classes[row.class_name].sign, form),
            "failed": _cell(row.why, form),
        }
        for row in failed
    ]
    return _table(lines, form).fillna(_cell(None, form))


def _family(p_values: Iterable[float | None]) -> list[float | None]:
    """p-values corrected as one family, by Holm; None for none."""
    given = np.array([np.nan if p is None else p for p in p_values], float)
    corrected = np.full(given.size, np.nan)
    corrected[~np.isnan(given)] = holm(given[~np.isnan(given)])
    return [None if np.isnan(p) else float(p) for p in corrected]


def _class_cells(row: ClassRow, p_value: float | None, form: Form) -> dict[str, str]:
    paper, window = row.measured.paper, row.measured.paper.window
    return {
        "experiment": _cell(row.name, form),
        "class": _cell(row.class_name, form),
        "sign": _cell(row.sign, form),
        "w": _cell(row.equilibrium.w, form),
        "b": _cell(row.equilibrium.b, form),
        "accuracy": _cell(row.equilibrium.accuracy, form),
        "window of q̇": _cell(f"{window.q_low:.2g} to {window.q_high:.2g}", form),
        "decades": _cell(window.width, form),
        "observed decades": _cell(row.observed.window.width if row.observed else None, form),
        "k_q predicted": _cell(row.predicted("q_dot"), form),
        "k_q Jacobian": _exponent(paper.jacobian.exponent, form),
        "Jacobian ∞ (z)": _beside(paper.jacobian, row, form),
        "k_q raw": _exponent(paper.raw.exponent, form),
        "raw ∞ (z)": _beside(paper.raw, row, form),
        "k_q corrected": _exponent(paper.corrected.exponent, form),
        "corrected ∞ (z)": _beside(paper.corrected, row, form),
        "p (χ²)": _cell(p_value, form, ".2g"),
    }


def presented_exponents(rows: Sequence[ExponentRow], form: Form) -> pd.DataFrame:
    """Every exponent on every window, rounded by the errors, the intervals left to the CSV.

    Parameters
    ----------
    rows : sequence of ExponentRow
    form : str
        As for `paper_table`.
    """
    families = {
        "p (power law)": _family(row.measured.raw.ks_p_value for row in rows),
        "p (weighted)": _family(row.measured.corrected.ks_p_value for row in rows),
        "p (shifted)": _family(row.measured.shifted.ks_p_value if row.measured.shifted else None for row in rows),
        "p (duality)": _family(row.measured.duality.p_value for row in rows),
    }
    lines = [
        _exponent_cells(row, form) | {heading: _cell(p[index], form, ".2g") for heading, p in families.items()}
        for index, row in enumerate(rows)
    ]
    return _table(lines, form)


def _exponent_cells(row: ExponentRow, form: Form) -> dict[str, str]:
    found = row.measured
    return {
        "experiment": _cell(row.of.name, form),
        "class": _cell(row.of.class_name, form),
        "exponent": _cell(row.exponent, form),
        "window": _cell(row.window, form),
        "decades": _cell(found.window.width, form),
        "of 99%": _cell(found.window.decades_99, form, ".2f"),
        "n": _cell(found.window.n, form),
        "paper": _cell(row.of.predicted(row.quantity), form),
        "theory": _cell(found.theory.text if found.theory else None, form),
        "Jacobian": _exponent(found.jacobian.exponent, form),
        "Jacobian ∞ (z)": _beside(found.jacobian, row.of, form),
        "raw": _exponent(found.raw.exponent, form),
        "raw ∞ (z)": _beside(found.raw, row.of, form),
        "corrected": _exponent(found.corrected.exponent, form),
        "corrected ∞ (z)": _beside(found.corrected, row.of, form),
        "shifted": _exponent(found.shifted.exponent, form, found.shifted) if found.shifted else _cell(None, form),
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


def _exponent(exponent: Estimate, form: Form, shifted: ShiftedFit | None = None) -> str:
    """An exponent, or a dash with a mark where it is not measured; see `duality.table.not_measured.reason`."""
    why = reason(exponent, shifted)
    return _cell(why.dash if why else exponent, form)


def _footnotes(measured: Iterable[Measurement]) -> str:
    """What the marks of the dashes that occur mean, as sentences that follow others."""
    return "".join(f" {why.dash}: {why.text}." for why in reasons(measured))


def _table(lines: Sequence[Mapping[str, str]], form: Form) -> pd.DataFrame:
    return pd.DataFrame(lines).rename(columns=latex if form == "latex" else str)


_UNEXPLAINED = "(t)"
NOTE = (
    "w, b: mean over the learning equilibrium ± its error, of Monte Carlo and of the finite data set. "
    "∞ (z): what infinite data would give, by quadrature and without any training, and how many errors the measured "
    "number is from it; "
    f"{_UNEXPLAINED}: an approximation, as (w, b) is not the Gaussian of theory, which does not explain their spread. "
    "decades: width in q̇ of the window of the paper's conditions; "
    "observed: of the widest interval on which the exact Jacobian's local exponent stays near the "
    "predicted one. k_q: slope of the Jacobian over the window (± from the errors of w and b); power law truncated to "
    "the window, fitted to the fluctuations (raw; it contains the data's own density); the same corrected for that "
    "density. p: χ² test of the fluctuations against the exact duality density, nothing fitted; of a class "
    "from a file it tests the kernel estimate too. p-values of a column are one family, corrected for its size "
    "(Holm); behind them are as many independent samples as there are classes, each seen through every experiment's "
    "map. Errors are one standard error, total: of the fit, and inherited from w and b with the window's motion."
)
EXPONENTS_NOTE = (
    f"{listed([quantity.exponent for quantity in QUANTITIES.values()])}, the exponents of "
    f"{listed([quantity.symbol for quantity in QUANTITIES.values()])}, on the window of the paper's conditions and on "
    "the observed one. "
    "Paper: predicted by the paper; theory: derived here from the composition, for the regime (at a crossover the "
    "regimes) that governs the window. "
    "Shifted: k_w of (Aẇ + B)^(-k_w) (Eq. 6.1) where the theory has B ≠ 0. p: Kolmogorov-Smirnov tests with parametric "
    "bootstrap of the bare power law, of the dataset-weighted one, of the shifted one, and of the exact duality "
    "density (nothing fitted). "
    "Of 99%: the decades that hold 99% of the window's fluctuations; variants of the window are named in config.yaml. "
    "p-values of a column are one family, corrected by Holm. The parts of the errors, the intervals (those of the "
    "bootstrap, and of shifted power laws of the profile likelihood, both at fixed w and b) and the numbers that a "
    "dash with a mark stands for are in exponents.csv. In the table of Sec. 10 measured means: "
    "dataset-corrected on the paper's window, for shifted power laws the shifted fit."
)


def _tables(
    predictions: Mapping[str, Prediction], rows: Sequence[ClassRow], failed: Sequence[FailedRow], form: Form
) -> list[pd.DataFrame]:
    every = presented_exponents(exponent_rows(rows), form)
    return [paper_table(predictions, rows, form), presented(rows, form, failed), every]


def _exponents_note(rows: Sequence[ClassRow]) -> str:
    return EXPONENTS_NOTE + _footnotes(row.measured for row in exponent_rows(rows))


def markdown_document(
    predictions: Mapping[str, Prediction], rows: Sequence[ClassRow], failed: Sequence[FailedRow] = ()
) -> str:
    """All tables as a Markdown document."""
    tables = [markdown_table(table, markdown) for table in _tables(predictions, rows, failed, "text")]
    return (
        f"# Summary\n\n## The table of Sec. 10, with measured exponents\n\n{tables[0]}\n\n"
        f"## Every experiment and class\n\n{tables[1]}\n\n{NOTE}\n\n"
        f"## Every exponent\n\n{tables[2]}\n\n{_exponents_note(rows)}\n"
    )


def latex_document(
    predictions: Mapping[str, Prediction], rows: Sequence[ClassRow], failed: Sequence[FailedRow] = ()
) -> str:
    """All tables as LaTeX, for \\input into a document that uses amsmath and booktabs."""
    notes = [latex(note) for note in (NOTE, _exponents_note(rows))]
    tables = [table.to_latex(index=False, escape=False) for table in _tables(predictions, rows, failed, "latex")]
    return (
        f"{tables[0]}\n{tables[1]}\n\\footnotesize {notes[0]}\n\n\\normalsize\n{tables[2]}\n\\footnotesize {notes[1]}\n"
    )


def html_document(
    predictions: Mapping[str, Prediction], rows: Sequence[ClassRow], failed: Sequence[FailedRow] = ()
) -> str:
    """All tables as an HTML page."""
    style = (
        "body{font:15px/1.5 sans-serif;margin:2em;max-width:110em}table{border-collapse:collapse}"
        "th,td{border-bottom:1px solid #bbb;padding:.3em .8em;text-align:left;white-space:nowrap}"
    )
    tables = [table.to_html(index=False, border=0) for table in _tables(predictions, rows, failed, "text")]
    body = (
        "<h1>Summary</h1>\n"
        f"<h2>The table of Sec. 10, with measured exponents</h2>\n{tables[0]}\n"
        f"<h2>Every experiment and class</h2>\n{tables[1]}\n<p>{NOTE}</p>\n"
        f"<h2>Every exponent</h2>\n{tables[2]}\n<p>{_exponents_note(rows)}</p>"
    )
    return html_page("Summary", style, body)


# By the ending of the file.
DOCUMENTS: Mapping[str, Callable[[Mapping[str, Prediction], Sequence[ClassRow], Sequence[FailedRow]], str]] = {
    "md": markdown_document,
    "tex": latex_document,
    "html": html_document,
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
        "p (χ²)": "p (χ²)",
    }
    every = presented(rows, "short", failed).reindex(columns=list(chosen), fill_value="–").rename(columns=chosen)
    lines = text_table(every, index=False, disable_numparse=True, tablefmt="simple").splitlines()
    named = len(lines[1]) - len(re.sub(r"^-+ +-+ +", "", lines[1]))  # what experiment and class take
    for number, row in enumerate(failed, len(lines) - len(failed)):
        lines[number] = lines[number][:named] + row.why
    notes = [f"{why.dash}: {why.text}.\n" for why in reasons(row.measured.paper for row in rows)]
    return "\n".join(lines) + "\n" + "".join(notes)
