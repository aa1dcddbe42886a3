"""If these fail, a measured claim of the paper gets the wrong verdict."""

from dataclasses import replace

import pandas as pd
import pytest
from simulated_results import results_of

from duality.claims.measurements import MEASUREMENTS, Missing
from duality.verdicts import CORRECTED, NOT_TESTABLE, REFUTED, REPRODUCED


def verdict(check, results, **claim):
    return MEASUREMENTS[check](results, claim).verdict


E = {"experiments": ["e"]}
K = {"experiment": "e", "class": "c", "exponent": "k_q", "expected": 1, "tolerance": 0.05, "decades": 1}


def test_accuracy_must_exceed_the_bound_by_its_error():
    assert verdict("accuracy", results_of(0.975), **E, at_least=0.97) == REPRODUCED
    assert verdict("accuracy", results_of(0.9701), **E, at_least=0.97) == REFUTED


def test_experiments_of_a_user_s_own_neither_help_nor_harm():
    """A claim is about the paper's experiments: with one of them absent it cannot be tested."""
    results = results_of(0.975)
    own = replace(results, equilibria={**results.equilibria, "mine": {"accuracy": 0.5, "accuracy_se": 0.1}})
    assert verdict("accuracy", own, **E, at_least=0.97) == REPRODUCED
    with pytest.raises(Missing, match="no experiment f"):
        verdict("accuracy", own, experiments=["e", "f"], at_least=0.97)


@pytest.mark.parametrize(
    ("paper", "observed", "expected"),
    [
        ((1.04, 0.001, 3.0), None, REPRODUCED),
        ((1.06, 0.001, 3.0), None, REFUTED),
        ((1.0, 0.1, 3.0), None, REFUTED),  # too uncertain to agree: fewer data must not help
        ((1.0, 0.01, 0.05), (1.0, 0.01, 2.5), CORRECTED),  # too narrow to show a power law
        ((1.0, 0.01, 0.05), (1.5, 0.01, 2.5), REFUTED),
        ((1.0, 0.01, 0.05), None, REFUTED),
    ],
)
def test_an_exponent_needs_its_value_and_its_decades(paper, observed, expected):
    """And the observed window mends only what it shows itself."""
    assert verdict("exponent", results_of(paper=paper, observed=observed), **K) == expected


def test_the_observed_window_may_have_to_do_better():
    """It was chosen for its exponent, so that agreement within the same tolerance would be no news."""
    results = results_of(paper=(1.0, 0.01, 0.05), observed=(1.03, 0.005, 2.5))
    assert verdict("exponent", results, **K) == CORRECTED
    assert verdict("exponent", results, **K, mended_tolerance=0.02) == REFUTED


def test_conditions_as_printed_come_first():
    """Where the config has them, they are judged, and the paper's window as the config reads it can but mend them."""
    assert verdict("exponent", results_of(paper=(2, 0.01, 3), printed=(1, 0.01, 3)), **K) == REPRODUCED
    assert verdict("exponent", results_of(printed=(2, 0.01, 3)), **K) == CORRECTED
    assert verdict("exponent", results_of(printed=None), **K) == CORRECTED
    assert verdict("exponent", results_of(far=(2, 0.01, 3)), **K | {"expected": 2}, window="far") == REPRODUCED


def test_an_exponent_that_was_not_fitted_is_not_testable():
    assert verdict("exponent", results_of(), **K, kind_of_fit="shifted") == NOT_TESTABLE
    with pytest.raises(Missing):
        verdict("exponent", results_of(), **K | {"class": "d"})


def test_means_that_stay_and_p_values():
    assert verdict("stationarity", results_of(later=-2.0), **E, at_most=3) == REPRODUCED
    assert verdict("stationarity", results_of(later=-4.0), **E, at_most=3) == REFUTED
    assert verdict("exact_density", results_of(p_value=0.02), **E, at_least=0.01) == REPRODUCED
    assert verdict("exact_density", results_of(p_value=0.002), **E, at_least=0.01) == REFUTED


def test_bare_power_laws_are_mended_by_the_exact_density():
    among = {"among": [["e", "c"]], "at_least": 0.01}
    assert verdict("bare_power_law", results_of(), **among) == REPRODUCED
    rejected = results_of(paper=(1.0, 0.01, 3.0, 0.001))
    finding = MEASUREMENTS["bare_power_law"](rejected, among)
    assert finding.verdict == CORRECTED
    assert "lognormal on 1" in finding.evidence
    assert "exponential on" not in finding.evidence


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
    assert verdict("single_branch", results_of(), **E, at_least=0.9) == REPRODUCED
    assert verdict("single_branch", results_of(), **E, at_least=0.96) == REFUTED
    assert verdict("exponents_differ", results_of(), pairs=[[["e", "c"], ["e", "c"]]], at_least=0.1) == REFUTED


def summary(ks, high):
    return {"c": {"negative": {"ks": ks, "ks_low": 2 * ks - high, "ks_high": high, "exponent": 0.5, "resolved": True}}}


def test_jumps_are_the_same_only_if_the_whole_interval_is_below_the_bound():
    assert verdict("jumps", results_of(jumps={"e": summary(0.004, 0.005)}), **E, at_most=0.01) == REPRODUCED
    assert verdict("jumps", results_of(jumps={"e": summary(0.009, 0.011)}), **E, at_most=0.01) == REFUTED


@pytest.mark.parametrize(
    ("collapsed", "outcome", "expected"),
    [
        ([None, None], ["equilibrium"], REPRODUCED),
        ([100.0, None], ["equilibrium", "equilibrium"], CORRECTED),
        ([100.0, 50.0], ["equilibrium", "no equilibrium"], REFUTED),
    ],
)
def test_the_guard_mends_only_if_all_training_with_it_settles(collapsed, outcome, expected):
    # A row per class: a training counts once.
    rows = {
        "value": 0.001,
        "gamma": [g for g in range(len(outcome)) for _ in "ab"],
        "outcome": [o for o in outcome for _ in "ab"],
    }
    runs = pd.DataFrame({"collapsed": collapsed, "predicted_rate": 0.01})
    results = replace(results_of(), guard_experiment="e", guarded=pd.DataFrame(rows), unguarded=runs)
    finding = MEASUREMENTS["guard"](results, {"experiment": "e"})
    assert finding.verdict == expected
    assert f"of {len(outcome)} were in equilibrium" in finding.evidence
    with pytest.raises(Missing):
        verdict("guard", results_of(), experiment="e")
    with pytest.raises(Missing):  # a guard of another experiment says nothing about the paper's
        verdict("guard", results, experiment="f")
