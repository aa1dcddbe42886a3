"""If these fail, a claim about exponents or distributions of fluctuations gets the wrong verdict."""

from dataclasses import replace

import msgspec
import pytest
from judged_claims import ALL, E, K, by, finding, verdict
from simulated_results import LEAST, results_of

from duality.claims.checks import Missing
from duality.claims.ledger import CHECKS
from duality.errors import InputError
from duality.records.estimates import Estimate, PopulationValue
from duality.records.exponents import Shift, ShiftedFit, ShiftProfile
from duality.verdicts import CORRECTED, REFUTED, REPRODUCED, UNDECIDED


@pytest.mark.parametrize(
    ("paper", "expected"),
    [
        ((1.04, 0.001, 3.0), REPRODUCED),
        ((1.06, 0.001, 3.0), REFUTED),
        ((0.94, 0.001, 3.0), REFUTED),
        ((0.95, 0.001, 3.0), UNDECIDED),
        ((1.0, 0.1, 3.0), UNDECIDED),  # too uncertain to agree: fewer data must not help
        ((1.0, 0.01, 0.9), UNDECIDED),  # too narrow to show a power law
        ((1.2, 0.01, 0.9), REFUTED),
    ],
)
def test_an_exponent_needs_its_value_and_its_decades(paper, expected):
    assert verdict("exponent", results_of(paper=paper), **K) == expected


def test_the_rule_is_one_of_the_config():
    """And a claim cannot have its own."""
    results = results_of(paper=(1.06, 0.001, 3.0))
    assert verdict("exponent", by(results, delta=0.1), **K) == REPRODUCED
    assert verdict("exponent", by(results, delta=0.1, decades=4), **K) == UNDECIDED
    for key in ("tolerance", "decades", "mended_tolerance"):
        with pytest.raises(InputError, match=f"unknown field `{key}`"):
            verdict("exponent", results, **K, **{key: 0.1})


def test_the_observed_window_decides_nothing():
    """It was chosen by the exponent: that it has it is no news."""
    results = results_of(paper=(2.0, 0.01, 3), observed=(1.0, 0.001, 3))
    assert verdict("exponent", results, **K) == REFUTED
    assert "observed window: 1.0000" in finding("exponent", results, **K).evidence


def test_conditions_as_printed_come_first():
    """Where the config has them, they are judged, and the paper's window as the config reads it can but mend them."""
    assert verdict("exponent", results_of(paper=(2, 0.01, 3), printed=(1, 0.01, 3)), **K) == REPRODUCED
    assert verdict("exponent", results_of(printed=(2, 0.01, 3)), **K) == CORRECTED
    assert verdict("exponent", results_of(printed=None), **K) == UNDECIDED
    assert verdict("exponent", results_of(far=(2, 0.01, 3)), **K | {"expected": 2}, window="far") == REPRODUCED
    with pytest.raises(Missing, match="no window near"):
        verdict("exponent", results_of(), **K, window="near")


def test_what_a_figure_shows_is_judged_between_its_own_bars():
    results = results_of(paper=(2, 0.01, 3), printed=(1, 0.01, 3))
    assert verdict("exponent", results, **K, window="paper") == REFUTED


@pytest.mark.parametrize(
    ("gain", "over_exponential", "ratio", "expected"),
    [
        (3.4, 50.0, (-4.0, -2.0), REPRODUCED),  # 3.32 at the level of 1% of all tests
        (3.2, 50.0, None, UNDECIDED),
        (50.0, 3.2, (-4.0, 1.0), UNDECIDED),
    ],
)
def test_a_shifted_power_law_needs_its_shift(gain, over_exponential, ratio, expected):
    """Without one it is a bare power law, and what k_w is measured of another law than is claimed."""
    results = results_of()
    measured_on = results.experiments["e"].exponents["c"].quantities["q_dot"]["paper"]
    one = Estimate.normal(1.0, 0.01)
    profile = ShiftProfile((0.98, 1.02), ratio, (-0.9, 0.1) if ratio is None else None)
    at, theory = Estimate.normal(-3.0, 1.0), Shift(1.0, -3.0, 1.0)
    population = PopulationValue(1.0, 0.0, 0.0)
    fitted = ShiftedFit(one, population, at, one, theory, gain, over_exponential, profile, (0.98, 1.02), 0.01, 0.47)
    windows = {"paper": msgspec.structs.replace(measured_on, shifted=fitted)}
    of = msgspec.structs.replace(
        results.experiments["e"].exponents["c"], quantities={"q_dot": windows, "w_dot": windows}
    )
    results = replace(results, experiments={"e": replace(results.experiments["e"], exponents={"c": of})})
    found = finding("exponent", results, **K | {"exponent": "k_w"}, kind_of_fit="shifted")
    assert found.verdict == expected
    interval = "from -4 to " if ratio else "B/A from -0.9 to 0.1, among it 0, no shift"
    for words in (interval, f"Δ ln L = {gain:.2f} over no shift and {over_exponential:.2f} over", "shifted 0.47"):
        assert words in found.evidence


