"""If these fail, what exports made of the manifest is not held by it: all of it is doubted, or none of it ever."""

import json
import shutil

import pytest
from audited_run import audit as told
from conftest import snakemake
from described_run import RECORD, TABLE, describe, write_record
from mutated_results import FIGURE, MANIFEST, TRAJECTORY, edited, flipped, resealed, sha256

from causes import Workflow
from run import Run
from tracing import reach
from tree import Tree
from verdicts import audit

OWN, OF_THE_CRATE = "results/provenance/manifest.json", "results/provenance/crate.json"
CRATE, STATEMENT = "results/ro-crate-metadata.json", "results/manifest.intoto.json"
CODE = {"crate.py": "0" * 64}


@pytest.fixture
def folder(tmp_path):
    """Results of one job, the manifest with its record, and a crate that was made of both."""
    describe(tmp_path)
    write_record(tmp_path, OWN, "manifest", [MANIFEST], inputs={TABLE: sha256(tmp_path / TABLE)})
    for name in (CRATE, STATEMENT):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    sources = {name: sha256(tmp_path / name) for name in (MANIFEST, TABLE)}
    write_record(tmp_path, OF_THE_CRATE, "crate", [CRATE, STATEMENT], code=CODE, inputs=sources)
    return tmp_path


def verdicts(folder, workflow=None):
    """The verdicts but for IDENTICAL, and all reasons of the crate."""
    found, remarks = audit(Run.read(Tree(folder / "results")), workflow)
    assert any("made after the manifest, which does not seal" in remark for remark in remarks)
    return {name: one.verdict for name, one in found.items() if one.verdict != "IDENTICAL"}, found[CRATE].reason


def of_the_crate(verdict):
    return dict.fromkeys((CRATE, STATEMENT), verdict)


def test_what_was_made_of_the_manifest_passes_where_that_does(folder):
    assert verdicts(folder) == ({}, "")


def test_a_byte_of_the_manifest_that_its_root_does_not_seal(folder):
    """A space more: the root seals what it holds, its own record every byte."""
    edited(MANIFEST, lambda text: text + " ")(folder)
    wanted = {OWN: "TAMPERED", **of_the_crate("SUSPECT")}, f"made from {MANIFEST} (TAMPERED)"
    assert verdicts(folder) == wanted
    run = Run.read(Tree(folder / "results"))
    # Nor is it data of one's own, which lie where the run was, and may be changed since.
    assert not any(f"{MANIFEST} was changed" in one.reason for one in audit(run, Workflow(folder, None))[0].values())


def test_a_byte_of_the_manifest_that_its_root_seals(folder):
    edited(MANIFEST, lambda text: text.replace('"size": ', '"size": 1', 1))(folder)
    found, why = verdicts(folder)
    assert found[MANIFEST] == found[OWN] == "TAMPERED"
    assert (found[CRATE], why) == ("UNVERIFIED", "the manifest was changed")


def test_a_manifest_that_was_rewritten_with_its_root_and_record_is_told_by_the_crate(folder):
    """Or that was made again: nothing else contradicts it."""
    resealed(folder, lambda sealed: sealed["artifacts"].pop(TABLE))
    found, why = verdicts(folder)
    assert found == {TABLE: "UNTRACKED", **of_the_crate("STALE")}
    assert why == f"input: {MANIFEST} was made again since"


def test_a_manifest_without_its_record_vouches_for_nothing_that_was_made_of_it(folder):
    (folder / OWN).unlink()
    assert verdicts(folder) == ({OWN: "UNVERIFIED", **of_the_crate("SUSPECT")}, f"made from {MANIFEST} (UNVERIFIED)")


@pytest.mark.parametrize("content", ["[]", "{}", '{"outputs": 5}'])
def test_a_record_of_the_manifest_that_is_none_is_told(folder, content):
    (folder / OWN).write_text(content, encoding="utf-8")
    assert verdicts(folder)[0] == {OWN: "UNVERIFIED", **of_the_crate("SUSPECT")}


def test_a_result_that_was_changed_after_the_crate(folder):
    edited(TABLE, lambda text: text.replace("1", "2"))(folder)
    assert verdicts(folder) == ({TABLE: "TAMPERED", **of_the_crate("SUSPECT")}, f"made from {TABLE} (TAMPERED)")


def test_another_manifest_than_that_which_the_crate_was_made_of(folder):
    """Its record says so, whatever became of the other one."""
    inputs = {MANIFEST: "0" * 64, TABLE: sha256(folder / TABLE)}
    write_record(folder, OF_THE_CRATE, "crate", [CRATE, STATEMENT], code=CODE, inputs=inputs)
    assert verdicts(folder) == (of_the_crate("STALE"), f"input: {MANIFEST} was made again since")


