"""If these fail, a measured claim of the paper gets the wrong verdict."""

from dataclasses import replace

import msgspec
import numpy as np
import pandas as pd
import pytest
from measured_results import measured
from simulated_results import LEAST, RULES, results_of, table_of

from duality.claims.checks import Missing
from duality.claims.measurements import CHECKS, ExperimentResults, GuardResults, Results
from duality.claims.rules import combined
from duality.errors import InputError
from duality.failures import write_failure
from duality.records.estimates import Estimate, PopulationValue
from duality.records.exponents import RIVALS, SENSITIVITY, Exponents, Shift, ShiftedFit, ShiftProfile
from duality.records.fluctuations import SHARD_SUMMARY
from duality.records.guard import GUARD_TRAINING, UNGUARDED_TRAINING
from duality.records.jumps import JUMP_DISTANCES, JumpExponent, Jumps, JumpSummary
from duality.records.record import write
from duality.records.theory import DERIVATIONS
from duality.records.training import Equilibrium
from duality.verdicts import CORRECTED, NOT_TESTED, REFUTED, REPRODUCED, UNDECIDED


def finding(check, results, **claim):
    return CHECKS[check].of_claim(claim)(results)


def verdict(check, results, **claim):
    return finding(check, results, **claim).verdict


def by(results, **rules):
    """The same results under other rules."""
    return replace(results, rules=msgspec.structs.replace(RULES, **rules))


E = {"experiments": ["e"]}
ALL = {"quantifier": "all"}
K = {"experiment": "e", "class": "c", "exponent": "k_q", "expected": 1}


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


def test_means_that_stay_and_p_values():
    assert verdict("stationarity", results_of(later=-2.7), **E) == REPRODUCED  # of two, at 1%: 2.81
    assert verdict("stationarity", results_of(later=-2.9), **E) == REFUTED
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


def test_bare_power_laws_are_mended_by_the_exact_density():
    among = {"among": [["e", "c"]], **ALL}
    assert verdict("bare_power_law", results_of(), **among) == REPRODUCED
    assert verdict("bare_power_law", results_of(paper=(1.0, 0.01, 0.9)), **among) == UNDECIDED
    rejected = results_of(paper=(1.0, 0.01, 3.0, 0.001))
    found = finding("bare_power_law", rejected, **among)
    assert found.verdict == CORRECTED
    assert "lognormal on 1" in found.evidence
    assert "exponential on" not in found.evidence


def test_moments_are_compared_in_standard_errors():
    good = {"moment": "mean", "expected": {"c": 0}}
    assert verdict("moments", results_of(), **good) == REPRODUCED
    assert verdict("moments", results_of(), **good | {"expected": {"c": 0.02}}) == REFUTED
    assert verdict("moments", results_of(), moment="sd", expected={"c": 0.25}) == REPRODUCED
    # 0.0067 is 3.8 of the errors sd/√(2n), and 2.7 of sd/√n: of one, 2.58 are allowed at 1%
    assert verdict("moments", results_of(), moment="sd", expected={"c": 0.2567}) == REFUTED
    with pytest.raises(Missing):
        verdict("moments", results_of(), **good | {"expected": {"zeros": 0}})


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


@pytest.mark.parametrize(
    ("found", "some", "every"),
    [
        ([True, True], True, True),
        ([True, False], True, False),
        ([False, False], False, False),
        ([True, None], True, None),
        ([False, None], None, False),
    ],
)
def test_a_case_that_is_undecided_decides_only_if_nothing_else_does(found, some, every):
    assert combined("some", found) is some
    assert combined("all", found) is every


def test_what_was_not_tested_says_what_a_test_would_take():
    found = finding("untested", results_of(), reason="no images", takes="the images")
    assert (found.verdict, found.evidence) == (NOT_TESTED, "no images; a test would take the images")


def summary(ks, high):
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


def fitted(difference, se, decades=1.0, p_value=None):
    """An exponent that differs by so much; of the exponents themselves nothing is judged."""
    wide = Estimate.normal(5.0, 3.0)
    expected = None if p_value is None else 0.7
    return JumpExponent(decades, wide, wide, Estimate.normal(difference, se), expected, p_value)


