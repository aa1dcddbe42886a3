"""Training without the guard of the loss, until it fails: when, and at what rate theory expects it."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize

from duality.formulas.composition import Composition
from duality.guard.guarded import Subject, accuracy
from duality.jacobian.duality import Duality
from duality.training.sgd import BLOCK, sgd_kernel

_FEW_MIDPOINTS = 1 << 8  # equally likely x1 of a class at which accuracy is counted while a run is watched
_LOST = 0.95  # of its lead over guessing: a run that has lost this much accuracy has collapsed
_WATCH = 4  # blocks between two looks at a run
_REACH_IN_Y = 64.0  # corners of H are looked for in |y| below this
_LARGEST_KICK = 1e3  # in units of w and b: a kick that does no harm below this is taken for harmless


def fatal_kicks(subject: Subject, duality: Duality, level: float) -> tuple[float, float]:
    """The smallest single kick of a class that takes accuracy down to a level, and how often a sample has it.

    Kicks that are large come from samples at the steepest end of the class's branches, so that their direction
    (ẇ, ḃ) ∝ (x1, 1) is known.

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
        return accuracy(subject, duality.w + kick * step[0], duality.b + kick * step[1]) - level

    kicks = np.geomspace(1e-2, _LARGEST_KICK, 201)
    below = np.flatnonzero(excess(kicks) <= 0)
    if not below.size or not below[0]:
        return float("inf"), 0.0
    kick = optimize.brentq(lambda k: excess(np.array([k]))[0], kicks[below[0] - 1], kicks[below[0]], xtol=1e-6)
    return float(kick), float(duality.probability(np.array([kick, steepest.q_high]), steepest.sign)[0])


def _alive(composition: Composition, samples: list[np.ndarray], w: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Whether any sample has a gradient, at each of many (w, b); samples are sorted. No number is not alive."""
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


def unguarded(
    subject: Subject,
    x1: np.ndarray,
    label: np.ndarray,
    settings: Mapping[str, Any],
    random: np.random.Generator,
    progress: Callable[[str], None],
) -> pd.DataFrame:
    """SGD without guard, from the population optimum at the experiment's own ε, until it fails.

    A run collapses when it first has lost 95% of the lead that its accuracy has over guessing. It is dead if at the end
    no sample of the stream has a gradient; it died at its last move. A collapsed run may recover, a dead one not.

    Parameters
    ----------
    subject : Subject
    x1, label : ndarray
        The stream.
    settings : mapping
        gammas, replicas (per γ) and steps (per replica).
    random : numpy.random.Generator
    progress : function of str

    Returns
    -------
    DataFrame
        Per γ and replica: collapsed (steps until then, NaN: not within `steps`), died (likewise), steps, w, b and
        accuracy at the end; fatal_kick: the smallest single kick |q̇| from the start that collapses a run; and
        predicted_rate: per step, of such kicks at the start's (w, b).
    """
    composition = subject.without_guard()
    start_w, start_b = subject.optimum(subject.own_value).optimum
    guessing = 1 / len(subject.densities)
    level = guessing + (1 - _LOST) * (float(accuracy(subject, np.array([start_w]), np.array([start_b]))[0]) - guessing)
    sgd = sgd_kernel(composition)
    samples = [np.sort(x1[label == index]) for index in range(len(subject.densities))]
    replicas, tables = settings["replicas"], []
    for gamma in settings["gammas"]:
        maps = subject.dualities(composition, start_w, start_b, gamma)
        fatal = [fatal_kicks(subject, duality, level) for duality in maps.values()]
        w, b = np.full(replicas, start_w), np.full(replicas, start_b)
        collapsed, moved = np.full(replicas, np.nan), np.zeros(replicas, np.int64)
        for step in range(_WATCH * BLOCK, settings["steps"] + 1, _WATCH * BLOCK):
            before = w.copy(), b.copy()
            sgd(x1, label, random.integers(x1.size // BLOCK, size=(_WATCH, replicas)) * BLOCK, w, b, gamma)
            moved[(w != before[0]) | (b != before[1])] = step
            watched = np.flatnonzero(np.isnan(collapsed))
            low = accuracy(subject, w[watched], b[watched], _FEW_MIDPOINTS) <= level
            collapsed[watched[low]] = step
        dead = ~_alive(composition, samples, w, b)
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
                    "accuracy": accuracy(subject, w, b),
                    "fatal_kick": min(kick for kick, _ in fatal),
                    "predicted_rate": sum(probability for _, probability in fatal) / len(fatal),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)
