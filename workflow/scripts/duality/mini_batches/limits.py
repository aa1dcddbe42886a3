"""To what law the mean of M kicks tends, and how fast.

Kicks of finite variance: the normal law with the mean and the M-th part of the variance of one kick. The distance of
the exact law from it goes like M^(-1/2) where the kicks are skewed, else like 1/M (Edgeworth), and is at most that of
Berry and Esseen.

Kicks with p(ḃ) ∝ |ḃ|^(-k), 1 < k < 3, up to a cap: as long as none of M kicks is likely to reach the cap, M < M*, their
sum is in the domain of attraction of the stable law with α = k - 1 (B. V. Gnedenko and A. N. Kolmogorov, 1954). It
follows from the tail alone, p = c±·|ḃ|^(-k), by the formula of Lévy and Khintchine,

    ln ⟨e^(itS)⟩ = M·( i·t·m + ∫_0^cap (e^(itu) - 1 - i·t·u) c·u^(-k) du + ∫_cap^∞ (e^(itu) - 1) c·u^(-k) du ),

for each sign, with m the mean of the kicks that are not clipped. The truncated law has those that are in the place of
the last integral, if any are. It tends to the stable law for M ≪ M*, to the normal law for M ≫ M*. Nothing is fitted.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import special

from duality.jacobian.duality import Duality
from duality.mini_batches.exact import CELLS, LatticeLaw, Moments, SampleLaw, characteristic, from_characteristic
from duality.records.jacobian import Branch

_LEAST, _MOST = 1.05, 2.95  # k of a tail whose kicks have a stable law
_CONSTANT = 0.1  # by which the local exponent may change over the last decade of a tail
_BERRY_ESSEEN = 0.469  # I. Shevtsova, Informatics and Applications 7 (2013) 124
_ANGLES = 4096
_RADII = 4097
_FAR = 12.0  # standard deviations
_MIDPOINTS = 1 << 12  # equally likely x1 over which clipped kicks are averaged
_ROUNDING = 1e-9
_NEAR_TWO = 0.01

Cdf = Callable[[np.ndarray], np.ndarray]


class NormalLaw:
    """The normal limit of ẇ or ḃ.

    Parameters
    ----------
    moments : Moments
        Of one kick.
    mini_batch : int
        M.
    """

    def __init__(self, moments: Moments, mini_batch: int):
        self.mean, self.sd = moments.mean, moments.sd / np.sqrt(mini_batch)

    def cdf(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(special.ndtr((x - self.mean) / self.sd))

    def log_mean(self, sign: int, low: float, high: float) -> tuple[float, float]:
        """Probability that the magnitude is in a window and has a sign, and the mean of its logarithm there."""
        return _log_mean(lambda x: np.exp(-0.5 * ((sign * x - self.mean) / self.sd) ** 2), low, high)


def _log_mean(density: Cdf, low: float, high: float) -> tuple[float, float]:
    """By Gauss and Legendre in the logarithm, panel by panel."""
    nodes, weights = np.polynomial.legendre.leggauss(16)
    edges = np.linspace(np.log(low), np.log(high), 1 + int(np.ceil(4 * np.log(high / low))))
    half = 0.5 * np.diff(edges)[:, None]
    t = (0.5 * (edges[1:] + edges[:-1])[:, None] + half * nodes).ravel()
    p = density(np.exp(t)) * np.exp(t) * (half * weights).ravel()
    total = float(p.sum())
    return total, float(p @ t) / total if total > 0 else np.nan


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


class NormalLength:
    """√(ẇ² + ḃ²) with the sign of ḃ, where (ẇ, ḃ) is normal in two dimensions: the limit of q̇.

    Parameters
    ----------
    mean : ndarray, shape (2,)
        Of (ẇ, ḃ).
    covariance : ndarray, shape (2, 2)
    """

    def __init__(self, mean: np.ndarray, covariance: np.ndarray):
        self.mean, self.inverse = mean, np.linalg.inv(covariance)
        self.factor = 1 / (2 * np.pi * np.sqrt(np.linalg.det(covariance)))
        values, axes = np.linalg.eigh(covariance)
        self.reach = float(np.linalg.norm(mean) + _FAR * np.sqrt(values[-1]))
        # Angles whose images in the frame where the law is round are even: a narrow ridge is met by as many.
        turn = 2 * np.pi * (np.arange(_ANGLES) + 0.5) / _ANGLES
        x, y = axes @ (np.sqrt(values)[:, None] * np.stack([np.cos(turn), np.sin(turn)]))
        self.angle = np.arctan2(y, x)
        self.weight = np.sqrt(values[0] * values[-1]) / (x**2 + y**2) * (2 * np.pi / _ANGLES)

    def pdf(self, length: np.ndarray, sign: int) -> np.ndarray:
        """Density of the length, of one sign."""
        upper = self.angle * sign > 0
        direction = np.stack([np.cos(self.angle[upper]), np.sin(self.angle[upper])])
        a = np.einsum("ik,ij,jk->k", direction, self.inverse, direction)
        b = direction.T @ self.inverse @ self.mean
        c = self.mean @ self.inverse @ self.mean
        r = np.asarray(length, float)[:, None]
        return self.factor * r[:, 0] * (np.exp(-0.5 * (a * r**2 - 2 * b * r + c)) @ self.weight[upper])

    def cdf(self, signed: np.ndarray) -> np.ndarray:
        """Of the signed length."""
        r = np.linspace(0, self.reach, _RADII)
        upto = {}
        for sign in (-1, 1):
            p = self.pdf(r, sign)
            upto[sign] = np.concatenate([[0.0], np.cumsum(0.5 * (p[1:] + p[:-1]) * np.diff(r))])
        negative = upto[-1][-1]
        total = negative + upto[1][-1]
        below = negative - np.interp(-signed, r, upto[-1])
        above = negative + np.interp(signed, r, upto[1])
        return np.where(signed < 0, below, above) / total

    def log_mean(self, sign: int, low: float, high: float) -> tuple[float, float]:
        """Probability of a window of lengths and a sign, and the mean of ln(length) there."""
        return _log_mean(lambda length: self.pdf(length, sign), low, high)


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


def heavy_tail(law: SampleLaw) -> HeavyTail | None:
    """The tail of the kicks, from the exact Jacobian; None where the largest have no power law with 1 < k < 3.

    A piece of the map has such a tail if its local exponent changes by no more than 0.1 over its last decade. Of
    several with different k the heaviest counts.
    """
    tails = [(k, duality, piece) for duality, piece in law.pieces if (k := _tail_exponent(duality, piece)) is not None]
    if not tails:
        return None
    k = min(k for k, _, _ in tails)
    k = 2.0 if abs(k - 2) < _NEAR_TWO else k  # the formulas of α = 1 and beside it are limits of each other
    c, cap = {-1: 0.0, 1: 0.0}, {-1: 0.0, 1: 0.0}
    for own, duality, piece in tails:
        if abs(own - k) < _CONSTANT:
            x1 = _end(piece)
            u = piece.q_high
            density = float(duality.density.pdf(x1)[0] / np.abs(duality.jacobian(x1))[0]) / len(law.maps)
            c[piece.sign] += density * u**k
            cap[piece.sign] = max(cap[piece.sign], u)
    for sign in (-1, 1):
        cap[sign] = cap[sign] or max(cap.values())
    clipped = tuple(_clipped(law, [(duality, piece) for _, duality, piece in tails]))
    mass, mean = np.sum([_share(*piece) for piece in clipped] or [(0.0, 0.0)], axis=0) / len(law.maps)
    return HeavyTail(k, c, cap, law.moments.mean - float(mean), float(mass), clipped)


def _clipped(law: SampleLaw, tails: list[tuple[Duality, Branch]]) -> Iterator[tuple[Duality, Branch]]:
    """Pieces on which |ḃ| is constant, and no less than at the end of any tail: there gradients are clipped."""

    def b_dot(duality: Duality, *x1: float) -> np.ndarray:
        return np.abs(duality.b_dot(np.array(x1)))

    cap = min(float(b_dot(duality, float(_end(piece)[0]))[0]) for duality, piece in tails)
    for duality, piece in law.pieces:
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


def stable_cdf(tail: HeavyTail, mini_batch: int) -> Cdf:
    """Distribution function of the mean of M kicks of the stable law.

    SciPy's, of the parameterisation S₁ of J. P. Nolan; a point takes some milliseconds.
    """
    from scipy import stats  # slow to import

    alpha, beta, scale, place = stable_parameters(tail, mini_batch)
    return lambda x: np.asarray(stats.levy_stable.cdf(x * mini_batch, alpha, beta, loc=place, scale=scale))


def stable_parameters(tail: HeavyTail, mini_batch: int) -> tuple[float, float, float, float]:
    """α, β, σ and δ of the sum of M kicks: ln ⟨e^(itS)⟩ = iδt - |σt|^α·(1 - iβ·sgn(t)·tan(πα/2)).

    For α = 1 -(2/π)·ln|t| stands in the place of the tangent.
    """
    alpha, up, down = tail.alpha, tail.c[1], tail.c[-1]
    beta = (up - down) / (up + down)
    if abs(beta) < _ROUNDING:  # of which SciPy's distribution function does not end
        beta = 0.0
    if alpha == 1:
        scale = mini_batch * (up + down) * np.pi / 2
        shift = (up - down) * (1 - np.euler_gamma) - sum(s * tail.c[s] * np.log(tail.cap[s]) for s in (-1, 1))
    else:
        of_unit = -special.gamma(-alpha) * np.cos(0.5 * np.pi * alpha)
        scale = (mini_batch * (up + down) * of_unit) ** (1 / alpha)
        shift = sum(s * tail.c[s] * tail.cap[s] ** (1 - alpha) / (alpha - 1) for s in (-1, 1))
    return alpha, float(beta), float(scale), float(mini_batch * (tail.drift + shift))


def truncated_law(law: SampleLaw, tail: HeavyTail, mini_batch: int, cells: int = CELLS) -> LatticeLaw:
    """The law of the mean of M kicks by their tail alone: the power law from 0 to the cap, and what is clipped.

    On the lattice of the exact law. Jumps of less than half a cell are there as a variance: that of all jumps is exact.
    """
    lattice = law.lattice_of_sum(mini_batch, cells)
    values, spacing = lattice.values, lattice.spacing
    jumps = law.probability_of(tail.clipped, lattice)
    variance = drift = 0.0
    for sign in (-1, 1):
        c, cap = tail.c[sign], tail.cap[sign]
        size = sign * values
        if c:
            here = (size > 0.25 * spacing) & (size - 0.5 * spacing < cap)
            low, high = size[here] - 0.5 * spacing, np.minimum(size[here] + 0.5 * spacing, cap)
            mass = c * (low**-tail.alpha - high**-tail.alpha) / tail.alpha
            jumps[here] += mass
            drift -= float(mass @ values[here])
            variance += c * cap ** (3 - tail.k) / (3 - tail.k) - float(mass @ values[here] ** 2)
    drift += tail.drift
    t = 2 * np.pi / (lattice.cells * spacing) * np.arange(lattice.cells // 2 + 1)
    exponent = characteristic(jumps, lattice) - jumps.sum() - 1j * t * drift - 0.5 * max(variance, 0.0) * t**2
    return from_characteristic(np.exp(mini_batch * exponent), lattice, mini_batch, law.moments.mean, 0.0)
