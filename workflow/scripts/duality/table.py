"""The table of Sec. 10 with measured values beside the predicted ones."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import sympy as sp
from uncertainties import ufloat

from duality.formula import parse_expression


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
            row["q_low"], row["q_high"] = measured["window"]["q_low"], measured["window"]["q_high"]
            row["decades"], row["n"] = measured["window"]["decades"], measured["window"]["n"]
            row["observed_decades"] = measured["observed_decades"]
            for kind in ("jacobian", "raw", "corrected"):
                row[f"k_{kind}"], row[f"k_{kind}_se"] = measured[kind]["k"], measured[kind]["se"]
            row["chi2_p"] = measured["goodness_of_fit"]["p_value"]
            row["dead_fraction"] = measured["fractions"]["dead"]
            rows.append(row)
    checks = cross_check[["experiment", "class", "k_powerlaw", "disagreement"]]
    return pd.DataFrame(rows).merge(
        checks.rename(columns={"disagreement": "powerlaw_disagreement"}), on=["experiment", "class"], how="left"
    )


def rounded(value: float, se: float, form: str = "P") -> str:
    """A value and its standard error, rounded by the rule of the Particle Data Group: 0.9774±0.0006.

    Parameters
    ----------
    value, se : float
    form : str
        "P" for text, "L" for LaTeX, "S" for the short form 0.9774(6).
    """
    return f"{ufloat(value, max(se, 1e-12)):{form}}"


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


def paper_table(
    predictions: Mapping[str, Mapping[str, str]],
    experiments: Mapping[str, Mapping[str, Any]],
    numbers: pd.DataFrame,
    form: str,
) -> pd.DataFrame:
    """The paper's table: k_w, k_b, H(y) and examples, with the measured k_q of the experiments that belong to it."""
    latex = form == "L"
    rows = []
    for prediction in predictions.values():
        H = parse_expression(prediction["H"], ["y", "c1", "c2", "c3", "c4"])
        own = numbers[[experiments[name]["prediction"] == prediction for name in numbers["experiment"]]]
        measured = [
            f"{rounded(row['k_corrected'], row['k_corrected_se'], 'S')} "
            f"({row['experiment'].replace('_', chr(92) + '_' if latex else '_')}, {row['class']})"
            for _, row in own.iterrows()
        ]
        rows.append(
            {
                "$k_w$" if latex else "k_w": prediction["k_w"],
                "$k_b$" if latex else "k_b": prediction["k_b"],
                "$H(y)$" if latex else "H(y)": f"${sp.latex(H)}$" if latex else prediction["H"],
                "Examples": prediction["examples"],
                ("$k_q$" if latex else "k_q") + " measured (dataset-corrected)": "; ".join(measured) or "–",
            }
        )
    return pd.DataFrame(rows)


NOTE = (
    "w, b: mean over the learning equilibrium ± Monte Carlo error. decades: width in q̇ of the window of the paper's "
    "conditions; observed: of the widest interval on which the exact Jacobian's local exponent stays near the "
    "predicted one. k_q: slope of the Jacobian over the window (± from the error of w and b); power law truncated to "
    "the window, fitted to the fluctuations (raw; it contains the data's own density); the same corrected for that "
    "density. p: χ² test of the fluctuations against the exact duality density, nothing fitted; of a class "
    "from a file it tests the kernel estimate too. Errors are one standard error; those of the raw and the corrected "
    "exponent are at fixed w and b."
)


def markdown(paper: pd.DataFrame, measured: pd.DataFrame) -> str:
    """Both tables as a Markdown document."""
    return (
        f"# Summary\n\n## The table of Sec. 10, with measured exponents\n\n{paper.to_markdown(index=False)}\n\n"
        f"## Every experiment and class\n\n{measured.to_markdown(index=False, disable_numparse=True)}\n\n{NOTE}\n"
    )


def latex(paper: pd.DataFrame, measured: pd.DataFrame) -> str:
    """Both tables as LaTeX, for \\input into a document that uses booktabs."""
    note = NOTE.replace("k_q", "$k_q$").replace("q̇", r"$\dot q$").replace("±", r"$\pm$").replace("χ²", r"$\chi^2$")
    return (
        f"{paper.to_latex(index=False, escape=False)}\n{measured.to_latex(index=False, escape=False)}\n"
        f"\\footnotesize {note}\n"
    )


def html(paper: pd.DataFrame, measured: pd.DataFrame) -> str:
    """Both tables as an HTML page."""
    style = (
        "body{font:15px/1.5 sans-serif;margin:2em;max-width:110em}table{border-collapse:collapse}"
        "th,td{border-bottom:1px solid #bbb;padding:.3em .8em;text-align:left;white-space:nowrap}"
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Summary</title>'
        f"<style>{style}</style></head><body>\n<h1>Summary</h1>\n"
        "<h2>The table of Sec. 10, with measured exponents</h2>\n"
        f"{paper.to_html(index=False, border=0)}\n<h2>Every experiment and class</h2>\n"
        f"{measured.to_html(index=False, border=0)}\n<p>{NOTE}</p>\n</body></html>\n"
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
