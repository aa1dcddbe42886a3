"""If these fail, others cannot read what was made by what, or read what is not so."""

import json
import os
import shutil
from pathlib import Path

import pytest
from recorded_run import WORKFLOW, export, graph, make_run, seal, text
from rocrate_validator import services
from rocrate_validator.models import Severity, ValidationSettings

from duality.errors import InputError
from duality.provenance import sealed_run
from duality.provenance.crate import date_published, read_citation
from duality.provenance.job_records import file_digest
from duality.provenance.sealed_run import read_sealed_run

CRATE = Path("results/ro-crate-metadata.json")


@pytest.fixture
def complaints(run, offline_contexts):
    """What the validator says of the crate in the working folder, without the network; nothing if it accepts it."""

    def validated():
        settings = ValidationSettings(
            rocrate_uri=str(run / "results"),
            profile_identifier="provenance-run-crate-0.5",
            requirement_severity=Severity.REQUIRED,
            offline=True,
            cache_path=offline_contexts,
        )
        result = services.validate(settings)
        told = [issue.message for issue in result.get_issues()]
        assert result.passed() == (not told)
        return told

    return validated


def change(entity, edit):
    """Edit an entity of the crate; None: remove it."""
    content = json.loads(CRATE.read_text(encoding="utf-8"))
    found = next(one for one in content["@graph"] if one["@id"] == entity)
    content["@graph"].remove(found) if edit is None else edit(found)
    CRATE.write_text(json.dumps(content), encoding="utf-8")


def without(key):
    return lambda entity: entity.pop(key)


