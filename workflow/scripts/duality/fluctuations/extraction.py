"""Fluctuations: the potential jumps q̇, ẇ, ḃ that every sample would cause at the frozen equilibrium (Sec. 8).

ḃ = -γ·h(y), ẇ = x1·ḃ, |q̇| = √(ẇ² + ḃ²) (Eq. 5.3), signed by ḃ. They are streamed into logarithmic histograms fine
enough for any later window, with Σ ln|·| and Σ ln²|·| in every bin: power laws are then fitted from sufficient
statistics, and memory does not grow with the number of samples.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import sympy as sp

from duality.conventions import QUANTITIES, SIGNS
from duality.dataset.stream import summary
from duality.errors import InputError
from duality.fluctuations.places import PLACES, UNIT, place
from duality.formulas.composition import Composition
from duality.formulas.kernels import jit, scalar_kernel
from duality.records.estimates import Frozen
from duality.records.fluctuations import BINS, FIRST_BIN, FLUCTUATION_COUNTS, NOWHERE, SHARD_SUMMARY, FluctuationSums

HEAD = 16_384  # raw values kept per class
_BLOCK = 8192  # samples that are counted together, within the second cache
_WITHIN_BIN = (1 << PLACES) - 1
_LN_OF_A_BIN = UNIT * (1 << PLACES)


@dataclass(frozen=True)
class Fluctuations:
    """The fluctuations of some samples, as they are fitted.

    Attributes
    ----------
    histogram : DataFrame
        `records.fluctuations.HISTOGRAM`: a row for every bin that is not empty.
    counts : DataFrame
        `records.fluctuations.FLUCTUATION_COUNTS`: samples per class, by the sign of ḃ; dead are those with h = 0.
    """

    histogram: pd.DataFrame
    counts: pd.DataFrame

    @classmethod
    def of(cls, sums: FluctuationSums) -> "Fluctuations":
        """From sums over them."""
        label, quantity, cell = np.nonzero(sums.cells[:, :, :NOWHERE, 0])
        count, first, second = sums.cells[label, quantity, cell].T
        # A place stands for the middle of its unit.
        beyond, beyond2 = ((sum_ + 0.5 * count) / (1 << PLACES) for sum_ in (first, second))
        bin_ = cell % BINS + FIRST_BIN
        histogram = {
            "class": np.array(sums.classes)[label],
            "quantity": np.array(list(QUANTITIES))[quantity],
            "sign": np.array(list(SIGNS))[cell // BINS],
            "bin": bin_,
            "count": count,
            "sum_log": _LN_OF_A_BIN * (bin_ * count + beyond),
            "sum_log2": _LN_OF_A_BIN**2 * (bin_ * (bin_ * count + 2 * beyond) + beyond2),
        }
        rows = [(name, *row, row[0] - row[1] - row[2]) for name, row in zip(sums.classes, sums.outcomes, strict=True)]
        return cls(pd.DataFrame(histogram), pd.DataFrame(rows, columns=list(FLUCTUATION_COUNTS.columns)))


@dataclass(frozen=True)
class Extraction:
    """The passage from samples to sums over the fluctuations that they would cause at frozen parameters.

    Attributes
    ----------
    composition : Composition
    frozen : Frozen
    classes : tuple of str
        Names, in the order of the composition's labels.
    """

    composition: Composition
    frozen: Frozen
    classes: tuple[str, ...]

    def add(self, x1: np.ndarray, label: int, cells: np.ndarray) -> tuple[int, int, int]:
        """Add the fluctuations that samples of one class would cause to the cells of it.

        ḃ and the counting are machine code, the factors between ḃ and the other quantities NumPy's: less is to be
        compiled, which takes a job longer than to count.

        Returns
        -------
        negative, positive, undefined : int
            How many ḃ are negative, positive and no number.
        """
        jumps, at = _jumps(self.composition.derivative(1)), self.frozen
        outcomes = np.zeros(3, np.int64)
        b_dot, values = np.empty((2, _BLOCK))
        room = np.empty((2, _BLOCK), np.int64)
        for start in range(0, x1.size, _BLOCK):
            block = x1[start : start + _BLOCK]
            of_block, value = b_dot[: block.size], values[: block.size]
            jumps(block, label, at.w, at.b, at.gamma, of_block, outcomes)
            for quantity, own in zip(QUANTITIES.values(), cells, strict=True):
                with np.errstate(all="ignore"):  # what overflows goes to the outermost bin
                    np.multiply(of_block, quantity.factors[0](block), out=value)
                _count(value, own, *room)
        negative, positive, undefined = outcomes.tolist()
        return negative, positive, undefined

    def count(self, samples: Iterable[tuple[str, int, np.ndarray]]) -> FluctuationSums:
        """Sums over the fluctuations of samples.

        Parameters
        ----------
        samples : iterable of (class, shard, x1)
            One after the other: of a generator only one is in memory.

        Raises
        ------
        InputError
            If h is no number at some sample.
        """
        sums = FluctuationSums.none(self.classes)
        for name, shard, x1 in samples:
            label = self.classes.index(name)
            negative, positive, undefined = self.add(x1, label, sums.cells[label])
            if undefined:
                raise InputError(f"h(y) of the class '{name}' is no number for {undefined} samples of shard {shard}")
            sums.outcomes[label] += (x1.size, negative, positive)
            rows = sums.summaries.setdefault(shard, np.full((len(self.classes), 5), np.nan))
            rows[label] = list(summary(x1).values()) if x1.size else np.nan
        return sums

    def head(self, samples: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Per class the first signed q̇, in the order of the samples, the dead left out; not by the kernel."""
        heads = {}
        for name, h in zip(self.classes, self.composition.functions(1), strict=True):
            found: list[np.ndarray] = []
            for start in range(0, samples[name].size, 4 * HEAD):
                x1 = samples[name][start : start + 4 * HEAD]
                b_dot = -self.frozen.gamma * h(self.frozen.w * x1 + self.frozen.b)
                found.append((b_dot * QUANTITIES["q_dot"].factors[0](x1))[b_dot != 0])
                if sum(part.size for part in found) >= HEAD:
                    break
            heads[name] = np.concatenate([np.empty(0), *found])[:HEAD]
        return heads


