"""The three exponents on a window, each with its total error, the parts of it, and the value of the population."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import msgspec
import numpy as np

from duality.conventions import OBSERVED, SIGN_NAMES
from duality.exponents.exact import (
    QUADRATURE,
    Trim,
    corrected_exponent,
    covariance_with_sampling,
    dataset_weight,
    jacobian_slope,
    raw_exponent,
    trimmed,
)
from duality.exponents.neighbourhood import Neighbourhood
from duality.fits.histogram import ClassFluctuations, window_statistics
from duality.fits.power_laws import PowerLaw, WindowStatistics, truncated_power_law
from duality.jacobian.duality import Duality
from duality.jacobian.windows import WindowRules
from duality.records.estimates import ErrorBudget, Estimate, PopulationValue
from duality.records.fluctuations import BINS_PER_DECADE
from duality.records.jacobian import QuantityWindows, Window
from duality.records.training import Equilibrium, PopulationReference

FEWEST = 10  # fluctuations in a window for a fit


@dataclass(frozen=True)
class ClassData:
    """What the exponents of one class are estimated from.

    Attributes
    ----------
    windows : mapping
        By quantity.
    fluctuations : ClassFluctuations
        Of all samples.
    unseen : ClassFluctuations or None
        Of those that training did not see; None if it saw all.
    equilibrium : Equilibrium
    """

    windows: Mapping[str, QuantityWindows]
    fluctuations: ClassFluctuations
    unseen: ClassFluctuations | None
    equilibrium: Equilibrium

    def fluctuations_of(self, window: str) -> ClassFluctuations:
        """What is measured on a window: one that the exponent chose, at (w, b) of the training, on other samples."""
        return self.unseen if window == OBSERVED and self.unseen else self.fluctuations

    def neighbourhoods(self, duality: Duality, rules: WindowRules) -> Iterator[tuple[str, str, Neighbourhood | None]]:
        """Every quantity and window with its neighbourhood; None where there is no window.

        Parameters
        ----------
        duality : Duality
            The map to q̇ at the equilibrium.
        rules : WindowRules
            By which the windows were found.
        """
        errors, population = self.equilibrium.errors, self.equilibrium.population
        for quantity, chosen in self.windows.items():
            of = duality.of(quantity)
            for name, window in chosen.windows.items():
                find = partial(rules.find, name=name)
                at = Neighbourhood.of(of, window, find, errors, population) if window else None
                yield quantity, name, at


@dataclass(frozen=True)
class Sample:
    """The fluctuations of a window, and how they are related to the training.

    Attributes
    ----------
    statistics : WindowStatistics
    size : int
        Samples of the class, in the window or not.
    population : PopulationReference or None
        Of the training, if samples that it saw are among them: their errors are correlated with those of (w, b).
    """

    statistics: WindowStatistics
    size: int
    population: PopulationReference | None

    def trim(self, window: Window) -> Trim:
        """What of a window was fitted: whole bins."""
        return self.statistics.low / window.q_low, self.statistics.high / window.q_high


@dataclass(frozen=True)
class Estimated:
    """An exponent.

    Attributes
    ----------
    exponent : Estimate
        With the total error.
    budget : ErrorBudget
    population : PopulationValue or None
    fit : Estimate
        With the error of the fit alone, if its law were the truth.
    law : PowerLaw or None
        That was fitted.
    """

    exponent: Estimate
    budget: ErrorBudget
    population: PopulationValue | None
    fit: Estimate
    law: PowerLaw | None = None


@dataclass(frozen=True)
class WindowEstimates:
    """The exponents on one window, and the fluctuations that were fitted."""

    statistics: WindowStatistics
    jacobian: Estimated
    raw: Estimated
    corrected: Estimated


def estimates(at: Neighbourhood, fluctuations: ClassFluctuations, equilibrium: Equilibrium) -> WindowEstimates | None:
    """The three exponents on a window.

    Parameters
    ----------
    at : Neighbourhood
    fluctuations : ClassFluctuations
        Those that are fitted.
    equilibrium : Equilibrium

    Returns
    -------
    WindowEstimates, or None if the window is narrower than a bin or holds fewer than ten fluctuations
    """
    duality, window = at.duality, at.window
    bins = fluctuations.bins(duality.quantity, SIGN_NAMES[duality.branches[window.branch].sign])
    statistics = window_statistics(bins, window.q_low, window.q_high)
    if statistics is None or statistics.n < FEWEST:
        return None
    seen = equilibrium.population if fluctuations.unseen < 1 else None
    sample = Sample(statistics, fluctuations.samples, seen)
    return WindowEstimates(statistics, jacobian_estimate(at), raw_estimate(at, sample), corrected_estimate(at, sample))


def jacobian_estimate(at: Neighbourhood) -> Estimated:
    """Of the Jacobian: the errors are those that it inherits from (w, b), its own is the quadrature's."""
    fit = Estimate.normal(jacobian_slope(at.duality, at.window), QUADRATURE)
    budget = at.budget(jacobian_slope, fit.se)
    exponent = Estimate.normal(fit.value, budget.total)
    return Estimated(exponent, budget, at.population_value(jacobian_slope, exponent), fit)


