"""What made a result: the digest of its code, and for each job a record of all that went into it and came out.

Snakemake reruns a rule when its script changes, not when a module that it imports does, and keeps no digests.
"""

import ast
import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

# The packages and variables on which numbers or pictures may depend.
_PACKAGES = (
    "arviz_stats", "jinja2", "llvmlite", "matplotlib", "mpmath", "numba", "numpy", "pandas", "powerlaw", "scipy",
    "sympy", "tabulate", "uncertainties",
)  # fmt: skip
_REPOSITORY = Path(__file__).resolve().parents[3]
_KERNELS = ("NPY_ENABLE_CPU_FEATURES", "OPENBLAS_CORETYPE")


def code_digest(folder: str | Path, stage: str) -> str:
    """SHA-256 over a stage's script and every module of this workflow that it imports, directly or not.

    Parameters
    ----------
    folder : path
        Where the scripts are, and the modules that they import.
    stage : str
        The name of the script, without its ending.

    Returns
    -------
    str
        Hexadecimal. It changes with any byte of that code, and with no other code.

    Raises
    ------
    ImportError
        A file has a relative import: what it means hangs on where the file stands, and here it would be overlooked.
    """
    folder = Path(folder).resolve()
    found: dict[str, bytes] = {}
    pending = [folder / f"{stage}.py"]
    while pending:
        path = pending.pop()
        name = path.relative_to(folder).as_posix()
        if name in found:
            continue
        found[name], imported = _read(path, folder)
        pending.extend(imported)
    digest = hashlib.sha256()
    for name, content in sorted(found.items()):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def record(
    path: str | Path,
    rule: str,
    wildcards: Mapping[str, str],
    params: Mapping[str, Any],
    inputs: Iterable[str | Path],
    outputs: Iterable[str | Path],
) -> None:
    """Write the recipe of a job that has ended, and the digests of what it made, as JSON.

    The file has rule, wildcards, params (with the digest of the code), inputs and outputs (path: SHA-256), and the
    environment: Python, machine, the packages that the job imported and the kernels that they were told to use. It
    has neither times nor names of hosts, nor of folders but those that the config names: the same job done again
    leaves the same bytes.
    """
    content = {
        "rule": rule,
        "wildcards": wildcards,
        "params": params,
        "inputs": {_name(name): file_digest(name) for name in inputs},
        "outputs": {_name(name): file_digest(name) for name in outputs},
        "environment": {
            "python": platform.python_version(),
            "machine": platform.machine(),
            "packages": {name: version(name) for name in _PACKAGES if name in sys.modules},
            "kernels": {name: os.environ[name] for name in _KERNELS if name in os.environ},
        },
    }
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(json.dumps(content, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
    unfinished.replace(path)


def _name(path: str | Path) -> str:
    """A path below the working folder or the repository as seen from there: where those are does not matter."""
    absolute = Path(path).absolute()
    above = [folder for folder in (Path.cwd(), _REPOSITORY) if absolute.is_relative_to(folder)]
    return absolute.relative_to(above[0]).as_posix() if above else str(path)


def file_digest(path: str | Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def _read(path: Path, folder: Path) -> tuple[bytes, list[Path]]:
    """A file's bytes, and which files of this folder it imports."""
    content = path.read_bytes()
    names: set[str] = set()
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level or node.module is None:
                raise ImportError(
                    f"relative import in {path.relative_to(folder)}, line {node.lineno}: name the package"
                )
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    parts = [name.split(".") for name in names]
    candidates = [folder.joinpath(*part).with_suffix(".py") for part in parts]
    packages = [folder.joinpath(*part[:depth], "__init__.py") for part in parts for depth in range(1, len(part) + 1)]
    return content, [candidate for candidate in (*candidates, *packages) if candidate.is_file()]
