"""Training to equilibrium by stochastic gradient descent.

One step on a sample (x1, x2) is ẇ = -γ·x1·h(y), ḃ = -γ·h(y) with y = w·x1 + b and h = dH/dy (Eqs. 2.3, 6.4). With a
mini-batch of M > 1 samples it is the mean of what they would do at one and the same (w, b).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from duality.config.settings import TrainingSettings
from duality.dataset.stream import Stream
from duality.errors import InputError
from duality.failures import ExperimentFailed
from duality.formulas.composition import Composition
from duality.formulas.kernels import jit, scalar_kernel
from duality.records.training import ChainDiagnostics, Trajectory
from duality.training.convergence import describe, diagnose, in_equilibrium
from duality.training.mini_batch import batch_kernel

BLOCK = 256  # consecutive samples of the stream that a replica reads before it jumps to another place in it
_BLOCKS_PER_REPORT = 2048


@dataclass(frozen=True)
class Sgd:
    """SGD of one composition on one stream. The machine code is compiled when it is first needed.

    Attributes
    ----------
    composition : Composition
    stream : Stream
    mini_batch : int
        M, samples of a step.
    """

    composition: Composition
    stream: Stream
    mini_batch: int = 1

    @property
    def blocks(self) -> int:
        """Whole blocks in the stream."""
        return self.stream.x1.size // BLOCK

    def advance(
        self, starts: np.ndarray, w: np.ndarray, b: np.ndarray, gamma: float, b_dot: np.ndarray | None = None
    ) -> None:
        """Advance replicas by blocks of `BLOCK` steps.

        Parameters
        ----------
        starts : ndarray of int64, shape (blocks, replicas)
            Replica r reads the stream from `starts[j, r]` on in block j.
        w, b : ndarray, shape (replicas,)
            Changed in place.
        gamma : float
        b_dot : ndarray, shape (m, BLOCK, replicas), optional
            Gets the jumps ḃ that are made, those of block j in `b_dot[j % m]`: if m is less than the number of blocks,
            the last m blocks stay.

        Raises
        ------
        ValueError
            If a step has several samples: see `advance_batches`.
        """
        if self.mini_batch > 1:
            raise ValueError(f"a step of {self.mini_batch} samples is no step of one")
        x1, label = self.stream.x1, self.stream.label
        if w.size == 1:
            self._kernel_of_one(x1, label, starts, w, b, gamma, b_dot)
        else:
            # Room for one step is made here: of a kernel that makes arrays, Numba takes longer to make machine code.
            self._kernel(x1, label, starts, w, b, gamma, b_dot, *np.empty((2, w.size)), np.empty(w.size, np.int64))

    def advance_batches(
        self, starts: np.ndarray, w: np.ndarray, b: np.ndarray, gamma: float, kicks: np.ndarray | None = None
    ) -> None:
        """Advance replicas by steps of M samples, M > 1, that are read in blocks of `BLOCK` samples.

        Parameters
        ----------
        starts : ndarray of int64, shape (blocks, replicas)
            Replica r reads the stream from `starts[j, r]` on in block j; M blocks make `BLOCK` steps.
        w, b : ndarray, shape (replicas,)
            Changed in place.
        gamma : float
        kicks : ndarray, shape (2, m, replicas), optional
            Gets the jumps ẇ and ḃ that are made, those of step i in `kicks[:, i % m]`.

        Raises
        ------
        ValueError
            If the blocks make no whole number of steps.
        """
        if len(starts) * BLOCK % self.mini_batch:
            raise ValueError(f"{len(starts)} blocks of {BLOCK} samples make no steps of {self.mini_batch}")
        x1, label = self.stream.x1, self.stream.label
        self._batch_kernel(x1, label, starts, self.mini_batch, w, b, gamma, kicks)

    def random_starts(self, random: np.random.Generator, blocks: int, replicas: int) -> np.ndarray:
        """Where replicas read, at random, in so many times `BLOCK` steps: shape (blocks·M, replicas)."""
        return random.integers(self.blocks, size=(blocks * self.mini_batch, replicas)) * BLOCK

    @cached_property
    def _kernel_of_one(self) -> Any:
        """For a single replica: its w and b stay in registers, as every step waits for those of the last."""
        h = scalar_kernel(self.composition.derivative(1))

        @jit
        def sgd(x1, label, starts, w, b, gamma, b_dot):  # type: ignore[no-untyped-def]
            w_now, b_now = w[0], b[0]
            for j in range(starts.shape[0]):
                for i in range(BLOCK):
                    sample = starts[j, 0] + i
                    b_kick = gamma * h(w_now * x1[sample] + b_now, label[sample])
                    w_now -= b_kick * x1[sample]
                    b_now -= b_kick
                    if b_dot is not None:
                        b_dot[j % b_dot.shape[0], i, 0] = -b_kick
            w[0], b[0] = w_now, b_now

        return sgd

    @cached_property
    def _batch_kernel(self) -> Any:
        return batch_kernel(scalar_kernel(self.composition.derivative(1)), BLOCK)

    @cached_property
    def _kernel(self) -> Any:
        h = scalar_kernel(self.composition.derivative(1))

        @jit
        def sgd(x1, label, starts, w, b, gamma, b_dot, x1_now, b_dot_now, label_now):  # type: ignore[no-untyped-def]
            replicas = w.size
            for j in range(starts.shape[0]):
                for i in range(BLOCK):
                    # Replicas in the innermost loop: the exponential of one need not wait for that of another.
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


@dataclass(frozen=True)
class Trained:
    """A training that has reached equilibrium.

    Attributes
    ----------
    trajectory : Trajectory
    diagnostics : dict
        Of "w" and of "b", over the draws that count.
    """

    trajectory: Trajectory
    diagnostics: dict[str, ChainDiagnostics]


def train(
    sgd: Sgd,
    settings: TrainingSettings,
    random: np.random.Generator,
    progress: Callable[[str], None],
) -> Trained:
    """Train until the criterion of `duality.training.convergence` holds.

    The trajectories are examined when `settings.steps` are done, and whenever their number has doubled; the first
    part of each (`settings.burn_in`) does not count.

    Parameters
    ----------
    sgd : Sgd
        Each replica reads blocks of its stream in an order of its own, drawn with replacement. The replicas are
        independent given the stream. A block is as random as a single sample, for the stream is i.i.d. A mini-batch of
        M > 1 is M samples in the order in which the replica reads.
    settings : TrainingSettings
    random : numpy.random.Generator
    progress : function of str
        Called with a line after each eighth of the way to an examination, and after that.

    Raises
    ------
    InputError
        If the stream has less than a block.
    ExperimentFailed
        If a replica diverges (is not finite), is dead (no sample has a gradient), or the budget is spent without
        equilibrium. The message says after how many steps, which replica, where, and what to change.
    """
    advance = sgd.advance if sgd.mini_batch == 1 else sgd.advance_batches
    if sgd.blocks < 1:
        raise InputError(
            f"the training stream has {sgd.stream.x1.size} samples, at least {BLOCK} are needed: "
            "raise dataset.samples_per_shard"
        )
    blocks_per_draw = -(-settings.thin // BLOCK)
    steps_per_draw = blocks_per_draw * BLOCK
    w, b = (random.uniform(low, high, settings.replicas) for low, high in (settings.start.w, settings.start.b))
    draws: list[np.ndarray] = []
    examine = settings.steps
    steps = told = 0
    while True:
        before = np.stack([w, b])
        for _ in range(min(max(1, _BLOCKS_PER_REPORT // blocks_per_draw), (examine - steps) // steps_per_draw)):
            advance(sgd.random_starts(random, blocks_per_draw, settings.replicas), w, b, settings.gamma)
            draws.append(np.stack([w, b]))
            steps += steps_per_draw
        _check_alive(sgd, before, np.stack([w, b]), steps)
        if steps + steps_per_draw <= examine:
            if steps - told >= examine / 8:
                told = steps
                progress(f"{steps} steps per replica: w = {w.mean():.4g}, b = {b.mean():.4g} (mean of replicas, now)")
            continue
        recorded = np.stack(draws, axis=-1)
        kept = int(settings.burn_in * recorded.shape[-1])
        diagnostics = diagnose(recorded[0, :, kept:], recorded[1, :, kept:])
        progress(f"{steps} steps per replica: " + describe(diagnostics))
        if in_equilibrium(diagnostics, settings.r_hat, settings.ess, settings.drift):
            times = steps_per_draw * np.arange(1, recorded.shape[-1] + 1, dtype=np.int64)
            return Trained(Trajectory(times, recorded[0], recorded[1], kept), diagnostics)
        if examine + steps_per_draw > settings.budget:
            raise ExperimentFailed(
                f"no equilibrium after {steps} steps per replica: {describe(diagnostics)}, where R-hat ≤ "
                f"{settings.r_hat:g}, ESS ≥ {settings.ess:g} and |drift| ≤ {settings.drift:g} are wanted, "
                f"change training.budget (raise it, now {settings.budget}) or training.gamma (now {settings.gamma:g})"
            )
        examine = min(2 * examine, settings.budget)


def _check_alive(sgd: Sgd, before: np.ndarray, now: np.ndarray, steps: int) -> None:
    """Refuse a replica that is not finite, or has not moved from `before` to `now` and has no sample that moves it."""
    functions = sgd.composition.functions(1)
    for replica, (w, b) in enumerate(now.T):
        where = f"replica {replica} at w = {w:.3g}, b = {b:.3g}"
        if not np.isfinite(w) or not np.isfinite(b):
            raise ExperimentFailed(
                f"diverged after {steps} steps: {where} is not finite, change training.gamma (lower it)"
            )
        unmoved = np.array_equal(before[:, replica], now[:, replica])
        if unmoved and not any(np.any(h(w * sgd.stream.of(label) + b)) for label, h in enumerate(functions)):
            raise ExperimentFailed(
                f"died after {steps} steps: {where} has no gradient for any sample, change training.gamma (lower it), "
                "training.start (closer to a solution) or the loss's guard (raise it)"
            )
