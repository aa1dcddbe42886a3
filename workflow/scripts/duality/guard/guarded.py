"""What the guard of a loss does: how (w, b), accuracy and exponents depend on it.

Two parts: theory of the guarded loss by quadrature, and SGD at several guards and γ.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import numpy as np
import pandas as pd
from scipy import integrate

from duality.config.settings import GuardTheorySettings, GuardTrainingSettings, Start, TrainingSettings
from duality.dataset.stream import Stream
from duality.errors import InputError
from duality.exponents.estimation import Sample, corrected_estimate, jacobian_estimate
from duality.exponents.exact import jacobian_slope
from duality.exponents.neighbourhood import Neighbourhood
from duality.fits.histogram import ClassFluctuations, window_statistics
from duality.fluctuations.extraction import extract
from duality.guard.subject import MIDPOINTS, Subject
from duality.jacobian.duality import Duality, dualities
from duality.jacobian.windows import WindowRule, paper_window
from duality.records.estimates import Frozen
from duality.records.guard import GUARD_TRAINING
from duality.records.jacobian import Window
from duality.records.training import Equilibrium
from duality.training.accuracy import population_accuracy
from duality.training.equilibrium import report
from duality.training.population import Population
from duality.training.sgd import BLOCK, Sgd, train

_DRAWS = 1024  # recorded points before a training is first examined


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


def theory(subject: Subject, settings: GuardTheorySettings, progress: Callable[[str], None]) -> pd.DataFrame:
    """The guarded loss by quadrature.

    Parameters
    ----------
    subject : Subject
    settings : GuardTheorySettings
    progress : function of str

    Returns
    -------
    DataFrame
        `records.guard.GUARD_THEORY`, a row per ε and class: w and b of the population optimum, shift_w and shift_b
        (of the mean of SGD from it, divided by γ), sd_w and sd_b (stationary, divided by √γ), accuracy; dead (fraction
        without gradient), wrong_dead (those of them beyond the end where kicks are largest: misjudged, and without a
        say); mean_kick = ⟨h⟩ and square_kick = ⟨h²⟩, and both at a fixed (w, b), the optimum at the experiment's own ε;
        k_jacobian and decades of the paper's window, NaN and 0 where there is none, both NaN where none is looked for.
    """
    at_own = subject.optimum(subject.own_value).optimum
    rows = []
    for value in settings.values:
        population, model = subject.optimum(value), subject.guarded(value)
        w, b = population.optimum
        progress(f"{subject.settings.parameter} = {value:g}: optimum w = {w:.4f}, b = {b:.4f}")
        frozen = Frozen(w, b, subject.settings.training.gamma)
        for name, duality in dualities(model.composition, model.densities, frozen).items():
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
                    "accuracy": float(population_accuracy(model, w, b, MIDPOINTS)),
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


def _window(subject: Subject, name: str, duality: Duality) -> Window | None:
    """The paper's window of a class; None where no x1 meets its conditions."""
    x2 = subject.settings.composition.labels[duality.label]
    try:
        return paper_window(duality, WindowRule.of(subject.settings.measured[name], x2, subject.windows))
    except InputError:  # which is a finding about this ε
        return None


def _jacobian(subject: Subject, name: str, duality: Duality) -> dict[str, float]:
    if name not in subject.settings.measured:
        return {"k_jacobian": np.nan, "decades": np.nan}
    window = _window(subject, name, duality)
    if window is None:
        return {"k_jacobian": np.nan, "decades": 0.0}
    return {"k_jacobian": jacobian_slope(duality, window), "decades": window.decades}


