"""What the stage jumps hands on: distances of actual from potential jumps, and their exponents."""

from duality.records.estimates import Estimate
from duality.records.record import Positive, Record, Share
from duality.records.table import Table


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

Unfitted = dict[tuple[float, str], str]  # by γ and class that is measured: why its jumps have no exponents there

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
