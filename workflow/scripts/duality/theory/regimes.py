"""The asymptotic regimes of a composition H(y), and the exponents that they predict for ẇ, ḃ and q̇.

With y = w·x1 + b, ḃ = -γh(y), ẇ = x1·ḃ and |q̇| = √(1 + x1²)·|ḃ|. Wherever y approaches a point y* at which h vanishes
or diverges as |y - y*|^p, or ±∞ where it is like |y|^p or exp(a|y|ⁿ), the Jacobian of ḃ is a power of ḃ,
|dḃ/dx1| ∝ |ḃ|^k_b with k_b = lim h·h″/(h′)², and so are, under conditions on x1, those of ẇ and q̇. Nothing here depends
on (w, b) or on data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np
import pandas as pd
import sympy as sp

from duality.formulas.composition import Composition
from duality.formulas.stable import Y, literal_function, rate_of
from duality.theory.leading_terms import NUMERICAL, PROOF, Function, Leading, Limit, high_precision, leading_term, root

_REACH = 64.0  # of y, in which corners, zeros and poles are looked for
_GRID = 8193
_MOST_POINTS = 12  # sign changes of h, and of h′, that are looked at per piece, from y = 0 outwards
_REACHED = 0.1  # a zero or pole beyond an edge counts if the local exponent at the edge is as near to its k_b


@dataclass(frozen=True)
class Regime:
    """One limit of one class, or one exact relation, and the exponents there.

    Attributes
    ----------
    approach, h_leading, condition : str
        The limit, the leading term of |h|, and where in x1 the exponents hold; x̄ = (y* - b)/w.
    y_star, side : float, int
        y* (NaN if the regime is no limit of y) and the side it is approached from, 1 for above.
    y_low, y_high : float
        The stretch of y next to it on one smooth piece of H, on which |h| is monotone.
    sign : str
        Of ḃ: "negative", "positive", or "" where it depends on b.
    k_b, k_w, k_q : Fraction or None
        None where there is no such power law.
    method : str
        "proof" or "50 digits", of the leading term.
    """

    approach: str
    h_leading: str
    y_star: float
    side: int
    y_low: float
    y_high: float
    sign: str
    k_b: Fraction | None
    k_w: Fraction | None
    k_q: Fraction | None
    condition: str
    method: str


def regimes(composition: Composition, label: int) -> list[Regime]:
    """All asymptotic regimes of one class.

    Zeros and poles of h are looked for in |y| ≤ 64, on a grid: two within 1/64 of each other can be missed. Of a
    piece with more than twelve (sin(y) has no end of them) only the part about y = 0 that has twelve is looked at. A
    limit of y at which the local exponent has none is listed without exponents.

    Parameters
    ----------
    composition : Composition
    label : int
        Index of the class.
    """
    found = []
    for piece in _pieces(composition.H[label]):
        found += _regimes_of_piece(piece)
    if found:
        condition = "|x1| → 0: ẇ = x1·ḃ, if h(b) ≠ 0"
        nan = float("nan")
        found.append(Regime("x1 → 0", "→ |h(b)|", nan, 0, nan, nan, "", None, Fraction(0), None, condition, PROOF))
    return found


def regimes_table(compositions: Mapping[str, Composition], classes: Sequence[str]) -> pd.DataFrame:
    """The regimes of several compositions.

    Parameters
    ----------
    compositions : mapping
        The composition of every experiment.
    classes : sequence of str
        Names of the classes, in the order of the compositions' labels.

    Returns
    -------
    DataFrame
        experiment, class and the attributes of `Regime`; k_b, k_w, k_q as numbers, NaN for none, and as text in the
        columns k_b_text, k_w_text, k_q_text: "2/3", "–" for none.
    """
    rows = []
    for experiment, composition in compositions.items():
        for label, name in enumerate(classes):
            for regime in regimes(composition, label):
                row = {"experiment": experiment, "class": name, **asdict(regime)}
                for k in ("k_b", "k_w", "k_q"):
                    value = row[k]
                    row[k], row[f"{k}_text"] = (np.nan, "–") if value is None else (float(value), str(value))
                rows.append(row)
    return pd.DataFrame(rows)


def shifted_power_law(H: sp.Expr) -> tuple[sp.Rational, sp.Expr, sp.Expr] | None:
    """k_w, K and r of |dẇ/dx1| = |K|·|1 + rẇ|^k_w, if that holds exactly on a smooth piece of H.

    It is Eq. 6.1 with B = |K|^(1/k_w) and A = r·B, and K = -γ·h(b) is dẇ/dx1 at x1 = 0. Linear h (k_w = 1/2) and
    h = c/(y - y*) (k_w = 2) have it; see `duality.exponents.shifted`, which fits it. Of the powers h ∝ (y - y*)^p no
    other does.

    Parameters
    ----------
    H : sympy.Expr
        A smooth piece, in y.

    Returns
    -------
    k_w, K, r : sympy expressions in w, b, gamma, or None
    """
    w, b, gamma = sp.symbols("w b gamma", real=True)
    h = H.diff(Y)
    if H.is_polynomial(Y) and sp.degree(H, Y) == 2:
        k_w, r = sp.Rational(1, 2), -4 * w * h.diff(Y) / (gamma * h.xreplace({Y: b}) ** 2)
    elif h.is_rational_function(Y) and sp.cancel(h * h.diff(Y, 2) - 2 * h.diff(Y) ** 2) == 0 and h.has(Y):
        k_w, r = sp.Integer(2), -w * sp.cancel(h.diff(Y) / h**2) / gamma
    else:
        return None
    return k_w, sp.factor(-gamma * h.xreplace({Y: b})), sp.factor(r)


@dataclass(frozen=True)
class _Piece:
    """A smooth piece of H and where it holds."""

    H: sp.Expr
    low: Limit
    high: Limit


def _pieces(H: sp.Expr) -> list[_Piece]:
    """The smooth pieces of H from left to right; their ends are exact where the conditions are linear in y."""
    corners: set[Limit] = set()
    for relation in H.atoms(sp.core.relational.Relational):
        difference = relation.lhs - relation.rhs
        line = difference.as_poly(Y, domain="QQ") if difference.is_polynomial(Y) else None
        if line is not None and line.degree() == 1:
            slope, offset = line.all_coeffs()
            corners.add(-Fraction(int(offset.p), int(offset.q)) / Fraction(int(slope.p), int(slope.q)))
        else:
            corners.update(_sign_changes(Function(difference), 0, -_REACH, _REACH)[0])
    edges = [-mpmath.inf, *sorted(corners, key=high_precision), mpmath.inf]
    pieces: list[_Piece] = []
    for low, high in pairwise(edges):
        smooth = _piece_at(H, _between(low, high))
        if pieces and smooth == pieces[-1].H:
            pieces[-1] = _Piece(smooth, pieces[-1].low, high)
        else:
            pieces.append(_Piece(smooth, low, high))
    return pieces


def _piece_at(H: sp.Expr, y: Any) -> sp.Expr:
    while isinstance(H, sp.Piecewise):
        at = {Y: sp.Float(str(mpmath.nstr(y, 30)), 30)}
        H = next((piece for piece, condition in H.args if condition.subs(at) == True), sp.Integer(0))  # noqa: E712
    return H


def _between(low: Limit, high: Limit) -> Any:
    """A point between two others, which may be infinite; no round one such as 0, where a part of h may vanish."""
    low, high = high_precision(low), high_precision(high)
    if mpmath.isinf(low):
        return mpmath.mpf(7) / 16 if mpmath.isinf(high) else high - mpmath.mpf(17) / 16
    return low + mpmath.mpf(17) / 16 if mpmath.isinf(high) else low + (high - low) * 7 / 16


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


def _regimes_of_piece(piece: _Piece) -> list[Regime]:
    """The regimes at the ends of a piece, at zeros and poles of its h, and just beyond its edges."""
    h = Function(piece.H.diff(Y))
    if h.h == 0 or h.h.has(sp.nan):
        return []
    found = _exact_relations(piece, h)
    if not h.h.has(Y):
        return found
    low, high = high_precision(piece.low), high_precision(piece.high)
    # A zero or pole beyond an edge still rules the piece if it is nearer to the edge than the piece is long.
    beyond = min(high - low, mpmath.mpf(_REACH))
    search = float(max(low - beyond, -_REACH)), float(min(high + beyond, _REACH))
    (zeros, radius), (turns, other_radius) = (_sign_changes(h, order, *search) for order in (0, 1))
    radius, edges = min(radius, other_radius), (piece.low, piece.high)
    points = sorted(
        (y for y in {*zeros, *turns} if min(abs(high_precision(y) - high_precision(edge)) for edge in edges) > 1e-12),
        key=high_precision,
    )
    inner = [y for y in points if low < high_precision(y) < high]
    stops = [y for y in (piece.low, *inner, piece.high) if radius == _REACH or abs(high_precision(y)) <= radius]
    for index, limit in enumerate(stops):
        for side, other in ((-1, index - 1), (1, index + 1)):
            if not 0 <= other < len(stops):
                continue
            stretch = sorted((limit, stops[other]), key=high_precision)
            scale = _scale(limit, [*points, *edges])
            leading = leading_term(h, limit, side, scale)
            infinite = mpmath.isinf(high_precision(limit))
            regular = leading is not None and leading.power == 0 and not leading.rate
            if infinite or not regular:
                edge = limit if limit in edges and not infinite else None
                found += _regimes_at(h, limit, side, stretch, leading, edge)
            elif limit in edges:
                outside = [y for y in points if (high_precision(y) - high_precision(limit)) * side < 0]
                nearest = min(outside, key=lambda y: abs(high_precision(y) - high_precision(limit)), default=None)
                if nearest is None:
                    continue
                leading = leading_term(h, nearest, side, _scale(nearest, points))
                if leading is not None and leading.k_b is not None and _reaches(h, limit, nearest, leading.k_b):
                    found += _regimes_at(h, nearest, side, stretch, leading, limit)
    return found


def _reaches(h: Function, edge: Limit, outside: Limit, k_b: Fraction) -> bool:
    """Whether the local exponent is near that of a point beyond the edge, at the edge and once more as far from it."""
    with mpmath.workdps(50):
        y = high_precision(edge)
        exponents = [h.local_exponent(point) for point in (edge, 2 * y - high_precision(outside))]
        return all(k is not None and abs(k - high_precision(k_b)) < _REACHED for k in exponents)


def _scale(limit: Limit, others: Sequence[Limit]) -> float:
    """Half the distance to the nearest other special point, at most 1."""
    if mpmath.isinf(high_precision(limit)):
        return 1.0
    distances = [abs(high_precision(other) - high_precision(limit)) for other in others if other != limit]
    return float(min([mpmath.mpf(1), *(distance / 2 for distance in distances)]))


def _exact_relations(piece: _Piece, h: Function) -> list[Regime]:
    """What holds on the whole piece: ẇ of a linear H is linear in x1, some others have a shifted power law."""
    low, high = piece.low, piece.high
    inside = f"{_text(low)} < y < {_text(high)}"
    ends = float(high_precision(low)), float(high_precision(high))
    nan = float("nan")
    if not h.h.has(Y):
        sign = _sign_text(h, low, high)
        condition = "k_w: exact; k_q: |x1| ≫ 1"
        return [
            Regime(
                f"{inside} (h constant)",
                "constant",
                nan,
                0,
                *ends,
                sign,
                None,
                Fraction(0),
                Fraction(0),
                condition,
                PROOF,
            )
        ]
    shifted = shifted_power_law(piece.H)
    if shifted is None:
        return []
    k_w, K, r = shifted
    kind, leading, k_b = ("quadratic", "linear", 0) if k_w < 1 else ("logarithmic", "∝ 1/|y - y*|", 2)
    condition = f"exact, |dẇ/dx1| = |K|·|1 + r·ẇ|^k_w: K = {K}, r = {r}"
    condition = condition.replace("gamma", "γ").replace("**2", "²").replace("*", "·")
    k = Fraction(int(k_w.p), int(k_w.q))
    approach = f"{inside} (H {kind})"
    return [Regime(approach, leading, nan, 0, *ends, "", Fraction(k_b), k, None, condition, PROOF)]


def _regimes_at(
    h: Function, limit: Limit, side: int, stretch: Sequence[Limit], leading: Leading | None, edge: Limit | None
) -> list[Regime]:
    """The rows of one limit: one, or two where k_q differs for large and small |x1|."""
    low, high = (float(high_precision(end)) for end in stretch)
    y_star = float(high_precision(limit))
    approach = f"y → {_text(limit)}"
    infinite = np.isinf(y_star)
    if not infinite:
        approach += "⁺" if side > 0 else "⁻"
    if edge is not None:
        approach += " (edge)" if edge == limit else f" (beyond the edge at {_text(edge)})"
    common = (y_star, 0 if infinite else side, low, high, _sign_text(h, *stretch))
    if leading is None:
        condition = "the local exponent tends to no limit, or too slowly to be told"
        return [Regime(approach, "–", *common, None, None, None, condition, NUMERICAL)]
    exact = _is_exact(h, leading, stretch)
    rows = _at_infinity(h, leading, y_star, exact) if infinite else [_at_a_point(leading, limit, stretch, exact)]
    text = _leading_text(leading, limit, side)
    return [
        Regime(approach, text, *common, leading.k_b, k_w, k_q, condition, leading.method)
        for k_w, k_q, condition in rows
    ]


def _is_exact(h: Function, leading: Leading, stretch: Sequence[Limit]) -> bool:
    """Whether the local exponent of h is k_b on the whole stretch."""
    if leading.k_b is None:
        return False
    middle = _between(*stretch)
    exponents = [
        h.local_exponent(point) for point in (middle, _between(stretch[0], middle), _between(middle, stretch[1]))
    ]
    with mpmath.workdps(50):
        return all(k is not None and abs(k - high_precision(leading.k_b)) < 1e-40 for k in exponents)


_Row = tuple[Fraction | None, Fraction | None, str]  # k_w, k_q and where they hold


def _at_a_point(leading: Leading, limit: Limit, stretch: Sequence[Limit], exact: bool) -> _Row:
    """Near a finite y*: x1 → x̄ = (y* - b)/w, where x1 and √(1 + x1²) are constant to leading order.

    With |q̇| ∝ |x1 - x̄|^p·√(1 + x1²) the local exponent is k_b up to terms of order |x1 - x̄|/p and |x1 - x̄|²/p.
    """
    y = _text(limit)
    distance = f"|y - {y}|" if limit > 0 else f"|y + {_text(-limit)}|" if limit < 0 else "|y|"
    length = abs(high_precision(stretch[1]) - high_precision(stretch[0]))
    if exact:
        where = "k_b: exact"
    elif mpmath.isinf(length):
        where = f"k_b: {distance} → 0"
    else:
        where = f"k_b: {distance} ≪ {mpmath.nstr(length, 3)}"
    if leading.power is None:
        return leading.k_b, leading.k_b, where
    p = leading.power
    small = min(Fraction(1), abs(p))
    far = f" ({p / (p + 1)} where |x1| ≫ |x̄|)" if p != -1 else ""
    times = "" if small == 1 else f"{small}·"
    condition = f"{where}; k_w: |x1 - x̄| ≪ {times}|x̄|{far}; k_q: |x1 - x̄| ≪ {small}; x̄ = {_x_bar(y)}"
    return leading.k_b, leading.k_b, condition


def _at_infinity(h: Function, leading: Leading, y_star: float, exact: bool) -> list[_Row]:
    """At y → ±∞: with |x1| ≫ |x̄| the factor x1 of ẇ, and with |x1| ≫ 1 that of q̇, adds 1 to the power p."""
    p, sign = leading.power, "-" if y_star > 0 else ""
    if leading.k_b == 1 and (p is None or leading.rate):
        rate = leading.rate
        k_b = "k_b: |y| ≫ 1"
        if exact:
            k_b = "k_b: exact"
        elif p == 0 and leading.degree == 1 and (small := rate_of((h.h,))) is not None:
            k_b = f"k_b: exp({sign}{'' if small == 1 else f'{small}·'}y) ≪ 1"
        if leading.degree != 1:
            return [(leading.k_b, leading.k_b, f"{k_b}; k_w: |w·x1·h′/h| ≫ 1; k_q: |w·h′/h| ≫ 1")]
        inverse = _text(1 / max(rate, -rate))
        where = f"k_w: |w·x1| ≫ {inverse}; k_q: |w| ≫ {inverse} or |w·x1| ≫ {inverse}"
        condition = f"{k_b}; {where}; both up to logarithms"
        return [(leading.k_b, leading.k_b, condition)]
    assert p is not None
    if p == 0:
        return [(Fraction(0), Fraction(0), "k_w: where |h| is constant; k_q: |x1| ≫ 1")]
    x_bar = f"x̄ = {_x_bar(_text(leading.centre))}"
    k_b = "k_b: exact" if exact else "k_b: |y| ≫ 1"
    with_x1 = None if p == -1 else p / (p + 1)
    k_w = "" if p == -1 else "; k_w: |x1| ≫ |x̄|"
    near = f"{k_b}{k_w}; k_q: |x̄| ≪ |x1| ≪ 1; {x_bar}"
    if p == -1:
        return [(None, leading.k_b, near)]
    return [(with_x1, with_x1, f"{k_b}{k_w}; k_q: |x1| ≫ |x̄| and |x1| ≫ 1; {x_bar}"), (with_x1, leading.k_b, near)]


def _x_bar(y: str) -> str:
    return "-b/w" if y == "0" else f"({y} - b)/w"


def _sign_text(h: Function, low: Limit, high: Limit) -> str:
    """The sign of ḃ = -γh between two points where h keeps its own."""
    values = h.values(1, _between(low, high))
    return "" if values is None else "negative" if values[0] > 0 else "positive"


def _text(number: Any) -> str:
    """A number as a reader wants it: a short fraction or decimal exactly, anything else to six digits."""
    value = high_precision(number)
    if mpmath.isinf(value):
        return "∞" if value > 0 else "-∞"
    if isinstance(number, Fraction):
        decimal = f"{float(number):.10g}"
        return decimal if Fraction(decimal) == number else str(number)
    return f"{float(value):.6g}"


_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def _power_text(base: str, power: Fraction) -> str:
    if power < 0:
        return f"1/{_power_text(base, -power)}"
    if power == 1:
        return base
    if power % 2 == 0:
        base = base.strip("|")
    exponent = str(power).translate(_SUPERSCRIPTS) if power.denominator == 1 else f"^({power})"
    return f"{base}{exponent}"


def _leading_text(leading: Leading, limit: Limit, side: int) -> str:
    """The leading term of |h|, for example "∝ (1 - y)³" or "∝ exp(2·y)"."""
    y = high_precision(limit)
    if leading.k_b is None:
        return "→ constant"
    if not mpmath.isinf(y):
        if leading.power is None:
            return "faster than any power"
        number = _text(abs(limit))
        if limit == 0:
            base = "y" if side > 0 else "|y|"
        elif side > 0:
            base = f"(y - {number})" if limit > 0 else f"(y + {number})"
        else:
            base = f"({number} - y)" if limit > 0 else f"(-{number} - y)"
        return f"∝ {_power_text(base, leading.power)}"
    base = "y" if y > 0 else "|y|"
    if leading.power is not None and not leading.rate:
        return f"∝ {_power_text(base, leading.power)}"
    if leading.degree != leading.degree or leading.rate != leading.rate:
        return "faster than any power"
    rate, argument = leading.rate, "y"
    if leading.degree == 1:
        rate = rate if y > 0 else -rate
    else:
        argument = _power_text(base, Fraction(leading.degree))
    coefficient = "" if rate == 1 else "-" if rate == -1 else f"{_text(rate)}·"
    if leading.power is None:
        return f"ln|h| ~ {coefficient}{argument}"
    factor = "" if leading.power == 0 else f"{_power_text(base, leading.power)}·"
    return f"∝ {factor}exp({coefficient}{argument})"
