"""From the text of a formula in the config to a SymPy expression, without running any of it.

The text is parsed by Python's `ast` and only whitelisted nodes are translated: numbers, known symbols,
arithmetic, comparisons and the functions below. Nothing is evaluated, so a config cannot run code, and numbers
are bounded before they are computed, so it cannot exhaust the machine either.
"""

import ast
import math
import operator
import warnings
from collections.abc import Callable, Collection, Mapping
from typing import Any

import sympy as sp

from duality.errors import InputError

ACTIVATION_SYMBOLS = ("y",)
LOSS_SYMBOLS = ("f", "x2")
CONDITION_SYMBOLS = ("x1", "y", "w", "b", "x2", "gamma")

LONGEST_FORMULA = 500
MOST_NODES = 200
LARGEST_EXPONENT = 64
MOST_CORNERS = 6  # each of abs and clip, max and min, Piecewise can double the pieces that a composition has
LARGEST_NUMBER = 1e300
MOST_BITS = 1024  # of a number's numerator or denominator: the range of a double

FUNCTIONS: dict[str, tuple[int, int, Callable[..., sp.Expr]]] = {
    # name: (fewest arguments, most arguments, meaning)
    "exp": (1, 1, sp.exp),
    "log": (1, 1, sp.log),
    "log1p": (1, 1, lambda u: sp.log(1 + u)),
    "expm1": (1, 1, lambda u: sp.exp(u) - 1),
    "sqrt": (1, 1, sp.sqrt),
    "sin": (1, 1, sp.sin),
    "cos": (1, 1, sp.cos),
    "sinh": (1, 1, sp.sinh),
    "cosh": (1, 1, sp.cosh),
    "tanh": (1, 1, sp.tanh),
    "atan": (1, 1, sp.atan),
    "erf": (1, 1, sp.erf),
    # Everything with a corner becomes Piecewise at once: each piece is smooth and has a plain derivative.
    "abs": (1, 1, lambda u: sp.Piecewise((u, _compared(operator.ge, u, sp.S.Zero)), (-u, True))),
    "max": (2, 8, lambda *us: _extremum(operator.ge, us)),
    "min": (2, 8, lambda *us: _extremum(operator.le, us)),
    "clip": (3, 3, lambda u, low, high: _clip(u, low, high)),
}

_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def _compared(relation: Callable[[Any, Any], Any], left: sp.Expr, right: sp.Expr) -> Any:
    """A relation of two expressions; of numbers by 50 digits: SymPy would take for ever to tell erf(1e10) from 1."""
    if left.is_number and right.is_number:
        left, right = left.evalf(50), right.evalf(50)
    return relation(left, right)


def _clip(u: sp.Expr, low: sp.Expr, high: sp.Expr) -> sp.Expr:
    return sp.Piecewise((low, _compared(operator.lt, u, low)), (high, _compared(operator.gt, u, high)), (u, True))


def _extremum(better: Callable[[Any, Any], Any], arguments: tuple[sp.Expr, ...]) -> sp.Expr:
    """Maximum (better = at least) or minimum of the arguments; a tie falls to the earlier one."""
    pieces = [
        (one, sp.And(*(_compared(better, one, other) for other in arguments[index + 1 :])))
        for index, one in enumerate(arguments[:-1])
    ]
    return sp.Piecewise(*pieces, (arguments[-1], True))


