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

import numpy as np
from scipy import optimize, special

from duality.fits.power_laws import PowerLaw, WindowStatistics
from duality.records.record import Record

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
_MOST_STEPS = 500
_LONGEST = 8.0  # of a step
_FLAT = 1e-14  # a curvature that is none
_ROUNDING = 1e-15  # of the likelihood per sample
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
    share = statistics.counts / statistics.n

    def fit(shape: float) -> _Family:
        beta = float(np.exp(shape))
        base = log_measure + t + candidate.offset(t, beta)
        return _Family.fitted(candidate.statistics(t, beta), base, share, candidate.positive)

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
        seen = (share[:, None] / base.shape[1] * np.ones_like(base)).ravel()
        flat = np.array(features).reshape(size, base.size)
        centred = flat - (flat @ seen)[:, None]
        # In units in which the data have a spread of 1 in every direction, Newton's steps are of one size.
        spread = np.linalg.cholesky((centred * seen) @ centred.T + _TINY * np.eye(size))
        moments = _Moments(np.linalg.solve(spread, centred), base, share)
        found = _likeliest(moments, size)
        theta = np.linalg.solve(spread.T, found.theta)
        if positive and theta[-1] < 0:
            limit = cls.fitted(features[:-1], base, share, positive=False)
            return cls(np.append(limit.theta, 0.0), limit.log_cells, limit.loss)
        return cls(theta, found.log_cells, found.loss)


@dataclass(frozen=True)
class _Point:
    """-ln L per sample at a theta, its first two derivatives, and ln of the cells' probabilities."""

    theta: np.ndarray
    log_cells: np.ndarray
    loss: float
    gradient: np.ndarray
    hessian: np.ndarray


@dataclass(frozen=True)
class _Moments:
    """-ln L per sample as a function of theta; its derivatives are moments over the window less those within cells.

    Attributes
    ----------
    features : ndarray, shape (size, cells·nodes)
    base : ndarray, shape (cells, nodes)
    share : ndarray, shape (cells,)
    """

    features: np.ndarray
    base: np.ndarray
    share: np.ndarray

    def at(self, theta: np.ndarray) -> _Point:
        shape = self.base.shape
        log_p = self.base + (theta @ self.features).reshape(shape)
        largest = log_p.max(axis=1, keepdims=True)  # of each cell, so that none of them underflows
        p = np.exp(log_p - largest)
        sums = p.sum(axis=1)
        cells = largest[:, 0] + np.log(sums)
        cells -= cells.max() + np.log(np.sum(np.exp(cells - cells.max())))
        p /= sums[:, None]
        window, within = (p * np.exp(cells)[:, None]).ravel(), (p * self.share[:, None]).ravel()
        mean, of_seen = self.features @ window, self.features * within
        per_cell = of_seen.reshape(theta.size, *shape).sum(axis=2)
        of_cells = (per_cell / np.where(self.share > 0, self.share, 1.0)) @ per_cell.T
        second = (self.features * window - of_seen) @ self.features.T
        return _Point(
            theta,
            cells,
            -float(self.share @ cells),
            mean - per_cell.sum(axis=1),
            second - np.outer(mean, mean) + of_cells,
        )


def _likeliest(moments: _Moments, size: int) -> _Point:
    """The least loss, by Newton's method from theta = 0.

    Along a direction in which the loss is curved upwards the step goes downhill too. A step that has not paid, or that
    is far beyond what the data tell apart, is shortened.
    """
    here = moments.at(np.zeros(size))
    for _ in range(_MOST_STEPS):
        if np.linalg.norm(here.gradient) <= _GRADIENT:
            break
        curvatures, axes = np.linalg.eigh(here.hessian)
        step = -axes @ ((axes.T @ here.gradient) / np.maximum(np.abs(curvatures), _FLAT))
        step *= min(1.0, _LONGEST / float(np.linalg.norm(step)))
        promise = -float(here.gradient @ step)
        there = moments.at(here.theta + step)
        while not there.loss <= here.loss and promise > _ROUNDING:
            step, promise = 0.5 * step, 0.5 * promise
            there = moments.at(here.theta + step)
        if promise <= _ROUNDING and not np.linalg.norm(there.gradient) < np.linalg.norm(here.gradient):
            break  # no step pays beyond rounding
        here = there
    return here


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
