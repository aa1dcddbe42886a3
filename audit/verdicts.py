"""One verdict per artifact, with the cause told apart: what was changed, what is out of date, what rests on either."""

from dataclasses import dataclass, replace

from causes import Workflow
from content import content_of
from run import MANIFEST, OF_THE_MANIFEST, Run, read_record
from tree import Unreadable

# What the pipeline itself puts beside its results, and no record tells of.
OWN = {
    MANIFEST,
    "results/README.md",
    "results/audit.html",
    OF_THE_MANIFEST,
}
MOST_FILES = 200_000

PASSED = ("IDENTICAL", "CONTENT-IDENTICAL", "WITHIN-TOLERANCE")
FAILED = ("MISMATCH", "STALE", "TAMPERED", "SUSPECT", "MISSING")
OPEN = ("UNTRACKED", "UNVERIFIED")


@dataclass(frozen=True)
class Verdict:
    """What is found of one artifact: the verdict, why, and the rule that makes it ("" if nobody knows)."""

    name: str
    verdict: str
    reason: str = ""
    rule: str = ""

    @property
    def passed(self) -> bool:
        return self.verdict in PASSED


def audit(run: Run, workflow: Workflow | None) -> tuple[dict[str, Verdict], list[str]]:
    """The verdict on every artifact and every file of a tree, and remarks on the whole.

    Parameters
    ----------
    run : Run
    workflow : Workflow or None
        The code, lock and config that must be those of the records; None: not compared.
    """
    seal = _of_the_seal(run, workflow)
    found = dict(seal)
    for name, record in run.records.items():
        if isinstance(record, str):
            found[name] = Verdict(name, "MISSING" if record.endswith("is missing") else "TAMPERED", record)
    found |= {name: _itself(run, name) for name in run.artifacts}
    # Of an input that is not itself as it should be nobody can say whether it was made again.
    sound = {name: made["sha256"] for name, made in run.artifacts.items() if found[name].passed}
    known = sound if seal else {**sound, MANIFEST: run.tree.digest(MANIFEST)}  # of which exports are made
    outdated = {
        place: _outdated(run, one, known, workflow) for place, one in run.records.items() if isinstance(one, dict)
    }
    for name in sound:
        verdict, why = outdated[run.artifacts[name]["record"]]
        if why:
            found[name] = replace(found[name], verdict=verdict, reason=why)
    _spread(found, run, seal)
    remarks = []
    if run.unsealed:
        remarks.append(f"{len(run.unsealed)} files were made after the manifest, which does not seal their records")
    if workflow is not None:
        others = {
            name for record in run.records.values() if isinstance(record, dict) for name in workflow.changed(record)
        }
        remarks += [f"{name} was changed since some jobs ran; no verdict hangs on it" for name in sorted(others)]
    found |= seal | _readme(run, workflow)
    expected = {*run.artifacts, *run.records, *OWN}
    names = list(run.tree.names(MOST_FILES))
    if len(names) == MOST_FILES:
        remarks.append(f"there are more than {MOST_FILES} files: the others were not looked at")
    for name in names:
        if name not in expected:
            found[name] = Verdict(name, "UNTRACKED", "no record of this run tells of it")
    return found, remarks


def _of_the_seal(run: Run, workflow: Workflow | None) -> dict[str, Verdict]:
    """What there is against the manifest and its record; empty if nothing.

    The root digest holds what the manifest says, its record every byte of it, and tells whether it would be made again.
    """
    found = {}
    if not run.intact:
        found[MANIFEST] = Verdict(MANIFEST, "TAMPERED", "its root digest does not seal it")
    record = read_record(run.tree, OF_THE_MANIFEST)
    if isinstance(record, str) or MANIFEST not in record["outputs"]:
        found[OF_THE_MANIFEST] = Verdict(OF_THE_MANIFEST, "UNVERIFIED", "there is no record of the manifest")
    elif record["outputs"][MANIFEST]["sha256"] != run.tree.digest(MANIFEST):
        found[OF_THE_MANIFEST] = Verdict(OF_THE_MANIFEST, "TAMPERED", "it is not the record of this manifest")
    elif run.intact and workflow is not None and (why := workflow.outdated(record)):
        found[MANIFEST] = Verdict(MANIFEST, "STALE", why, record["rule"])
    return found


def _readme(run: Run, workflow: Workflow | None) -> dict[str, Verdict]:
    """The verdict on the text beside the results, if it is another one."""
    found = {}
    readme = "results/README.md"
    try:
        there = workflow is not None and run.tree.size(readme) is not None
        if there and workflow.has_other(readme, run.tree.digest(readme)):
            found[readme] = Verdict(readme, "UNTRACKED", "it is not the repository's")
    except Unreadable as error:
        found[readme] = Verdict(readme, "UNTRACKED", f"it {error}")
    return found


def _itself(run: Run, name: str) -> Verdict:
    """What the file itself shows, whatever it was made from."""
    made, record = run.artifacts[name], run.records.get(run.artifacts[name]["record"], "is not in the manifest")
    rule = record["rule"] if isinstance(record, dict) else ""
    try:
        size = run.tree.size(name)
        if size is None:
            return Verdict(name, "MISSING", "there is no such file", rule)
        if size == made["size"] and run.tree.digest(name) == made["sha256"]:
            verdict = Verdict(name, "IDENTICAL", "", rule)
        elif size <= 2 * made["size"] and made["content"] and content_of(run.tree.place(name)) == made["content"]:
            verdict = Verdict(name, "CONTENT-IDENTICAL", "other bytes, the same content", rule)
        else:
            how = f"{size} bytes instead of {made['size']}" if size != made["size"] else "as many bytes, but others"
            return Verdict(name, "TAMPERED", how, rule)
    except Unreadable as error:
        return Verdict(name, "TAMPERED", str(error), rule)
    if isinstance(record, str):
        return Verdict(name, "UNVERIFIED", f"its record, {record}", rule)
    if record["outputs"].get(name, {}).get("sha256") != made["sha256"]:
        return Verdict(name, "UNVERIFIED", "manifest and record tell of different bytes", rule)
    return verdict if run.intact else Verdict(name, "UNVERIFIED", "the manifest was changed", rule)


def _outdated(run: Run, record: dict, sound: dict[str, str], workflow: Workflow | None) -> tuple[str, str]:
    """What a job was done with that is no longer so: input, code, config, environment. Empty if nothing."""
    for source, digest in record["inputs"].items():
        made = source in run.artifacts or source == MANIFEST
        if source.startswith("results/") and not made:
            return "UNVERIFIED", f"it was made from {source}, of which nothing tells"
        if sound.get(source, digest) != digest:
            return "STALE", f"input: {source} was made again since"
        if not made and workflow is not None and workflow.is_changed(source, digest):
            return "STALE", f"input: {source} was changed"
    return "STALE", "" if workflow is None else workflow.outdated(record)


def _spread(found: dict[str, Verdict], run: Run, seal: dict[str, Verdict]) -> None:
    """What was made from something that is not as it should be is suspect, however intact it is itself."""
    bad = {name: found[name].verdict for name in run.artifacts if not found[name].passed}
    if seal:
        bad[MANIFEST] = next(iter(seal.values())).verdict
    for product, source in run.products(bad).items():
        if product in found and found[product].passed:
            found[product] = replace(found[product], verdict="SUSPECT", reason=f"made from {source} ({bad[source]})")
