"""What the guard of a loss does: how (w, b), accuracy and exponents depend on it, and what happens without it.

Cross-entropy on a ramp has kicks |h| = 1/(1 - y) that grow without bound towards an edge of the ramp, where the data
have a density: k = 2 makes the mean kick diverge like ln 1/ε and the mean square like 1/ε, so that SGD with
mini-batch 1 has no equilibrium (Eqs. 8.33-8.41). The guard keeps f within [ε, 1 - ε], and the largest kick |ḃ| at γ/ε.
Two parts: theory of the guarded loss by quadrature, and SGD at several guards and γ; that without guard is in
`duality.guard.unguarded`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import integrate

from duality.conventions import SIGNS
from duality.dataset.density import Density
from duality.errors import InputError
from duality.exponents.measurement import dataset_weight, jacobian_exponent
from duality.fits.power_laws import corrected_power_law, window_statistics
from duality.fluctuations.extraction import extract, select
from duality.formulas.compose import compose
from duality.formulas.composition import Composition
from duality.formulas.stable import array_function
from duality.jacobian.duality import Duality
from duality.jacobian.windows import Window, paper_window
from duality.training.population import Population, population_optimum
from duality.training.sgd import BLOCK, train

_MIDPOINTS = 1 << 14  # equally likely x1 of a class at which accuracy is counted
_DRAWS = 1024  # recorded points before a training is first examined


@dataclass(frozen=True)
class Subject:
    """The experiment whose guard is studied.

    Attributes
    ----------
    composition : mapping
        Arguments of `duality.formulas.composition.compose`, the guarded loss among them.
    unguarded_loss : str
        The same loss without guard.
    parameter : str
        The name of the guard ε among the loss's parameters.
    densities : mapping of str to Density
        p(x1) of every class, in the order of the labels.
    measured : mapping of str to mapping
        sign and conditions of the classes whose exponents are measured.
    training : mapping
        The experiment's training settings.
    much_less_than, tail : float
        How windows are read, see `duality.jacobian.windows.paper_window`.
    """

    composition: Mapping[str, Any]
    unguarded_loss: str
    parameter: str
    densities: Mapping[str, Density]
    measured: Mapping[str, Mapping[str, Any]]
    training: Mapping[str, Any]
    much_less_than: float
    tail: float

    @property
    def own_value(self) -> float:
        """The experiment's own ε."""
        return float(self.composition["loss_parameters"][self.parameter])

    @cached_property
    def f(self) -> Callable[[np.ndarray], np.ndarray]:
        """The activation."""
        return array_function(self.without_guard().f)

    def guarded(self, value: float) -> Composition:
        """The composition with another ε."""
        parameters = {**self.composition["loss_parameters"], self.parameter: value}
        return compose(**{**self.composition, "loss_parameters": parameters})

    def without_guard(self) -> Composition:
        return compose(**{**self.composition, "loss": self.unguarded_loss, "loss_parameters": {}})

    def optimum(self, value: float) -> Population:
        start = [float(np.mean(self.training["start"][name])) for name in ("w", "b")]
        return population_optimum(self.guarded(value), list(self.densities.values()), start)

    def dualities(self, composition: Composition, w: float, b: float, gamma: float) -> dict[str, Duality]:
        return {
            name: Duality(composition, index, density, w, b, gamma)
            for index, (name, density) in enumerate(self.densities.items())
        }

    def window(self, name: str, duality: Duality) -> Window:
        """The paper's window of a class."""
        x2, chosen = float(self.composition["labels"][duality.label]), self.measured[name]
        return paper_window(duality, chosen["conditions"], x2, SIGNS[chosen["sign"]], self.much_less_than, self.tail)


def accuracy(subject: Subject, w: np.ndarray, b: np.ndarray, midpoints: int = _MIDPOINTS) -> np.ndarray:
    """Share of samples, classes being equally likely, whose f(y) is nearest to their own x2, at each of many (w, b).

    Counted at the midpoints of equally likely intervals of x1. Where w or b is no number it is zero.
    """
    labels = np.asarray(subject.composition["labels"], float)
    order = np.argsort(labels)
    borders = np.convolve(labels[order], [0.5, 0.5], "valid")
    right = np.zeros(np.shape(w))
    finite = np.isfinite(w) & np.isfinite(b)
    probability = (np.arange(midpoints) + 0.5) / midpoints
    for index, density in enumerate(subject.densities.values()):
        y = np.multiply.outer(w[finite], density.ppf(probability)) + b[finite][..., None]
        nearest = order[np.searchsorted(borders, subject.f(y.ravel()).reshape(y.shape))]
        right[finite] += np.mean(nearest == index, axis=-1) / labels.size
    return right


