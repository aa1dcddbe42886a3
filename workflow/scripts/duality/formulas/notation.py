"""Formulas as MathML: SymPy's expressions, and the plain notation of texts, such as p(q̇) ∝ q̇^(-k_q)."""

import re
import unicodedata
from collections.abc import Iterable
from html import escape, unescape
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.printing.mathml import MathMLPresentationPrinter
from sympy.printing.str import StrPrinter

from duality.conventions import raised, symbol

_SHOWN = {"ⅇ": "e", "ⅆ": "d", "-": "−"}  # for letters that few fonts have, and for a hyphen that is a sign


class Markup(str):
    """A text that is HTML: Jinja, which asks for `__html__`, escapes it no more."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


class _Printer(MathMLPresentationPrinter):  # type: ignore[misc]  # SymPy has no types
    """SymPy's own, with cases where it would write the word Piecewise, and H(y) where it would write h(y)."""

    def mathml_tag(self, e: Any) -> str:
        return e.func.__name__ if isinstance(e, AppliedUndef) else super().mathml_tag(e)

    def _print_Piecewise(self, expr: sp.Piecewise) -> Any:
        table = self.dom.createElement("mtable")
        table.setAttribute("class", "cases")
        for piece, condition in expr.args:
            row = self.dom.createElement("mtr")
            for cell in (self._print(piece), self._when(condition)):
                column = self.dom.createElement("mtd")
                column.appendChild(cell)
                row.appendChild(column)
            table.appendChild(row)
        cases = self.dom.createElement("mrow")
        brace = self._of("mo", "{")  # drawn by the style of the page as high as the table: few fonts can stretch it
        brace.setAttribute("class", "brace")
        cases.appendChild(brace)
        cases.appendChild(table)
        return cases

    def _when(self, condition: sp.Basic) -> Any:
        if condition == sp.true:
            return self._of("mtext", "else")
        row = self.dom.createElement("mrow")
        row.appendChild(self._of("mtext", "if\N{NO-BREAK SPACE}"))
        row.appendChild(self._print(condition))
        return row

    def _of(self, tag: str, text: str) -> Any:
        element = self.dom.createElement(tag)
        element.appendChild(self.dom.createTextNode(text))
        return element


def mathml(expression: sp.Basic) -> Markup:
    """An expression of SymPy as MathML, within a line of text.

    Parameters
    ----------
    expression : sympy.Basic
        Relations and `Piecewise` included. A number kept within limits inside of another formula is clip(x, low, high).
    """
    whole = expression.rhs if isinstance(expression, sp.Eq) else expression
    if not isinstance(whole, sp.Piecewise):
        expression = expression.replace(sp.Piecewise, _clip)
    inner = _written(_Printer()._print(expression))
    return Markup(f'<math displaystyle="true">{inner}</math>')


def _clip(*pieces: sp.Basic) -> sp.Basic:
    """clip(x, low, high) for the pieces of such a one, and what they make for any others."""
    if len(pieces) == 3 and pieces[2][1] == sp.true:
        x = pieces[2][0]
        low, high = pieces[0][0], pieces[1][0]
        if pieces[0][1] in (x < low, low > x) and pieces[1][1] in (x > high, high < x):
            return sp.Function("clip")(x, low, high)
    return sp.Piecewise(*pieces, evaluate=False)


def _written(node: Any) -> str:
    """A node of SymPy's tree, which has entities of HTML in its texts and escapes nothing."""
    if node.nodeType == node.TEXT_NODE:
        text = unescape(node.data)
        return escape("".join(_SHOWN.get(letter, letter) for letter in text), quote=False)
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in node.attributes.items())
    inner = "".join(map(_written, node.childNodes))
    return f"<{node.tagName}{attributes}>{inner}</{node.tagName}>"


