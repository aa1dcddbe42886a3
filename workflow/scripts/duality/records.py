"""What one stage hands on to another: every file's content, declared here, written and read here and nowhere else.

A `Record` is a frozen structure that becomes a JSON file; a `Table` declares the columns of a CSV or NPZ file, which is
a DataFrame in memory. Both are checked by name and type when they are written and when they are read, so that a key
that is renamed, dropped, added or of another type stops the job that meets it with one line, at either end.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import msgspec
import numpy as np

from duality.conventions import PAPER, QUANTITIES, SIGNS
from duality.errors import InputError
from duality.failures import ExperimentFailed, check_complete

if TYPE_CHECKING:
    import pandas as pd

CONFIDENCE = 0.95
DETECTION_LEVEL, DETECTION_POWER = 1e-3, 0.95  # of a test that rejects a fault; ten tests then reject 1% of right ones
STANDARD_ERRORS = 1.959963984540054  # that half of a 95% interval is, of the normal distribution
# ln L that a parameter more gains in one of twenty cases where it is not needed, by χ² (S. S. Wilks, 1938); by so much
# the profile likelihood falls to the ends of a 95% interval.
TOLD_APART = STANDARD_ERRORS**2 / 2
_EXPLAINED = 4  # standard errors of a spread, within which theory explains it
_ROUNDING = 1e-14  # relative: what varies less is constant

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Positive = Annotated[float, msgspec.Meta(gt=0)]
Factor = Annotated[float, msgspec.Meta(ge=1)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]
Correlation = Annotated[float, msgspec.Meta(ge=-1, le=1)]
Count = Annotated[int, msgspec.Meta(ge=0)]
Sign = Literal[-1, 1]
Pair = tuple[float, float]
Matrix = tuple[Pair, Pair]


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A frozen structure that is checked when it is written and when it is read."""


R = TypeVar("R")


def convert(content: Any, kind: type[R], where: str) -> R:
    """Plain data as a record of some kind.

    Parameters
    ----------
    content : mappings, lists, texts and numbers
    kind : type
        A `Record`, or a container of them such as dict[str, Equilibrium].
    where : str
        What the message calls the content.

    Raises
    ------
    InputError
        If a key is unknown, missing or of another type, or a value is out of its range.
    """
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError as error:
        raise InputError(f"{where}: {str(error).replace('`$.', '`').replace('`$[...]', '`each entry')}") from error


def plain(record: Any) -> Any:
    """A record, or a container of records, as mappings, lists, texts and numbers.

    Raises
    ------
    InputError
        If a value is none of these, such as a number of NumPy's.
    """
    try:
        return msgspec.to_builtins(record)
    except TypeError as error:
        raise InputError(f"a value of {type(record).__name__} is no plain number or text: {error}") from error


def write(record: Any, path: str | Path, kind: type) -> None:
    """Write a record, or a container of records, of a kind as JSON, and check it as the reader will.

    Raises
    ------
    InputError
        If it is not of that kind, or holds a number that is not finite.
    """
    content = plain(record)
    convert(content, kind, str(path))
    try:
        text = json.dumps(content, indent=2, allow_nan=False)
    except ValueError as error:
        raise InputError(f"{path}: a number is not finite") from error
    Path(path).write_text(text, encoding="utf-8")


def read(path: str | Path, kind: type[R]) -> R:
    """Read what `write` wrote.

    Raises
    ------
    InputError
        If the file is no JSON of that kind.
    ExperimentFailed
        If it says instead why its experiment failed.
    """
    check_complete(path)
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path} is no JSON file") from error
    return convert(content, kind, str(path))


def complete_and_failed(
    reader: Callable[..., R], names: Iterable[str], *paths: Iterable[str | Path]
) -> tuple[dict[str, R], dict[str, str]]:
    """What is read of every experiment that is complete, and why the others failed, both by name.

    Parameters
    ----------
    reader : function
        Of the paths of an experiment.
    names : names
        Of the experiments, or of what shows one each.
    paths : lists of paths
        In the order of the names.
    """
    found: dict[str, R] = {}
    failed: dict[str, str] = {}
    for name, *own in zip(names, *paths, strict=True):
        try:
            found[name] = reader(*own)
        except ExperimentFailed as error:
            failed[name] = str(error)
    return found, failed


def complete(reader: Callable[..., R], names: Iterable[str], *paths: Iterable[str | Path]) -> dict[str, R]:
    """What is read of every experiment that is complete.

    Raises
    ------
    ExperimentFailed
        If none is.
    """
    found, failed = complete_and_failed(reader, names, *paths)
    if failed and not found:
        raise ExperimentFailed(
            f"no experiment is complete: {'; '.join(f'{n} {why}' for n, why in failed.items())}", True
        )
    return found


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


# The stage training.


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


# The stage fluctuations.