def raw_estimate(at: Neighbourhood, sample: Sample) -> Estimated:
    """Of the bare power law fitted to the fluctuations."""
    found = sample.statistics
    fit = truncated_power_law(found.n, found.sum_log, found.low, found.high)
    return _estimated(at, sample, raw_exponent, fit, PowerLaw(found.edges))


def corrected_estimate(at: Neighbourhood, sample: Sample) -> Estimated:
    """Of the dataset-weighted power law fitted to the fluctuations."""
    found = sample.statistics
    law = PowerLaw(found.edges, dataset_weight(at.duality, at.window))
    return _estimated(at, sample, corrected_exponent, law.fit(found.n, found.sum_log), law)


def _estimated(
    at: Neighbourhood, sample: Sample, exponent: Callable[..., float], fit: Estimate, law: PowerLaw
) -> Estimated:
    """A fit of one parameter: its error is the sandwich, √Var(ln q̇)/(√n·V), V the variance that the law has."""
    found, window = sample.statistics, at.window
    trim = sample.trim(window)
    variance, shared = 1 / (found.n * fit.se**2), None
    if sample.population:
        shared = covariance_with_sampling(at.duality, trimmed(window, trim), variance, sample.size, sample.population)
    expected = partial(exponent, trim=trim)
    budget = at.budget(expected, found.sd_log / (np.sqrt(found.n) * variance), shared)
    budget = msgspec.structs.replace(budget, bins=_of_whole_bins(at, exponent, trim))
    estimate = Estimate.normal(fit.value, budget.total)
    return Estimated(estimate, budget, at.population_value(expected, estimate), fit, law)


def _of_whole_bins(at: Neighbourhood, exponent: Callable[..., float], trim: Trim) -> float:
    """What the rounding of a window to whole bins adds: up to a bin is cut off at each end.

    As (w, b) moves, a window moves as a whole, and where it lies in the grid of bins is as good as random, evenly. Its
    ends then cut off 1 - u and (u + f) mod 1 of a bin, where f is what its width exceeds whole bins by: each has the
    variance 1/12, and their covariance is f(1 - f)/2 - 1/12.
    """
    low, high = trim
    bin_ = 10 ** (1 / BINS_PER_DECADE)
    step = min(
        bin_, (at.window.q_high * high / (at.window.q_low * low)) ** 0.25
    )  # what a window of one bin has room for
    here = exponent(at.duality, at.window, trim)
    moved = [exponent(at.duality, at.window, ends) for ends in ((low * step, high), (low, high / step))]
    at_low, at_high = np.log(bin_) / np.log(step) * (np.array(moved) - here)
    f = at.window.decades * BINS_PER_DECADE % 1
    variance = (at_low**2 + at_high**2) / 12 + 2 * at_low * at_high * (f * (1 - f) / 2 - 1 / 12)
    return float(np.sqrt(max(variance, 0.0)))
