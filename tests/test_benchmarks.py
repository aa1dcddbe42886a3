"""If these fail, `make benchmark` cannot be run on a fresh clone, or what it tells of the paper is not the paper's."""

import json
import re
import runpy
import shutil
import subprocess

import pytest
from conftest import ROOT

PLACES = (("logs", "log"), ("benchmarks", "tsv"))
HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


@pytest.fixture
def run(tmp_path):
    """A run of two jobs of training, a page and a manifest, and a point of a sweep beside it."""
    for name, seconds in {"training/a": 3, "training/b": 4, "page": 1, "manifest": 0.5, "sweeps/mine/0": 100}.items():
        path = tmp_path / f"benchmarks/{name}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{HEADER}{seconds}\t0:00:0{seconds}\t{50 * seconds}\t1\t1\t1\t0\t0\t99\t{2 * seconds}\n")
    records = {f"results/provenance/{name}.json": "" for name in ("training/a", "training/b", "page", "config")}
    (tmp_path / "results").mkdir()
    (tmp_path / "results/manifest.json").write_text(json.dumps({"records": records}))
    return tmp_path


def test_a_sweep_in_the_same_folder_is_no_part_of_the_paper(run):
    paper = runpy.run_path(str(ROOT / "benchmark/paper.py"))
    stages = paper["jobs_by_stage"](run)
    assert list(stages) == ["training", "page", "manifest"]  # the largest first
    assert [job["processor"] for job in stages["training"]] == [6, 8]
    *_, whole = paper["table"](stages).splitlines()
    assert whole.split() == ["all", "4", "17.0", "s", "100.0%", "4.0", "s", "200", "MB"]


def test_benchmarks_have_the_names_of_logs():
    """After which records are named, by which the jobs of a run are known: a stage named otherwise would be lost."""
    for path in (ROOT / "workflow/rules").glob("*.smk"):
        text = path.read_text(encoding="utf-8")
        logs, benchmarks = (re.findall(rf'"{of}/(\S+)\.{ending}"', text) for of, ending in PLACES)
        assert set(benchmarks) <= set(logs), path.name


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
def test_a_fresh_clone_makes_the_paper_before_it_is_measured(tmp_path):
    for name in ("Makefile", "requirements.lock", "requirements-build.lock"):
        shutil.copy(ROOT / name, tmp_path)
    told = subprocess.run(["make", "-n", "benchmark"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert 0 < told.index("make reproduce") < told.index("benchmark/sgd.py") < told.index("benchmark/paper.py")
