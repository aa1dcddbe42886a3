"""Fluctuations whose exponents are known."""

import numpy as np
import pytest
from measured_results import fluctuations_of

from duality.dataset.density import Gaussian
from duality.fluctuations.extraction import extract
from duality.jacobian.duality import Duality
from duality.records.estimates import Frozen


@pytest.fixture(scope="session")
def sigmoid_zeros(compositions):
    """The sigmoid with the squared loss at its exact optimum, and a million fluctuations of 'zeros'."""
    composition, frozen = compositions["sigmoid_mse"], Frozen(16.0, -8.0, 0.1)
    x1 = np.random.default_rng(5).normal(0, 0.25, 1_000_000)
    found = extract(composition, {"zeros": x1, "ones": x1[:0]}, frozen)
    return Duality(composition, 0, Gaussian(0.0, 0.25), frozen), fluctuations_of(found, unseen=1.0)