class _Speller(StrPrinter):  # type: ignore[misc]  # SymPy has no types
    """SymPy's own, with the letters and signs of the plain notation."""

    def _print_Symbol(self, expr: sp.Symbol) -> str:
        return symbol(expr.name)

    def _print_Pi(self, _expr: sp.Basic) -> str:
        return "π"

    def _print_Infinity(self, _expr: sp.Basic) -> str:
        return "∞"

    def _print_NegativeInfinity(self, _expr: sp.Basic) -> str:
        return "-∞"

    def _print_Interval(self, expr: sp.Interval) -> str:
        left, right = "(" if expr.left_open else "[", ")" if expr.right_open else "]"
        return f"{left}{self._print(expr.start)}, {self._print(expr.end)}{right}"


def spelled(found: Any) -> str:
    """What was found by computer algebra, in the plain notation of texts.

    Parameters
    ----------
    found : sympy.Basic, bool or number, or tuple of such, or iterable of any of these
        True is "yes"; an iterable that is no tuple has no brackets, and a set is in the order of its texts.
    """
    if isinstance(found, bool | sp.logic.boolalg.BooleanAtom):
        return "yes" if found else "no"
    if isinstance(found, tuple):
        return f"({', '.join(map(spelled, found))})"
    if isinstance(found, Iterable) and not isinstance(found, sp.Basic):
        texts = map(spelled, found)
        return ", ".join(sorted(texts) if isinstance(found, set) else texts)
    text = re.sub(r"\*\*(\d+)", lambda power: raised(power[1]), _Speller().doprint(found))
    return text.replace("**", "^").replace("*", "·").replace("sqrt", "√")


# The plain notation. A name is letters that no word of English is, with a number or a subscript and marks.
_MARKS = "\u0300-\u036f"
_SUPERSCRIPTS, _SUBSCRIPTS, _DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "₀₁₂₃₄₅₆₇₈₉₋₊", "0123456789-+"
_LETTER = f"(?:[^\\W\\d_{_SUPERSCRIPTS}{_SUBSCRIPTS}][{_MARKS}]*)"
_FUNCTIONS = ("exp", "log", "sgn", "sqrt", "max", "min", "tanh", "tan", "det", "clip", "ln")
_TOKEN = re.compile(
    rf"(?P<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?)|(?P<name>{_LETTER}+)(?P<index>\d+)?|(?P<raised>[{_SUPERSCRIPTS}]+)"
    rf"|(?P<lowered>[{_SUBSCRIPTS}]+)"
    r"|(?P<sub>_)|(?P<sup>\^)|(?P<space> +)|(?P<other>.)",
    re.S,
)
_LONG = 24  # characters
_RELATIONS = "=≠≈∝≤≥≪≫<>"
# Two letters that are a word, where others are a product, as in exp(Ay + B).
_WORDS = {"An", "As", "At", "By", "Eq", "If", "In", "Is", "It", "No", "Of", "On", "Or", "So", "To", "We"}
_OPERATORS = "=≠≈∝≤≥≪≫<>+-−±·×/|()[]√∂∫⟨⟩→!′″‴∞"
_MARKERS = re.compile(
    rf"[_^=≠≈∝≤≥≪≫·×√→′{_SUPERSCRIPTS}{_SUBSCRIPTS}]|\S [<>] \S|[^\W\d_][{_MARKS}]"
    r"|[α-ωΓΔΛΣΦΨΩ∂ẇḃ]|\b[a-zA-Z]{1,2}\d\b|\||\de[+-]?\d|[a-zA-Z]\("
    r"|[a-zA-Z)] ?[-+/] ?[\w(]|\w ?[-+/] ?[a-zA-Z(]|^-[a-zA-Z]$|\b(?:log|ln) [a-zA-Z]\b"
)