BINS_PER_DECADE = 500
LOWEST_DECADE, HIGHEST_DECADE = (
    -60,
    20,
)  # of fluctuations; those beyond are counted at the outer ends of the outermost bins
FIRST_BIN = LOWEST_DECADE * BINS_PER_DECADE
BINS = (HIGHEST_DECADE - LOWEST_DECADE) * BINS_PER_DECADE
NOWHERE = len(SIGNS) * BINS  # the cell of what is no fluctuation


@dataclass(frozen=True)
class FluctuationSums:
    """Sums over the fluctuations of some shards, as integers: in which order they are added up makes no difference.

    A magnitude counts by its place on the logarithmic axis, in units of 2⁻²⁴ of a bin. What it is beyond the lower end
    of its bin is then an integer, and so are the sums. Shards may be divided among jobs as one likes, and merged in any
    order: the bytes are the same. There is room for 2³⁹ samples, and memory does not grow with them.

    Attributes
    ----------
    classes : tuple of str
    outcomes : ndarray of int64, shape (classes, 3)
        Samples, and those with a negative and with a positive ḃ.
    cells : ndarray of int64, shape (classes, quantities, NOWHERE + 1, 3)
        Per bin the number of magnitudes, the sum of what they are beyond the lower end of the bin, in units of 2⁻²⁴ of
        a bin, and that of the squares, in units of 2⁻²⁴ of a squared bin. First come the bins of negative values, then
        those of positive ones. In the cell `NOWHERE` is what is no fluctuation: zero, or no number.
    summaries : dict of int to ndarray of float64, shape (classes, 5)
        n, mean, sd, min and max of the samples of each class, by shard.
    """

    classes: tuple[str, ...]
    outcomes: np.ndarray
    cells: np.ndarray
    summaries: dict[int, np.ndarray]

    @classmethod
    def none(cls, classes: Iterable[str]) -> "FluctuationSums":
        """Over no samples."""
        names = tuple(classes)
        cells = np.zeros((len(names), len(QUANTITIES), NOWHERE + 1, 3), np.int64)
        return cls(names, np.zeros((len(names), 3), np.int64), cells, {})

    def write(self, path: str | Path) -> None:
        """As NPZ, the bins alone that are not empty."""
        flat = self.cells.reshape(-1, 3)
        places = np.flatnonzero(flat[:, 0])
        shards = np.array(sorted(self.summaries), np.int64)
        summaries = np.array([self.summaries[shard] for shard in shards]).reshape(shards.size, len(self.classes), 5)
        np.savez_compressed(
            path, classes=np.array(self.classes), outcomes=self.outcomes, places=places, cells=flat[places],
            shards=shards, summaries=summaries,
        )  # fmt: skip

    def add(self, path: str | Path) -> None:
        """Add what `write` wrote.

        Raises
        ------
        InputError
            If the file is no such one, is of other classes, or has a shard that is among these already.
        ExperimentFailed
            If it says instead why its experiment failed.
        """
        check_complete(path)
        with np.load(path, allow_pickle=False) as arrays:
            names = ["cells", "classes", "outcomes", "places", "shards", "summaries"]
            if sorted(arrays.files) != names:
                raise InputError(f"{path} must hold {', '.join(names)}, not {', '.join(sorted(arrays.files))}")
            classes, places, cells = tuple(arrays["classes"].tolist()), arrays["places"], arrays["cells"]
            outcomes, shards, summaries = arrays["outcomes"], arrays["shards"].tolist(), arrays["summaries"]
        if classes != self.classes:
            raise InputError(f"{path} is of the classes {', '.join(classes)}, not {', '.join(self.classes)}")
        if twice := [shard for shard in shards if shard in self.summaries]:
            raise InputError(f"{path} has shard {twice[0]}, which has been counted already")
        shape, whole = (places.size, 3), all(array.dtype == np.int64 for array in (places, cells, outcomes))
        if cells.shape != shape or outcomes.shape != self.outcomes.shape or not whole:
            raise InputError(f"{path} must hold integers: a place and three sums per bin, and three numbers per class")
        self.cells.reshape(-1, 3)[places] += cells
        self.outcomes[...] += outcomes
        self.summaries.update(zip(shards, summaries, strict=True))


@dataclass(frozen=True)
class Head:
    """The first raw signed q̇ of every class of the first shard, by its name, each an array of floats."""

    q_dot: Mapping[str, np.ndarray]

    def __post_init__(self) -> None:
        for name, values in self.q_dot.items():
            if values.ndim != 1 or values.dtype != np.float64:
                raise InputError(f"the head of the class '{name}' must be floats in a row")

    def write(self, path: str | Path) -> None:
        """As NPZ, an array per class."""
        arrays: dict[str, Any] = dict(self.q_dot)
        np.savez(path, **arrays)

    @classmethod
    def read(cls, path: str | Path, classes: Iterable[str]) -> "Head":
        """What `write` wrote.

        Parameters
        ----------
        path : str or Path
        classes : names
            That it must have.

        Raises
        ------
        InputError
            If one of the classes is missing, or an array is of another shape or type.
        ExperimentFailed
            If it says instead why its experiment failed.
        """
        check_complete(path)
        with np.load(path, allow_pickle=False) as arrays:
            if missing := [name for name in classes if name not in arrays.files]:
                raise InputError(f"{path} has no fluctuations of the class '{missing[0]}'")
            return cls({name: arrays[name] for name in arrays.files})


