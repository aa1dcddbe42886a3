"""The theory: the page of the run in reference/, its formulas drawn."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import sympy as sp

from duality.config.resolution import resolve
from duality.formulas.compose import compose
from duality.formulas.composition import map_pieces
from duality.theory.page import laws
from pages.typesetting import typeset


def compositions(schema: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, dict[str, sp.Expr]]:
    """By titles of experiments: the activation f(y), and per class the composition H(y) and its derivative h(y)."""
    found = {}
    for experiment in resolve(config, schema)["experiments"].values():
        composed, title = compose(**experiment["composition"]), experiment["title"]
        found[title] = {"f": composed.f}
        for symbol, order in (("H", 0), ("h", 1)):
            of = zip(config["classes"], composed.derivative(order), strict=True)
            found[title] |= {rf"{symbol}_\text{{{label}}}": formula for label, formula in of}
    return found


def theory(page: str, composed: Mapping[str, Mapping[str, sp.Expr]]) -> str:
    """The page that the stage theory wrote, its formulas drawn, and those of every composition before its regimes.

    Parameters
    ----------
    page : str
        reference/run/theory/theory.md.
    composed : mapping
        As `compositions` gives it.

    Raises
    ------
    ValueError
        The page is not built as this function expects it.
    """
    text, _, derivations = page.partition("## The paper's derivations")
    for case, *equations in laws():
        spelled = re.search(rf"^{re.escape(case)}:\n\n(```\n.*?\n```)$", text, re.M | re.S)
        if not spelled:
            raise ValueError(f"theory.md has no law for {case}")
        text = text.replace(spelled[1], _drawn(map(_latex, equations)))
    for name, own in composed.items():
        heading = f"\n### {name}\n"
        if heading not in text:
            raise ValueError(f"theory.md has no regimes of {name}")
        drawn = _drawn(f"{symbol}(y) = {_latex(formula)}" for symbol, formula in own.items())
        text = text.replace(heading, f"{heading}\n{drawn}\n")
    counted = re.search(r"^\d+ equations and statements: .*$", derivations, re.M)
    if not counted:
        raise ValueError("theory.md does not count the derivations")
    text += (
        f"## The paper's derivations\n\n{counted[0]} [The ledger](ledger.md) has each of them, with its evidence "
        "and, where it is corrected, its right form.\n"
    )
    return "\n\n".join(_with_formulas(block) for block in text.split("\n\n"))


def _with_formulas(block: str) -> str:
    """A paragraph or a table of Markdown, its plain notation as MathML; headings and displayed formulas as they are."""
    if block.startswith(("#", "$$")):
        return block
    if not block.startswith("|"):
        return _inline(" ".join(block.split()))
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in block.splitlines()]
    cells = [[cell if set(cell) <= {"-", ":"} else f" {_inline(cell.strip())} " for cell in row] for row in rows]
    return "\n".join(f"|{'|'.join(row)}|" for row in cells)


def _inline(text: str) -> str:
    """Markdown without any markup but escapes, its plain notation as MathML within it."""
    return typeset(re.sub(r"\\([\\`*|<\[~$&_])", r"\1", text))


def _drawn(formulas: Iterable[str]) -> str:
    return "\n\n".join(f"$$\n{formula}\n$$" for formula in formulas)


def _latex(formula: sp.Basic) -> str:
    return sp.latex(map_pieces(formula, sp.simplify) if isinstance(formula, sp.Expr) else formula, ln_notation=True)
