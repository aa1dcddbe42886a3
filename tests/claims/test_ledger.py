"""If these fail, the ledger misses a claim, or shows another verdict than its check found."""

import dataclasses
import re

import pytest
import yaml
from conftest import ROOT
from msgspec.structs import replace
from simulated_results import results_of

from duality.claims.choices import ALL, FIGURES, choices
from duality.claims.documents import choices_table, counts, faults, markdown
from duality.claims.ledger import CHECKS, ledger, load_claims
from duality.config.reading import load_schema
from duality.errors import InputError
from duality.records.claims import CHOICES, LEDGER
from duality.verdicts import VERDICTS, Finding

# How many numbered equations each section of the paper has: (2.1) to (9.17).
EQUATIONS = {2: 3, 3: 15, 4: 6, 5: 4, 6: 9, 7: 13, 8: 42, 9: 17}


@pytest.fixture(scope="session")
def claims_schema():
    return load_schema(ROOT / "workflow/schemas/claims.schema.yaml")


@pytest.fixture(scope="session")
def claims(claims_schema):
    return load_claims(ROOT / "claims.yaml", claims_schema)


def test_no_numbered_equation_is_missing_and_none_is_invented(claims):
    numbered = {claim.id for claim in claims if claim.kind == "equation" and claim.id[0].isdigit()}
    assert numbered == {f"{section}.{n}" for section, count in EQUATIONS.items() for n in range(1, count + 1)}


def test_every_figure_and_every_row_of_the_table_is_there(claims):
    ids = {claim.id for claim in claims}
    assert {f"figure_{n}" for n in range(1, 10)} <= ids
    for row in ("logarithmic", "quadratic", "exponential", "power"):
        assert {f"{row}_k_w", f"{row}_k_b", f"{row}_H", f"{row}_example"} <= ids


@pytest.mark.slow
def test_every_derivation_has_a_claim_and_every_derived_claim_a_derivation(claims, derivations):
    """A derivation that no claim names would be work that nobody sees; a claim without one an assertion."""
    derived = {claim.id for claim in claims if claim.check == "derivation"}
    assert derived == set(derivations["id"])


def test_every_check_is_that_of_a_claim(claims):
    """A check that no claim names would be work that nobody sees."""
    assert {claim.check for claim in claims} == set(CHECKS)


@pytest.mark.slow
def test_whatever_is_not_reproduced_has_its_sentences(claims, derivations):
    """A verdict against the paper needs reasons that a referee can weigh, and a correction its right form."""
    verdicts = derivations.set_index("id")
    assert (verdicts["verdict"] != "reproduced").sum() > 40
    for claim in claims:
        if claim.check == "derivation" and verdicts.loc[claim.id, "verdict"] != "reproduced":
            assert len(re.findall(r"[^\d\W]\S*[.](?=\s|$)", claim.note)) >= 2, claim.id
            assert bool(claim.fault) == (verdicts.loc[claim.id, "verdict"] == "corrected"), claim.id
            if verdicts.loc[claim.id, "verdict"] == "corrected":
                assert len(verdicts.loc[claim.id, "right_form"]) > 5, claim.id


@pytest.mark.slow
def test_the_known_misprints_are_found(derivations):
    """Those that a reader of the paper finds by eye: were one 'reproduced', the checks would not check."""
    verdicts = derivations.set_index("id")["verdict"]
    for number in ("8.12", "8.22", "8.23", "8.31", "8.33", "8.41", "9.10", "9.14", "9.15", "9.17", "caption_figure_7"):
        assert verdicts[number] == "corrected", number
    for number in ("5.4", "6.4", "6.8", "7.5", "7.8", "7.13", "8.27", "8.38", "9.5", "9.7", "quadratic_H"):
        assert verdicts[number] == "reproduced", number


@pytest.mark.parametrize(
    ("printed", "mended", "verdict"),
    [
        (True, None, "reproduced"),
        (False, True, "corrected"),
        (False, False, "refuted"),
        (False, None, "refuted"),
        (None, None, "not testable"),
    ],
)
def test_a_verdict_follows_from_what_was_found(printed, mended, verdict):
    """None can be chosen: a correction counts only if it was shown to hold."""
    assert Finding(printed, "e", "proof", mended).verdict == verdict