# The stage jacobian.


class Branch(Record, frozen=True):
    """An interval of x1 on which a fluctuation is monotone, or constant, and keeps its sign, and so does ḃ.

    Attributes
    ----------
    left, right : float
        Its ends in x1.
    sign, b_sign : int
        Of the fluctuation and of ḃ, ±1.
    increasing : bool
        Whether the magnitude grows with x1.
    q_low, q_high : float
        The magnitudes at its ends.
    """

    left: float
    right: float
    sign: Sign
    b_sign: Sign
    increasing: bool
    q_low: NotNegative
    q_high: NotNegative

    def __post_init__(self) -> None:
        if not (self.left < self.right and self.q_low <= self.q_high):
            raise ValueError("a branch runs from left to right and from q_low to q_high")

    @property
    def flat(self) -> bool:
        """Whether the magnitude is constant on it, as |ḃ| is where |h| is: an atom of probability, without density."""
        return self.q_high <= self.q_low * (1 + _ROUNDING)


class Window(Record, frozen=True):
    """An interval of x1 on one branch and the range of magnitudes that it maps to.

    Attributes
    ----------
    branch : int
        Index of the branch.
    x1_low, x1_high : float
    q_low, q_high : float
    probability : float
        That a sample of the class falls into it.
    """

    branch: Count
    x1_low: float
    x1_high: float
    q_low: Positive
    q_high: Positive
    probability: Share

    def __post_init__(self) -> None:
        if not (self.x1_low < self.x1_high and self.q_low < self.q_high):
            raise ValueError("a window runs from x1_low to x1_high and from q_low to q_high")

    @property
    def decades(self) -> float:
        """Its width in log₁₀ of the magnitude."""
        return float(np.log10(self.q_high / self.q_low))


class QuantityWindows(Record, frozen=True):
    """Branches and windows of one quantity of one class.

    Attributes
    ----------
    branches : list of Branch
        From left to right.
    windows : mapping
        By the name of the window; None where no x1 meets its rule.
    """

    branches: list[Branch]
    windows: dict[str, Window | None]

    def __post_init__(self) -> None:
        for name, window in self.windows.items():
            if window and window.branch >= len(self.branches):
                raise ValueError(f"the window {name} lies on a branch that there is none of")


Windows = dict[str, dict[str, QuantityWindows]]  # by class and quantity: what the stage jacobian writes


# The stage exponents.


class Fractions(Record, frozen=True):
    """Shares of the samples of a class: with a negative and with a positive fluctuation, and with none."""

    negative: Share
    positive: Share
    dead: Share

    def __post_init__(self) -> None:
        if abs(self.negative + self.positive + self.dead - 1) > 1e-9:
            raise ValueError("the fractions must add up to 1")


class FittedWindow(Record, frozen=True):
    """The part of a window that was fitted: whole bins of the histogram.

    Attributes
    ----------
    q_low, q_high : float
    decades, decades_se : float
        log₁₀(q_high/q_low), and its standard error: a window moves with w and b.
    decades_99 : float
        Decades that hold the middle 99% of the fluctuations.
    n : int
        Fluctuations inside.
    own_branch : float
        The share of them that the window's own branch makes.
    unseen : float
        The share of the samples, in the window or not, that training did not see.
    """

    q_low: Positive
    q_high: Positive
    decades: Positive
    decades_se: NotNegative
    decades_99: Positive
    n: Count
    own_branch: Share
    unseen: Share

    def __post_init__(self) -> None:
        if abs(self.decades - np.log10(self.q_high / self.q_low)) > 1e-9:
            raise ValueError("decades must be log10(q_high/q_low)")
        if self.decades_99 > self.decades + 1e-9:
            raise ValueError("decades_99 cannot exceed decades")

    @property
    def width(self) -> Estimate:
        """The decades with their error."""
        return Estimate.normal(self.decades, self.decades_se)


class DerivedExponent(Record, frozen=True):
    """What theory derives for a window.

    Attributes
    ----------
    k : float or None
        None at a crossover between regimes.
    text : str
        The exponent, or the two of a crossover.
    approach : str
        The regime.
    """

    k: float | None
    text: str
    approach: str


