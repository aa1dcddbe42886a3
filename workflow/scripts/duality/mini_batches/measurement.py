"""What a mini-batch of M samples makes of the fluctuations: exponents and distances to the limit, at one M.

A batch has no class, and its fluctuations have exponents by their sign alone: that of ḃ for q̇ and ḃ, its own for ẇ.
In the mean of many kicks a power law survives at best beyond the width of their limit law. Within that width the law is
smooth: the density of ẇ and of ḃ is constant, k = 0, and that of q̇, the length of (ẇ, ḃ), is ∝ q̇, k = -1.

The raw exponent, of the power law truncated to a window (`duality.fits.power_laws`), is measured on four windows:

- of M = 1: the paper's window of q̇, ẇ or ḃ of the class that is measured with that sign;
- scaled: the same, narrower as the limit law is: by M^(-1/2), or M^(1/α-1) for a stable law;
- centre: between the quantiles 0.2% and 5% of the magnitudes of that sign;
- tail: between their quantiles 99% and 99.9%, and below the cap of a single kick. What is fitted there is the tail
  exponent.

The quantiles are those of the first eighth of the batches, the exponents those of the rest.
Of the law of ẇ and ḃ, which is known exactly, every window has the exponent that infinitely many batches would give.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from duality.conventions import PAPER, QUANTITIES, SIGNS
from duality.dataset.model import Model
from duality.errors import InputError
from duality.fits.power_laws import truncated_power_law
from duality.jacobian.duality import dualities
from duality.jacobian.windows import WindowRules
from duality.mini_batches.exact import LatticeLaw, SampleLaw
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
from duality.mini_batches.sampling import batches_of, draw_batches
from duality.mini_batches.vocabulary import CENTRE, EXACT, NORMAL, OF_ONE, SCALED, STABLE, TAIL, TRUNCATED
from duality.records.estimates import CONFIDENCE, Estimate, Frozen
from duality.records.mini_batches import MINI_BATCHES
from duality.training.population import PopulationLoss

_QUANTILES = {CENTRE: (0.002, 0.05), TAIL: (0.99, 0.999)}
_PILOT = 8  # one batch in how many decides where windows are
_FEWEST = 100  # batches in a window for a fit
_PLACES = np.linspace(0.002, 0.998, 250)  # quantiles at which the stable law is looked at
_NODES = 2001  # edges between which the window of one sample is integrated
_MOST_BATCHES = 1 << 20


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
    samples : int
        About how many to draw for all batches together.
    """

    model: Model
    frozen: Frozen
    rules: Mapping[str, WindowRules]
    samples: int = 1 << 26


@dataclass(frozen=True)
class _Known:
    """What is known of one quantity at one M without sampling; None where it is not."""

    exact: LatticeLaw | None
    limit: LatticeLaw | NormalLaw | NormalLength | None
    laws: dict[str, Cdf]
    tail: HeavyTail | None
    law: SampleLaw | None


def measure(design: Design, mini_batch: int, random: np.random.Generator) -> pd.DataFrame:
    """Exponents, distances to the limit laws, and spread of the fluctuations of mini-batches at frozen parameters.

    The batches are of samples drawn anew from the classes. Half a minute of one processor at most, and some hundred
    MiB.

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
    """
    batches = batches_of(design.samples, mini_batch, _MOST_BATCHES)
    drawn = draw_batches(design.model, design.frozen, mini_batch, batches, random)
    rows: list[dict[str, Any]] = []
    for quantity in QUANTITIES:
        known = _known(design, quantity, mini_batch)
        of = [*_spread(known, drawn[quantity], mini_batch)]
        of += _exponents(design, quantity, known, drawn[quantity], mini_batch)
        of += _distances(known, np.sort(drawn[quantity]), mini_batch)
        rows += [{"mini_batch": mini_batch, "quantity": quantity, **row} for row in of]
    return pd.DataFrame([_NOTHING | row for row in rows], columns=list(MINI_BATCHES.columns))


_NOTHING = {name: "" if kind is str else 0 if kind is int else np.nan for name, kind in MINI_BATCHES.columns.items()}


def _known(design: Design, quantity: str, mini_batch: int) -> _Known:
    if quantity == "q_dot":
        return _known_of_length(design, mini_batch)
    law = SampleLaw(design.model, design.frozen, quantity)
    exact, tail = law.mean_of(mini_batch), heavy_tail(law)
    normal = NormalLaw(law.moments, mini_batch)
    if tail is None:
        return _Known(exact, normal, {NORMAL: normal.cdf}, None, law)
    limit = truncated_law(law, tail, mini_batch)
    laws = {NORMAL: normal.cdf, STABLE: stable_cdf(tail, mini_batch), TRUNCATED: _interpolated(limit)}
    return _Known(exact, limit, laws, tail, law)


