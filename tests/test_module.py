"""If these fail, the workflow runs only in its own folder, and no other workflow can import it."""

import copy
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import DERIVED, ROOT, contents, copy_own_files, planned, small_config, snakemake
from documented_commands import commands

from duality.config.reading import overlaid
from duality.config.resolution import resolve

PAGE = ROOT / "docs/import.md"
LIBRARY = "dataset-learning-duality"


def blocks(language):
    """The blocks of the page that are in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)


def run(line, folder):
    """Run a command of the page as a person would, who has this Python first on the PATH."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    options = {"capture_output": True, "text": True, "timeout": 1200, "check": False}
    return subprocess.run(["bash", "-c", line], cwd=folder, env=os.environ | {"PATH": path}, **options)


def import_as(folder, library, name, config):
    """A workflow that imports this one by a name, which is the prefix too, and has no rule of its own."""
    folder.mkdir(exist_ok=True)
    text = f'module {name}:\n    snakefile: "../{library}/Snakefile"\n    config: {config!r}\n    prefix: "{name}"\n'
    (folder / "Snakefile").write_text(f"{text}use rule * from {name} as {name}_*\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def workspace(finished, derived, shipped, tmp_path_factory):
    """What the page tells to do, done in two sibling folders, on a small config; and what each command said.

    The library's own config has another seed than the finished run: `paper` names that run's, and must become the same.
    `again` differs in a rule for claims, `elsewhere` in nothing: they begin with what the finished run has of that.
    """
    place = tmp_path_factory.mktemp("workspace")
    library, mine = copy_own_files(place / LIBRARY), place / "mine"
    shutil.copytree(ROOT / "audit", library / "audit", ignore=shutil.ignore_patterns("__pycache__"))
    small = small_config(shipped)
    other = {**copy.deepcopy(small), "seed": 1}
    (library / "config.yaml").write_text(yaml.safe_dump(other, sort_keys=False), encoding="utf-8")
    record = "results/provenance/theory/derivations.json"
    for name in (DERIVED, record):
        (mine / "paper" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(derived / name, mine / "paper" / name)
    lacking = {"again": ["claims"], "elsewhere": ["claims", "table", "figures/overview"]}
    for folder, stems in lacking.items():
        shutil.copytree(finished / "results", mine / folder / "results")
        for stem in (*stems, "config", "manifest"):
            for path in (mine / folder / "results").glob(f"{stem}*"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            (mine / folder / f"results/provenance/{stem}.json").unlink()
    (mine / "elsewhere/config.yaml").write_text(yaml.safe_dump(small, sort_keys=False), encoding="utf-8")
    given = {"paper": {"seed": small["seed"]}, "again": {"seed": small["seed"], "claims": {"delta": 0.25}}}
    (mine / "config.yaml").write_text(yaml.safe_dump(given), encoding="utf-8")
    (snakefile,) = blocks("snakemake")
    after = """
import sys
import yaml
import training  # mine, and not the script of this name
assert training.MINE
assert config == yaml.safe_load(open("config.yaml"))
assert not [entry for entry in sys.path if entry.endswith("scripts")]
"""
    (mine / "Snakefile").write_text(snakefile + after, encoding="utf-8")
    (mine / "training.py").write_text("MINE = True\n", encoding="utf-8")
    said = {}
    for line in commands(PAGE):
        said[line] = run(line, mine)
        assert said[line].returncode == 0, f"{line}: {said[line].stderr}{said[line].stdout}"
    return mine, said


@pytest.mark.slow
def test_an_import_makes_what_the_same_config_makes_by_itself(workspace, finished):
    """Records, manifest and root digest too: neither prefix nor names of rules are in them."""
    mine, _ = workspace
    assert contents(mine / "paper/results/provenance") == contents(finished / "results/provenance")
    made, expected = contents(mine / "paper/results"), contents(finished / "results")
    del made[Path("audit.html")]
    assert made == expected
    assert {path.name for path in mine.iterdir() if path.is_dir()} >= {"paper", "again", "elsewhere"}
    assert not (mine / "results").exists()
    assert not (mine / "logs").exists()
    assert (mine / "paper/logs/manifest.log").is_file()
    assert (mine / "paper/benchmarks/manifest.tsv").is_file()


@pytest.mark.slow
def test_each_import_has_its_config_its_records_and_its_audit(workspace):
    mine, said = workspace
    roots = [json.loads((mine / name / "results/manifest.json").read_text())["root"] for name in ("paper", "again")]
    assert len(set(roots)) == 2
    configs = [yaml.safe_load((mine / name / "results/config.yaml").read_text()) for name in ("paper", "again")]
    assert [config["claims"]["delta"] for config in configs] == [0.1, 0.25]
    audits = said["snakemake --cores 1 paper_audit again_audit"].stdout
    assert audits.count("consistent: nothing here contradicts the records") == 2
    assert (mine / "again/results/audit.html").is_file()


@pytest.mark.slow
def test_the_audit_of_an_import_sees_what_is_another_in_its_config_alone(workspace, tmp_path):
    """The config of the one says nothing about the results of the other."""
    mine, _ = workspace
    place = shutil.copytree(mine.parent, tmp_path / "copy") / "mine"
    config = yaml.safe_load((place / "config.yaml").read_text(encoding="utf-8"))
    config["again"]["claims"]["delta"] = 0.5
    (place / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    assert "consistent" in snakemake(place, "--cores", "1", "paper_audit").stdout
    told = snakemake(place, "--cores", "1", "again_audit")
    assert told.returncode != 0
    assert "config: claims.delta is 0.5, was 0.25" in told.stdout


@pytest.mark.slow
def test_the_importing_workflow_stays_as_it_was(workspace):
    """Its first rule is the target, no table of an import is printed, and no rule is made local that it may have."""
    mine, said = workspace
    first = said[commands(PAGE)[0]]
    assert len((mine / "exponents.csv").read_text().splitlines()) > 2
    for remark in ("table, with all errors", "localrules directive"):
        assert remark not in first.stdout + first.stderr


@pytest.mark.slow
def test_moved_folders_run_nothing_again(workspace, tmp_path):
    """Both together, results and library; and the library alone, for another working directory."""
    mine, _ = workspace
    assert planned(snakemake(mine, "-n", "--cores", "1")) == {}
    moved = shutil.copytree(mine.parent, tmp_path / "moved")
    assert planned(snakemake(moved / "mine", "-n", "--cores", "1")) == {}
    renamed = (moved / LIBRARY).rename(moved / "renamed")
    elsewhere = ("-s", str(renamed / "Snakefile"), "--directory", str(moved / "mine/elsewhere"))
    assert planned(snakemake(tmp_path, "-n", "--cores", "1", *elsewhere)) == {}


@pytest.mark.slow
def test_a_moved_checkout_does_not_make_its_crate_again(finished, tmp_path):
    folder = shutil.copytree(finished, tmp_path / "before")
    for name in ("LICENSE", "Makefile", "requirements-build.lock"):
        shutil.copy2(ROOT / name, folder)
    assert snakemake(folder, "--cores", "1", "crate").returncode == 0
    moved = folder.rename(tmp_path / "after")
    assert planned(snakemake(moved, "-n", "--cores", "1", "all", "crate")) == {}


@pytest.mark.slow
def test_in_another_working_directory_it_makes_the_same(workspace, finished):
    mine, said = workspace
    assert contents(mine / "elsewhere/results") == contents(finished / "results")
    assert "table, with all errors" in said[commands(PAGE)[3]].stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("own", "options", "complaint"),
    [
        (None, (), None),
        ({"seed": "of the folder"}, (), "config: seed = 'of the folder': must be"),
        (None, ("--configfile", "overlay.yaml"), "config: seed = 'of the overlay': must be"),
        ({}, (), "config: seed is missing"),
    ],
)
def test_the_config_of_a_working_directory(checkout, small, tmp_path, own, options, complaint):
    """Its own if it has one; else the one that is shipped; an overlay counts more than either."""
    library = checkout("library")
    (library / "config.yaml").write_text(yaml.safe_dump(small, sort_keys=False), encoding="utf-8")
    (tmp_path / "overlay.yaml").write_text("seed: of the overlay\n", encoding="utf-8")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if own is not None:
        (elsewhere / "config.yaml").write_text(yaml.safe_dump(small | own if own else own), encoding="utf-8")
    told = snakemake(tmp_path, "-n", "--cores", "1", "-s", "library/Snakefile", "--directory", "elsewhere", *options)
    assert (told.returncode == 0) == (complaint is None), told.stderr
    lines = [line for line in told.stderr.splitlines() if not line.startswith("Using workflow specific profile")]
    assert complaint is None or (lines[0].startswith(complaint) and len(lines) == 1), told.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ({"seed": "x"}, "module own: config: seed = 'x': must be an integer"),
        ({"dataset": {"shrads": 3}}, "module own: config: dataset.shrads is no known key"),
        ([1], "module own: config = [1]: must be a mapping of keys to values"),
        ({"classes": {"ones": {"file": "gone.csv"}}}, "module own: config: classes.ones: there is no file 'gone.csv'"),
    ],
)
def test_a_bad_config_of_an_import_is_one_line_that_names_the_module(checkout, tmp_path, config, complaint):
    checkout("library")
    told = snakemake(import_as(tmp_path / "mine", "library", "own", config), "-n", "--cores", "1")
    assert told.returncode == 1
    assert told.stderr.startswith(complaint)
    assert told.stderr.count("\n") == 1
    assert not list((tmp_path / "mine").glob("own*"))


@pytest.mark.slow
def test_data_of_one_s_own_are_named_from_the_working_directory(checkout, small, tmp_path, random):
    """By the config, by the record and by the audit; jobs read the sample that was made of them below the prefix."""
    (checkout("library") / "config.yaml").write_text(yaml.safe_dump(small, sort_keys=False), encoding="utf-8")
    mine = import_as(tmp_path / "mine", "library", "own", {"classes": {"ones": {"file": "mine.csv", "column": "x1"}}})
    (mine / "mine.csv").write_text("x1\n" + "".join(f"{x}\n" for x in random.normal(1, 0.25, 20_000)))
    windows = "own/results/jacobian/relu_quartic/windows.json"
    made = snakemake(mine, "--cores", "2", windows)
    assert made.returncode == 0, made.stdout + made.stderr
    records = mine / "own/results/provenance"
    digest = hashlib.sha256((mine / "mine.csv").read_bytes()).hexdigest()
    sample = json.loads((records / "dataset/ones/sample.json").read_text(encoding="utf-8"))
    assert sample["inputs"] == {"mine.csv": digest}
    assert sample["rule"] == "sample"
    jacobian = json.loads((records / "jacobian/relu_quartic.json").read_text(encoding="utf-8"))
    assert set(jacobian["inputs"]) == {
        "results/training/relu_quartic/equilibrium.json",
        "results/dataset/ones/sample.npy",
    }
    assert not (mine / "results").exists()


def test_the_configs_of_the_page_are_overlays_of_the_shipped_one(shipped, schema):
    (text,) = blocks("yaml")
    sections = yaml.safe_load(text)
    (snakefile,) = blocks("snakemake")
    assert re.findall(r'config\["(\w+)"\]', snakefile) == list(sections)
    for overlay in sections.values():
        assert resolve(overlaid(shipped, overlay), schema)["experiments"]
