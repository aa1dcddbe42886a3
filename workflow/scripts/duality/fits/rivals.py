"""Rivals of the power law, truncated to the same window, compared by likelihood ratio.

The likelihood is that of the counts in the window's cells, the same for every candidate. The ratio is
ln L(power law) - ln L(rival): positive favours the power law. Its significance is Vuong's (1989,
doi:10.2307/1912557) for rivals that are not nested, in his two steps: where the variance of the ratio is no larger
than chance makes it between equal densities, the two cannot be told apart and no z is given. Lognormal, stretched
exponential and power law with cut-off contain the bare power law, at the end of the range of one parameter. Under the
null minus twice the ratio is then 0 or χ² with one degree of freedom, by halves (Chernoff 1954,
doi:10.1214/aoms/1177728725), and a ratio near 0 favours neither.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from scipy import optimize, special

from duality.fits.power_laws import PowerLaw, WindowStatistics
from duality.records import Record

_SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Candidate:
    """A density on the window up to its norm, ln p = offset(t) + Σ theta_j T_j(t), with t = ln(q/high) ≤ 0.

    The likelihood of such an exponential family has one maximum, which Newton's method finds to the last digits.

    Attributes
    ----------
    statistics : function of (t, beta)
        The T_j.
    parameters : function of (theta, beta)
        The parameters as a reader knows them, for q in units of the window's upper end.
    offset : function of (t, beta)
    positive : bool
        Whether the last of theta may not be negative. At 0 a rival is its limit, the power law or a constant density.
    shapes : (low, high) or None
        Of ln(beta), where there is one more parameter, in which ln p is not linear.
    nested : bool
        Whether it contains the bare power law, at the end of the range of a parameter.
    """

    statistics: Callable[[np.ndarray, float], tuple[np.ndarray, ...]]
    parameters: Callable[[np.ndarray, float], dict[str, float]]
    offset: Callable[[np.ndarray, float], np.ndarray] = lambda t, _: np.zeros_like(t)
    positive: bool = False
    shapes: tuple[float, float] | None = None
    nested: bool = False


def _lognormal(theta: np.ndarray, _: float) -> dict[str, float]:
    with np.errstate(divide="ignore", invalid="ignore"):
        return {"mu": 0.5 * theta[0] / theta[1], "sigma": np.sqrt(0.5 / theta[1])}


# Lognormal and stretched exponential are written such that the limits in which they become power laws are regular:
# a·t - s·t² with s → 0, and β·t - c·(e^(βt) - 1)/β with β → 0.
CANDIDATES: Mapping[str, Candidate] = {
    "power law": Candidate(lambda t, _: (-t,), lambda v, _: {"k": v[0]}),
    "exponential": Candidate(lambda t, _: (-np.exp(t),), lambda v, _: {"rate": v[0]}, positive=True),
    "lognormal": Candidate(lambda t, _: (t, -(t**2)), _lognormal, lambda t, _: -t, positive=True, nested=True),
    "stretched exponential": Candidate(
        lambda t, beta: (-np.expm1(beta * t) / beta,),
        lambda v, beta: {"rate": (v[0] / beta) ** (1 / beta), "beta": beta},
        lambda t, beta: (beta - 1) * t,
        positive=True,
        shapes=(-12.0, 3.0),
        nested=True,
    ),
    "power law with cut-off": Candidate(
        lambda t, _: (-t, -np.exp(t)), lambda v, _: {"k": v[0], "rate": v[1]}, positive=True, nested=True
    ),
}


class Rival(Record, frozen=True):
    """What the comparison of a rival with the bare power law found.

    Attributes
    ----------
    rival : str
    parameters : str
        At the maximum of the likelihood, for q in units of the window's upper end.
    log_likelihood_ratio : float
        ln L of the power law less that of the rival.
    z : float
        Vuong's; NaN if nested or not to be told apart.
    p_value : float
        Two-sided; one-sided if nested.
    favours : str
        "power law", the rival, or "neither" if p > 0.05; of nested ones the rival or neither.
    """

    rival: str
    parameters: str
    log_likelihood_ratio: float
    z: float
    p_value: float
    favours: str


_CELLS = 128  # about as many of the window's cells are told apart
_SHAPES = 16  # at which a shape is first tried
_TINY = 1e-12  # so that what the data do not spread along has a scale too
_GRADIENT = 1e-10  # of the likelihood per sample, along a direction in which the data have a spread of 1: it is then 0
_INDISTINGUISHABLE = float(special.chdtri(1, _SIGNIFICANT))


def compare(statistics: WindowStatistics, log_weight: Callable[[np.ndarray], np.ndarray]) -> list[Rival]:
    """Fit every rival and compare it with the bare power law.

    Parameters
    ----------
    statistics : WindowStatistics
    log_weight : function of ndarray
        ln W(q): a further rival is the dataset-weighted power law p(q) ∝ W(q)·q^(-k), the one that the paper's theory
        stands for.

    Returns
    -------
    list of Rival
    """
    statistics = _merged(statistics)
    bare = PowerLaw(statistics.edges)
    t = bare.log_q - np.log(statistics.high)
    own, _ = _best(CANDIDATES["power law"], bare.log_measure, t, statistics)
    rows = []
    for name, candidate in CANDIDATES.items():
        if name != "power law":
            log_cell, parameters = _best(candidate, bare.log_measure, t, statistics)
            rows.append(_verdict(name, parameters, own, log_cell, statistics))
    weighted = PowerLaw(statistics.edges, log_weight)
    log_cell, parameters = _best(CANDIDATES["power law"], weighted.log_measure, t, statistics)
    rows.append(_verdict("dataset-weighted power law", parameters, own, log_cell, statistics))
    return rows


def _merged(statistics: WindowStatistics) -> WindowStatistics:
    """The same window with fewer, wider cells."""
    starts = np.unique(np.linspace(0, statistics.counts.size, _CELLS + 1).round().astype(int))
    return replace(statistics, edges=statistics.edges[starts], counts=np.add.reduceat(statistics.counts, starts[:-1]))


def _best(
    candidate: Candidate, log_measure: np.ndarray, t: np.ndarray, statistics: WindowStatistics
) -> tuple[np.ndarray, dict[str, float]]:
    """ln of the cells' probabilities at the maximum of the likelihood, and the parameters there."""

    def fit(shape: float) -> _Family:
        beta = float(np.exp(shape))
        base = log_measure + t + candidate.offset(t, beta)
        return _Family.fitted(candidate.statistics(t, beta), base, statistics.counts / statistics.n, candidate.positive)

    shape = 0.0
    if candidate.shapes is not None:
        tried = np.linspace(*candidate.shapes, _SHAPES)
        nearest = int(np.argmin([fit(float(one)).loss for one in tried]))
        around = tried[max(nearest - 1, 0)], tried[min(nearest + 1, _SHAPES - 1)]
        shape = float(optimize.minimize_scalar(lambda one: fit(one).loss, bounds=around, method="bounded").x)
    family = fit(shape)
    with np.errstate(over="ignore"):
        parameters = candidate.parameters(family.theta, float(np.exp(shape)))
    return family.log_cells, {key: float(value) for key, value in parameters.items()}


