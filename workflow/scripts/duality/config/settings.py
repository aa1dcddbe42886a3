"""What a stage is told: parts of the resolved config as records, so that no code reads keys of a mapping."""

from typing import Any

from duality.records import Pair, Record, convert


class ClassSettings(Record, frozen=True, kw_only=True):
    """A class as the config describes it: Gaussian, a distribution of scipy.stats, or a file of one's own.

    Attributes
    ----------
    x2 : float
        The label (Eq. 5.1).
    mean, sd : float or None
        Of a Gaussian.
    distribution, parameters : str and mapping
        Of scipy.stats.
    file, column : str or None
        A sample.
    shards : int or None
        Among how many shards the file is divided; None of what is no file.
    """

    x2: float
    mean: float | None = None
    sd: float | None = None
    distribution: str | None = None
    parameters: dict[str, float] = {}
    file: str | None = None
    column: str | None = None
    shards: int | None = None


class Start(Record, frozen=True):
    """[low, high] of w and of b: where replicas start."""

    w: Pair
    b: Pair


class TrainingSettings(Record, frozen=True, kw_only=True):
    """How an experiment is trained; numbers of steps are per replica.

    Attributes
    ----------
    gamma : float
        Learning rate.
    replicas : int
    start : Start
    thin : int
        Steps between recorded points, rounded up to whole blocks.
    steps, budget : int
        Before equilibrium is first examined, and at most.
    burn_in : float
        The share of a trajectory that does not count.
    r_hat, ess, drift : float
        Thresholds of equilibrium.
    """

    gamma: float
    replicas: int
    start: Start
    thin: int
    steps: int
    budget: int
    burn_in: float
    r_hat: float
    ess: float
    drift: float


class MeasuredClass(Record, frozen=True, kw_only=True):
    """What is measured on a class.

    Attributes
    ----------
    sign : str
        Of the fluctuations shown.
    conditions : list of str
        Where the power law is expected.
    variants : mapping
        Other conditions, by name.
    predicted : mapping
        By quantity, the predicted exponent; None for none.
    texts : mapping
        By quantity, the predicted exponent as the config writes it; None for none.
    """

    sign: str
    conditions: list[str]
    variants: dict[str, list[str]] = {}
    predicted: dict[str, float | None]
    texts: dict[str, str | None]


class JumpsSettings(Record, frozen=True, kw_only=True):
    """How actual jumps are compared with potential ones.

    Attributes
    ----------
    factors : list of float
        Of the experiment's γ.
    replicas : int
    relaxation_times : int
        Integrated autocorrelation times per replica, at least.
    samples : int
        Jumps to record at each γ, at least.
    """

    factors: list[float]
    replicas: int
    relaxation_times: int
    samples: int


def classes_of(descriptions: Any) -> dict[str, ClassSettings]:
    """The classes of the resolved config, in its order."""
    return convert(descriptions, dict[str, ClassSettings], "classes")