class JacobianExponent(Record, frozen=True):
    """The slope of ln|dq̇/dx1| against ln q̇.

    Attributes
    ----------
    exponent : Estimate
        With the total error.
    budget : ErrorBudget
    population : PopulationValue or None
        None without a population optimum, or if the window is not there.
    rms : float
        Of the deviation of ln|dq̇/dx1| from that straight line.
    """

    exponent: Estimate
    budget: ErrorBudget
    population: PopulationValue | None
    rms: NotNegative


class Fit(Record, frozen=True):
    """A power law fitted to the fluctuations of a window.

    Attributes
    ----------
    exponent : Estimate
        With the total error.
    budget : ErrorBudget
        The part of the fit is the sandwich error, which does not ask the power law to be the truth.
    population : PopulationValue or None
        None without a population optimum, or if the window is not there.
    fisher : float
        The standard error of the fit if the power law were the truth.
    bootstrap : (low, high)
        The 95% interval of the parametric bootstrap, at fixed w and b, if the power law were the truth.
    ks_distance, ks_p_value : float
        Kolmogorov and Smirnov's, with parametric bootstrap.
    """

    exponent: Estimate
    budget: ErrorBudget
    population: PopulationValue | None
    fisher: Positive
    bootstrap: Pair
    ks_distance: Share
    ks_p_value: Share


class KolmogorovSmirnov(Record, frozen=True):
    """Distance from the exact density, and the share of simulated data sets that are at least as far."""

    distance: Share
    p_value: Share


class ChiSquared(Record, frozen=True):
    """Pearson's χ² of a histogram against exact probabilities.

    Attributes
    ----------
    chi2 : float
    degrees_of_freedom : int
    p_value : float
    fraction_p_value : float
        Of the two cells alone that are all fluctuations of the sign and all other samples.
    detectable_factor : float
        The smallest c > 1 for which one of the two tests rejects, at the level `DETECTION_LEVEL` and with the
        probability `DETECTION_POWER`, Jacobians that are c times and 1/c times the right one.
    detectable_tilt : float or None
        The smallest δ, likewise, of Jacobians with the further factor (q̇/q̇0)^(±δ) that leaves the total probability
        as it is: an error of the exponent. None where there is one cell.
    """

    chi2: NotNegative
    degrees_of_freedom: Count
    p_value: Share
    fraction_p_value: Share
    detectable_factor: Factor
    detectable_tilt: Positive | None


class Shift(Record, frozen=True):
    """k_w, A and B of (Aẇ + B)^k_w (Eq. 6.1)."""

    k_w: float
    A: float
    B: float

    @property
    def ratio(self) -> float:
        """A/B."""
        return self.A / self.B


class ShiftProfile(Record, frozen=True):
    """The 95% intervals of a shifted power law by its profile likelihood: None where one has no bound.

    Attributes
    ----------
    exponent : (low, high) or None
        Of k_w. None where it holds the exponential law, A/B = 0, to which k_w = ±∞ belongs.
    ratio : (low, high) or None
        Of A/B. None where it holds the law without shift, A/B = ±∞.
    inverse_ratio : (low, high) or None
        Of B/A, which is 0 without shift. None where it holds the exponential law.
    """

    exponent: Pair | None
    ratio: Pair | None
    inverse_ratio: Pair | None


class ShiftedFit(Record, frozen=True):
    """A shifted power law fitted to the fluctuations of a window.

    Attributes
    ----------
    exponent : Estimate
        k_w, with A/B free too, and with the error of the sandwich. It inherits nothing from w and b: the law is exact
        at any.
    population : PopulationValue
        Of k_w: what theory has.
    ratio : Estimate
        A/B, with the error of the sandwich, at fixed w and b.
    at_theory : Estimate
        k_w with A/B as theory has it, likewise.
    theory : Shift
    gain : float
        Δ ln L over the dataset-weighted power law of ẇ without shift, A/B = ±∞.
    gain_over_exponential : float
        Δ ln L over the dataset-weighted exponential law of ẇ, A/B = 0.
    profile : ShiftProfile
    bootstrap : (low, high) or None
        The 95% interval of k_w by the parametric bootstrap. None where k_w has no bound.
    ks_distance, ks_p_value : float
        Kolmogorov and Smirnov's, with parametric bootstrap.
    """

    exponent: Estimate
    population: PopulationValue
    ratio: Estimate
    at_theory: Estimate
    theory: Shift
    gain: NotNegative
    gain_over_exponential: NotNegative
    profile: ShiftProfile
    bootstrap: Pair | None
    ks_distance: Share
    ks_p_value: Share

    @property
    def told_apart(self) -> bool:
        """Whether the fluctuations tell the law from that without shift, and from the exponential one."""
        return min(self.gain, self.gain_over_exponential) > TOLD_APART


