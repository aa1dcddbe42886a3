"""On what a job's numbers depend beside code and inputs: versions, and the kernels that libraries really use.

A variable such as NUMBA_DISABLE_JIT changes numbers, and no version; so does a processor that lacks AVX2.
"""

import os
import platform
import sys
from importlib.metadata import version
from typing import Any

# The packages on which numbers or pictures may depend.
_PACKAGES = (
    "arviz_stats", "jinja2", "llvmlite", "matplotlib", "mpmath", "numba", "numpy", "pandas", "powerlaw", "rocrate",
    "scipy", "sympy", "tabulate", "uncertainties",
)  # fmt: skip
_VARIABLES = ("NUMBA_", "NPY_", "OPENBLAS_", "OMP_", "MKL_", "BLIS_", "VECLIB_")
_PLACES = ("NUMBA_CACHE_DIR",)  # tells where, and not what


def numeric_environment() -> dict[str, Any]:
    """Python, C library, machine, and of what the job has imported: versions, BLAS, and NumPy's and Numba's kernels."""
    found: dict[str, Any] = {
        "python": platform.python_version(),
        "libc": " ".join(platform.libc_ver()),
        "machine": platform.machine(),
        "packages": {name: version(name) for name in _PACKAGES if name in sys.modules},
        "variables": {name: value for name, value in sorted(os.environ.items()) if _counts(name)},
    }
    if "numpy" in sys.modules:
        found |= {"blas": _blas(), "numpy_dispatches": _features()}
    if "numba" in sys.modules:
        config = sys.modules["numba"].config  # not imported: not every stage has it
        found["numba"] = {"jit": not config.DISABLE_JIT, "opt": int(config.OPT), "cpu": config.CPU_NAME or ""}
    return found


def _counts(variable: str) -> bool:
    return variable.startswith(_VARIABLES) and variable not in _PLACES


def _blas() -> list[dict[str, Any]]:
    """The linear algebra libraries that are loaded: version, the architecture they compute for, threads."""
    from threadpoolctl import threadpool_info

    told = ("internal_api", "version", "architecture", "num_threads")
    libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
    return sorted(({key: library.get(key) for key in told} for library in libraries), key=str)


def _features() -> list[str]:
    """The processor features for which NumPy has kernels of their own, and uses them."""
    kernels: Any = sys.modules["numpy._core._multiarray_umath"]
    return [name for name in kernels.__cpu_dispatch__ if kernels.__cpu_features__.get(name)]
