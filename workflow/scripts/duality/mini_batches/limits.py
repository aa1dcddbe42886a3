"""To what law the mean of M kicks tends.

Kicks of finite variance: the normal law with the mean and the M-th part of the variance of one kick.

Kicks with a heavy tail, p(ḃ) ∝ |ḃ|^(-k), 1 < k < 3, up to a cap: as long as none of M kicks is likely to reach the
cap, M < M*, their sum is in the domain of attraction of the stable law with α = k - 1 (B. V. Gnedenko and
A. N. Kolmogorov, 1954). It follows from the tail alone, p = c±·|ḃ|^(-k), by the formula of Lévy and Khintchine,

    ln ⟨e^(itS)⟩ = M·( i·t·m + ∫_0^cap (e^(itu) - 1 - i·t·u) c·u^(-k) du + ∫_cap^∞ (e^(itu) - 1) c·u^(-k) du ),

for each sign, with m the mean of the kicks that are not clipped. The truncated law has those that are in the place of
the last integral, if any are. It tends to the stable law for M ≪ M*, to the normal law for M ≫ M*. Nothing is fitted.
"""

import numpy as np
from scipy import special

from duality.dataset.model import Model
from duality.mini_batches.exact import CELLS, Cdf, LatticeLaw, Moments, SampleLaw, characteristic, from_characteristic
from duality.mini_batches.heavy_tails import HeavyTail
from duality.records.estimates import Frozen
from duality.training.population import PopulationLoss

_ANGLES = 4096
_RADII = 4097
_FAR = 12.0  # standard deviations
_ROUNDING = 1e-9


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


def normal_limit(model: Model, frozen: Frozen, mini_batch: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of (ẇ, ḃ) of a mini-batch: γ²·(B - ḡ ḡ)/M of the gradients' second moments B and mean ḡ."""
    first, second = PopulationLoss(model).kicks(np.array([frozen.w, frozen.b]))
    covariance = (second - np.outer(first, first)) / mini_batch
    return -frozen.gamma * first, frozen.gamma**2 * covariance


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
