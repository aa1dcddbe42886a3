"""If these fail, a claim about the samples gets the wrong verdict."""

import pytest
from judged_claims import verdict
from simulated_results import results_of

from duality.claims.checks import Missing
from duality.verdicts import REFUTED, REPRODUCED


def test_moments_are_compared_in_standard_errors():
    good = {"moment": "mean", "expected": {"c": 0}}
    assert verdict("moments", results_of(), **good) == REPRODUCED
    assert verdict("moments", results_of(), **good | {"expected": {"c": 0.02}}) == REFUTED
    assert verdict("moments", results_of(), moment="sd", expected={"c": 0.25}) == REPRODUCED
    # 0.0067 is 3.8 of the errors sd/√(2n), and 2.7 of sd/√n: of one, 2.58 are allowed at 1%
    assert verdict("moments", results_of(), moment="sd", expected={"c": 0.2567}) == REFUTED
    with pytest.raises(Missing):
        verdict("moments", results_of(), **good | {"expected": {"zeros": 0}})
