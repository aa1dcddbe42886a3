"""A stream of the paper's two classes, an equilibrium reached on it, and a scan that goes on from there."""

import numpy as np
import pytest

from duality.config.settings import JumpsSettings, MeasuredClass, Start, TrainingSettings, WindowSettings
from duality.dataset.density import Gaussian, classes_of
from duality.dataset.model import Model
from duality.dataset.stream import mix
from duality.jacobian.windows import WindowRules
from duality.jumps.runs import Origin, scan
from duality.random_streams import generator
from duality.records.record import convert
from duality.training.equilibrium import report
from duality.training.sgd import Sgd, train


@pytest.fixture(scope="package")
def classes():
    return {"zeros": Gaussian(0, 0.25), "ones": Gaussian(1, 0.25)}


@pytest.fixture(scope="package")
def stream():
    random = np.random.default_rng(12)
    return mix([random.normal(0, 0.25, 1_500_000), random.normal(1, 0.25, 1_500_000)], random)


@pytest.fixture(scope="package")
def model(compositions, classes):
    return Model(compositions["relu_quartic"], classes)


@pytest.fixture(scope="package")
def origin(model, stream, resolved):
    settings = TrainingSettings(
        gamma=0.01, mini_batch=1, replicas=4, start=Start(w=(0.5, 1.2), b=(-0.2, 0.3)), thin=512, steps=200_000,
        budget=3_000_000, burn_in=0.3, r_hat=1.05, ess=200, drift=4,
    )  # fmt: skip
    trained = train(Sgd(model.composition, stream), settings, generator(1, "test"), print)
    equilibrium = report(model, stream, trained, settings, print)
    measured = convert(resolved["experiments"]["relu_quartic"]["classes"], dict[str, MeasuredClass], "")
    reading = WindowSettings(much_less_than=3.0, tail=1e-6, tolerance=0.1, grid=201)
    rules = WindowRules.of_classes(measured, classes_of(resolved["classes"]), reading)
    return Origin(settings.gamma, trained.trajectory, equilibrium, rules)


@pytest.fixture(scope="package")
def scanned(model, stream, origin):
    """Distances, curves and exponents at γ, γ/2 and γ/4."""
    settings = JumpsSettings(factors=[1, 0.5, 0.25], replicas=4, relaxation_times=8, samples=100_000)
    return scan(model, stream, origin, settings, generator(2, "test"), print)
