"""A run as it describes itself: its manifest, the records of its jobs, and what was made from what."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tree import Tree, Unreadable, is_digest, root_of

_RESULTS = "results"
MANIFEST = f"{_RESULTS}/manifest.json"
MOST_RECORDS = 20_000
# Rules that nothing else needs.
BY_NAME = ("crate", "calibration", "calibration_figure", "realisation", "realisations_table", "realisations_figure")
_MODULE = re.compile(r"\w[\w/]*\.py")
_MAPPINGS = ("code", "config", "environment", "inputs", "outputs", "params", "pins", "workflow")


@dataclass(frozen=True, eq=False)
class Run:
    """What a folder of results says of itself; nothing of it is believed yet.

    records holds, by name, the record of a job, or why there is none to believe; intact tells whether the root digest
    seals the manifest. Rules that are asked for by name, after the manifest, leave records that it does not seal:
    `unsealed` has the artifacts of those.
    """

    tree: Tree
    root: str
    intact: bool
    artifacts: dict[str, dict[str, Any]]
    records: dict[str, dict[str, Any] | str]
    unsealed: frozenset[str] = frozenset()

    @classmethod
    def read(cls, tree: Tree) -> "Run":
        """The run in a folder.

        Raises
        ------
        Unreadable
            The manifest is missing, or has not the form of one.
        """
        manifest, _ = tree.json(MANIFEST)
        try:
            sound = manifest["format"] == 1 and is_digest(manifest["root"])
            sound &= all(is_digest(digest) for digest in manifest["records"].values())
            sound &= all(_is_described(made) for made in manifest["artifacts"].values())
        except (TypeError, KeyError, AttributeError):
            sound = False
        if not sound:
            raise Unreadable("is no manifest of format 1")
        intact = root_of({key: value for key, value in manifest.items() if key != "root"}) == manifest["root"]
        records = {name: _record(tree, name, digest) for name, digest in manifest["records"].items()}
        artifacts = dict(sorted(manifest["artifacts"].items()))
        later = {
            name: record
            for name in tree.names(MOST_RECORDS, f"{_RESULTS}/provenance")
            if name not in records and isinstance(record := _record(tree, name), dict) and record["rule"] in BY_NAME
        }
        made = {
            output: {**made, "record": name} for name, one in later.items() for output, made in one["outputs"].items()
        }
        made = {name: one for name, one in made.items() if name not in artifacts}
        return cls(tree, manifest["root"], intact, {**artifacts, **made}, {**records, **later}, frozenset(made))

    def record(self, name: str) -> dict[str, Any] | None:
        """The record of the job that made an artifact, if there is one to believe."""
        found = self.records.get(self.artifacts[name]["record"]) if name in self.artifacts else None
        return found if isinstance(found, dict) else None

    def sources(self, name: str) -> list[str]:
        """What an artifact was made from directly, as its record says."""
        record = self.record(name)
        return [] if record is None else list(record["inputs"])

    def origins(self, name: str) -> list[str]:
        """All that an artifact was made from, nearest first, itself included."""
        return _reached([name], self.sources)

    def products(self, names: Iterable[str]) -> list[str]:
        """All that was made from some artifacts, themselves included."""
        return _reached(names, lambda name: self._products.get(name, []))

    @cached_property
    def _products(self) -> dict[str, list[str]]:
        made: dict[str, list[str]] = {}
        for name in self.artifacts:
            for source in self.sources(name):
                made.setdefault(source, []).append(name)
        return made


def _reached(names, following):
    found = dict.fromkeys(names)
    for name in (pending := list(found)):
        new = [one for one in following(name) if one not in found]
        found |= dict.fromkeys(new)
        pending += new
    return list(found)


def _is_described(made: dict[str, Any]) -> bool:
    sound = is_digest(made["sha256"]) and isinstance(made["size"], int) and isinstance(made["record"], str)
    return sound and (made["content"] is None or is_digest(made["content"]))


def _record(tree: Tree, name: str, digest: str = "") -> dict[str, Any] | str:
    try:
        record, found = tree.json(name)
    except Unreadable as error:
        return f"{name} {error}"
    if digest and found != digest:
        return f"{name} is not what the manifest seals"
    try:
        complete = isinstance(record["rule"], str) and all(isinstance(record[key], dict) for key in _MAPPINGS)
        complete &= all(_is_described({**made, "record": name}) for made in record["outputs"].values())
        complete &= all(isinstance(place, str) for place in record["config"].values())
        complete &= all(_MODULE.fullmatch(module) and ".." not in module for module in record["code"])
    except (TypeError, KeyError):
        complete = False
    return record if complete else f"{name} is no record of a job"
