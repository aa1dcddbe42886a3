"""Actual against potential jumps: does p(q̇) of the jumps that training makes equal p(-γ∂H/∂q) at fixed parameters?

Sec. 8 calls the two "essentially the same" in the learning equilibrium. The actual jump of a sample is taken at the
(w, b) of the moment, the potential one at their mean. Both are computed here for the same samples, so that the noise of
the data cancels, and for several γ, as the answer is one of order: (w, b) fluctuates with covariance γ·C, the part of
the difference that is linear in the fluctuation averages out, and what is left is of order γ where the distribution is
smooth. Where it has an edge or a fold (a largest |q̇|, a dead zone) the order is lower.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from duality.config.settings import JumpsSettings, TrainingSettings
from duality.dataset.model import Model
from duality.dataset.stream import Stream
from duality.jacobian.windows import WindowRules
from duality.jumps.batches import jumps_of_batches, record_batches
from duality.jumps.distances import measure
from duality.jumps.exponents import measure_exponents
from duality.jumps.samples import Run, Units, jumps_of_classes
from duality.records.estimates import Estimate
from duality.records.jumps import JUMP_EXPONENTS, JumpExponent, Jumps, JumpSummary, Unfitted
from duality.records.record import Pair
from duality.records.training import Equilibrium, Trajectory
from duality.training.population import population_optimum, stationary_covariance
from duality.training.sgd import BLOCK, Sgd

_BURN_IN = 3  # autocorrelation times
# Of where chains start. On the ramp those that start a last digit apart separate, and last digits of theory
# hang on the BLAS: rounded, the starts are the same.
_DECIMALS = 8
_NO_CLASS = "a mini-batch has no class, and no window of one"
_SEGMENT = 4  # autocorrelation times, of a unit of the bootstrap: of less, errors come out too small (by 1/8 at 2)


Scanned = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, Unfitted]  # what `scan` returns


@dataclass(frozen=True)
class Origin:
    """The equilibrium from which a scan goes on.

    Attributes
    ----------
    gamma : float
        Of the experiment.
    trajectory : Trajectory
    equilibrium : Equilibrium
    rules : mapping
        By class that is measured, those of its windows.
    mini_batch : int
        M. With more than one sample the jumps are those of batches, see `duality.jumps.batches`.
    """

    gamma: float
    trajectory: Trajectory
    equilibrium: Equilibrium
    rules: Mapping[str, WindowRules]
    mini_batch: int = 1

    @property
    def autocorrelation_steps(self) -> float:
        """Integrated autocorrelation time, in SGD steps, of the slower of w and b: steps of all replicas / ESS."""
        reached = self.equilibrium
        ess = min(d.ess_bulk for d in reached.diagnostics.values())
        return reached.draws * reached.replicas * self.trajectory.steps_per_draw / ess

    @property
    def shift(self) -> Pair:
        """Of the mean from the population optimum, to leading order ∝ γ; (0, 0) if there is no optimum."""
        population = self.equilibrium.population
        return population.shift if population else (0.0, 0.0)


def scan_at_own_gamma(
    model: Model,
    training: TrainingSettings,
    rules: Mapping[str, WindowRules],
    settings: JumpsSettings,
    random: np.random.Generator,
    progress: Callable[[str], None],
) -> Callable[[Stream, Trajectory, Equilibrium], Scanned]:
    """`scan` at the γ of the experiment alone, as a function of what training leaves."""

    def scan_from(stream: Stream, trajectory: Trajectory, equilibrium: Equilibrium) -> Scanned:
        origin = Origin(training.gamma, trajectory, equilibrium, rules, training.mini_batch)
        return scan(model, stream, origin, settings, random, progress)

    return scan_from


def starting_points(
    origin: Origin, factor: float, replicas: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draws of the equilibrium at γ, carried over to factor·γ: closer to the mean by √factor, and the mean moved.

    Parameters
    ----------
    origin : Origin
    factor : float
    replicas : int
        How many draws.
    random : numpy.random.Generator

    Returns
    -------
    w, b : ndarray, shape (replicas,)
    """
    w, b = origin.trajectory.counted
    chosen = random.integers(w.size, size=replicas)
    w_by, b_by = (factor - 1) * np.array(origin.shift)

    def carried(chain: np.ndarray, by: float) -> np.ndarray:
        return np.round(chain.mean() + by + np.sqrt(factor) * (chain.ravel()[chosen] - chain.mean()), _DECIMALS)

    return carried(w, w_by), carried(b, b_by)


@dataclass(frozen=True)
class Schedule:
    """Which blocks of steps of a run are recorded.

    Attributes
    ----------
    burn_in : int
        Blocks before the first that counts.
    blocks, every : int
        How many blocks to record, and one in how many.
    """

    burn_in: int
    blocks: int
    every: int


