"""A run as it describes itself: its manifest, the records of its jobs, and what was made from what."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tree import Tree, Unreadable, is_digest, root_of

_RESULTS = "results"
MANIFEST = f"{_RESULTS}/manifest.json"
OF_THE_MANIFEST = f"{_RESULTS}/provenance/manifest.json"  # the record of the job that made it, which it cannot seal
MOST_RECORDS = 20_000
# Rules that nothing else needs, and what they make.
_GALLERY = (f"{_RESULTS}/gallery/", f"{_RESULTS}/figures/gallery.")
_CALIBRATION = (f"{_RESULTS}/calibration/", f"{_RESULTS}/figures/calibration.")
_REALISATIONS = (f"{_RESULTS}/realisations/", f"{_RESULTS}/figures/realisations.")
_SWEEPS = (f"{_RESULTS}/sweeps/", f"{_RESULTS}/figures/sweeps/")
BY_NAME = {
    "crate": (f"{_RESULTS}/workflow/", f"{_RESULTS}/ro-crate-metadata.json", f"{_RESULTS}/manifest.intoto.json"),
    "gallery_entry": _GALLERY,
    "gallery_table": _GALLERY,
    "gallery_figure": _GALLERY,
    "calibration": _CALIBRATION,
    "calibration_figure": _CALIBRATION,
    "realisation": _REALISATIONS,
    "realisations_table": _REALISATIONS,
    "realisations_figure": _REALISATIONS,
    "sweep_point": _SWEEPS,
    "sweep_table": _SWEEPS,
    "sweep_figure": _SWEEPS,
}
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
        records = {name: read_record(tree, name, digest) for name, digest in manifest["records"].items()}
        artifacts = dict(sorted(manifest["artifacts"].items()))
        later, made = {}, {}
        for name in tree.names(MOST_RECORDS, f"{_RESULTS}/provenance"):
            record = read_record(tree, name) if name not in records and name.endswith(".json") else ""
            if isinstance(record, dict) and record["code"]:
                outputs = {one for one in record["outputs"] if one.startswith(BY_NAME.get(record["rule"], ()))}
                later |= {name: record} if outputs else {}
                made |= {one: {**record["outputs"][one], "record": name} for one in outputs - set(artifacts)}
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
        found, seen = {name: None}, set()
        for one in (pending := [name]):
            place = self.artifacts.get(one, {}).get("record")
            if place not in seen:
                seen.add(place)
                new = [source for source in self.sources(one) if source not in found]
                found |= dict.fromkeys(new)
                pending += new
        return list(found)

    def products(self, names: Iterable[str]) -> dict[str, str]:
        """All that was made from some artifacts, themselves included, each with the one of these that it rests on."""
        found, seen = {name: name for name in names}, set()
        for one in (pending := list(found)):
            for place in self._users.get(one, ()):
                if place not in seen:
                    seen.add(place)
                    new = [output for output in self._outputs.get(place, ()) if output not in found]
                    found |= dict.fromkeys(new, found[one])
                    pending += new
        return found

    @cached_property
    def _users(self) -> dict[str, list[str]]:
        """The records of the jobs that read an artifact."""
        users: dict[str, list[str]] = {}
        for place, record in self.records.items():
            for source in record["inputs"] if isinstance(record, dict) else ():
                users.setdefault(source, []).append(place)
        return users

    @cached_property
    def _outputs(self) -> dict[str, list[str]]:
        outputs: dict[str, list[str]] = {}
        for name, made in self.artifacts.items():
            outputs.setdefault(made["record"], []).append(name)
        return outputs


def _is_described(made: dict[str, Any]) -> bool:
    sound = is_digest(made["sha256"]) and isinstance(made["size"], int) and isinstance(made["record"], str)
    return sound and (made["content"] is None or is_digest(made["content"]))


def read_record(tree: Tree, name: str, digest: str = "") -> dict[str, Any] | str:
    """The record of a job, of this digest if one is given; or why there is none to believe."""
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
