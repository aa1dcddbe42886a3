"""Results of an experiment with one class, as the checks of claims read them.

The records are those that the functions of the stages made, of `measured_results`, with other numbers put into them.
"""

import numpy as np
import pandas as pd
from measured_results import CLASS, equilibrium_at, measured
from msgspec.structs import replace

from duality.claims.results import ExperimentResults, Results
from duality.config.settings import ChoiceSettings, ClaimSettings
from duality.records.estimates import Estimate
from duality.records.exponents import RIVALS, SENSITIVITY
from duality.records.fluctuations import SHARD_SUMMARY
from duality.records.jumps import JUMP_DISTANCES, JumpSummary
from duality.records.theory import DERIVATIONS

RULES = ClaimSettings(
    delta=0.05,
    decades=1,
    wide=1,
    significance=0.01,
    ks_distance=0.01,
    dominant_share=0.9,
    choices=ChoiceSettings(delta=[0.02, 0.05], decades=[0.5, 4], much_less_than=[2, 3, 7]),
)
LEAST = 0.001  # of a bootstrap of 999
_BLANK = {str: "", int: 0, float: np.nan, bool: False}


def table_of(table, **columns):
    """A table of `duality.records` of which some columns are given, and the others hold nothing."""
    rows = max((len(values) for values in columns.values() if not isinstance(values, str | float | int)), default=1)
    blank = {name: _BLANK.get(kind) for name, kind in table.columns.items()}
    frame = pd.DataFrame({**blank, **columns}, index=range(rows))
    table.check(frame, "simulated")
    return frame


def fit(k, se, decades, p_value=0.5):
    """A measurement with the exponent k, the window as wide as given, and the p-value of both power laws."""
    found = measured().exponents[CLASS].quantities["q_dot"]["paper"]
    return replace(
        found,
        window=replace(
            found.window,
            q_low=1.0,
            q_high=10.0**decades,
            decades=float(decades),
            decades_99=float(decades),
            own_branch=0.95,
        ),
        raw=replace(found.raw, exponent=Estimate.normal(k + 0.3, se), ks_p_value=p_value),
        corrected=replace(found.corrected, exponent=Estimate.normal(k, se), ks_p_value=p_value),
        duality=replace(found.duality, p_value=0.4),
    )


def jump_summary(ks, high):
    """What is told of the jumps of one class, of one sign: their KS distance, and the upper end of its interval."""
    found = JumpSummary(
        gamma=0.1,
        distance=Estimate(ks, (high - ks) / 2, (2 * ks - high, high)),
        noise_floor=0.001,
        predicted_distance=None,
        agreement=None,
        deviation=None,
        p_value=None,
        power=Estimate.normal(0.5, 0.1),
        fitted_power=None,
        predicted_power=None,
        resolved=True,
        explained=True,
        exponents={},
    )
    return {"c": {"negative": found}}


def results_of(
    accuracy=0.975, paper=(1.0, 0.01, 3.0), observed=(1.0, 0.01, 5.0), later=0.0, p_value=0.3, jumps=None, **variants
):
    """One experiment with one class; `later` is where w went when training went on, in standard errors."""
    windows = {name: of and fit(*of) for name, of in {"paper": paper, "observed": observed, **variants}.items()}
    of_class = measured().exponents[CLASS]
    exponents = replace(
        of_class,
        goodness_of_fit=replace(of_class.goodness_of_fit, p_value=p_value),
        quantities=dict.fromkeys(("q_dot", "w_dot", "b_dot"), windows),
    )
    equilibrium = replace(
        equilibrium_at(1.0, 0.0),
        w=Estimate.normal(1.0, 0.0),
        b=Estimate.normal(0.0, 0.0),
        covariance=((0.0, 0.0), (0.0, 0.0)),
        accuracy=Estimate.normal(accuracy, 1e-4),
    )
    run = {"sd_w": 1.0, "sd_b": 1.0, "steps": 1000, "replicas": 1, "autocorrelation_steps": 10.0}
    rivals = {"class": "c", "quantity": "q_dot", "window": "paper"}
    rivals |= {"rival": ["lognormal", "exponential"], "favours": ["lognormal", "power law"]}
    experiment = ExperimentResults(
        equilibrium,
        {"c": exponents},
        jumps or {},
        table_of(JUMP_DISTANCES, w=1 + 0.1 * later, b=0.0, **run),
        table_of(RIVALS, **rivals),
        # At M = 3 what is measured on the paper's window; at M = 2 another exponent, at M = 10 no window.
        table_of(
            SENSITIVITY,
            **{"class": "c"},
            much_less_than=[2.0, 3.0, 10.0],
            decades=[4.5, paper[2], np.nan],
            k_corrected=[1.2, paper[0], np.nan],
            k_corrected_se=[0.01, paper[1], np.nan],
        ),
    )
    shards = table_of(SHARD_SUMMARY, n=[5000, 5000], mean=[0.001, -0.002], sd=[0.25, 0.2501])
    return Results(
        pd.DataFrame(columns=list(DERIVATIONS.columns)), {"c": shards}, {"e": experiment}, None, RULES, LEAST
    )
