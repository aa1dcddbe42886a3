"""Windows: where a power law is expected from the paper's conditions, and where the exact Jacobian has one."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from duality.conventions import QUANTITIES, SIGNS
from duality.errors import InputError
from duality.formulas.conditions import all_met
from duality.jacobian.duality import Branch, Duality


@dataclass(frozen=True)
class Window:
    """An interval of x1 on one branch and the range of |q̇| that it maps to."""

    branch: int
    x1_low: float
    x1_high: float
    q_low: float
    q_high: float
    probability: float  # of a sample of the class to fall into it

    @property
    def decades(self) -> float:
        return float(np.log10(self.q_high / self.q_low))


def find_windows(
    duality: Duality,
    measured: Mapping[str, Any],
    x2: float,
    much_less_than: float,
    tolerance: float,
    tail: float,
) -> dict[str, Any]:
    """Branches and windows of one class.

    Parameters
    ----------
    duality : Duality
    measured : mapping
        sign, conditions, predicted (k per quantity, None if nothing is predicted) and maybe variants (other conditions
        by name) of the class, from the config.
    x2, much_less_than, tolerance, tail : float
        See `paper_window` and `observed_window`.

    Returns
    -------
    dict
        For each of q_dot, w_dot and b_dot: branches (a list), paper, observed and the variants, a window each; None
        where no x1 meets the conditions (of q̇ only for a variant) or the quantity is constant there, and if there is
        no observed window.

    Raises
    ------
    InputError
        If the class has no such fluctuations, or q̇ no window of the paper.
    """
    sign = SIGNS[measured["sign"]]
    if not any(piece.b_sign == sign for piece in duality.pieces):
        raise InputError(
            f"the class has no {measured['sign']} fluctuations at w = {duality.w:.4g}, b = {duality.b:.4g}"
        )
    found: dict[str, Any] = {}
    for quantity in QUANTITIES:
        of, k = duality.of(quantity), measured["predicted"][quantity]
        windows: dict[str, Window | None] = {"paper": None}
        windows["observed"] = None if k is None else observed_window(of, k, tolerance, sign, tail)
        for name, conditions in {"paper": measured["conditions"], **measured.get("variants", {})}.items():
            try:
                windows[name] = paper_window(of, conditions, x2, sign, much_less_than, tail)
            except InputError:  # which is a finding about these conditions, or about ẇ or ḃ under them
                if (quantity, name) == ("q_dot", "paper"):
                    raise
                windows[name] = None
        found[quantity] = {
            "branches": [asdict(branch) for branch in of.branches],
            **{name: window and {**asdict(window), "decades": window.decades} for name, window in windows.items()},
        }
    return found


def load_windows(path: str | Path) -> dict[str, dict[str, dict[str, Window | None]]]:
    """The windows that `find_windows` recorded, per class, quantity and kind (paper, observed, variants)."""
    records = json.loads(Path(path).read_text(encoding="utf-8"))
    names = [field.name for field in fields(Window)]
    return {
        class_name: {
            quantity: {
                kind: Window(**{name: found[kind][name] for name in names}) if found[kind] else None
                for kind in found
                if kind != "branches"
            }
            for quantity, found in quantities.items()
        }
        for class_name, quantities in records.items()
    }


def _within_reach(duality: Duality, left: float, right: float, branch: int, tail: float) -> Window | None:
    """The part of an interval of x1 that the data reach: less the probability `tail` at either end."""
    F_left, F_right = duality.density.cdf(np.array([left, right]))
    if F_right - F_left <= 4 * tail:
        return None
    x1 = duality.density.ppf(np.array([F_left + tail, F_right - tail]))
    q = np.sort(duality.magnitude(x1))
    if not q[0] < q[1]:
        return None
    return Window(branch, float(x1[0]), float(x1[1]), float(q[0]), float(q[1]), float(F_right - F_left - 2 * tail))


def paper_window(
    duality: Duality, conditions: Sequence[str], x2: float, sign: int, much_less_than: float, tail: float
) -> Window:
    """Where the paper expects the power law: the x1 that meets all conditions.

    Conditions may leave several intervals, and an interval several branches: the one that carries most of Σ q̇
    is taken, of those with the given sign.

    Parameters
    ----------
    duality : Duality
    conditions : sequence of str
        Formulas in x1, y, w, b, x2, gamma, such as "1/2 << abs(w*x1)".
    x2 : float
        The label of the class.
    sign : int
        ±1, the sign of ḃ.
    much_less_than : float
        M: a ≪ b is read as M·a ≤ b.
    tail : float
        Probability beyond either end of the window that is out of the data's reach.

    Raises
    ------
    InputError
        If no x1 meets the conditions, or hardly any sample does, or all that do give the same |q̇|.
    """
    test = all_met(conditions, much_less_than)

    def met(x1: np.ndarray) -> np.ndarray:
        return test(x1, duality.y(x1), duality.w, duality.b, x2, duality.gamma)

    best, most = None, 0.0
    for index, branch in enumerate(duality.branches):
        if branch.b_sign != sign:
            continue
        for left, right in _intervals(met, _nodes(branch)):
            window = _within_reach(duality, left, right, index, tail)
            if window and (carried := _carried(duality, window)) > most:
                best, most = window, carried
    if best is None:
        where = f"{list(conditions)} at w = {duality.w:.4g}, b = {duality.b:.4g}"
        where += f" with ≪ read as a factor of {much_less_than:g}"
        if any(piece.flat and piece.b_sign == sign and met(_nodes(piece)).any() for piece in duality.pieces):
            raise InputError(
                "the fluctuation has one and the same magnitude, and so neither density nor power law, for all x1 that "
                f"meet the window conditions {where}"
            )
        raise InputError(f"no x1 within reach of the data meets the window conditions {where}")
    return best


def observed_window(duality: Duality, k: float, tolerance: float, sign: int, tail: float) -> Window | None:
    """The widest interval (in decades of q̇) on which the local exponent stays within `tolerance` of k; or None."""

    def close(x1: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            return np.abs(duality.local_exponent(x1) - k) <= tolerance

    windows = [
        window
        for index, branch in enumerate(duality.branches)
        if branch.b_sign == sign
        for left, right in _intervals(close, _nodes(branch))
        if (window := _within_reach(duality, left, right, index, tail))
    ]
    return max(windows, key=lambda window: window.decades, default=None)


def _carried(duality: Duality, window: Window) -> float:
    """The window's share of Σ q̇ per sample, ∫ |q̇| p(x1) dx1."""
    F_low, F_high = duality.density.cdf(np.array([window.x1_low, window.x1_high]))
    midpoints = F_low + (F_high - F_low) * (np.arange(1024) + 0.5) / 1024
    return float(np.mean(duality.magnitude(duality.density.ppf(midpoints))) * (F_high - F_low))


