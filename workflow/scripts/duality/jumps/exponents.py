"""The exponents of actual jumps beside those of the potential jumps of the same samples, and their difference.

An exponent k of a truncated power law, bare or weighted by the dataset, is a function of n and Σ ln|q̇| of the jumps
in a window. Its response to a jump is ln|q̇| less the mean, times -Var(k̂) by Fisher: summed over a unit of the
bootstrap, the responses of all units give its standard error, however the jumps within a unit depend on each other
(K.-Y. Liang and S. L. Zeger, Biometrika 73 (1986) 13). As the samples of actual and potential jumps are the same, the
difference of their exponents is known far better than either of them.

Potential jumps are at the mean (w, b) of the run, and so are the dataset's weight and the window. What actual jumps owe
linearly to the (w, b) of a unit adds up to nothing over the run, and is taken out. The error of the difference is that
at this (w, b). The exponents themselves inherit from it, by Monte Carlo of the run and by the finite data set, with the
window found again by its rule.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy import special

from duality.conventions import SIGN_NAMES
from duality.errors import InputError
from duality.exponents.exact import corrected_exponent, dataset_weight, raw_exponent
from duality.exponents.neighbourhood import Exponent, Neighbourhood
from duality.fits.power_laws import MOST_CELLS, PowerLaw, truncated_power_law
from duality.jacobian.duality import Duality
from duality.jacobian.windows import WindowRules, paper_window
from duality.jumps.samples import ClassJumps, Units
from duality.records.estimates import Estimate, ParameterErrors
from duality.records.jacobian import Window

_FEWEST = 100  # jumps in a window for a fit

Fit = Callable[[int, float], Estimate]  # of n and Σ ln|q̇|

_EXPONENTS: Mapping[str, Exponent] = {"raw": raw_exponent, "corrected": corrected_exponent}  # by kind


def fits_of(duality: Duality, window: Window) -> dict[str, Fit]:
    """The raw and the dataset-corrected exponent on a window, as functions of n and Σ ln|q̇|."""
    low, high = window.q_low, window.q_high
    weighted = PowerLaw(np.geomspace(low, high, MOST_CELLS + 1), dataset_weight(duality, window))
    return {"raw": partial(truncated_power_law, low=low, high=high), "corrected": weighted.fit}


def compare_exponents(jumps: ClassJumps, at: Neighbourhood, units: Units) -> list[dict[str, Any]]:
    """The exponents of actual and of potential jumps of one class on one window.

    Parameters
    ----------
    jumps : ClassJumps
    at : Neighbourhood
        The map of the class at the mean (w, b) of the run, its window, and around them.
    units : Units

    Returns
    -------
    list of dict
        Rows of `records.jumps.JUMP_EXPONENTS`, of the raw and of the corrected exponent.

    Raises
    ------
    InputError
        If fewer than a hundred actual or potential jumps are in the window.
    """
    duality, window = jumps.duality, at.window
    sign = duality.branches[window.branch].sign
    found = [_Inside.of(q_dot, window, sign) for q_dot in (jumps.actual, jumps.potential)]
    n_actual, n_potential = (inside.n for inside in found)
    if min(n_actual, n_potential) < _FEWEST:
        raise InputError(
            f"a fit needs {_FEWEST} jumps in the window, which has {n_actual} actual and {n_potential} potential ones"
        )
    which = {"class": jumps.name, "sign": SIGN_NAMES[sign], "gamma": duality.gamma}
    which |= {"q_low": window.q_low, "q_high": window.q_high}
    which |= {"n_actual": n_actual, "n_potential": n_potential}
    theory = expected_inside(jumps, window)
    rows = []
    for kind, fit in fits_of(duality, window).items():

        def total(response: np.ndarray, exponent: Exponent = _EXPONENTS[kind]) -> float:
            return at.budget(exponent, cluster_error(response, units)).total

        (actual, of_actual), (potential, of_potential) = (inside.fitted(fit, jumps.unit, units) for inside in found)
        difference, se = actual - potential, cluster_error(of_actual - of_potential, units)
        expected = expected_difference(theory, fit)
        rows.append(
            which
            | {"kind": kind, "actual": actual, "actual_se": total(of_actual)}
            | {"potential": potential, "potential_se": total(of_potential)}
            | {"difference": difference, "difference_se": se, "expected": expected}
            | {"p_value": two_sided(difference - expected, se, units.degrees_of_freedom)}
        )
    return rows


def expected_inside(jumps: ClassJumps, window: Window) -> "list[_Inside]":
    """The actual and the potential jumps in a window by the averaged theory; none if nothing is predicted."""
    sign = jumps.duality.branches[window.branch].sign
    return [_Inside.of(q_dot, window, sign) for q_dot in jumps.expected or ()]


def expected_difference(theory: "list[_Inside]", fit: Fit) -> float:
    """Exponent of actual less that of potential jumps, from `expected_inside`; NaN if nothing is predicted."""
    if not theory:
        return float("nan")
    actual, potential = (fit(inside.n, inside.sum_log).value for inside in theory)
    return actual - potential


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
    classes: Iterable[ClassJumps], units: Units, rules: Mapping[str, WindowRules], sampling: np.ndarray
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The exponents of all classes that are measured, in one run, on the paper's window of q̇.

    Parameters
    ----------
    classes : iterable of ClassJumps
        Of the run.
    units : Units
    rules : mapping
        By class that is measured, the rules of its windows.
    sampling : ndarray, shape (2, 2)
        Covariance of (w, b) by the finite data set.

    Returns
    -------
    rows : list of dict
        See `compare_exponents`.
    unfitted : dict
        By class without rows, why: its map has no window at the (w, b) of the run, or too few jumps are in it.
    """
    rows: list[dict[str, Any]] = []
    unfitted: dict[str, str] = {}
    errors = ParameterErrors(np.cov(np.stack([units.w, units.b])) / units.w.size, sampling)
    for jumps in classes:
        if jumps.name in rules:
            find = partial(paper_window, rule=rules[jumps.name].rule)
            try:
                at = Neighbourhood.of(jumps.duality, find(jumps.duality), find, errors, None)
                rows += compare_exponents(jumps, at, units)
            except InputError as error:  # which is a finding about this γ
                unfitted[jumps.name] = str(error)
    return rows, unfitted
