"""Why something is no longer what it was, or is not what another run has: code, config, environment or input."""

import hashlib
import json
import re
import stat
from pathlib import Path
from typing import Any

_LOCK = "requirements.lock"
LARGEST_INPUT = 1 << 32
_FILES = ("claims.yaml", "workflow/schemas/claims.schema.yaml")  # of the repository, that a job reads


class Workflow:
    """The repository as it is now, and the config that it would use: what records are compared with.

    Parameters
    ----------
    folder : Path
    config : mapping or None
        The config as the Snakefile resolves it; None: not compared.
    directory : Path or None
        The working directory of the run, from which the config names data of one's own; None: the repository.
    """

    def __init__(self, folder: Path, config: dict[str, Any] | None, directory: Path | None = None):
        self.folder, self.config, self.directory = folder, config, directory or folder
        self._digests: dict[Path, str | None] = {}
        self._lock = self._read_lock()
        self._rules = self._read_rules()

    def outdated(self, record: dict[str, Any]) -> str:
        """What a job was done with that is no longer so; empty if there is none."""
        for module, digest in record["code"].items():
            if self._digest(f"workflow/scripts/{module}") != digest:
                return f"code: workflow/scripts/{module} was changed"
        rules = self._rules.get(record["rule"], "")
        if not rules:
            return "code: the workflow has no such rule"
        if record["workflow"].get(rules) != self._digest(rules):
            return f"code: {rules} was changed"
        files = record["params"].get("files", {})
        for name in _FILES if isinstance(files, dict) else ():
            if name in files and self._digest(name) != files[name]:
                return f"input: {name} was changed"
        if self.config is not None:
            for parameter, place in record["config"].items():
                if found := first_difference(record["params"].get(parameter), excerpt(self.config, place)):
                    return f"config: {_named(found[0], place)} {_since(*found[1:])}"
        packages = record["environment"].get("packages")
        for package, version in packages.items() if isinstance(packages, dict) else ():
            pinned, digest = self._lock.get(package.replace("_", "-"), (version, None))
            if pinned != version:
                return f"environment: it was made with {package} {version}, {_LOCK} has {pinned}"
            if record["pins"].get(package) != digest:
                return f"environment: {_LOCK} has other files of {package}"
        return ""

    def is_changed(self, name: str, digest: str) -> bool:
        """Whether data of one's own, which no job made, are there and are others now.

        Only regular files inside the working directory are opened; of others nobody can tell here.
        """
        return self._is_other(self.directory, name, digest)

    def has_other(self, name: str, digest: str) -> bool:
        """Whether the repository has a file of this name that is another one."""
        return self._is_other(self.folder, name, digest)

    def _is_other(self, folder: Path, name: str, digest: str) -> bool:
        path = folder / name
        inside = re.fullmatch(r"[^/\0]+(/[^/\0]+)*", name) and ".." not in name.split("/") and name.isprintable()
        try:
            if not inside or not stat.S_ISREG(path.lstat().st_mode) or path.stat().st_size > LARGEST_INPUT:
                return False
        except (OSError, ValueError):
            return False
        return self._digest(name, folder) != digest

    def changed(self, record: dict[str, Any]) -> list[str]:
        """Files that decide about all jobs and are others than a record says, though no verdict hangs on them."""
        return [
            name
            for name, digest in record["workflow"].items()
            if re.fullmatch(r"Snakefile|workflow/schemas/[\w.]+|profiles/\w+/[\w.]+", name)
            and self._digest(name) != digest
        ]

    def _digest(self, name: str, folder: Path | None = None) -> str | None:
        path = (folder or self.folder) / name
        if path not in self._digests:
            try:
                self._digests[path] = hashlib.sha256(path.read_bytes()).hexdigest()
            except (OSError, ValueError):
                self._digests[path] = None
        return self._digests[path]

    def _read_lock(self) -> dict[str, tuple[str, str]]:
        """The version of each package in the lock, and the digest of all that the lock says of it."""
        try:
            text = (self.folder / _LOCK).read_text(encoding="utf-8")
        except (OSError, ValueError):
            return {}
        entries = [entry for entry in re.split(r"^(?=\S)", text, flags=re.MULTILINE) if "==" in entry]
        return {
            entry.partition("==")[0]: (entry.partition("==")[2].split()[0], hashlib.sha256(entry.encode()).hexdigest())
            for entry in entries
        }

    def _read_rules(self) -> dict[str, str]:
        """In which file of rules each rule is."""
        found = {}
        for path in sorted(self.folder.glob("workflow/rules/*.smk")):
            for rule in re.findall(r"^rule (\w+):", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
                found[rule] = path.relative_to(self.folder).as_posix()
        return found


def excerpt(config: Any, place: str) -> Any:
    """What a config has at a place: keys with "/" between, `*` for all, the last ones with commas between."""
    key, _, rest = place.partition("/")
    if not isinstance(config, dict):
        return None
    if key == "*":
        return {name: excerpt(part, rest) for name, part in config.items()} if rest else list(config)
    if "," in key:
        return {name: config.get(name) for name in key.split(",")}
    return excerpt(config.get(key), rest) if rest else config.get(key)


ABSENT = object()


def first_difference(was: Any, now: Any, path: tuple[str, ...] = ()) -> tuple[tuple[str, ...], Any, Any] | None:
    """Where two values first differ, and what they are there (ABSENT: nothing); None if they are the same."""
    if isinstance(was, dict) and isinstance(now, dict):
        for key in [*was, *(key for key in now if key not in was)]:
            if key not in was or key not in now:
                return (*path, key), was.get(key, ABSENT), now.get(key, ABSENT)
            if found := first_difference(was[key], now[key], (*path, key)):
                return found
        return None if list(was) == list(now) else (path, list(was), list(now))
    same = json.dumps(was, sort_keys=True, default=str) == json.dumps(now, sort_keys=True, default=str)
    return None if same else (path, was, now)


def _named(path: tuple[str, ...], place: str) -> str:
    """The key of the config that a path below a place leads to."""
    below, parts = list(path), []
    for part in place.split("/"):
        parts.append(below.pop(0) if below and (part == "*" or "," in part) else part)
    return ".".join([*parts, *below])


def _since(was: Any, now: Any) -> str:
    if ABSENT in (was, now):
        return "is new" if was is ABSENT else "is gone"
    return f"is {_short(now)}, was {_short(was)}"


def _beside(theirs: Any, mine: Any) -> str:
    if ABSENT in (theirs, mine):
        return "is not in the reference" if theirs is ABSENT else "is only in the reference"
    return f"is {_short(mine)}, {_short(theirs)} in the reference"


def between(record: dict[str, Any], reference: dict[str, Any]) -> str:
    """What the recipe of an artifact differs in from that of the reference; empty if in nothing."""
    modules = [*record["code"], *(module for module in reference["code"] if module not in record["code"])]
    for module in modules:
        if record["code"].get(module) != reference["code"].get(module):
            return f"code: workflow/scripts/{module}"
    for parameter, place in record["config"].items():
        if found := first_difference(reference["params"].get(parameter), record["params"].get(parameter)):
            return f"config: {_named(found[0], place)} {_beside(*found[1:])}"
    if found := first_difference(reference["environment"], record["environment"]):
        return f"environment: {'.'.join(found[0])} {_beside(*found[1:])}"
    inputs = [name for name, digest in record["inputs"].items() if reference["inputs"].get(name) != digest]
    return f"input: {inputs[0]}" if inputs else ""


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:79]}…"
