"""One realisation: samples drawn anew, training on them, and every estimate that a run prints, with its error.

It goes the way of the stages dataset, training, jacobian, fluctuations and exponents, by their functions, in memory.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from duality.config.settings import DatasetSettings, MeasuredClass, TrainingSettings
from duality.conventions import PAPER, QUANTITIES, WINDOWS
from duality.dataset.density import ClassSettings
from duality.dataset.model import Model
from duality.dataset.stream import Stream, draw_shard, mix
from duality.errors import InputError
from duality.exponents.estimation import ClassData, WindowEstimates, estimates
from duality.exponents.exact import dataset_weight
from duality.exponents.neighbourhood import Neighbourhood
from duality.exponents.shifted import fit_shifted, shift_of
from duality.fits.histogram import added_up
from duality.fits.power_laws import Bootstrap
from duality.fluctuations.extraction import extract
from duality.jacobian.duality import Duality, dualities
from duality.jacobian.windows import WindowRules, find_windows
from duality.records import REALISATION, Equilibrium, Estimate, PopulationValue, Trajectory
from duality.training.equilibrium import report
from duality.training.sgd import train

Key = tuple[str, str, str, str]  # class, quantity, window, estimate
Numbers = tuple[float, float, float, float, float, float]  # value, se, low, high, population, population_accuracy
Random = Callable[..., np.random.Generator]
Scan = Callable[[Stream, Trajectory, Equilibrium], tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]]

_JUMPS = ("potential", "actual", "difference")
_KEY = ("class", "quantity", "window", "estimate")
_NUMBERS = [column for column in REALISATION.columns if column not in ("experiment", "realisation", *_KEY)]
_NOTHING: Numbers = (np.nan,) * 6


@dataclass(frozen=True)
class Design:
    """An experiment that is realised.

    Attributes
    ----------
    model : Model
    classes : mapping of str to ClassSettings
    dataset : DatasetSettings
    training : TrainingSettings
    measured : mapping of str to MeasuredClass
    rules : mapping of str to WindowRules
        By class that is measured.
    scan : function of (stream, trajectory, equilibrium)
        `duality.jumps.runs.scan` at the experiment's own γ.
    """

    model: Model
    classes: Mapping[str, ClassSettings]
    dataset: DatasetSettings
    training: TrainingSettings
    measured: Mapping[str, MeasuredClass]
    rules: Mapping[str, WindowRules]
    scan: Scan


def realise(design: Design, random: Random, progress: Callable[[str], None]) -> pd.DataFrame:
    """Draw, train and estimate.

    Parameters
    ----------
    design : Design
    random : function of keys
        Random numbers for each purpose of this realisation.
    progress : function of str
        Told how training goes, and what is missing and why.

    Returns
    -------
    DataFrame
        `duality.records.REALISATION` but for the experiment and the realisation. NaN where training fails, no x1 meets
        a window's rule or the window holds too little: that is a finding, not an error.
    """
    found = dict.fromkeys(_keys(design), _NOTHING)
    samples = draw(design, random)
    seen = [np.concatenate(shards[: design.dataset.training_shards]) for shards in samples.values()]
    stream = mix(seen, random("stream"))
    try:
        trained = train(design.model.composition, stream, design.training, random("training"), progress)
        equilibrium = report(design.model, stream, trained, design.training, progress)
    except InputError as error:
        progress(f"nothing is estimated: {error}")
    else:
        found |= _of_training(equilibrium)
        try:
            distances, _, exponents = design.scan(stream, trained.trajectory, equilibrium)
            found |= _of_jumps(distances, exponents, equilibrium.explained)
        except InputError as error:
            progress(f"jumps: {error}")
        del stream
        for duality, data in _data(design, samples, equilibrium, progress):
            found |= _of_class(duality, design.rules[data.fluctuations.name], data, progress)
    table = pd.DataFrame(list(found), columns=list(_KEY))
    return table.join(pd.DataFrame(list(found.values()), columns=_NUMBERS, dtype=float))


def draw(design: Design, random: Random) -> dict[str, list[np.ndarray]]:
    """The shards of every class, drawn from the density that the population values are of.

    Of a file of one's own that is the kernel estimate, and there are as many values as in the file: whether the file is
    itself an unusual sample of its density cannot be told.
    """
    drawn = {}
    for name, settings in design.classes.items():
        shards = []
        for shard in range(design.dataset.shards):
            own = random("dataset", name, shard)
            if settings.file is None:
                shards.append(draw_shard(settings, design.dataset.samples_per_shard, shard, own))
            else:
                size = draw_shard(settings, 0, shard, own).size
                shards.append(design.model.densities[name].ppf(own.random(size)))
        drawn[name] = shards
    return drawn


def _keys(design: Design) -> Iterator[Key]:
    """Of every estimate that a class may have, whether its window is there or not."""
    for quantity in ("w", "b", "accuracy", "sd_w", "sd_b"):
        yield "", quantity, "", ""
    for name, measured in design.measured.items():
        for quantity in QUANTITIES:
            for window in (*WINDOWS, *measured.variants):
                for estimate in ("jacobian", "raw", "corrected"):
                    yield name, quantity, window, estimate
        for kind in ("raw", "corrected"):
            for jumps in _JUMPS:
                yield name, f"{measured.sign} jumps", PAPER, f"{kind}, {jumps}"
        for estimate in ("distance", "agreement"):
            yield name, f"{measured.sign} jumps", "", estimate


def _of_training(equilibrium: Equilibrium) -> dict[Key, Numbers]:
    """w, b, their sd in equilibrium, and accuracy."""
    theory = equilibrium.population
    found: dict[Key, Numbers] = {}
    for index, (name, estimate) in enumerate((("w", equilibrium.w), ("b", equilibrium.b))):
        mean = spread = None
        sd = equilibrium.diagnostics[name].sd
        if theory:
            accuracy = abs(theory.mean[index] - theory.mean_to_first_order[index])
            mean = PopulationValue.beside(estimate, theory.mean[index], accuracy)
            spread = theory.stationary_sd[index]
        found["", name, "", ""] = _numbers(estimate, mean)
        found["", f"sd_{name}", "", ""] = (sd, np.nan, np.nan, np.nan, np.nan if spread is None else spread, np.nan)
    found["", "accuracy", "", ""] = _numbers(equilibrium.accuracy, theory.accuracy if theory else None)
    return found


def _data(
    design: Design, samples: Mapping[str, list[np.ndarray]], equilibrium: Equilibrium, progress: Callable[[str], None]
) -> Iterator[tuple[Duality, ClassData]]:
    """The map of every class and what its exponents are estimated from, as the stages before exponents make them."""
    composition, frozen = design.model.composition, equilibrium.frozen(design.training.gamma)
    seen = design.dataset.training_shards
    tables = []
    for shard in range(design.dataset.shards):
        extracted = extract(composition, {name: shards[shard] for name, shards in samples.items()}, frozen)
        tables.append((extracted.histogram, extracted.counts))
    everything = added_up(tables, seen)
    unseen = added_up(tables[seen:], 0) if tables[seen:] else {}
    for name, duality in dualities(composition, design.model.densities, frozen).items():
        if name in design.measured:
            rules = design.rules[name]
            try:
                windows = find_windows(duality, rules.rule, design.measured[name], rules.tolerance)
            except InputError as error:
                progress(f"{name}: {error}")
            else:
                yield duality, ClassData(windows, everything[name], unseen.get(name), equilibrium)


def _of_class(
    duality: Duality, rules: WindowRules, data: ClassData, progress: Callable[[str], None]
) -> dict[Key, Numbers]:
    """All exponents of a class."""
    name, found = data.fluctuations.name, {}
    for quantity, window, at in data.neighbourhoods(duality, rules):
        if at is None:
            continue
        try:
            measured = estimates(at, data.fluctuations_of(window), data.equilibrium)
        except InputError as error:
            progress(f"{name}, {quantity}, {window}: {error}")
            continue
        if measured is None:
            continue
        for kind in ("jacobian", "raw", "corrected"):
            estimated = getattr(measured, kind)
            found[name, quantity, window, kind] = _numbers(estimated.exponent, estimated.population)
        if quantity == "w_dot" and (shifted := _shifted(at, measured)):
            found[name, quantity, window, "shifted"] = shifted
    return found


def _of_jumps(distances: pd.DataFrame, exponents: pd.DataFrame, explained: bool) -> dict[Key, Numbers]:
    """Actual against potential jumps at the experiment's own γ.

    A distance has no value of infinite data beside it: noise adds to a largest difference. The factor by which theory
    fits the difference has 1, where theory explains the spread of (w, b).
    """
    found: dict[Key, Numbers] = {}
    theory = 1.0 if explained else np.nan
    for _, row in distances.iterrows():
        key = str(row["class"]), f"{row['sign']} jumps", ""
        found[*key, "distance"] = (row["ks"], row["ks_se"], row["ks_low"], row["ks_high"], np.nan, np.nan)
        agreement = Estimate.normal(row["agreement"], row["agreement_se"]) if np.isfinite(row["agreement"]) else None
        if agreement:
            found[*key, "agreement"] = (agreement.value, agreement.se, *agreement.interval, theory, 0.0)
    for _, row in exponents.iterrows():
        for jumps in _JUMPS:
            k = Estimate.normal(row[jumps], row[f"{jumps}_se"])
            expected = row["expected"] if jumps == "difference" and explained else np.nan
            found[str(row["class"]), f"{row['sign']} jumps", PAPER, f"{row['kind']}, {jumps}"] = (
                k.value, k.se, *k.interval, expected, 0.0
            )  # fmt: skip
    return found


def _shifted(at: Neighbourhood, measured: WindowEstimates) -> Numbers | None:
    """k_w of the shifted power law, which holds exactly at any (w, b) of its piece: infinite data have theory's.

    Only where its shift is told from none: without one any k_w fits, and its error means nothing.
    """
    shift = shift_of(at.duality, at.window)
    if shift is None:
        return None
    sign = at.duality.branches[at.window.branch].sign
    no_bootstrap = Bootstrap(1, np.random.Generator(np.random.Philox(0)))  # its interval is not looked at
    found = fit_shifted(measured.statistics, sign, shift, dataset_weight(at.duality, at.window), no_bootstrap)
    if found is None or not found[0].told_apart:
        return None
    return _numbers(found[0].exponent, found[0].population)


def _numbers(estimate: Estimate, population: PopulationValue | None) -> Numbers:
    theory = (population.value, population.accuracy) if population else (np.nan, np.nan)
    return (estimate.value, estimate.se, *estimate.interval, *theory)