class Measurement(Record, frozen=True):
    """Everything that is measured on the fluctuations inside one window.

    Attributes
    ----------
    window : FittedWindow
    theory : DerivedExponent or None
        None if no regime governs the window.
    jacobian : JacobianExponent
    raw, corrected : Fit
        The bare power law and the dataset-weighted one.
    duality : KolmogorovSmirnov
        The test against the exact density, in which nothing is fitted.
    shifted : ShiftedFit or None
        None where theory has B = 0, or the fit has no maximum.
    """

    window: FittedWindow
    theory: DerivedExponent | None
    jacobian: JacobianExponent
    raw: Fit
    corrected: Fit
    duality: KolmogorovSmirnov
    shifted: ShiftedFit | None


class ClassMeasurements(Record, frozen=True):
    """What is measured on the fluctuations of one class.

    Attributes
    ----------
    samples : int
        Of the class, with and without a fluctuation.
    fractions : Fractions
    goodness_of_fit : ChiSquared
        Of all fluctuations q̇ of the paper's sign against the exact density.
    seen_against_unseen : float or None
        p-value of the χ² test that samples which training saw and did not see have the same fluctuations; None if it
        saw all.
    quantities : mapping of mapping
        By quantity and window; None where the window is missing or holds too little. Of q̇ the paper's never is.
    """

    samples: Count
    fractions: Fractions
    goodness_of_fit: ChiSquared
    seen_against_unseen: Share | None
    quantities: dict[str, dict[str, Measurement | None]]

    def __post_init__(self) -> None:
        if unknown := set(self.quantities) - set(QUANTITIES):
            raise ValueError(f"there is no quantity {min(unknown)}")
        if not self.quantities.get("q_dot", {}).get(PAPER):
            raise ValueError(f"of q_dot the window {PAPER} must be measured")

    @property
    def paper(self) -> Measurement:
        """What is measured of q̇ on the paper's window, which no class is without."""
        found = self.quantities["q_dot"][PAPER]
        assert found is not None  # checked when it was made
        return found


Exponents = dict[str, ClassMeasurements]  # by class: what the stage exponents writes


# The stage jumps.


class JumpExponent(Record, frozen=True):
    """An exponent fitted on the actual and on the potential jumps of the same samples, on one window.

    Attributes
    ----------
    decades : float
        Of |q̇|, that the window has.
    actual, potential, difference : Estimate
        The last is actual less potential. Errors are those at the mean (w, b) of the run.
    expected : float or None
        The difference by the theory that is averaged over the stationary (w, b).
    p_value : float or None
        Of the difference, if this is what it is.
    """

    decades: Positive
    actual: Estimate
    potential: Estimate
    difference: Estimate
    expected: float | None
    p_value: Share | None


class JumpSummary(Record, frozen=True):
    """Actual against potential jumps of one class and sign, at the experiment's γ and as γ falls.

    Attributes
    ----------
    gamma : float
        The γ nearest to the experiment's that was run.
    distance : Estimate
        Kolmogorov and Smirnov's there.
    noise_floor : float
        What equal distributions would show in 95% of cases.
    predicted_distance : float or None
    agreement : Estimate or None
        The factor by which the predicted difference fits the measured one best.
    deviation : Estimate or None
        Measured less predicted difference of the distributions, where it is most standard errors.
    p_value : float or None
        Of so large a deviation anywhere, if the prediction is right.
    power, fitted_power : Estimate or None
        Of γ in the distance, and in the predicted difference as it fits the measured one.
    predicted_power : float or None
    resolved : bool
        Whether every distance is above the noise floor.
    explained : bool
        Whether theory explains the spread of w and b, see `Equilibrium`; else the measured spread is in its place.
    exponents : mapping
        By "raw" and "corrected", on the paper's window of q̇; empty for a sign that is not measured.
    """

    gamma: Positive
    distance: Estimate
    noise_floor: Share
    predicted_distance: float | None
    agreement: Estimate | None
    deviation: Estimate | None
    p_value: Share | None
    power: Estimate | None
    fitted_power: Estimate | None
    predicted_power: float | None
    resolved: bool
    explained: bool
    exponents: dict[str, JumpExponent]


Jumps = dict[str, dict[str, JumpSummary]]  # by class and sign: what the stage jumps writes


