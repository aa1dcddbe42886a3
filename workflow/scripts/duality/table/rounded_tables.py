"""The tables for people: what is predicted beside what is measured, and the details, rounded by the errors.

A cell is a text in one of the forms of `duality.rounding`; what is not measured is a dash with a mark.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import sympy as sp

from duality.config.settings import Prediction
from duality.conventions import PAPER, QUANTITIES
from duality.fits.multiple_tests import holm
from duality.formulas.parsing import parse_expression
from duality.markup import latex
from duality.records.estimates import Estimate
from duality.records.exponents import Fit, JacobianExponent, Measurement, ShiftedFit
from duality.rounding import Form, beside, rounded
from duality.table.not_measured import HARDLY, UNPRINTED, hardly, reason
from duality.table.numbers import ClassRow, ExponentRow, FailedRow, Row

_FAILED = "failed"  # the column that says why
UNEXPLAINED = "(t)"  # beside what infinite data would give, where theory does not explain the training
_EXACT = "(exact)"


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
        lines.append({heading: cell(text, form) for heading, text in line.items()})
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
    lines += [{**_prediction_cells(row, form, level), _FAILED: cell(row.why, form)} for row in failed]
    return _table(lines, form).fillna(cell(None, form))


def _named(row: Row, form: Form) -> dict[str, str]:
    """The cells that say what a row is of."""
    return {"experiment": cell(row.experiment.title, form), "class": cell(row.class_name, form)}


def _prediction_cells(row: ClassRow | FailedRow, form: Form, level: float) -> dict[str, str]:
    cells = _named(row, form)
    measured = {} if isinstance(row, FailedRow) else row.measured.quantities
    for quantity in sorted(QUANTITIES, key=lambda name: name == "q_dot"):  # q̇ last
        name, found = QUANTITIES[quantity].exponent, measured.get(quantity, {}).get(PAPER)
        cells[f"{name} predicted"] = _predicted(row, quantity, form)
        if found is None:
            cells[f"{name} measured"] = cell(None, form)
        else:
            exponent = found.shifted.exponent if found.shifted else found.corrected.exponent
            cells[f"{name} measured"] = _exponent(exponent, form, found.shifted, level)
    return cells


def _predicted(row: Row, quantity: str, form: Form) -> str:
    """An exponent as the config has it predicted, marked where the row of the paper's table has a dash for it."""
    k, printed = row.predicted(quantity), getattr(row.experiment.prediction, QUANTITIES[quantity].exponent, None)
    return cell(k, form) if k is None or printed not in ("-", "–") else _marked(cell(k, form), UNPRINTED, form)


def _marked(text: str, mark: str, form: Form) -> str:
    return f"{text} {latex(mark) if form == 'latex' else mark}"


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
    lines = [_class_cells(row, form) | {heading: cell(p, form)} for row, p in zip(rows, p_values, strict=True)]
    lines += [{**_named(row, form), "sign": cell(row.sign, form), _FAILED: cell(row.why, form)} for row in failed]
    return _table(lines, form).fillna(cell(None, form))


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
        "sign": cell(row.sign, form),
        "w": cell(row.equilibrium.w, form),
        "b": cell(row.equilibrium.b, form),
        "accuracy": cell(row.equilibrium.accuracy, form),
        "window of q̇": cell(f"{window.q_low:.2g} to {window.q_high:.2g}", form),
        "decades": cell(window.width, form),
        "observed decades": cell(row.observed.window.width if row.observed else None, form),
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
        _exponent_cells(row, form, level) | {heading: cell(p[index], form) for heading, p in families.items()}
        for index, row in enumerate(rows)
    ]
    return _table(lines, form)


def _exponent_cells(row: ExponentRow, form: Form, level: float) -> dict[str, str]:
    found = row.measured
    return {
        **_named(row.of, form),
        "exponent": cell(row.exponent, form),
        "window": cell(row.window, form),
        "decades": cell(found.window.width, form),
        "of 99%": cell(found.window.decades_99, form, ".2f"),
        "n": cell(found.window.n, form),
        "predicted": _predicted(row.of, row.quantity, form),
        "derived": cell(found.theory.text if found.theory else None, form),
        "Jacobian": _jacobian(found, form),
        "Jacobian ∞ (z)": _beside(found.jacobian, row.of, form),
        "raw": _exponent(found.raw.exponent, form),
        "raw ∞ (z)": _beside(found.raw, row.of, form),
        "corrected": _exponent(found.corrected.exponent, form),
        "corrected ∞ (z)": _beside(found.corrected, row.of, form),
        "shifted": _exponent(found.shifted.exponent, form, found.shifted, level) if found.shifted else cell(None, form),
    }


def cell(value: Estimate | str | float | None, form: Form, pattern: str = "") -> str:
    """A text, an estimate, or a number without error by a pattern; – where there is nothing."""
    if isinstance(value, Estimate):
        return f"${rounded(value, form)}$" if form == "latex" else rounded(value, form)
    text = "–" if value is None else format(value, pattern)
    return latex(text) if form == "latex" else text


def _beside(found: JacobianExponent | Fit, row: ClassRow, form: Form) -> str:
    """What infinite data would give for an exponent, and z; marked where theory does not explain the training."""
    if found.population is None:
        return cell(None, form)
    text = f"{beside(found.population.value, found.exponent)} ({found.population.z:.1f})"
    mark = "" if row.equilibrium.explained else UNEXPLAINED
    return f"${text}$ {latex(mark)}".rstrip() if form == "latex" else f"{text} {mark}".rstrip()


def _exponent(exponent: Estimate, form: Form, shifted: ShiftedFit | None = None, level: float = 1.0) -> str:
    """An exponent, or a dash with a mark where it is not measured; see `duality.table.not_measured`."""
    why = reason(exponent, shifted)
    text = cell(why.dash if why else exponent, form)
    return text if why or not hardly(shifted, level) else _marked(text, HARDLY, form)


def _jacobian(found: Measurement, form: Form) -> str:
    """The Jacobian's exponent; where its error is but the bound of the quadrature, that bound, or that it is exact.

    Exact is what inherits less than that bound from w and b, and is within it of the exponent that is derived.
    """
    bound, exponent = found.jacobian.bound, found.jacobian.exponent
    if bound is None:
        return _exponent(exponent, form)
    if found.theory and found.theory.k is not None and abs(exponent.value - found.theory.k) <= bound:
        return cell(f"{found.theory.text} {_EXACT}", form)
    digits = int(np.ceil(-np.log10(bound) - 1e-9))
    text = f"{round(exponent.value, digits) + 0.0:.{digits}f}"
    return cell(f"{text} (to {bound:.0e})".replace("e-0", "e-"), form)


def _table(lines: Sequence[Mapping[str, str]], form: Form) -> pd.DataFrame:
    return pd.DataFrame(lines).rename(columns=lambda heading: cell(heading, form))
