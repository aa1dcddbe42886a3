"""What a mini-batch of M samples makes of the fluctuations: exponents and distances to the limit, at one M.

A batch has no class, and its fluctuations have exponents by their sign alone: that of ḃ for q̇ and ḃ, its own for ẇ.
In the mean of many kicks a power law survives at best beyond the width of their limit law. Within that width the law is
smooth: the density of ẇ and of ḃ is constant, k = 0, and that of q̇, the length of (ẇ, ḃ), is ∝ q̇, k = -1.

That holds of the limit. At a finite M the law need not be smooth at q̇ = 0, nor q̇ = 0 near its middle: the mean kick
of an equilibrium is 0, but if few large kicks balance many small ones, that is where no batch is. `exact` has it.

The raw exponent, of the power law truncated to a window (`duality.fits.power_laws`), is measured on five windows:

- of M = 1: the paper's window of q̇, ẇ or ḃ of the class that is measured with that sign;
- scaled: the same, narrower as the limit law is: by M^(-1/2), or M^(1/α-1) for a stable law;
- centre: between the quantiles 0.2% and 5% of the magnitudes of that sign;
- tail: between their quantiles 99% and 99.9%; at M = 1, of ẇ and ḃ, below the cap, too. What is fitted there is the
  tail exponent;
- below the cap, of heavy kicks: from eight half interquartile ranges beyond the median, where the centre has ended, to
  half of the cap over M, where the mean has what one capped kick makes of it. The power law of single kicks is left
  of ḃ there, and nowhere else: where batches with a capped kick are more than 1%, the tail of above is theirs. Of
  ẇ = ḃ·x1 kicks with capped ḃ are in the window, too, where x1 is small: k there is that of both.

The quantiles are those of the first eighth of the batches, the exponents those of the rest.
Of the law of ẇ and ḃ, which is known exactly, every window has the exponent that infinitely many batches would give,
as it has of q̇ at the centre, where the law of (ẇ, ḃ) is smooth enough for its lattice; farther out that law is one of
single kicks, which no node of a quadrature stands for. The accuracy of it is about what half as many cells change;
where these have no answer, it has none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from duality.conventions import PAPER, QUANTITIES, SIGNS
from duality.dataset.model import Model
from duality.errors import InputError
from duality.fits.power_laws import truncated_power_law
from duality.jacobian.duality import Duality, dualities
from duality.jacobian.windows import WindowRules
from duality.mini_batches.exact import CELLS, LatticeLaw, SampleLaw
from duality.mini_batches.limits import (
    Cdf,
    HeavyTail,
    NormalLaw,
    NormalLength,
    berry_esseen,
    edgeworth_distance,
    heavy_tail,
    stable_cdf,
    truncated_law,
)
from duality.mini_batches.plane import PlaneLaw, with_rough
from duality.mini_batches.sampling import draw_batches
from duality.mini_batches.vocabulary import BELOW_CAP, CENTRE, EXACT, NORMAL, OF_ONE, SCALED, STABLE, TAIL, TRUNCATED
from duality.records.estimates import CONFIDENCE, Estimate, Frozen
from duality.records.mini_batches import MINI_BATCHES
from duality.training.population import PopulationLoss

_QUANTILES = {CENTRE: (0.002, 0.05), TAIL: (0.99, 0.999)}
_PILOT = 8  # one batch in how many decides where windows are
_FEWEST = 100  # batches in a window for a fit
_PLACES = np.linspace(0.002, 0.998, 250)  # quantiles at which the stable law is looked at
_NODES = 2001  # edges between which the window of one sample is integrated
_BEYOND = 8.0  # half interquartile ranges: of a normal centre less than 10⁻⁷ is beyond
_OF_CAP = 0.5  # of the cap over M, up to which the power law of single kicks is looked for
_LEAST_RATIO = 1.5  # of the ends of a window for it
_LEAST_ACCURACY = 0.02  # of 1 + |k| of q̇
_AT_ITS_CENTRE = "of q̇ the exact law is known at its centre alone: farther out it is one of single kicks"
_NO_LATTICE = "the exact distance is known of ẇ and ḃ alone, whose laws are on a lattice"
_NO_TAIL = "the largest kicks have no power law with 1 < k < 3 that could be left of them"


@dataclass(frozen=True)
class Design:
    """What is measured at every M.

    Attributes
    ----------
    model : Model
    frozen : Frozen
        (w, b) of the equilibrium that training with this mini-batch has reached, and γ.
    rules : mapping
        By class that is measured, the rules of its windows.
    batches : int
        How many to draw: as many at every M, so that all of them tell as much of their tails.
    """

    model: Model
    frozen: Frozen
    rules: Mapping[str, WindowRules]
    batches: int = 1 << 20


@dataclass(frozen=True)
class _Known:
    """What is known of one quantity at one M without sampling; None where it is not.

    `rough` is the exact law once more, from fewer cells, `off` how far off each limit law is by its own lattice, and
    `reach` the magnitude at which the centre has ended.
    """

    exact: LatticeLaw | PlaneLaw | None
    rough: Sequence[LatticeLaw | PlaneLaw]
    limit: LatticeLaw | NormalLaw | NormalLength | None
    laws: dict[str, Cdf]
    off: dict[str, float]
    tail: HeavyTail | None
    law: SampleLaw | None
    maps: Sequence[Duality]
    reach: float


def measure(design: Design, mini_batch: int, random: np.random.Generator) -> pd.DataFrame:
    """Exponents, distances to the limit laws, and spread of the fluctuations of mini-batches at frozen parameters.

    The batches are of samples drawn anew from the classes: some 30 ns of one processor for each sample, beside half a
    minute for the laws, and half a GiB for 2²⁰ batches whatever M is.

    Parameters
    ----------
    design : Design
    mini_batch : int
        M.
    random : numpy.random.Generator

    Returns
    -------
    DataFrame
        `records.mini_batches.MINI_BATCHES`: a row per quantity, sign, estimate and window or law.

    Raises
    ------
    InputError
        If no sample has a gradient.
    """
    if not PopulationLoss(design.model).kicks(np.array([design.frozen.w, design.frozen.b]))[1].any():
        raise InputError("no sample has a gradient, and no mini-batch fluctuates")
    drawn = draw_batches(design.model, design.frozen, mini_batch, design.batches, random)
    rows: dict[str, list[dict[str, Any]]] = {quantity: [] for quantity in QUANTITIES}
    reach: list[float] = []
    for quantity in sorted(QUANTITIES, key="q_dot".__eq__):  # q̇ last: where its centre ends, that of the others says
        if quantity == "q_dot":
            known = _known_of_length(design, mini_batch, float(np.linalg.norm(reach)))
        else:
            known = _known(design, quantity, mini_batch)
            reach.append(known.reach)
        of = [*_spread(known, drawn[quantity], mini_batch)]
        of += _exponents(design, quantity, known, drawn[quantity], mini_batch)
        of += _distances(known, np.sort(drawn[quantity]), mini_batch)
        rows[quantity] = [_NOTHING | {"mini_batch": mini_batch, "quantity": quantity, **row} for row in of]
    return pd.DataFrame([row for own in rows.values() for row in own], columns=list(MINI_BATCHES.columns))


_NOTHING = {name: "" if kind is str else 0 if kind is int else np.nan for name, kind in MINI_BATCHES.columns.items()}


def _known(design: Design, quantity: str, mini_batch: int) -> _Known:
    """Of ẇ or ḃ."""
    law = SampleLaw(design.model, design.frozen, quantity)
    exact, rough, tail = law.mean_of(mini_batch), law.mean_of(mini_batch, CELLS // 2), heavy_tail(law)
    normal = NormalLaw(law.moments, mini_batch)
    reach = abs(exact.quantile(0.5)) + _BEYOND * _half_range(exact)
    if tail is None:
        return _Known(exact, [rough], normal, {NORMAL: normal.cdf}, {NORMAL: 0.0}, None, law, law.maps, reach)
    limit = truncated_law(law, tail, mini_batch)
    laws = {NORMAL: normal.cdf, STABLE: stable_cdf(tail, mini_batch), TRUNCATED: _interpolated(limit)}
    off = {NORMAL: 0.0, STABLE: 0.0, TRUNCATED: limit.accuracy(truncated_law(law, tail, mini_batch, CELLS // 2))}
    return _Known(exact, [rough], limit, laws, off, tail, law, law.maps, reach)


def _known_of_length(design: Design, mini_batch: int, reach: float) -> _Known:
    """Of q̇: the normal limit in two dimensions; where kicks are heavy, none."""
    tails = [heavy_tail(SampleLaw(design.model, design.frozen, quantity)) for quantity in ("w_dot", "b_dot")]
    mean, covariance = normal_limit(design.model, design.frozen, mini_batch)
    limit = NormalLength(mean, covariance)
    tail = next(filter(None, reversed(tails)), None)
    exact, rough = with_rough(design.model, design.frozen, mini_batch) if mini_batch > 1 else (None, [])
    of = dualities(design.model.composition, design.model.densities, design.frozen).values()
    maps = [duality.of("q_dot") for duality in of]
    return _Known(exact, rough, None if tail else limit, {NORMAL: limit.cdf}, {}, tail, None, maps, reach)


def normal_limit(model: Model, frozen: Frozen, mini_batch: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of (ẇ, ḃ) of a mini-batch: γ²·(B - ḡ ḡ)/M of the gradients' second moments B and mean ḡ."""
    first, second = PopulationLoss(model).kicks(np.array([frozen.w, frozen.b]))
    covariance = (second - np.outer(first, first)) / mini_batch
    return -frozen.gamma * first, frozen.gamma**2 * covariance


