"""Results of a small experiment, made by the functions that the stages call, for tests of what reads them.

They are of the sigmoid with the squared loss at the optimum of its population loss, and of 200,000 samples of the class
'zeros'. q̇ has both windows, ẇ and ḃ have the paper's, and none has the variant `nowhere`. No regimes are given, so
that theory is None. A test that needs another value puts it into such a record with `msgspec.structs.replace`.
"""

from dataclasses import dataclass
from functools import cache, partial

import msgspec
import numpy as np
import pandas as pd

from duality.config.settings import FitSettings, MeasuredClass, WindowSettings
from duality.conventions import QUANTITIES
from duality.dataset.density import Gaussian
from duality.exponents.measurement import Evidence, measure_class
from duality.exponents.sensitivity import sensitivity
from duality.fits.histogram import ClassFluctuations
from duality.fluctuations.extraction import Fluctuations, extract
from duality.formulas.compose import compose
from duality.jacobian.duality import Duality, tabulate
from duality.jacobian.windows import WindowRule, WindowRules, find_windows
from duality.random_streams import generator
from duality.records.estimates import Estimate, PopulationValue
from duality.records.exponents import ClassMeasurements, Exponents, Measurement
from duality.records.jacobian import QuantityWindows
from duality.records.theory import REGIMES
from duality.records.training import ChainDiagnostics, Equilibrium, PopulationReference

EXPERIMENT, CLASS, SAMPLES, GAMMA = "sigmoid_mse", "zeros", 200_000, 0.1

MEASURED_CLASS = MeasuredClass(
    sign="negative",
    conditions=["1/2 << abs(w*x1)", "abs(w) >> 1", "exp(y) << 1"],
    variants={"nowhere": ["x1 > 1000"]},
    predicted=dict.fromkeys(QUANTITIES) | {"q_dot": 1.0},
    texts=dict.fromkeys(QUANTITIES) | {"q_dot": "1"},
)


@dataclass(frozen=True)
class MeasuredResults:
    """What the stages training, jacobian and exponents write of one experiment."""

    equilibrium: Equilibrium
    windows: dict[str, dict[str, QuantityWindows]]
    exponents: Exponents
    jacobian: pd.DataFrame
    rivals: pd.DataFrame
    sensitivity: pd.DataFrame
    density: pd.DataFrame


def equilibrium_at(w: float, b: float) -> Equilibrium:
    """An equilibrium whose means are w and b, with errors of a hundredth."""
    chains = {
        name: ChainDiagnostics(
            mean=mean, sd=0.3, mcse=0.01, r_hat=1.001, ess_bulk=900.0, ess_tail=950.0, drift=0.5
        )
        for name, mean in (("w", w), ("b", b))
    }  # fmt: skip
    return Equilibrium(
        w=Estimate.normal(w, 0.01),
        b=Estimate.normal(b, 0.01),
        covariance=((1e-4, 0.0), (0.0, 1e-4)),
        diagnostics=chains,
        steps=960_000,
        burn_in=288_000,
        draws=1000,
        replicas=4,
        accuracy=Estimate.normal(0.97733, 0.00007),
        loss=0.0186,
        population=PopulationReference(
            optimum=(w, b),
            mean=(w + 0.01, b - 0.02),
            mean_to_first_order=(w + 0.011, b - 0.021),
            stationary_covariance=((0.09, 0.0), (0.0, 0.09)),
            curvature=((0.002, 0.002), (0.002, 0.004)),
            sampling_covariance=((1e-6, 0.0), (0.0, 1e-6)),
            accuracy=PopulationValue(0.97725, 1e-5, 1.1),
            distance=(-1.0, 2.0),
            distance_from_optimum=(0.0, 0.0),
        ),
    )


def fluctuations_of(found: Fluctuations, unseen: float) -> ClassFluctuations:
    """Those of the class, of which training did not see a share."""
    counts = found.counts.set_index("class").loc[CLASS].to_dict()
    return ClassFluctuations(CLASS, found.histogram, counts, unseen)


@cache
def measured() -> MeasuredResults:
    """Computed once in a run of the tests; nothing may change it."""
    composition, density = compose("1/(1 + exp(-y))", "(f - x2)**2", [0.0, 1.0]), Gaussian(0.0, 0.25)
    equilibrium = equilibrium_at(16.0, -8.0)
    frozen = equilibrium.frozen(GAMMA)
    x1 = np.random.default_rng(5).normal(density.mean, density.sd, SAMPLES)
    found = extract(composition, {CLASS: x1, "ones": x1[:0]}, frozen)
    fluctuations = fluctuations_of(found, unseen=0.0)
    duality = Duality(composition, 0, density, frozen)
    rule = WindowRule.of(MEASURED_CLASS, 0.0, WindowSettings(much_less_than=3.0, tail=1e-6, tolerance=0.1, grid=201))
    windows = find_windows(duality, rule, MEASURED_CLASS, 0.1)
    evidence = Evidence(windows, fluctuations, None, equilibrium, pd.DataFrame(columns=list(REGIMES.columns)))
    tests = FitSettings(cells=50, bootstrap=99, sensitivity=[1.5, 3.0, 1000.0])
    measurements, of = measure_class(
        duality, WindowRules(rule, MEASURED_CLASS, 0.1), evidence, tests, partial(generator, 1)
    )
    sensitivities = sensitivity(duality, rule, tests.sensitivity, evidence)
    tables = (tabulate(duality, 1e-6, 201), of["rivals"], sensitivities, of["density"])
    for table in tables:
        table.insert(0, "class", CLASS)
    return MeasuredResults(equilibrium, {CLASS: windows}, {CLASS: measurements}, *tables)


def with_window(of: ClassMeasurements, quantity: str, window: str, found: Measurement | None) -> ClassMeasurements:
    """The same measurements, but for one window of one quantity."""
    windows = {**of.quantities.get(quantity, {}), window: found}
    return msgspec.structs.replace(of, quantities={**of.quantities, quantity: windows})