class _Translator:
    def __init__(
        self,
        symbols: Collection[str],
        parameters: Mapping[str, float] | None = None,
        much_less_than: sp.Rational | None = None,
    ):
        self.symbols = list(symbols)
        self.parameters = {name: _rational(value) for name, value in (parameters or {}).items()}
        self.much_less_than = much_less_than

    def expression(self, node: ast.expr) -> sp.Expr:
        match node:
            case ast.Constant(value=bool()):
                raise InputError("True or False stands where a number should")
            case ast.Constant(value=int() | float() as value):
                return bounded(_rational(value))
            case ast.Name(id=name):
                if name in self.symbols:
                    return sp.Symbol(name, real=True)
                if name in self.parameters:
                    return self.parameters[name]
                if name == "pi":
                    return sp.pi
                allowed = ", ".join([*self.symbols, *self.parameters, "pi"])
                raise InputError(f"unknown symbol '{name}' (allowed: {allowed})")
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self.expression(operand)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.expression(operand)
            case ast.BinOp(left=left, op=op, right=right):
                return self.arithmetic(self.expression(left), op, self.expression(right))
            case ast.Call(func=ast.Name(id="Piecewise"), args=pieces, keywords=[]) if pieces:
                return sp.Piecewise(*(self.piece(piece) for piece in pieces))
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
                fewest, most, function = FUNCTIONS[name]
                if not fewest <= len(arguments) <= most:
                    raise InputError(f"{name}() takes {fewest} to {most} arguments, not {len(arguments)}")
                given = [self.expression(argument) for argument in arguments]
                if name in ("exp", "expm1", "sinh", "cosh") and given[0].is_number and abs(float(given[0])) > 690:
                    raise InputError("a number in it is too large")
                return bounded(function(*given))
            case ast.Call():
                allowed = ", ".join([*FUNCTIONS, "Piecewise"])
                raise InputError(f"'{ast.unparse(node)}' calls what is not allowed (allowed: {allowed})")
        raise InputError(f"'{ast.unparse(node)}' is not allowed in a formula")

    def arithmetic(self, left: sp.Expr, op: ast.operator, right: sp.Expr) -> sp.Expr:
        match op:
            case ast.Add():
                return bounded(left + right)
            case ast.Sub():
                return bounded(left - right)
            case ast.Mult():
                return bounded(left * right)
            case ast.Div():
                if right.is_zero:
                    raise InputError("division by zero")
                return bounded(left / right)
            case ast.Pow():
                if not right.is_Rational or abs(right) > LARGEST_EXPONENT:
                    raise InputError(f"an exponent must be a number of at most {LARGEST_EXPONENT}")
                if left.is_zero and right < 0:
                    raise InputError("division by zero")
                if left.is_Rational and _bits(left) * abs(right) > MOST_BITS:
                    raise InputError("a number in it is too large")
                return bounded(left**right)
        raise InputError("only + - * / ** are allowed between numbers")

    def piece(self, node: ast.expr) -> tuple[sp.Expr, Any]:
        match node:
            case ast.Tuple(elts=[value, condition]):
                return self.expression(value), self.condition(condition)
        raise InputError("Piecewise takes pairs (value, condition)")

    def condition(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=bool() as value):
                return sp.true if value else sp.false
            case ast.BoolOp(op=op, values=values):
                parts = [self.condition(value) for value in values]
                return sp.And(*parts) if isinstance(op, ast.And) else sp.Or(*parts)
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                terms = [self.expression(term) for term in (left, *comparators)]
                parts = []
                for op_, small, large in zip(ops, terms[:-1], terms[1:], strict=True):
                    if type(op_) not in _COMPARISONS:
                        raise InputError("only < <= > >= compare in a formula")
                    parts.append(_compared(_COMPARISONS[type(op_)], small, large))
                return sp.And(*parts)
            case ast.BinOp(left=left, op=ast.LShift() | ast.RShift() as op, right=right) if self.much_less_than:
                small, large = self.expression(left), self.expression(right)
                if isinstance(op, ast.RShift):
                    small, large = large, small
                return _compared(operator.le, self.much_less_than * small, large)
        raise InputError(f"'{ast.unparse(node)}' is not a condition (write a < b, a > b, a << b, joined by and, or)")


def _rational(value: float) -> sp.Rational:
    """The exact rational of a number's decimal digits, so that 0.001 means 1/1000."""
    if isinstance(value, float) and not math.isfinite(value):  # as 1e400 is read
        raise InputError("a number in it is too large")
    return sp.Rational(repr(value))


