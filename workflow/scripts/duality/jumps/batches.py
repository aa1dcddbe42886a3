"""Actual against potential jumps where a step averages over a mini-batch of M > 1 samples.

The actual jump of a batch is its mean kick at the (w, b) of the moment, the potential one the mean kick of the same
samples at the mean (w, b) of the run. A batch has no class: its jumps are told apart by their sign alone. Nothing is
predicted for them, and no exponent is fitted, for conditions and windows are those of a class.
"""

from dataclasses import dataclass

import numpy as np

from duality.errors import InputError
from duality.formulas.composition import Composition
from duality.jumps.samples import BatchJumps, Run, Units
from duality.training.sgd import BLOCK, Sgd

NAME = "batches"  # in the place of a class's


@dataclass(frozen=True)
class BatchRun(Run):
    """A run whose steps average over mini-batches.

    Attributes
    ----------
    w_dot : ndarray, shape (blocks, steps, replicas)
        The jumps ẇ that were made. Of `BLOCK` steps of a block only the first ones are kept, whose samples occur in no
        other step that is.
    starts : ndarray of int64, shape (blocks, reads, replicas)
        Where in the stream a replica read the samples of these steps, `BLOCK` at a time.
    mini_batch : int
    """

    w_dot: np.ndarray
    mini_batch: int

    def samples(self, block: int) -> np.ndarray:
        """Where in the stream the samples of the steps of a block are, shape (replicas, steps, M)."""
        places = self.starts[block].T[:, :, None] + np.arange(BLOCK)
        steps, replicas = self.w_dot.shape[1:]
        return places.reshape(replicas, -1)[:, : steps * self.mini_batch].reshape(replicas, steps, self.mini_batch)


def record_batches(
    sgd: Sgd,
    start: tuple[np.ndarray, np.ndarray],
    gamma: float,
    schedule: tuple[int, int, int],
    random: np.random.Generator,
) -> BatchRun:
    """Run SGD and record every so many-th block of `BLOCK` steps.

    Parameters
    ----------
    sgd : Sgd
    start : w and b, each of shape (replicas,)
    gamma : float
    schedule : (burn_in, blocks, every)
        See `duality.jumps.runs.Schedule`.
    random : numpy.random.Generator

    Raises
    ------
    InputError
        If the stream has fewer samples than one step of each block needs.
    """
    (burn_in, blocks, every), (w, b) = schedule, (parameter.copy() for parameter in start)
    replicas, M = w.size, sgd.mini_batch
    distinct = int(sgd.blocks / sgd.stream.repetitions.max())
    fresh = min(M, distinct // (blocks * replicas))
    steps = fresh * BLOCK // M
    if not steps:
        raise InputError(
            f"the stream has too few samples for jumps of mini-batches of {M}: raise dataset.samples_per_shard, or "
            "lower jumps.replicas or jumps.relaxation_times"
        )
    starts = random.permutation(sgd.blocks)[: blocks * fresh * replicas].reshape(blocks, fresh, replicas) * BLOCK
    kicks, kept = np.empty((2, BLOCK, replicas)), np.empty((2, blocks, steps, replicas))
    path = np.empty((2, blocks, replicas))
    for block in range(blocks):
        unrecorded = every - 1 + (0 if block else burn_in)
        for _ in range(unrecorded):
            sgd.advance_batches(sgd.random_starts(random, 1, replicas), w, b, gamma)
        before = np.stack([w, b])
        others = random.integers(sgd.blocks, size=(M - fresh, replicas)) * BLOCK
        sgd.advance_batches(np.concatenate([starts[block], others]), w, b, gamma, kicks)
        kept[:, block] = kicks[:, :steps]
        path[:, block] = 0.5 * (before + np.stack([w, b]))
    return BatchRun(gamma, starts, kept[1], path[0], path[1], blocks * every * BLOCK, kept[0], M)


def jumps_of_batches(composition: Composition, sgd: Sgd, run: BatchRun, units: Units) -> BatchJumps:
    """Actual and potential q̇ of every batch that was recorded, signed by ḃ.

    Parameters
    ----------
    composition : Composition
    sgd : Sgd
    run : BatchRun
    units : Units
    """
    frozen, potential = run.frozen, np.empty((2, *run.w_dot.shape))
    for block in range(run.w_dot.shape[0]):
        places = run.samples(block)
        x1, label = sgd.stream.x1[places], sgd.stream.label[places]
        h = np.empty(x1.shape)
        for index, function in enumerate(composition.functions(1)):
            own = label == index
            h[own] = function(frozen.w * x1[own] + frozen.b)
        potential[0, block] = -run.gamma * (h * x1).mean(axis=2).T
        potential[1, block] = -run.gamma * h.mean(axis=2).T
    actual, expected = (
        np.copysign(np.hypot(w_dot, b_dot), b_dot).ravel() for w_dot, b_dot in ((run.w_dot, run.b_dot), potential)
    )
    unit = np.broadcast_to(units.of_block[:, None, :], run.w_dot.shape).ravel()
    return BatchJumps(NAME, run.gamma, actual, expected, unit)