@dataclass(frozen=True)
class Table:
    """A file of columns.

    Attributes
    ----------
    name : str
        What messages call it.
    columns : mapping of str to type
        Every column in its order, and what it holds: str, int, float (NaN for none), bool, or bool | None.
    """

    name: str
    columns: Mapping[str, type | UnionType]

    def check(self, table: "pd.DataFrame", where: str) -> None:
        """Refuse a table with other columns, or columns of other types.

        Raises
        ------
        InputError
        """
        found = [str(column) for column in table.columns]
        if unknown := [column for column in found if column not in self.columns]:
            raise InputError(f"{where}: {unknown[0]} is no column of {self.name}")
        if missing := [column for column in self.columns if column not in found]:
            raise InputError(f"{where}: {self.name} must have the column {missing[0]}")
        if found != list(self.columns):
            raise InputError(f"{where}: the columns of {self.name} must be in the order {', '.join(self.columns)}")
        for column, kind in self.columns.items():
            if len(table) and not _is_of(table[column], kind):
                what = getattr(kind, "__name__", kind)
                raise InputError(f"{where}: the column {column} of {self.name} must hold {what}")

    def write(self, table: "pd.DataFrame", path: str | Path) -> None:
        """Check a table and write it as CSV, or as NPZ with an array per column."""
        self.check(table, str(path))
        if Path(path).suffix == ".npz":
            arrays: dict[str, Any] = {name: table[name].to_numpy() for name in self.columns}
            np.savez_compressed(path, **{k: a.astype(str) if a.dtype == object else a for k, a in arrays.items()})
        else:
            table.to_csv(path, index=False)

    def write_classes(self, tables: "Mapping[str, pd.DataFrame]", path: str | Path) -> None:
        """Write the tables of several classes as one, with the name of the class in the first column."""
        import pandas as pd

        named = [table.assign(**{"class": name}) for name, table in tables.items()]
        self.write(pd.concat(named, ignore_index=True)[["class", *tables[next(iter(tables))].columns]], path)

    def read(self, path: str | Path) -> "pd.DataFrame":
        """Read a table and check it.

        Raises
        ------
        InputError
            If it is no such file, or has other columns, or columns of other types.
        ExperimentFailed
            If it says instead why its experiment failed.
        """
        import pandas as pd

        check_complete(path)
        if Path(path).suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                table = pd.DataFrame({name: arrays[name] for name in arrays.files})
        else:
            texts = {name: str for name, kind in self.columns.items() if kind is str}
            try:
                # NA may be the name of a class: only in columns of numbers does an empty field say that there is none.
                numbers = {name: [""] for name in self.columns if name not in texts}
                table = pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=numbers)
            except ValueError as error:
                raise InputError(f"{path} is no CSV file of {self.name}") from error
        self.check(table, str(path))
        return table


def _is_of(column: "pd.Series", kind: type | UnionType) -> bool:
    if kind is str:
        from pandas.api.types import infer_dtype

        return bool(infer_dtype(column, skipna=False) == "string")  # a histogram has many rows to look at one by one
    if kind == bool | None:
        return all(value is None or value != value or isinstance(value, bool | np.bool_) for value in column)
    if kind is float and column.isna().all():  # None in every row, which makes no column of floats
        return True
    return str(column.dtype.kind) in {int: "iu", float: "fiu", bool: "b"}[kind]  # type: ignore[index]


# A row per shard of a class: what its samples are.
SHARD_SUMMARY = Table(
    "the summary of the shards",
    {"class": str, "shard": int, "n": int, "mean": float, "sd": float, "min": float, "max": float},
)

# A row per class: samples, and how many of them have a negative, a positive and no fluctuation.
FLUCTUATION_COUNTS = Table(
    "the counts of fluctuations", {"class": str, "samples": int, "negative": int, "positive": int, "dead": int}
)


def bin_edges(first: int, last: int) -> np.ndarray:
    """Edges of the bins first, …, last - 1 of a histogram: bin i covers [10^(i/500), 10^((i+1)/500))."""
    return 10.0 ** (np.arange(first, last + 1) / BINS_PER_DECADE)


# A row per bin that is not empty; bin i covers magnitudes [10^(i/500), 10^((i+1)/500)), sum_log and sum_log2 are Σ ln
# and Σ ln² of the magnitudes in it.
HISTOGRAM = Table(
    "a histogram of fluctuations",
    {"class": str, "quantity": str, "sign": str, "bin": int, "count": int, "sum_log": float, "sum_log2": float},
)

# The map of every class on a grid of x1. branch is -1 where there is no gradient; q_dot is signed by ḃ, dq_dot_dx1 is
# that of its magnitude; density is the exact one of the sign, summed over branches.
MAP = Table(
    "the table of the Jacobian",
    {"class": str, "x1": float, "branch": int, "y": float, "h": float, "dh": float}
    | {"w_dot": float, "b_dot": float, "q_dot": float, "dq_dot_dx1": float}
    | {quantity.local_exponent: float for quantity in QUANTITIES.values()}
    | {"density": float},
)

# A row per regime of a class; see `duality.theory.regimes.Regime`. k as numbers, NaN for none, and as text.
REGIMES = Table(
    "the regimes",
    {"experiment": str, "class": str, "approach": str, "h_leading": str, "y_star": float, "side": int}
    | {"y_low": float, "y_high": float, "sign": str, "k_b": float, "k_w": float, "k_q": float}
    | {"condition": str, "method": str, "k_b_text": str, "k_w_text": str, "k_q_text": str},
)