@dataclass(frozen=True)
class _Family:
    """An exponential family at its likeliest: theta, ln of the cells' probabilities, -ln L per sample."""

    theta: np.ndarray
    log_cells: np.ndarray
    loss: float

    @classmethod
    def fitted(cls, features: tuple[np.ndarray, ...], base: np.ndarray, share: np.ndarray, positive: bool) -> "_Family":
        """Fit ln p = base + Σ theta_j features_j on cells × nodes to the share of the samples in each cell."""
        size = len(features)
        if not features:
            constant, none = _Moments(np.zeros((0, *base.shape)), base, share), np.zeros(0)
            return cls(none, constant.log_cells(none), constant.loss(none))
        seen = share[:, None] / base.shape[1] * np.ones_like(base)
        centred = np.array([feature - np.sum(seen * feature) for feature in features])
        # In units in which the data have a spread of 1 in every direction, Newton's steps are of one size.
        spread = np.linalg.cholesky(np.tensordot(centred * seen, centred, ((1, 2), (1, 2))) + _TINY * np.eye(size))
        moments = _Moments(np.tensordot(np.linalg.inv(spread), centred, 1), base, share)
        found = optimize.minimize(
            moments.loss, np.zeros(size), jac=moments.gradient, hess=moments.hessian, method="trust-exact",
            options={"gtol": _GRADIENT, "max_trust_radius": 1e4, "maxiter": 500},
        ).x  # fmt: skip
        theta = np.linalg.solve(spread.T, found)
        if positive and theta[-1] < 0:
            limit = cls.fitted(features[:-1], base, share, positive=False)
            return cls(np.append(limit.theta, 0.0), limit.log_cells, limit.loss)
        return cls(theta, moments.log_cells(found), moments.loss(found))


