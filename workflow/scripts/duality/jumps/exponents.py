"""The exponents of actual jumps beside those of the potential jumps of the same samples, and their difference.

An exponent k of a truncated power law, bare or weighted by the dataset, is a function of n and Σ ln|q̇| of the jumps
in a window. Its response to a jump is ln|q̇| less the mean, times -Var(k̂) by Fisher: summed over a unit of the
bootstrap, the responses of all units give its standard error, however the jumps within a unit depend on each other
(K.-Y. Liang and S. L. Zeger, Biometrika 73 (1986) 13). As the samples of actual and potential jumps are the same, the
difference of their exponents is known far better than either of them.

Potential jumps are at the mean (w, b) of the run, and so is the dataset's weight. Errors are those at this (w, b): what
actual jumps owe linearly to the (w, b) of a unit adds up to nothing over the run, and is taken out.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy import special

from duality.conventions import PAPER, SIGN_NAMES
from duality.exponents.exact import dataset_weight
from duality.fits.power_laws import MOST_CELLS, PowerLaw, truncated_power_law
from duality.jacobian.duality import Duality
from duality.jumps.samples import ClassJumps, Units
from duality.records import Estimate, QuantityWindows, Window

_FEWEST = 100  # jumps in a window for a fit

Fit = Callable[[int, float], Estimate]  # of n and Σ ln|q̇|


def window_at(duality: Duality, chosen: QuantityWindows, scale: float) -> Window | None:
    """The paper's window of q̇, carried over to the map of a run.

    Parameters
    ----------
    duality : Duality
        The map to q̇ at the mean (w, b) of the run.
    chosen : QuantityWindows
        Of q̇, at the equilibrium of the experiment.
    scale : float
        γ of the run over that of the experiment: |q̇| is in proportion to γ.

    Returns
    -------
    Window, as far as the branch reaches on which it now lies, or None if there is none
    """
    window = chosen.windows[PAPER]
    assert window is not None  # of q̇ the stage jacobian lets no class pass without it
    middle, sign = 0.5 * (window.x1_low + window.x1_high), chosen.branches[window.branch].sign
    for index, branch in enumerate(duality.branches):
        if branch.sign == sign and branch.left <= middle <= branch.right:
            ends = np.clip(scale * np.array([window.q_low, window.q_high]), branch.q_low, branch.q_high)
            if ends[0] < ends[1]:
                x1 = np.sort(duality.preimage(branch, ends))
                return Window(
                    branch=index,
                    x1_low=float(x1[0]),
                    x1_high=float(x1[1]),
                    q_low=float(ends[0]),
                    q_high=float(ends[1]),
                    probability=float(np.diff(duality.density.cdf(x1))[0]),
                )
    return None


def fits_of(duality: Duality, window: Window) -> dict[str, Fit]:
    """The raw and the dataset-corrected exponent on a window, as functions of n and Σ ln|q̇|."""
    low, high = window.q_low, window.q_high
    weighted = PowerLaw(np.geomspace(low, high, MOST_CELLS + 1), dataset_weight(duality, window))
    return {"raw": partial(truncated_power_law, low=low, high=high), "corrected": weighted.fit}


def compare_exponents(jumps: ClassJumps, window: Window, units: Units) -> list[dict[str, Any]]:
    """The exponents of actual and of potential jumps of one class on one window.

    Returns
    -------
    list of dict
        Rows of `duality.records.JUMP_EXPONENTS`, of the raw and of the corrected exponent. None at all if fewer than
        a hundred actual or potential jumps are in the window.
    """
    duality = jumps.duality
    sign = duality.branches[window.branch].sign
    found = [_Inside.of(q_dot, window, sign) for q_dot in (jumps.actual, jumps.potential)]
    if min(inside.n for inside in found) < _FEWEST:
        return []
    which = {"class": jumps.name, "sign": SIGN_NAMES[sign], "gamma": duality.gamma}
    which |= {"q_low": window.q_low, "q_high": window.q_high}
    which |= {"n_actual": found[0].n, "n_potential": found[1].n}
    rows = []
    for kind, fit in fits_of(duality, window).items():
        (actual, of_actual), (potential, of_potential) = (inside.fitted(fit, jumps.unit, units) for inside in found)
        difference, se = actual - potential, cluster_error(of_actual - of_potential, units)
        expected = expected_difference(jumps, window, fit)
        rows.append(
            which
            | {"kind": kind, "actual": actual, "actual_se": cluster_error(of_actual, units)}
            | {"potential": potential, "potential_se": cluster_error(of_potential, units)}
            | {"difference": difference, "difference_se": se, "expected": expected}
            | {"p_value": two_sided(difference - expected, se, units.degrees_of_freedom)}
        )
    return rows


def expected_difference(jumps: ClassJumps, window: Window, fit: Fit) -> float:
    """Exponent of actual less that of potential jumps by the averaged theory; NaN if nothing is predicted."""
    if jumps.expected is None:
        return float("nan")
    sign = jumps.duality.branches[window.branch].sign
    actual, potential = (_Inside.of(q_dot, window, sign) for q_dot in jumps.expected)
    return fit(actual.n, actual.sum_log).value - fit(potential.n, potential.sum_log).value


def cluster_error(response: np.ndarray, units: Units) -> float:
    """Standard error of an exponent from the responses of it to the jumps of every unit, shape (units,)."""
    return float(units.error(units.w.size * response))


def two_sided(deviation: float, se: float, degrees_of_freedom: int) -> float:
    """The p-value of a deviation whose standard error is known from so many degrees of freedom (Student's t)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(2 * special.stdtr(degrees_of_freedom, -np.divide(abs(deviation), se)))


@dataclass(frozen=True)
class _Inside:
    """Jumps in a window: at which indices they are, and their ln|q̇|."""

    index: np.ndarray
    log_q: np.ndarray

    @classmethod
    def of(cls, q_dot: np.ndarray, window: Window, sign: int) -> "_Inside":
        size = sign * q_dot
        index = np.flatnonzero((size >= window.q_low) & (size <= window.q_high))
        return cls(index, np.log(size[index]))

    @property
    def n(self) -> int:
        return int(self.index.size)

    @property
    def sum_log(self) -> float:
        return float(self.log_q.sum())

    def fitted(self, fit: Fit, unit: np.ndarray, units: Units) -> tuple[float, np.ndarray]:
        """The exponent, and how much of it the jumps of every unit make."""
        found = fit(self.n, self.sum_log)
        scores = np.bincount(unit[self.index], self.log_q - self.log_q.mean(), units.w.size)
        return found.value, -(found.se**2) * scores


def measure_exponents(
    classes: Iterable[ClassJumps], units: Units, windows: Mapping[str, QuantityWindows], scale: float
) -> list[dict[str, Any]]:
    """The exponents of all classes that have a window, in one run.

    Parameters
    ----------
    classes : iterable of ClassJumps
        Of the run.
    units : Units
    windows : mapping
        By class, of q̇ at the equilibrium of the experiment.
    scale : float
        γ of the run over that of the experiment.

    Returns
    -------
    list of dict
        See `compare_exponents`. A class whose window the map of the run does not have has no rows.
    """
    return [
        row
        for jumps in classes
        if jumps.name in windows and (window := window_at(jumps.duality, windows[jumps.name], scale))
        for row in compare_exponents(jumps, window, units)
    ]
