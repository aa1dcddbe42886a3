"""What a stage is told: parts of the resolved config as records, so that no code reads keys of a mapping."""

from msgspec import field

from duality.records.record import Pair, Record


class CompositionSettings(Record, frozen=True, kw_only=True):
    """The formulas of an experiment: what `duality.formulas.compose.compose` takes.

    Attributes
    ----------
    activation, loss : str
        f as a formula in y, H as a formula in f and x2.
    labels : list of float
        x2 of every class, in the order of the config.
    activation_parameters, loss_parameters : mapping
        Named numbers in the formulas.
    """

    activation: str
    loss: str
    labels: list[float]
    activation_parameters: dict[str, float]
    loss_parameters: dict[str, float]


class DesignSettings(Record, frozen=True):
    """The exponent k that the fluctuations of an experiment are to have, and the largest |h|."""

    k: float
    cap: float


class Start(Record, frozen=True):
    """[low, high] of w and of b: where replicas start."""

    w: Pair
    b: Pair


class DatasetSettings(Record, frozen=True, kw_only=True):
    """How many samples of every class there are.

    Attributes
    ----------
    shards : int
    samples_per_shard : int
        Of a class.
    training_shards : int
        Those that training sees, the first ones.
    """

    shards: int
    samples_per_shard: int
    training_shards: int


class TrainingSettings(Record, frozen=True, kw_only=True):
    """How an experiment is trained; numbers are of SGD steps per replica, a step being one change of (w, b).

    Attributes
    ----------
    gamma : float
        Learning rate.
    mini_batch : int
        M, the samples over which the gradient of a step is averaged (Eq. 2.3).
    replicas : int
    start : Start
    thin : int
        Steps between recorded points, rounded up to a multiple of 256.
    steps, budget : int
        Before equilibrium is first examined, and at most.
    burn_in : float
        The share of a trajectory that does not count.
    r_hat, ess, drift : float
        Thresholds of equilibrium.
    """

    gamma: float
    mini_batch: int
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


class Prediction(Record, frozen=True):
    """A row of the paper's table (Sec. 10), as texts.

    Attributes
    ----------
    H : str
        The composition, a formula in y and c1 to c4.
    k_w, k_b : str
        The exponents predicted for ẇ and ḃ.
    examples : str
        Loss and activation functions that have it.
    """

    H: str
    k_w: str
    k_b: str
    examples: str


class Experiment(Record, frozen=True, kw_only=True):
    """An experiment with everything that it refers to.

    Attributes
    ----------
    activation, loss : str
        Their keys in the config.
    activation_name, loss_name : str
        What tables and captions call them.
    title : str
        What every picture, table and page calls the experiment: the two names, and its key if another has the same.
    composition : CompositionSettings
    design : DesignSettings or None
        From which the composition follows.
    training : TrainingSettings
    classes : mapping
        By name, what is measured on each.
    prediction : Prediction or None
        The row of the paper's table to which it belongs.
    """

    activation: str
    loss: str
    activation_name: str
    loss_name: str
    title: str
    composition: CompositionSettings
    design: DesignSettings | None
    training: TrainingSettings
    classes: dict[str, MeasuredClass]
    prediction: Prediction | None


class Shown(Record, frozen=True, kw_only=True):
    """What a figure shows.

    Attributes
    ----------
    experiment, class_name : str
        In the config, the latter is `class`.
    sign : str
        Of the fluctuations.
    predicted : str or None
        The exponent of q̇ as the config writes it.
    activation, loss : str
        What captions call them.
    title : str
        In two lines: the name of the figure and the experiment's title, the class and the sign.
    """

    experiment: str
    class_name: str = field(name="class")
    sign: str
    predicted: str | None
    activation: str
    loss: str
    title: str


class CoverageSettings(Record, frozen=True):
    """Data sets on which it is counted how often the 95% interval holds the true exponent.

    Attributes
    ----------
    decades : list of float
        Ranges of the power law.
    sizes : list of int
        Numbers of values of a data set.
    data_sets : int
        For each exponent, range and size.
    """

    decades: list[float]
    sizes: list[int]
    data_sets: int


