"""What "≈" and "≪" claim: limits of ratios, and how large the error is where a limit is read as a factor."""

import numpy as np
import sympy as sp

from duality.formulas.stable import literal_function

MUCH_LESS_THAN = 3  # M: the boundary of a ≪ b is taken at M·a = b, as in the config


def limit(expression: sp.Expr, *steps: tuple[sp.Symbol, sp.Expr]) -> sp.Expr:
    """The limit as each symbol in turn goes to its value; 0 is approached from above.

    Over one denominator SymPy finds it fast; simplified would take longer than the limit itself.
    """
    for symbol, value in steps:
        expression = sp.limit(sp.together(expression), symbol, value)
    return sp.simplify(expression)


def tends_to(expression: sp.Expr, value: sp.Expr, *steps: tuple[sp.Symbol, sp.Expr]) -> bool:
    """Whether the limit is this value, whatever the symbols that are left."""
    return bool(sp.simplify(limit(expression, *steps) - value) == 0)


def asymptotic(exact: sp.Expr, approximate: sp.Expr, *steps: tuple[sp.Symbol, sp.Expr]) -> bool:
    """Whether exact/approximate tends to 1: what "≈" claims in a limit."""
    return tends_to(exact / approximate, sp.Integer(1), *steps)


def unbounded(contribution: sp.Expr, sd: sp.Symbol, point: dict[sp.Symbol, sp.Expr]) -> bool:
    """Whether what the data's density adds to an exponent at a point grows without bound as the class gets narrower.

    If so, no condition that leaves out the width of the class can make it small.
    """
    return bool(sp.limit(contribution.subs(point), sd, 0, "+").is_infinite)


def relative_error(approximate: sp.Expr, exact: sp.Expr, point: dict[sp.Symbol, sp.Expr]) -> float:
    """|approximate/exact - 1| at a point."""
    return float(abs((approximate / exact).subs(point) - 1))


def largest(expression: sp.Expr, symbols: tuple[sp.Symbol, ...], *ranges: np.ndarray) -> float:
    """The largest |expression| over a grid."""
    return float(np.max(np.abs(literal_function(symbols, expression)(*np.meshgrid(*ranges)))))
