"""If these fail, what the page for a laptop tells people to type does not do what it says."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, copy_own_files
from documented_commands import commands

PAGE = ROOT / "docs/laptop.md"


@pytest.mark.slow
def test_the_commands_of_the_page_do_what_it_says(finished, tmp_path):
    """In a folder of a finished small run, with the Python of the tests as its .venv."""
    folder = shutil.copytree(finished, tmp_path / "laptop")
    for name in ("Makefile", "requirements-build.lock", "audit", "workflow"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        if not (folder / name).exists():
            copy(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(Path(sys.executable).parents[1])
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    said = {}
    for line in commands(PAGE):
        # What the environment is made of is older than the links to it here.
        command = line.replace("make reproduce", "make -o .venv/installed reproduce")
        options = {"capture_output": True, "text": True, "timeout": 600, "check": False}
        done = subprocess.run(["bash", "-c", command], cwd=folder, env=os.environ | {"PATH": path}, **options)
        said[line] = done.stdout + done.stderr
        assert done.returncode == 0, said[line]
    assert "Nothing to be done" in said["make reproduce"]
    assert "table, with all errors  results/table/table.md" in said["make reproduce"], "it ends with what there is"
    assert "IDENTICAL" in said["snakemake audit"]


def test_what_is_wrong_with_a_config_is_told_once(tmp_path):
    """The end of a run is told after it, and would say it again."""
    copy_own_files(tmp_path)
    (tmp_path / "config.yaml").write_text("seed: 1\n", encoding="utf-8")
    for name in ("Makefile", "requirements-build.lock"):
        shutil.copy2(ROOT / name, tmp_path)
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parents[1])
    command = ["make", "-o", ".venv/installed", "reproduce"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode
    assert (done.stdout + done.stderr).count("config: classes is missing") == 1