def _nodes(branch: Branch) -> np.ndarray:
    """x1 on a branch: evenly spaced, and ever denser towards its ends, where |q̇| may run through many decades."""
    width = branch.right - branch.left
    graded = width * np.geomspace(2.0**-48, 0.5, 1024)
    even = np.linspace(branch.left, branch.right, 4097)
    return np.unique(np.concatenate([even, branch.left + graded, branch.right - graded]))


def _intervals(predicate: Callable[[np.ndarray], np.ndarray], nodes: np.ndarray) -> list[tuple[float, float]]:
    """The intervals on which a predicate holds, their ends refined by bisection between the nodes."""
    holds = predicate(nodes)
    padded = np.concatenate([[False], holds, [False]])
    starts, ends = np.flatnonzero(~padded[:-1] & padded[1:]), np.flatnonzero(padded[:-1] & ~padded[1:]) - 1

    def refine(inside: float, outside: float) -> float:
        for _ in range(60):
            middle = 0.5 * (inside + outside)
            if predicate(np.array([middle]))[0]:
                inside = middle
            else:
                outside = middle
        return inside

    return [
        (
            float(nodes[start] if start == 0 else refine(nodes[start], nodes[start - 1])),
            float(nodes[end] if end == nodes.size - 1 else refine(nodes[end], nodes[end + 1])),
        )
        for start, end in zip(starts, ends, strict=True)
    ]
