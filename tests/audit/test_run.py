"""If these fail, the auditor believes what is no manifest or record, or a stranger's file leads it elsewhere."""

import contextlib
import json
import os
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from conftest import ROOT, copy_own_files, planned, snakemake
from described_run import RECORD, TABLE, describe, seal, write_record
from mutated_results import resealed, sha256
from snakemake.api import SnakemakeApi
from snakemake.settings.types import ResourceSettings

from run import BY_NAME, MANIFEST, OF_THE_MANIFEST, Run
from tree import Tree, Unreadable


@pytest.fixture
def folder(tmp_path):
    return describe(tmp_path)


def read(folder):
    return Run.read(Tree(folder / "results"))


def test_a_run_tells_what_was_made_from_what(folder):
    run = read(folder)
    assert run.intact
    assert list(run.artifacts) == [TABLE]
    assert run.record(TABLE)["rule"] == "table"
    assert (run.sources(TABLE), run.origins(TABLE), list(run.products([TABLE]))) == ([], [TABLE], [TABLE])


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", "[" * 100_000, '{"a":' * 40 + "1" + "}" * 40, "\xff", None,
     '{"format": 1, "root": "x", "records": {}, "artifacts": {}}',
     '{"format": 1, "root": "%s", "records": {}, "artifacts": {"a": {}}}' % ("0" * 64),
     '{"format": 1, "root": "%s", "records": {}, "artifacts": {"a": 5}}' % ("0" * 64)],
)  # fmt: skip
def test_what_is_no_manifest_is_nothing_to_audit(folder, content):
    (folder / MANIFEST).unlink() if content is None else (folder / MANIFEST).write_bytes(content.encode("latin-1"))
    with pytest.raises(Unreadable):
        read(folder)
    told = subprocess.run(
        [sys.executable, ROOT / "audit", "results"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert told.returncode == 3
    assert told.stderr.count("\n") == 1
    assert "results/manifest.json" in told.stderr


@pytest.mark.parametrize(
    "change",
    [
        {"code": {"../../x.py": "0" * 64}},
        {"code": {"/dev/zero": "0" * 64}},
        {"code": {"x": "0" * 64}},
        {"code": 5},
        {"outputs": {TABLE: 5}},
        {"outputs": {TABLE: {"sha256": "0"}}},
        {"config": {"seed": 5}},
        {"rule": None},
        {"params": {"a": json.loads("[" * 40 + "]" * 40)}},
    ],
)
def test_a_record_that_is_none_is_not_believed(folder, change):
    """It names other files than modules, or lacks the form: what it says of its outputs is worth nothing."""
    write_record(folder, RECORD, "table", [TABLE], **change)
    resealed(folder, lambda sealed: sealed["records"].update({RECORD: sha256(folder / RECORD)}))
    run = read(folder)
    assert isinstance(run.records[RECORD], str)
    assert run.record(TABLE) is None


@pytest.mark.parametrize(
    "name", ["../x", "results/../../x", "/etc/passwd", "results//x", "results", "x/y", "results/\0"]
)
def test_no_name_leads_out_of_the_folder(folder, name):
    with pytest.raises(Unreadable):
        Tree(folder / "results").place(name)


def test_what_is_made_after_the_manifest_is_told_by_its_own_record(folder):
    """Exports and calibration are asked for by name; figures of another config that lie about are not among them."""
    made = {
        "results/calibration/coverage.csv": "calibration",
        "results/figures/figure_9.csv": "figure",
        "results/figures/figure_99.csv": "crate",
        TABLE: "calibration",
    }
    for number, (output, rule) in enumerate(made.items()):
        (folder / output).parent.mkdir(exist_ok=True, parents=True)
        (folder / output).write_text((folder / output).read_text() if output == TABLE else "k\n1\n", encoding="utf-8")
        write_record(folder, f"results/provenance/more/{number}.json", rule, [output], code={"a.py": "0" * 64})
    run = read(folder)
    assert run.unsealed == {"results/calibration/coverage.csv"}
    assert run.artifacts[TABLE]["record"] == RECORD  # what is sealed cannot be claimed by another record


def test_what_no_run_makes_by_itself_is_known_by_its_rule(tmp_path):
    """Else what a rule makes that is asked for by name would be a file of which nothing tells."""
    of_a_run = {
        *planned(snakemake(copy_own_files(tmp_path / "all"), "-n")),
        "sample",
        "fluctuation_sums",
    }  # of more data
    with contextlib.chdir(ROOT), SnakemakeApi() as api:
        rules = list(api.workflow(resource_settings=ResourceSettings(), snakefile=ROOT / "Snakefile")._workflow.rules)
    later = {rule.name: [*map(str, rule.output)] for rule in rules if rule.output and rule.name not in of_a_run}
    assert set(later) == set(BY_NAME)
    for rule, outputs in later.items():
        assert all(output.startswith(BY_NAME[rule]) for output in outputs), rule


def test_links_pipes_and_folders_are_no_files(folder):
    tree = Tree(folder / "results")
    os.mkfifo(folder / "results/pipe")
    (folder / "results/link").symlink_to(folder / TABLE)
    (folder / "results/loop").symlink_to("loop")
    for name in ("pipe", "link", "loop", "table", "link/table.csv"):
        with pytest.raises(Unreadable):
            tree.size(f"results/{name}")
    assert tree.size("results/nowhere") is None
    assert {"results/pipe", "results/link", TABLE} <= set(tree.names(100))
    assert len(list(tree.names(2))) == 2


@pytest.mark.parametrize("number", [300, 3000])
def test_a_record_of_thousands_of_files_that_are_not_there_takes_no_longer_than_they_are_many(folder, number):
    """Every one of them an input and an output of one job: paths through it are many, the job is one."""
    names = [f"results/more/{n}.csv" for n in range(number)]
    made = {"sha256": "0" * 64, "size": 1, "content": None}
    write_record(folder, RECORD, "table", [], outputs=dict.fromkeys(names, made), inputs=dict.fromkeys(names, "0" * 64))
    seal(folder, dict.fromkeys(names, made))
    command = [sys.executable, ROOT / "audit", "results", "--workflow", "."]
    told = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=30)
    assert told.returncode == 1
    assert "Traceback" not in told.stderr
    assert f"{number} MISSING" in told.stdout


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"rule": "\ud800"}, "rule"),
        ({"rule": "\x1b[31m"}, "rule"),
        ({"environment": {"packages": 5}}, ""),
        ({"params": {"files": 5}}, ""),
        ({"inputs": {"/etc/passwd": "0" * 64, "../../x": "0" * 64}}, ""),
        ({"inputs": {"results/nowhere.csv": "0" * 64}}, "of which nothing tells"),
        ({"inputs": {TABLE: "0" * 64}}, "was made again since"),
    ],
)
def test_whatever_a_record_says_no_report_fails(folder, change, told):
    write_record(folder, RECORD, "table", [TABLE], **change)
    resealed(folder, lambda sealed: sealed["records"].update({RECORD: sha256(folder / RECORD)}))
    for options in ((), ("--json",), ("--junit", "a.xml", "--html", "a.html")):
        command = [sys.executable, ROOT / "audit", "results", "--workflow", ".", *options]
        environment = os.environ | {"PYTHONIOENCODING": "ascii:strict"}
        said = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)
        assert said.returncode in (1, 2)
        assert "Traceback" not in said.stderr
        assert told in said.stdout
    ElementTree.parse(folder / "a.xml")