def test_a_manifest_that_other_code_made_is_stale_and_so_is_what_was_made_of_it(folder):
    """Snakemake would make it again: what seals all is itself made by a job."""
    rules = folder / "workflow/rules/provenance.smk"
    rules.parent.mkdir(parents=True)
    rules.write_text("rule table:\nrule manifest:\nrule crate:\n", encoding="utf-8")
    scripts = folder / "workflow/scripts"
    scripts.mkdir()
    for name in ("manifest.py", "crate.py"):
        (scripts / name).write_text("", encoding="utf-8")
    same = {"workflow": {"workflow/rules/provenance.smk": sha256(rules)}}
    write_record(folder, RECORD, "table", [TABLE], **same)
    resealed(folder, lambda sealed: sealed["records"].update({RECORD: sha256(folder / RECORD)}))
    made_by = {name: {f"{name}.py": sha256(scripts / f"{name}.py")} for name in ("manifest", "crate")}
    write_record(folder, OWN, "manifest", [MANIFEST], code=made_by["manifest"], **same)
    inputs = {MANIFEST: sha256(folder / MANIFEST)}
    write_record(folder, OF_THE_CRATE, "crate", [CRATE, STATEMENT], code=made_by["crate"], inputs=inputs, **same)
    assert verdicts(folder, Workflow(folder, None)) == ({}, "")
    (scripts / "manifest.py").write_text("# another\n", encoding="utf-8")
    found, why = verdicts(folder, Workflow(folder, None))
    assert found == {MANIFEST: "STALE", **of_the_crate("SUSPECT")}
    assert why == f"made from {MANIFEST} (STALE)"


def test_a_copy_of_the_workflow_that_is_not_as_it_was_reaches_no_figure_of_the_run(folder):
    """The crate has the modules that draw: they stand in a folder of the same name."""
    module = "results/workflow/workflow/scripts/duality/figures/paper.py"
    (folder / module).parent.mkdir(parents=True)
    (folder / module).write_text("", encoding="utf-8")
    write_record(folder, OF_THE_CRATE, "crate", [CRATE, STATEMENT, module], code=CODE)
    assert reach(Run.read(Tree(folder / "results")), [module])["figures"] == []


def test_what_there_is_against_the_manifest_is_in_the_chain_of_what_was_made_of_it(folder):
    """That the crate is suspect says nothing by itself there."""
    trace = ("--workflow", "nowhere", "--trace", CRATE)
    status, _, said = told(folder, *trace)
    assert (status, said["traces"][0]["chain"]) == (0, [CRATE, MANIFEST, TABLE, OWN])
    edited(MANIFEST, lambda text: text + " ")(folder)
    assert told(folder, *trace)[0] == 1


@pytest.fixture(scope="module")
def exported(finished, tmp_path_factory):
    """The finished run with its crate."""
    folder = shutil.copytree(finished, tmp_path_factory.mktemp("exported") / "run")
    made = snakemake(folder, "--cores", "1", "crate")
    assert made.returncode == 0, made.stderr
    return folder


def crate_of(folder):
    return json.loads((folder / OF_THE_CRATE).read_text(encoding="utf-8"))["outputs"]


@pytest.mark.slow
def test_a_real_run_passes_after_its_crate_was_made(exported):
    """As docs/exports.md and docs/conda.md go on with it."""
    status, found, said = told(exported)
    assert (status, found) == (0, {})
    assert said["conclusion"].startswith("consistent")
    number = len(crate_of(exported))
    assert f"{number} files were made after the manifest, which does not seal their records" in said["remarks"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plant", "causes", "of_it"),
    [
        (edited(MANIFEST, lambda text: text + " "), {OWN: "TAMPERED"}, "SUSPECT"),
        (lambda run: resealed(run, lambda sealed: sealed["artifacts"].pop(f"{FIGURE}.pdf")), {}, "STALE"),
        (flipped(f"{FIGURE}.png"), {f"{FIGURE}.png": "TAMPERED"}, "SUSPECT"),
        (flipped(TRAJECTORY), {TRAJECTORY: "TAMPERED"}, "SUSPECT"),
        (lambda run: (run / f"{FIGURE}.txt").unlink(), {f"{FIGURE}.txt": "MISSING"}, "SUSPECT"),
        (flipped(CRATE), {CRATE: "TAMPERED"}, "IDENTICAL"),
    ],
    ids=["manifest", "manifest rewritten", "figure", "trajectory", "figure deleted", "crate"],
)
def test_a_fault_of_a_real_run_is_seen_after_the_crate_was_made_too(exported, tmp_path, plant, causes, of_it):
    folder = shutil.copytree(exported, tmp_path / "run", ignore=shutil.ignore_patterns(".snakemake"))
    plant(folder)
    status, found, _ = told(folder)
    assert status == 1
    assert causes.items() <= found.items()
    assert {found.get(name, "IDENTICAL") for name in crate_of(folder) if name not in causes} == {of_it}
