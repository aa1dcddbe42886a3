"""The smooth pieces of H(y), and the points at which h = dH/dy on them vanishes, diverges, turns or ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from duality.formulas.stable import Y, literal_function
from duality.theory.certain_digits import DIGITS, Function, Limit, distance, high_precision, is_infinite, root

_REACH = 64.0  # of y, in which corners, zeros and poles are looked for
_GRID = 8193
_MOST_POINTS = 12  # sign changes of h, of h′ and of each base in h, that are looked at per piece, from y = 0 outwards
_THE_SAME = mpmath.mpf(10) ** (5 - DIGITS)  # two points as near as this are one: they are known to 50 digits


@dataclass(frozen=True)
class Piece:
    """A smooth piece of H and where it holds.

    Attributes
    ----------
    H : sympy.Expr
    low, high : Fraction, mpf or ±infinity
        Its edges in y.
    """

    H: sp.Expr
    low: Limit
    high: Limit

    @property
    def edges(self) -> tuple[Limit, Limit]:
        """The edges, from left to right."""
        return self.low, self.high

    def contains(self, y: Limit) -> bool:
        """Whether a point is on the piece, and not at one of its edges."""
        return bool(distance(self.low, y) > 0 and distance(self.high, y) < 0)


def pieces(H: sp.Expr) -> list[Piece]:
    """The smooth pieces of H from left to right; their edges are exact where the conditions are linear in y."""
    corners: set[Limit] = set()
    for relation in H.atoms(sp.core.relational.Relational):
        difference = relation.lhs - relation.rhs
        zero = _zero_of_line(difference)
        corners.update(_sign_changes(Function(difference), 0, -_REACH, _REACH)[0] if zero is None else [zero])
    edges = [-mpmath.inf, *sorted(corners, key=high_precision), mpmath.inf]
    found: list[Piece] = []
    for low, high in pairwise(edges):
        smooth = _piece_at(H, between(low, high))
        if found and smooth == found[-1].H:
            found[-1] = Piece(smooth, found[-1].low, high)
        else:
            found.append(Piece(smooth, low, high))
    return found


def _zero_of_line(expression: sp.Expr) -> Limit | None:
    """Where an expression that is linear in y changes its sign, however far out; None of any other expression."""
    line = expression.as_poly(Y) if expression.is_polynomial(Y) else None
    if line is None or line.degree() != 1:
        return None
    slope, offset = line.all_coeffs()
    return _number(-offset / slope)


def _number(value: sp.Expr) -> Limit:
    """A number as a fraction, or to 300 digits if it is irrational, as the cap of a designed h mostly is."""
    if value.is_Rational:
        return Fraction(int(value.p), int(value.q))
    with mpmath.workdps(300):
        return mpmath.mpmathify(sp.lambdify((), value, "mpmath")())


def _piece_at(H: sp.Expr, y: Any) -> sp.Expr:
    while isinstance(H, sp.Piecewise):
        at = {Y: sp.Float(str(mpmath.nstr(y, 30)), 30)}
        H = next((piece for piece, condition in H.args if condition.subs(at) == True), sp.Integer(0))  # noqa: E712
    return H


def between(low: Limit, high: Limit) -> Any:
    """A point between two others, which may be infinite; no round one such as 0, where a part of h may vanish."""
    low, high = high_precision(low), high_precision(high)
    if mpmath.isinf(low):
        return mpmath.mpf(7) / 16 if mpmath.isinf(high) else high - mpmath.mpf(17) / 16
    return low + mpmath.mpf(17) / 16 if mpmath.isinf(high) else low + (high - low) * 7 / 16


@dataclass(frozen=True)
class SpecialPoints:
    """Zeros, poles and turning points of an h, and where it ends, on its piece of H and around it.

    Attributes
    ----------
    piece : Piece
    points : list of Fraction or mpf
        From left to right, without those at the edges of the piece.
    radius : float
        |y| up to which all of them are known.
    """

    piece: Piece
    points: list[Limit]
    radius: float

    @property
    def stops(self) -> list[Limit]:
        """The points on the piece and its edges, from left to right, as far as all are known."""
        inner = [y for y in self.points if self.piece.contains(y)]
        stops = [self.piece.low, *inner, self.piece.high]
        return [y for y in stops if self.radius == _REACH or abs(high_precision(y)) <= self.radius]

    def beyond(self, edge: Limit, side: int) -> Limit | None:
        """The point nearest to an edge of the piece among those outside. None if there is none.

        Parameters
        ----------
        edge : Fraction or mpf
        side : int
            On which side of the edge the piece is: 1 above, -1 below.
        """
        outside = [y for y in self.points if distance(edge, y) * side < 0]
        return min(outside, key=lambda y: abs(distance(edge, y)), default=None)

    def smooth_within(self, limit: Limit, others: Sequence[Limit] = ()) -> float:
        """Half the distance from a limit to the nearest other special point, at most 1; 1 for an infinite limit.

        Parameters
        ----------
        limit : Fraction, mpf or ±infinity
        others : sequence of Fraction or mpf
            What counts as a special point besides `points`.
        """
        if is_infinite(limit):
            return 1.0
        known = [*self.points, *others]
        distances = [abs(distance(limit, other)) for other in known if other != limit]
        return float(min([mpmath.mpf(1), *(far / 2 for far in distances)]))


def special_points(piece: Piece, h: Function) -> SpecialPoints:
    """Zeros, poles and turning points of the h of a piece of H, and the points at which it ends.

    A fractional power or a logarithm ends where its base, or argument, changes its sign: on one side of that point h is
    not real, so that h itself has no change of sign there by which the point could be seen, diverge as it may.

    A point beyond an edge still rules the piece if it is nearer to the edge than the piece is long: they are looked for
    as far as that. How near does not matter: a cap of |h| makes an edge that is next to a pole. Nor does it matter how
    far from y = 0 it is, if it is the zero of a base that is linear in y: that is known without a search.
    """
    low, high = map(high_precision, piece.edges)
    length = high - low
    outside = min(length, mpmath.mpf(_REACH))
    search = float(max(low - outside, -_REACH)), float(min(high + outside, _REACH))
    zeros = {base: _zero_of_line(base) for base in _bases(h.h)}
    sought = [(h, 0), (h, 1), *((Function(base), 0) for base, zero in zeros.items() if zero is None)]
    changes, radii = zip(*(_sign_changes(function, order, *search) for function, order in sought), strict=True)
    known = [y for y in zeros.values() if y is not None and low - length <= high_precision(y) <= high + length]
    points: list[Limit] = []
    for y in [*(y for found in changes for y in found), *known]:
        if all(abs(distance(y, other)) > _THE_SAME for other in (*piece.edges, *points)):
            points.append(y)
    with mpmath.workdps(2 * DIGITS):
        return SpecialPoints(piece, sorted(points, key=high_precision), min(radii))


def _bases(h: sp.Expr) -> list[sp.Expr]:
    """What h has to a power that is no natural number, or under a logarithm; in the order of their texts."""
    powers = {power.base for power in h.atoms(sp.Pow) if not (power.exp.is_Integer and power.exp > 0)}
    logarithms = {logarithm.args[0] for logarithm in h.atoms(sp.log)}
    return sorted((base for base in powers | logarithms if base.has(Y)), key=str)


def _sign_changes(function: Function, order: int, low: float, high: float) -> tuple[list[Limit], float]:
    """Where a derivative changes its sign, and up to which |y| all such points are there.

    They are seen on a grid in doubles; at 300 digits they are told from rounding.
    """
    y = np.linspace(low, high, _GRID)
    values = literal_function((Y,), function.h.diff(Y, order))(y).astype(complex)
    known = np.isfinite(values) & (values.imag == 0) & (values != 0)
    y, signs = y[known], np.sign(values[known].real)
    steps = np.flatnonzero(np.diff(signs))
    nearest = sorted(steps, key=lambda step: min(abs(y[step]), abs(y[step + 1])))
    found: list[Limit] = []
    for step in nearest:
        change = root(lambda at: function.sign(order, at), y[step], y[step + 1])
        if change is not None:
            found.append(change)
        if len(found) == _MOST_POINTS:
            return found, float(abs(found[-1]))
    return found, _REACH
