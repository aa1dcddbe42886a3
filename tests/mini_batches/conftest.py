"""The paper's classes with compositions whose laws of many kicks are known, light and heavy."""

from functools import cache

import numpy as np
import pytest
from scipy import stats

from duality.config.settings import MeasuredClass, WindowSettings
from duality.dataset.density import Gaussian, classes_of
from duality.dataset.model import Model
from duality.formulas.compose import compose
from duality.jacobian.windows import WindowRules
from duality.mini_batches.measurement import Design, measure
from duality.random_streams import generator
from duality.records.estimates import Frozen
from duality.records.record import convert

CLASSES = {"zeros": Gaussian(0.0, 0.25), "ones": Gaussian(1.0, 0.25)}
# Near where the shipped trainings end.
AT = {
    "sigmoid_cross_entropy": Frozen(16.0, -8.0, 0.04),
    "relu_mse": Frozen(0.93, -0.014, 0.01),
    "piecewise_linear_cross_entropy": Frozen(2.38, -0.69, 0.001),
}

SAMPLES = 1 << 22  # of all batches of a case
CASES = [
    *(("sigmoid_cross_entropy", M) for M in (1, 64, 1024)),
    *(("piecewise_linear_cross_entropy", M) for M in (64, 1024)),
    ("relu_mse", 16),
]
CAPPED = {4: 1 << 18, 16: 1 << 18, 64: 1 << 17, 1024: 1 << 16}  # batches by M


@pytest.fixture(scope="package")
def models(compositions):
    return {name: (Model(compositions[name], CLASSES), frozen) for name, frozen in AT.items()}


@pytest.fixture(scope="package")
def rules(resolved):
    reading = WindowSettings(much_less_than=3.0, tail=1e-6, tolerance=0.1, grid=201)
    return {
        name: WindowRules.of_classes(
            convert(resolved["experiments"][name]["classes"], dict[str, MeasuredClass], ""),
            classes_of(resolved["classes"]),
            reading,
        )
        for name in AT
    }


@pytest.fixture(scope="package")
def linear():
    """h = y - x2: ḃ of a class is normal, that of a mini-batch a mixture of normal laws."""
    return Model(compose("y", "(f - x2)**2/2", [0, 1]), CLASSES), Frozen(0.8, 0.3, 0.1)


@pytest.fixture(scope="package")
def capped(linear):
    """h = 1/(1 - y) up to a cap, and the cap beyond: the designed loss of k = 2, near its optimum."""
    u = "((1 - 2*x2)*f)"
    loss = f"Piecewise((-log(1 - {u}), {u} < 1 - 1/cap), (log(cap) + cap*({u} - 1 + 1/cap), True))"
    model = Model(compose("y", loss, [0, 1], loss_parameters={"cap": 1000.0}), linear[0].densities)
    return model, Frozen(3.0247, -1.51235, 0.01)


def power_law(k, guard):
    """h = (1 - y)^(-1/(k-1)) up to a guard, of which p(h) ∝ h^(-k) on data even in y; for 'ones' its mirror image.

    Data even in y on [0, 1]: 'zeros' x1 in [0, 1], 'ones' in [1, 2] with y = x1 here, mirrored by 2 - x1 by the loss.
    """
    s = 1 / (k - 1)
    loss = f"Piecewise((0, x2*(2 - f) + (1 - x2)*f > 1 - {guard!r}), ((2*x2 - 1)*0 + "
    distance = "(1 - (x2*(2 - f) + (1 - x2)*f))"
    inner = f"-log({distance})" if k == 2 else f"-{distance}**({1 - s!r})/({1 - s!r})"
    return Model(
        compose("y", f"{loss}({inner}), True))", [0, 1]), {"zeros": stats.uniform(0, 1), "ones": stats.uniform(1, 1)}
    ), Frozen(1.0, 0.0, 1.0)


@pytest.fixture(scope="package")
def heavy():
    return power_law


@pytest.fixture
def random():
    return np.random.default_rng(20240611)


@pytest.fixture(scope="package")
def measured(models, rules):
    """The table of an experiment and M, some ten seconds of the processor when it is first asked for."""

    @cache
    def table(name, M):
        return measure(Design(*models[name], rules[name], SAMPLES // max(M, 4)), M, generator(1, name, M))

    return table


@pytest.fixture(scope="package")
def all_measured(measured):
    """By experiment and M."""
    return {case: measured(*case) for case in CASES}


@pytest.fixture(scope="package")
def measured_capped(capped):
    """By M, of the designed loss of k = 2."""
    return {M: measure(Design(*capped, {}, batches), M, generator(1, "capped", M)) for M, batches in CAPPED.items()}


@pytest.fixture(scope="session")
def one():
    """Finds the one row of a table with what is wanted of its columns."""

    def row(table, **wanted):
        rows = table
        for column, value in wanted.items():
            rows = rows[rows[column] == value]
        assert len(rows) == 1, wanted
        return rows.iloc[0]

    return row
