"""If these fail, a config could run code, hang the machine, or mean something else than it says."""

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from duality.errors import InputError
from duality.formulas.parsing import LONGEST_FORMULA, parse_condition, parse_expression

y, f, x2 = (sp.Symbol(name, real=True) for name in ("y", "f", "x2"))

HOSTILE = [
    "__import__('os')",
    "().__class__",
    "open('x')",
    "9**9**9",
    "9**9999999",
    "((9**64)**64)**64",
    "y**1e9",
    "2**y",
    "(lambda: 1)()",
    "[y for y in (1,)]",
    "y.real",
    "y[0]",
    "f'{y}'",
    "'y'",
    "exp(y, y)",
    "exp(y=1)",
    "exp(*y)",
    "eval('1')",
    "max(y)",
    "Piecewise()",
    "Piecewise(y)",
    "y if y else y",
    "y := 1",
    "y == 1",
    "y and y",
    "True",
    "None",
    "1j",
    "...",
    "y; y",
    "y\ny",
    "import os",
    "1/0",
    "log(0)",
    "sqrt(-1)",
    "0**-1",
    "z",
    "x2",
    "",
    "   ",
    "(",
    "y +",
    "\x00",
    "(" * 400,
    "-" * 450 + "y",
    "1" + "0" * 400,
    "y + " * 2500 + "y",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text)[:40])
def test_what_is_no_formula_is_refused_with_one_line(text):
    with pytest.raises(InputError) as caught:
        parse_expression(text, ["y"])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("min(y, erf(1e10)) - y + max(1, tanh(600))", lambda v: min(v, 1) - v + 1),
        ("clip(y, 0, cosh(1e-200))", lambda v: min(max(v, 0), 1)),
        ("Piecewise((1, erf(1e10) < 1), (y, True))", lambda v: v),
    ],
)
def test_numbers_that_differ_beyond_all_digits_are_equal(text, meaning):
    """To tell erf(1e10) from 1 symbolically takes 10^20 digits: a config must not stop the machine."""
    for value in (-0.5, 0.3, 2.5):
        assert float(parse_expression(text, ["y"]).subs(y, value)) == pytest.approx(meaning(value))


@given(st.text(max_size=60))
def test_any_text_is_a_formula_or_refused(text):
    try:
        parse_expression(text, ["y"])
    except InputError:
        return


FORMULAS = st.recursive(
    st.sampled_from(["y", "1", "2.5", "pi", "0"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(st.sampled_from(["exp", "log", "sqrt", "abs", "tanh"]), inner).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(inner, st.integers(-9, 9)).map(lambda t: f"({t[0]})**{t[1]}"),
    ),
    max_leaves=6,
)


def test_a_formula_means_what_python_arithmetic_means():
    """Against Python's own evaluation with SymPy's functions, allowed here because the text is ours."""
    at = sp.Rational(7, 10)
    names = {"y": at, "pi": sp.pi, "exp": sp.exp, "log": sp.log, "sqrt": sp.sqrt, "abs": abs, "tanh": sp.tanh}
    drawn, compared = 0, 0

    @given(FORMULAS)
    def check(text):
        nonlocal drawn, compared
        drawn += 1
        expected = sp.N(sp.sympify(text, locals=names), 30)
        try:
            parsed = parse_expression(text, ["y"])
        except InputError:
            return
        got = sp.N(parsed.subs(y, at), 30)
        if expected.is_finite and expected.is_real:
            assert abs(got - expected) <= 1e-12 * (1 + abs(expected))
            compared += 1

    check()
    assert compared > drawn / 2


def test_the_paper_s_formulas():
    assert parse_expression("1/(1 + exp(-y))", ["y"]) == 1 / (1 + sp.exp(-y))
    assert parse_expression("(f - x2)**2", ["f", "x2"]) == (f - x2) ** 2
    relu = parse_expression("max(0, y)", ["y"])
    assert [relu.subs(y, value) for value in (-1, 0, 2)] == [0, 0, 2]
    clipped = parse_expression("clip(y, 0, 1)", ["y"])
    assert [clipped.subs(y, value) for value in (-1, sp.Rational(1, 2), 3)] == [0, sp.Rational(1, 2), 1]


def test_numbers_are_those_of_their_digits():
    assert parse_expression("0.001*y", ["y"]) == sp.Rational(1, 1000) * y
    assert parse_expression("(y - c)**(2*m)", ["y"], {"c": 0.5, "m": 2}) == (y - sp.Rational(1, 2)) ** 4


def test_much_less_than_is_a_factor():
    condition = parse_condition("1/2 << abs(w*x1)", ["w", "x1"], 3)
    w, x1 = sp.Symbol("w", real=True), sp.Symbol("x1", real=True)
    assert condition.subs({w: 2, x1: sp.Rational(3, 4)}) == sp.true  # 3·½ ≤ 2·¾ holds with equality
    assert condition.subs({w: 2, x1: sp.Rational(74, 100)}) == sp.false
    assert parse_condition("abs(w) >> 1", ["w"], 3) == parse_condition("1 << abs(w)", ["w"], 3)


@pytest.mark.parametrize("text", ["x1", "x1 + 1", "x1 << ", "x1 == 1", "open('x') < 1", "x1 < q", "not x1 < 1"])
def test_what_is_no_condition_is_refused(text):
    with pytest.raises(InputError):
        parse_condition(text, ["x1"], 3)


def test_the_limit_of_length_is_just_there():
    filler = "y" + "+y" * ((LONGEST_FORMULA - 1) // 2)
    with pytest.raises(InputError, match=r"characters|nodes"):
        parse_expression(filler + "+y", ["y"])