def _interpolated(law: LatticeLaw) -> Cdf:
    return lambda x: np.interp(x, law.lattice.upper_edges, law.cdf, left=0.0, right=1.0)


def _spread(known: _Known, values: np.ndarray, mini_batch: int) -> Iterator[dict[str, Any]]:
    """The standard deviation of ẇ and ḃ, where their centre is and how wide, and where a heavy tail ends."""
    if known.law and isinstance(known.exact, LatticeLaw):
        deviation2 = (values - values.mean()) ** 2
        sd = float(np.sqrt(deviation2.mean()))
        se = float(deviation2.std() / (2 * sd * np.sqrt(values.size))) if sd else 0.0
        exact = known.law.moments.sd / np.sqrt(mini_batch)
        yield {"estimate": "sd", "n": values.size, **_numbers(Estimate.normal(sd, se)), "exact": exact, "limit": exact}
        if known.tail:
            yield {"estimate": "stability index α", "exact": known.tail.alpha}
            yield {"estimate": "crossover M*", "exact": known.tail.crossover}
        numbers = {"n": values.size, **_numbers(_median(values))}
        exact, *rough = (law.quantile(0.5) for law in (known.exact, *known.rough) if isinstance(law, LatticeLaw))
        yield {"estimate": "median", **numbers, "exact": exact, "accuracy": _furthest(exact, rough)}
        exact, *rough = (_half_range(law) for law in (known.exact, *known.rough) if isinstance(law, LatticeLaw))
        yield {"estimate": "half interquartile range", "exact": exact, "accuracy": _furthest(exact, rough)}
    elif known.tail:
        yield {
            "estimate": "sd",
            "reason": "of q̇ the law of many heavy kicks is one in two dimensions: see ẇ and ḃ",
        }