# A row per numbered equation or statement; see `duality.verdicts.Finding`.
DERIVATIONS = Table(
    "the derivations",
    {
        "id": str,
        "section": str,
        "printed": bool | None,
        "mended": bool | None,
        "verdict": str,
        "evidence": str,
        "right_form": str,
    }
    | {"method": str, "value": float, "error": float},
)

# A row per window and rival; see `duality.fits.rivals.compare`.
RIVALS = Table(
    "the rivals",
    {"class": str, "quantity": str, "window": str, "rival": str, "parameters": str, "log_likelihood_ratio": float}
    | {"z": float, "p_value": float, "favours": str},
)

# A row per class, window of ẇ with a shifted power law, and value of A/B: k_w that is likeliest with it, and ln L less
# its maximum. NaN where a number is infinite: A/B without shift, B/A and k_w of the exponential law.
PROFILE = Table(
    "the profile likelihoods",
    {"class": str, "window": str, "A_over_B": float, "B_over_A": float, "k_w": float, "log_likelihood": float},
)

# A row per class and factor M; NaN where there is no window.
SENSITIVITY = Table(
    "the sensitivities",
    {"class": str, "much_less_than": float, "q_low": float, "q_high": float, "decades": float, "n": float}
    | {f"k_{kind}{ending}": float for kind in ("jacobian", "raw", "corrected") for ending in ("", "_se")},
)

# A row per class and bin: the bin, where its mean density stands, fluctuations in it, measured density with its Poisson
# error, exact density.
DENSITY = Table(
    "the density",
    {"class": str, "q_low": float, "q_high": float, "q_dot": float, "count": int, "density": float, "se": float}
    | {"exact": float},
)

# A row per experiment and class; NaN where the window holds fewer than ten of the values.
CROSS_CHECK = Table(
    "the cross-check",
    {"experiment": str, "class": str, "n": int, "k": float, "k_powerlaw": float, "disagreement": float},
)

# A row per γ, class and sign; see `duality.jumps.distances.measure` and `duality.jumps.runs.scan`.
JUMP_DISTANCES = Table(
    "the distances of jumps",
    {"class": str, "sign": str, "gamma": float, "samples": int, "potential": float, "actual": float, "ks": float}
    | {"ks_se": float, "ks_low": float, "ks_high": float, "q_dot": float, "noise_floor": float, "predicted_ks": float}
    | {"agreement": float, "agreement_se": float, "deviation": float, "deviation_se": float, "deviation_p": float}
    | {"replicas": int, "w": float, "b": float, "sd_w": float, "sd_b": float}
    | {"autocorrelation_steps": float, "steps": int, "explained": bool},
)
JUMP_DISTRIBUTIONS = Table(
    "the distributions of jumps",
    {"class": str, "sign": str, "gamma": float, "q_dot": float, "potential": float, "difference": float}
    | {"difference_se": float, "predicted_difference": float},
)

# Two rows per γ and class that is measured, of the raw and of the corrected exponent on its window of q̇; NaN where
# nothing is predicted. See `duality.jumps.exponents.compare_exponents`.
JUMP_EXPONENTS = Table(
    "the exponents of jumps",
    {"class": str, "sign": str, "gamma": float, "kind": str, "q_low": float, "q_high": float}
    | {"n_actual": int, "n_potential": int}
    | {f"{jumps}{ending}": float for jumps in ("actual", "potential", "difference") for ending in ("", "_se")}
    | {"expected": float, "p_value": float},
)

# Rows per guard ε; see `duality.guard`.
GUARD_THEORY = Table(
    "the theory of the guard",
    {"value": float, "class": str, "w": float, "b": float, "shift_w": float, "shift_b": float, "sd_w": float}
    | {"sd_b": float, "accuracy": float, "dead": float, "wrong_dead": float, "mean_kick": float, "square_kick": float}
    | {"mean_kick_fixed": float, "square_kick_fixed": float, "k_jacobian": float, "decades": float},
)
GUARD_TRAINING = Table(
    "the training with guard",
    {"value": float, "gamma": float, "gamma_over_value": float, "class": str, "outcome": str}
    | {f"{name}{ending}": float for name in ("w", "b") for ending in ("", "_se", "_mcse", "_sd")}
    | {"accuracy": float, "accuracy_se": float, "steps": float, "decades": float, "n": float}
    | {f"k_{kind}{ending}": float for kind in ("jacobian", "corrected") for ending in ("", "_se")},
)
UNGUARDED_TRAINING = Table(
    "the training without guard",
    {"gamma": float, "replica": int, "collapsed": float, "died": float, "steps": int, "w": float, "b": float}
    | {"accuracy": float, "fatal_kick": float, "predicted_rate": float},
)

# A row per M, quantity, sign, estimate and window or law, see `duality.mini_batches.measurement`. `exact` is what
# infinitely many batches would give, `limit` what the limit law or its theory says, NaN where it is not known; NaN in
# value, and a reason, where nothing is measured.
MINI_BATCHES = Table(
    "the mini-batches",
    {"mini_batch": int, "quantity": str, "sign": str, "estimate": str, "window": str, "law": str}
    | {"q_low": float, "q_high": float, "n": int, "value": float, "se": float, "low": float, "high": float}
    | {"exact": float, "limit": float, "reason": str},
)

