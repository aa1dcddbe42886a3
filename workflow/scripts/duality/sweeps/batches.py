"""The fluctuations of mini-batches as rows of a point of a sweep."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from duality.dataset.model import Model
from duality.jacobian.windows import WindowRules
from duality.mini_batches.measurement import Design, measure
from duality.records.estimates import Frozen
from duality.records.sweeps import SWEEP_POINT
from duality.sweeps.collection import BATCHES, CALLED


def measured_batches(
    model: Model,
    frozen: Frozen,
    rules: Mapping[str, WindowRules],
    mini_batch: int,
    batches: int,
    random: np.random.Generator,
) -> pd.DataFrame:
    """`duality.mini_batches.measurement.measure` as rows of a point.

    Parameters
    ----------
    model : Model
    frozen : Frozen
        (w, b) of the equilibrium, and γ.
    rules : mapping
        By class that is measured.
    mini_batch : int
        M.
    batches : int
        How many to draw.
    random : numpy.random.Generator

    Returns
    -------
    DataFrame
        `records.sweeps.SWEEP_POINT`. A row of a distance has the name of the law in the column `window`; population is
        what infinitely many batches would give, with the accuracy of its quadrature, and predicted what the limit
        law says.
    """
    found = measure(Design(model, frozen, rules, batches), mini_batch, random)
    found = found.rename(columns={theirs: ours for ours, theirs in CALLED.items()})
    found = found.assign(window=found["window"] + found["law"])
    return found.assign(**{"class": BATCHES})[list(SWEEP_POINT.columns)]
