"""The config of the repository, and small versions of it for whole runs."""

import copy
import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# Two workers on two cores: four threads of BLAS would wait for one another. Before NumPy is imported; rules do so too.
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
# Where it is set, each of some thousand jobs would compile all modules of the library again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

import numpy as np
import pandas as pd
import pytest
import yaml
from browser import chromium, started
from hypothesis import settings
from playwright.sync_api import Browser

from duality.config.reading import load_schema
from duality.config.resolution import resolve
from duality.formulas.compose import compose
from duality.formulas.composition import Composition
from duality.records.theory import DERIVATIONS

# A run of the tests is reproducible. `pytest --hypothesis-profile default` searches further, other examples each time;
# `thorough` searches three times as far in everything, ten thousand attacks among it.
settings.register_profile("reproducible", derandomize=True, deadline=None)  # the machine may be busy
settings.register_profile("thorough", settings.get_profile("reproducible"), max_examples=300)
settings.load_profile("reproducible")

ROOT = Path(__file__).resolve().parents[1]
OWN_FILES = (
    "Snakefile",
    "config.yaml",
    "claims.yaml",
    "CITATION.cff",
    "requirements.lock",
    "workflow",
    "profiles",
    "envs",
    "gallery",
)  # what a run needs
FORMATS = ("pdf", "svg", "png")
DERIVED = "results/theory/derivations.csv"
# Two processors, as BLAS and NumPy see them.
KERNELS = (
    {"OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": "AVX512_ICL"},
    {"OPENBLAS_CORETYPE": "Nehalem", "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4"},
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--conda`, `--cluster`: the tests with a real conda, and on a real Slurm, for minutes (.ci/run has both)."""
    parser.addoption("--conda", action="store_true")
    parser.addoption("--cluster", action="store_true")


@pytest.fixture(scope="session")
def schema() -> dict[str, Any]:
    return load_schema(ROOT / "workflow/schemas/config.schema.yaml")


@pytest.fixture(scope="session")
def shipped() -> dict[str, Any]:
    """config.yaml as it is."""
    return yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def resolved(shipped, schema) -> dict[str, Any]:
    return resolve(shipped, schema)


@pytest.fixture(scope="session")
def compositions(resolved) -> dict[str, Composition]:
    return {name: compose(**experiment["composition"]) for name, experiment in resolved["experiments"].items()}


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(20240517)


SMALL_TRAINING = {"replicas": 2, "thin": 256, "steps": 40_000, "budget": 160_000, "r_hat": 2.0, "ess": 4, "drift": 50}


def small_config(shipped: dict[str, Any]) -> dict[str, Any]:
    """A config of one experiment and one figure that runs in seconds; its equilibrium criterion is lax."""
    config = copy.deepcopy(shipped)
    config["dataset"] = {"shards": 2, "samples_per_shard": 4096, "training_shards": 1}
    config["experiments"] = {"relu_quartic": config["experiments"]["relu_quartic"]}
    config["experiments"]["relu_quartic"]["training"] |= SMALL_TRAINING
    config["figures"] = {"figure_8": config["figures"]["figure_8"]}
    config["statistics"] |= {"cells": 10, "grid": 201, "bootstrap": 99, "sensitivity": [3]}
    config["jumps"] = {"factors": [1, 0.5], "replicas": 4, "relaxation_times": 4, "samples": 32768}
    del config["guard"]
    return config


@pytest.fixture
def small(shipped) -> dict[str, Any]:
    return small_config(shipped)


def copy_own_files(target: Path) -> Path:
    """The repository's own files, without results, to run the workflow in."""
    target.mkdir(parents=True, exist_ok=True)
    for item in OWN_FILES:
        source = ROOT / item
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, target / item, ignore=ignored, dirs_exist_ok=True)
        else:
            shutil.copy2(source, target / item)
    return target


@pytest.fixture
def checkout(tmp_path) -> Callable[[str], Path]:
    """Makes copies of the repository's own files."""
    return lambda name: copy_own_files(tmp_path / name)


@pytest.fixture(scope="session")
def derived(tmp_path_factory) -> Path:
    """A copy of the repository in which the derivations are checked already.

    They take long and depend on nothing else: whoever asks first runs their rule, for all tests of all workers.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "derived"
    with open(folder.with_suffix(".lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / DERIVED).exists():
            result = snakemake(copy_own_files(folder), "--cores", "1", DERIVED, kernels=KERNELS[0])
            assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture(scope="session")
def finished(derived, shipped) -> Path:
    """A copy of the repository with the results of a whole small run. Who breaks something of it copies it first.

    Whoever asks first makes it, for all tests of all workers.
    """
    folder = derived.with_name("finished")
    with open(folder.with_suffix(".lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "results/manifest.json").exists():
            shutil.copytree(derived, folder, dirs_exist_ok=True)
            result = snakemake(folder, "--cores", "2", config=small_config(shipped), kernels=KERNELS[1])
            assert result.returncode == 0, result.stderr
            (folder / "said.txt").write_text(result.stdout + result.stderr, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def paper(tmp_path_factory) -> Path:
    """The whole paper, from a copy of the repository's own files. Who changes something of it copies it first.

    Whoever asks first makes it, for all tests of all workers.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "paper"
    with open(folder.with_suffix(".lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "results/manifest.json").exists():
            result = snakemake(copy_own_files(folder), "--cores", "all", kernels=KERNELS[1])
            assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture(scope="session")
def derivations(derived) -> pd.DataFrame:
    """What all checks of the paper find."""
    return DERIVATIONS.read(derived / DERIVED)


@pytest.fixture
def checkout_with_derivations(derived, tmp_path) -> Callable[[str], Path]:
    """Makes copies of the repository in which the derivations are checked already."""
    return lambda name: shutil.copytree(derived, tmp_path / name)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium without window; the tests that need it are skipped, and say so, where there is none.

    Of one module, not of the session: while it runs, nothing else of the process, Snakemake say, can run an event loop.
    """
    path = chromium()
    if path is None:
        pytest.skip("NO BROWSER: no chromium is installed (apt-get install chromium), so this page is not tested")
    with started(path) as running:
        yield running


@pytest.hookimpl(tryfirst=True)  # before -m "not slow" looks for the mark
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What opens a browser is slow. The files that take longest come first: each stays on one worker."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
    long = (
        "test_paper",
        "test_conda",
        "cluster/test_slurm",
        "config/test_attacks",
        "test_workflow",
        "test_interruption",
        "test_realisations",
        "calibration/test_simulation",
        "test_contributing",
        "fits/test_rivals",
        "test_docs",
        "test_documented_commands",
    )
    ranks = {f"tests/{name}.py": rank for rank, name in enumerate(long)}
    items.sort(key=lambda item: ranks.get(item.nodeid.split("::")[0], len(long)))


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "snakemake", *arguments]


def snakemake(
    folder: Path, *arguments: str, config: dict[str, Any] | None = None, kernels: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run Snakemake in a folder as a user would; `config` replaces config.yaml, `kernels` are of another processor."""
    if config is not None:
        (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    options: dict[str, Any] = {"capture_output": True, "text": True, "timeout": 1200, "check": False}
    return subprocess.run(command(*arguments), cwd=folder, env=os.environ | (kernels or {}), **options)


def planned(result: subprocess.CompletedProcess[str]) -> dict[str, int]:
    """Jobs per rule of a dry run."""
    table = result.stdout + result.stderr
    if "Nothing to be done" in table:
        return {}
    rows = re.search(r"^job +count\n-+ +-+\n(.*?)^total", table, re.M | re.S)
    assert rows is not None, table
    return {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", rows[1], re.M) if name != "all"}


def contents(folder: Path) -> dict[Path, bytes]:
    """Every file below a folder, with its bytes."""
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
