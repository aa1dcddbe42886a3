"""Estimates with their errors, and what all stages that estimate something share."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from duality.records.record import Correlation, NotNegative, Pair, Record

CONFIDENCE = 0.95
DETECTION_LEVEL, DETECTION_POWER = 1e-3, 0.95  # of a test that rejects a fault; ten tests then reject 1% of right ones
STANDARD_ERRORS = 1.959963984540054  # that half of a 95% interval is, of the normal distribution

# ln L that a parameter more gains in one of twenty cases where it is not needed, by χ² (S. S. Wilks, 1938); by so much
# the profile likelihood falls to the ends of a 95% interval.
TOLD_APART = STANDARD_ERRORS**2 / 2


def gain_needed(level: float) -> float:
    """What a parameter more must gain in ln L to be needed at a level: half that point of χ² (Wilks)."""
    return NormalDist().inv_cdf(1 - level / 2) ** 2 / 2


class Estimate(Record, frozen=True):
    """An estimated number.

    Attributes
    ----------
    value : float
    se : float
        Standard error.
    interval : (low, high)
        Of 95% confidence.
    """

    value: float
    se: NotNegative
    interval: Pair

    def __post_init__(self) -> None:
        low, high = self.interval
        if not low <= self.value <= high:
            raise ValueError(f"the interval [{low:g}, {high:g}] does not hold the value {self.value:g}")

    @classmethod
    def normal(cls, value: float, se: float) -> "Estimate":
        """With the interval of the normal approximation; with Fisher's standard error, the Fisher interval."""
        value, se = float(value), float(se)
        half = STANDARD_ERRORS * se
        return cls(value, se, (value - half, value + half))


class ErrorBudget(Record, frozen=True):
    """The standard errors of an estimate that make up its total, and what of them comes about in one way.

    Attributes
    ----------
    monte_carlo : float
        Of the training: inherited from the Monte Carlo errors of w and b.
    sampling : float
        Of the finite data set that was trained on, inherited from its optimum.
    fit : float
        Of the estimate at fixed w and b.
    window : float
        What it would be if with w and b only the window moved. It is within `monte_carlo` and `sampling`, not one more,
        and exceeds them where the motion of the map makes up for that of the window.
    bins : float
        Of a fit, whose window is rounded to whole bins: by how much the place of its ends within theirs moves it.
    correlation : float
        Of `sampling` with `fit`: not 0 where the samples of the fit are among those that were trained on.
    """

    monte_carlo: NotNegative
    sampling: NotNegative
    fit: NotNegative
    window: NotNegative
    bins: NotNegative = 0.0
    correlation: Correlation = 0.0

    @property
    def total(self) -> float:
        """Of all but `window`; two may be correlated."""
        common = 2 * self.correlation * self.sampling * self.fit
        return float(np.sqrt(self.monte_carlo**2 + self.sampling**2 + self.fit**2 + self.bins**2 + common))


class PopulationValue(Record, frozen=True):
    """What infinite data would give in the place of an estimate, by quadrature and without any training.

    Attributes
    ----------
    value : float
    accuracy : float
        By how much it may be off; no standard error.
    z : float
        The estimate less the value, in units of both errors together.
    """

    value: float
    accuracy: NotNegative
    z: float

    @classmethod
    def beside(cls, estimate: Estimate, value: float, accuracy: float) -> "PopulationValue":
        """Beside an estimate."""
        z = (estimate.value - value) / max(np.hypot(estimate.se, accuracy), np.finfo(float).tiny)
        return cls(float(value), float(accuracy), float(z))


@dataclass(frozen=True)
class ParameterErrors:
    """Covariances of the estimates of w and b, by Monte Carlo and by the finite data set, each of shape (2, 2)."""

    monte_carlo: np.ndarray
    sampling: np.ndarray

    @property
    def total(self) -> np.ndarray:
        return self.monte_carlo + self.sampling


@dataclass(frozen=True)
class Frozen:
    """The parameters w and b, held fixed, and the learning rate γ: what a potential jump depends on besides x1."""

    w: float
    b: float
    gamma: float
