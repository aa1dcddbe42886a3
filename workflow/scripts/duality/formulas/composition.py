"""The composition H(y) of an activation f(y) and a loss H(f, x2), and its derivatives.

They are taken by SymPy from the formulas of the config, piece by piece where those have corners.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count

import numpy as np
import sympy as sp

from duality.errors import InputError
from duality.formulas.bisection import bisect
from duality.formulas.parsing import ACTIVATION_SYMBOLS, LOSS_SYMBOLS, parse_expression
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
    """

    f: sp.Expr
    H: tuple[sp.Expr, ...]

    def derivative(self, order: int) -> tuple[sp.Expr, ...]:
        """dⁿH/dyⁿ per class: n = 1 is h of Eqs. 6.4 and 9.7. At a corner the value is that of one of its sides."""
        return tuple(_map_pieces(H, lambda piece: piece.diff(Y, order) if order else piece) for H in self.H)

    def piece_numbers(self) -> tuple[sp.Expr, ...]:
        """Per class a `Piecewise` with the number of the smooth piece of H that y lies in: it steps at the corners."""
        numbered = []
        for H in self.H:
            numbers = map(sp.Integer, count())
            numbered.append(_map_pieces(H, lambda _, numbers=numbers: next(numbers)))  # type: ignore[misc]
        return tuple(numbered)

    def function(self, order: int, label: int) -> Callable[[np.ndarray], np.ndarray]:
        """dⁿH/dyⁿ of one class as an elementwise function of arrays of y, in a form stable in floating point."""
        return array_function(self.derivative(order)[label])

    def functions(self, order: int) -> tuple[Callable[[np.ndarray], np.ndarray], ...]:
        """The same for every class."""
        return tuple(self.function(order, label) for label in range(len(self.H)))

    @cached_property
    def _pieces(self) -> tuple[Callable[[np.ndarray], np.ndarray], ...]:
        return tuple(map(array_function, self.piece_numbers()))

    def corners(self, low: float, high: float) -> np.ndarray:
        """Where some class's H(y) passes from one smooth piece to the next, by bisection to the last bit.

        Parameters
        ----------
        low, high : float
            The range of y to search; a piece narrower than 1/4096 of it can be missed.

        Returns
        -------
        ndarray, sorted
            For each corner the smallest y of the right-hand piece.
        """
        y = np.linspace(low, high, 4097)
        found = []
        for piece in self._pieces:
            steps = np.flatnonzero(np.diff(piece(y)))
            left, right = y[steps], y[steps + 1]
            number_left = piece(left)
            found.append(bisect(lambda at: piece(at) == number_left, left, right, 80)[1])  # noqa: B023
        return np.unique(np.concatenate(found))


def compose(
    activation: str,
    loss: str,
    labels: Sequence[float],
    activation_parameters: Mapping[str, float] | None = None,
    loss_parameters: Mapping[str, float] | None = None,
) -> Composition:
    """Compose an activation and a loss, both given as formulas.

    Parameters
    ----------
    activation : str
        f as a formula in y.
    loss : str
        H as a formula in f and x2.
    labels : sequence of float
        The label x2 of every class.
    activation_parameters, loss_parameters : mapping of str to float, optional
        Named numbers in the formulas.

    Raises
    ------
    InputError
        If a formula does not parse, or the loss has no gradient: dH/dy vanishes for every y of some class.
    """
    f = parse_expression(activation, ACTIVATION_SYMBOLS, activation_parameters)
    if not f.has(Y):
        raise InputError("the activation does not depend on y")
    f = _fold(f)
    H_of_f = parse_expression(loss, LOSS_SYMBOLS, loss_parameters)
    losses = []
    for label in labels:
        H_here = _substituted(H_of_f, "x2", sp.Rational(repr(float(label))))
        H = _map_pieces(f, lambda piece: _fold(_substituted(H_here, "f", piece)))  # noqa: B023
        if all(piece.diff(Y).is_zero for piece in _smooth_pieces(H)):
            raise InputError(f"the loss has no derivative to learn from: dH/dy = 0 for every y when x2 = {label:g}")
        losses.append(H)
    return Composition(f, tuple(losses))


def _substituted(loss: sp.Expr, name: str, value: sp.Expr) -> sp.Expr:
    try:
        return loss.subs(sp.Symbol(name, real=True), value)
    except TypeError as error:  # of SymPy, for a comparison with what is infinite or undefined
        raise InputError(f"the loss is undefined for {name} = {value}") from error


def _map_pieces(expression: sp.Expr, function: Callable[[sp.Expr], sp.Expr]) -> sp.Expr:
    """The function applied to each smooth piece; conditions, whose order matters, stay as they are."""
    if not isinstance(expression, sp.Piecewise):
        return function(expression)
    pieces = [(_map_pieces(piece, function), condition) for piece, condition in expression.args]
    return sp.Piecewise(*pieces, evaluate=False)


def _smooth_pieces(expression: sp.Expr) -> Iterator[sp.Expr]:
    if isinstance(expression, sp.Piecewise):
        for piece, _ in expression.args:
            yield from _smooth_pieces(piece)
    else:
        yield expression


def _fold(expression: sp.Expr) -> sp.Expr:
    """Piecewise pulled out of sums, products and functions to the top, so that every piece is smooth.

    Unlike `sympy.piecewise_fold` it keeps nested conditions nested: a piece is only ever combined with those of its
    own region, so that log(1 - clip(f, …)) does not give log(0) where the clip forbids it.
    """
    # SymPy makes |u| of √(u²), whose derivatives it writes with sign and DiracDelta.
    expression = expression.replace(sp.Abs, lambda u: sp.Piecewise((u, u >= 0), (-u, True)))
    outermost = next((node for node in sp.preorder_traversal(expression) if isinstance(node, sp.Piecewise)), None)
    if outermost is None:
        return sp.nan if expression.has(sp.zoo, sp.nan, sp.I) else expression
    pieces = [(_fold(expression.xreplace({outermost: piece})), condition) for piece, condition in outermost.args]
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
