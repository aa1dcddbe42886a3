"""If these fail, the auditor believes what is no manifest or record, or a stranger's file leads it elsewhere."""

import json
import os
import subprocess
import sys

import pytest
from conftest import ROOT
from mutated_results import resealed, sha256

from run import MANIFEST, Run
from tree import Tree, Unreadable

MAPPINGS = ("code", "config", "environment", "inputs", "outputs", "params", "pins", "workflow")
RECORD, TABLE = "results/provenance/table.json", "results/table/table.csv"


def write_record(folder, name, by, made_of_it, **more):
    """A record as a job leaves it, of outputs that are there."""
    made = {
        one: {"sha256": sha256(folder / one), "size": (folder / one).stat().st_size, "content": None}
        for one in made_of_it
    }
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({"rule": by, **{key: {} for key in MAPPINGS}, "outputs": made, **more}), encoding="utf-8"
    )
    return made


@pytest.fixture
def folder(tmp_path):
    """Results of one job."""
    (tmp_path / "results/table").mkdir(parents=True)
    (tmp_path / TABLE).write_text("class,k\nzeros,1\n", encoding="utf-8")
    seal(tmp_path, write_record(tmp_path, RECORD, "table", [TABLE]))
    return tmp_path


def seal(folder, made):
    artifacts = {name: {**one, "record": RECORD} for name, one in made.items()}
    sealed = {"format": 1, "records": {RECORD: sha256(folder / RECORD)}, "artifacts": artifacts, "root": ""}
    (folder / MANIFEST).write_text(json.dumps(sealed), encoding="utf-8")
    resealed(folder, dict)


def read(folder):
    return Run.read(Tree(folder / "results"))


def test_a_run_tells_what_was_made_from_what(folder):
    run = read(folder)
    assert run.intact
    assert list(run.artifacts) == [TABLE]
    assert run.record(TABLE)["rule"] == "table"
    assert (run.sources(TABLE), run.origins(TABLE), run.products([TABLE])) == ([], [TABLE], [TABLE])


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
    (folder / "results/more").mkdir()
    for name, rule in (("calibration", "calibration"), ("figure_9", "figure"), ("table", "calibration")):
        output = f"results/more/{name}.csv" if name != "table" else TABLE
        if name != "table":
            (folder / output).write_text("k\n1\n", encoding="utf-8")
        write_record(folder, f"results/provenance/more/{name}.json", rule, [output])
    run = read(folder)
    assert run.unsealed == {"results/more/calibration.csv"}
    assert run.artifacts[TABLE]["record"] == RECORD  # what is sealed cannot be claimed by another record


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
