"""A finished run as its manifest seals it: read only if every file is still what was recorded, and the code too."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from duality.errors import InputError
from duality.provenance.job_records import file_digest, pins
from duality.provenance.manifest import root_of

MANIFEST = "results/manifest.json"
_SCRIPTS = "workflow/scripts"
_LOCK = "requirements.lock"


@dataclass(frozen=True)
class SealedRun:
    """A manifest; the records of its jobs by their paths; the digests of the workflow's files by their names."""

    manifest: dict[str, Any]
    records: dict[str, dict[str, Any]]
    workflow: dict[str, str]

    @cached_property
    def depths(self) -> dict[str, int]:
        """For each record the number of jobs that came before its job, one after the other."""
        before = {
            name: sorted({self.makers[source] for source in record["inputs"] if source in self.makers})
            for name, record in self.records.items()
        }
        depths: dict[str, int] = {}
        for name in TopologicalSorter(before).static_order():
            depths[name] = 1 + max((depths[other] for other in before[name]), default=-1)
        return depths

    @property
    def makers(self) -> dict[str, str]:
        """For each result the record of the job that made it."""
        return {name: made["record"] for name, made in self.manifest["artifacts"].items()}

    @property
    def rules(self) -> dict[str, list[str]]:
        """The records of each rule; the rules in an order in which they could have been run."""
        found: dict[str, list[str]] = {}
        for name in sorted(self.records, key=lambda name: (self.depths[name], name)):
            found.setdefault(self.records[name]["rule"], []).append(name)
        last = {rule: max(self.depths[name] for name in names) for rule, names in found.items()}
        return {rule: sorted(found[rule]) for rule in sorted(found, key=lambda rule: (last[rule], rule))}

    @property
    def given(self) -> dict[str, str]:
        """What the jobs read and none of them made, such as a sample of one's own, with its digest."""
        records = self.records.values()
        pairs = {pair for record in records for pair in record["inputs"].items() if pair[0] not in self.makers}
        return dict(sorted(pairs))


def read_sealed_run(path: str | Path, workflow: Mapping[str, str | Path]) -> SealedRun:
    """The run of a manifest.

    Parameters
    ----------
    path : path
        Of the manifest. What it names is looked for in the working folder.
    workflow : mapping of str to path
        The files of the workflow, by their names as seen from its folder.

    Raises
    ------
    InputError
        If the manifest, a record or a result is not what was sealed, or was made with another module, or another
        version of a package, than the workflow has now.
    """
    try:
        manifest = json.loads(Path(path).read_text(encoding="utf-8"))
        intact = root_of({key: value for key, value in manifest.items() if key != "root"}) == manifest["root"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        intact = False
    if not intact:
        raise InputError(f"{path} is no manifest, or was changed: delete it, and it is made again")
    sealed = [*manifest["records"].items()]
    sealed += [(name, made["sha256"]) for name, made in manifest["artifacts"].items()]
    for name, digest in sealed:
        if not Path(name).is_file() or file_digest(name) != digest:
            raise InputError(f"{name} is not what {path} seals: delete it, and it is made again")
    records = {name: json.loads(Path(name).read_text(encoding="utf-8")) for name in manifest["records"]}
    run = SealedRun(manifest, records, {name: file_digest(file) for name, file in sorted(workflow.items())})
    for record in records.values():
        if other := _outdated(record, run):
            raise InputError(
                f"{next(iter(record['outputs']))} was made with another {other} than there is now: make it again "
                f"(snakemake --cores all -R {record['rule']})"
            )
    return run


def _outdated(record: Mapping[str, Any], run: SealedRun) -> str:
    """The first module, or package of the lock, that a job used and that is another one now; empty if there is none."""
    for name, digest in record["code"].items():
        if run.workflow.get(f"{_SCRIPTS}/{name}") != digest:
            return f"{_SCRIPTS}/{name}"
    pinned = pins(record["pins"])
    return next((f"{name} of {_LOCK}" for name, digest in record["pins"].items() if pinned.get(name) != digest), "")


def made_with(record: Mapping[str, Any]) -> dict[str, str]:
    """The digests of the workflow's files that a job was run with, by their names as seen from its folder."""
    return {**record["workflow"], **{f"{_SCRIPTS}/{name}": digest for name, digest in record["code"].items()}}


def changed_since(record: Mapping[str, Any], run: SealedRun) -> Iterator[str]:
    """The files of the workflow that are not, or no longer, as they were when a job was run."""
    return (name for name, digest in sorted(made_with(record).items()) if run.workflow.get(name) != digest)
