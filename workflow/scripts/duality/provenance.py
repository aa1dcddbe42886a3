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

from duality.errors import InputError

# The packages and variables on which numbers or pictures may depend.
_PACKAGES = (
    "arviz_stats", "jinja2", "llvmlite", "matplotlib", "mpmath", "numba", "numpy", "pandas", "powerlaw", "scipy",
    "sympy", "tabulate", "uncertainties",
)  # fmt: skip
_REPOSITORY = Path(__file__).resolve().parents[3]
_RECORDS = Path("results/provenance")
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


def record_of(log: str | Path) -> Path:
    """Where the record of a job is, whose log this is: logs/a/b.log has results/provenance/a/b.json."""
    return _RECORDS.joinpath(*Path(log).parts[1:]).with_suffix(".json")


def checked_digests(inputs: Iterable[str | Path]) -> dict[str, str]:
    """The SHA-256 of every input of a job, those that the workflow made compared with what their makers recorded.

    The record of the job that made results/a/b/c.csv is that of the log logs/a/b/c.log, or logs/a/b.log, or logs/a.log.

    Raises
    ------
    InputError
        A file below results/ has no record, or is not the one that was recorded: it was edited, cut or replaced.
    """
    digests = {}
    records: dict[Path, dict[str, str]] = {}
    for path_given in inputs:
        name = name_of(path_given)
        digests[name] = file_digest(path_given)
        if Path(name).parts[0] != _RECORDS.parts[0]:
            continue
        makers = [path for path in _possible_records(Path(name)) if path in records or path.is_file()]
        for path in makers:
            records.setdefault(path, _outputs(path))
        made = next((records[path][name] for path in makers if name in records[path]), None)
        if made is None:
            raise InputError(f"{name} has no record of the job that made it: delete it, and it is made again")
        if made != digests[name]:
            raise InputError(f"{name} is not what its job made: it was changed since. Delete it, and it is made again")
    return digests


def _possible_records(path: Path) -> list[Path]:
    """Where the record of the job that made a file may be, the likeliest first."""
    below = path.relative_to(_RECORDS.parts[0])
    names = [below.with_name(below.name[: -len(ending)]) for ending in _endings(below)]
    return [_RECORDS / f"{name}.json" for name in (*names, *below.parents) if name.parts]


def _endings(path: Path) -> list[str]:
    """.c and .b.c of a.b.c."""
    return ["".join(path.suffixes[-count:]) for count in range(1, len(path.suffixes) + 1)]


def _outputs(record: Path) -> dict[str, str]:
    try:
        return dict(json.loads(record.read_text(encoding="utf-8"))["outputs"])
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{record} is no record of a job: delete it and what the job made, to make it again") from None


def record(
    path: Path,
    rule: str,
    wildcards: Mapping[str, str],
    params: Mapping[str, Any],
    inputs: Mapping[str, str],
    outputs: Mapping[str, str],
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
        "inputs": inputs,
        "outputs": outputs,
        "environment": {
            "python": platform.python_version(),
            "machine": platform.machine(),
            "packages": {name: version(name) for name in _PACKAGES if name in sys.modules},
            "kernels": {name: os.environ[name] for name in _KERNELS if name in os.environ},
        },
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps(content, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
    unfinished.replace(path)


def name_of(path: str | Path) -> str:
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
