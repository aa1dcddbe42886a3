"""One realisation: samples drawn anew, training on them, and every estimate that a run prints, with its error."""

from collections.abc import Callable, Iterator

import pandas as pd

from duality.conventions import PAPER, QUANTITIES, WINDOWS
from duality.errors import InputError
from duality.realisations.estimates import (
    JUMPS,
    KINDS,
    NOTHING,
    Design,
    Key,
    Random,
    data_of,
    draw,
    of_class,
    of_jumps,
    of_training,
    reach_equilibrium,
    stream_of,
)
from duality.records.realisations import REALISATION

_KEY = ("class", "quantity", "window", "estimate")
_NUMBERS = [column for column in REALISATION.columns if column not in ("experiment", "realisation", *_KEY)]


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
        `records.realisations.REALISATION` but for the experiment and the realisation. NaN where training fails, no x1
        meets a window's rule or the window holds too little: that is a finding, not an error.
    """
    found = dict.fromkeys(_keys(design), NOTHING)
    samples = draw(design, random)
    stream = stream_of(design, samples, random)
    try:
        trajectory, equilibrium = reach_equilibrium(design, stream, random, progress)
    except InputError as error:
        progress(f"nothing is estimated: {error}")
    else:
        found |= of_training(equilibrium)
        try:
            jumps = of_jumps(design, stream, trajectory, equilibrium)
            found |= {key: numbers for key, numbers in jumps.items() if not isinstance(numbers, str)}
        except InputError as error:
            progress(f"jumps: {error}")
        del stream
        for duality, data in data_of(design, samples, equilibrium, progress):
            found |= of_class(duality, design.rules[data.fluctuations.name], data, progress)
    table = pd.DataFrame(list(found), columns=list(_KEY))
    return table.join(pd.DataFrame(list(found.values()), columns=_NUMBERS, dtype=float))


def _keys(design: Design) -> Iterator[Key]:
    """Of every estimate that a class may have, whether its window is there or not."""
    for quantity in ("w", "b", "accuracy", "sd_w", "sd_b"):
        yield "", quantity, "", ""
    for name, measured in design.measured.items():
        for quantity in QUANTITIES:
            for window in (*WINDOWS, *measured.variants):
                for estimate in ("jacobian", "raw", "corrected"):
                    yield name, quantity, window, estimate
        for kind in KINDS:
            for jumps in JUMPS:
                yield name, f"{measured.sign} jumps", PAPER, f"{kind}, {jumps}"
        for estimate in ("distance", "agreement"):
            yield name, f"{measured.sign} jumps", "", estimate
