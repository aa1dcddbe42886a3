"""The table of Sec. 10 with measured values beside the predicted ones."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import sympy as sp
from uncertainties import ufloat

from duality.conventions import EXPONENTS
from duality.formulas.parsing import parse_expression

_EXACT = 1e-6


def measurements(
    experiments: Mapping[str, Mapping[str, Any]],
    equilibria: Mapping[str, Mapping[str, Any]],
    exponents: Mapping[str, Mapping[str, Any]],
    cross_check: pd.DataFrame,
) -> pd.DataFrame:
    """Everything predicted and measured, in numbers, a row per experiment and class.

    Parameters
    ----------
    experiments : mapping
        The resolved experiments of the config.
    equilibria, exponents : mapping
        Per experiment what the stages training and exponents wrote.
    cross_check : DataFrame
        See `duality.fits.cross_check.cross_check`.

    Returns
    -------
    DataFrame
        A column `x` and its standard error `x_se` for every estimate; k are the exponents of q̇.
    """
    rows = []
    for name, experiment in experiments.items():
        equilibrium, prediction = equilibria[name], experiment["prediction"] or {}
        for class_name, measured in exponents[name].items():
            row: dict[str, Any] = {
                "experiment": name,
                "class": class_name,
                "sign": experiment["classes"][class_name]["sign"],
                "activation": experiment["activation_name"],
                "loss": experiment["loss_name"],
                "H": prediction.get("H"),
                "k_w_predicted": prediction.get("k_w"),
                "k_b_predicted": prediction.get("k_b"),
                "k_q_predicted": experiment["classes"][class_name]["texts"]["q_dot"],
            }
            for parameter in ("w", "b"):
                row[parameter] = equilibrium[parameter]
                row[f"{parameter}_se"] = equilibrium["diagnostics"][parameter]["mcse"]
            row["accuracy"], row["accuracy_se"] = equilibrium["accuracy"], equilibrium["accuracy_se"]
            paper, observed = measured["q_dot"]["paper"], measured["q_dot"]["observed"]
            row |= paper["window"]
            row["observed_decades"] = observed["window"]["decades"] if observed else float("nan")
            for kind in ("jacobian", "raw", "corrected"):
                row[f"k_{kind}"], row[f"k_{kind}_se"] = paper[kind]["k"], paper[kind]["se"]
            row["chi2_p"] = measured["goodness_of_fit"]["p_value"]
            row["dead_fraction"] = measured["fractions"]["dead"]
            rows.append(row)
    checks = cross_check[["experiment", "class", "k_powerlaw", "disagreement"]]
    return pd.DataFrame(rows).merge(
        checks.rename(columns={"disagreement": "powerlaw_disagreement"}), on=["experiment", "class"], how="left"
    )


def all_exponents(
    experiments: Mapping[str, Mapping[str, Any]], exponents: Mapping[str, Mapping[str, Any]]
) -> pd.DataFrame:
    """k_q, k_w and k_b on both windows, a row per experiment, class, quantity and window.

    Parameters
    ----------
    experiments, exponents : mapping
        As for `measurements`.

    Returns
    -------
    DataFrame
        The window; k as the paper predicts it, and as theory derives it from the composition, with the regime (None
        where they do not); the three exponents with standard errors and
        95% intervals (`_low`, `_high`: Fisher's; `_bootstrap_low`, `_bootstrap_high`); p-values of the KS tests of the
        power law, of the dataset-weighted power law and of the exact density; and where the theory has a shifted
        power law k_w of that and A/B, fitted and expected.
    """
    rows = []
    for name, experiment in experiments.items():
        for class_name, measured in exponents[name].items():
            predicted = experiment["classes"][class_name]
            for quantity, exponent in EXPONENTS.items():
                for kind, found in measured[quantity].items():
                    if found:
                        key = {"experiment": name, "class": class_name, "exponent": exponent, "window": kind}
                        theory = found["theory"] or {}
                        k = {
                            "predicted": predicted["texts"][quantity],
                            "derived": theory.get("text"),
                            "regime": theory.get("approach"),
                        }
                        rows.append({**key, **k, **_flat(found)})
    return pd.DataFrame(rows)


def _flat(found: Mapping[str, Any]) -> dict[str, Any]:
    """What was measured on one window, in columns."""
    row = dict(found["window"])
    for kind in ("jacobian", "raw", "corrected"):
        fit = found[kind]
        row |= {f"k_{kind}": fit["k"], f"k_{kind}_se": fit["se"]}
        row[f"k_{kind}_low"], row[f"k_{kind}_high"] = fit["interval"]
        if "bootstrap" in fit:
            row[f"k_{kind}_bootstrap_low"], row[f"k_{kind}_bootstrap_high"] = fit["bootstrap"]
            row[f"ks_p_{kind}"] = fit["ks_p_value"]
    row["ks_p_duality"] = found["duality"]["p_value"]
    shifted = found["shifted"] or {}
    row |= {"k_shifted": shifted.get("k"), "k_shifted_se": shifted.get("se")}
    row |= {"A_over_B": shifted.get("ratio"), "A_over_B_se": shifted.get("ratio_se")}
    row["A_over_B_theory"] = shifted["theory"]["ratio"] if shifted else None
    return row


def rounded(value: float, se: float, form: str = "P") -> str:
    """A value and its standard error, rounded by the rule of the Particle Data Group: 0.9774±0.0006.

    An error below a millionth says no more than that the value is exact to the six decimals that are shown.

    Parameters
    ----------
    value, se : float
    form : str
        "P" for text, "L" for LaTeX, "S" for the short form 0.9774(6).
    """
    if se < _EXACT:
        return f"{round(value, 6) + 0.0:.6f}"
    return f"{ufloat(value, se):{form}}"


def presented(numbers: pd.DataFrame, form: str) -> pd.DataFrame:
    """The measurements as a reader wants them: rounded by their uncertainty, with symbols for headings.

    Parameters
    ----------
    numbers : DataFrame
        From `measurements`.
    form : str
        As for `rounded`. "L" gives headings and cells in LaTeX.
    """
    bounds = zip(numbers["q_low"], numbers["q_high"], strict=True)
    columns = {
        "experiment": _plain(numbers["experiment"], form),
        "class": _plain(numbers["class"], form),
        "sign": _plain(numbers["sign"], form),
        "w": _estimates(numbers, "w", form),
        "b": _estimates(numbers, "b", form),
        "accuracy": _estimates(numbers, "accuracy", form),
        "window of q̇": _plain([f"{low:.2g} to {high:.2g}" for low, high in bounds], form),
        "decades": _plain(numbers["decades"], form, ".2f"),
        "observed decades": _plain(numbers["observed_decades"], form, ".2f"),
        "k_q predicted": _plain(numbers["k_q_predicted"], form),
        "k_q Jacobian": _estimates(numbers, "k_jacobian", form),
        "k_q raw": _estimates(numbers, "k_raw", form),
        "k_q corrected": _estimates(numbers, "k_corrected", form),
        "p (χ²)": _plain(numbers["chi2_p"], form, ".2g"),
    }
    return _table(columns, form)


def presented_exponents(rows: pd.DataFrame, form: str) -> pd.DataFrame:
    """`all_exponents` as a reader wants them: rounded by their errors, the intervals left to the CSV."""
    columns = {
        "experiment": _plain(rows["experiment"], form),
        "class": _plain(rows["class"], form),
        "exponent": _plain(rows["exponent"], form),
        "window": _plain(rows["window"], form),
        "decades": _plain(rows["decades"], form, ".2f"),
        "of 99%": _plain(rows["decades_99"], form, ".2f"),
        "n": _plain(rows["n"], form),
        "paper": _plain(rows["predicted"], form),
        "theory": _plain(rows["derived"], form),
        "Jacobian": _estimates(rows, "k_jacobian", form),
        "raw": _estimates(rows, "k_raw", form),
        "corrected": _estimates(rows, "k_corrected", form),
        "shifted": _estimates(rows, "k_shifted", form),
        "p (power law)": _plain(rows["ks_p_raw"], form, ".2g"),
        "p (weighted)": _plain(rows["ks_p_corrected"], form, ".2g"),
        "p (duality)": _plain(rows["ks_p_duality"], form, ".2g"),
    }
    return _table(columns, form)


def paper_table(
    predictions: Mapping[str, Mapping[str, str]],
    experiments: Mapping[str, Mapping[str, Any]],
    rows: pd.DataFrame,
    form: str,
) -> pd.DataFrame:
    """The paper's table: k_w, k_b, H(y) and examples, with what the experiments that belong to it measure.

    Parameters
    ----------
    predictions, experiments : mapping
        Of the resolved config.
    rows : DataFrame
        From `all_exponents`; the paper's window counts, and the shifted power law where there is one.
    form : str
        As for `rounded`.
    """
    lines = []
    for prediction in predictions.values():
        own = rows[[experiments[name]["prediction"] == prediction for name in rows["experiment"]]]
        line = {
            "k_w": prediction["k_w"],
            "k_b": prediction["k_b"],
            "H(y)": prediction["H"],
            "Examples": prediction["examples"],
        }
        for exponent in ("k_w", "k_b", "k_q"):
            measured = [
                _measured(row) for _, row in own.iterrows() if (row["exponent"], row["window"]) == (exponent, "paper")
            ]
            line[f"{exponent} measured"] = "; ".join(measured) or "–"
        lines.append(line)
    columns = {str(heading): _plain(cells, form) for heading, cells in pd.DataFrame(lines).items()}
    if form == "L":
        formulas = [parse_expression(line["H(y)"], ["y", "c1", "c2", "c3", "c4"]) for line in lines]
        columns["H(y)"] = [f"${sp.latex(H)}$" for H in formulas]
    return _table(columns, form)


def _measured(row: pd.Series) -> str:
    kind = "corrected" if pd.isna(row["k_shifted"]) else "shifted"
    return f"{rounded(row[f'k_{kind}'], row[f'k_{kind}_se'], 'S')} ({row['experiment']}, {row['class']})"


def _plain(values: Iterable[Any], form: str, pattern: str = "") -> list[str]:
    """Cells of text, or of numbers without errors; – where there is nothing."""
    texts = ["–" if value is None or pd.isna(value) else format(value, pattern) for value in values]
    return [_latex_text(text) for text in texts] if form == "L" else texts


def _estimates(table: pd.DataFrame, column: str, form: str) -> list[str]:
    """Cells of numbers with errors."""
    math = "${}$" if form == "L" else "{}"
    return [
        _plain([None], form)[0] if pd.isna(value) else math.format(rounded(value, se, form))
        for value, se in zip(table[column], table[f"{column}_se"], strict=True)
    ]


def _table(columns: Mapping[str, list[str]], form: str) -> pd.DataFrame:
    return pd.DataFrame({_latex_text(heading) if form == "L" else heading: cells for heading, cells in columns.items()})


NOTE = (
    "w, b: mean over the learning equilibrium ± Monte Carlo error. decades: width in q̇ of the window of the paper's "
    "conditions; observed: of the widest interval on which the exact Jacobian's local exponent stays near the "
    "predicted one. k_q: slope of the Jacobian over the window (± from the error of w and b); power law truncated to "
    "the window, fitted to the fluctuations (raw; it contains the data's own density); the same corrected for that "
    "density. p: χ² test of the fluctuations against the exact duality density, nothing fitted; of a class "
    "from a file it tests the kernel estimate too. Errors are one standard error; those of the raw and the corrected "
    "exponent are at fixed w and b."
)
EXPONENTS_NOTE = (
    "k_q, k_w and k_b, the exponents of q̇, ẇ and ḃ, on the window of the paper's conditions and on the observed one. "
    "Paper: predicted by the paper; theory: derived here from the composition, for the regime (at a crossover the "
    "regimes) that governs the window. "
    "Shifted: k_w of (Aẇ + B)^(-k_w) (Eq. 6.1) where the theory has B ≠ 0. p: Kolmogorov-Smirnov tests with parametric "
    "bootstrap of the bare power law, of the dataset-weighted one, and of the exact duality density (nothing fitted). "
    "Of 99%: the decades that hold 99% of the window's fluctuations; variants of the window are named in config.yaml. "
    "Intervals (Fisher's and the bootstrap's, 95%) are in exponents.csv. In the table of Sec. 10 measured means: "
    "dataset-corrected on the paper's window, for shifted power laws the shifted fit."
)


def markdown(paper: pd.DataFrame, measured: pd.DataFrame, exponents: pd.DataFrame) -> str:
    """All tables as a Markdown document."""
    tables = [
        table.map(_markdown_text).to_markdown(index=False, disable_numparse=True)
        for table in (paper, measured, exponents)
    ]
    return (
        f"# Summary\n\n## The table of Sec. 10, with measured exponents\n\n{tables[0]}\n\n"
        f"## Every experiment and class\n\n{tables[1]}\n\n{NOTE}\n\n"
        f"## Every exponent\n\n{tables[2]}\n\n{EXPONENTS_NOTE}\n"
    )


def _markdown_text(text: str) -> str:
    """What would end a cell or start a markup is escaped; an underscore within a word does neither."""
    return re.sub(r"[\\`*|<\[~$]|&(?=#?\w+;)|(?<!\w)_|_(?!\w)", r"\\\g<0>", text)


def latex(paper: pd.DataFrame, measured: pd.DataFrame, exponents: pd.DataFrame) -> str:
    """All tables as LaTeX, for \\input into a document that uses amsmath and booktabs."""
    notes = [_latex_text(note) for note in (NOTE, EXPONENTS_NOTE)]
    tables = [table.to_latex(index=False, escape=False) for table in (paper, measured, exponents)]
    return (
        f"{tables[0]}\n{tables[1]}\n\\footnotesize {notes[0]}\n\n\\normalsize\n{tables[2]}\n\\footnotesize {notes[1]}\n"
    )


_GREEK = "alpha beta gamma delta varepsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau varphi chi psi omega"
_LATEX = {
    "(Aẇ + B)^(-k_w)": r"$(A\dot w + B)^{-k_w}$",
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    **{character: f"\\{character}" for character in "%&#_${}"},
    **{character: f"{{{character}}}" for character in "[*"},  # at the start of a row the \\ before it would take them
    "–": "--",
    "q̇": r"$\dot q$",
    "ẇ": r"$\dot w$",
    "ḃ": r"$\dot b$",
    "χ²": r"$\chi^2$",
    "²": "$^2$",
    "±": r"$\pm$",
    "·": r"$\cdot$",
    "×": r"$\times$",
    "∞": r"$\infty$",
    "→": r"$\to$",
    "∝": r"$\propto$",
    "≠": r"$\neq$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "≪": r"$\ll$",
    "≫": r"$\gg$",
    **dict(zip("αβγδεζηθκλμνξπρστφχψω", (rf"$\{name}$" for name in _GREEK.split()), strict=True)),
}
# Math as it stands: headings that are a symbol, k with its index, the sign of a number, and what text fonts lack.
_MATH = r"^[wb]$|^H\(y\)$|\bk_[qwb]\b|(?<![\w.])-(?=\d)|[<>|]"
_SPECIAL = re.compile("|".join([_MATH, *map(re.escape, _LATEX)]))


def _latex_text(text: str) -> str:
    """Text as LaTeX has it, each character escaped once."""
    return _SPECIAL.sub(lambda found: _LATEX.get(found[0], f"${found[0]}$"), text)


def html(paper: pd.DataFrame, measured: pd.DataFrame, exponents: pd.DataFrame) -> str:
    """All tables as an HTML page."""
    style = (
        "body{font:15px/1.5 sans-serif;margin:2em;max-width:110em}table{border-collapse:collapse}"
        "th,td{border-bottom:1px solid #bbb;padding:.3em .8em;text-align:left;white-space:nowrap}"
    )
    tables = [table.to_html(index=False, border=0) for table in (paper, measured, exponents)]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Summary</title>'
        f"<style>{style}</style></head><body>\n<h1>Summary</h1>\n"
        f"<h2>The table of Sec. 10, with measured exponents</h2>\n{tables[0]}\n"
        f"<h2>Every experiment and class</h2>\n{tables[1]}\n<p>{NOTE}</p>\n"
        f"<h2>Every exponent</h2>\n{tables[2]}\n<p>{EXPONENTS_NOTE}</p>\n</body></html>\n"
    )


def terminal(numbers: pd.DataFrame) -> str:
    """A summary narrow enough for a terminal, errors in the short form 0.9774(6)."""
    table = presented(numbers, "S")
    chosen = [
        "experiment",
        "class",
        "accuracy",
        "decades",
        "k_q predicted",
        "k_q Jacobian",
        "k_q raw",
        "k_q corrected",
        "p (χ²)",
    ]
    short = table[chosen].rename(columns=lambda heading: heading.replace("k_q ", "").replace("predicted", "k_q pred."))
    return short.to_markdown(index=False, disable_numparse=True, tablefmt="simple") + "\n"
