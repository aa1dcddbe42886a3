"""What every script does around its one call into the library."""

import os
import platform
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SCRIPTS = Path(__file__).resolve().parent

# Snakemake appends its own site-packages, so that inside a conda environment a package that the environment does not
# declare would silently come from the host. Only what belongs to this Python, and these scripts, may stay.
_OWN = [Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix, sys.exec_prefix)]
sys.path[:] = [
    entry
    for entry in sys.path
    if Path(entry).resolve() == _SCRIPTS or any(Path(entry).resolve().is_relative_to(prefix) for prefix in _OWN)
]

# NumPy and OpenBLAS choose their kernels by the processor, and those differ in the last digit. Every x86-64 computes
# with the same ones here: AVX2 for NumPy (where there is none, NumPy does without), what all of them have for BLAS.
if platform.machine() in ("x86_64", "AMD64"):
    os.environ |= {"NPY_ENABLE_CPU_FEATURES": "X86_V3", "OPENBLAS_CORETYPE": "Prescott"}
    os.environ.pop("NPY_DISABLE_CPU_FEATURES", None)  # both at once are an error

from duality.errors import InputError  # noqa: E402  (after the path is clean, and the kernels are chosen)
from duality.provenance import record  # noqa: E402


@contextmanager
def job(snakemake: Any) -> Iterator[Any]:
    """Run the body with stdout and stderr in the job's log, and failures as one line on the terminal.

    Bad input (`InputError`) is told as it is; anything else by its type and message, with the traceback in the log. A
    job that succeeds leaves a record of what it made from what, named like its log.
    """
    log = Path(str(snakemake.log))
    made = Path("results/provenance", *log.parts[1:]).with_suffix(".json")
    made.unlink(missing_ok=True)  # that of an earlier run, whose outputs Snakemake has removed
    terminal = os.dup(2)
    with open(log, "w", encoding="utf-8", buffering=1) as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
        try:
            yield snakemake
            wanted, given = dict(snakemake.wildcards.items()), dict(snakemake.params.items())
            record(made, snakemake.rule, wanted, given, snakemake.input, snakemake.output)
            sys.stdout.flush()
            sys.stderr.flush()
        except Exception as error:
            traceback.print_exc(file=file)
            wildcards = ", ".join(f"{name} {value}" for name, value in snakemake.wildcards.items())
            where = f"{snakemake.rule}{f' of {wildcards}' if wildcards else ''}"
            what = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
            os.write(terminal, f"{where}: {' '.join(what.split())} (log: {log})\n".encode())
            sys.exit(1)
