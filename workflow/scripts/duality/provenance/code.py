"""Which code a job runs: the digests of its script and of every module of this workflow that it imports.

Snakemake reruns a rule when its script changes, not when a module that it imports does, and keeps no digests.
"""

import ast
import hashlib
import os
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from duality.errors import InputError

_WORD = re.compile(rb"\bimport\b")
# An import on a line of its own, or on several in parentheses.
_IMPORT = re.compile(rb"^[ \t]*((?:from[ \t]+[\w.]+[ \t]+)?import[ \t]+(?:\([^()]*\)|[^\n\\(#;]+))", re.MULTILINE)


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
    digest = hashlib.sha256()
    for name, content in sorted(_sources(Path(folder).resolve(), stage).items()):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def module_digests(folder: str | Path, stage: str) -> dict[str, str]:
    """SHA-256 of each of those files, by its path as seen from the folder.

    Raises
    ------
    ImportError
        As `code_digest`.
    """
    sources = _sources(Path(folder).resolve(), stage)
    return {name: hashlib.sha256(content).hexdigest() for name, content in sorted(sources.items())}


class RunningCode:
    """The code of a job, as it is when the job begins, and still is when it ends.

    Parameters
    ----------
    folder : path
        Where the scripts are.
    stage : str
    planned : str or None
        The digest that Snakemake planned the job with.

    Raises
    ------
    InputError
        If the code is no longer that.
    """

    def __init__(self, folder: str | Path, stage: str, planned: str | None):
        self.folder = Path(folder).resolve()
        if planned is not None and code_digest(self.folder, stage) != planned:
            raise InputError("its code was changed after the run was planned: run it again")
        self.before = {} if planned is None else module_digests(self.folder, stage)

    def imported(self) -> dict[str, str]:
        """SHA-256 of the script and of all modules that were really imported, by their paths in the folder.

        Raises
        ------
        InputError
            If one of them was changed since the job began, or was not to be imported.
        """
        # As texts: to make paths of the files of some thousand modules takes a tenth of a second.
        modules = list(sys.modules.values())
        files = [os.path.split(file) for module in modules if (file := getattr(module, "__file__", None))]
        folders = {folder: os.path.realpath(folder) for folder in {folder for folder, _ in files}}
        of_ours = {folder for folder, real in folders.items() if Path(real).is_relative_to(self.folder)}
        ours = sorted({Path(folders[folder], name) for folder, name in files if folder in of_ours})
        found = {}
        for file in ours:
            name = file.relative_to(self.folder).as_posix()
            found[name] = hashlib.sha256(file.read_bytes()).hexdigest()
            if self.before and self.before.get(name) != found[name]:
                raise InputError(f"its code, {name}, was changed while it ran: run it again")
        return found


def _sources(folder: Path, stage: str) -> dict[str, bytes]:
    found: dict[Path, bytes] = {}
    pending = [folder / f"{stage}.py"]
    while pending:
        path = pending.pop()
        if path not in found:
            found[path], imported = _read(path, folder)
            pending.extend(imported)
    return {path.relative_to(folder).as_posix(): content for path, content in found.items()}


@cache
def _read(path: Path, folder: Path) -> tuple[bytes, list[Path]]:
    """A file's bytes, and which files of this folder it imports."""
    content = path.read_bytes()
    names: set[str] = set()
    for node in _statements(_imports(content)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level or node.module is None:
                raise ImportError(
                    f"relative import in {path.relative_to(folder)}, line {node.lineno}: name the package"
                )
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return content, [file for name in sorted(names) for file in _files(name, folder)]


def _imports(content: bytes) -> ast.Module:
    """A module of the imports of a file. To parse a file whole, which every job would do with some fifty, takes long.

    It is parsed whole where the word stands anywhere but in a plain import, or the import is relative and will be told
    with its line.
    """
    found = _IMPORT.findall(content)
    if len(found) == len(_WORD.findall(content)) and not any(re.match(rb"from[ \t]+\.", one) for one in found):
        try:
            return ast.parse(b"\n".join(found))
        except SyntaxError:  # prose that begins like an import
            pass
    return ast.parse(content)


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """All statements of a module, at any depth. An import is one; expressions, of which most nodes are, are none."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        yield node
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            pending += getattr(node, part, ())


def _files(name: str, folder: Path) -> list[Path]:
    """The files of a folder that the import of a name runs: the module, and the packages that it is in."""
    parts = name.split(".")
    packages = ["/".join((*parts[:depth], "__init__.py")) for depth in range(1, len(parts) + 1)]
    return [folder / file for file in ("/".join(parts) + ".py", *packages) if os.path.isfile(f"{folder}/{file}")]
