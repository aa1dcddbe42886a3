"""One verdict per artifact, with the cause told apart: what was changed, what is out of date, what rests on either."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from content import content_of
from tree import Tree, Unreadable, is_digest, root_of

MANIFEST = "results/manifest.json"
# What the pipeline itself puts beside its results, and no record tells of.
OWN = {MANIFEST, "results/README.md", "results/provenance/manifest.json"}
MOST_FILES = 200_000
_MODULE = re.compile(r"\w[\w/]*\.py")

PASSED = ("IDENTICAL", "CONTENT-IDENTICAL")
FAILED = ("MISMATCH", "STALE", "TAMPERED", "SUSPECT", "MISSING")
OPEN = ("UNTRACKED", "UNVERIFIED")


@dataclass(frozen=True)
class Verdict:
    """What is found of one artifact: the verdict, why, and the rule that makes it ("" if nobody knows)."""

    name: str
    verdict: str
    reason: str = ""
    rule: str = ""


def read_manifest(tree: Tree, name: str = MANIFEST) -> dict[str, Any]:
    """The manifest, if it has the form of one.

    Raises
    ------
    Unreadable
    """
    manifest, _ = tree.json(name)
    try:
        records, artifacts = manifest["records"], manifest["artifacts"]
        sound = manifest["format"] == 1 and is_digest(manifest["root"])
        sound &= all(is_digest(digest) for digest in records.values())
        for made in artifacts.values():
            sound &= is_digest(made["sha256"]) and isinstance(made["size"], int) and isinstance(made["record"], str)
            sound &= made["content"] is None or is_digest(made["content"])
    except (TypeError, KeyError, AttributeError):
        sound = False
    if not sound:
        raise Unreadable("is no manifest of format 1")
    return manifest


def audit(tree: Tree, workflow: Path | None, reference: dict[str, Any] | None) -> tuple[list[Verdict], list[str]]:
    """The verdict on every artifact and every file of a tree, and remarks on the whole.

    Parameters
    ----------
    tree : Tree
    workflow : Path or None
        The repository whose code must be that of the records; None: not compared.
    reference : mapping or None
        The manifest of a run that is trusted.
    """
    manifest = read_manifest(tree)
    remarks = []
    sealed = {key: value for key, value in manifest.items() if key != "root"}
    intact = root_of(sealed) == manifest["root"]
    records = {name: _record(tree, name, digest) for name, digest in manifest["records"].items()}
    found: dict[str, Verdict] = {}
    if not intact:
        found[MANIFEST] = Verdict(MANIFEST, "TAMPERED", "its root digest does not seal it")
    for name, record in records.items():
        if isinstance(record, str):
            found[name] = Verdict(name, "MISSING" if record.endswith("is missing") else "TAMPERED", record)
    for name, made in sorted(manifest["artifacts"].items()):
        record = records.get(made["record"], "is not in the manifest")
        found[name] = _own_verdict(tree, name, made, record, intact)
    # Of an input that is not itself as it should be nobody can say whether it was made again.
    sound = {name: made["sha256"] for name, made in manifest["artifacts"].items() if found[name].verdict in PASSED}
    for name in sound:
        if why := _stale(records[manifest["artifacts"][name]["record"]], sound, workflow):
            found[name] = Verdict(name, "STALE", why, found[name].rule)
    _spread(found, manifest, records)
    if reference is not None:
        _compare(found, manifest, reference)
        if reference["root"] == manifest["root"]:
            remarks.append("the root digest is that of the reference")
    known = {*manifest["artifacts"], *manifest["records"], *OWN}
    for name in tree.names(MOST_FILES):
        if name not in known:
            found[name] = Verdict(name, "UNTRACKED", "no record of this run tells of it")
    return [found[name] for name in sorted(found)], remarks


def _record(tree: Tree, name: str, digest: str) -> dict[str, Any] | str:
    """The record of a job; or why it cannot be believed."""
    try:
        record, found = tree.json(name)
    except Unreadable as error:
        return f"{name} {error}"
    if found != digest:
        return f"{name} is not what the manifest seals"
    try:
        complete = isinstance(record["rule"], str)
        complete &= all(isinstance(record[key], dict) for key in ("code", "inputs", "outputs", "workflow"))
        complete &= all(isinstance(made, dict) for made in record["outputs"].values())
        complete &= all(_MODULE.fullmatch(module) and ".." not in module for module in record["code"])
    except (TypeError, KeyError):
        complete = False
    return record if complete else f"{name} is no record of a job"


def _own_verdict(tree: Tree, name: str, made: dict[str, Any], record: dict[str, Any] | str, intact: bool) -> Verdict:
    """What the file itself shows, whatever it was made from."""
    rule = record["rule"] if isinstance(record, dict) else ""
    try:
        size = tree.size(name)
        if size is None:
            return Verdict(name, "MISSING", "there is no such file", rule)
        if size == made["size"] and tree.digest(name) == made["sha256"]:
            verdict = Verdict(name, "IDENTICAL", "", rule)
        elif size <= 2 * made["size"] and made["content"] and content_of(tree.place(name)) == made["content"]:
            verdict = Verdict(name, "CONTENT-IDENTICAL", "other bytes, the same content", rule)
        else:
            how = f"{size} bytes instead of {made['size']}" if size != made["size"] else "as many bytes, but others"
            verdict = Verdict(name, "TAMPERED", how, rule)
    except Unreadable as error:
        return Verdict(name, "TAMPERED", str(error), rule)
    if verdict.verdict in PASSED and isinstance(record, str):
        return Verdict(name, "UNVERIFIED", f"its record, {record}", rule)
    if verdict.verdict in PASSED and record["outputs"].get(name, {}).get("sha256") != made["sha256"]:
        return Verdict(name, "UNVERIFIED", "manifest and record tell of different bytes", rule)
    if verdict.verdict in PASSED and not intact:
        return Verdict(name, "UNVERIFIED", "the manifest was changed", rule)
    return verdict


def _stale(record: dict[str, Any], sound: dict[str, str], workflow: Path | None) -> str:
    """What an artifact was made with that is no longer so: an input, a module, the lock. Empty if there is none."""
    for name, digest in record["inputs"].items():
        if sound.get(name, digest) != digest:
            return f"input: {name} was made again since"
    if workflow is None:
        return ""
    for name, digest in record["code"].items():
        if _digest_of(workflow / "workflow/scripts" / name) != digest:
            return f"code: workflow/scripts/{name}"
    lock = "requirements.lock"
    if record["workflow"].get(lock) != _digest_of(workflow / lock):
        return f"environment: {lock}"
    return ""


def _digest_of(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _spread(found: dict[str, Verdict], manifest: dict[str, Any], records: dict[str, Any]) -> None:
    """What was made from something that is not as it should be is suspect, however intact it is itself."""
    changed = True
    while changed:
        changed = False
        for name, made in manifest["artifacts"].items():
            record = records.get(made["record"])
            if found[name].verdict not in PASSED or not isinstance(record, dict):
                continue
            bad = [source for source in record["inputs"] if source in found and found[source].verdict not in PASSED]
            if bad:
                source = found[bad[0]]
                why = source.reason if source.verdict == "SUSPECT" else f"made from {source.name} ({source.verdict})"
                found[name] = Verdict(name, "SUSPECT", why, found[name].rule)
                changed = True


def _compare(found: dict[str, Verdict], manifest: dict[str, Any], reference: dict[str, Any]) -> None:
    """Against a trusted run: what it has, and what is the same there."""
    for name, trusted in reference["artifacts"].items():
        made = manifest["artifacts"].get(name)
        if made is None:
            found[name] = Verdict(name, "MISSING", "the reference has it")
        elif found[name].verdict in PASSED and made["sha256"] != trusted["sha256"]:
            if trusted["content"] and made["content"] == trusted["content"]:
                found[name] = Verdict(
                    name, "CONTENT-IDENTICAL", "as in the reference, but for its bytes", found[name].rule
                )
            else:
                found[name] = Verdict(name, "MISMATCH", "the reference has another", found[name].rule)
