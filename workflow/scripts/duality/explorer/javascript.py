"""Formulas as JavaScript: the stable form of an expression in y, printed by SymPy.

Only what the parser of formulas can give is printed: numbers, the symbols below and the functions below. All else is
refused, so that no text of a config becomes code.
"""

import re
from collections.abc import Sequence
from typing import Any

import sympy as sp
from sympy.printing.jscode import JavascriptCodePrinter

from duality.errors import InputError
from duality.formulas.stable import rate_of, stable, steps

_SYMBOL = re.compile(r"[yzd]|cap|x[0-9]+")  # y and z, what is computed once, and the parameters of a family
# What `explorer.js` has: erf and these two, of which JavaScript has none.
_OF_THE_PAGE = {"erf": "erf", "one_plus_erf": "onePlusErf", "one_plus_tanh": "onePlusTanh"}
_OF_JAVASCRIPT = ("expm1", "log1p")  # for which SymPy's printer has no name


class _Printer(JavascriptCodePrinter):  # type: ignore[misc]
    def __init__(self) -> None:
        named = {name: f"Math.{name}" for name in _OF_JAVASCRIPT}
        super().__init__({"user_functions": {**named, **_OF_THE_PAGE}})

    def _print_Symbol(self, expr: sp.Symbol) -> str:
        if not _SYMBOL.fullmatch(expr.name):
            raise InputError(f"the symbol {expr.name} has no meaning in JavaScript")
        return str(expr.name)

    def _print_Float(self, expr: sp.Float) -> str:
        return repr(float(expr))

    def _print_Pow(self, expr: sp.Pow) -> str:
        """A root of a negative number is none, as in Python: `Math.cbrt` would have one."""
        if expr.exp == sp.Rational(1, 3):
            return f"Math.pow({self._print(expr.base)}, 1/3)"
        return str(super()._print_Pow(expr))

    def _print_NaN(self, expr: Any) -> str:  # noqa: ARG002
        return "NaN"

    def _print_Piecewise(self, expr: sp.Piecewise) -> str:
        """Where no condition holds there is no value."""
        printed = "NaN"
        for value, condition in reversed(expr.args):
            value = self._print(value)
            printed = value if condition == sp.true else f"({self._print(condition)} ? {value} : {printed})"
        return f"({printed})"

    def _print_not_supported(self, expr: Any) -> str:
        raise InputError(f"{type(expr).__name__} has no meaning in JavaScript")


def function(expression: sp.Expr, arguments: Sequence[str] = ("y",)) -> str:
    """An expression in y as a JavaScript function, in a form stable in floating point.

    Parameters
    ----------
    expression : sympy.Expr
        As `duality.formulas.composition.Composition` has them.
    arguments : sequence of str
        Names of the function's arguments.

    Raises
    ------
    InputError
        If it has what JavaScript has no word for.
    """
    rate = rate_of((expression,))
    shared, result = steps(stable(expression, rate), rate)
    if free := {symbol.name for symbol in expression.free_symbols} - set(arguments):
        raise InputError(f"the symbol {min(free)} has no value")
    printer = _Printer()
    lines = [f"const {printer.doprint(symbol)} = {printer.doprint(value)};" for symbol, value in shared]
    return f"({', '.join(arguments)}) => {{ {' '.join([*lines, f'return {printer.doprint(result)};'])} }}"