def summaries(parts: Sequence[FluctuationSums], shards: int) -> pd.DataFrame:
    """What the samples of all shards are, `records.fluctuations.SHARD_SUMMARY`, by class and shard.

    Raises
    ------
    InputError
        If a shard, of as many as there are, was not counted, or was counted twice.
    """
    counted = [shard for part in parts for shard in part.summaries]
    if sorted(counted) != list(range(shards)):
        raise InputError(f"of the shards 0 to {shards - 1} every one must be counted once, not {len(counted)}")
    found = {shard: rows for part in parts for shard, rows in part.summaries.items()}
    columns = list(SHARD_SUMMARY.columns)
    rows = [
        (name, shard, int(found[shard][label, 0]), *found[shard][label, 1:])
        for label, name in enumerate(parts[0].classes)
        for shard in range(shards)
    ]
    return pd.DataFrame(rows, columns=columns)


def extract(composition: Composition, samples: Mapping[str, np.ndarray], frozen: Frozen) -> Fluctuations:
    """The fluctuations that samples would cause at frozen parameters.

    Parameters
    ----------
    composition : Composition
    samples : mapping of str to ndarray
        x1 of every class by its name, in the order of the composition's labels.
    frozen : Frozen
    """
    extraction = Extraction(composition, frozen, tuple(samples))
    return Fluctuations.of(extraction.count((name, 0, x1) for name, x1 in samples.items()))


@cache
def _jumps(h_of_classes: tuple[sp.Expr, ...]) -> Any:
    """The first part of `Extraction.add`: ḃ of a block of samples, and to `outcomes` how many are of each kind."""
    h = scalar_kernel(h_of_classes)

    @jit
    def jumps(x1, label, w, b, gamma, b_dot, outcomes):  # type: ignore[no-untyped-def]
        negative = positive = undefined = 0
        for i in range(x1.size):
            b_dot[i] = -gamma * h(w * x1[i] + b, label)
            negative += b_dot[i] < 0
            positive += b_dot[i] > 0
            undefined += b_dot[i] != b_dot[i]
        outcomes[0] += negative
        outcomes[1] += positive
        outcomes[2] += undefined

    return jumps


@jit  # type: ignore[untyped-decorator]
def _count(values, cells, into, beyond) -> None:  # type: ignore[no-untyped-def]
    """The second part: add values of one quantity to its cells. `into` and `beyond` are room for where each goes."""
    # Two loops: the first has no memory to wait for, and the compiler makes vectors of it.
    for i in range(values.size):
        at = place(values[i])
        sign_and_bin = (at >> PLACES) - FIRST_BIN + (BINS if values[i] > 0 else 0)
        into[i] = sign_and_bin if values[i] < 0 or values[i] > 0 else NOWHERE
        beyond[i] = at & _WITHIN_BIN
    for i in range(values.size):
        cell = into[i]
        cells[cell, 0] += 1
        cells[cell, 1] += beyond[i]
        cells[cell, 2] += (beyond[i] * beyond[i]) >> PLACES
