"""The composition H(y) of an activation f(y) and a loss H(f, x2), and its derivatives.

They are taken by SymPy from the formulas of the config, piece by piece where those have corners.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count

import numpy as np
import sympy as sp

from duality.errors import InputError
from duality.formulas.bisection import bisect
from duality.formulas.stable import Y, array_function, literal_function


@dataclass(frozen=True)
class Composition:
    """H(y) for every class, and what follows from it.

    Attributes
    ----------
    f : sympy.Expr
        The activation f(y).
    H : tuple of sympy.Expr
        The composed loss H(f(y), x2), one per class, as a `Piecewise` of smooth pieces where it has corners.
    labels : tuple of float
        The label x2 of every class.
    """

    f: sp.Expr
    H: tuple[sp.Expr, ...]
    labels: tuple[float, ...]
    _derivatives: dict[int, tuple[sp.Expr, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _functions: dict[tuple[int, int], Callable[[np.ndarray], np.ndarray]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _corners: dict[tuple[float, float, int | None], np.ndarray] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @cached_property
    def activation(self) -> Callable[[np.ndarray], np.ndarray]:
        """f(y) as an elementwise function of arrays of y, in a form stable in floating point."""
        return array_function(self.f)

    def derivative(self, order: int) -> tuple[sp.Expr, ...]:
        """dⁿH/dyⁿ per class: n = 1 is h of Eqs. 6.4 and 9.7. At a corner the value is that of one of its sides."""
        if order not in self._derivatives:
            self._derivatives[order] = tuple(
                map_pieces(H, lambda piece: piece.diff(Y, order) if order else piece) for H in self.H
            )
        return self._derivatives[order]

    def piece_numbers(self) -> tuple[sp.Expr, ...]:
        """Per class a `Piecewise` with the number of the smooth piece of H that y lies in: it steps at the corners."""
        numbered = []
        for H in self.H:
            numbers = map(sp.Integer, count())
            numbered.append(map_pieces(H, lambda _, numbers=numbers: next(numbers)))  # type: ignore[misc]
        return tuple(numbered)

    def function(self, order: int, label: int) -> Callable[[np.ndarray], np.ndarray]:
        """dⁿH/dyⁿ of one class as an elementwise function of arrays of y, in a form stable in floating point."""
        if (order, label) not in self._functions:
            self._functions[order, label] = array_function(self.derivative(order)[label])
        return self._functions[order, label]

    def functions(self, order: int) -> tuple[Callable[[np.ndarray], np.ndarray], ...]:
        """The same for every class."""
        return tuple(self.function(order, label) for label in range(len(self.H)))

    @cached_property
    def _pieces(self) -> tuple[Callable[[np.ndarray], np.ndarray], ...]:
        return tuple(map(array_function, self.piece_numbers()))

    def corners(self, low: float, high: float, label: int | None = None) -> np.ndarray:
        """Where H(y) of a class, or of some class, passes from one smooth piece to the next, to the last bit.

        Parameters
        ----------
        low, high : float
            The range of y to search; a piece narrower than 1/4096 of it can be missed.
        label : int, optional
            Index of the class; without it those of all classes are found.

        Returns
        -------
        ndarray, sorted
            For each corner the smallest y of the right-hand piece. Every quantity asks for them in the same range.
        """
        asked = low, high, label
        if asked not in self._corners:
            self._corners[asked] = self._corners_within(*asked)
        return self._corners[asked]

    def _corners_within(self, low: float, high: float, label: int | None) -> np.ndarray:
        y = np.linspace(low, high, 4097)
        found = []
        for piece in self._pieces if label is None else (self._pieces[label],):
            steps = np.flatnonzero(np.diff(piece(y)))
            left, right = y[steps], y[steps + 1]
            number_left = piece(left)
            found.append(bisect(lambda at: piece(at) == number_left, left, right, 80)[1])  # noqa: B023
        return np.unique(np.concatenate(found))


def map_pieces(expression: sp.Expr, function: Callable[[sp.Expr], sp.Expr]) -> sp.Expr:
    """An expression with a function applied to each smooth piece; conditions, whose order matters, stay as they are."""
    if not isinstance(expression, sp.Piecewise):
        return function(expression)
    pieces = [(map_pieces(piece, function), condition) for piece, condition in expression.args]
    return sp.Piecewise(*pieces, evaluate=False)


def check_defined(composition: Composition) -> None:
    """Refuse a composition that is no real number for some y, with the y in the message.

    Raises
    ------
    InputError
    """
    y = np.linspace(-8, 8, 65)
    parts = [("the activation", composition.f)]
    for order, name in ((0, "the loss"), (1, "the derivative of the loss")):
        parts += [(f"{name} of class {k + 1}", e) for k, e in enumerate(composition.derivative(order))]
    for name, expression in parts:
        undefined = np.isnan(literal_function((Y,), expression)(y).astype(float))
        if undefined.any():
            raise InputError(f"{name} is undefined, for example at y = {y[undefined][0]:g}")