def kick_moment(duality: Duality, power: int) -> float:
    """⟨h^power⟩ over a class, by adaptive quadrature over the branches."""
    total = 0.0
    for branch in duality.branches:
        # Kicks grow towards one end of the branch: in ln(distance from it) the integrand is smooth.
        end, side = (branch.right, -1) if branch.increasing else (branch.left, 1)
        width = branch.right - branch.left

        def integrand(u: float, end: float = end, side: int = side) -> float:
            x1 = np.array(end + side * np.exp(u))
            return float(duality.h(duality.y(x1)) ** power * duality.density.pdf(x1) * np.exp(u))

        total += integrate.quad(integrand, np.log(width) - 34, np.log(width), limit=400, epsabs=0, epsrel=1e-9)[0]
    return total


def theory(
    subject: Subject,
    x1: np.ndarray,  # noqa: ARG001  (all parts are called alike)
    label: np.ndarray,  # noqa: ARG001
    settings: Mapping[str, Any],
    random: np.random.Generator,  # noqa: ARG001
    progress: Callable[[str], None],
) -> pd.DataFrame:
    """The guarded loss by quadrature.

    Parameters
    ----------
    subject : Subject
    settings : mapping
        values: the ε at which to look.
    progress : function of str

    Returns
    -------
    DataFrame
        Per ε and class: w and b of the population optimum, shift_w and shift_b (of the mean of SGD from it, divided by
        γ), sd_w and sd_b (stationary, divided by √γ), accuracy; dead (fraction without gradient), wrong_dead (those of
        them beyond the end where kicks are largest: misjudged, and without a say); mean_kick = ⟨h⟩ and square_kick =
        ⟨h²⟩, and both at a fixed (w, b), the optimum at the experiment's own ε; k_jacobian and decades of the paper's
        window.
    """
    at_own = subject.optimum(subject.own_value).optimum
    gamma = subject.training["gamma"]
    rows = []
    for value in settings["values"]:
        population, composition = subject.optimum(value), subject.guarded(value)
        w, b = population.optimum
        maps = subject.dualities(composition, w, b, gamma)
        progress(f"{subject.parameter} = {value:g}: optimum w = {w:.4f}, b = {b:.4f}")
        for name, duality in maps.items():
            alive = sum(np.diff(duality.density.cdf(np.array([br.left, br.right])))[0] for br in duality.branches)
            fixed = duality.at(*at_own)
            rows.append(
                {
                    "value": value,
                    "class": name,
                    "w": w,
                    "b": b,
                    **dict(zip(("shift_w", "shift_b"), population.shift, strict=True)),
                    **dict(zip(("sd_w", "sd_b"), np.sqrt(np.diag(population.covariance)), strict=True)),
                    "accuracy": float(accuracy(subject, np.array([w]), np.array([b]))[0]),
                    "dead": 1 - alive,
                    "wrong_dead": _wrong_dead(duality),
                    "mean_kick": kick_moment(duality, 1),
                    "square_kick": kick_moment(duality, 2),
                    "mean_kick_fixed": kick_moment(fixed, 1),
                    "square_kick_fixed": kick_moment(fixed, 2),
                    **_jacobian(subject, name, duality),
                }
            )
    return pd.DataFrame(rows)


def _wrong_dead(duality: Duality) -> float:
    """Probability of the dead samples beyond the end at which the class's kicks are largest."""
    steepest = max(duality.branches, key=lambda branch: branch.q_high)
    F = duality.density.cdf(np.array([steepest.left, steepest.right]))
    return float(1 - F[1] if steepest.increasing else F[0])


def _jacobian(subject: Subject, name: str, duality: Duality) -> dict[str, float]:
    if name not in subject.measured:
        return {"k_jacobian": np.nan, "decades": np.nan}
    try:
        window = subject.window(name, duality)
    except InputError:
        return {"k_jacobian": np.nan, "decades": 0.0}
    exponent, _ = jacobian_exponent(duality, np.zeros((2, 2)), window)
    return {"k_jacobian": exponent.k, "decades": window.decades}


