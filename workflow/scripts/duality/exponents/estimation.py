"""The three exponents on a window, each with its total error, the parts of it, and the value of the population."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from duality.exponents.neighbourhood import Neighbourhood
from duality.exponents.population import (
    Trim,
    corrected_exponent,
    covariance_with_sampling,
    raw_exponent,
    trimmed,
)
from duality.exponents.slope import QUADRATURE, dataset_weight, jacobian_slope
from duality.fits.histogram import WindowStatistics
from duality.fits.power_laws import PowerLaw, truncated_power_law
from duality.records import ErrorBudget, Estimate, PopulationReference, PopulationValue, Window


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
    estimate = Estimate.normal(fit.value, budget.total)
    return Estimated(estimate, budget, at.population_value(expected, estimate), fit, law)
