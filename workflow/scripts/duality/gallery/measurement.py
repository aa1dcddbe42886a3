"""One entry of the gallery: regimes derived, a training on samples of its own, and the exponents of every regime."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from duality.claims.rules import agrees
from duality.config.settings import MeasuredClass, WindowSettings
from duality.conventions import EXPONENTS, PAPER, SIGNS
from duality.dataset.density import ClassSettings
from duality.dataset.model import Model
from duality.errors import InputError
from duality.exponents.estimation import ClassData, Estimated, estimates
from duality.fits.histogram import ClassFluctuations
from duality.gallery.curves import curves_of, of_h
from duality.jacobian.duality import Duality, dualities
from duality.jacobian.windows import NoWindow, WindowRules, find_windows
from duality.realisations.estimates import (
    Random,
    counted,
    design_of,
    draw,
    reach_equilibrium,
    stream_of,
)
from duality.records.gallery import GALLERY, GALLERY_CURVES
from duality.records.jacobian import Window
from duality.records.record import convert
from duality.records.training import Equilibrium
from duality.theory.regimes import Regime, regimes
from duality.training.plan import training_settings

_YES = {True: "yes", False: "no", None: "undecided"}
_ONE_VALUE = "|h| is constant: ḃ has one value, q̇ ∝ √(1 + x1²) a power law only where |x1| ≫ 1, ẇ ∝ x1 has k_w = 0"
_LEVELS_OFF = "|h| tends to a constant: ḃ has no power law"


@dataclass(frozen=True)
class Verdicts:
    """By what rule a measured exponent agrees with the derived one: δ, and the decades that its window must have."""

    delta: float
    decades: float


@dataclass(frozen=True)
class _Subject:
    """A class, and where its fluctuations come from.

    Attributes
    ----------
    name : str
    x2 : float
    duality : Duality
    everything : ClassFluctuations
    unseen : ClassFluctuations or None
    """

    name: str
    x2: float
    duality: Duality
    everything: ClassFluctuations
    unseen: ClassFluctuations | None


def limits_of(model: Model) -> list[tuple[str, Regime]]:
    """The regimes that the gallery measures, of every class: limits of y, and pieces on which h is constant.

    Two limits with the same conditions, as both ends of an exponential have, are one.
    """
    found: dict[tuple[str, tuple[str, ...], str], Regime] = {}
    for label, name in enumerate(model.names):
        for regime in regimes(model.composition, label):
            if not regime.exponents.formulas:
                continue
            key = name, regime.exponents.formulas, str(regime.exponents.k_q)
            both = f"{found[key].approach}; {regime.approach}" if key in found else regime.approach
            found[key] = replace(found.get(key, regime), approach=both)
    return [(name, regime) for (name, *_), regime in found.items()]


def measure_entry(
    model: Model,
    classes: Mapping[str, ClassSettings],
    parts: Mapping[str, Any],
    verdicts: Verdicts,
    random: Random,
    progress: Callable[[str], None],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """An entry: regimes, equilibrium and exponents, and what its picture shows.

    Parameters
    ----------
    model : Model
    classes : mapping of str to ClassSettings
    parts : mapping
        training, dataset, windows and jumps, as `duality.config.sweeps.resolved_point` has them.
    verdicts : Verdicts
    random : function of keys
        Random numbers of this entry for each purpose.
    progress : function of str
        Told how training goes.

    Returns
    -------
    rows, curves : DataFrame
        `records.gallery.GALLERY` and `records.gallery.GALLERY_CURVES` without what is the entry's own. Without an
        equilibrium the rows have what is derived, and say why there is no more.
    """
    limits = limits_of(model)
    try:
        training = training_settings(model, parts["training"])
        nothing = {**parts, "measured": {}}
        design = design_of(model, classes, nothing, training, random, progress, lambda *_: None)  # type: ignore[arg-type]
        samples = draw(design, random)
        _, equilibrium = reach_equilibrium(design, stream_of(design, samples, random), random, progress)
    except InputError as error:
        rows = [{**_derived(*of), "why": str(error), "shown": of is limits[0]} for of in limits]
        return _table(rows), of_h(model, None)
    frozen = equilibrium.frozen(training.gamma)
    everything, unseen = counted(model.composition, frozen, samples, design.dataset.training_shards)
    subjects = {
        name: _Subject(name, classes[name].x2, duality, everything[name], unseen.get(name))
        for name, duality in dualities(model.composition, model.densities, frozen).items()
    }
    settings = convert(parts["windows"], WindowSettings, "statistics")
    rows, windows = [], []
    for name, regime in limits:
        progress(f"{name}, {regime.approach}")
        row, window = _measured(subjects[name], regime, settings, equilibrium, verdicts)
        rows.append({**row, **_of_equilibrium(equilibrium, training.gamma)})
        windows.append(window)
    best = _shown(rows)
    rows[best]["shown"] = True
    name, regime = limits[best]
    at = subjects[name]
    k = None if regime.exponents.k_b is None else regime.exponents.k_q
    pictured = curves_of(at.duality, at.everything, SIGNS[regime.stretch.sign], windows[best], k)
    return _table(rows), pd.concat([of_h(model, frozen), pictured], ignore_index=True)


def _shown(rows: Sequence[Mapping[str, Any]]) -> int:
    """The regime with the widest window of those with a measured k_q; else the first with a window; else the first."""
    measured = [row.get("decades", 0.0) if "k_q" in row else 0.0 for row in rows]
    if max(measured) > 0:
        return int(np.argmax(measured))
    return next((number for number, row in enumerate(rows) if "k_w" in row), 0)


def _derived(name: str, regime: Regime) -> dict[str, Any]:
    exponents = regime.exponents
    found = {"class": name, "sign": regime.stretch.sign, "regime": regime.approach, "h": regime.h_leading}
    found |= {"method": regime.method, "conditions": " and ".join(exponents.formulas)}
    for k in ("k_q", "k_w", "k_b"):
        value = getattr(exponents, k)
        found[f"{k}_derived"] = "–" if value is None else str(value)
    return found


def _of_equilibrium(equilibrium: Equilibrium, gamma: float) -> dict[str, float]:
    found = {"gamma": gamma}
    for name in ("w", "b", "accuracy"):
        estimate = getattr(equilibrium, name)
        found |= {name: estimate.value, f"{name}_se": estimate.se}
    return found


def _measured(
    subject: _Subject, regime: Regime, settings: WindowSettings, equilibrium: Equilibrium, verdicts: Verdicts
) -> tuple[dict[str, Any], Window | None]:
    """The row of a regime, and its window in q̇."""
    row, exponents = _derived(subject.name, regime), regime.exponents
    nothing: dict[str, float | None] = dict.fromkeys(EXPONENTS)
    measured = MeasuredClass(
        sign=regime.stretch.sign, conditions=list(exponents.formulas), predicted=nothing, texts=dict.fromkeys(EXPONENTS)
    )
    rules = WindowRules.of(measured, subject.x2, settings)
    try:
        windows = find_windows(subject.duality, rules.rule, measured, rules.tolerance)
    except NoWindow as none:
        return {**row, "why": none.short}, None
    wanted = ("w_dot",) if exponents.k_b is None else ("q_dot", "b_dot")
    data = ClassData({q: windows[q] for q in wanted}, subject.everything, subject.unseen, equilibrium)
    try:
        for quantity, found in _estimated(data, subject.duality, rules):
            row |= _numbers(EXPONENTS[quantity], found)
            if quantity == "q_dot" and exponents.k_q is not None:
                window = windows["q_dot"].windows[PAPER]
                wide = window is not None and window.decades >= verdicts.decades
                row["agrees"] = _YES[agrees(found.exponent, float(exponents.k_q), verdicts.delta, wide)]
    except InputError as error:
        row["why"] = str(error)
    window = windows["q_dot"].windows[PAPER]
    if exponents.k_b is None:
        return {**row, "why": _ONE_VALUE if regime.h_leading == "constant" else _LEVELS_OFF}, None
    if "k_q" not in row:
        row.setdefault("why", "too few fluctuations are in the window")
    if window:
        row |= {"q_low": window.q_low, "q_high": window.q_high, "decades": window.decades}
    return row, window


def _estimated(data: ClassData, duality: Duality, rules: WindowRules) -> Iterator[tuple[str, Estimated]]:
    """The dataset-corrected exponent of every quantity that has a window with enough fluctuations."""
    for quantity, name, at in data.neighbourhoods(duality, rules):
        if name == PAPER and at is not None:
            found = estimates(at, data.fluctuations_of(name), data.equilibrium)
            if found is not None:
                yield quantity, found.corrected


def _numbers(k: str, found: Estimated) -> dict[str, float]:
    low, high = found.exponent.interval
    population = found.population.value if found.population else np.nan
    value = {k: found.exponent.value, f"{k}_se": found.exponent.se, f"{k}_low": low, f"{k}_high": high}
    return {**value, f"{k}_population": population}


def _table(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows with all columns, those of the entry itself empty."""
    empty = {name: "" if kind is str else np.nan for name, kind in GALLERY.columns.items()} | {"shown": False}
    return pd.DataFrame([{**empty, **row} for row in rows], columns=list(GALLERY.columns))


def of_entry(entry: str, names: Mapping[str, str], rows: pd.DataFrame, curves: pd.DataFrame) -> list[pd.DataFrame]:
    """The rows and curves of an entry with its name, and what its activation and loss are.

    Parameters
    ----------
    entry : str
    names : mapping
        activation, loss, f and H.
    rows, curves : DataFrame
        From `measure_entry`.
    """
    return [rows.assign(entry=entry, **names), curves.assign(entry=entry)[list(GALLERY_CURVES.columns)]]
