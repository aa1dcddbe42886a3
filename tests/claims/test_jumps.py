"""If these fail, a claim about actual and potential jumps gets the wrong verdict."""

import msgspec
import pytest
from judged_claims import ALL, E, finding, verdict
from simulated_results import jump_summary, results_of

from duality.claims.checks import Missing
from duality.records.estimates import Estimate
from duality.records.jumps import JumpExponent
from duality.verdicts import CORRECTED, REFUTED, REPRODUCED, UNDECIDED


def fitted(difference, se, decades=1.0, p_value=None):
    """An exponent that differs by so much; of the exponents themselves nothing is judged."""
    wide = Estimate.normal(5.0, 3.0)
    expected = None if p_value is None else 0.7
    return JumpExponent(decades, wide, wide, Estimate.normal(difference, se), expected, p_value)


def with_jumps(p_value=None, **exponents):
    """Results of which the jumps have this p-value of the distribution and these exponents."""
    known = msgspec.structs.replace(
        jump_summary(0.004, 0.005)["c"]["negative"],
        p_value=p_value,
        agreement=Estimate.normal(0.75, 0.05),
        exponents=exponents,
    )
    return results_of(jumps={"c": {"negative": known}})


def test_jumps_are_the_same_only_if_the_whole_interval_is_below_the_bound():
    assert verdict("jumps", results_of(jumps=jump_summary(0.004, 0.005)), **E, **ALL) == REPRODUCED
    assert verdict("jumps", results_of(jumps=jump_summary(0.009, 0.011)), **E, **ALL) == UNDECIDED
    assert verdict("jumps", results_of(jumps=jump_summary(0.012, 0.013)), **E, **ALL) == REFUTED


def test_exponents_of_actual_jumps_must_be_those_of_potential_ones_within_delta():
    """δ is 0.05: the whole interval counts, of every exponent; windows below d = 1 decade can be what was meant."""
    same, unsure, other = fitted(-0.03, 0.01), fitted(0.04, 0.01), fitted(-0.08, 0.01)
    narrow = fitted(-0.9, 0.2, decades=0.9)
    for exponents, expected in (
        ({"raw": same, "corrected": same}, REPRODUCED),
        ({"raw": same, "corrected": unsure}, UNDECIDED),
        ({"raw": same, "corrected": other}, REFUTED),
        ({"raw": same, "corrected": narrow}, CORRECTED),
        ({"raw": unsure, "corrected": narrow}, REFUTED),  # that it holds where windows are wide was not shown
        ({"corrected": narrow}, REFUTED),
    ):
        found = finding("jump_exponents", with_jumps(**exponents), **E, **ALL)
        assert found.verdict == expected, exponents
        assert bool(found.right_form) == (expected == CORRECTED)
        largest = max((of.difference for of in exponents.values()), key=lambda of: max(map(abs, of.interval)))
        assert found.value == largest
    found = finding("jump_exponents", with_jumps(raw=same, corrected=narrow), **E, **ALL)
    assert found.evidence == (
        "exponents of actual less those of potential jumps of the same samples, raw and corrected: 2, of which 1 on "
        "windows of 1 decades; 1 are within ±0.05; largest: e 'c' corrected; e 'c' corrected: -0.9 ± 0.2 over 0.90 "
        "decades"
    )
    assert found.right_form == "on windows of 1 decades or more the difference is within ±0.05"
    assert verdict("jump_exponents", with_jumps(raw=same, corrected=narrow), **E, quantifier="some") == REPRODUCED
    with pytest.raises(Missing, match="no class has enough jumps"):
        verdict("jump_exponents", with_jumps(), **E, **ALL)


def test_the_averaged_theory_is_rejected_by_the_smallest_of_all_p_values():
    """At 1%, corrected for the two that there are."""
    for p, of_exponent, expected in (
        (0.0051, 0.5, REPRODUCED),
        (0.0049, 0.5, REFUTED),
        (0.5, 0.0051, REPRODUCED),
        (0.5, 0.0049, REFUTED),
    ):
        found = finding("averaged_theory", with_jumps(p, corrected=fitted(0, 1, p_value=of_exponent)), **E, **ALL)
        assert found.verdict == expected, (p, of_exponent)
        assert found.value == pytest.approx(2 * min(p, of_exponent))
    assert verdict("averaged_theory", with_jumps(0.0099), **E, **ALL) == REFUTED
    found = finding("averaged_theory", with_jumps(0.001, corrected=fitted(0, 1, p_value=0.002)), **E, **ALL)
    assert "2 below 0.01; smallest: distribution of e 'c' negative; rejected: distribution" in found.evidence
    assert "0.75 ± 0.05 times the predicted one; rejected: exponent of e 'c' negative" in found.evidence
    with pytest.raises(Missing, match="nothing is predicted"):
        verdict("averaged_theory", with_jumps(), **E, **ALL)
