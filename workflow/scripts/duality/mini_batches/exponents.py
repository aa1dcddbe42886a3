"""Exponents of mini-batches on windows: of the batches that are drawn, and of infinitely many.

The raw exponent is that of the power law truncated to a window (`duality.fits.power_laws`).

Of the law of ẇ and ḃ, which is known exactly, every window has the exponent that infinitely many batches would give,
as it has of q̇ at the centre, where the law of (ẇ, ḃ) is smooth enough for its lattice; farther out that law is one of
single kicks, which no node of a quadrature stands for. The accuracy of it is about what half as many cells change;
where these have no answer, it has none.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from duality.conventions import SIGNS
from duality.fits.power_laws import truncated_power_law
from duality.jacobian.duality import Duality
from duality.mini_batches.exact import LatticeLaw, furthest
from duality.mini_batches.plane import PlaneLaw
from duality.mini_batches.vocabulary import BELOW_CAP, CENTRE, TAIL
from duality.records.estimates import Estimate
from duality.records.mini_batches import estimate_columns

_FEWEST = 100  # batches in a window for a fit
_NODES = 2001  # edges between which the window of one sample is integrated
_LEAST_ACCURACY = 0.02  # of 1 + |k| of q̇
_AT_ITS_CENTRE = "of q̇ the exact law is known at its centre alone: farther out it is one of single kicks"
_TOO_COARSE = "the lattice of the exact law is too coarse"


class Law(Protocol):
    """A law that tells what is in a window."""

    def log_mean(self, sign: int, low: float, high: float) -> tuple[float, float]:
        """Probability that the magnitude is in a window and has a sign, and the mean of its logarithm there."""


@dataclass(frozen=True)
class Laws:
    """From what the exponents of one quantity at one M follow without sampling.

    Attributes
    ----------
    mini_batch : int
        M.
    maps : collection of Duality
        From x1 to the quantity, of every class: all that counts at M = 1.
    exact : LatticeLaw or PlaneLaw or None
        The law of the batches; None where it is not known.
    rough : sequence
        The same once more, from fewer cells.
    limit : Law or None
        To which it tends, if there is one.
    """

    mini_batch: int
    maps: Collection[Duality]
    exact: LatticeLaw | PlaneLaw | None
    rough: Sequence[LatticeLaw | PlaneLaw]
    limit: Law | None

    def exponent(self, window: str, sign: int, low: float, high: float) -> dict[str, float | str]:
        """On a window: `exact` and its `accuracy`, or the `reason` why it is not known; and that of the `limit`."""
        limit = {"limit": _exponent(self.limit, sign, low, high)}
        if isinstance(self.exact, PlaneLaw) and window != CENTRE:
            return {"reason": _AT_ITS_CENTRE, **limit}
        return self._exact(sign, low, high) | limit

    def _exact(self, sign: int, low: float, high: float) -> dict[str, float | str]:
        """Of infinitely many batches, and its accuracy; or the reason why it is not known."""
        if self.mini_batch == 1:
            exact, *rough = (_of_one_sample(self.maps, sign, low, high, n) for n in (_NODES, _NODES // 2 + 1))
        else:
            exact, *rough = (_exponent(law, sign, low, high) for law in (self.exact, *self.rough))
        accuracy = furthest(exact, rough)
        if isinstance(self.exact, PlaneLaw) and not self.exact.smooth:
            return {"reason": "parts of the exact law of (ẇ, ḃ) are finer than a cell of its lattice"}
        if isinstance(self.exact, PlaneLaw) and accuracy > _LEAST_ACCURACY * (1 + abs(exact)):
            return {"reason": f"{_TOO_COARSE}: half as many cells change k by {accuracy:.2g}"}
        if np.isfinite(accuracy):
            return {"exact": exact, "accuracy": accuracy}
        finest = max((law.finest for law in self.rough if isinstance(law, LatticeLaw)), default=0.0)
        if self.mini_batch > 1 and low < finest:
            return {"reason": f"{_TOO_COARSE}: it tells nothing below {finest:.2g}"}
        return {"reason": "the exact law has nothing in the window"}


def exponents(
    values: np.ndarray, windows: Mapping[str, Mapping[str, tuple[float, float] | str]], laws: Laws
) -> Iterator[dict[str, Any]]:
    """A row of `records.mini_batches.MINI_BATCHES` for each sign and window.

    Parameters
    ----------
    values : ndarray
        The fluctuations of the batches, but for those that have decided where windows are.
    windows : mapping
        By name of the sign and of the window its ends, or why there is none.
    laws : Laws
    """
    for name, sign in SIGNS.items():
        magnitude = sign * values[sign * values > 0]
        for window, ends in windows[name].items():
            estimate = "tail exponent" if window in (TAIL, BELOW_CAP) else "raw exponent"
            row: dict[str, Any] = {"sign": name, "estimate": estimate, "window": window}
            if isinstance(ends, str):
                yield row | {"reason": ends}
                continue
            low, high = ends
            log_q = np.log(magnitude[(magnitude >= low) & (magnitude <= high)])
            row |= {"q_low": low, "q_high": high, "n": log_q.size, **laws.exponent(window, sign, low, high)}
            if log_q.size < _FEWEST:
                yield row | {"reason": f"fewer than {_FEWEST} batches in the window"}
            else:
                yield row | estimate_columns(raw_exponent(log_q, low, high))


def raw_exponent(log_q: np.ndarray, low: float, high: float) -> Estimate:
    """The raw exponent of values in a window, given as logarithms.

    With the sandwich error: a power law need not be the truth on the window.
    """
    fitted = truncated_power_law(log_q.size, float(log_q.sum()), low, high)
    # Fisher's error is 1/√(n·v), v the variance of ln q by the fitted law.
    return Estimate.normal(fitted.value, float(np.std(log_q)) * np.sqrt(log_q.size) * fitted.se**2)


def _of_one_sample(maps: Collection[Duality], sign: int, low: float, high: float, nodes: int) -> float:
    edges = np.geomspace(low, high, nodes)
    p = np.sum([duality.preimage_probability(edges, sign) for duality in maps], axis=0)
    if not p.sum() > 0:
        return np.nan
    return _of_log_mean(float(p @ (0.5 * np.log(edges[1:] * edges[:-1])) / p.sum()), low, high)


def _exponent(law: Law | None, sign: int, low: float, high: float) -> float:
    if law is None:
        return np.nan
    probability, log_mean = law.log_mean(sign, low, high)
    return _of_log_mean(log_mean, low, high) if probability > 0 else np.nan


def _of_log_mean(log_mean: float, low: float, high: float) -> float:
    """The exponent that infinitely many values with this mean of ln q have."""
    try:
        return truncated_power_law(1, log_mean, low, high).value
    except ValueError:
        return np.nan
