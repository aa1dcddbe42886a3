"""What theory says before any training: the general law, the regimes of every composition, the derivations checked."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd
import sympy as sp

from duality.markup import markdown_table
from duality.theory.proof import identical
from duality.verdicts import VERDICTS


def laws() -> list[tuple[str, sp.Eq, sp.Eq]]:
    """All h with h′ = c·h^k, and the compositions H that they belong to.

    Returns
    -------
    list of (case, h, H)
        For general k, k = 1 and k = 2, as equations; c and y0 are constants. H lacks an additive one.

    Raises
    ------
    AssertionError
        If one of them is no solution.
    """
    y, y0, c, k = sp.symbols("y y0 c k", positive=True)
    u = (1 - k) * c * (y - y0)
    solutions = [
        ("k ≠ 1, 2", k, u ** (1 / (1 - k)), u ** ((2 - k) / (1 - k)) / ((2 - k) * c)),
        ("k = 1", sp.Integer(1), sp.exp(c * (y - y0)), sp.exp(c * (y - y0)) / c),
        ("k = 2", sp.Integer(2), 1 / (c * (y0 - y)), -sp.log(y0 - y) / c),
    ]
    h_name, H_name = sp.Function("h")(y), sp.Function("H")(y)
    for case, exponent, h, H in solutions:
        # For k < 1 the base u is positive above y0, for k = 2 y0 - y is so below it.
        domain = {y0: (2.5, 3.0)} if exponent == 2 else {y: (2.5, 3.0), k: (0.1, 0.9)}
        for left, right in ((h.diff(y), c * h**exponent), (H.diff(y), h)):
            equal, _ = identical(left, right, domain)
            if not equal:
                raise AssertionError(f"the solution for {case} does not solve h′ = c·h^k")
    return [(case, sp.Eq(h_name, h), sp.Eq(H_name, H)) for case, _, h, H in solutions]


# In the plain notation that `duality.formulas.notation` draws, in paragraphs with an empty line between them.
INTRODUCTION = """\
With y = w·x1 + b and h = dH/dy, learning moves ḃ = -γh(y), ẇ = x1·ḃ and |q̇| = √(1 + x1²)·|ḃ|. As dḃ/dx1 = -γw·h′, the
Jacobian of ḃ is a power of ḃ, |dḃ/dx1| ∝ |ḃ|^k, exactly where h′ ∝ h^k. Then p(ḃ) ∝ p(x1)·|ḃ|^(-k). The h and H of
such compositions, with constants c and y₀:
"""

INVERSE = """\
So every k has its composition. In general k_b is the limit of the local exponent h·h″/(h′)²: (p - 1)/p for
h ∝ |y - y*|^p, 1 for an exponential, 2 for a pole of first order.

For ẇ and q̇ the factors x1 and √(1 + x1²) come in. Near a finite y*, x1 tends to x̄ = (y* - b)/w; if x̄ ≠ 0, both
factors are constant to leading order, and k_w = k_q = k_b. For y → ±∞ and h ∝ |y|^p the factor x1 adds one to the
power: k_w = p/(p + 1) where |x1| ≫ |x̄|, and k_q is the same where |x1| ≫ 1 as well; where |x1| ≪ 1, k_q = k_b. An
exponential outweighs both factors: 1 for all three, for ẇ and q̇ up to corrections that are logarithms of ẇ and q̇.
Where x1 → 0, ẇ ≈ x1·ḃ(0) and k_w = 0.
"""

HOW_READ = """\
Limits y → y* of every smooth piece of H; nothing is known here about w, b and the data, which may not reach a limit.
A limit beyond an edge of a piece counts if the local exponent is within 0.1 of its k_b at the edge and once more as
far from it. The method tells how the leading term of h was found: by proof, or extrapolated from values with 50
certain digits. "exact" for k_b: the same local exponent on the whole stretch up to the next zero, pole, turning point
or edge, at 50 digits. – means no power law; of ḃ there is none where h tends to a constant.
"""


_FORMULA, _TEXT, _TABLE = "formula", "text", "table"


def markdown(regimes: pd.DataFrame, derivations: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """The general law, the regimes and the derivations as a page.

    Parameters
    ----------
    regimes : DataFrame
        With the columns of `records.theory.REGIMES`, of any number of experiments.
    derivations : DataFrame
        With the columns of `records.theory.DERIVATIONS`.
    titles : mapping
        By experiment, what it is called.

    Returns
    -------
    str
        Markdown.
    """
    forms: dict[str, Callable[[Any], str]] = {
        _FORMULA: lambda text: f"```\n{text}\n```\n", _TEXT: str, _TABLE: markdown_table
    }  # fmt: skip
    parts = [
        forms[kind](content) if kind in forms else f"{'#' * int(kind)} {content}"
        for kind, content in _page(regimes, derivations, titles)
    ]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _page(regimes: pd.DataFrame, derivations: pd.DataFrame, titles: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """The parts of the page: the level of a heading and its text, or what else it is and its content."""
    yield from (("1", "Theory"), ("2", "The general law and its inverse"), (_TEXT, INTRODUCTION))
    for case, *equations in laws():
        pretty = "\n\n".join(sp.pretty(equation, use_unicode=True, wrap_line=False) for equation in equations)
        yield _TEXT, f"{case}:"
        yield _FORMULA, "\n".join(line.rstrip() for line in pretty.split("\n"))
    yield from ((_TEXT, INVERSE), ("2", "The regimes of the compositions"), (_TEXT, HOW_READ))
    for experiment, rows in regimes.groupby("experiment", sort=False):
        yield from (("3", titles[str(experiment)]), (_TABLE, _readable_regimes(rows)))
    if len(derivations):
        counts = derivations["verdict"].value_counts()
        summary = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if verdict in counts)
        yield "2", "The paper's derivations"
        yield _TEXT, f"{len(derivations)} equations and statements: {summary}."
        columns = {
            "id": "",
            "verdict": "verdict",
            "evidence": "evidence",
            "right_form": "right form",
            "method": "method",
        }
        for section, rows in derivations.groupby("section", sort=False):
            yield from (("3", section), (_TABLE, rows[list(columns)].rename(columns=columns)))


def _readable_regimes(regimes: pd.DataFrame) -> pd.DataFrame:
    columns = {
        "class": "class",
        "approach": "limit",
        "h_leading": "|h|",
        "sign": "ḃ",
        "k_b_text": "k_b",
        "k_w_text": "k_w",
        "k_q_text": "k_q",
        "condition": "where",
        "method": "method",
    }
    return regimes[list(columns)].rename(columns=columns)
