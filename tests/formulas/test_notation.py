"""If these fail, a formula on the page reads otherwise than it was written, or a text becomes markup."""

import re
from html import unescape
from xml.etree import ElementTree

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from duality.formulas.notation import formulas, mathml, spelled
from duality.formulas.parsing import parse_expression
from duality.records.claims import LEDGER


def shown(text):
    """What a reader sees of markup: formulas in brackets, and _ or ^ before what is lowered or raised."""
    joined = re.sub(r"</math><wbr><math>", "", str(text))
    return _told(ElementTree.fromstring(f"<body>{joined}</body>")).replace("\u2060", "")


def _told(element):
    parts = [element.text or "", *(_told(inner) + (inner.tail or "") for inner in element)]
    if element.tag in ("msub", "msup") and element[1].tag == "mrow":  # x1 and y² have none in the text either
        parts.insert(2, {"msub": "_", "msup": "^"}[element.tag])
    return f"⟦{''.join(parts)}⟧" if element.tag == "math" else "".join(parts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("p(q̇) ∝ p(x1)·q̇^(-2)", "⟦p(q̇)∝p(x1)·q̇^−2⟧"),
        ("w_ij = q_l with l = (i-1)N + j", "⟦w_ij=q_l⟧ with ⟦l=(i−1)N+j⟧"),
        ("The weights w_ij, and the biases b_i.", "The weights ⟦w_ij⟧, and the biases ⟦b_i⟧."),
        ("for k_w = 1, as (6.3) has it", "for ⟦k_w=1⟧, as (6.3) has it"),
        ("a shifted law (Aẇ + B)^(-k_w) (Eq. 6.1)", "a shifted law ⟦(Aẇ+B)^−k_w⟧ (Eq. 6.1)"),
        ("For K > N_∂ a transformation", "For ⟦K>N_∂⟧ a transformation"),
        ("k_q: |x1| ≫ 1; up to logarithms", "⟦k_q⟧: ⟦|x1|≫1⟧; up to logarithms"),
        ("of R-hat 1.01 in mini-batches, 3/4 or 2/3", "of R-hat 1.01 in mini-batches, 3/4 or 2/3"),
        ("at the experiment's γ, corrected", "at the experiment's ⟦γ⟧, corrected"),
        ("Holm's k = 2; it isn't", "Holm's ⟦k=2⟧; it isn't"),
        ("against log₁₀|q̇|, for every", "against ⟦log10|q̇|⟧, for every"),
        ("With h = dH/dy, as y → -∞ and", "With ⟦h=dH/dy⟧, as ⟦y→−∞⟧ and"),
        ("a unit, and nothing else", "a unit, and nothing else"),
        ("at M = 3 0% of it (with γ)", "at ⟦M=3⟧ 0% of it (with ⟦γ⟧)"),
        ("for 'ones' (H = e^y) (y-b)·H′ < 0", "for 'ones' ⟦(H=e^y)⟧ ⟦(y−b)·H′<0⟧"),
        ("any H(y), a constant -B/A or (1-P)x", "any ⟦H(y)⟧, a constant ⟦−B/A⟧ or ⟦(1−P)x⟧"),
        ("so A_b = 0, where log f is undefined", "so ⟦A_b=0⟧, where ⟦logf⟧ is undefined"),
        ("α = atan2(ḃ, ẇ), exact for ḃ", "⟦α=⟧ atan2(⟦ḃ⟧, ⟦ẇ⟧), exact for ⟦ḃ⟧"),
        ("to 5e-04, from -7.1e+05 to 0e+00", "to ⟦5×10^−4⟧, from ⟦−7.1×10^5⟧ to ⟦0⟧"),
        ("w_iN and w_(i+1)1 the same", "⟦w_iN⟧ and ⟦w_(i+1)1⟧ the same"),
        ("-0.67 ± 0.18, of Secs. 2-9", "−0.67 ± 0.18, of Secs. 2-9"),
    ],
)
def test_a_text_shows_its_formulas_and_keeps_its_words(text, expected):
    assert shown(formulas(text)) == expected


