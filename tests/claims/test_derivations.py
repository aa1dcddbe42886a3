"""If these fail, a claim takes the verdict of another's derivation, or one that nobody tested passes for tested."""

from dataclasses import replace

import numpy as np
import pytest
from judged_claims import finding
from simulated_results import results_of, table_of

from duality.errors import InputError
from duality.records.theory import DERIVATIONS
from duality.verdicts import CORRECTED, NOT_TESTED, REPRODUCED


def test_a_derivation_is_found_by_its_id_and_none_of_another_decides():
    rows = {"printed": [True, False], "mended": [None, True], "right_form": ["", "f = g"], "value": [np.nan, 0.5]}
    table = table_of(DERIVATIONS, id=["2.1", "2.2"], evidence="compared", method="proof", **rows)
    results = replace(results_of(), derivations=table)
    found = finding("derivation", results, id="2.2")
    assert (found.verdict, found.right_form, found.value, found.error) == (CORRECTED, "f = g", 0.5, None)
    reproduced = finding("derivation", results, id="2.1")
    assert (reproduced.verdict, reproduced.value) == (REPRODUCED, None)
    with pytest.raises(InputError, match="no derivation of this id"):
        finding("derivation", results, id="2.3")


def test_what_was_not_tested_says_what_a_test_would_take():
    found = finding("untested", results_of(), reason="no images", takes="the images")
    assert (found.verdict, found.evidence) == (NOT_TESTED, "no images; a test would take the images")
