"""A stream of the paper's two classes, and settings under which a ReLU neuron is trained on it within a second."""

import numpy as np
import pytest

from duality.config.settings import Start, TrainingSettings
from duality.dataset.density import Gaussian
from duality.dataset.stream import mix


@pytest.fixture(scope="package")
def classes():
    return {"zeros": Gaussian(0, 0.25), "ones": Gaussian(1, 0.25)}


@pytest.fixture(scope="package")
def stream():
    random = np.random.default_rng(11)
    return mix([random.normal(0, 0.25, 200_000), random.normal(1, 0.25, 200_000)], random)


@pytest.fixture(scope="package")
def settings():
    return TrainingSettings(
        gamma=0.01, mini_batch=1, replicas=4, start=Start(w=(0.5, 1.5), b=(-0.2, 0.3)), thin=512, steps=200_000,
        budget=3_000_000, burn_in=0.3, r_hat=1.01, ess=400, drift=3,
    )  # fmt: skip
