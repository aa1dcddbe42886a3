"""Formulas of the docs as MathML, which a browser draws by itself: MathJax would have to come from the network."""

from typing import Any
from xml.etree import ElementTree

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.errors import SphinxError
from sphinx.util.typing import ExtensionMetadata

# Elements of MathML that need so many parts; a browser draws an error for others.
PARTS = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3, "munderover": 3}


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
    elements = ElementTree.fromstring(shown).iter()  # noqa: S314 - it has just been made
    parts = [(element.tag.rpartition("}")[2], len(element)) for element in elements]
    if "\\" in shown or any(PARTS.get(name, number) != number for name, number in parts):
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