class _Moments:
    """-ln L per sample and its first two derivatives: moments over the window less those within the cells."""

    def __init__(self, features: np.ndarray, base: np.ndarray, share: np.ndarray):
        self.features, self.base, self.share = features, base, share
        self.at = cache(lambda theta: self._at(np.frombuffer(theta)))

    def _at(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """ln of the cells' probabilities; probability of each node in the window, and in its cell times its share."""
        log_p = self.base + np.tensordot(theta, self.features, 1)
        largest = log_p.max(axis=1, keepdims=True)  # of each cell, so that none of them underflows
        p = np.exp(log_p - largest)
        sums = p.sum(axis=1)
        cells = largest[:, 0] + np.log(sums)
        cells -= cells.max() + np.log(np.sum(np.exp(cells - cells.max())))
        p /= sums[:, None]
        return cells, p * np.exp(cells)[:, None], p * self.share[:, None]

    def log_cells(self, theta: np.ndarray) -> np.ndarray:
        return self.at(theta.tobytes())[0]

    def loss(self, theta: np.ndarray) -> float:
        return -float(np.sum(self.share * self.log_cells(theta)))

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        _, window, within = self.at(theta.tobytes())
        return np.tensordot(self.features, window - within, ((1, 2), (0, 1)))

    def hessian(self, theta: np.ndarray) -> np.ndarray:
        _, window, within = self.at(theta.tobytes())
        mean = np.tensordot(self.features, window, ((1, 2), (0, 1)))
        second = np.tensordot(self.features * (window - within), self.features, ((1, 2), (1, 2)))
        per_cell = (self.features * within).sum(axis=2)
        of_cells = (per_cell / np.where(self.share > 0, self.share, 1.0)) @ per_cell.T
        return second - np.outer(mean, mean) + of_cells


def _verdict(
    name: str, parameters: dict[str, float], own: np.ndarray, rival: np.ndarray, statistics: WindowStatistics
) -> Rival:
    seen = statistics.counts > 0
    counts, difference = statistics.counts[seen], (own - rival)[seen]
    ratio = float(np.sum(counts * difference))
    z, p_value = float("nan"), 1.0
    if name in CANDIDATES and CANDIDATES[name].nested:
        p_value = 0.5 * float(special.chdtrc(1, max(-2 * ratio, 0.0)))
    else:
        mean = ratio / statistics.n
        variance = float(np.sum(counts * (difference - mean) ** 2)) / statistics.n
        if statistics.n * variance > _INDISTINGUISHABLE:
            z = float(ratio / np.sqrt(statistics.n * variance))
            p_value = float(special.erfc(abs(z) / np.sqrt(2)))
    winner = "power law" if ratio > 0 else name
    return Rival(
        rival=name,
        parameters="; ".join(f"{key} = {value:.4g}" for key, value in parameters.items()),
        log_likelihood_ratio=ratio,
        z=z,
        p_value=p_value,
        favours=winner if p_value <= _SIGNIFICANT else "neither",
    )