def training(
    subject: Subject,
    stream: Stream,
    settings: GuardTrainingSettings,
    random: np.random.Generator,
    progress: Callable[[str], None],
) -> pd.DataFrame:
    """SGD to equilibrium at several guards ε and learning rates γ ∝ ε.

    Up to 16 times as many steps are spent as it takes until equilibrium is first examined.

    Parameters
    ----------
    subject : Subject
    stream : Stream
    settings : GuardTrainingSettings
    random : numpy.random.Generator
    progress : function of str

    Returns
    -------
    DataFrame
        `records.guard.GUARD_TRAINING`, a row per ε, γ and measured class: outcome ("equilibrium", or why there is
        none, and then NaN in all that follows), w, b, their errors and the part of these that is Monte Carlo's,
        standard deviations, accuracy of the stream, steps; decades and n of the paper's window, k_jacobian and the
        dataset-corrected exponent k_corrected of the fluctuations of the stream at (w, b). Errors (_se) are total.
    """
    rows: list[dict[str, Any]] = []
    samples = {name: stream.of(label) for label, name in enumerate(subject.densities)}
    for value in settings.values:
        model, population = subject.guarded(value), subject.optimum(value)
        sgd = Sgd(model.composition, stream)
        for ratio in settings.gamma_over_value:
            gamma = ratio * value
            which = {"value": value, "gamma": gamma, "gamma_over_value": ratio}
            told = f"{subject.settings.parameter} = {value:g}, γ = {gamma:g}"
            run = _training_settings(subject.settings.training, population, gamma, settings)
            try:
                trained = train(sgd, run, random, lambda _: None)
            except InputError as error:
                progress(f"{told}: {error}")
                rows += [{**which, "class": name, "outcome": str(error)} for name in subject.settings.measured]
                continue
            found = report(model, stream, trained, run, progress)
            frozen = found.frozen(gamma)
            progress(f"{told}: w = {frozen.w:.4f}, b = {frozen.b:.4f} ({found.steps} steps)")
            reached: dict[str, Any] = {"outcome": "equilibrium", "steps": found.steps}
            for name, mean in (("w", found.w), ("b", found.b)):
                d = found.diagnostics[name]
                reached |= {name: mean.value, f"{name}_se": mean.se, f"{name}_mcse": d.mcse, f"{name}_sd": d.sd}
            reached |= {"accuracy": found.accuracy.value, "accuracy_se": found.accuracy.se}
            extracted = extract(model.composition, samples, frozen)
            fluctuations = {
                name: ClassFluctuations(name, extracted.histogram, {"samples": x1.size}, unseen=0.0)
                for name, x1 in samples.items()
            }
            maps = dualities(model.composition, model.densities, frozen)
            for name in subject.settings.measured:
                exponents = _exponents(subject, maps[name], fluctuations[name], found)
                rows.append({**which, "class": name, **reached, **exponents})
    return pd.DataFrame(rows, columns=list(GUARD_TRAINING.columns))


def _training_settings(
    own: TrainingSettings, population: Population, gamma: float, settings: GuardTrainingSettings
) -> TrainingSettings:
    """Training from around the expected mean, for as long as the theory of small γ says that it needs."""
    relaxation = 1 / (gamma * float(np.min(np.linalg.eigvalsh(population.curvature))))
    steps = max(int(settings.relaxation_times * relaxation), _DRAWS * BLOCK)
    mean, sd = population.optimum + gamma * population.shift, np.sqrt(gamma * np.diag(population.covariance))
    low, high = mean - 2 * sd, mean + 2 * sd
    return msgspec.structs.replace(
        own,
        gamma=gamma,
        replicas=settings.replicas,
        start=Start(w=(low[0], high[0]), b=(low[1], high[1])),
        thin=steps // _DRAWS,
        steps=steps,
        budget=16 * steps,
    )


def _exponents(
    subject: Subject, duality: Duality, fluctuations: ClassFluctuations, equilibrium: Equilibrium
) -> dict[str, float]:
    """The Jacobian and the dataset-corrected exponent on the paper's window; NaN where it holds too little."""
    nothing = {"decades": 0.0, "n": 0, **dict.fromkeys(("k_jacobian", "k_jacobian_se"), np.nan)}
    nothing |= dict.fromkeys(("k_corrected", "k_corrected_se"), np.nan)
    name = fluctuations.name
    find = partial(_window, subject, name)
    window = find(duality)
    if window is None:
        return nothing
    bins = fluctuations.bins("q_dot", subject.settings.measured[name].sign)
    statistics = window_statistics(bins, window.q_low, window.q_high)
    if statistics is None or statistics.n < 2:
        return nothing
    at = Neighbourhood.of(duality, window, find, equilibrium.errors, None)
    found = {
        "jacobian": jacobian_estimate(at).exponent,
        "corrected": corrected_estimate(at, Sample(statistics, fluctuations.samples, equilibrium.population)).exponent,
    }
    numbers = {f"k_{kind}": k.value for kind, k in found.items()} | {f"k_{kind}_se": k.se for kind, k in found.items()}
    return {"decades": window.decades, "n": statistics.n, **numbers}