SMALL = {
    "kind": "sentence",
    "section": 8,
    "paraphrase": "the accuracy is above 97%",
    "id": "accuracy_claim",
    "check": "accuracy",
    "quantifier": "all",
    "experiments": ["e"],
    "at_least": 0.97,
    "note": "One reason. And another.",
    "fault": "substance",
}


@pytest.fixture
def claims_of(tmp_path, claims_schema):
    """Claims as they come out of a file."""

    def load(*claims):
        path = tmp_path / "claims.yaml"
        path.write_text(yaml.safe_dump(list(claims)), encoding="utf-8")
        return load_claims(path, claims_schema)

    return load


def test_the_ledger_shows_what_the_check_found(claims_of):
    claims = claims_of(SMALL, SMALL | {"id": "higher_claim", "at_least": 0.98})
    table = ledger(claims, results_of(accuracy=0.975))
    LEDGER.check(table, "the ledger")
    assert table["verdict"].tolist() == ["reproduced", "refuted"]
    assert table["value"].tolist() == [0.975, 0.975]
    assert table["error"].tolist() == [1e-4, 1e-4]
    accuracy = results_of(accuracy=0.975).experiments["e"].equilibrium.accuracy
    assert table[["low", "high"]].to_numpy().tolist() == [[*accuracy.interval]] * 2
    assert table["artifact"].tolist() == ["results/training/*/equilibrium.json"] * 2
    assert table["note"].tolist() == ["", "One reason. And another."]
    assert counts(table).loc["all"].tolist() == [1, 0, 1, 0, 0, 0, 2]
    assert table["fault"].tolist() == ["", "substance"]
    assert "0 are misprints, 0 imprecisions, and 1 matters of substance; they have 1 distinct causes" in faults(table)
    document = markdown(table, choices(claims, results_of(), 3), {})
    assert "One reason." in document
    assert "0.975 ± 0.0001 [0.9748, 0.9752]" in document
    assert all(verdict in document for verdict in VERDICTS)


def test_a_claim_about_an_absent_experiment_is_not_tested(claims_of):
    """A config with other experiments still gets a ledger."""
    claim = {key: value for key, value in SMALL.items() if key not in ("experiments", "at_least", "quantifier")} | {
        "check": "exponent", "experiment": "nothing_such", "class": "zeros", "exponent": "k_q", "expected": 1,
    }  # fmt: skip
    table = ledger(claims_of(claim), results_of())
    LEDGER.check(table, "the ledger")
    assert table["verdict"].tolist() == ["not tested"]
    assert "nothing_such" in table["evidence"][0]


def test_a_note_is_shown_for_the_verdict_that_it_was_written_for(claims_of):
    """Under another config a measurement may come out otherwise, and must not be argued for as before."""
    claim = SMALL | {"at_least": 0.98, "note_for": "corrected"}
    assert ledger(claims_of(claim), results_of())["note"].tolist() == [""]
    written = claims_of(claim | {"note_for": "refuted"})
    assert ledger(written, results_of())["note"][0].startswith("One reason")


def test_claims_that_fail_for_one_reason_have_one_cause(claims_of):
    """A misprint that three entries repeat is one fault."""
    wrong = SMALL | {"at_least": 0.98}
    shared = [wrong | {"id": name, "cause": ["sign"]} for name in ("first", "second")]
    table = ledger(claims_of(*shared, wrong | {"id": "third", "cause": ["sign", "factor"]}, wrong), results_of())
    assert table["cause"].tolist() == ["sign", "sign", "sign; factor", "accuracy_claim"]
    assert "and 4 matters of substance; they have 3 distinct causes" in faults(table)


def test_a_figure_tells_that_the_published_one_was_not_seen(claims_of):
    table = ledger(claims_of(SMALL, SMALL | {"id": "figure_1", "kind": "figure"}), results_of())
    assert ["the published picture was not at hand" in evidence for evidence in table["evidence"]] == [False, True]


def test_figures_are_judged_between_their_bars_and_none_has_a_rule_of_its_own(claims):
    figures = [claim for claim in claims if claim.kind == "figure"]
    assert {claim.given.get("window") for claim in figures} == {"paper"}


EXPONENT = {"check": "exponent", "experiment": "e", "class": "c", "exponent": "k_q", "window": "paper", "expected": 1}