def record(
    sgd: Sgd,
    start: tuple[np.ndarray, np.ndarray],
    gamma: float,
    schedule: Schedule,
    random: np.random.Generator,
) -> Run:
    """Run SGD and record every so many-th block of steps, in the loop that makes them.

    Parameters
    ----------
    sgd : Sgd
    start : w and b, each of shape (replicas,)
        Where the replicas start.
    gamma : float
    schedule : Schedule
    random : numpy.random.Generator
    """
    w, b = (parameter.copy() for parameter in start)
    blocks, replicas = schedule.blocks, w.size
    b_dot = np.empty((blocks, BLOCK, replicas))
    path = np.empty((2, blocks, replicas))
    # A sample is recorded once as long as the stream has others: the bootstrap takes units for independent.
    starts = np.resize(random.permutation(sgd.blocks), (blocks, replicas)) * BLOCK

    for block in range(blocks):
        here = slice(block, block + 1)  # what is written here before the block itself is written over
        unrecorded = schedule.every - 1 + (0 if block else schedule.burn_in)
        sgd.advance(random.integers(sgd.blocks, size=(unrecorded, replicas)) * BLOCK, w, b, gamma, b_dot[here])
        before = np.stack([w, b])
        sgd.advance(starts[here], w, b, gamma, b_dot[here])
        path[:, block] = 0.5 * (before + np.stack([w, b]))
    return Run(gamma, starts, b_dot, path[0], path[1], blocks * schedule.every * BLOCK)


def stationary_covariances(model: Model, origin: Origin) -> Callable[[float], np.ndarray | None]:
    """The covariance of the stationary (w, b) at any γ, as a function of it; None without a population optimum.

    It is that of theory, `duality.training.population`, if that explains the spread of the training; else the spread
    of the training itself, carried over in proportion to γ.
    """
    population = origin.equilibrium.population
    if population is None:
        return lambda _: None
    if not origin.equilibrium.explained:
        measured = np.cov(np.stack([chain.ravel() for chain in origin.trajectory.counted]))
        return lambda gamma: gamma / origin.gamma * measured
    theory = population_optimum(model, population.optimum)
    return lambda gamma: stationary_covariance(model, theory, gamma, origin.mini_batch)


