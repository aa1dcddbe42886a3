"""Kolmogorov's distance of mini-batches, and of their exact law, from the laws to which they tend.

The distance from the normal law goes like M^(-1/2) where the kicks are skewed, else like 1/M (Edgeworth), and is at
most that of Berry and Esseen.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from duality.mini_batches.exact import Cdf, LatticeLaw, Moments
from duality.mini_batches.vocabulary import EXACT, NORMAL, STABLE
from duality.records.estimates import CONFIDENCE

_PLACES = np.linspace(0.002, 0.998, 250)  # quantiles at which the stable law is looked at
_NO_LATTICE = "the exact distance is known of ẇ and ḃ alone, whose laws are on a lattice"
_BERRY_ESSEEN = 0.469  # I. Shevtsova, Informatics and Applications 7 (2013) 124


@dataclass(frozen=True)
class Limit:
    """The distribution function of a limit law, and how far off it is by its own lattice."""

    cdf: Cdf
    accuracy: float = 0.0


def distances(
    values: np.ndarray,
    exact: LatticeLaw,
    rough: LatticeLaw,
    limits: Mapping[str, Limit],
    moments: Moments,
    mini_batch: int,
) -> Iterator[dict[str, Any]]:
    """Of ẇ or ḃ, a row of `records.mini_batches.MINI_BATCHES` for each law, and one for the bound.

    Parameters
    ----------
    values : ndarray
        The fluctuations of the batches.
    exact, rough : LatticeLaw
        Their law, and the same from fewer cells.
    limits : mapping
        By name.
    moments : Moments
        Of one kick.
    mini_batch : int
        M.
    """
    ordered = np.sort(values)
    accuracy = exact.accuracy(rough)
    edges = exact.lattice.upper_edges
    known = exact.resolved if mini_batch > 1 else np.ones(exact.cdf.size, bool)
    of_exact = _distance(ordered, edges[known], exact.cdf[known])
    yield {"law": EXACT, "exact": 0.0, "accuracy": accuracy, **of_exact}
    for name, limit in limits.items():
        at, law = edges, exact.cdf
        if name == STABLE:  # which takes time
            places = np.unique(np.clip(np.searchsorted(law, _PLACES), 0, at.size - 1))
            at, law = at[places], law[places]
        cdf = limit.cdf(at)
        row = {"law": name, "exact": float(np.max(np.abs(law - cdf))), "accuracy": accuracy + limit.accuracy}
        if name == NORMAL:
            row |= {"limit": edgeworth_distance(moments, mini_batch)}
        yield row | _distance(ordered, at, cdf)
    yield {"estimate": "Berry-Esseen bound", "law": NORMAL, "exact": berry_esseen(moments, mini_batch)}


def distance_of_length(values: np.ndarray, normal: Cdf) -> dict[str, Any]:
    """Of q̇, whose exact law no lattice has, from its normal limit: a row of `records.mini_batches.MINI_BATCHES`."""
    ordered = np.sort(values)
    return {"law": NORMAL, "reason": _NO_LATTICE, **_distance(ordered, ordered, normal(ordered))}


def edgeworth_distance(moments: Moments, mini_batch: int) -> float:
    """The largest distance of the exact law from the normal one to order 1/M, by Edgeworth's series."""
    x = np.linspace(-6, 6, 2401)
    density = np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)
    skew = moments.skewness / (6 * np.sqrt(mini_batch))
    correction = skew * (x**2 - 1) + moments.kurtosis / (24 * mini_batch) * (x**3 - 3 * x)
    correction += 0.5 * skew**2 * (x**5 - 10 * x**3 + 15 * x)
    return float(np.max(np.abs(correction * density)))


def berry_esseen(moments: Moments, mini_batch: int) -> float:
    """What the distance from the normal law is at most."""
    return float(_BERRY_ESSEEN * moments.third / np.sqrt(mini_batch))


def _distance(ordered: np.ndarray, at: np.ndarray, cdf: np.ndarray) -> dict[str, Any]:
    """Of the empirical distribution function from another one, at some places.

    The interval of 95% is that of Dvoretzky, Kiefer, Wolfowitz and P. Massart (Ann. Probab. 18 (1990) 1269), who bound
    the distance from the true one. The standard error is that of the difference where it is largest.
    """
    n = ordered.size
    up_to = np.searchsorted(ordered, at, side="right") / n
    difference = np.abs(up_to - cdf)
    if at is ordered:  # the empirical one steps up at each of the values
        difference = np.maximum(difference, np.abs(np.searchsorted(ordered, at, side="left") / n - cdf))
    most = int(np.argmax(difference))
    distance, F = float(difference[most]), float(up_to[most])
    band = float(np.sqrt(-0.5 * np.log((1 - CONFIDENCE) / 2) / n))
    return {
        "estimate": "distance",
        "n": n,
        "value": distance,
        "se": float(np.sqrt(F * (1 - F) / n)),
        "low": max(distance - band, 0.0),
        "high": min(distance + band, 1.0),
    }