def test_the_least_that_a_bootstrap_tells_is_a_bound():
    """0.001 of 999 simulated data sets is p ≤ 0.001, 0.002 is a p-value."""
    for p_value, told in (
        (LEAST, "bare power law ≤ 0.001, weighted ≤ 0.001, exact"),
        (0.002, "bare power law 0.002, w"),
    ):
        results = results_of(paper=(1.0, 0.01, 3.0, p_value))
        assert told in CHECKS["exponent"].of_claim({**K, "expected": 1.0})(results).evidence


def test_an_exponent_that_was_not_fitted_is_undecided():
    assert verdict("exponent", results_of(), **K, kind_of_fit="shifted") == UNDECIDED
    with pytest.raises(Missing):
        verdict("exponent", results_of(), **K | {"class": "d"})


def test_a_small_p_value_refutes_the_exact_density():
    assert verdict("exact_density", results_of(p_value=0.02), **E, **ALL) == REPRODUCED
    assert verdict("exact_density", results_of(p_value=0.002), **E, **ALL) == REFUTED
    assert verdict("exact_density", results_of(p_value=0.006), **E, **ALL) == REPRODUCED  # one of two


def test_the_fraction_belongs_to_the_family_and_its_samples_are_counted():
    """Two experiments of one class are one sample."""
    results = results_of(p_value=0.5)
    of = results.experiments["e"]
    rejected = msgspec.structs.replace(of.exponents["c"].goodness_of_fit, fraction_p_value=0.002)
    exponents = {"c": msgspec.structs.replace(of.exponents["c"], goodness_of_fit=rejected)}
    results = replace(results, experiments={"e": of, "other": replace(of, exponents=exponents)})
    found = finding("exact_density", results, experiments=["e", "other"], **ALL)
    assert found.verdict == REFUTED
    assert found.value == pytest.approx(0.008)
    assert "4 p-values" in found.evidence
    assert "corrects those of the cells by themselves, 2." in found.evidence  # so that a p is of one family
    assert "smallest: fraction of other 'c', 0.008 by Holm over the 4." in found.evidence
    assert "1 independent samples of x1, seen through 2 maps. 1 are below 0.01; smallest: fraction of other 'c'" in (
        found.evidence
    )


def test_unseen_samples_that_differ_refute_the_exact_density():
    """(w, b) knows the samples that it was trained on; were that to show, no other sample would follow the density."""
    results = results_of(p_value=0.5)
    of = results.experiments["e"]
    for p_value, expected in ((0.003, REFUTED), (0.03, REPRODUCED)):  # one of three
        exponents = {"c": msgspec.structs.replace(of.exponents["c"], seen_against_unseen=p_value)}
        found = replace(results, experiments={"e": replace(of, exponents=exponents)})
        assert verdict("exact_density", found, **E, **ALL) == expected


def test_bare_power_laws_are_mended_by_the_exact_density():
    among = {"among": [["e", "c"]], **ALL}
    assert verdict("bare_power_law", results_of(), **among) == REPRODUCED
    assert verdict("bare_power_law", results_of(paper=(1.0, 0.01, 0.9)), **among) == UNDECIDED
    rejected = results_of(paper=(1.0, 0.01, 3.0, 0.001))
    found = finding("bare_power_law", rejected, **among)
    assert found.verdict == CORRECTED
    assert "lognormal on 1" in found.evidence
    assert "exponential on" not in found.evidence


def test_scales_contribution_and_branches():
    among = {"among": [["e", "c"]], **ALL}
    assert verdict("range_of_scales", results_of(), **among) == REPRODUCED
    assert verdict("range_of_scales", results_of(paper=(1, 0.1, 0.5)), **among) == CORRECTED
    contribution = {"experiment": "e", "class": "c"}
    assert verdict("dataset_contribution", results_of(), **contribution) == REPRODUCED
    assert verdict("dataset_contribution", by(results_of(), delta=0.5), **contribution) == REFUTED
    assert verdict("dataset_contribution", results_of(paper=(1, 0.2, 3)), **contribution) == UNDECIDED
    assert verdict("single_branch", results_of(), **E, **ALL) == REPRODUCED
    assert verdict("single_branch", by(results_of(), dominant_share=0.96), **E, **ALL) == REFUTED
    assert verdict("exponents_differ", results_of(), pairs=[[["e", "c"], ["e", "c"]]], **ALL) == REFUTED


def test_what_can_happen_needs_one_case_and_what_always_does_needs_all():
    """A window that is wide beside one that is not."""
    results = results_of()
    narrow = results_of(paper=(1, 0.1, 0.5)).experiments["e"]
    results = replace(results, experiments={"e": results.experiments["e"], "f": narrow})
    among = {"among": [["e", "c"], ["f", "c"]]}
    assert verdict("range_of_scales", results, **among, quantifier="some") == REPRODUCED
    assert verdict("range_of_scales", results, **among, quantifier="all") == CORRECTED
