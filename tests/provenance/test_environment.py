"""If these fail, numbers depend on something that no record tells."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT

from duality.provenance.environment import numeric_environment

CODE = """
import sys
import job
import numba, numpy
from duality.provenance.environment import numeric_environment
import json
print(json.dumps(numeric_environment()))
"""


def environment(**variables):
    """What a job of another environment would record."""
    result = subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=ROOT / "workflow/scripts",
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def usual():
    return environment()


def test_it_tells_versions_and_kernels(usual):
    assert usual["packages"]["numpy"] == np.__version__
    assert usual["python"] == sys.version.split()[0]
    assert usual["numba"]["jit"] is True
    assert usual["blas"]
    assert all(library["version"] for library in usual["blas"])
    assert numeric_environment()["machine"] == usual["machine"]


@pytest.mark.parametrize(
    ("variables", "key"),
    [
        ({"NUMBA_DISABLE_JIT": "1"}, "numba"),
        ({"NUMBA_OPT": "0"}, "numba"),
        ({"NUMBA_CPU_NAME": "generic"}, "numba"),
        ({"OMP_PROC_BIND": "true"}, "variables"),
    ],
)
def test_what_changes_numbers_is_seen(usual, variables, key):
    assert environment(**variables)[key] != usual[key]


@pytest.mark.parametrize(
    "variables",
    [
        {"OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4"},
        {"TZ": "Asia/Tokyo", "HOME": "/", "NUMBA_CACHE_DIR": "/tmp", "LC_ALL": "C"},
    ],
)
def test_what_a_job_overrides_or_does_not_depend_on_is_no_difference(usual, variables):
    """Every x86-64 computes with the same kernels here: see job.py."""
    assert environment(**variables) == usual
