"""The asymptotic regimes of a composition H(y), and the exponents that they predict for ẇ, ḃ and q̇.

With y = w·x1 + b, ḃ = -γh(y), ẇ = x1·ḃ and |q̇| = √(1 + x1²)·|ḃ|. Wherever y approaches a point y* at which h vanishes
or diverges as |y - y*|^p, or ±∞ where it is like |y|^p or exp(a|y|ⁿ), the Jacobian of ḃ is a power of ḃ,
|dḃ/dx1| ∝ |ḃ|^k_b with k_b = lim h·h″/(h′)², and so are, under conditions on x1, those of ẇ and q̇. Nothing here depends
on (w, b) or on data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np
import pandas as pd
import sympy as sp

from duality.conventions import SIGN_NAMES
from duality.formulas.composition import Composition
from duality.formulas.shifted_law import QUADRATIC, shifted_law
from duality.formulas.stable import Y, rate_of
from duality.records.theory import REGIMES
from duality.theory import conditions, wording
from duality.theory.certain_digits import DIGITS, Function, Limit, high_precision, is_infinite
from duality.theory.leading_terms import NUMERICAL, PROOF, Leading, leading_term
from duality.theory.pieces import Piece, SpecialPoints, between, pieces, special_points

_REACHED = 0.1  # a zero or pole beyond an edge counts if the local exponent at the edge is as near to its k_b

_CLOSE = 20  # 2^-20 from a limit the local exponent is looked at, to tell on what scale it changes


@dataclass(frozen=True)
class Stretch:
    """An interval of y on one smooth piece of H: |h| is monotone on it, or an exact relation holds on all of it.

    Attributes
    ----------
    y_low, y_high : float
        NaN if they depend on b.
    sign : str
        Of ḃ: "negative" or "positive". Empty where it depends on b.
    """

    y_low: float
    y_high: float
    sign: str = ""


@dataclass(frozen=True)
class Exponents:
    """Exponents of ḃ, ẇ and q̇, and where they hold.

    Attributes
    ----------
    k_b, k_w, k_q : Fraction or None
        None where there is no such power law.
    condition : str
        Where in x1 they hold; x̄ = (y* - b)/w.
    formulas : tuple of str
        Where that of q̇, and with it that of ḃ, holds: conditions as the config has them. Without k_b, where |h| is
        constant. Empty for what is no limit of y.
    """

    k_b: Fraction | None
    k_w: Fraction | None
    k_q: Fraction | None
    condition: str
    formulas: tuple[str, ...] = ()


@dataclass(frozen=True)
class Regime:
    """One limit of one class, or one exact relation, and the exponents there.

    Attributes
    ----------
    approach, h_leading : str
        The limit, and the leading term of |h|.
    stretch : Stretch
        Next to the limit.
    exponents : Exponents
    method : str
        "proof" or "50 digits", of the leading term.
    y_star : float
        y*. NaN if the regime is no limit of y.
    side : int
        From which side y* is approached: 1 from above, -1 from below. 0 if y* is infinite or NaN.
    """

    approach: str
    h_leading: str
    stretch: Stretch
    exponents: Exponents
    method: str
    y_star: float = np.nan
    side: int = 0


def regimes(composition: Composition, label: int) -> list[Regime]:
    """All asymptotic regimes of one class.

    Zeros and poles of h, and where it ends, are looked for in |y| ≤ 64, on a grid: two within 1/64 of each other can be
    missed. Beyond, only those are listed at which a base that is linear in y vanishes, as that of a designed h. Of each
    piece of H the twelve sign changes of h, of h′ and of each base of a power in it that are nearest to y = 0 are
    looked at; sin(y) has more. Where the local exponent has no limit, the regime has no exponents.

    Parameters
    ----------
    composition : Composition
    label : int
        Index of the class.
    """
    found = [regime for piece in pieces(composition.H[label]) for regime in _regimes_of_piece(piece)]
    if found:
        at_no_x1 = Exponents(k_b=None, k_w=Fraction(0), k_q=None, condition=wording.AT_NO_X1)
        found.append(Regime("x1 → 0", "→ |h(b)|", Stretch(np.nan, np.nan), at_no_x1, PROOF))
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
        With the columns of `records.theory.REGIMES`: experiment, class, and what a `Regime` and its parts hold. k_b,
        k_w and k_q are numbers, NaN for None; k_b_text, k_w_text and k_q_text are texts such as "2/3", "–" for None.
    """
    return pd.DataFrame(
        [
            {"experiment": experiment, "class": name, **_row(regime)}
            for experiment, composition in compositions.items()
            for label, name in enumerate(classes)
            for regime in regimes(composition, label)
        ],
        columns=list(REGIMES.columns),
    )