def formulas(text: str) -> Markup:
    """A text with its formulas as MathML, and everything else as it is, escaped.

    A formula is a run of names, numbers and operators that has a sign of one: an index, a power, a relation, a letter
    that is Greek or has a dot, a function of something, a sum or quotient of letters. Words end it, and so do commas
    and full stops, and a space before a number or a parenthesis that no operator joins to what stands before.
    """
    parts: list[str] = []
    run: list[tuple[str, str]] = []
    tokens = _tokens(text)
    for number, token in enumerate(tokens):
        lowered = bool(run) and run[-1][0] in ("sub", "sup")
        word = _article(tokens, number) or _possessive(tokens, number)
        if _apart(run, token):
            parts.append(_closed(run))
            run = []
        if lowered or (_mathematical(token) and not word):
            run.append(token)
        else:
            parts += [_closed(run), escape(token[1], quote=False)]
            run = []
    return Markup("".join([*parts, _closed(run)]))


def _tokens(text: str) -> list[tuple[str, str]]:
    return [(str(found.lastgroup if not found["name"] else "name"), found[0]) for found in _TOKEN.finditer(text)]


def _article(tokens: list[tuple[str, str]], number: int) -> bool:
    """Whether a token is the word "a", and no name: no operator stands beside it."""
    if tokens[number][1] not in ("a", "A"):
        return False
    if tokens[number + 1 : number + 2] == [("sub", "_")]:
        return False
    around = [tokens[place] for place in (number - 2, number - 1, number + 1, number + 2) if 0 <= place < len(tokens)]
    return ("space", " ") in around and not any(
        kind == "other" and text in _OPERATORS.replace("∂", "") for kind, text in around
    )


def _apart(run: list[tuple[str, str]], token: tuple[str, str]) -> bool:
    """Whether a token begins something new: a number or a parenthesis after a space, and no operator before that."""
    if (token[0] != "number" and token[1] != "(") or len(run) < 2 or run[-1][0] != "space":
        return False
    kind, text = run[-2]
    return kind not in ("sub", "sup") and (kind != "other" or text in ")]|′") and text not in _FUNCTIONS


def _possessive(tokens: list[tuple[str, str]], number: int) -> bool:
    """Whether a token is what follows the apostrophe of a word, as in "the figure's γ", and no name."""
    before = tokens[max(number - 2, 0) : number]
    return tokens[number][0] == "name" and [kind for kind, _ in before] == ["name", "other"] and before[1][1] in "'’"


def _mathematical(token: tuple[str, str]) -> bool:
    kind, text = token
    if kind == "name":
        plain = re.fullmatch(r"([A-Za-z]+)\d*", text)
        return (
            not plain
            or len(plain[1]) == 1
            or plain[1] in _FUNCTIONS
            or (bool(re.fullmatch(r"[A-Z][a-z]|d[A-Zbqwxy]", plain[1])) and text not in _WORDS)
        )
    return kind != "other" or text in _OPERATORS


def _closed(run: list[tuple[str, str]]) -> str:
    """A run of tokens: a formula if it has a sign of one; the spaces and signs at its ends belong to the text."""
    text = "".join(token for _, token in run)
    inner = re.sub(r"^[ )\]]+|[ (\[]+$", "", text)
    stray = _stray(run)
    if stray is not None:
        return f"{_closed(run[:stray])}{run[stray][1]}{_closed(run[stray + 1 :])}"
    if not inner or not _MARKERS.search(inner) or not re.search(r"[\w∞]", inner):
        return escape(re.sub(r"(?<![\w)\]])-(?=\d)", "−", text), quote=False)
    before, after = text.split(inner, 1)
    # A line may break before a relation of a long formula, and nowhere between a formula and what ends it.
    pieces = _at_relations(_tokens(inner)) if len(inner) > _LONG else [_tokens(inner)]
    parts = "<wbr>".join(f"<math>{_row(piece)}</math>" for piece in pieces)
    return f"{before}{parts}{after}" if after.startswith(" ") else f"{before}{parts}\N{WORD JOINER}{after}"