def _bits(number: sp.Rational) -> int:
    return max(int(number.p).bit_length(), int(number.q).bit_length())


def bounded(expression: sp.Expr) -> sp.Expr:
    """The expression itself, unless it is a number that no double can hold or is undefined.

    Raises
    ------
    InputError
    """
    if expression.is_Rational and _bits(expression) > MOST_BITS:
        raise InputError("a number in it is too large")
    undefined = expression.has(sp.nan, sp.zoo, sp.oo, -sp.oo, sp.I)
    if expression.is_number and not expression.is_Rational and not undefined:
        value = expression.evalf(15)  # all parts of it are bounded already, so that this is cheap
        undefined = not value.is_real
        if not undefined and not abs(value) < LARGEST_NUMBER:
            raise InputError("a number in it is too large")
    if undefined:
        raise InputError("it is undefined or not real")
    return expression


def _corners(node: ast.AST) -> int:
    match node:
        case ast.Call(func=ast.Name(id="abs")):
            return 1
        case ast.Call(func=ast.Name(id="clip")):
            return 2
        case ast.Call(func=ast.Name(id="max" | "min" | "Piecewise"), args=arguments):
            return max(len(arguments) - 1, 0)
    return 0


def _parse(text: str) -> ast.expr:
    if not text.strip():
        raise InputError("the formula is empty")
    if len(text) > LONGEST_FORMULA:
        raise InputError(f"the formula has {len(text)} characters (at most {LONGEST_FORMULA})")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what Python reads as two words, such as 1or
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InputError("it does not parse as a formula") from error
    corners = sum(_corners(node) for node in ast.walk(tree))
    if corners > MOST_CORNERS:
        raise InputError(f"abs, max, min, clip and Piecewise make {corners} corners (at most {MOST_CORNERS})")
    if sum(1 for _ in ast.walk(tree)) > MOST_NODES:
        raise InputError(f"the formula has too many terms (at most {MOST_NODES} nodes)")
    return tree


def parse_expression(text: str, symbols: Collection[str], parameters: Mapping[str, float] | None = None) -> sp.Expr:
    """A formula such as `(f - x2)**2` as a SymPy expression.

    Parameters
    ----------
    text : str
        Python's arithmetic, the functions of `FUNCTIONS`, `Piecewise((value, condition), ...)` and `pi`.
    symbols : collection of str
        The names that may occur; each becomes a real SymPy symbol.
    parameters : mapping of str to float, optional
        Named numbers, put in where their name stands.

    Returns
    -------
    sympy.Expr
        Numbers are exact rationals of their decimal digits.

    Raises
    ------
    InputError
        If the text is no formula, or uses anything outside the whitelist.
    """
    return _guarded(lambda: bounded(_Translator(symbols, parameters).expression(_parse(text))))


def parse_condition(text: str, symbols: Collection[str], much_less_than: float) -> Any:
    """A condition on x1 such as `1/2 << abs(w*x1)` as a SymPy Boolean.

    Parameters
    ----------
    text : str
        Comparisons of formulas by <, <=, >, >=, joined by `and`, `or`; `a << b` and `a >> b` are the paper's ≪, ≫.
    symbols : collection of str
        The names that may occur.
    much_less_than : float
        M: a ≪ b is read as M·a ≤ b.

    Raises
    ------
    InputError
        If the text is no condition, or uses anything outside the whitelist.
    """
    translator = _Translator(symbols, much_less_than=_rational(much_less_than))
    return _guarded(lambda: translator.condition(_parse(text)))


def _guarded(translate: Callable[[], Any]) -> Any:
    """SymPy refuses some whitelisted texts in its own ways (comparing a complex number, say): all are bad input."""
    try:
        return translate()
    except InputError:
        raise
    except (TypeError, ValueError, ArithmeticError, RecursionError, NotImplementedError) as error:
        raise InputError(f"it is not a real formula ({type(error).__name__})") from error