def test_powers_and_indices_stand_where_they_belong():
    assert (
        '<msup><mi class="slanted">q̇</mi><mrow><mo>−</mo><msub><mi>k</mi><mrow><mi>q</mi></mrow></msub></mrow></msup>'
        in formulas("q̇^(-k_q)")
    )
    assert "<msub><mi>x</mi><mn>1</mn></msub>" in formulas("x1·ḃ")
    assert "<msup><mi>N</mi><mn>2</mn></msup>" in formulas("l = N² + i")
    assert "<msub><mi>log</mi><mn>10</mn></msub>" in formulas("log₁₀ of the density")


@given(st.text(alphabet="abwxyk_^()[]|<>&\"'=+-·/123²ẇq̇γ≪₁ ,.\n", max_size=40))
def test_no_text_becomes_markup_and_none_is_lost(text):
    written = str(formulas(text))
    assert set(re.findall(r"<(/?\w+)[^>]*>", written)) <= {
        f"{slash}{tag}" for tag in ("math", "mi", "mn", "mo", "mrow", "msub", "msup", "wbr") for slash in ("", "/")
    }
    left = unescape(re.sub(r"<[a-z/][^>]*>", "", written)).replace("\u2060", "").replace("−", "-")
    dropped = re.compile(r"[ _^()²2₁1]")  # of formulas: spaces, the signs of indices and powers, and their digits
    assert dropped.sub("", left) == dropped.sub("", text)


def test_what_algebra_finds_is_spelled_as_texts_are():
    """And so it is drawn where texts are."""
    gamma, mu, sigma, w, x1, x2 = sp.symbols("gamma mu sigma w x1 x2", positive=True)
    assert spelled(gamma**-2) == "γ^(-2)"
    assert spelled((x1 - mu) / (2 * sigma**2 * w)) == "(-μ + x1)/(2·σ²·w)"
    assert shown(formulas(f"adds {spelled((x1 - mu) / (2 * sigma**2 * w))}, which")) == "adds ⟦(−μ+x1)/(2·σ2·w)⟧, which"
    assert spelled(sp.sqrt(2) / sp.sqrt(sp.pi) * sp.exp(x1)) == "√(2)·exp(x1)/√(π)"
    assert spelled([1, -2 * x2, x2**2]) == "1, -2·x2, x2²"
    assert spelled({(sp.Integer(2), -x1)}) == "(2, -x1)"
    assert spelled({-sp.oo, sp.oo}) == "-∞, ∞"
    assert spelled([True, sp.false]) == "yes, no"
    assert spelled(sp.Interval.open(-1, 0)) == "(-1, 0)"


def test_the_formulas_of_the_config_are_those_of_sympy(compositions):
    y, k = sp.Symbol("y", real=True), sp.Symbol("k")
    assert shown(mathml(sp.Eq(sp.Function("H")(y), 1 / (1 + sp.exp(-y)), evaluate=False))) == "⟦H(y)=11+e^−y⟧"
    assert "<msup>" in mathml(y**k)
    relu = str(mathml(compositions["relu_mse"].f))
    assert "piecewise" not in relu
    assert relu.count("<mtr>") == 2
    assert "else" in relu
    assert "<mo>&lt;</mo>" in mathml(y < 2)
    kept = parse_expression("log(clip(f, epsilon, 1 - epsilon))", ["f", "epsilon"])
    assert shown(mathml(kept)) == "⟦log(clip(f,ε,1−ε))⟧"
    assert "&" not in re.sub("&(lt|gt|amp);", "", relu)


@pytest.mark.slow
def test_every_right_form_of_the_ledger_has_its_parentheses(finished):
    """None is left in part: what opens in a formula closes in it."""
    for text in LEDGER.read(finished / "results/claims/ledger.csv")["right_form"]:
        for formula in re.findall("⟦(.*?)⟧", shown(formulas(text))):
            assert formula.count("(") == formula.count(")"), text
