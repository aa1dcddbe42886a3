"""The table of Sec. 10 with measured values beside the predicted ones."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import sympy as sp
from uncertainties import ufloat

from duality.conventions import EXPONENTS
from duality.formula import parse_expression

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
        See `duality.cross_check.cross_check`.

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
                "k_q_predicted": experiment["classes"][class_name]["k_q"],
            }
            for parameter in ("w", "b"):
                row[parameter] = equilibrium[parameter]
                row[f"{parameter}_se"] = equilibrium["diagnostics"][parameter]["mcse"]
            row["accuracy"], row["accuracy_se"] = equilibrium["accuracy"], equilibrium["accuracy_se"]
            paper, observed = measured["q_dot"]["paper"], measured["q_dot"]["observed"]
            row |= paper["window"]
            row["observed_decades"] = observed["window"]["decades"] if observed else 0.0
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
                            "predicted": predicted[exponent],
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
        As for `rounded`. "L" gives LaTeX headings and formulas.
    """
    latex = form == "L"

    def estimate(column: str) -> list[str]:
        texts = [rounded(v, se, form) for v, se in zip(numbers[column], numbers[f"{column}_se"], strict=True)]
        return [f"${text}$" for text in texts] if latex else texts

    def plain(column: str, pattern: str) -> list[str]:
        return ["–" if pd.isna(value) else format(value, pattern) for value in numbers[column]]

    def text(column: str) -> list[str]:
        return ["–" if value is None or pd.isna(value) else str(value) for value in numbers[column]]

    bounds = zip(numbers["q_low"], numbers["q_high"], strict=True)
    windows = [f"{low:.2g} to {high:.2g}" for low, high in bounds]
    columns = {
        ("experiment", "experiment"): [name.replace("_", r"\_") if latex else name for name in numbers["experiment"]],
        ("class", "class"): text("class"),
        ("sign", "sign"): text("sign"),
        ("w", "$w$"): estimate("w"),
        ("b", "$b$"): estimate("b"),
        ("accuracy", "accuracy"): estimate("accuracy"),
        ("window of q̇", r"window of $\dot q$"): windows,
        ("decades", "decades"): plain("decades", ".2f"),
        ("observed decades", "observed decades"): plain("observed_decades", ".2f"),
        ("k_q predicted", "$k_q$ predicted"): text("k_q_predicted"),
        ("k_q Jacobian", "$k_q$ Jacobian"): estimate("k_jacobian"),
        ("k_q raw", "$k_q$ raw"): estimate("k_raw"),
        ("k_q corrected", "$k_q$ corrected"): estimate("k_corrected"),
        ("p (χ²)", r"$p(\chi^2)$"): plain("chi2_p", ".2g"),
    }
    return pd.DataFrame({heading[latex]: values for heading, values in columns.items()})


def presented_exponents(rows: pd.DataFrame, form: str) -> pd.DataFrame:
    """`all_exponents` as a reader wants them: rounded by their errors, the intervals left to the CSV."""
    latex = form == "L"

    def estimate(column: str) -> list[str]:
        texts = []
        for value, se in zip(rows[column], rows[f"{column}_se"], strict=True):
            text = "–" if pd.isna(value) else rounded(value, se, form)
            texts.append(f"${text}$" if latex and text != "–" else text)
        return texts

    def plain(column: str, pattern: str) -> list[str]:
        return ["–" if pd.isna(value) else format(value, pattern) for value in rows[column]]

    names = [f"${name}$" if latex else name for name in rows["exponent"]]
    return pd.DataFrame(
        {
            "experiment": [name.replace("_", r"\_") if latex else name for name in rows["experiment"]],
            "class": rows["class"],
            "exponent": names,
            "window": rows["window"],
            "decades": plain("decades", ".2f"),
            "of 99%": plain("decades_99", ".2f"),
            "n": rows["n"],
            "paper": ["–" if pd.isna(value) else str(value) for value in rows["predicted"]],
            "theory": ["–" if pd.isna(value) else str(value) for value in rows["derived"]],
            "Jacobian": estimate("k_jacobian"),
            "raw": estimate("k_raw"),
            "corrected": estimate("k_corrected"),
            "shifted": estimate("k_shifted"),
            "p (power law)": plain("ks_p_raw", ".2g"),
            "p (weighted)": plain("ks_p_corrected", ".2g"),
            "p (duality)": plain("ks_p_duality", ".2g"),
        }
    )


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
    latex = form == "L"
    lines = []
    for prediction in predictions.values():
        H = parse_expression(prediction["H"], ["y", "c1", "c2", "c3", "c4"])
        own = rows[[experiments[name]["prediction"] == prediction for name in rows["experiment"]]]
        line = {
            "$k_w$" if latex else "k_w": prediction["k_w"],
            "$k_b$" if latex else "k_b": prediction["k_b"],
            "$H(y)$" if latex else "H(y)": f"${sp.latex(H)}$" if latex else prediction["H"],
            "Examples": prediction["examples"],
        }
        for exponent in ("k_w", "k_b", "k_q"):
            measured = [
                _measured(row, latex)
                for _, row in own.iterrows()
                if (row["exponent"], row["window"]) == (exponent, "paper")
            ]
            heading = f"${exponent}$ measured" if latex else f"{exponent} measured"
            line[heading] = "; ".join(measured) or "–"
        lines.append(line)
    return pd.DataFrame(lines)


