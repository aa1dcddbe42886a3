"""Text as Markdown, LaTeX and HTML have it, and as sentences list it."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from duality.conventions import EXPONENTS, LETTERS, QUANTITIES

if TYPE_CHECKING:
    import pandas as pd


def markdown(text: str) -> str:
    """Plain text as Markdown has it: what would end a cell of a table or start a markup is escaped.

    An underscore within a word does neither.
    """
    return re.sub(r"[\\`*|<\[~$]|&(?=#?\w+;)|(?<!\w)_|_(?!\w)", r"\\\g<0>", text)


def markdown_cell(text: str) -> str:
    """Markdown as a cell of a table has it: only the | that would end the cell is escaped."""
    return text.replace("|", "\\|")


def markdown_table(table: "pd.DataFrame", escape: Callable[[str], str] = markdown_cell) -> str:
    """A table of texts in Markdown, its headings and cells escaped.

    Parameters
    ----------
    table : DataFrame
    escape : function of str
        `markdown` for plain text, `markdown_cell` for what is Markdown itself.
    """
    return text_table(table.map(escape).rename(columns=escape), index=False, disable_numparse=True)


def text_table(table: "pd.DataFrame", **options: Any) -> str:
    """A table as text, in Markdown if `options`, those of `DataFrame.to_markdown`, say nothing else.

    Its columns are aligned by the number of characters, whatever else is installed: tabulate would take the width of a
    dot above a letter from wcwidth, where that is.
    """
    import tabulate

    tabulate.WIDE_CHARS_MODE = False
    return table.to_markdown(**options)


_LATEX = {
    "(Aẇ + B)^(-k_w)": r"$(A\dot w + B)^{-k_w}$",
    "(Aẇ + B)^k_w": r"$(A\dot w + B)^{k_w}$",
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    **{character: f"\\{character}" for character in "%&#_${}"},
    **{character: f"{{{character}}}" for character in "[*"},  # at the start of a row the \\ before it would take them
    "–": "--",
    **{quantity.symbol: f"${quantity.latex}$" for quantity in QUANTITIES.values()},
    "Δ": r"$\Delta$",
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
    **{letter: rf"$\{name}$" for letter, name in LETTERS.items()},
}
# Math as it stands: headings that are a symbol, k with its index, the sign of a number, and what text fonts lack.
_MATH = rf"^[wb]$|^H\(y\)$|\b(?:{'|'.join(EXPONENTS.values())})\b|(?<![\w.])-(?=\d)|[<>|]"
_SPECIAL = re.compile("|".join([_MATH, *map(re.escape, _LATEX)]))


def latex(text: str) -> str:
    """Plain text as LaTeX has it, each character escaped once."""
    return _SPECIAL.sub(lambda found: _LATEX.get(found[0], f"${found[0]}$"), text)


def html_page(title: str, style: str, body: str) -> str:
    """An HTML page.

    Parameters
    ----------
    title, style, body : str
        The title as plain text without special characters, CSS, and what the page holds, in HTML.
    """
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{style}</style>'
        f"</head><body>\n{body}\n</body></html>\n"
    )
