"""The table on the first screen of README: exponents as predicted and as measured."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import sympy as sp

from duality.conventions import PAPER
from duality.formulas.parsing import parse_expression
from duality.markup import text_table
from duality.records.estimates import Estimate
from duality.rounding import rounded


def predicted_and_measured(config: Mapping[str, Any], exponents: Path) -> str:
    """The paper's compositions, with k_b and k_q as predicted and as measured, both from the exponents.csv of a run.

    Each has a row of its own: where a cell has no room its text can break, and is still beside what it belongs to.
    """
    table = pd.read_csv(exponents)
    table = table[table["window"] == PAPER]
    rows = []
    for name, prediction in config["predictions"].items():
        experiments = {key: about for key, about in config["experiments"].items() if about.get("prediction") == name}
        formula = sp.latex(parse_expression(prediction["H"], ["y", "c1", "c2", "c3", "c4"]))
        for key, about in experiments.items():
            called = [
                config[kind][about[one]].get("name", about[one])
                for kind, one in (("activations", "activation"), ("losses", "loss"))
            ]
            row = {"H(y)": f"${formula}$", "activation, loss": ", ".join(called)}
            for exponent in ("k_b", "k_q"):
                found = table[(table["experiment"] == key) & (table["exponent"] == exponent)]
                row[f"${exponent}$ predicted"] = "/".join(dict.fromkeys(found["predicted"].astype(str)))
                row[f"${exponent}$ measured"] = "; ".join(
                    rounded(Estimate.normal(k, se), "short")
                    for k, se in zip(found["k_corrected"], found["k_corrected_se"], strict=True)
                )
            rows.append(row)
    return text_table(pd.DataFrame(rows), index=False, disable_numparse=True)
