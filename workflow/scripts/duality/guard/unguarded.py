"""Training without the guard of the loss, until it fails: when, and at what rate theory expects it."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import optimize

from duality.config.settings import UnguardedTrainingSettings
from duality.dataset.model import Model
from duality.dataset.stream import Stream
from duality.formulas.composition import Composition
from duality.guard.subject import MIDPOINTS, Subject
from duality.jacobian.duality import Duality, dualities
from duality.records.estimates import Frozen
from duality.training.accuracy import population_accuracy
from duality.training.sgd import BLOCK, Sgd

_FEW_MIDPOINTS = 1 << 8  # equally likely x1 of a class at which accuracy is counted while a run is watched
_LOST = 0.95  # of its lead over guessing: a run that has lost this much accuracy has collapsed
_WATCH = 4  # blocks between two looks at a run
_REACH_IN_Y = 64.0  # corners of H are looked for in |y| below this
_LARGEST_KICK = 1e3  # in units of w and b: a kick that does no harm below this is taken for harmless


def fatal_kicks(model: Model, duality: Duality, level: float) -> tuple[float, float]:
    """The smallest single kick of a class that takes accuracy down to a level, and how often a sample has it.

    Kicks that are large come from samples at the steepest end of the class's branches, so that their direction
    (ẇ, ḃ) ∝ (x1, 1) is known.

    Parameters
    ----------
    model : Model
    duality : Duality
        The map of the class to q̇.
    level : float

    Returns
    -------
    kick : float
        |q̇|; infinite if no kick up to 1000 does it.
    probability : float
        That a sample of the class has a kick at least as large.
    """
    with np.errstate(invalid="ignore"):  # the kick at the very edge is infinite
        steepest = max(duality.branches, key=lambda branch: branch.q_high)
    x1 = steepest.right if steepest.increasing else steepest.left
    step = steepest.sign * np.array([x1, 1.0]) / np.sqrt(1 + x1**2)

    def excess(kick: np.ndarray) -> np.ndarray:
        w, b = duality.w + kick * step[0], duality.b + kick * step[1]
        return population_accuracy(model, w, b, MIDPOINTS) - level

    kicks = np.geomspace(1e-2, _LARGEST_KICK, 201)
    below = np.flatnonzero(excess(kicks) <= 0)
    if not below.size or not below[0]:
        return float("inf"), 0.0
    kick = optimize.brentq(lambda k: excess(np.array([k]))[0], kicks[below[0] - 1], kicks[below[0]], xtol=1e-6)
    return float(kick), float(duality.preimage_probability(np.array([kick, steepest.q_high]), steepest.sign)[0])


def alive_at(composition: Composition, samples: list[np.ndarray], w: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Whether any sample has a gradient, at each of many (w, b).

    Parameters
    ----------
    composition : Composition
    samples : list of ndarray
        x1 of every class, ascending.
    w, b : ndarray, shape (n,)

    Returns
    -------
    ndarray of bool, shape (n,)
        False where w or b is NaN or infinite.
    """
    alive = np.zeros(w.size, bool)
    corners = composition.corners(-_REACH_IN_Y, _REACH_IN_Y)
    edges = np.concatenate([[-np.inf], corners, [np.inf]])
    inside = np.concatenate([corners[:1] - 1, 0.5 * (corners[1:] + corners[:-1]), corners[-1:] + 1])
    for x1, h in zip(samples, composition.functions(1), strict=True):
        for piece in np.flatnonzero(h(inside)):
            with np.errstate(divide="ignore", invalid="ignore"):
                ends = np.sort((edges[piece : piece + 2, None] - b) / w, axis=0)
            first, last = np.searchsorted(x1, ends[0], "right"), np.searchsorted(x1, ends[1], "left")
            alive |= (first < last) & np.isfinite(w) & np.isfinite(b)
    return alive


def training(
    subject: Subject,
    stream: Stream,
    settings: UnguardedTrainingSettings,
    random: np.random.Generator,
    progress: Callable[[str], None],
) -> pd.DataFrame:
    """SGD without guard, from the population optimum at the experiment's own ε, until it fails.

    A run collapses when it first has lost 95% of the lead that its accuracy has over guessing. It is dead if at the end
    no sample of the stream has a gradient; it died at its last move. A collapsed run may recover, a dead one not.

    Parameters
    ----------
    subject : Subject
    stream : Stream
    settings : UnguardedTrainingSettings
    random : numpy.random.Generator
    progress : function of str

    Returns
    -------
    DataFrame
        `records.guard.UNGUARDED_TRAINING`, a row per γ and replica: collapsed (steps until then; NaN: not within
        `steps`), died (likewise), steps, w, b and accuracy at the end; fatal_kick: the smallest single kick |q̇| from
        the start that collapses a run; and predicted_rate: per step, of such kicks at the start's (w, b).
    """
    model = subject.without_guard()
    start_w, start_b = subject.optimum(subject.own_value).optimum
    guessing = 1 / len(model.densities)
    level = guessing + (1 - _LOST) * (float(population_accuracy(model, start_w, start_b, MIDPOINTS)) - guessing)
    sgd = Sgd(model.composition, stream)
    samples = [np.sort(stream.of(label)) for label in range(len(model.densities))]
    replicas, tables = settings.replicas, []
    for gamma in settings.gammas:
        maps = dualities(model.composition, model.densities, Frozen(start_w, start_b, gamma))
        fatal = [fatal_kicks(model, duality, level) for duality in maps.values()]
        w, b = np.full(replicas, start_w), np.full(replicas, start_b)
        collapsed, moved = np.full(replicas, np.nan), np.zeros(replicas, np.int64)
        for step in range(_WATCH * BLOCK, settings.steps + 1, _WATCH * BLOCK):
            before = w.copy(), b.copy()
            sgd.advance(random.integers(sgd.blocks, size=(_WATCH, replicas)) * BLOCK, w, b, gamma)
            moved[(w != before[0]) | (b != before[1])] = step
            watched = np.flatnonzero(np.isnan(collapsed))
            low = population_accuracy(model, w[watched], b[watched], _FEW_MIDPOINTS) <= level
            collapsed[watched[low]] = step
        dead = ~alive_at(model.composition, samples, w, b)
        progress(
            f"γ = {gamma:g}: {replicas - np.count_nonzero(np.isnan(collapsed))} of {replicas} collapsed, "
            f"{np.count_nonzero(dead)} died"
        )
        tables.append(
            pd.DataFrame(
                {
                    "gamma": gamma,
                    "replica": np.arange(replicas),
                    "collapsed": collapsed,
                    "died": np.where(dead, moved, np.nan),
                    "steps": step,
                    "w": w,
                    "b": b,
                    "accuracy": population_accuracy(model, w, b, MIDPOINTS),
                    "fatal_kick": min(kick for kick, _ in fatal),
                    "predicted_rate": sum(probability for _, probability in fatal) / len(fatal),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)
