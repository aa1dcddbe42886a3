"""What the stage exponents hands on: the exponents of every window with errors and tests, and rival laws."""

import numpy as np

from duality.conventions import PAPER, QUANTITIES
from duality.records.estimates import TOLD_APART, ErrorBudget, Estimate, PopulationValue
from duality.records.record import Count, Factor, NotNegative, Pair, Positive, Record, Share
from duality.records.table import Table


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
        The part of the fit is the bound of the quadrature.
    population : PopulationValue or None
        None without a population optimum, or if the window is not there.
    rms : float
        Of the deviation of ln|dq̇/dx1| from that straight line.
    """

    exponent: Estimate
    budget: ErrorBudget
    population: PopulationValue | None
    rms: NotNegative

    @property
    def bound(self) -> float | None:
        """The bound of the quadrature, if what is inherited from w and b is less than that; else None."""
        inherited = np.hypot(self.budget.monte_carlo, self.budget.sampling)
        return self.budget.fit if inherited < self.budget.fit else None


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
    def least_gain(self) -> float:
        """Δ ln L over the nearer of the two laws that have no shift to measure."""
        return min(self.gain, self.gain_over_exponential)

    @property
    def told_apart(self) -> bool:
        """Whether the fluctuations tell the law from that without shift, and from the exponential one, at 5%."""
        return self.least_gain > TOLD_APART


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

# The tables of every class, by the names of their files.
OF_CLASSES = {"rivals": RIVALS, "profile": PROFILE, "sensitivity": SENSITIVITY, "density": DENSITY}
