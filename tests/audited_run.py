"""The auditor, and what makes a run the reference, as a person would call them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import yaml
from conftest import ROOT
from snakemake.utils import update_config


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


def resolved_config(folder, overlay=None):
    """The config as the Snakefile resolves it, with an overlay."""
    command = [sys.executable, "workflow/scripts/resolution.py", "workflow/schemas/config.schema.yaml", "gallery", ""]
    config = yaml.safe_load(Path(folder, "config.yaml").read_text(encoding="utf-8"))
    update_config(config, overlay or {})
    content = yaml.safe_dump(config, sort_keys=False)
    told = subprocess.run(command, cwd=folder, input=content, capture_output=True, text=True, check=True)
    return json.dumps({**json.loads(told.stdout), "files": {}, "config": config})