def training(
    subject: Subject,
    x1: np.ndarray,
    label: np.ndarray,
    settings: Mapping[str, Any],
    random: np.random.Generator,
    progress: Callable[[str], None],
) -> pd.DataFrame:
    """SGD to equilibrium at several guards ε and learning rates γ ∝ ε.

    Parameters
    ----------
    subject : Subject
    x1, label : ndarray
        The stream.
    settings : mapping
        values (of ε), gamma_over_value, replicas and relaxation_times (1/(γ·smallest curvature)) before equilibrium is
        first examined; up to 16 times as many are spent.
    random : numpy.random.Generator
    progress : function of str

    Returns
    -------
    DataFrame
        Per ε, γ and measured class: outcome ("equilibrium", or why there is none), w, b and their Monte Carlo errors,
        standard deviations, accuracy over the stream, steps; decades and n of the paper's window, k_jacobian and the
        dataset-corrected exponent k_corrected with its standard error, of the fluctuations of the stream at (w, b).
    """
    rows: list[dict[str, Any]] = []
    for value in settings["values"]:
        composition, population = subject.guarded(value), subject.optimum(value)
        for ratio in settings["gamma_over_value"]:
            gamma = ratio * value
            which = {"value": value, "gamma": gamma, "gamma_over_value": ratio}
            run = _training_settings(subject, population, gamma, settings)
            try:
                found = train(composition, x1, label, run, random, lambda _: None)
            except InputError as error:
                progress(f"{subject.parameter} = {value:g}, γ = {gamma:g}: {error}")
                rows += [{**which, "class": name, "outcome": str(error)} for name in subject.measured]
                continue
            w, b = (found.diagnostics[name]["mean"] for name in ("w", "b"))
            reached = {
                "outcome": "equilibrium",
                **{f"{name}{end}": found.diagnostics[name][key]
                   for name in ("w", "b") for end, key in (("", "mean"), ("_mcse", "mcse"), ("_sd", "sd"))},
                "accuracy": float(accuracy(subject, np.array([w]), np.array([b]))[0]),
                "steps": int(found.steps[-1]),
            }  # fmt: skip
            progress(
                f"{subject.parameter} = {value:g}, γ = {gamma:g}: w = {w:.4f}, b = {b:.4f} ({reached['steps']} steps)"
            )
            samples = [x1[label == index] for index in range(len(subject.densities))]
            bins, _, _ = extract(composition, samples, list(subject.densities), w, b, gamma)
            maps = subject.dualities(composition, w, b, gamma)
            for name in subject.measured:
                rows.append({**which, "class": name, **reached, **_exponent(subject, name, maps[name], bins)})
    return pd.DataFrame(rows)


def _training_settings(
    subject: Subject, population: Population, gamma: float, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Training from around the expected mean, for as long as the theory of small γ says that it needs."""
    relaxation = 1 / (gamma * float(np.min(np.linalg.eigvalsh(population.curvature))))
    steps = max(int(settings["relaxation_times"] * relaxation), _DRAWS * BLOCK)
    mean, sd = population.optimum + gamma * population.shift, np.sqrt(gamma * np.diag(population.covariance))
    start = {name: [mean[i] - 2 * sd[i], mean[i] + 2 * sd[i]] for i, name in enumerate(("w", "b"))}
    length = {"thin": steps // _DRAWS, "steps": steps, "budget": 16 * steps}
    return {**subject.training, **length, "gamma": gamma, "replicas": settings["replicas"], "start": start}


def _exponent(subject: Subject, name: str, duality: Duality, bins: pd.DataFrame) -> dict[str, float]:
    """The Jacobian and the dataset-corrected exponent on the paper's window; NaN where it holds too little."""
    nothing = {"decades": 0.0, "n": 0, "k_jacobian": np.nan, "k_corrected": np.nan, "k_corrected_se": np.nan}
    try:
        window = subject.window(name, duality)
    except InputError:
        return nothing
    statistics = window_statistics(
        select(bins, name, "q_dot", subject.measured[name]["sign"]), window.q_low, window.q_high
    )
    if statistics is None or statistics.n < 2:
        return nothing
    fitted = (statistics.n, statistics.sum_log, statistics.low, statistics.high)
    exponent = corrected_power_law(*fitted, dataset_weight(duality, window))
    return {
        "decades": window.decades,
        "n": statistics.n,
        "k_jacobian": jacobian_exponent(duality, np.zeros((2, 2)), window)[0].k,
        "k_corrected": exponent.k,
        "k_corrected_se": exponent.se,
    }