class PValueSettings(Record, frozen=True):
    """Data sets of the law itself whose p-values must be uniform.

    Attributes
    ----------
    decades : float
        Range of the power law.
    size : int
        Number of values of a data set.
    data_sets : int
        For each exponent.
    bootstrap : int
        Data sets simulated for each p-value.
    """

    decades: float
    size: int
    data_sets: int
    bootstrap: int


class CalibrationSettings(Record, frozen=True):
    """How the intervals and tests of the power-law fits are tried on simulated data.

    Attributes
    ----------
    exponents : list of float
        The true k.
    coverage : CoverageSettings
    p_values : PValueSettings
    """

    exponents: list[float]
    coverage: CoverageSettings
    p_values: PValueSettings


class ChoiceSettings(Record, frozen=True, kw_only=True):
    """Other choices for which verdicts on exponents are counted.

    Attributes
    ----------
    delta, decades : list of float
        In the place of those of `ClaimSettings`.
    much_less_than : list of float
        M, in the place of that of `WindowSettings`.
    """

    delta: list[float]
    decades: list[float]
    much_less_than: list[float]


class ClaimSettings(Record, frozen=True, kw_only=True):
    """By what rules verdicts follow from measurements.

    Attributes
    ----------
    delta : float
        δ: an exponent is the one claimed if its 95% interval lies within ±δ.
    decades : float
        d: that a window must have for an exponent to be seen on it.
    wide : float
        Decades that are a wide range of scales.
    significance : float
        Of tests, for all that a claim needs together.
    ks_distance : float
        Below which two distributions are essentially the same.
    dominant_share : float
        From which on one branch of several dominates.
    choices : ChoiceSettings
    """

    delta: float
    decades: float
    wide: float
    significance: float
    ks_distance: float
    dominant_share: float
    choices: ChoiceSettings


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


class WindowSettings(Record, frozen=True, kw_only=True):
    """How windows are read.

    Attributes
    ----------
    much_less_than : float
        M: a ≪ b is read as M·a ≤ b.
    tail : float
        Probability beyond either end of a window that is out of the data's reach.
    tolerance : float
        How far the local exponent may be from the predicted one in the observed window.
    grid : int
        Points in x1 of the table of the Jacobian.
    """

    much_less_than: float
    tail: float
    tolerance: float
    grid: int


class FitSettings(Record, frozen=True, kw_only=True):
    """How exponents are tested.

    Attributes
    ----------
    cells : int
        Of the χ² test.
    bootstrap : int
        Data sets simulated for each interval and each p-value.
    sensitivity : list of float
        Values of M at which the exponents are looked at.
    """

    cells: int
    bootstrap: int
    sensitivity: list[float]


class GuardSubject(Record, frozen=True, kw_only=True):
    """The experiment whose guard is studied.

    Attributes
    ----------
    composition : CompositionSettings
        With the guarded loss.
    unguarded_loss : str
        What it becomes as the guard goes to 0, a formula.
    parameter : str
        The name of the guard ε among the loss's parameters.
    measured : mapping
        By name, the classes whose exponents are measured.
    training : TrainingSettings
    """

    composition: CompositionSettings
    unguarded_loss: str
    parameter: str
    measured: dict[str, MeasuredClass]
    training: TrainingSettings


class GuardTheorySettings(Record, frozen=True):
    """The guards ε at which the population optimum is found."""

    values: list[float]


class GuardTrainingSettings(Record, frozen=True, kw_only=True):
    """SGD to equilibrium at several guards and learning rates.

    Attributes
    ----------
    values : list of float
        Guards ε.
    gamma_over_value : list of float
        γ/ε: the largest kick |ḃ|.
    replicas : int
    relaxation_times : int
        1/(γ·smallest curvature) per replica before equilibrium is first examined.
    """

    values: list[float]
    gamma_over_value: list[float]
    replicas: int
    relaxation_times: int


class UnguardedTrainingSettings(Record, frozen=True, kw_only=True):
    """SGD without guard until it fails.

    Attributes
    ----------
    gammas : list of float
        Learning rates.
    replicas : int
        Runs at each γ.
    steps : int
        Per replica.
    """

    gammas: list[float]
    replicas: int
    steps: int