def test_a_name_that_is_no_unicode_and_a_report_through_a_link_are_refused(folder):
    resealed(folder, lambda sealed: sealed["artifacts"].update({"results/\ud800": sealed["artifacts"][TABLE]}))
    command = [sys.executable, ROOT / "audit", "results", "--workflow", "."]
    told = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "is no name of a file in results/" in told.stdout
    (folder / "victim").write_text("mine", encoding="utf-8")
    (folder / "a.html").symlink_to("victim")
    for path in ("a.html", "nowhere/a.html"):
        assert subprocess.run([*command, "--html", path], cwd=folder, capture_output=True, check=False).returncode == 3
    assert (folder / "victim").read_text(encoding="utf-8") == "mine"


def test_results_without_their_workflow_are_compared_with_their_records_alone(folder):
    """As an archive has them: that is told, and is no reason to call everything stale."""
    write_record(folder, OF_THE_MANIFEST, "manifest", [MANIFEST])
    command = [sys.executable, ROOT / "audit", "results", "--workflow"]
    told = subprocess.run([*command, "nowhere"], cwd=folder, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout
    assert "there is no workflow in nowhere" in told.stdout
    assert subprocess.run([*command, "."], cwd=folder, capture_output=True, check=False).returncode == 1


def test_a_run_without_artifacts_has_not_passed(folder):
    seal(folder, {})
    command = [sys.executable, ROOT / "audit", "results", "--workflow", "."]
    assert subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 2
