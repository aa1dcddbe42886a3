"""If these fail, the auditor calls something intact that was changed, or changed that is intact, or is led astray."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from audited_run import audit
from conftest import ROOT
from mutated_results import DOCS, FAULTS, closure, expected, page

pytestmark = pytest.mark.slow


MEMORY = Path("/dev/shm")  # a million files are made and gone there in seconds, and in minutes on a disk


@pytest.fixture
def broken(blessed):
    """A copy of the run that may be broken."""
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        yield shutil.copytree(blessed, Path(folder) / "run")


def state(folder):
    """Names, sizes and times of all that there is, a million empty files aside."""
    found = [path for path in sorted(folder.rglob("*")) if "more" not in path.parts]
    return [(path, os.lstat(path).st_size, os.lstat(path).st_mtime_ns) for path in found]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.does for fault in FAULTS])
def test_every_fault_gets_its_verdict_and_no_other_artifact_one(broken, fault):
    wanted = expected(fault, *closure(broken))
    fault.plant(broken)
    before = state(broken)
    status, verdicts, said = audit(broken, *fault.options)
    verdicts = {name: verdict for name, verdict in verdicts.items() if "/more/" not in name}
    assert verdicts == wanted
    assert status == fault.status
    assert fault.told in str(said)
    assert state(broken) == before, "it wrote something"


def test_the_table_in_the_docs_is_that_of_the_tests():
    assert DOCS.read_text(encoding="utf-8") == page(), "python tests/mutated_results.py"


def test_twenty_rebuilds_of_an_untouched_run_are_no_false_alarm(blessed):
    command = [sys.executable, ROOT / "audit", "results", "--workflow", ".", "--rebuild", "20", "--seed", "1"]
    told = subprocess.run(command, cwd=blessed, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stdout.count("made again from the recorded inputs, the same bytes") == 20
