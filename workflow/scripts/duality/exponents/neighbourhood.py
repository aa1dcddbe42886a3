"""What an exponent inherits from the errors of w and b: the map and its window, found again at (w, b) moved by them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from duality.errors import InputError
from duality.jacobian.duality import Duality
from duality.records.estimates import ErrorBudget, Estimate, ParameterErrors, PopulationValue
from duality.records.jacobian import Window
from duality.records.training import PopulationReference

Exponent = Callable[[Duality, Window], float]
Finder = Callable[[Duality], Window | None]

_SMALLEST_STEP = 2.0**-5  # in standard errors
_ROUNDING = 1e-12  # a variance that is smaller relative to the largest is none


@dataclass(frozen=True)
class Pair:
    """The map and its window on either side of (w, b), a step away.

    Attributes
    ----------
    step : ndarray, shape (2,)
        In w and b.
    sides : pair of (Duality, Window)
        At (w, b) + step, and at (w, b) - step.
    """

    step: np.ndarray
    sides: tuple[tuple[Duality, Window], tuple[Duality, Window]]


@dataclass(frozen=True)
class Neighbourhood:
    """The map and one of its windows at the estimate of (w, b), and around it.

    Attributes
    ----------
    duality : Duality
    window : Window
    errors : ParameterErrors
        Of w and b.
    pairs : sequence of Pair
        A pair per principal axis of the errors, a standard error away. That is the scale on which an exponent's error
        is wanted, and far above the noise of bisection.
    population : sequence of (Duality, Window)
        The map and its window at the mean (w, b) of infinite data, and at the same to first order in γ; none without a
        population optimum, or if the window is not there.
    """

    duality: Duality
    window: Window
    errors: ParameterErrors
    pairs: Sequence[Pair]
    population: Sequence[tuple[Duality, Window]]

    @classmethod
    def of(
        cls,
        duality: Duality,
        window: Window,
        find: Finder,
        errors: ParameterErrors,
        population: PopulationReference | None,
    ) -> "Neighbourhood":
        """Move (w, b), and find the window again by its rule.

        Parameters
        ----------
        duality : Duality
        window : Window
            What the rule finds there.
        find : function of Duality
            The rule: the window, or None or an `InputError` where there is none.
        errors : ParameterErrors
        population : PopulationReference or None

        Where the rule finds none, however little (w, b) is moved, the window stays as it is, on the same branch.
        """
        variances, axes = np.linalg.eigh(errors.total)
        pairs = [
            _pair(duality, window, find, np.sqrt(variance) * axis)
            for variance, axis in zip(variances, axes.T, strict=True)
            if variance > _ROUNDING * variances[-1]
        ]
        return cls(duality, window, errors, pairs, _at_population(duality, find, population) if population else [])

    def population_value(self, exponent: Exponent, estimate: Estimate) -> PopulationValue | None:
        """What infinite data would give for an exponent, a function of the map and its window."""
        if not self.population:
            return None
        value, to_first_order = (exponent(*at) for at in self.population)
        return PopulationValue.beside(estimate, value, abs(value - to_first_order))

    def budget(self, exponent: Exponent, fit: float, with_sampling: np.ndarray | None = None) -> ErrorBudget:
        """The errors of an exponent, a function of the map and its window, that has an error of its own.

        To first order in the errors of w and b, by differences over a standard error.

        Parameters
        ----------
        exponent : function of (Duality, Window)
        fit : float
            Its own standard error.
        with_sampling : ndarray, shape (2,), optional
            Covariance of its own error with that of (w, b) by the finite data set; none if not given.
        """
        total, of_window = np.zeros(2), np.zeros(2)
        for pair in self.pairs:
            along = pair.step / (2 * np.sum(pair.step**2))
            k = [exponent(*side) for side in pair.sides]
            total += along * (k[0] - k[1])
            k = [exponent(self.duality, self._with_ends_of(window)) for _, window in pair.sides]
            of_window += along * (k[0] - k[1])
        sampling, correlation = _se(total, self.errors.sampling), 0.0
        if with_sampling is not None and sampling * fit > 0:
            correlation = float(np.clip(total @ with_sampling / (sampling * fit), -1, 1))
        return ErrorBudget(
            monte_carlo=_se(total, self.errors.monte_carlo),
            sampling=sampling,
            fit=float(fit),
            window=_se(of_window, self.errors.total),
            correlation=correlation,
        )

    def _with_ends_of(self, moved: Window) -> Window:
        """The window here, with the ends in q̇ of a moved one as far as its branch reaches."""
        branch = self.duality.branches[self.window.branch]
        low, high = max(moved.q_low, branch.q_low), min(moved.q_high, branch.q_high)
        return msgspec.structs.replace(self.window, q_low=low, q_high=high) if low < high else self.window


def _at_population(duality: Duality, find: Finder, population: PopulationReference) -> list[tuple[Duality, Window]]:
    maps = [duality.at(*population.mean), duality.at(*population.mean_to_first_order)]
    try:
        windows = [find(moved) for moved in maps]
    except InputError:
        return []
    return list(zip(maps, windows, strict=True)) if all(windows) else []  # type: ignore[arg-type]


def _pair(duality: Duality, window: Window, find: Finder, step: np.ndarray) -> Pair:
    scale = 1.0
    while scale >= _SMALLEST_STEP:
        sides = _sides(duality, scale * step)
        try:
            windows = [find(moved) for moved in sides]
        except InputError:
            windows = [None]
        if all(windows):
            plus, minus = zip(sides, windows, strict=True)
            return Pair(scale * step, (plus, minus))  # type: ignore[arg-type]
        scale /= 2
    # A window that is as good as gone here: its map moves, its ends do not.
    sides = _sides(duality, step)
    plus, minus = (
        (moved, msgspec.structs.replace(window, branch=_same_branch(duality, window, moved))) for moved in sides
    )
    return Pair(step, (plus, minus))


def _sides(duality: Duality, step: np.ndarray) -> list[Duality]:
    w, b = step
    return [duality.at(duality.w + side * w, duality.b + side * b) for side in (1, -1)]


def _same_branch(duality: Duality, window: Window, moved: Duality) -> int:
    """The branch of a moved map that is nearest to that of the window."""
    own = duality.branches[window.branch]
    same = [i for i, br in enumerate(moved.branches) if (br.sign, br.increasing) == (own.sign, own.increasing)]
    candidates = same or range(len(moved.branches))
    return min(
        candidates, key=lambda i: abs(moved.branches[i].left - own.left) + abs(moved.branches[i].right - own.right)
    )


def _se(gradient: np.ndarray, covariance: np.ndarray) -> float:
    return float(np.sqrt(max(gradient @ covariance @ gradient, 0.0)))