def _row(regime: Regime) -> dict[str, str | float]:
    stretch, exponents = regime.stretch, regime.exponents
    k = {"k_b": exponents.k_b, "k_w": exponents.k_w, "k_q": exponents.k_q}
    return {
        "approach": regime.approach,
        "h_leading": regime.h_leading,
        "y_star": regime.y_star,
        "side": regime.side,
        "y_low": stretch.y_low,
        "y_high": stretch.y_high,
        "sign": stretch.sign,
        **{name: np.nan if value is None else float(value) for name, value in k.items()},
        "condition": exponents.condition,
        "method": regime.method,
        **{f"{name}_text": "–" if value is None else str(value) for name, value in k.items()},
    }


@dataclass(frozen=True)
class _Approach:
    """How y comes to a limit.

    Attributes
    ----------
    limit : Fraction, mpf or ±infinity
    side : int
        From which side: 1 from above, -1 from below.
    low, high : Fraction, mpf or ±infinity
        The stretch of y next to the limit.
    edge : Fraction, mpf or None
        The edge of the piece of H at the limit or before it.
    """

    limit: Limit
    side: int
    low: Limit
    high: Limit
    edge: Limit | None = None


def _regimes_of_piece(piece: Piece) -> list[Regime]:
    """The regimes at the ends of a piece, at zeros and poles of its h, and just beyond its edges."""
    h = Function(piece.H.diff(Y))
    if h.h == 0 or h.h.has(sp.nan):
        return []
    found = _exact_relations(piece, h)
    if h.h.has(Y):
        special = special_points(piece, h)
        for low, high in pairwise(special.stops):
            for limit, side in ((low, 1), (high, -1)):
                found += _regimes_of_stretch(h, special, _Approach(limit, side, low, high))
    return found


def _regimes_of_stretch(h: Function, special: SpecialPoints, approach: _Approach) -> list[Regime]:
    """The regimes at one end of a stretch: none if h is regular there, and no zero or pole beyond an edge is near."""
    limit, side, edges = approach.limit, approach.side, special.piece.edges
    leading = leading_term(h, limit, side, special.smooth_within(limit, edges))
    if is_infinite(limit):
        return _regimes_at(h, approach, leading)
    if leading is None or leading.power != 0 or leading.rate:
        return _regimes_at(h, replace(approach, edge=limit) if limit in edges else approach, leading)
    beyond = special.beyond(limit, side) if limit in edges else None
    if beyond is None:
        return []
    leading = leading_term(h, beyond, side, special.smooth_within(beyond))
    if leading is None or leading.k_b is None or not _reaches(h, limit, beyond, leading.k_b):
        return []
    return _regimes_at(h, replace(approach, limit=beyond, edge=limit), leading)


def _reaches(h: Function, edge: Limit, outside: Limit, k_b: Fraction) -> bool:
    """Whether the local exponent is near that of a point beyond the edge, at the edge and once more as far from it."""
    with mpmath.workdps(50):
        y = high_precision(edge)
        exponents = [h.local_exponent(point) for point in (edge, 2 * y - high_precision(outside))]
        return all(k is not None and abs(k - high_precision(k_b)) < _REACHED for k in exponents)


def _exact_relations(piece: Piece, h: Function) -> list[Regime]:
    """What holds on the whole piece: ẇ of a linear H is linear in x1, some others have a shifted power law."""
    inside, (low, high) = wording.interval(*piece.edges), map(high_precision, piece.edges)
    if not h.h.has(Y):
        where = conditions.on_stretch(*piece.edges) or ("abs(y) >= 0",)
        exponents = Exponents(None, Fraction(0), Fraction(0), wording.WHERE_H_IS_CONSTANT, where)
        return [Regime(f"{inside} (h constant)", "constant", _stretch(h, *piece.edges), exponents, PROOF)]
    law = shifted_law(piece.H)
    if law is None:
        return []
    if law.k_w == QUADRATIC:
        kind, leading, k_b = "quadratic", "linear", Fraction(0)
    else:
        kind, leading, k_b = "logarithmic", "∝ 1/|y - y*|", Fraction(2)
    exponents = Exponents(k_b, law.k_w, k_q=None, condition=wording.shifted_law(law))
    return [Regime(f"{inside} (H {kind})", leading, Stretch(float(low), float(high)), exponents, PROOF)]


