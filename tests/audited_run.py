"""The auditor, and what makes a run the reference, as a person would call them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import yaml
from conftest import ROOT


def audit(folder, *options):
    """Exit status, verdicts but for IDENTICAL, and what it says."""
    told = subprocess.run(
        [sys.executable, ROOT / "audit", "results", "--workflow", ".", "--json", *options],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "Traceback" not in told.stderr, told.stderr
    if not told.stdout:
        return told.returncode, {}, {"stderr": told.stderr}
    said = json.loads(told.stdout)
    verdicts = {row["name"]: row["verdict"] for row in said["artifacts"] if row["verdict"] != "IDENTICAL"}
    return told.returncode, verdicts, said


def bless(folder, reason):
    told = subprocess.run(
        [sys.executable, "reference/bless.py", reason],
        cwd=folder, capture_output=True, text=True, check=False, env=os.environ | {"GIT_DIR": str(ROOT / ".git")},
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    return told.stdout


def resolved_config(folder):
    """The config as the Snakefile resolves it."""
    command = [sys.executable, "workflow/scripts/resolution.py", "workflow/schemas/config.schema.yaml"]
    content = Path(folder, "config.yaml").read_bytes()
    told = subprocess.run(command, cwd=folder, input=content, capture_output=True, check=True)
    resolved = json.loads(told.stdout)
    return json.dumps({**resolved, "files": {}, "config": yaml.safe_load(content)})