def scan(
    model: Model,
    stream: Stream,
    origin: Origin,
    settings: JumpsSettings,
    random: np.random.Generator,
    progress: Callable[[str], None],
) -> Scanned:
    """Go on from an equilibrium at several γ and compare the jumps.

    Parameters
    ----------
    model : Model
    stream : Stream
    origin : Origin
    settings : JumpsSettings
    random : numpy.random.Generator
    progress : function of str

    Returns
    -------
    distances : DataFrame
        `records.jumps.JUMP_DISTANCES`: what `measure` tells; and replicas, the mean w and b, their standard
        deviations sd_w and sd_b, autocorrelation_steps, steps per replica, and whether theory explains the spread.
    curves : DataFrame
        `records.jumps.JUMP_DISTRIBUTIONS`.
    exponents : DataFrame
        `records.jumps.JUMP_EXPONENTS`.
    unfitted : dict
        `records.jumps.Unfitted`.
    """
    theory_at = stationary_covariances(model, origin)
    segments = max(2, settings.relaxation_times // _SEGMENT)
    # As many samples, whatever their number in a step.
    blocks = segments * -(-settings.samples // (BLOCK * settings.replicas * segments * origin.mini_batch))
    sgd = Sgd(model.composition, stream, origin.mini_batch)
    tables, exponents = [], []
    unfitted: Unfitted = {}
    for factor in settings.factors:
        gamma, relaxation = factor * origin.gamma, origin.autocorrelation_steps / factor
        every = max(1, -(-int(settings.relaxation_times * relaxation) // (BLOCK * blocks)))
        schedule = Schedule(1 + int(_BURN_IN * relaxation / BLOCK), blocks, every)
        start = starting_points(origin, factor, settings.replicas, random)
        run: Run
        if origin.mini_batch > 1:
            of_batches = record_batches(sgd, start, gamma, (schedule.burn_in, blocks, every), random)
            run, units = of_batches, Units.cut(of_batches, segments)
            distances, curves = measure([jumps_of_batches(model.composition, sgd, of_batches, units)], units, random)
            missing = dict.fromkeys(origin.rules, _NO_CLASS)
        else:
            run = record(sgd, start, gamma, schedule, random)
            units = Units.cut(run, segments)
            classes = list(jumps_of_classes(model, stream, run, units, theory_at(gamma), random))
            distances, curves = measure(classes, units, random)
            fitted, missing = measure_exponents(classes, units, origin.rules, origin.equilibrium.errors.sampling)
            exponents += fitted
        path = {
            "replicas": settings.replicas,
            "w": run.frozen.w,
            "b": run.frozen.b,
            "sd_w": run.w.std(),
            "sd_b": run.b.std(),
            "autocorrelation_steps": relaxation,
            "steps": run.steps,
            "explained": origin.equilibrium.explained,
        }
        tables.append((distances.assign(**path), curves))
        worst = distances.iloc[int(distances["ks"].argmax())]
        progress(
            f"γ = {gamma:g}: {run.steps} steps per replica ({run.steps / relaxation:.0f} autocorrelation times), "
            f"largest distance {worst['ks']:.2g} ± {worst['ks_se']:.1g} ({worst['class']}, {worst['sign']})"
        )
        for name, why in missing.items():
            unfitted[gamma, name] = why
            progress(f"γ = {gamma:g}: no exponent of the jumps of {name}: {why}")
    distances, curves = (pd.concat(parts, ignore_index=True) for parts in zip(*tables, strict=True))
    return distances, curves, pd.DataFrame(exponents, columns=list(JUMP_EXPONENTS.columns)), unfitted


def power(gamma: np.ndarray, distance: np.ndarray, se: np.ndarray) -> Estimate | None:
    """Slope of ln(distance) against ln γ by weighted least squares.

    None if there are fewer than two γ, or if a distance is 0, negative or NaN.
    """
    x, d = np.log(gamma), distance
    if x.size < 2 or not np.all(d > 0):
        return None
    weight = (d / np.maximum(se, 1e-3 * d)) ** 2
    x = x - np.average(x, weights=weight)
    information = float(np.sum(weight * x**2))
    return Estimate.normal(float(np.sum(weight * x * np.log(d)) / information), float(1 / np.sqrt(information)))


def summary(distances: pd.DataFrame, exponents: pd.DataFrame, gamma: float) -> Jumps:
    """What "essentially the same" amounts to, per class and sign.

    `power` is that of γ in the distance. Noise adds to a largest difference, the more the smaller it is: where the
    distance is not resolved this power is too small. `fitted_power` has no such bias.

    Parameters
    ----------
    distances : DataFrame
        `records.jumps.JUMP_DISTANCES`.
    exponents : DataFrame
        `records.jumps.JUMP_EXPONENTS`.
    gamma : float
        Of the experiment.
    """
    found: Jumps = {}
    for (name, sign), rows in distances.groupby(["class", "sign"], sort=False):
        own = rows.iloc[int((rows["gamma"] - gamma).abs().argmin())]
        gammas, predicted = rows["gamma"].to_numpy(), rows["predicted_ks"].to_numpy()
        predicted_power = power(gammas, predicted, np.zeros(len(rows)))
        fitted = (rows[column].to_numpy() * predicted for column in ("agreement", "agreement_se"))
        of_gamma = exponents[exponents["gamma"] == own["gamma"]]
        fitted_here = of_gamma[(of_gamma["class"] == name) & (of_gamma["sign"] == sign)]
        found.setdefault(str(name), {})[str(sign)] = JumpSummary(
            gamma=float(own["gamma"]),
            distance=Estimate(float(own["ks"]), float(own["ks_se"]), (float(own["ks_low"]), float(own["ks_high"]))),
            noise_floor=float(own["noise_floor"]),
            predicted_distance=_known(own["predicted_ks"]),
            agreement=_estimate(own, "agreement"),
            deviation=_estimate(own, "deviation"),
            p_value=_known(own["deviation_p"]),
            power=power(gammas, rows["ks"].to_numpy(), rows["ks_se"].to_numpy()),
            fitted_power=power(gammas, *fitted),
            predicted_power=predicted_power.value if predicted_power else None,
            resolved=bool((rows["ks_low"] > rows["noise_floor"]).all()),
            explained=bool(own["explained"]),
            exponents={str(row["kind"]): _exponent(row) for _, row in fitted_here.iterrows()},
        )
    return found


def _known(number: float) -> float | None:
    """A number of a table, None for NaN."""
    return float(number) if np.isfinite(number) else None


def _estimate(row: pd.Series, name: str) -> Estimate | None:
    """What a row has under a name, with its error; None for NaN."""
    return Estimate.normal(row[name], row[f"{name}_se"]) if np.isfinite(row[name]) else None


def _exponent(row: pd.Series) -> JumpExponent:
    actual, potential, difference = (
        Estimate.normal(row[name], row[f"{name}_se"]) for name in ("actual", "potential", "difference")
    )
    return JumpExponent(
        decades=float(np.log10(row["q_high"] / row["q_low"])),
        actual=actual,
        potential=potential,
        difference=difference,
        expected=_known(row["expected"]),
        p_value=_known(row["p_value"]),
    )