def _measured(row: pd.Series, latex: bool) -> str:
    kind = "corrected" if pd.isna(row["k_shifted"]) else "shifted"
    experiment = row["experiment"].replace("_", r"\_") if latex else row["experiment"]
    return f"{rounded(row[f'k_{kind}'], row[f'k_{kind}_se'], 'S')} ({experiment}, {row['class']})"


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
    "Paper: predicted by the paper; theory: derived here from the composition, for the regime that governs the window. "
    "Shifted: k_w of (Aẇ + B)^(-k_w) (Eq. 6.1) where the theory has B ≠ 0. p: Kolmogorov-Smirnov tests with parametric "
    "bootstrap of the bare power law, of the dataset-weighted one, and of the exact duality density (nothing fitted). "
    "Of 99%: the decades that hold 99% of the window's fluctuations; variants of the window are named in config.yaml. "
    "Intervals (Fisher's and the bootstrap's, 95%) are in exponents.csv. In the table of Sec. 10 measured means: "
    "dataset-corrected on the paper's window, for shifted power laws the shifted fit."
)


def markdown(paper: pd.DataFrame, measured: pd.DataFrame, exponents: pd.DataFrame) -> str:
    """All tables as a Markdown document."""
    tables = [table.to_markdown(index=False, disable_numparse=True) for table in (paper, measured, exponents)]
    return (
        f"# Summary\n\n## The table of Sec. 10, with measured exponents\n\n{tables[0]}\n\n"
        f"## Every experiment and class\n\n{tables[1]}\n\n{NOTE}\n\n"
        f"## Every exponent\n\n{tables[2]}\n\n{EXPONENTS_NOTE}\n"
    )


def latex(paper: pd.DataFrame, measured: pd.DataFrame, exponents: pd.DataFrame) -> str:
    """All tables as LaTeX, for \\input into a document that uses booktabs."""
    notes = [_latex_text(note) for note in (NOTE, EXPONENTS_NOTE)]
    tables = [table.to_latex(index=False, escape=False) for table in (paper, measured, exponents)]
    return (
        f"{tables[0]}\n{tables[1]}\n\\footnotesize {notes[0]}\n\n\\normalsize\n{tables[2]}\n\\footnotesize {notes[1]}\n"
    )


def _latex_text(text: str) -> str:
    for plain, symbol in (
        ("(Aẇ + B)^(-k_w)", r"$(A\dot w + B)^{-k_w}$"),
        ("k_q", "$k_q$"),
        (" k_w ", " $k_w$ "),
        ("q̇", r"$\dot q$"),
        ("ẇ", r"$\dot w$"),
        ("ḃ", r"$\dot b$"),
        ("±", r"$\pm$"),
        ("χ²", r"$\chi^2$"),
        ("≠", r"$\neq$"),
        ("%", r"\%"),
    ):
        text = text.replace(plain, symbol)
    return text


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
