"""One point of a sweep: samples drawn, a training on them, and every estimate with its error, or why there is none."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from duality.conventions import OBSERVED, VISIBLE
from duality.dataset.density import ClassSettings
from duality.dataset.model import Model
from duality.errors import InputError
from duality.exponents.neighbourhood import Neighbourhood
from duality.jacobian.duality import Duality
from duality.jacobian.windows import SMALLEST, WindowRules, visible_window
from duality.realisations.estimates import (
    NOTHING,
    Design,
    Key,
    Numbers,
    Random,
    Scan,
    data_of,
    design_of,
    draw,
    of_class,
    of_jumps,
    of_training,
    reach_equilibrium,
    stream_of,
)
from duality.records.estimates import Estimate
from duality.records.jacobian import Window
from duality.records.sweeps import SWEEP_POINT
from duality.records.training import Equilibrium
from duality.sweeps.collection import EQUILIBRIUM, TRAINING
from duality.training.plan import training_settings

Row = tuple[object, ...]  # of SWEEP_POINT


def measure_point(
    model: Model,
    classes: Mapping[str, ClassSettings],
    parts: Mapping[str, Any],
    random: Random,
    progress: Callable[[str], None],
    scan_of: Callable[..., Scan],
    batches: Callable[..., pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """A point of a sweep: draw, train and estimate.

    Parameters
    ----------
    model : Model
    classes : mapping of str to ClassSettings
    parts : mapping
        training, dataset, measured, windows and jumps, as a point of a resolved config has them.
    random : function of keys
        Random numbers of this point for each purpose.
    progress : function of str
        Told how training goes.
    scan_of : function
        `duality.jumps.runs.scan_at_own_gamma`.
    batches : function, optional
        `duality.sweeps.batches.measured_batches` of a number of samples, if fluctuations of mini-batches are measured.

    Returns
    -------
    DataFrame
        `records.sweeps.SWEEP_POINT`. A point without equilibrium, or of which nothing can be trained, is one row, with
        the reason.
    """
    rows: list[Row] = []
    try:
        training = training_settings(model, parts["training"])
        design = design_of(model, classes, parts, training, random, progress, scan_of)
        samples = draw(design, random)
        stream = stream_of(design, samples, random)
    except InputError as error:
        return failed_point(TRAINING, str(error))
    try:
        trajectory, equilibrium = reach_equilibrium(design, stream, random, progress)
    except InputError as error:
        return failed_point(EQUILIBRIUM, str(error))
    else:
        rows = [_row(key, numbers) for key, numbers in of_training(equilibrium).items()]
        try:
            found = of_jumps(design, stream, trajectory, equilibrium)
            rows += [_row(key, numbers) for key, numbers in found.items()]
        except InputError as error:
            rows.append(("", "", "jumps", "", "jumps", *NOTHING, np.nan, str(error)))
        del stream
        rows += _of_classes(design, samples, equilibrium, progress)
        if batches:
            frozen = equilibrium.frozen(training.gamma)
            try:
                of_batches = batches(model, frozen, design.rules, training.mini_batch, random=random("batches"))
                rows += of_batches.itertuples(index=False, name=None)
            except InputError as error:
                rows.append(("", "", "batches", "", "batches", *NOTHING, np.nan, str(error)))
    return pd.DataFrame(rows, columns=list(SWEEP_POINT.columns))


def failed_point(lacks: str, why: str) -> pd.DataFrame:
    """A point of a sweep without estimates: `records.sweeps.SWEEP_POINT` of one row.

    Parameters
    ----------
    lacks : str
        `duality.sweeps.collection.EQUILIBRIUM` where training reaches none, or TRAINING where it cannot begin.
    why : str
    """
    return pd.DataFrame([("", "", "", "", lacks, *NOTHING, np.nan, why)], columns=list(SWEEP_POINT.columns))


def _row(key: Key, numbers: Numbers | str, predicted: float | None = None) -> Row:
    """Of an estimate, or of the reason why there is none."""
    found, why = (NOTHING, numbers) if isinstance(numbers, str) else (numbers, "")
    return (key[0], "", *key[1:], *found, np.nan if predicted is None else predicted, why)


def _of_classes(
    design: Design, samples: dict[str, list[np.ndarray]], equilibrium: Equilibrium, progress: Callable[[str], None]
) -> Iterator[Row]:
    """Exponents on all windows, and how wide the windows are that the exact Jacobian and the exact density have."""
    reasons: list[str] = []
    for duality, data in data_of(design, samples, equilibrium, reasons.append):
        name = data.fluctuations.name
        for key, numbers in of_class(duality, design.rules[name], data, progress).items():
            yield _row(key, numbers, design.measured[name].predicted[key[1]])
        yield from _widths(duality, name, design.rules[name], equilibrium)
    for reason in reasons:
        name, _, why = reason.partition(": ")
        yield name, "", "q_dot", "", "windows", *NOTHING, np.nan, why


def _widths(duality: Duality, name: str, rules: WindowRules, equilibrium: Equilibrium) -> Iterator[Row]:
    """Decades of q̇ with the predicted exponent: of the exact Jacobian, and of the exact density. None is zero."""
    predicted = rules.measured.predicted["q_dot"]
    if predicted is None:
        return
    finders: dict[str, Callable[[Duality], Window | None]] = {
        OBSERVED: partial(rules.find, name=OBSERVED),
        VISIBLE: partial(
            visible_window, k=predicted, tolerance=rules.tolerance, sign=rules.rule.sign, tail=rules.rule.tail
        ),
    }
    for which, find in finders.items():
        window = find(duality)
        if window is None:
            why = f"no x1 within reach of the data, with a fluctuation that is counted, from {SMALLEST:g} on, "
            why += f"has an exponent near {predicted:g}"
            yield name, "", "q_dot", which, "decades", 0.0, 0.0, 0.0, 0.0, np.nan, np.nan, np.nan, why
            continue
        at = Neighbourhood.of(duality, window, find, equilibrium.errors, equilibrium.population)
        width = Estimate.normal(window.decades, at.budget(_decades, 0.0).total)
        population = at.population_value(_decades, width)
        theory = (population.value, population.accuracy) if population else (np.nan, np.nan)
        yield _row((name, "q_dot", which, "decades"), (width.value, width.se, *width.interval, *theory))


def _decades(_: Duality, window: Window) -> float:
    return window.decades
