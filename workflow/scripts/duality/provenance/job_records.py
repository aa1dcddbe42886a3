"""For each job a record of all that went into it and came out, and what a job may take for made by another."""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from duality.errors import InputError
from duality.provenance.content import content_digest

_RECORDS = Path("results/provenance")
_REPOSITORY = Path(__file__).resolve().parents[4]


def record_of(log: str | Path) -> Path:
    """Where the record of a job is, whose log this is: logs/a/b.log has results/provenance/a/b.json."""
    return _RECORDS.joinpath(*Path(log).parts[1:]).with_suffix(".json")


def checked_digests(inputs: Iterable[str | Path], workdir: str | Path = ".") -> dict[str, str]:
    """The SHA-256 of every input of a job, those that the workflow made compared with what their makers recorded.

    Their names are those of `name_of`.

    Raises
    ------
    InputError
        A file below results/ has no record, or is not the one that was recorded: it was edited, cut or replaced.
    """
    digests = {}
    for path in inputs:
        name = name_of(path, workdir)
        digests[name] = file_digest(path)
        if Path(name).parts[0] != _RECORDS.parts[0]:
            continue
        if maker_of(name)[1]["outputs"][name]["sha256"] != digests[name]:
            raise InputError(f"{name} is not what its job made: it was changed since. Delete it, and it is made again")
    return digests


def maker_of(name: str) -> tuple[Path, dict[str, Any]]:
    """The record of the job that made a file below results/, and where that is.

    The record of the job that made results/a/b/c.csv is that of the log logs/a/b/c.log, or logs/a/b.log, or logs/a.log.

    Raises
    ------
    InputError
        There is none.
    """
    below = Path(name).relative_to(_RECORDS.parts[0])
    stems = [below.name[: -len("".join(below.suffixes[-count:]))] for count in range(1, len(below.suffixes) + 1)]
    for place in (*map(below.with_name, stems), *below.parents[:-1]):
        path = _RECORDS / f"{place}.json"
        if path.is_file() and name in (record := _read(path, path.stat().st_mtime_ns))["outputs"]:
            return path, record
    raise InputError(f"{name} has no record of the job that made it: delete it, and it is made again")


@cache
def _read(path: Path, _: int) -> dict[str, Any]:
    """A record; that of a job with many outputs is asked for many times."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if all(isinstance(made["sha256"], str) for made in record["outputs"].values()):
            return dict(record)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    raise InputError(f"{path} is no record of a job: delete it and what the job made, to make it again")


def pins(packages: Iterable[str]) -> dict[str, str]:
    """SHA-256 of what the lock says of each package that a job used: its version, and the hashes of its files.

    A changed lock concerns the jobs that used what was changed, and no others. A package that the lock does not name
    has none.
    """
    wanted = {name.replace("_", "-"): name for name in packages}
    entries = re.split(r"^(?=\S)", (_REPOSITORY / "requirements.lock").read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = {entry.partition("==")[0]: hashlib.sha256(entry.encode()).hexdigest() for entry in entries}
    return {name: found[pinned] for pinned, name in sorted(wanted.items()) if pinned in found}


def repository_digests() -> dict[str, str]:
    """SHA-256 of what is no code of a job and decides about it: lock, Snakefile, rules, schemas and profiles."""
    patterns = ("requirements.lock", "Snakefile", "workflow/rules/*", "workflow/schemas/*", "profiles/*/*")
    files = sorted(file for pattern in patterns for file in _REPOSITORY.glob(pattern))
    return {file.relative_to(_REPOSITORY).as_posix(): file_digest(file) for file in files}


def described(path: str | Path) -> dict[str, Any]:
    """What a record tells of an output: sha256 and size of the file, and content, the digest of what it holds.

    The last is that of `duality.provenance.content.content_digest`; None for a file that is no more than its bytes.
    """
    return {"sha256": file_digest(path), "size": Path(path).stat().st_size, "content": content_digest(path)}


def write_record(path: Path, content: Mapping[str, Any]) -> None:
    """Write the record of a job that has ended, as JSON, whole or not at all.

    It has neither times nor names of hosts, nor of folders but those that the config names: the same job done again
    leaves the same bytes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps(content, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
    unfinished.replace(path)


def name_of(path: str | Path, workdir: str | Path = ".") -> str:
    """A path below the folder of this run's results as seen from there: where that is does not matter.

    Any other, such as data of one's own, is named as the config does, which sees it from the working directory.
    """
    absolute = Path(path).absolute()
    above = [folder for folder in (Path.cwd(), Path(workdir).absolute()) if absolute.is_relative_to(folder)]
    return absolute.relative_to(above[0]).as_posix() if above else str(path)


def file_digest(path: str | Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
