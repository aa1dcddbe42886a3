"""Formulas of the docs as MathML, which a browser draws by itself: MathJax would have to come from the network."""

from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.errors import SphinxError
from sphinx.util.typing import ExtensionMetadata


def mathml(latex: str, display: str) -> str:
    """A formula in LaTeX as MathML.

    Parameters
    ----------
    latex : str
    display : str
        "inline" or "block".

    Raises
    ------
    SphinxError
        latex2mathml cannot read it. What it does not know it would show as it stands, with its backslash.
    """
    try:
        shown = convert(latex, display=display)
    except Exception as error:  # its own are of many types
        raise SphinxError(f"no formula: {latex!r}: {error!r}") from error
    if "\\" in shown:
        raise SphinxError(f"latex2mathml does not know all of {latex!r}: {shown}")
    return shown


def visit_math(translator: Any, node: nodes.math) -> None:
    """A formula in a line."""
    translator.body.append(mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def visit_math_block(translator: Any, node: nodes.math_block) -> None:
    """A formula by itself."""
    shown = mathml(node.astext(), "block")
    # Wider than a phone: it scrolls, also by keyboard.
    translator.body.append(f'<div class="math-block" tabindex="0">{shown}</div>')
    raise nodes.SkipNode


def setup(app: Any) -> ExtensionMetadata:
    """Make it a renderer that `html_math_renderer` may name."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