def test_the_validator_accepts_the_crate(complaints):
    assert complaints() == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("entity", "edit", "complaint"),
    [
        ("./", without("datePublished"), "datePublished"),
        ("./", without("license"), "license"),
        ("./", without("mainEntity"), "mainEntity"),
        ("./", lambda root: root["conformsTo"].pop(2), "Provenance Run Crate"),
        ("workflow/Snakefile", without("programmingLanguage"), "programmingLanguage"),
        ("workflow/Snakefile", without("hasPart"), "hasPart"),
        ("#step/figure", without("workExample"), "workExample"),
        ("#job/training/relu_mse", without("instrument"), "instrument"),
        ("#run", without("instrument"), "mainEntity as its instrument"),
        ("#start/figures", without("object"), "object"),
        ("#engine", without("result"), "result"),
        ("#parameter/training/params.gamma", without("additionalType"), "additionalType"),
        ("training/relu_mse/trajectory.npz", lambda file: file.update(sha_256="0"), "sha_256"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_the_validator_rejects_a_planted_fault(complaints, entity, edit, complaint):
    change(entity, edit)
    assert any(complaint in told for told in complaints())


@pytest.mark.slow
def test_the_validator_rejects_a_crate_that_lacks_a_file(complaints):
    Path("results/training/relu_mse/trajectory.npz").unlink()
    assert any("trajectory.npz" in told for told in complaints())


@pytest.mark.usefixtures("run")
def test_every_artifact_is_in_the_crate_with_its_digest_and_nothing_else_is():
    sealed = json.loads(Path("results/manifest.json").read_text(encoding="utf-8"))
    wanted = {name: made["sha256"] for name, made in sealed["artifacts"].items()} | sealed["records"]
    for name in ("manifest.json", "manifest.intoto.json", *(f"workflow/{name}" for name in WORKFLOW)):
        wanted[f"results/{name}"] = file_digest(f"results/{name}")
    files = [entity for entity in graph().values() if "File" in entity["@type"]]
    assert {f"results/{file['name']}": file["sha256"] for file in files} == wanted
    for file in files:
        assert int(file["contentSize"]) == Path("results", file["name"]).stat().st_size
        assert file["encodingFormat"]
    parts = {part["@id"] for part in graph()["./"]["hasPart"]}
    assert parts == {file["@id"] for file in files}
    assert "figures/figure%201.csv" in parts


@pytest.mark.usefixtures("run")
def test_an_action_has_what_its_job_read_and_made():
    entities = graph()
    action = entities["#job/training/sigmoid_mse"]
    assert action["instrument"] == {"@id": "#rule/training"}
    assert action["result"] == {"@id": "training/sigmoid_mse/trajectory.npz"}
    read = [entities[one["@id"]] for one in action["object"]]
    told = {one["name"]: one.get("value", one.get("sha256")) for one in read}
    assert told == {
        "mine.csv": file_digest("mine.csv"),
        "workflow/claims.yaml": file_digest("claims.yaml"),
        "params.gamma": "0.1",
        "wildcards.experiment": "sigmoid_mse",
    }
    assert entities["#given/mine.csv"]["@type"] == "CreativeWork"
    assert entities["#start/training/sigmoid_mse"]["object"] == {"@id": "#job/training/sigmoid_mse"}
    steps = [entities[step["@id"]]["name"] for step in entities["workflow/Snakefile"]["step"]]
    assert steps == ["config", "training", "figure"]
    assert entities["#job/figures/params.title"]["value"] == "γ ≪ 1"
    assert entities["#engine"]["instrument"]["@id"] in entities


@pytest.mark.usefixtures("run")
def test_nothing_is_named_that_the_crate_does_not_hold():
    """But for the standards that it follows."""
    entities = graph()

    def references(value):
        if isinstance(value, dict):
            yield from [value["@id"]] if set(value) == {"@id"} else []
        elif isinstance(value, list):
            for one in value:
                yield from references(one)

    named = {name for entity in entities.values() for value in entity.values() for name in references(value)}
    assert named - set(entities) == {"https://w3id.org/ro/crate/1.1"}


def test_the_same_run_has_the_same_crate_wherever_and_whenever_it_is_made(tmp_path, monkeypatch):
    made = []
    for number, environment in enumerate([
        {"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
        {"TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "2", "HOSTNAME": "other"},
    ]):  # fmt: skip
        folder = tmp_path / str(number) / ("deeper/" * number)
        folder.mkdir(parents=True)
        monkeypatch.chdir(folder)
        make_run()
        ended = export(**environment)
        assert ended.returncode == 0, ended.stderr
        files = [path for path in sorted(Path("results").rglob("*")) if path.is_file()]
        made.append({path: path.read_bytes() for path in files})
        assert str(tmp_path).encode() not in CRATE.read_bytes()
    assert made[0] == made[1]


@pytest.mark.usefixtures("run")
def test_source_date_epoch_changes_the_date_and_nothing_else():
    before = graph()
    assert export("86400").returncode == 0
    after = graph()
    assert before["./"].pop("datePublished") == "2026-01-31"
    assert after["./"].pop("datePublished") == "1970-01-02T00:00:00+00:00"
    assert after == before


@pytest.mark.usefixtures("run")
def test_a_bad_source_date_epoch_is_one_line():
    ended = export("soon")
    assert ended.returncode == 1
    assert ended.stderr == (
        "crate: SOURCE_DATE_EPOCH must be a whole number of seconds since 1970, not 'soon' (log: logs/crate.log)\n"
    )


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("title: [", "cannot be read"),
        ("- title", "cannot be read"),
        ("", "cannot be read"),
        ("title: a\nauthors: []\nversion: 1\nlicense: MIT\n", "lacks authors, date-released"),
    ],
)
def test_a_citation_that_is_none_is_told(tmp_path, content, complaint):
    path = tmp_path / "CITATION.cff"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=f"CITATION.cff {complaint}"):
        read_citation(path)


def test_a_date_of_release_that_is_none_is_told():
    with pytest.raises(InputError, match=r"date-released of CITATION\.cff must be a date like 2026-01-31, not soon"):
        date_published(None, {"date-released": "soon"})


@pytest.mark.parametrize(
    ("edit", "complaint"),
    [
        (lambda: text("q,p\n1,3\n")("results/figures/figure 1.csv"), "figure 1.csv is not what results/manifest.json"),
        (lambda: os.remove("results/training/relu_mse/trajectory.npz"), "trajectory.npz is not what"),
        (lambda: text("{}")("results/provenance/figures.json"), "figures.json is not what"),
        (lambda: text("[]")("results/manifest.json"), "results/manifest.json is no manifest"),
        (
            lambda: text("# other\n")("workflow/scripts/duality/sgd.py"),
            r"another workflow/scripts/duality/sgd.py .*-R ",
        ),
    ],
)
@pytest.mark.usefixtures("run")
def test_a_run_that_is_not_what_was_sealed_is_not_exported(edit, complaint):
    edit()
    with pytest.raises(InputError, match=complaint):
        read_sealed_run("results/manifest.json", {name: name for name in WORKFLOW})


@pytest.mark.usefixtures("run")
def test_a_run_with_another_version_of_a_package_is_not_exported(monkeypatch):
    """A changed lock concerns the jobs that used what was changed."""
    read = read_sealed_run("results/manifest.json", {name: name for name in WORKFLOW})
    assert {*read.records["results/provenance/figures.json"]["pins"]} == {"numpy"}
    monkeypatch.setattr(sealed_run, "pins", lambda packages: dict.fromkeys(packages, "0" * 64))
    with pytest.raises(InputError, match=r"made with another numpy of requirements\.lock .*-R "):
        read_sealed_run("results/manifest.json", {name: name for name in WORKFLOW})


@pytest.mark.usefixtures("run")
def test_a_rule_that_was_changed_since_is_told_of():
    """Snakemake makes nothing again for it, and the copy of it in the crate is another one than was run."""
    assert "changed" not in graph()["#job/figures"]["description"]
    Path("workflow/rules/a.smk").write_text("rule other:\n", encoding="utf-8")
    assert export().returncode == 0
    assert graph()["#job/figures"]["description"].endswith("have changed: workflow/rules/a.smk")


@pytest.mark.usefixtures("run")
def test_a_run_made_again_has_another_crate():
    before = CRATE.read_bytes()
    shutil.rmtree("results")
    make_run(seed=2)
    seal()
    assert export().returncode == 0
    assert CRATE.read_bytes() != before
