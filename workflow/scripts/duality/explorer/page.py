"""The explorer as one HTML page that asks for nothing: its text, its program, and the code and numbers of a run."""

import json
from html import escape
from pathlib import Path
from string import Template

from duality.errors import InputError
from duality.explorer.content import Content
from duality.records.record import plain

ASSETS = ("explorer.html", "explorer.css", "explorer.js")  # beside this module
_SAMPLES = "32,768"  # that explorer.js draws


def page(content: Content) -> str:
    """The page.

    Parameters
    ----------
    content : Content

    Returns
    -------
    str
        HTML. Names and formulas of the config stand in it as data and as escaped text alone; what stands in it as code
        was printed by `duality.explorer.javascript`.

    Raises
    ------
    InputError
        If there is no composition to show.
    """
    if all(pair.refused for pair in content.pairs) and content.family is None:
        raise InputError("no activation of the config goes with a loss of it: there is nothing to explore")
    skeleton, style, program = (_asset(name) for name in ASSETS)
    others = [f"‘{escape(one.name)}’" for one in content.classes if not one.gaussian]
    not_gaussian = (
        f"The run's distribution of {' and '.join(others)} is not Gaussian: the page begins with the Gaussian that has "
        "the same median, and the same distance between the quantiles of one standard deviation."
        if others
        else ""
    )
    data = plain(content)
    for pair in data["pairs"]:
        del pair["code"]
    if data["family"]:
        del data["family"]["code"]
    return Template(skeleton).substitute(
        style=style,
        modes=_MODES if content.family else _ONE_MODE,
        design=_DESIGN.format(k=_row("k", "k, the wanted exponent"), cap=_row("cap", "cap, the largest |h|"))
        if content.family
        else "",
        network="\n".join(
            _row(name, words) for name, words in (("w", "w, weight"), ("b", "b, bias"), ("gamma", "γ, learning rate"))
        ),
        data="\n".join(_class_rows(index, one.name, one.x2) for index, one in enumerate(content.classes)),
        classes="\n".join(
            f'<label><input type="radio" name="class" value="{escape(one.name)}"> ‘{escape(one.name)}’</label>'
            for one in content.classes
        ),
        tolerance=f"{content.tolerance:g}",
        try_design=_TRY_DESIGN if content.family else "",
        samples=_SAMPLES,
        not_gaussian=not_gaussian,
        # As JSON in HTML has it: nothing in it can end the element.
        content=json.dumps(data, ensure_ascii=True, allow_nan=False, sort_keys=True).replace("<", "\\u003c"),
        code=_code(content),
        program=program,
    )


def _asset(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8").rstrip("\n")


def _code(content: Content) -> str:
    pairs = "".join(f"{_literal(pair.code) if pair.code else 'null'},\n" for pair in content.pairs)
    family = "null"
    if content.family:
        family = "{" + ", ".join(f"{case}: {_literal(code)}" for case, code in content.family.code.items()) + "}"
    return f"const PAIRS = [\n{pairs}];\nconst FAMILY = {family};"


def _literal(code: dict[str, list[str]]) -> str:
    return "{" + ", ".join(f"{name}: [{', '.join(functions)}]" for name, functions in code.items()) + "}"


def _row(name: str, words: str) -> str:
    """A slider with a number field; both are called by the same words."""
    return (
        f'<div class="row"><label for="slider-{name}">{words}</label>'
        f'<input type="range" id="slider-{name}" min="0" max="1" step="any">'
        f'<input type="number" data-name="{name}" step="any" aria-label="{words}: number"></div>'
    )


def _class_rows(index: int, name: str, x2: float) -> str:
    rows = (_row(f"mean-{index}", "mean of x1"), _row(f"sd-{index}", "standard deviation of x1"))
    told = f"Data: ‘{escape(name)}’ (label x2 = {x2:g})"
    return f"<fieldset>\n<legend>{told}</legend>\n{rows[0]}\n{rows[1]}\n</fieldset>"


_MODES = """<div class="choices" role="radiogroup" aria-label="Kind of composition">
<label><input type="radio" name="mode" value="pair"> activation and loss</label>
<label><input type="radio" name="mode" value="design"> an exponent by design</label>
</div>"""
_ONE_MODE = '<input type="hidden" name="mode" value="pair">'
_DESIGN = """<div data-mode="design">
{k}
{cap}
<p class="note">The loss for which h′ = |h|<sup>k</sup>, on a linear activation. w and b go with k to its optimum.</p>
</div>"""
_TRY_DESIGN = """<li>Choose “an exponent by design”, and move k. The loss is made for that k, and the plateau
follows it: 0 and 2/3, 1 and 2 are the rows of the paper's table. Lower the cap at k = 2: kicks end where gradients are
clipped.</li>
"""
