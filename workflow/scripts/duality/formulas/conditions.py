"""Conditions on x1, as the config writes them, as a test of arrays."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import sympy as sp

from duality.formulas.parsing import CONDITION_SYMBOLS, parse_condition
from duality.formulas.stable import literal_function


def all_met(conditions: Sequence[str], much_less_than: float) -> Callable[..., np.ndarray]:
    """The test whether all conditions hold, elementwise.

    Parameters
    ----------
    conditions : sequence of str
        See `duality.formulas.parsing.parse_condition`; if there are none, they hold everywhere.
    much_less_than : float
        M: a ≪ b is read as M·a ≤ b.

    Returns
    -------
    callable
        A function of arrays, one per name in `CONDITION_SYMBOLS` and in that order.

    Raises
    ------
    InputError
        If a text is no condition.
    """
    return _all_met(tuple(conditions), much_less_than)


@cache  # windows are found again and again as (w, b) moves
def _all_met(conditions: tuple[str, ...], much_less_than: float) -> Callable[..., np.ndarray]:
    tests = [_met(text, much_less_than) for text in conditions or ("0 < 1",)]
    return lambda *values: np.logical_and.reduce([test(*values) for test in tests])


@cache  # classes share conditions
def _met(condition: str, much_less_than: float) -> Callable[..., np.ndarray]:
    symbols = tuple(sp.Symbol(name, real=True) for name in CONDITION_SYMBOLS)
    return literal_function(symbols, parse_condition(condition, CONDITION_SYMBOLS, much_less_than))
