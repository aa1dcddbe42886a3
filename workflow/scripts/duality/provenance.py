"""Which code made a result: Snakemake reruns a rule when its script changes, not when a module that it imports does."""

import ast
import hashlib
from functools import cache
from pathlib import Path


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


@cache
def _read(path: Path, folder: Path) -> tuple[bytes, list[Path]]:
    """A file's bytes, and which files of this folder it imports."""
    content = path.read_bytes()
    names: set[str] = set()
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    parts = [name.split(".") for name in names]
    candidates = [folder.joinpath(*part).with_suffix(".py") for part in parts]
    packages = [folder.joinpath(*part[:depth], "__init__.py") for part in parts for depth in range(1, len(part) + 1)]
    return content, [candidate for candidate in (*candidates, *packages) if candidate.is_file()]
