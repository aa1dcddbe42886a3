"""If these fail, the page computes another h than the workflow, or text of a config becomes code."""

import numpy as np
import pytest
import sympy as sp
from explored_values import different
from scipy import special

from duality.errors import InputError
from duality.explorer.javascript import function
from duality.formulas.compose import compose
from duality.formulas.parsing import FUNCTIONS
from duality.formulas.stable import Y, array_function

# Every function that a formula may have is in one of these.
ACTIVATIONS = {
    "GELU": "y*(1 + erf(y/sqrt(2)))/2",
    "softplus": "log1p(exp(y))",
    "ELU": "max(expm1(min(y, 0)), y)",
    "leaky": "Piecewise((y, y > 0), (y/100, True))",
    "arctangent": "atan(y) + sin(y)/4 + cos(y)/8",
    "soft sign": "y/(1 + abs(y))",
    "hyperbolic": "tanh(y) + sinh(y/9)/cosh(y/8) + clip(y, -1, 1)*pi",
    "logarithm": "log(2 + exp(y/3))",
}


def test_functions_are_the_same_in_python_and_in_javascript(opened):
    """At 41 y from -30 to 30, where exponentials are far below and above what a sum keeps of them."""
    formulas = " ".join(ACTIVATIONS.values())
    assert all(f"{name}(" in formulas or name == "exp" for name in FUNCTIONS)
    y, checked = np.linspace(-30, 30, 41), 0
    with opened() as page:
        for name, formula in ACTIVATIONS.items():
            composition = compose(formula, "(f - x2)**2", [1.0])
            for order in (1, 2, 3):
                (expression,) = composition.derivative(order)
                code = function(expression)
                got = page.evaluate(f"y => y.map({code}).map(String)", y.tolist())
                wanted = array_function(expression)(y)
                wrong = different([float(value.replace("Infinity", "inf")) for value in got], wanted)
                assert not wrong.any(), f"{name}, order {order}: {code} at {y[wrong]}"
                checked += y.size
    assert checked > 900


def test_the_error_function_of_the_page(opened):
    """To 13 digits on both sides of where its series gives way to its continued fraction."""
    at = [*np.linspace(-6, 6, 25).tolist(), 1.4999, 1.5, 1.5001, 10.0, 26.0, 0.001]
    with opened() as page:
        got = page.evaluate("us => us.map(u => [erf(u), erfc(u), onePlusErf(u)])", at)
    wanted = [[special.erf(u), special.erfc(u), special.erfc(-u)] for u in at]
    assert not different(got, wanted, 1e-13).any()


@pytest.mark.parametrize(
    "expression",
    [
        sp.Symbol("alert", real=True) * Y,
        sp.Function("alert")(Y),
        sp.besselj(1, Y),
        sp.DiracDelta(Y),
        sp.Symbol("y;alert(1)//", real=True) + Y,
    ],
    ids=str,
)
def test_what_no_formula_may_have_is_not_printed(expression):
    with pytest.raises(InputError):
        function(expression)


def test_where_no_condition_holds_there_is_no_value():
    assert function(sp.Piecewise((Y, Y > 0))) == "(y) => { return ((y > 0 ? y : NaN)); }"
