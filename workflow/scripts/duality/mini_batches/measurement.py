"""What a mini-batch of M samples makes of the fluctuations: exponents and distances to the limit, at one M.

A batch has no class, and its fluctuations have exponents by their sign alone: that of ḃ for q̇ and ḃ, its own for ẇ.
In the mean of many kicks a power law survives at best beyond the width of their limit law. Within that width the law is
smooth: the density of ẇ and of ḃ is constant, k = 0, and that of q̇, the length of (ẇ, ḃ), is ∝ q̇, k = -1.

That holds of the limit. At a finite M the law need not be smooth at q̇ = 0, nor q̇ = 0 near its middle: the mean kick
of an equilibrium is 0, but if few large kicks balance many small ones, that is where no batch is. `exact` has it.

The quantiles that windows are between are those of the first eighth of the batches, the exponents those of the rest.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from duality.conventions import QUANTITIES, SIGNS
from duality.dataset.model import Model
from duality.errors import InputError
from duality.jacobian.duality import dualities
from duality.jacobian.windows import WindowRules
from duality.mini_batches.distances import Limit, distance_of_length, distances
from duality.mini_batches.exact import CELLS, Cdf, LatticeLaw, SampleLaw
from duality.mini_batches.exponents import Laws, exponents
from duality.mini_batches.heavy_tails import heavy_tail
from duality.mini_batches.limits import NormalLaw, NormalLength, normal_limit, stable_cdf, truncated_law
from duality.mini_batches.plane import with_rough
from duality.mini_batches.sampling import draw_batches
from duality.mini_batches.spread import spread
from duality.mini_batches.vocabulary import NORMAL, STABLE, TRUNCATED
from duality.mini_batches.windows import Windows, end_of_centre
from duality.records.estimates import Frozen
from duality.records.mini_batches import MINI_BATCHES
from duality.training.population import PopulationLoss

_PILOT = 8  # one batch in how many decides where windows are


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
    rows: dict[str, list[dict[str, Any]]] = {}
    windows: dict[str, Windows] = {}
    for quantity in QUANTITIES:
        if quantity != "q_dot":
            rows[quantity], windows[quantity] = _of_component(design, quantity, drawn[quantity], mini_batch)
    rows["q_dot"] = _of_length(design, windows, drawn["q_dot"], mini_batch)
    table = [
        _NOTHING | {"mini_batch": mini_batch, "quantity": name, **row} for name in QUANTITIES for row in rows[name]
    ]
    return pd.DataFrame(table, columns=list(MINI_BATCHES.columns))


_NOTHING = {name: "" if kind is str else 0 if kind is int else np.nan for name, kind in MINI_BATCHES.columns.items()}


def _of_component(
    design: Design, quantity: str, values: np.ndarray, mini_batch: int
) -> tuple[list[dict[str, Any]], Windows]:
    """Rows of ẇ or ḃ, and what decides where its windows are."""
    law = SampleLaw(design.model, design.frozen, quantity)
    exact, rough = law.mean_of(mini_batch), law.mean_of(mini_batch, CELLS // 2)
    tail, normal = heavy_tail(law.maps.values(), law.moments.mean), NormalLaw(law.moments, mini_batch)
    limit: NormalLaw | LatticeLaw = normal
    limits = {NORMAL: Limit(normal.cdf)}
    if tail:
        limit, of_half = (truncated_law(law, tail, mini_batch, cells) for cells in (CELLS, CELLS // 2))
        limits[STABLE] = Limit(stable_cdf(tail, mini_batch))
        limits[TRUNCATED] = Limit(_interpolated(limit), limit.accuracy(of_half))
    windows = Windows(quantity, law.maps, design.rules, tail, end_of_centre(exact), mini_batch)
    laws = Laws(mini_batch, law.maps.values(), exact, [rough], limit)
    rows = [*spread(values, exact, rough, law.moments, tail, mini_batch)]
    rows += _exponents(values, windows, laws)
    rows += distances(values, exact, rough, limits, law.moments, mini_batch)
    return rows, windows


def _of_length(
    design: Design, of_components: Mapping[str, Windows], values: np.ndarray, mini_batch: int
) -> list[dict[str, Any]]:
    """Rows of q̇: its limit is the normal one in two dimensions; where kicks are heavy, none.

    Where its centre ends, that of its components says.
    """
    normal = NormalLength(*normal_limit(design.model, design.frozen, mini_batch))
    exact, rough = with_rough(design.model, design.frozen, mini_batch) if mini_batch > 1 else (None, [])
    tail = of_components["b_dot"].tail or of_components["w_dot"].tail
    centre_end = float(np.linalg.norm([windows.centre_end for windows in of_components.values()]))
    of_classes = dualities(design.model.composition, design.model.densities, design.frozen)
    maps = {name: duality.of("q_dot") for name, duality in of_classes.items()}
    windows = Windows("q_dot", maps, design.rules, tail, centre_end, mini_batch)
    laws = Laws(mini_batch, maps.values(), exact, rough, None if tail else normal)
    rows: list[dict[str, Any]] = []
    if tail:
        rows = [{"estimate": "sd", "reason": "of q̇ the law of many heavy kicks is one in two dimensions: see ẇ and ḃ"}]
    rows += _exponents(values, windows, laws)
    return [*rows, distance_of_length(values, normal.cdf)]


def _exponents(values: np.ndarray, windows: Windows, laws: Laws) -> Iterator[dict[str, Any]]:
    """Those of most batches; the others have decided where the windows are."""
    pilot, rest = values[: values.size // _PILOT], values[values.size // _PILOT :]
    found = {name: windows.find(sign, sign * pilot[sign * pilot > 0]) for name, sign in SIGNS.items()}
    return exponents(rest, found, laws)


def _interpolated(law: LatticeLaw) -> Cdf:
    return lambda x: np.interp(x, law.lattice.upper_edges, law.cdf, left=0.0, right=1.0)
