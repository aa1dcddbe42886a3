"""If these fail, a claim about the guard of a loss gets the wrong verdict."""

from dataclasses import replace

import numpy as np
import pytest
from judged_claims import finding, verdict
from simulated_results import results_of, table_of

from duality.claims.checks import Missing
from duality.claims.results import GuardResults
from duality.records.guard import GUARD_TRAINING, UNGUARDED_TRAINING
from duality.verdicts import CORRECTED, REFUTED, REPRODUCED


@pytest.mark.parametrize(
    ("collapsed", "outcome", "expected"),
    [
        ([None, None], ["equilibrium"], REPRODUCED),
        ([100.0, None], ["equilibrium", "equilibrium"], CORRECTED),
        ([100.0, 50.0], ["equilibrium", "no equilibrium"], REFUTED),
    ],
)
def test_the_guard_mends_only_if_all_training_with_it_settles(collapsed, outcome, expected):
    guarded = table_of(
        GUARD_TRAINING,  # a row per class: a training counts once
        value=0.001,
        gamma=[g for g in range(len(outcome)) for _ in "ab"],
        outcome=[o for o in outcome for _ in "ab"],
    )
    unguarded = table_of(UNGUARDED_TRAINING, collapsed=np.array(collapsed, float), predicted_rate=0.01)
    results = replace(results_of(), guard=GuardResults("e", guarded, unguarded))
    found = finding("guard", results, experiment="e")
    assert found.verdict == expected
    assert f"of {len(outcome)} were in equilibrium" in found.evidence
    share, low, high = found.value.value, *found.value.interval
    assert share == np.isfinite(np.array(collapsed, float)).mean()
    # By hand: (count + 2)/6 ± 1.96·√(p(1 - p)/6), within [0, 1].
    assert (low, high) == pytest.approx({0: (0, 0.71), 0.5: (0.1, 0.9), 1: (0.29, 1)}[share], abs=0.005)
    with pytest.raises(Missing):
        verdict("guard", results_of(), experiment="e")
    with pytest.raises(Missing):  # a guard of another experiment says nothing about the paper's
        verdict("guard", results, experiment="f")
