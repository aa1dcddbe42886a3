"""What one experiment gives in memory: samples, a training on them, and every estimate of a run, with its error.

It goes the way of the stages dataset, training, jacobian, fluctuations and exponents, by their functions.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from duality.config.settings import DatasetSettings, JumpsSettings, MeasuredClass, TrainingSettings, WindowSettings
from duality.conventions import PAPER, SIGN_NAMES
from duality.dataset.density import ClassSettings
from duality.dataset.model import Model
from duality.dataset.stream import Stream, draw_shard, mix
from duality.errors import InputError
from duality.exponents.estimation import ClassData, WindowEstimates, estimates
from duality.exponents.exact import dataset_weight
from duality.exponents.neighbourhood import Neighbourhood
from duality.exponents.shifted import fit_shifted, shift_of
from duality.fits.histogram import Classes, divided
from duality.fits.power_laws import Bootstrap
from duality.fluctuations.extraction import Extraction, Fluctuations
from duality.formulas.composition import Composition
from duality.jacobian.duality import Duality, dualities
from duality.jacobian.windows import WindowRules, find_windows
from duality.records.estimates import Estimate, Frozen, PopulationValue
from duality.records.jumps import Unfitted
from duality.records.record import convert
from duality.records.training import Equilibrium, Trajectory
from duality.training.equilibrium import report
from duality.training.sgd import Sgd, train

Key = tuple[str, str, str, str]  # class, quantity, window, estimate
Numbers = tuple[float, float, float, float, float, float]  # value, se, low, high, population, population_accuracy
Random = Callable[..., np.random.Generator]
Scan = Callable[[Stream, Trajectory, Equilibrium], tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, Unfitted]]

JUMPS, KINDS = ("potential", "actual", "difference"), ("raw", "corrected")  # of their exponents
NOTHING: Numbers = (np.nan,) * 6


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


def design_of(
    model: Model,
    classes: Mapping[str, ClassSettings],
    parts: Mapping[str, Any],
    training: TrainingSettings,
    random: Random,
    progress: Callable[[str], None],
    scan_of: Callable[..., Scan],
) -> Design:
    """An experiment with its jumps at its own γ, from parts of the resolved config.

    Parameters
    ----------
    model : Model
    classes : mapping of str to ClassSettings
    parts : mapping
        dataset, measured, windows and jumps, as a resolved config has them.
    training : TrainingSettings
    random : function of keys
        Random numbers for each purpose of this realisation.
    progress : function of str
    scan_of : function
        `duality.jumps.runs.scan_at_own_gamma`.
    """
    measured = convert(parts["measured"], dict[str, MeasuredClass], "classes")
    rules = WindowRules.of_classes(measured, classes, convert(parts["windows"], WindowSettings, "statistics"))
    jumps = convert({**parts["jumps"], "factors": [1]}, JumpsSettings, "jumps")

    scan = scan_of(model, training, rules, jumps, random("jumps"), progress)
    dataset = convert(parts["dataset"], DatasetSettings, "dataset")
    return Design(model, classes, dataset, training, measured, rules, scan)


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


def stream_of(design: Design, samples: Mapping[str, list[np.ndarray]], random: Random) -> Stream:
    """What training reads: the first shards of every class, mixed."""
    seen = [np.concatenate(shards[: design.dataset.training_shards]) for shards in samples.values()]
    return mix(seen, random("stream"))


def reach_equilibrium(
    design: Design, stream: Stream, random: Random, progress: Callable[[str], None]
) -> tuple[Trajectory, Equilibrium]:
    """Train on a stream.

    Raises
    ------
    InputError
        As `duality.training.sgd.train`.
    """
    sgd = Sgd(design.model.composition, stream, design.training.mini_batch)
    trained = train(sgd, design.training, random("training"), progress)
    return trained.trajectory, report(design.model, stream, trained, design.training, progress)


def of_training(equilibrium: Equilibrium) -> dict[Key, Numbers]:
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


def counted(
    composition: Composition, frozen: Frozen, samples: Mapping[str, list[np.ndarray]], seen: int
) -> tuple[Classes, Classes]:
    """The fluctuations of every class, all of them and those that training did not see; it saw the first shards."""
    extraction = Extraction(composition, frozen, tuple(samples))
    shards = [(name, shard, x1) for name, own in samples.items() for shard, x1 in enumerate(own)]
    parts = [[of for of in shards if (of[1] < seen) == saw] for saw in (True, False)]
    found = [Fluctuations.of(extraction.count(part)) for part in parts]
    return divided(*((of.histogram, of.counts) for of in found))


def data_of(
    design: Design, samples: Mapping[str, list[np.ndarray]], equilibrium: Equilibrium, progress: Callable[[str], None]
) -> Iterator[tuple[Duality, ClassData]]:
    """The map of every class and what its exponents are estimated from, as the stages before exponents make them."""
    composition, frozen = design.model.composition, equilibrium.frozen(design.training.gamma)
    everything, unseen = counted(composition, frozen, samples, design.dataset.training_shards)
    for name, duality in dualities(composition, design.model.densities, frozen).items():
        if name in design.measured:
            rules = design.rules[name]
            try:
                windows = find_windows(duality, rules.rule, design.measured[name], rules.tolerance)
            except InputError as error:
                progress(f"{name}: {error}")
            else:
                yield duality, ClassData(windows, everything[name], unseen.get(name), equilibrium)


def of_class(
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


def of_jumps(
    design: Design, stream: Stream, trajectory: Trajectory, equilibrium: Equilibrium
) -> dict[Key, Numbers | str]:
    """Actual against potential jumps at the experiment's own γ, or why there is no such estimate.

    A distance has no value of infinite data beside it: noise adds to a largest difference. The factor by which theory
    fits the difference has 1, where theory explains the spread of (w, b).
    """
    distances, _, exponents, unfitted = design.scan(stream, trajectory, equilibrium)
    found: dict[Key, Numbers | str] = {}
    explained = equilibrium.explained
    theory = 1.0 if explained else np.nan
    for _, row in distances.iterrows():
        key = str(row["class"]), f"{row['sign']} jumps", ""
        found[*key, "distance"] = (row["ks"], row["ks_se"], row["ks_low"], row["ks_high"], np.nan, np.nan)
        if np.isfinite(row["agreement"]):
            agreement = Estimate.normal(row["agreement"], row["agreement_se"])
            found[*key, "agreement"] = (agreement.value, agreement.se, *agreement.interval, theory, 0.0)
        else:
            found[*key, "agreement"] = f"theory has no difference beside it: {_not_expected(design, equilibrium)}"
    for _, row in exponents.iterrows():
        for jumps in JUMPS:
            k = Estimate.normal(row[jumps], row[f"{jumps}_se"])
            expected = row["expected"] if jumps == "difference" and explained else np.nan
            found[str(row["class"]), f"{row['sign']} jumps", PAPER, f"{row['kind']}, {jumps}"] = (
                k.value, k.se, *k.interval, expected, 0.0
            )  # fmt: skip
    for (_, name), why in unfitted.items():
        sign = SIGN_NAMES[design.rules[name].rule.sign]
        found |= {(name, f"{sign} jumps", PAPER, f"{kind}, {jumps}"): why for kind in KINDS for jumps in JUMPS}
    return found


def _not_expected(design: Design, equilibrium: Equilibrium) -> str:
    """Why nothing is predicted of jumps, see `duality.jumps.distances.measure`."""
    if design.training.mini_batch > 1:
        return "that of mini-batches is not predicted"
    if equilibrium.population is None:
        return "it knows no stationary (w, b) to average over"
    return "too few of the jumps that it predicts have the sign"


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