def with_jumps(p_value=None, **exponents):
    """Results of which the jumps have this p-value of the distribution and these exponents."""
    known = msgspec.structs.replace(
        summary(0.004, 0.005)["c"]["negative"],
        p_value=p_value,
        agreement=Estimate.normal(0.75, 0.05),
        exponents=exponents,
    )
    return results_of(jumps={"c": {"negative": known}})


def test_jumps_are_the_same_only_if_the_whole_interval_is_below_the_bound():
    assert verdict("jumps", results_of(jumps=summary(0.004, 0.005)), **E, **ALL) == REPRODUCED
    assert verdict("jumps", results_of(jumps=summary(0.009, 0.011)), **E, **ALL) == UNDECIDED
    assert verdict("jumps", results_of(jumps=summary(0.012, 0.013)), **E, **ALL) == REFUTED


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


def test_results_are_read_as_the_stages_write_them(tmp_path):
    """Every shard of a class under its own name, and every file by its record: another one is refused."""
    made, simulated = measured(), results_of(jumps=summary(0.004, 0.005)).experiments["e"]
    files = {
        name: tmp_path / name
        for name in ("equilibrium.json", "exponents.json", "jumps.json", "d.csv", "r.csv", "s.csv")
    }
    paths = list(files.values())
    write(made.equilibrium, paths[0], Equilibrium)
    write(made.exponents, paths[1], Exponents)
    write(simulated.jumps, paths[2], Jumps)
    JUMP_DISTANCES.write(simulated.distances, paths[3])
    RIVALS.write(made.rivals, paths[4])
    SENSITIVITY.write(made.sensitivity, paths[5])
    experiment = ExperimentResults.read(*paths)
    assert (experiment.equilibrium, experiment.exponents) == (made.equilibrium, made.exponents)
    assert experiment.jumps == simulated.jumps
    pd.testing.assert_frame_equal(experiment.rivals, made.rivals)
    with pytest.raises(InputError, match=r"exponents\.json"):
        ExperimentResults.read(paths[1], *paths[1:])

    DERIVATIONS.write(table_of(DERIVATIONS, id="2.1", printed=True), tmp_path / "derivations.csv")
    samples = {"class": ["a", "a", "b"], "shard": [0, 1, 0], "n": 10, "mean": [0.0, 1.0, 2.0], "sd": 1.0}
    SHARD_SUMMARY.write(table_of(SHARD_SUMMARY, **samples, min=0.0, max=1.0), tmp_path / "samples.csv")
    results = Results.read(
        tmp_path / "derivations.csv", {"e": tmp_path / "samples.csv"}, {"e": experiment}, None, RULES, LEAST
    )
    assert {name: found["mean"].tolist() for name, found in results.shards.items()} == {"a": [0, 1], "b": [2]}
    assert verdict("derivation", results, id="2.1") == REPRODUCED


def test_of_what_failed_nothing_is_tested_and_the_ledger_says_why(tmp_path):
    """Claims on it, alone or among others, are not tested; on those that are complete they are."""
    failed = {"dead": "died after 3 steps: x, change y"}
    results = replace(results_of(), failed=failed)
    for check, about in (
        ("accuracy", {"experiments": ["e", "dead"], "at_least": 0.5, "quantifier": "all"}),
        ("exponent", {**K, "experiment": "dead"}),
    ):
        with pytest.raises(Missing, match=r"^dead died after 3 steps: x, change y$"):
            CHECKS[check].of_claim(about)(results)
    samples = {"class": ["a"], "shard": [0], "n": 10, "mean": [2.0], "sd": 1.0}
    DERIVATIONS.write(table_of(DERIVATIONS, id="2.1", printed=True), tmp_path / "derivations.csv")
    SHARD_SUMMARY.write(table_of(SHARD_SUMMARY, **samples, min=0.0, max=1.0), tmp_path / "e.csv")
    write_failure(failed["dead"], tmp_path / "dead.csv")
    files = {"dead": tmp_path / "dead.csv", "e": tmp_path / "e.csv"}
    found = Results.read(tmp_path / "derivations.csv", files, results.experiments, None, RULES, LEAST)
    assert found.failed == failed
    assert found.shards["a"]["mean"].tolist() == [2.0]
    del files["e"]
    assert Results.read(tmp_path / "derivations.csv", files, {}, None, RULES, LEAST).shards == {}
