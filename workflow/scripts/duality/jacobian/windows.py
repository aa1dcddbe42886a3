"""Windows: where a power law is expected from the paper's conditions, and where the exact Jacobian has one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from duality.config.settings import MeasuredClass, WindowSettings
from duality.conventions import OBSERVED, PAPER, QUANTITIES, SIGN_NAMES, SIGNS
from duality.dataset.density import ClassSettings
from duality.errors import InputError
from duality.formulas.bisection import bisect
from duality.formulas.conditions import all_met
from duality.jacobian.duality import Duality
from duality.records.fluctuations import LOWEST_DECADE
from duality.records.jacobian import Branch, QuantityWindows, Window

SMALLEST = 10.0**LOWEST_DECADE  # |q̇| that is counted where it is, and not at an end of the histogram
_UNREACHED = 4  # times the tail: of a window, twice what is cut off of it at both ends
_DERIVATIVE = 1e-4  # step of a derivative of ln p(x1), in interquartile ranges of the class


class NoWindow(InputError):
    """A class has no window of the paper.

    Parameters
    ----------
    message : str
        Why, with the conditions and the parameters.
    short : str, optional
        Why, for a table that has these in columns of their own; the message by default.
    """

    def __init__(self, message: str, short: str = ""):
        super().__init__(message)
        self.short = short or str(self)


@dataclass(frozen=True)
class WindowRule:
    """What decides where a power law is looked for on one class.

    Attributes
    ----------
    conditions : sequence of str
        Formulas in x1, y, w, b, x2, gamma, such as "1/2 << abs(w*x1)": the paper's, as the config reads them.
    sign : int
        ±1, the sign of ḃ.
    x2 : float
        The label of the class.
    much_less_than : float
        M: a ≪ b is read as M·a ≤ b.
    tail : float
        Probability beyond either end of a window that is out of the data's reach.
    """

    conditions: Sequence[str]
    sign: int
    x2: float
    much_less_than: float
    tail: float

    @classmethod
    def of(cls, measured: MeasuredClass, x2: float, settings: WindowSettings) -> "WindowRule":
        """As the config has it for a class."""
        return cls(measured.conditions, SIGNS[measured.sign], x2, settings.much_less_than, settings.tail)


@dataclass(frozen=True)
class PredictedExponent:
    """The exponent predicted for a quantity, None for none, and how far from it the local exponent may be."""

    k: float | None
    tolerance: float


def find_windows(
    duality: Duality, rule: WindowRule, measured: MeasuredClass, tolerance: float
) -> dict[str, QuantityWindows]:
    """Branches and windows of one class.

    Parameters
    ----------
    duality : Duality
        The map to q̇.
    rule : WindowRule
    measured : MeasuredClass
        The predicted exponents, and the variants of the conditions.
    tolerance : float
        How far the local exponent may be from the predicted one in the observed window.

    Returns
    -------
    dict
        By quantity. A window is None where no x1 meets the conditions (of q̇ only for a variant) or the quantity is
        constant there, and if there is no observed window.

    Raises
    ------
    NoWindow
        If the class has no such fluctuations, or q̇ no window of the paper.
    """
    if not any(piece.b_sign == rule.sign for piece in duality.pieces):
        raise NoWindow(
            f"the class has no {SIGN_NAMES[rule.sign]} fluctuations at w = {duality.w:.4g}, b = {duality.b:.4g}, "
            "or only ones that are 0 in doubles"
        )
    rules, found = WindowRules(rule, measured, tolerance), {}
    for quantity in QUANTITIES:
        of = duality.of(quantity)
        windows: dict[str, Window | None] = {}
        for name in (*RULES, *measured.variants):
            try:
                windows[name] = rules.find(of, name)
            except NoWindow:  # which is a finding about ẇ or ḃ, or about these conditions
                if (quantity, name) == ("q_dot", PAPER):
                    raise
                windows[name] = None
        found[quantity] = QuantityWindows(list(of.branches), windows)
    return found


def _within_reach(duality: Duality, left: float, right: float, branch: int, tail: float) -> Window | None:
    """The part of an interval of x1 that the data reach: less the probability `tail` at either end."""
    F_left, F_right = duality.density.cdf(np.array([left, right]))
    if F_right - F_left <= _UNREACHED * tail:
        return None
    x1 = duality.density.ppf(np.array([F_left + tail, F_right - tail]))
    q = np.sort(duality.magnitude(x1))
    if not q[0] < q[1]:
        return None
    return Window(
        branch=branch,
        x1_low=float(x1[0]),
        x1_high=float(x1[1]),
        q_low=float(q[0]),
        q_high=float(q[1]),
        probability=float(F_right - F_left - 2 * tail),
    )


def _counted(duality: Duality, x1: np.ndarray) -> np.ndarray:
    """Where |q̇| is not below all bins of fluctuations: at the w of a large γ, exp(y) falls through 300 decades."""
    return duality.magnitude(x1) > SMALLEST


def paper_window(duality: Duality, rule: WindowRule) -> Window:
    """Where the paper expects the power law: the x1 that meets all conditions.

    Conditions may leave several intervals, and an interval several branches. The one that carries most of Σ q̇ is
    taken, of those with the rule's sign.

    Raises
    ------
    NoWindow
        If no x1 meets the conditions, or hardly any sample does, or all that do give the same |q̇|, or one so small
        that it is not counted.
    """
    test = all_met(rule.conditions, rule.much_less_than)

    def meets(x1: np.ndarray) -> np.ndarray:
        return test(x1, duality.y(x1), duality.w, duality.b, rule.x2, duality.gamma)

    def met(x1: np.ndarray) -> np.ndarray:
        return _counted(duality, x1) & meets(x1)

    best, most = None, 0.0
    for index, branch in enumerate(duality.branches):
        if branch.b_sign != rule.sign:
            continue
        for left, right in _intervals(met, _nodes(branch)):
            window = _within_reach(duality, left, right, index, rule.tail)
            if window and (carried := _carried(duality, window)) > most:
                best, most = window, carried
    if best is None:
        raise _none(duality, rule, meets)
    return best


def _none(duality: Duality, rule: WindowRule, meets: Callable[[np.ndarray], np.ndarray]) -> NoWindow:
    """Why there is no window of the x1 that meet the conditions of a rule."""
    where = f"{list(rule.conditions)} at w = {duality.w:.4g}, b = {duality.b:.4g}"
    where += f" with ≪ read as a factor of {rule.much_less_than:g}"
    nodes = [_nodes(piece) for piece in duality.pieces if piece.flat and piece.b_sign == rule.sign]
    if any((_counted(duality, x1) & meets(x1)).any() for x1 in nodes):
        one = "the fluctuation has one and the same magnitude, and so neither density nor power law, for all x1 that "
        one += "meet the window conditions"
        return NoWindow(f"{one} {where}", one)
    if _uncounted(duality, meets, rule):
        small = f"smaller than {SMALLEST:g}, the smallest that are counted"
        every = f"the fluctuations of all x1 within reach of the data that meet the window conditions {where}"
        return NoWindow(f"{every} are {small}", f"the fluctuations are {small}")
    return NoWindow(f"no x1 within reach of the data meets the window conditions {where}", "out of the data's reach")


def _uncounted(duality: Duality, predicate: Callable[[np.ndarray], np.ndarray], rule: WindowRule) -> bool:
    """Whether a predicate of x1 holds within reach of the data where |q̇| is below all bins, or 0 in doubles."""

    def small(x1: np.ndarray) -> np.ndarray:
        return ~_counted(duality, x1) & (rule.sign * duality.b_dot(x1) >= 0) & predicate(x1)

    ends = duality.density.ppf(np.array([rule.tail, 1 - rule.tail]))
    found = np.array(_intervals(small, _spread(*ends))).reshape(-1, 2)
    return bool(np.any(np.diff(duality.density.cdf(found)) > _UNREACHED * rule.tail))


def observed_window(duality: Duality, k: float, tolerance: float, sign: int, tail: float) -> Window | None:
    """The widest interval (in decades of q̇) on which the local exponent stays within `tolerance` of k; or None."""

    def close(x1: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            return np.abs(duality.local_exponent(x1) - k) <= tolerance

    return _widest(duality, close, sign, tail)


def _widest(duality: Duality, predicate: Callable[[np.ndarray], np.ndarray], sign: int, tail: float) -> Window | None:
    """The widest window, in decades of q̇, on which a predicate of x1 holds, of the branches of one sign of ḃ."""

    def seen(x1: np.ndarray) -> np.ndarray:
        return _counted(duality, x1) & predicate(x1)

    windows = [
        window
        for index, branch in enumerate(duality.branches)
        if branch.b_sign == sign
        for left, right in _intervals(seen, _nodes(branch))
        if (window := _within_reach(duality, left, right, index, tail))
    ]
    return max(windows, key=lambda window: window.decades, default=None)


def visible_window(duality: Duality, k: float, tolerance: float, sign: int, tail: float) -> Window | None:
    """The widest interval on which the density of a branch, and not its Jacobian alone, is a power law; or None.

    There -d ln p/d ln q̇ is within `tolerance` of k: what the class's own density p(x1) adds to the local exponent of
    the Jacobian, -(d ln p(x1)/dx1)/(d ln q̇/dx1), has to be small too.
    """

    def close(x1: np.ndarray) -> np.ndarray:
        step = _DERIVATIVE * np.ptp(duality.density.ppf(np.array([0.25, 0.75])))
        with np.errstate(divide="ignore", invalid="ignore"):
            rise = np.log(duality.density.pdf(x1 + step)) - np.log(duality.density.pdf(x1 - step))
            of_class = rise / (2 * step) * duality.magnitude(x1) / duality.jacobian(x1)
            return np.abs(duality.local_exponent(x1) - of_class - k) <= tolerance

    return _widest(duality, close, sign, tail)


def _paper(duality: Duality, rule: WindowRule, _: PredictedExponent) -> Window:
    return paper_window(duality, rule)


def _observed(duality: Duality, rule: WindowRule, predicted: PredictedExponent) -> Window | None:
    if predicted.k is None:
        return None
    return observed_window(duality, predicted.k, predicted.tolerance, rule.sign, rule.tail)


# Every window of `duality.conventions.WINDOWS` by its rule: a function of the map to a quantity, of what decides, and
# of the predicted exponent.
RULES: Mapping[str, Callable[[Duality, WindowRule, PredictedExponent], Window | None]] = {
    PAPER: _paper,
    OBSERVED: _observed,
}


@dataclass(frozen=True)
class WindowRules:
    """The rules of all windows of a class, by which they are found, and found again at other w and b.

    Attributes
    ----------
    rule : WindowRule
        Of the paper's window.
    measured : MeasuredClass
        The predicted exponents, and the variants of the conditions.
    tolerance : float
        How far the local exponent may be from the predicted one in the observed window.
    """

    rule: WindowRule
    measured: MeasuredClass
    tolerance: float

    @classmethod
    def of(cls, measured: MeasuredClass, x2: float, settings: WindowSettings) -> "WindowRules":
        """As the config has them for a class."""
        return cls(WindowRule.of(measured, x2, settings), measured, settings.tolerance)

    @classmethod
    def of_classes(
        cls, measured: Mapping[str, MeasuredClass], classes: Mapping[str, ClassSettings], settings: WindowSettings
    ) -> "dict[str, WindowRules]":
        """Of every class that is measured, by its name."""
        return {name: cls.of(of, classes[name].x2, settings) for name, of in measured.items()}

    def find(self, duality: Duality, name: str) -> Window | None:
        """The window of a name, of the map to any quantity; None if there is no observed one.

        Raises
        ------
        NoWindow
            See `paper_window`.
        """
        if name in RULES:
            return RULES[name](
                duality, self.rule, PredictedExponent(self.measured.predicted[duality.quantity], self.tolerance)
            )
        return paper_window(duality, replace(self.rule, conditions=self.measured.variants[name]))


def _carried(duality: Duality, window: Window) -> float:
    """The window's share of Σ q̇ per sample, ∫ |q̇| p(x1) dx1."""
    F_low, F_high = duality.density.cdf(np.array([window.x1_low, window.x1_high]))
    midpoints = F_low + (F_high - F_low) * (np.arange(1024) + 0.5) / 1024
    return float(np.mean(duality.magnitude(duality.density.ppf(midpoints))) * (F_high - F_low))