def _regimes_at(h: Function, approach: _Approach, leading: Leading | None) -> list[Regime]:
    """The rows of one limit: one, or two where k_q differs for large and small |x1|."""
    limit, infinite = approach.limit, is_infinite(approach.limit)
    if leading is None:
        text, method = "–", NUMERICAL
        rows = [Exponents(k_b=None, k_w=None, k_q=None, condition=wording.NO_LIMIT)]
    else:
        text, method = wording.leading_term(leading, limit, approach.side), leading.method
        exact = _is_exact(h, leading, approach)
        rows = _at_infinity(h, limit, leading, exact) if infinite else [_at_a_point(h, approach, leading, exact)]
    stretch = conditions.on_stretch(approach.low, approach.high)
    return [
        Regime(
            wording.approach(limit, approach.side, approach.edge),
            text,
            _stretch(h, approach.low, approach.high),
            replace(exponents, formulas=(*stretch, *exponents.formulas)),
            method,
            y_star=float(high_precision(limit)),
            side=0 if infinite else approach.side,
        )
        for exponents in rows
    ]


def _is_exact(h: Function, leading: Leading, approach: _Approach) -> bool:
    """Whether the local exponent of h is k_b on the whole stretch."""
    if leading.k_b is None:
        return False
    middle = between(approach.low, approach.high)
    points = (middle, between(approach.low, middle), between(middle, approach.high))
    exponents = [h.local_exponent(point) for point in points]
    with mpmath.workdps(50):
        return all(k is not None and abs(k - high_precision(leading.k_b)) < 1e-40 for k in exponents)


def _at_a_point(h: Function, approach: _Approach, leading: Leading, exact: bool) -> Exponents:
    """Near a finite y*: x1 → x̄ = (y* - b)/w, where x1 and √(1 + x1²) are constant to leading order.

    With |q̇| ∝ |x1 - x̄|^p·√(1 + x1²) the local exponent is k_b up to terms of order |x1 - x̄|/p and |x1 - x̄|²/p.
    """
    k, length = leading.k_b, abs(high_precision(approach.high) - high_precision(approach.low))
    words = wording.near_a_point(leading, approach.limit, length, exact)
    scale = mpmath.inf if exact else min(length, _scale(h, approach, leading))
    return Exponents(k, k, k, words, conditions.near_a_point(leading, approach.limit, scale))


def _scale(h: Function, approach: _Approach, leading: Leading) -> Any:
    """How far from a finite limit the local exponent would be off k_b by one, if it went on as it begins."""
    step = mpmath.mpf(2) ** -_CLOSE
    at = h.local_exponent(high_precision(approach.limit) + approach.side * step)
    if at is None or leading.k_b is None:
        return mpmath.mpf(1)
    with mpmath.workdps(DIGITS):
        change = abs(at - high_precision(leading.k_b))
        return step / change if change else mpmath.inf


def _at_infinity(h: Function, limit: Limit, leading: Leading, exact: bool) -> list[Exponents]:
    """At y → ±∞: with |x1| ≫ |x̄| the factor x1 of ẇ, and with |x1| ≫ 1 that of q̇, adds 1 to the power p."""
    k_b, k_w = leading.k_b, leading.k_with_x1
    if leading.is_exponential:
        about = leading, limit, rate_of((h.h,)), exact
        return [Exponents(k_b, k_b, k_b, wording.in_an_exponential(*about), conditions.in_an_exponential(*about))]
    if leading.power == 0:
        return [
            Exponents(
                k_b, Fraction(0), Fraction(0), wording.WHERE_H_TENDS_TO_A_CONSTANT, conditions.levelling_off(limit)
            )
        ]
    large_x1, small_x1 = (
        Exponents(k_b, k, k_q, wording.far_out(leading, exact, large), conditions.far_out(leading, limit, exact, large))
        for k, k_q, large in ((k_w, k_w, True), (k_w, k_b, False))
    )
    return [small_x1] if k_w is None else [large_x1, small_x1]


def _stretch(h: Function, low: Limit, high: Limit) -> Stretch:
    """The stretch between two points, between which h keeps its sign, that of -ḃ."""
    values = h.values(1, between(low, high))
    sign = "" if values is None else SIGN_NAMES[-1 if values[0] > 0 else 1]
    return Stretch(float(high_precision(low)), float(high_precision(high)), sign)
