"""From the formulas of the config, an activation f(y) and a loss H(f, x2), to the composition H(y) of every class."""

from collections.abc import Iterator, Mapping, Sequence

import sympy as sp

from duality.errors import InputError
from duality.formulas.composition import Composition, map_pieces
from duality.formulas.parsing import ACTIVATION_SYMBOLS, LOSS_SYMBOLS, parse_expression
from duality.formulas.stable import Y


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
        H = map_pieces(f, lambda piece: _fold(_substituted(H_here, "f", piece)))  # noqa: B023
        if all(piece.diff(Y).is_zero for piece in _smooth_pieces(H)):
            raise InputError(f"the loss has no derivative to learn from: dH/dy = 0 for every y when x2 = {label:g}")
        losses.append(H)
    return Composition(f, tuple(losses), tuple(map(float, labels)))


def _substituted(loss: sp.Expr, name: str, value: sp.Expr) -> sp.Expr:
    try:
        return loss.subs(sp.Symbol(name, real=True), value)
    except TypeError as error:  # of SymPy, for a comparison with what is infinite or undefined
        raise InputError(f"the loss is undefined for {name} = {value}") from error


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