# A row per claim: as claims.yaml states it, what its check found (see `duality.verdicts.Finding`), the files that this
# rests on, and of what does not hold as printed the note and the fault. An estimate has its standard error and the ends
# of its interval of 95%; of a derivation `error` is the largest deviation.
LEDGER = Table(
    "the ledger",
    {"id": str, "kind": str, "section": int, "paraphrase": str, "verdict": str, "value": float, "error": float}
    | {"low": float, "high": float}
    | {"evidence": str, "right_form": str, "method": str, "artifact": str, "note": str, "fault": str}
    | {"cause": str},
)

# A row per choice of M, δ and d: of how many claims the exponents were looked at, and how many have which verdict.
CHOICES = Table(
    "the choices",
    {"claims": str, "much_less_than": float, "delta": float, "decades": float, "verdict": str, "count": int},
)

# A row per estimate of a realisation, NaN where it has none. Of w, b and accuracy class, window and estimate are empty,
# and so they are of sd_w and sd_b, the sd of (w, b) in equilibrium, which is printed beside theory's without an error.
REALISATION = Table(
    "a realisation",
    {"experiment": str, "realisation": int, "class": str, "quantity": str, "window": str, "estimate": str}
    | {"value": float, "se": float, "low": float, "high": float, "population": float, "population_accuracy": float},
)

# A row per estimate of a point of a sweep, columns as before; what is predicted of an exponent; and why there is no
# estimate, where there is none. Of a point without equilibrium there is one row.
SWEEP_POINT = Table(
    "a point of a sweep",
    {"class": str, "sign": str, "quantity": str, "window": str, "estimate": str, "value": float, "se": float}
    | {"low": float, "high": float, "population": float, "population_accuracy": float, "predicted": float, "why": str},
)


def sweep_table(axes: Mapping[str, list[Any]]) -> Table:
    """All points of a sweep: a column per axis before those of `SWEEP_POINT`.

    Parameters
    ----------
    axes : mapping
        By name, the values of an axis: numbers, or names.
    """
    kinds = {name: str if any(isinstance(value, str) for value in values) else float for name, values in axes.items()}
    return Table("a sweep", {**{f"axis_{name}": kind for name, kind in kinds.items()}, **SWEEP_POINT.columns})


# A row per class and regime of an entry of the gallery; see `duality.gallery.measurement`. What is derived of an
# exponent is a text; what is measured is a number with its total error, beside what infinite data would give, and NaN
# where there is none. agrees is "yes", "no" or "undecided", by the rule of the claims; shown is what the picture shows.
GALLERY = Table(
    "the gallery",
    {"entry": str, "activation": str, "loss": str, "f": str, "H": str}
    | dict.fromkeys(("gamma", "w", "w_se", "b", "b_se", "accuracy", "accuracy_se"), float)
    | {"class": str, "sign": str, "regime": str, "h": str, "method": str, "conditions": str}
    | {"k_q_derived": str, "k_w_derived": str, "k_b_derived": str, "q_low": float, "q_high": float, "decades": float}
    | {f"{k}{part}": float for k in ("k_q", "k_b", "k_w") for part in ("", "_se", "_low", "_high", "_population")}
    | {"agrees": str, "shown": bool, "why": str},
)

# What the picture of an entry shows, a row per point of a series. h: of a class, against y. Others: log₁₀ p against
# log₁₀|q̇| of the regime that is shown.
GALLERY_CURVES = Table("the curves of the gallery", {"entry": str, "series": str, "class": str, "x": float, "y": float})

# A row per estimate, over all realisations that have it; see `duality.realisations.spread.compare`.
REALISATIONS = Table(
    "the comparison of realisations",
    {"experiment": str, "class": str, "quantity": str, "window": str, "estimate": str, "seeds": int, "missing": int}
    | {"mean": float, "error": float, "spread": float, "ratio": float, "ratio_p": float}
    | {"population": float, "population_accuracy": float, "covered": float, "coverage": float, "coverage_p": float}
    | {"mean_z": float, "bias_p": float, "p_value": float, "outside": bool | None}
    | {"approximation": str, "error_to_use": float},
)

# What a figure draws: log₁₀|q̇| and log₁₀ p, a row per point of a series.
CURVES = Table("the curves of a figure", {"series": str, "x": float, "y": float, "se": float, "label": str})

# The calibration of fits on simulated power laws.
COVERAGE = Table(
    "the coverage", {"k": float, "decades": float, "n": int, "replicates": int, "coverage": float, "se": float}
)
P_VALUES = Table("the p-values", {"k": float, "p_value": float, "covered": bool})
