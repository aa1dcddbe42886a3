"""If these fail, a claim about what training ends in gets the wrong verdict."""

from dataclasses import replace

import msgspec
import pytest
from judged_claims import ALL, E, verdict
from simulated_results import results_of

from duality.claims.checks import Missing
from duality.records.estimates import Estimate
from duality.verdicts import REFUTED, REPRODUCED, UNDECIDED


def test_accuracy_must_exceed_the_bound_by_its_error():
    assert verdict("accuracy", results_of(0.975), **E, **ALL, at_least=0.97) == REPRODUCED
    assert verdict("accuracy", results_of(0.9701), **E, **ALL, at_least=0.97) == UNDECIDED
    assert verdict("accuracy", results_of(0.9697), **E, **ALL, at_least=0.97) == REFUTED


def test_experiments_of_a_user_s_own_neither_help_nor_harm():
    """A claim is about the paper's experiments: with one of them absent it cannot be tested."""
    results = results_of(0.975)
    poor = msgspec.structs.replace(results.experiments["e"].equilibrium, accuracy=Estimate.normal(0.5, 0.1))
    mine = replace(results.experiments["e"], equilibrium=poor)
    own = replace(results, experiments={**results.experiments, "mine": mine})
    assert verdict("accuracy", own, experiments=["mine"], **ALL, at_least=0.97) == REFUTED
    assert verdict("accuracy", own, **E, **ALL, at_least=0.97) == REPRODUCED
    with pytest.raises(Missing, match="no experiment f"):
        verdict("accuracy", own, experiments=["e", "f"], **ALL, at_least=0.97)


def test_means_stay_if_no_deviation_is_significant():
    assert verdict("stationarity", results_of(later=-2.7), **E) == REPRODUCED  # of two, at 1%: 2.81
    assert verdict("stationarity", results_of(later=-2.9), **E) == REFUTED


def test_means_may_differ_by_the_error_of_the_equilibrium_too():
    """Else an equilibrium that is known poorly would count as left behind."""
    results = results_of(later=-4.0)
    equilibrium = results.experiments["e"].equilibrium
    # The error of the finite data set does not count: training goes on with the same.
    data = replace(
        results.experiments["e"], equilibrium=msgspec.structs.replace(equilibrium, w=Estimate.normal(1.0, 0.2))
    )
    assert verdict("stationarity", replace(results, experiments={"e": data}), **E) == REFUTED
    poorly = msgspec.structs.replace(equilibrium, covariance=((0.04, 0.0), (0.0, 0.0)))
    results = replace(results, experiments={"e": replace(results.experiments["e"], equilibrium=poorly)})
    assert verdict("stationarity", results, **E) == REPRODUCED
