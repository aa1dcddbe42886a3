"""Text of the repository as Markdown of the site: formulas drawn, names as anchors."""

import re

from duality.formulas.notation import formulas


def anchor(name: str) -> str:
    """As docutils would make it of any name."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def typeset(text: str) -> str:
    """Plain text as Markdown, its formulas as MathML."""
    # Entities: no sign within a formula may end a cell or start a markup.
    drawn = str(formulas(" ".join(text.split())))
    return re.sub(r"[\\`*|\[\]~$_]", lambda sign: f"&#{ord(sign[0])};", drawn)
