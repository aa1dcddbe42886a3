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
from typing import Any

import numpy as np
from scipy import optimize, special

from duality.fits.power_laws import PowerLaw, WindowStatistics
from duality.records import Record

_SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Candidate:
    """A density on the window up to its norm.

    Attributes
    ----------
    log_density : function (t, theta)
        ln p(q) with t = ln(q/high) ≤ 0.
    starts : tuple of tuple of float
        Where to start the search for the best theta.
    bounds : tuple of (low, high)
        Of theta. At the bounds a rival is as good as its limit, the power law or a constant density.
    parameters : function of theta
        The parameters as a reader knows them, for q in units of the window's upper end.
    nested : bool
        Whether it contains the bare power law, at the end of the range of a parameter.
    """

    log_density: Callable[[np.ndarray, np.ndarray], np.ndarray]
    starts: tuple[tuple[float, ...], ...]
    bounds: tuple[tuple[float, float], ...]
    parameters: Callable[[np.ndarray], dict[str, float]]
    nested: bool = False


# Positive parameters are searched for as logarithms, and the others such that the limits in which lognormal and
# stretched exponential become power laws are regular: a·t - s·t² with s → 0, and β·t - c·(e^(βt) - 1)/β with β → 0.
CANDIDATES: Mapping[str, Candidate] = {
    "power law": Candidate(lambda t, v: -v[0] * t, ((1.0,),), ((-100, 100),), lambda v: {"k": v[0]}),
    "exponential": Candidate(
        lambda t, v: -np.exp(v[0] + t), ((0.0,), (3.0,), (-3.0,)), ((-30, 60),), lambda v: {"rate": np.exp(v[0])}
    ),
    "lognormal": Candidate(
        lambda t, v: (v[0] - 1) * t - np.exp(v[1]) * t**2,
        ((0.0, 0.0), (-1.0, -4.0), (1.0, -8.0)),
        ((-1e4, 1e4), (-30, 10)),
        lambda v: {"mu": 0.5 * v[0] * np.exp(-v[1]), "sigma": np.sqrt(0.5 * np.exp(-v[1]))},
        nested=True,
    ),
    "stretched exponential": Candidate(
        lambda t, v: (np.exp(v[1]) - 1) * t - np.exp(v[0] - v[1]) * np.expm1(np.exp(v[1]) * t),
        ((0.0, 0.0), (0.0, -4.0), (-3.0, -1.0)),
        ((-30, 30), (-12, 3)),
        lambda v: {"rate": np.exp((v[0] - v[1]) * np.exp(-v[1])), "beta": np.exp(v[1])},
        nested=True,
    ),
    "power law with cut-off": Candidate(
        lambda t, v: -v[0] * t - np.exp(v[1] + t),
        ((1.0, 0.0), (1.0, -6.0), (0.0, 2.0)),
        ((-100, 100), (-30, 60)),
        lambda v: {"k": v[0], "rate": np.exp(v[1])},
        nested=True,
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
_SEARCH: Any = {"ftol": 1e-14, "gtol": 1e-9}
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
    seen = share > 0

    def log_cells(theta: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            log_p = log_measure + t + candidate.log_density(t, theta)
            p = np.exp(log_p - np.max(log_p))
            return np.log(p.sum(axis=1) / p.sum())

    def loss(theta: np.ndarray) -> float:
        value = -float(np.sum(share[seen] * log_cells(theta)[seen]))
        return value if np.isfinite(value) else 1e300

    fits = [
        optimize.minimize(loss, np.array(start), method="L-BFGS-B", bounds=candidate.bounds, options=_SEARCH)
        for start in candidate.starts
    ]
    theta = np.asarray(min(fits, key=lambda fit: fit.fun).x)
    with np.errstate(over="ignore"):
        parameters = {key: float(value) for key, value in candidate.parameters(theta).items()}
    return log_cells(theta), parameters


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