def test_other_choices_are_counted(claims_of):
    """At every δ and d, and of figures at every M at which their windows were measured; of our own laws none."""
    of_all = {key: SMALL[key] for key in ("kind", "section", "paraphrase")} | EXPONENT
    claims = claims_of(
        of_all | {"id": "table_entry"},
        of_all | {"id": "figure_1", "kind": "figure"},
        of_all | {"id": "mine", "kind": "ours"},
    )
    results = results_of(paper=(1.03, 0.001, 3.0))
    found = choices(claims, results, 3)
    CHOICES.check(found, "the choices")
    counted = found.set_index(["claims", "much_less_than", "delta", "decades", "verdict"])["count"].to_dict()
    assert counted == {
        (ALL, 3, 0.02, 0.5, "refuted"): 2,
        (ALL, 3, 0.02, 4, "refuted"): 2,
        (ALL, 3, 0.05, 0.5, "reproduced"): 2,
        (ALL, 3, 0.05, 4, "undecided"): 2,  # 3 decades are not enough
        **{(FIGURES, 2, delta, decades, "refuted"): 1 for delta in (0.02, 0.05) for decades in (0.5, 4)},
        (FIGURES, 3, 0.02, 0.5, "refuted"): 1,
        (FIGURES, 3, 0.02, 4, "refuted"): 1,
        (FIGURES, 3, 0.05, 0.5, "reproduced"): 1,
        (FIGURES, 3, 0.05, 4, "undecided"): 1,
    }  # M = 7 was not looked at
    lines = choices_table(found).splitlines()
    assert [cell.strip() for cell in lines[0].split("|")][1:-1] == ["claims", "M", "δ", "d = 0.5", "d = 4"]
    assert [cell.strip() for cell in lines[3].split("|")][1:-1] == [ALL, "3", "0.05", "2 / 0 / 0", "0 / 2 / 0"]


def test_a_window_that_another_m_leaves_empty_decides_nothing(claims_of):
    of_figure = {key: SMALL[key] for key in ("section", "paraphrase")} | EXPONENT | {"id": "figure_1", "kind": "figure"}
    results = results_of()
    rules = replace(results.rules, choices=replace(results.rules.choices, much_less_than=[10.0]))
    found = choices(claims_of(of_figure), dataclasses.replace(results, rules=rules), 3)
    assert set(found.loc[found["claims"] == FIGURES, "verdict"]) == {"undecided"}


def test_laws_of_our_own_do_not_count(claims_of):
    table = ledger(claims_of(SMALL, SMALL | {"id": "mine", "kind": "ours"}), results_of())
    assert counts(table).loc["all", "all"] == 1


def test_text_of_a_claim_stays_text(claims_of):
    """A | in it must not end its cell."""
    table = ledger(claims_of(SMALL | {"paraphrase": "A claim with a | pipe."}), results_of())
    assert "a \\| pipe" in markdown(table, choices([], results_of(), 3), {})


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"check": "belief"}, "check: .*'belief'.* accuracy, averaged_theory"),
        ({"section": 11}, "section"),
        (
            {"extra": 1},
            r"unknown field `extra`; the check accuracy takes experiments: list\[str\], at_least: float, quantifier",
        ),
        ({"at_least": "much"}, "Expected `float`, got `str` - at `at_least`; the check accuracy takes"),
        ({"experiments": []}, "length >= 1 - at `experiments`"),
        ({"check": "untested"}, "unknown field `.*; the check untested takes reason: str, takes: str"),
        ({"quantifier": "most"}, "Invalid enum value 'most' - at `quantifier`"),
        ({"cause": []}, "cause"),
        ({"id": "no such name"}, "id"),
    ],
)
def test_a_faulty_claim_is_one_line(claims_of, change, complaint):
    with pytest.raises(InputError, match=complaint) as caught:
        claims_of(SMALL | change)
    assert str(caught.value).startswith(f"claims.yaml: claim {(SMALL | change)['id']}: ")
    assert "\n" not in str(caught.value)


def test_an_id_twice_or_without_a_derivation_is_refused(claims_of):
    with pytest.raises(InputError, match="stands twice"):
        claims_of(SMALL, SMALL)
    derived = {key: value for key, value in SMALL.items() if key not in ("experiments", "at_least", "quantifier")}
    claims = claims_of(derived | {"check": "derivation"})
    with pytest.raises(InputError, match=r"^claims\.yaml: claim accuracy_claim: there is no derivation of this id"):
        ledger(claims, results_of())
