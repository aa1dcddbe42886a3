"""Kicks of one sample whose density falls as a power, p(ḃ) ∝ |ḃ|^(-k) with 1 < k < 3, up to a cap.

Such a tail is the end of a piece of the map from x1 to the kick; what it is follows from the exact Jacobian there.
Gradients that are clipped are held at the cap, and are beyond the tail.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from duality.jacobian.duality import Duality
from duality.records.jacobian import Branch

_LEAST, _MOST = 1.05, 2.95  # k of a tail whose kicks have a stable law
_CONSTANT = 0.1  # by which the local exponent may change over the last decade of a tail
_MIDPOINTS = 1 << 12  # equally likely x1 over which clipped kicks are averaged
_ROUNDING = 1e-9
_NEAR_TWO = 0.01


@dataclass(frozen=True)
class HeavyTail:
    """Kicks of one quantity with a power-law tail up to a cap.

    Attributes
    ----------
    k : float
        Of the density: 1 + α.
    c : dict
        By sign, c of p = c·u^(-k) at magnitude u; 0 for a sign without such a tail.
    cap : dict
        By sign, the magnitude up to which the power law reaches.
    drift : float
        Mean of the kicks that are not clipped, times their probability.
    beyond : float
        Probability of a kick that is clipped, and so held at the cap instead of beyond it.
    clipped : tuple
        The pieces of the map that are.
    """

    k: float
    c: dict[int, float]
    cap: dict[int, float]
    drift: float
    beyond: float
    clipped: tuple[tuple[Duality, Branch], ...] = ()

    @property
    def alpha(self) -> float:
        return self.k - 1

    @property
    def crossover(self) -> float:
        """M*: so many kicks have one beyond the cap on average, in truth or if the power law went on."""
        continued = sum(c * self.cap[sign] ** -self.alpha / self.alpha for sign, c in self.c.items() if c)
        return 1 / max(continued, self.beyond)

    @property
    def rate(self) -> float:
        """The power of M with which the distance from the stable law falls while M ≪ M*.

        What a kick of finite variance adds is of relative size M^(1-2/α), and what M kicks of one and the same law have
        less than so many jumps of a process 1/M.
        """
        return max(1 - 2 / self.alpha, -1.0)

    def width(self, mini_batch: int) -> float:
        """That of the mean of M kicks, in units of that of one: M^(1/α-1) up to M*, then M^(-1/2)."""
        turn = max(self.crossover, 1.0)
        return float(min(mini_batch, turn) ** (1 / self.alpha - 1) * max(mini_batch / turn, 1.0) ** -0.5)


def heavy_tail(maps: Collection[Duality], mean: float) -> HeavyTail | None:
    """The tail of the kicks; None where the largest have no power law with 1 < k < 3.

    A piece of a map has such a tail if its local exponent changes by no more than 0.1 over its last decade. Of several
    with different k the heaviest counts.

    Parameters
    ----------
    maps : collection of Duality
        From x1 to ẇ or ḃ, of every class.
    mean : float
        Of the kicks.
    """
    pieces = [(duality, piece) for duality in maps for piece in duality.pieces]
    tails = [(k, duality, piece) for duality, piece in pieces if (k := _tail_exponent(duality, piece)) is not None]
    if not tails:
        return None
    k = min(k for k, _, _ in tails)
    k = 2.0 if abs(k - 2) < _NEAR_TWO else k  # the formulas of α = 1 and beside it are limits of each other
    c, cap = {-1: 0.0, 1: 0.0}, {-1: 0.0, 1: 0.0}
    for own, duality, piece in tails:
        if abs(own - k) < _CONSTANT:
            x1 = _end(piece)
            u = piece.q_high
            density = float(duality.density.pdf(x1)[0] / np.abs(duality.jacobian(x1))[0]) / len(maps)
            c[piece.sign] += density * u**k
            cap[piece.sign] = max(cap[piece.sign], u)
    for sign in (-1, 1):
        cap[sign] = cap[sign] or max(cap.values())
    clipped = tuple(_clipped(pieces, [(duality, piece) for _, duality, piece in tails]))
    mass, clipped_mean = np.sum([_share(*piece) for piece in clipped] or [(0.0, 0.0)], axis=0) / len(maps)
    return HeavyTail(k, c, cap, mean - float(clipped_mean), float(mass), clipped)


def _clipped(
    pieces: Sequence[tuple[Duality, Branch]], tails: Sequence[tuple[Duality, Branch]]
) -> Iterator[tuple[Duality, Branch]]:
    """Pieces on which |ḃ| is constant, and no less than at the end of any tail: there gradients are clipped."""

    def b_dot(duality: Duality, *x1: float) -> np.ndarray:
        return np.abs(duality.b_dot(np.array(x1)))

    cap = min(float(b_dot(duality, float(_end(piece)[0]))[0]) for duality, piece in tails)
    for duality, piece in pieces:
        ends = b_dot(duality, piece.left, piece.right)
        if np.ptp(ends) <= _ROUNDING * cap and ends[0] >= (1 - _ROUNDING) * cap:
            yield duality, piece


def _share(duality: Duality, piece: Branch) -> tuple[float, float]:
    """Probability of a piece in its class, and that times the mean of its values."""
    F = duality.density.cdf(np.array([piece.left, piece.right]))
    x1 = duality.density.ppf(F[0] + (F[1] - F[0]) * (np.arange(_MIDPOINTS) + 0.5) / _MIDPOINTS)
    mass = float(F[1] - F[0])
    return mass, mass * float(np.mean(duality.fluctuation(x1)))


def _end(piece: Branch) -> np.ndarray:
    """x1 at the end of a piece where the magnitude is largest."""
    return np.array([piece.right if piece.increasing else piece.left])


def _tail_exponent(duality: Duality, piece: Branch) -> float | None:
    """k of the tail in which a piece ends; None for none."""
    if piece.flat or not piece.q_high > 10 * piece.q_low:
        return None
    size = piece.q_high * np.array([1.0, 10**-0.5, 0.1])
    x1 = np.concatenate([_end(piece), duality.preimage(piece, size[1:])])
    k = duality.local_exponent(x1)
    if not (np.isfinite(k).all() and _LEAST < k[0] < _MOST and np.ptp(k) < _CONSTANT):
        return None
    return float(k[0])