def _at_relations(tokens: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """A formula divided before its relations, but for those in parentheses."""
    parts: list[list[tuple[str, str]]] = [[]]
    depth = 0
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token[1], 0)
        if token[1] in _RELATIONS and not depth and parts[-1]:
            parts.append([])
        parts[-1].append(token)
    return parts


def _stray(run: list[tuple[str, str]]) -> int | None:
    """Where a parenthesis is that belongs to the text, as it has no other one in the run; None if there is none."""
    opened: list[int] = []
    for number, (_, text) in enumerate(run):
        if text == "(":
            opened.append(number)
        elif text == ")":
            if not opened:
                return number
            opened.pop()
    return opened[0] if opened else None


def _row(tokens: list[tuple[str, str]]) -> str:
    """Tokens as elements one after another; an index or a power belongs to the element before it."""
    elements: list[str] = []
    position = 0
    while position < len(tokens):
        kind, text = tokens[position]
        position += 1
        if kind in ("sub", "sup") and elements and position < len(tokens):
            script, position = _script(tokens, position)
            elements.append(f"<m{kind}>{elements.pop()}{script}</m{kind}>")
        elif kind in ("raised", "lowered") and elements:
            tag, signs = ("msup", _SUPERSCRIPTS) if kind == "raised" else ("msub", _SUBSCRIPTS)
            plain = text.translate(str.maketrans(signs, _DIGITS))
            elements.append(f"<{tag}>{elements.pop()}<mn>{plain}</mn></{tag}>")
        elif kind != "space":
            elements.append(_element(kind, text))
    return "".join(elements)


def _script(tokens: list[tuple[str, str]], position: int) -> tuple[str, int]:
    """What is lowered or raised: what is in parentheses, or a sign and a name or number, with an index of its own."""
    start = position
    if tokens[position][1] == "(":
        depth = 0
        while position < len(tokens):
            depth += {"(": 1, ")": -1}.get(tokens[position][1], 0)
            position += 1
            if not depth:
                break
        if position < len(tokens) and tokens[position][0] == "number":  # of two indices, as in w_(i+1)1
            position += 1
            return f"<mrow>{_row(tokens[start:position])}</mrow>", position
        return f"<mrow>{_row(tokens[start + 1 : position - 1])}</mrow>", position
    position += 1 + (tokens[position][1] in "-−+" and position + 1 < len(tokens))
    if tokens[position : position + 1] == [("sub", "_")] and position + 1 < len(tokens):
        position += 2
    return f"<mrow>{_row(tokens[start:position])}</mrow>", position


def _element(kind: str, text: str) -> str:
    if kind == "number":
        digits, _, power = text.partition("e")
        if not power or float(digits) == 0:
            return f"<mn>{digits}</mn>"
        ten = f"<msup><mn>10</mn><mrow>{_row(_tokens(str(int(power))))}</mrow></msup>"
        return f"<mn>{digits}</mn><mo>×</mo>{ten}"
    if kind != "name":
        shown = escape(_SHOWN.get(text, text), quote=False)
        if text == "∞":
            return f"<mi>{shown}</mi>"
        return f'<mo stretchy="false" lspace="0" rspace="0">{shown}</mo>' if text in "|()[]" else f"<mo>{shown}</mo>"
    letters, index = re.fullmatch(r"(.*?)(\d*)", text, re.S).groups()  # type: ignore[union-attr]
    if letters in _FUNCTIONS:
        return f"<mi>{letters}</mi>" + (f"<mn>{index}</mn>" if index else "")
    *first, last = map(_letter, re.findall(rf".[{_MARKS}]*", letters))
    return "".join(first) + (f"<msub>{last}<mn>{index}</mn></msub>" if index else last)


def _letter(letter: str) -> str:
    """A letter; one with a mark above is slanted by the page, as MathML slants single characters alone."""
    slanted = ' class="slanted"' if len(unicodedata.normalize("NFD", letter)) > 1 else ""
    return f"<mi{slanted}>{escape(letter, quote=False)}</mi>"
