"""If these fail, a measured claim of the paper gets the wrong verdict."""

from dataclasses import replace

import pandas as pd
import pytest

from duality.measurements import MEASUREMENTS, Missing, Results
from duality.verdicts import CORRECTED, NOT_TESTABLE, REFUTED, REPRODUCED


def fit(k, se, decades, n=1000):
    return {
        "window": {"q_low": 1.0, "q_high": 10.0**decades, "decades": decades, "n": n},
        "raw": {"k": k + 0.3, "se": se},
        "corrected": {"k": k, "se": se},
        "shifted": None,
    }


def results_of(accuracy=0.975, paper=(1.0, 0.01, 3.0), observed=(1.0, 0.01, 5.0), drift=0.5, p_value=0.3, jumps=None):
    """One experiment with one class."""
    windows = {"paper": fit(*paper), "observed": observed and fit(*observed)}
    diagnostics = {name: {"drift": drift, "r_hat": 1.001} for name in ("w", "b")}
    return Results(
        {"e": {"accuracy": accuracy, "accuracy_se": 1e-4, "diagnostics": diagnostics}},
        {"e": {"c": {"q_dot": windows, "w_dot": windows, "b_dot": windows, "goodness_of_fit": {"p_value": p_value}}}},
        {"e": {"c": {"q_dot": {"paper": {"probability": 0.1}}}}},
        jumps or {},
        pd.DataFrame({"class": ["c", "c"], "n": [5000, 5000], "mean": [0.001, -0.002], "sd": [0.25, 0.2501]}),
    )


def verdict(check, results, **claim):
    return MEASUREMENTS[check](results, claim).verdict


K = {"experiment": "e", "class": "c", "exponent": "k_q", "expected": 1, "tolerance": 0.05, "decades": 1}


def test_accuracy_must_exceed_the_bound_by_its_error():
    assert verdict("accuracy", results_of(0.975), at_least=0.97) == REPRODUCED
    assert verdict("accuracy", results_of(0.9701), at_least=0.97) == REFUTED


@pytest.mark.parametrize(
    ("paper", "observed", "expected"),
    [
        ((1.04, 0.001, 3.0), None, REPRODUCED),
        ((1.06, 0.001, 3.0), None, REFUTED),
        ((1.06, 0.01, 3.0), None, REPRODUCED),  # within tolerance and error
        ((1.0, 0.01, 0.05), (1.0, 0.01, 2.5), CORRECTED),  # too narrow to show a power law
        ((1.0, 0.01, 0.05), (1.5, 0.01, 2.5), REFUTED),
        ((1.0, 0.01, 0.05), None, REFUTED),
    ],
)
def test_an_exponent_needs_its_value_and_its_decades(paper, observed, expected):
    """And the observed window mends only what it shows itself."""
    assert verdict("exponent", results_of(paper=paper, observed=observed), **K) == expected


def test_an_exponent_that_was_not_fitted_is_not_testable():
    assert verdict("exponent", results_of(), **K, kind_of_fit="shifted") == NOT_TESTABLE
    with pytest.raises(Missing):
        verdict("exponent", results_of(), **K | {"class": "d"})


def test_drift_and_p_values():
    assert verdict("stationarity", results_of(drift=-2.0), at_most=3) == REPRODUCED
    assert verdict("stationarity", results_of(drift=-4.0), at_most=3) == REFUTED
    assert verdict("exact_density", results_of(p_value=0.02), at_least=0.01) == REPRODUCED
    assert verdict("exact_density", results_of(p_value=0.002), at_least=0.01) == REFUTED


def test_moments_are_compared_in_standard_errors():
    good = {"moment": "mean", "expected": {"c": 0}, "tolerance": 4}
    assert verdict("moments", results_of(), **good) == REPRODUCED
    assert verdict("moments", results_of(), **good | {"expected": {"c": 0.02}}) == REFUTED
    assert verdict("moments", results_of(), moment="sd", expected={"c": 0.25}, tolerance=4) == REPRODUCED
    with pytest.raises(Missing):
        verdict("moments", results_of(), **good | {"expected": {"zeros": 0}})


def test_scales_contribution_and_branches():
    among = {"among": [["e", "c"]], "decades": 1}
    assert verdict("range_of_scales", results_of(), **among) == REPRODUCED
    assert verdict("range_of_scales", results_of(paper=(1, 0.1, 0.5)), **among) == CORRECTED
    contribution = {"experiment": "e", "class": "c"}
    assert verdict("dataset_contribution", results_of(), **contribution, at_least=0.1) == REPRODUCED
    assert verdict("dataset_contribution", results_of(), **contribution, at_least=0.5) == REFUTED
    assert verdict("dataset_contribution", results_of(paper=(1, 0.2, 3)), **contribution, at_least=0.1) == REFUTED
    assert verdict("single_branch", results_of(), at_least=0.9) == REPRODUCED  # 0.1·10000 of 1000 expected
    assert verdict("exponents_differ", results_of(), pairs=[[["e", "c"], ["e", "c"]]], at_least=0.1) == REFUTED


def summary(ks, high):
    return {"c": {"negative": {"ks": ks, "ks_low": 2 * ks - high, "ks_high": high, "exponent": 0.5, "resolved": True}}}


def test_jumps_are_the_same_only_if_the_whole_interval_is_below_the_bound():
    assert verdict("jumps", results_of(jumps={"e": summary(0.004, 0.005)}), at_most=0.01) == REPRODUCED
    assert verdict("jumps", results_of(jumps={"e": summary(0.009, 0.011)}), at_most=0.01) == REFUTED


@pytest.mark.parametrize(
    ("collapsed", "outcome", "expected"),
    [
        ([None, None], ["equilibrium"], REPRODUCED),
        ([100.0, None], ["equilibrium", "equilibrium"], CORRECTED),
        ([100.0, 50.0], ["equilibrium", "no equilibrium"], REFUTED),
    ],
)
def test_the_guard_mends_only_if_all_training_with_it_settles(collapsed, outcome, expected):
    results = replace(
        results_of(), guarded=pd.DataFrame({"outcome": outcome}), unguarded=pd.DataFrame({"collapsed": collapsed})
    )
    assert verdict("guard", results) == expected
    with pytest.raises(Missing):
        verdict("guard", results_of())
