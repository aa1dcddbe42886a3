"""If these fail, theory is rejected or not by another number of tests than there are."""

import pytest

from duality.jumps.theory_tests import theory_tests
from duality.records.estimates import Estimate
from duality.records.jumps import JumpExponent, JumpSummary


def summary(p_value, **exponents):
    one = Estimate.normal(1.0, 0.1)
    return JumpSummary(
        gamma=0.1, distance=one, noise_floor=0.0, predicted_distance=None, agreement=None, deviation=None,
        p_value=p_value, power=None, fitted_power=None, predicted_power=None, resolved=True, explained=True,
        exponents={kind: JumpExponent(1.0, one, one, one, 0.0, p) for kind, p in exponents.items()},
    )  # fmt: skip


def test_all_p_values_are_one_family():
    """Of distributions and of corrected exponents; a raw one, which has hardly another p-value, does not count."""
    one = {"c": {"negative": summary(0.01, corrected=0.5, raw=1e-9)}}
    other = {"c": {"negative": summary(0.2), "positive": summary(None, corrected=None, raw=1e-9)}}
    assert theory_tests({"one": one, "other": other}) == {
        ("one", "c", "negative", "distribution"): pytest.approx(0.03),
        ("one", "c", "negative", "exponent"): pytest.approx(0.5),
        ("other", "c", "negative", "distribution"): pytest.approx(0.4),
    }
    assert theory_tests({"other": {"c": {"positive": summary(None)}}}) == {}