def _nodes(branch: Branch) -> np.ndarray:
    """x1 on a branch."""
    return _spread(branch.left, branch.right)


def _spread(left: float, right: float) -> np.ndarray:
    """x1 between two ends: evenly spaced, and ever denser towards them, where |q̇| may run through many decades."""
    graded = (right - left) * np.geomspace(2.0**-48, 0.5, 1024)
    even = np.linspace(left, right, 4097)
    return np.unique(np.concatenate([even, left + graded, right - graded]))


def _intervals(predicate: Callable[[np.ndarray], np.ndarray], nodes: np.ndarray) -> list[tuple[float, float]]:
    """The intervals on which a predicate holds, their ends refined by bisection between the nodes."""
    holds = predicate(nodes)
    padded = np.concatenate([[False], holds, [False]])
    starts, ends = np.flatnonzero(~padded[:-1] & padded[1:]), np.flatnonzero(padded[:-1] & ~padded[1:]) - 1
    inside = np.concatenate([starts, ends])
    outside = np.clip(np.concatenate([starts - 1, ends + 1]), 0, nodes.size - 1)  # itself at an end of all nodes
    refined, _ = bisect(predicate, nodes[inside], nodes[outside], 60)
    left, right = np.split(refined, 2)
    return list(zip(left.tolist(), right.tolist(), strict=True))
