"""Training to equilibrium by stochastic gradient descent with mini-batch 1.

One step on a sample (x1, x2) is ẇ = -γ·x1·h(y), ḃ = -γ·h(y) with y = w·x1 + b and h = dH/dy (Eqs. 2.3, 6.4).

Local learning equilibrium means here: at fixed γ the chain (w, b)(t) is stationary within the basin that it has
reached, its distribution no longer changes with time. It is tested on the kept part of the trajectories, for w and b:

1. split R-hat ≤ `r_hat`: replicas from dispersed starts, and the halves of each, have one distribution;
2. bulk and tail ESS ≥ `ess`: the part kept is many relaxation times long;
3. |drift| ≤ `drift`: the mean of the second half of the time less that of the first, over all replicas, is within that
   many of its own Monte Carlo errors. R-hat overlooks a slow common drift that is small beside the noise.

This is not convergence of the loss, which may look settled long before w and b are, nor of (w, b) themselves, which
fluctuate for ever with a width of order √γ. Means come with Monte Carlo errors.
R-hat, ESS and Monte Carlo errors: Vehtari et al. 2021, doi:10.1214/20-BA1221, as computed by ArviZ.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from arviz_stats.base import array_stats

from duality.dataset.density import Density
from duality.dataset.stream import repetitions
from duality.errors import InputError
from duality.formulas.composition import Composition
from duality.formulas.kernels import jit, scalar_kernel
from duality.formulas.stable import array_function
from duality.training.population import population_optimum

BLOCK = 256  # consecutive samples of the stream that a replica reads before it jumps to another place in it
_BLOCKS_PER_REPORT = 2048
_REFERENCE = (
    "optimum",
    "shift",
    "stationary_sd_predicted",
    "sampling_covariance",
    "distance_in_se",
    "distance_from_shifted_in_se",
)


@dataclass(frozen=True)
class Trajectory:
    """Thinned trajectories and the verdict on them.

    Attributes
    ----------
    steps : ndarray of int64, shape (draws,)
        Number of SGD steps at each recorded point.
    w, b : ndarray, shape (replicas, draws)
    kept : int
        Draws from this index on are the equilibrium; those before are burn-in.
    diagnostics : dict
        For w and b: mean, standard deviation, Monte Carlo error of the mean, R-hat, bulk and tail ESS of the kept part,
        and its drift: mean of the second half less that of the first, in Monte Carlo errors of this difference.
    """

    steps: np.ndarray
    w: np.ndarray
    b: np.ndarray
    kept: int
    diagnostics: dict[str, dict[str, float]]


def sgd_kernel(composition: Composition) -> Callable[..., None]:
    """Compile SGD for a composition.

    Returns
    -------
    function (x1, label, starts, w, b, gamma, b_dot=None)
        Advances the replicas w, b (arrays of shape (replicas,)) in place by `len(starts)` blocks of `BLOCK` steps.
        Replica r reads the stream x1, label from `starts[j, r]` on in block j. The replicas are interleaved in the
        innermost loop: the exponential of one need not wait for that of another.
        An array b_dot of shape (blocks, BLOCK, replicas) gets the jumps ḃ that are made, those of block j in
        `b_dot[j % len(b_dot)]`: a shorter array than `starts` keeps the last blocks.
    """
    h = scalar_kernel(composition.derivative(1))

    @jit
    def sgd(x1, label, starts, w, b, gamma, b_dot=None):  # type: ignore[no-untyped-def]
        replicas = w.size
        x1_now, label_now, b_dot_now = np.empty(replicas), np.empty(replicas, np.int64), np.empty(replicas)
        for j in range(starts.shape[0]):
            for i in range(BLOCK):
                for r in range(replicas):
                    sample = starts[j, r] + i
                    x1_now[r], label_now[r] = x1[sample], label[sample]
                for r in range(replicas):
                    b_kick = gamma * h(w[r] * x1_now[r] + b[r], label_now[r])
                    w[r] -= b_kick * x1_now[r]
                    b[r] -= b_kick
                    if b_dot is not None:  # Numba leaves this out of the machine code where there is no array
                        b_dot_now[r] = -b_kick
                if b_dot is not None:
                    for r in range(replicas):
                        b_dot[j % b_dot.shape[0], i, r] = b_dot_now[r]

    return sgd


def diagnose(w: np.ndarray, b: np.ndarray) -> dict[str, dict[str, float]]:
    """Convergence diagnostics of the chains w and b, each of shape (replicas, draws)."""
    return {
        name: {
            "mean": float(np.mean(chains)),
            "sd": float(np.std(chains, ddof=1)),
            "mcse": float(array_stats.mcse(chains, method="mean")),
            "r_hat": float(array_stats.rhat(chains)),
            "ess_bulk": float(array_stats.ess(chains, method="bulk")),
            "ess_tail": float(array_stats.ess(chains, method="tail", prob=(0.05, 0.95))),
            "drift": _drift(chains),
        }
        for name, chains in (("w", w), ("b", b))
    }


def _drift(chains: np.ndarray) -> float:
    half = chains.shape[1] // 2
    first, second = chains[:, :half], chains[:, -half:]
    errors = [float(array_stats.mcse(part, method="mean")) for part in (first, second)]
    return float((second.mean() - first.mean()) / np.hypot(errors[0], errors[1]))


def in_equilibrium(diagnostics: Mapping[str, Mapping[str, float]], r_hat: float, ess: float, drift: float) -> bool:
    """Whether w and b have R-hat and drift at most, and ESS (bulk and tail) at least, the given thresholds."""
    return all(
        d["r_hat"] <= r_hat and min(d["ess_bulk"], d["ess_tail"]) >= ess and abs(d["drift"]) <= drift
        for d in diagnostics.values()
    )


def train(
    composition: Composition,
    x1: np.ndarray,
    label: np.ndarray,
    settings: Mapping[str, Any],
    random: np.random.Generator,
    progress: Callable[[str], None],
) -> Trajectory:
    """Train until the equilibrium criterion holds.

    The trajectories are examined when `settings.steps` are done, and whenever their number has doubled; the first
    part of each (`settings.burn_in`) does not count.

    Parameters
    ----------
    composition : Composition
    x1, label : ndarray
        The class-mixed stream. Each replica reads blocks of it in an order of its own, drawn with replacement: the
        replicas are independent given the stream, and a block is as random as a single sample, the stream being i.i.d.
    settings : mapping
        gamma, replicas, start (w: [low, high], b: [low, high]), thin, steps, budget, burn_in, r_hat, ess, drift;
        numbers of steps are per replica.
    random : numpy.random.Generator
    progress : function of str
        Called with a line after each eighth of the way to an examination, and after that.

    Raises
    ------
    InputError
        If a replica diverges (is not finite), is dead (no sample has a gradient), or the budget is spent without
        equilibrium. The message says which replica, where, and what to change.
    """
    gamma, replicas, thin = settings["gamma"], settings["replicas"], settings["thin"]
    sgd = sgd_kernel(composition)
    h = composition.functions(1)
    blocks_in_stream = x1.size // BLOCK
    if blocks_in_stream < 1:
        raise InputError(
            f"the training stream has {x1.size} samples, at least {BLOCK} are needed: raise dataset.samples_per_shard"
        )
    blocks_per_draw = -(-thin // BLOCK)
    w, b = (random.uniform(low, high, replicas) for low, high in (settings["start"]["w"], settings["start"]["b"]))
    steps_per_draw = blocks_per_draw * BLOCK
    draws: list[np.ndarray] = []
    examine = settings["steps"]
    steps = told = 0
    while True:
        before = np.stack([w, b])
        for _ in range(min(max(1, _BLOCKS_PER_REPORT // blocks_per_draw), (examine - steps) // steps_per_draw)):
            starts = random.integers(blocks_in_stream, size=(blocks_per_draw, replicas)) * BLOCK
            sgd(x1, label, starts, w, b, gamma)
            draws.append(np.stack([w, b]))
            steps += steps_per_draw
        _check_alive(w, b, before, steps, x1, label, h)
        if steps + steps_per_draw <= examine:
            if steps - told >= examine / 8:
                told = steps
                progress(f"{steps} steps per replica: w = {w.mean():.4g}, b = {b.mean():.4g} (mean of replicas, now)")
            continue
        recorded = np.stack(draws, axis=-1)
        kept = int(settings["burn_in"] * recorded.shape[-1])
        diagnostics = diagnose(recorded[0, :, kept:], recorded[1, :, kept:])
        progress(f"{steps} steps per replica: " + _describe(diagnostics))
        if in_equilibrium(diagnostics, settings["r_hat"], settings["ess"], settings["drift"]):
            times = steps_per_draw * np.arange(1, recorded.shape[-1] + 1, dtype=np.int64)
            return Trajectory(times, recorded[0], recorded[1], kept, diagnostics)
        if examine + steps_per_draw > settings["budget"]:
            raise InputError(
                f"no equilibrium after {steps} steps per replica ({_describe(diagnostics)}; wanted R-hat ≤ "
                f"{settings['r_hat']:g}, ESS ≥ {settings['ess']:g}, |drift| ≤ {settings['drift']:g}): "
                f"raise training.budget (now {settings['budget']}) "
                f"or training.gamma (now {gamma:g})"
            )
        examine = min(2 * examine, settings["budget"])


def _describe(diagnostics: Mapping[str, Mapping[str, float]]) -> str:
    return ", ".join(
        f"{name} = {d['mean']:.4g} ± {d['mcse']:.2g} "
        f"(R-hat {d['r_hat']:.4f}, ESS {min(d['ess_bulk'], d['ess_tail']):.0f}, drift {d['drift']:.1f})"
        for name, d in diagnostics.items()
    )


def _check_alive(
    w: np.ndarray,
    b: np.ndarray,
    before: np.ndarray,
    steps: int,
    x1: np.ndarray,
    label: np.ndarray,
    h: Sequence[Callable[[np.ndarray], np.ndarray]],
) -> None:
    for replica, (w_now, b_now) in enumerate(zip(w, b, strict=True)):
        where = f"replica {replica} by step {steps} (w = {w_now:g}, b = {b_now:g})"
        if not np.isfinite(w_now) or not np.isfinite(b_now):
            raise InputError(f"training diverged: {where} is not finite: lower training.gamma")
        unmoved = w_now == before[0, replica] and b_now == before[1, replica]
        if unmoved and not any(np.any(h[k](w_now * x1[label == k] + b_now)) for k in range(len(h))):
            raise InputError(
                f"training died: {where} has no gradient for any sample: lower training.gamma, raise the loss's "
                "guard, or start closer to a solution (training.start)"
            )


def performance(
    composition: Composition, x1: np.ndarray, label: np.ndarray, labels: Sequence[float], w: float, b: float
) -> dict[str, float]:
    """Accuracy and mean loss at (w, b) over the stream.

    A sample counts as right if f(y) is nearer to its own class's x2 than to any other's. The accuracy's error is that
    of the samples there are, however often the stream repeats them.
    """
    y = w * x1 + b
    f = array_function(composition.f)(y)
    order = np.argsort(labels)
    midpoints = np.convolve(np.asarray(labels, float)[order], [0.5, 0.5], "valid")
    correct = order[np.searchsorted(midpoints, f)] == label
    right = float(np.mean(correct))
    # A repeated sample is no new one: its deviation from the mean counts once more with every repetition.
    variance = right * (1 - right) + float(np.mean((repetitions(x1, label) - 1)[label] * (correct - right) ** 2))
    losses = [H(y[label == index]) for index, H in enumerate(composition.functions(0))]
    return {
        "accuracy": right,
        "accuracy_se": float(np.sqrt(variance / x1.size)),
        "loss": float(np.sum([np.sum(H) for H in losses]) / x1.size),
    }


def equilibrium(
    composition: Composition,
    trajectory: Trajectory,
    x1: np.ndarray,
    label: np.ndarray,
    labels: Sequence[float],
    densities: Sequence[Density],
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """The equilibrium (w, b) with its errors, and how far it is from the population optimum.

    Returns
    -------
    dict
        w, b: means over the kept draws of all replicas; covariance: of these means, by Monte Carlo error;
        sampling_covariance: of the optimum of a data set of as many samples (repeated ones count once); diagnostics;
        steps, draws, replicas; accuracy and loss over the stream; optimum: of the population; shift: of the mean from
        the optimum expected at this γ, to leading order; and for w and b the distance from the optimum, and from
        optimum + shift, in standard errors. A standard error combines Monte Carlo and sampling error. Without a
        population optimum these are None.
    """
    w, b = trajectory.w[:, trajectory.kept :], trajectory.b[:, trajectory.kept :]
    means = np.array([w.mean(), b.mean()])
    mcse = np.array([trajectory.diagnostics[name]["mcse"] for name in ("w", "b")])
    monte_carlo = np.corrcoef(w.ravel(), b.ravel()) * np.outer(mcse, mcse)
    try:
        population = population_optimum(composition, densities, (means[0], means[1]), repetitions(x1, label))
    except InputError as error:  # a reference is missing then, not the training
        print(f"no population optimum: {error}")
        reference: dict[str, Any] = dict.fromkeys(_REFERENCE)
    else:
        sampling = population.sampling / x1.size
        se = np.sqrt(np.diag(monte_carlo) + np.diag(sampling))
        shift = settings["gamma"] * population.shift
        values = (
            population.optimum,
            shift,
            np.sqrt(settings["gamma"] * np.diag(population.covariance)),
            sampling,
            (means - population.optimum) / se,
            (means - population.optimum - shift) / se,
        )
        reference = {name: value.tolist() for name, value in zip(_REFERENCE, values, strict=True)}
    return {
        "w": float(means[0]),
        "b": float(means[1]),
        "covariance": monte_carlo.tolist(),
        "diagnostics": trajectory.diagnostics,
        "steps": int(trajectory.steps[-1]),
        "burn_in": int(trajectory.steps[trajectory.kept]),
        "draws": int(w.shape[1]),
        "replicas": int(w.shape[0]),
        **performance(composition, x1, label, labels, *means),
        **reference,
    }
