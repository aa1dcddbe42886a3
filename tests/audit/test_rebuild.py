"""If these fail, a run whose files and records were all rewritten together passes, though it cannot be made again."""

import shutil
import subprocess
import sys

import numpy as np
import pytest
from audited_run import audit
from conftest import ROOT
from mutated_results import X1, forged

from rebuild import chosen, rebuilt
from run import Run
from tree import Tree
from verdicts import Verdict

pytestmark = pytest.mark.slow


@pytest.fixture
def run(blessed, tmp_path):
    return shutil.copytree(blessed, tmp_path / "run")


def test_the_draw_is_seeded_and_prefers_what_much_depends_on(blessed):
    found = Run.read(Tree(blessed / "results"))
    assert chosen(found, 5, 1) == chosen(found, 5, 1)
    assert len({found.artifacts[name]["record"] for name in chosen(found, 10**6, 1)}) == len(found.records) - 1
    first = [found.record(chosen(found, 1, seed)[0])["rule"] for seed in range(300)]
    assert first.count("dataset") > 3 * first.count("paper_figures") > 0


def test_a_forged_dataset_is_found_out_by_making_it_again(run):
    """Without a reference nothing else can: all digests fit."""
    np.save(run / X1, np.load(run / X1)[::-1])
    forged(run, X1)
    found = Run.read(Tree(run / "results"))
    of_x1 = {seed for seed in range(100) if found.record(chosen(found, 1, seed)[0]) is found.record(X1)}
    assert X1 not in audit(run)[1]
    status, verdicts, told = audit(run, "--rebuild", "1", "--seed", str(min(of_x1)))
    assert (status, verdicts[X1]) == (1, "MISMATCH")
    assert "made again from the recorded inputs, it is another" in str(told)


def test_what_does_not_pass_is_not_made_again(run):
    found = {name: Verdict(name, "IDENTICAL") for name in Run.read(Tree(run / "results")).artifacts}
    found[X1] = Verdict(X1, "TAMPERED", "as many bytes, but others")
    for name in (X1, "results/dataset/stream/x1.npy"):
        told = rebuilt(Run.read(Tree(run / "results")), name, found, run, "no such program")
        assert told.verdict == found[name].verdict
        assert f"not made again: {X1} did not pass" in told.reason


def test_nothing_of_the_folder_under_audit_is_run(run, tmp_path):
    """The code that makes an artifact again is the repository's, whatever lies beside the results."""
    (tmp_path / "theirs").mkdir()
    shutil.move(run / "results", tmp_path / "theirs/results")
    for place in ("Snakefile", "results/Snakefile"):
        (tmp_path / "theirs" / place).write_text("raise SystemExit(9)", encoding="utf-8")
    command = [sys.executable, ROOT / "audit", "results", "--workflow", run, "--rebuild", "1", "--seed", "3"]
    told = subprocess.run(command, cwd=tmp_path / "theirs", capture_output=True, text=True, check=False)
    assert "the same bytes" in told.stdout, told.stdout + told.stderr