def _median(values: np.ndarray) -> Estimate:
    """With the error that the order statistics of a binomial error of ranks tell."""
    of_rank = 0.5 / np.sqrt(values.size)
    low, median, high = np.quantile(values, [0.5 - of_rank, 0.5, 0.5 + of_rank])
    return Estimate.normal(float(median), float(0.5 * (high - low)))


def _half_range(law: LatticeLaw) -> float:
    return 0.5 * (law.quantile(0.75) - law.quantile(0.25))


def _furthest(exact: float, rough: Sequence[float]) -> float:
    """NaN if there is none, or one of them is NaN: Python's max passes over a NaN that is not the first."""
    return float(np.max(np.abs(exact - np.array(rough)))) if len(rough) else np.nan


def _exponents(
    design: Design, quantity: str, known: _Known, values: np.ndarray, mini_batch: int
) -> Iterator[dict[str, Any]]:
    pilot, rest = values[: values.size // _PILOT], values[values.size // _PILOT :]
    for name, sign in SIGNS.items():
        magnitude = sign * rest[sign * rest > 0]
        for window, ends in _windows(design, quantity, known, sign, sign * pilot[sign * pilot > 0], mini_batch).items():
            estimate = "tail exponent" if window in (TAIL, BELOW_CAP) else "raw exponent"
            row: dict[str, Any] = {"sign": name, "estimate": estimate, "window": window}
            if isinstance(ends, str):
                yield row | {"reason": ends}
                continue
            low, high = ends
            log_q = np.log(magnitude[(magnitude >= low) & (magnitude <= high)])
            row |= {"q_low": low, "q_high": high, "n": log_q.size}
            if isinstance(known.exact, PlaneLaw) and window != CENTRE:
                row |= {"reason": _AT_ITS_CENTRE}
            else:
                row |= _exact_exponent(known, sign, ends, mini_batch)
            row |= {"limit": _exponent(known.limit, sign, ends)}
            if log_q.size < _FEWEST:
                yield row | {"reason": f"fewer than {_FEWEST} batches in the window"}
            else:
                yield row | _numbers(raw_exponent(log_q, low, high))


def _windows(
    design: Design, quantity: str, known: _Known, sign: int, pilot: np.ndarray, mini_batch: int
) -> dict[str, tuple[float, float] | str]:
    """By name, the ends of a window, or why there is none."""
    found: dict[str, tuple[float, float] | str] = {}
    ends = _paper_window(design, quantity, sign)
    found[OF_ONE] = ends
    width = known.tail.width(mini_batch) if known.tail else mini_batch**-0.5
    found[SCALED] = ends if isinstance(ends, str) else (ends[0] * width, ends[1] * width)
    for window, quantiles in _QUANTILES.items():
        if pilot.size < _FEWEST:
            found[window] = f"fewer than {_FEWEST} batches of the sign decide where it is"
            continue
        low, high = map(float, np.quantile(pilot, quantiles))
        if window == TAIL and known.law and known.tail and mini_batch == 1:
            high = min(high, (1 - 1e-9) * known.tail.cap[sign])
        found[window] = (low, high) if 0 < low < high else "as many batches have one and the same fluctuation"
    found[BELOW_CAP] = _below_cap(known, sign, mini_batch)
    return found


def _below_cap(known: _Known, sign: int, mini_batch: int) -> tuple[float, float] | str:
    """Where the power law of heavy kicks is left of the mean of M of them, or why nowhere."""
    if known.tail is None:
        return _NO_TAIL
    low, high = known.reach, _OF_CAP * known.tail.cap[sign] / mini_batch
    if low * _LEAST_RATIO > high:
        return f"no room is left: the centre ends at {low:.2g}, and half of the cap over M is {high:.2g}"
    return low, high


def _paper_window(design: Design, quantity: str, sign: int) -> tuple[float, float] | str:
    """Of the class that is measured with the sign; of several the likeliest. Or why there is none."""
    best = None
    for name, duality in dualities(design.model.composition, design.model.densities, design.frozen).items():
        if name not in design.rules:
            continue
        of = duality.of(quantity)
        try:
            window = design.rules[name].find(of, PAPER)
        except InputError:  # which is a finding about these parameters
            continue
        if window and of.branches[window.branch].sign == sign:
            best = max(filter(None, (best, window)), key=lambda found: found.probability)
    return (best.q_low, best.q_high) if best else "no class that is measured has a window with this sign"


def raw_exponent(log_q: np.ndarray, low: float, high: float) -> Estimate:
    """The raw exponent of values in a window, given as logarithms.

    With the sandwich error: a power law need not be the truth on the window.
    """
    fitted = truncated_power_law(log_q.size, float(log_q.sum()), low, high)
    # Fisher's error is 1/√(n·v), v the variance of ln q by the fitted law.
    return Estimate.normal(fitted.value, float(np.std(log_q)) * np.sqrt(log_q.size) * fitted.se**2)


def _exact_exponent(known: _Known, sign: int, ends: tuple[float, float], mini_batch: int) -> dict[str, float | str]:
    """Of infinitely many batches, and its accuracy; or the reason why it is not known."""
    if mini_batch == 1:
        exact, *rough = (_of_one_sample(known.maps, sign, ends, nodes) for nodes in (_NODES, _NODES // 2 + 1))
    else:
        exact, rough = _exponent(known.exact, sign, ends), [_exponent(law, sign, ends) for law in known.rough]
    accuracy = _furthest(exact, rough)
    if isinstance(known.exact, PlaneLaw) and not known.exact.smooth:
        return {"reason": "parts of the exact law of (ẇ, ḃ) are finer than a cell of its lattice"}
    if isinstance(known.exact, PlaneLaw) and accuracy > _LEAST_ACCURACY * (1 + abs(exact)):
        return {"reason": f"the lattice of the exact law is too coarse: half as many cells change k by {accuracy:.2g}"}
    if np.isfinite(accuracy):
        return {"exact": exact, "accuracy": accuracy}
    finest = max((law.finest for law in known.rough if isinstance(law, LatticeLaw)), default=0.0)
    if mini_batch > 1 and ends[0] < finest:
        return {"reason": f"the lattice of the exact law is too coarse: it tells nothing below {finest:.2g}"}
    return {"reason": "the exact law has nothing in the window"}


def _of_one_sample(maps: Sequence[Duality], sign: int, ends: tuple[float, float], nodes: int) -> float:
    edges = np.geomspace(*ends, nodes)
    p = np.sum([duality.preimage_probability(edges, sign) for duality in maps], axis=0)
    if not p.sum() > 0:
        return np.nan
    return _of_log_mean(float(p @ (0.5 * np.log(edges[1:] * edges[:-1])) / p.sum()), *ends)


def _exponent(
    law: PlaneLaw | LatticeLaw | NormalLaw | NormalLength | None, sign: int, ends: tuple[float, float]
) -> float:
    if law is None:
        return np.nan
    probability, log_mean = law.log_mean(sign, *ends)
    return _of_log_mean(log_mean, *ends) if probability > 0 else np.nan


def _of_log_mean(log_mean: float, low: float, high: float) -> float:
    """The exponent that infinitely many values with this mean of ln q have."""
    try:
        return truncated_power_law(1, log_mean, low, high).value
    except ValueError:
        return np.nan


def _distances(known: _Known, ordered: np.ndarray, mini_batch: int) -> Iterator[dict[str, Any]]:
    """Kolmogorov's distance of the batches, and of their exact law, from each limit."""
    moments = known.law.moments if known.law else None
    accuracy = np.nan
    if isinstance(known.exact, LatticeLaw):
        accuracy = max(known.exact.accuracy(law) for law in known.rough if isinstance(law, LatticeLaw))
        known_there = known.exact.resolved if mini_batch > 1 else np.ones(known.exact.cdf.size, bool)
        edges = known.exact.lattice.upper_edges[known_there]
        distance = _distance(ordered, edges, known.exact.cdf[known_there])
        yield {"law": EXACT, "exact": 0.0, "accuracy": accuracy, **distance}
    for name, cdf in known.laws.items():
        row: dict[str, Any] = {"law": name}
        if not isinstance(known.exact, LatticeLaw):
            yield row | {"reason": _NO_LATTICE} | _distance(ordered, ordered, cdf(ordered))
            continue
        edges, exact = known.exact.lattice.upper_edges, known.exact.cdf
        if name == STABLE:  # which takes time
            places = np.unique(np.clip(np.searchsorted(exact, _PLACES), 0, edges.size - 1))
            edges, exact = edges[places], exact[places]
        limit = cdf(edges)
        row |= {"exact": float(np.max(np.abs(exact - limit))), "accuracy": accuracy + known.off[name]}
        if name == NORMAL and moments:
            row |= {"limit": edgeworth_distance(moments, mini_batch)}
        yield row | _distance(ordered, edges, limit)
    if moments:
        yield {"estimate": "Berry-Esseen bound", "law": NORMAL, "exact": berry_esseen(moments, mini_batch)}


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


def _numbers(estimate: Estimate) -> dict[str, float]:
    low, high = estimate.interval
    return {"value": estimate.value, "se": estimate.se, "low": low, "high": high}