def _known_of_length(design: Design, mini_batch: int) -> _Known:
    """Of q̇: the normal limit in two dimensions; where kicks are heavy, none."""
    tails = [heavy_tail(SampleLaw(design.model, design.frozen, quantity)) for quantity in ("w_dot", "b_dot")]
    mean, covariance = normal_limit(design.model, design.frozen, mini_batch)
    limit = NormalLength(mean, covariance)
    tail = next(filter(None, tails), None)
    return _Known(None, None if tail else limit, {NORMAL: limit.cdf}, tail, None)


def normal_limit(model: Model, frozen: Frozen, mini_batch: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of (ẇ, ḃ) of a mini-batch: γ²·(B - ḡ ḡ)/M of the gradients' second moments B and mean ḡ."""
    first, second = PopulationLoss(model).kicks(np.array([frozen.w, frozen.b]))
    covariance = (second - np.outer(first, first)) / mini_batch
    return -frozen.gamma * first, frozen.gamma**2 * covariance


def _interpolated(law: LatticeLaw) -> Cdf:
    return lambda x: np.interp(x, law.lattice.upper_edges, law.cdf, left=0.0, right=1.0)


def _spread(known: _Known, values: np.ndarray, mini_batch: int) -> Iterator[dict[str, Any]]:
    """The standard deviation of ẇ and ḃ, and where a heavy tail ends."""
    if known.law:
        deviation2 = (values - values.mean()) ** 2
        sd = float(np.sqrt(deviation2.mean()))
        se = float(deviation2.std() / (2 * sd * np.sqrt(values.size))) if sd else 0.0
        exact = known.law.moments.sd / np.sqrt(mini_batch)
        yield {"estimate": "sd", "n": values.size, **_numbers(Estimate.normal(sd, se)), "exact": exact, "limit": exact}
        if known.tail:
            yield {"estimate": "stability index α", "exact": known.tail.alpha}
            yield {"estimate": "crossover M*", "exact": known.tail.crossover}
    elif known.tail:
        yield {
            "estimate": "sd",
            "reason": "of q̇ the law of many heavy kicks is one in two dimensions: see ẇ and ḃ",
        }


def _exponents(
    design: Design, quantity: str, known: _Known, values: np.ndarray, mini_batch: int
) -> Iterator[dict[str, Any]]:
    pilot, rest = values[: values.size // _PILOT], values[values.size // _PILOT :]
    for name, sign in SIGNS.items():
        magnitude = sign * rest[sign * rest > 0]
        for window, ends in _windows(design, quantity, known, sign, sign * pilot[sign * pilot > 0], mini_batch).items():
            estimate = "tail exponent" if window == TAIL else "raw exponent"
            row: dict[str, Any] = {"sign": name, "estimate": estimate, "window": window}
            if isinstance(ends, str):
                yield row | {"reason": ends}
                continue
            low, high = ends
            log_q = np.log(magnitude[(magnitude >= low) & (magnitude <= high)])
            row |= {"q_low": low, "q_high": high, "n": log_q.size}
            row |= {
                "exact": _exact_exponent(known, sign, ends, mini_batch),
                "limit": _exponent(known.limit, sign, ends),
            }
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
        if window == TAIL and known.law and known.tail:
            high = min(high, (1 - 1e-9) * known.tail.cap[sign])
        found[window] = (low, high) if 0 < low < high else "as many batches have one and the same fluctuation"
    return found


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


def _exact_exponent(known: _Known, sign: int, ends: tuple[float, float], mini_batch: int) -> float:
    """Of infinitely many batches; NaN where the law is not known, or the lattice is too coarse for the window."""
    if known.exact is None or known.law is None:
        return np.nan
    if mini_batch == 1:
        edges = np.geomspace(*ends, _NODES)
        p = np.sum([duality.preimage_probability(edges, sign) for duality in known.law.maps], axis=0)
        if not p.sum() > 0:
            return np.nan
        return _of_log_mean(float(p @ (0.5 * np.log(edges[1:] * edges[:-1])) / p.sum()), *ends)
    return _exponent(known.exact, sign, ends)


def _exponent(law: LatticeLaw | NormalLaw | NormalLength | None, sign: int, ends: tuple[float, float]) -> float:
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
    if known.exact and known.law:
        known_there = known.exact.resolved if mini_batch > 1 else np.ones(known.exact.cdf.size, bool)
        edges = known.exact.lattice.upper_edges[known_there]
        yield {"law": EXACT, "exact": 0.0, **_distance(ordered, edges, known.exact.cdf[known_there])}
    for name, cdf in known.laws.items():
        row: dict[str, Any] = {"law": name}
        if known.exact is None:
            yield row | _distance(ordered, ordered, cdf(ordered))
            continue
        edges, exact = known.exact.lattice.upper_edges, known.exact.cdf
        if name == STABLE:  # which takes time
            places = np.unique(np.clip(np.searchsorted(exact, _PLACES), 0, edges.size - 1))
            edges, exact = edges[places], exact[places]
        limit = cdf(edges)
        row |= {"exact": float(np.max(np.abs(exact - limit)))}
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
