"""What the table is made from: results of one experiment, with a shifted power law and a derived exponent."""

import msgspec
import pandas as pd
import pytest
from measured_results import CLASS, EXPERIMENT, measured, with_window

from duality.config.settings import Experiment, Prediction
from duality.conventions import PAPER
from duality.records.estimates import Estimate, PopulationValue
from duality.records.exponents import CROSS_CHECK, DerivedExponent, Shift, ShiftedFit, ShiftProfile
from duality.records.record import convert
from duality.table.numbers import class_rows

SHIFTED = ShiftedFit(
    exponent=Estimate.normal(0.499, 0.012),
    population=PopulationValue(0.5, 0.0, -0.1),
    ratio=Estimate.normal(-180.0, 1.0),
    at_theory=Estimate.normal(0.498, 0.011),
    theory=Shift(k_w=0.5, A=-181.0, B=1.0),
    gain=1200.0,
    gain_over_exponential=300.0,
    profile=ShiftProfile(exponent=(0.476, 0.524), ratio=(-182.0, -178.0), inverse_ratio=(-0.0056, -0.0055)),
    bootstrap=(0.475, 0.523),
    ks_distance=0.01,
    ks_p_value=0.37,
)


@pytest.fixture(scope="session")
def predictions(resolved):
    return convert(resolved["predictions"], dict[str, Prediction], "predictions")


@pytest.fixture(scope="session")
def experiment(resolved):
    return convert(resolved["experiments"][EXPERIMENT], Experiment, EXPERIMENT)


@pytest.fixture(scope="session")
def own():
    """Theory derives an exponent on the paper's window of q̇, and a shifted power law on that of ẇ."""
    results = measured().exponents[CLASS]
    theory = msgspec.structs.replace(results.paper, theory=DerivedExponent(1.0, "1", "y → -∞"))
    shifted = msgspec.structs.replace(results.quantities["w_dot"][PAPER], shifted=SHIFTED)
    return with_window(with_window(results, "q_dot", PAPER, theory), "w_dot", PAPER, shifted)


@pytest.fixture(scope="session")
def rows_of():
    """Makes the rows of one experiment, of what was measured on one class."""

    def make(experiment, own, name=EXPERIMENT, class_name=CLASS):
        check = {"experiment": [name], "class": [class_name], "n": [10], "k": [1.09], "k_powerlaw": [1.09001]}
        table = pd.DataFrame({**check, "disagreement": [1e-5]})
        CROSS_CHECK.check(table, "the cross-check")
        return class_rows({name: experiment}, {name: measured().equilibrium}, {name: {class_name: own}}, table)

    return make


@pytest.fixture(scope="session")
def rows(rows_of, experiment, own):
    return rows_of(experiment, own)
