"""What the stage training hands on: the equilibrium, with its errors and diagnostics, and the trajectory."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from duality.errors import InputError
from duality.failures import check_complete
from duality.records.estimates import Estimate, Frozen, ParameterErrors, PopulationValue
from duality.records.record import Count, Matrix, NotNegative, Pair, Positive, Record

_EXPLAINED = 4  # standard errors of a spread, within which theory explains it


class ChainDiagnostics(Record, frozen=True):
    """Convergence of the chains of one parameter: the part of the trajectories that counts.

    Attributes
    ----------
    mean, sd : float
    mcse : float
        Monte Carlo standard error of the mean.
    r_hat : float
        Split R-hat.
    ess_bulk, ess_tail : float
        Effective sample sizes.
    drift : float
        Mean of the second half less that of the first, in Monte Carlo errors of the difference.
    """

    mean: float
    sd: NotNegative
    mcse: NotNegative
    r_hat: Positive
    ess_bulk: Positive
    ess_tail: Positive
    drift: float


class PopulationReference(Record, frozen=True):
    """What theory expects of a training on infinite data, and how far this one is from it; pairs are of (w, b).

    Attributes
    ----------
    optimum : pair
        Of the population loss.
    mean, stationary_covariance : pair, matrix
        Of the stationary (w, b) at this γ, see `duality.training.population`.
    mean_to_first_order : pair
        The mean to first order in γ: how far `mean` is from it tells how accurate it is.
    curvature : matrix
        How stiff the mean is held, see `duality.training.population.Stationary`.
    sampling_covariance : matrix
        Of the mean, over data sets of as many samples.
    accuracy : PopulationValue
        The share of all samples that is told right at `mean`.
    distance, distance_from_optimum : pair
        Of the mean of the training from `mean` and from the optimum, in standard errors (Monte Carlo and sampling).
    """

    optimum: Pair
    mean: Pair
    stationary_covariance: Matrix
    mean_to_first_order: Pair
    curvature: Matrix
    sampling_covariance: Matrix
    accuracy: PopulationValue
    distance: Pair
    distance_from_optimum: Pair

    @property
    def shift(self) -> Pair:
        """Of the mean from the optimum."""
        return self.mean[0] - self.optimum[0], self.mean[1] - self.optimum[1]

    @property
    def stationary_sd(self) -> Pair:
        """Of (w, b)."""
        (w, _), (_, b) = self.stationary_covariance
        return float(np.sqrt(w)), float(np.sqrt(b))


class Equilibrium(Record, frozen=True):
    """A local learning equilibrium.

    Attributes
    ----------
    w, b : Estimate
        Means over the draws that count. Their errors are those by which other data and another training would differ:
        Monte Carlo's and that of the optimum of a finite data set; without a population optimum the first alone.
    covariance : matrix
        Of these means by Monte Carlo; that of the finite data set is in `population`.
    diagnostics : mapping
        Of "w" and of "b".
    steps, burn_in : int
        SGD steps per replica, and those of them that do not count.
    draws, replicas : int
        Recorded points per replica that count, and replicas.
    accuracy : Estimate
        Over the stream, at the means. Its error is that of the stream's samples and that inherited from w and b.
    loss : float
        Mean of H over the stream.
    population : PopulationReference or None
        None if the population loss has no optimum.
    """

    w: Estimate
    b: Estimate
    covariance: Matrix
    diagnostics: dict[str, ChainDiagnostics]
    steps: Count
    burn_in: Count
    draws: Count
    replicas: Count
    accuracy: Estimate
    loss: float
    population: PopulationReference | None

    def frozen(self, gamma: float) -> Frozen:
        """The means of w and b, held fixed, with a learning rate."""
        return Frozen(self.w.value, self.b.value, gamma)

    @property
    def explained(self) -> bool:
        """Whether theory explains the spread of w and b: a Gaussian (w, b) of its covariance, within four errors."""
        if self.population is None:
            return False
        chains = (self.diagnostics["w"], self.diagnostics["b"])
        return all(
            abs(chain.sd - expected) <= _EXPLAINED * chain.sd / np.sqrt(2 * chain.ess_bulk)
            for chain, expected in zip(chains, self.population.stationary_sd, strict=True)
        )

    @property
    def errors(self) -> ParameterErrors:
        """Of w and b; without a population optimum that of the finite data set is not known, and counts as none."""
        sampling = self.population.sampling_covariance if self.population else np.zeros((2, 2))
        return ParameterErrors(np.array(self.covariance), np.array(sampling))

    def __post_init__(self) -> None:
        if set(self.diagnostics) != {"w", "b"}:
            raise ValueError("diagnostics must be of w and of b")
        if not 0 <= self.accuracy.value <= 1:
            raise ValueError("accuracy must be a share, from 0 to 1")
        if not self.burn_in < self.steps:
            raise ValueError("burn_in must be less than steps")


@dataclass(frozen=True)
class Trajectory:
    """Thinned trajectories of a training.

    Attributes
    ----------
    steps : ndarray of int64, shape (draws,)
        SGD steps at each recorded point.
    w, b : ndarray, shape (replicas, draws)
    kept : int
        Draws from this index on are the equilibrium; those before are burn-in.
    """

    steps: np.ndarray
    w: np.ndarray
    b: np.ndarray
    kept: int

    def __post_init__(self) -> None:
        if self.steps.ndim != 1 or self.steps.dtype.kind != "i":
            raise InputError("a trajectory's steps must be integers, one per draw")
        for name in ("w", "b"):
            chains = getattr(self, name)
            if chains.ndim != 2 or chains.shape[1] != self.steps.size or chains.dtype != np.float64:
                raise InputError(f"a trajectory's {name} must be floats of shape (replicas, draws)")
        if not 0 <= self.kept < self.steps.size:
            raise InputError(f"a trajectory of {self.steps.size} draws cannot keep those from {self.kept} on")

    @property
    def counted(self) -> tuple[np.ndarray, np.ndarray]:
        """w and b of the draws that are the equilibrium, each of shape (replicas, draws - kept)."""
        return self.w[:, self.kept :], self.b[:, self.kept :]

    @property
    def steps_per_draw(self) -> int:
        """SGD steps from one recorded point to the next; the first point is as many steps after the start."""
        return int(self.steps[0])

    def write(self, path: str | Path) -> None:
        """As NPZ."""
        np.savez(path, steps=self.steps, w=self.w, b=self.b, kept=self.kept)

    @classmethod
    def read(cls, path: str | Path) -> "Trajectory":
        """What `write` wrote.

        Raises
        ------
        InputError
            If the file has other arrays, or arrays of other shapes or types.
        ExperimentFailed
            If it says instead why its experiment failed.
        """
        check_complete(path)
        with np.load(path, allow_pickle=False) as arrays:
            if sorted(arrays.files) != ["b", "kept", "steps", "w"]:
                raise InputError(f"{path} must hold steps, w, b and kept, not {', '.join(sorted(arrays.files))}")
            return cls(arrays["steps"], arrays["w"], arrays["b"], int(arrays["kept"]))
