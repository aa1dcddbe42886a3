"""A real run with a signed reference."""

import shutil
import subprocess

import pytest
from audited_run import bless, resolved_config
from conftest import ROOT


@pytest.fixture(scope="session")
def blessed(finished, tmp_path_factory):
    """The finished run as a repository of its own, with its reference, whose history of two lines is signed."""
    folder = tmp_path_factory.mktemp("blessed") / "run"
    shutil.copytree(finished, folder, ignore=shutil.ignore_patterns(".snakemake"))
    for own in ("audit", "reference"):
        ignored = shutil.ignore_patterns("__pycache__", "run", "history*")
        shutil.copytree(ROOT / own, folder / own, ignore=ignored)
    bless(folder, "A first run.")
    (folder / "reference/calibration.csv").write_text("another\n", encoding="utf-8")
    bless(folder, "Another calibration.")
    key = folder.parent / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key], check=True)
    sign = ["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", "dataset-learning-duality"]
    subprocess.run([*sign, folder / "reference/history.jsonl"], check=True, capture_output=True)
    (folder / "signers").write_text(f"author {key.with_suffix('.pub').read_text(encoding='utf-8')}", encoding="utf-8")
    (folder / "config.json").write_text(resolved_config(folder), encoding="utf-8")
    return folder
