"""One verdict per artifact, with the cause told apart: what was changed, what is out of date, what rests on either."""

from dataclasses import dataclass, replace

from causes import Workflow, between
from content import content_of
from reference import Reference
from run import MANIFEST, Run
from tolerances import Tolerance, distance, tolerance_of
from tree import Unreadable

# What the pipeline itself puts beside its results, and no record tells of.
OWN = {
    MANIFEST,
    "results/README.md",
    "results/audit.html",
    "results/provenance/manifest.json",
}
MOST_FILES = 200_000

PASSED = ("IDENTICAL", "CONTENT-IDENTICAL", "WITHIN-TOLERANCE")
FAILED = ("MISMATCH", "STALE", "TAMPERED", "SUSPECT", "MISSING")
OPEN = ("UNTRACKED", "UNVERIFIED")
NO_CAUSE = "nothing that is recorded tells why"


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


def audit(run: Run, workflow: Workflow | None, reference: Reference | None) -> tuple[list[Verdict], list[str]]:
    """The verdict on every artifact and every file of a tree, and remarks on the whole.

    Parameters
    ----------
    run : Run
    workflow : Workflow or None
        The code, lock and config that must be those of the records; None: not compared.
    reference : Reference or None
        A run that is trusted.
    """
    found: dict[str, Verdict] = {}
    if not run.intact:
        found[MANIFEST] = Verdict(MANIFEST, "TAMPERED", "its root digest does not seal it")
    for name, record in run.records.items():
        if isinstance(record, str):
            found[name] = Verdict(name, "MISSING" if record.endswith("is missing") else "TAMPERED", record)
    found |= {name: _itself(run, name) for name in run.artifacts}
    # Of an input that is not itself as it should be nobody can say whether it was made again.
    sound = {name: made["sha256"] for name, made in run.artifacts.items() if found[name].passed}
    for name in sound:
        if why := _outdated(run, name, sound, workflow):
            found[name] = replace(found[name], verdict="STALE", reason=why)
    _spread(found, run)
    remarks = []
    if run.unsealed:
        remarks.append(f"{len(run.unsealed)} files were made after the manifest, which does not seal their records")
    if workflow is not None:
        others = {
            name for record in run.records.values() if isinstance(record, dict) for name in workflow.changed(record)
        }
        remarks += [f"{name} was changed since some jobs ran; no verdict hangs on it" for name in sorted(others)]
    if reference is not None and reference.broken:
        found["reference"] = Verdict("reference", "TAMPERED", reference.broken)
        remarks.append("nothing was compared with the reference")
    elif reference is not None:
        Comparison(run, reference, found).judge()
        if reference.run.root == run.root:
            remarks.append("the root digest is that of the reference")
    known = {*run.artifacts, *run.records, *OWN}
    names = list(run.tree.names(MOST_FILES))
    if len(names) == MOST_FILES:
        remarks.append(f"there are more than {MOST_FILES} files: the others were not looked at")
    for name in names:
        if name not in known:
            found[name] = Verdict(name, "UNTRACKED", "no record of this run tells of it")
    return [found[name] for name in sorted(found)], remarks


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


def _outdated(run: Run, name: str, sound: dict[str, str], workflow: Workflow | None) -> str:
    """What an artifact was made with that is no longer so: input, code, config, environment. Empty if there is none."""
    record = run.record(name)
    for source, digest in record["inputs"].items():
        if sound.get(source, digest) != digest:
            return f"input: {source} was made again since"
    return "" if workflow is None else workflow.outdated(record)


def _spread(found: dict[str, Verdict], run: Run) -> None:
    """What was made from something that is not as it should be is suspect, however intact it is itself."""
    for name in [name for name in run.artifacts if not found[name].passed]:
        for product in run.products([name]):
            if found[product].passed:
                why = f"made from {name} ({found[name].verdict})"
                found[product] = replace(found[product], verdict="SUSPECT", reason=why)


class Comparison:
    """A run beside a reference: the same bytes, the same content, within tolerance, or not, and then why."""

    def __init__(self, run: Run, reference: Reference, found: dict[str, Verdict]):
        self.run, self.trusted, self.found = run, reference.run, found
        self.tolerances = reference.tolerances

    def judge(self) -> None:
        """Give every artifact its verdict, pictures last: they are judged by what they draw."""
        for name in self.trusted.artifacts:
            if name not in self.run.artifacts:
                self.found[name] = Verdict(name, "MISSING", "the reference has it")
        tolerances = {name: tolerance_of(name, self.tolerances) for name in self.run.artifacts}
        for name in sorted(tolerances, key=lambda name: tolerances[name].kind == "visual"):
            found = self.found[name]
            if found.verdict == "TAMPERED" and (told := self._first_difference(name)):
                self.found[name] = replace(found, reason=f"{found.reason}; {told}")
            elif found.passed and name not in self.trusted.artifacts and name not in self.run.unsealed:
                self.found[name] = replace(found, verdict="UNVERIFIED", reason="the reference has no such artifact")
            elif found.passed and name in self.trusted.artifacts:
                verdict, reason = self._judged(name, tolerances[name])
                if verdict != "IDENTICAL":
                    self.found[name] = replace(found, verdict=verdict, reason=reason)

    def _judged(self, name: str, tolerance: Tolerance) -> tuple[str, str]:
        made, trusted = self.run.artifacts[name], self.trusted.artifacts[name]
        if made["sha256"] == trusted["sha256"]:
            return self.found[name].verdict, self.found[name].reason
        if tolerance.kind == "bytes":
            return "MISMATCH", self._why(name)
        if trusted["content"] and made["content"] == trusted["content"]:
            return "CONTENT-IDENTICAL", "as in the reference, but for its bytes"
        if tolerance.kind == "content":
            return "MISMATCH", self._why(name)
        if tolerance.kind == "visual":
            return self._shown(name, tolerance)
        if self._kept(name) is None:
            return "UNVERIFIED", f"other values; the reference keeps none of it; {self._cause(name) or NO_CAUSE}"
        try:
            apart = distance(self.run.tree.place(name), self._kept(name), tolerance)
        except ValueError as error:
            return "MISMATCH", str(error)
        if apart.ratio > 1:
            return (
                "MISMATCH",
                f"{apart.told} ({apart.ratio:.3g} times what is allowed); {self._cause(name) or NO_CAUSE}",
            )
        return "WITHIN-TOLERANCE", f"{apart.told} ({apart.ratio:.3g} of what is allowed)"

    def _shown(self, name: str, tolerance: Tolerance) -> tuple[str, str]:
        """A picture or page, by the data that it shows, and by what can be compared of itself."""
        outputs, cause = self.run.record(name)["outputs"], self._cause(name)
        beside = [other for other in outputs if tolerance_of(other, self.tolerances).kind != "visual"]
        for data in [*self.run.sources(name), *beside]:
            if data in self.found and not self.found[data].passed:
                return "MISMATCH", f"it shows {data} ({self.found[data].verdict})"
        if not cause:  # the same job makes the same bytes
            return "MISMATCH", f"{self._first_difference(name)}; {NO_CAUSE}".removeprefix("; ")
        drawn = self.run.record(name)["environment"].get("packages", {}).get("matplotlib")
        theirs = (self.trusted.record(name) or {}).get("environment", {}).get("packages", {}).get("matplotlib")
        if drawn != theirs:
            return "WITHIN-TOLERANCE", f"the same data, drawn by Matplotlib {drawn} instead of {theirs}"
        itself = f"{name.rpartition('.')[0]}.png" if tolerance.pixels else name
        if self._kept(itself) is None or itself not in self.run.artifacts or not self.found[itself].passed:
            if cause.startswith("code:"):
                return "UNVERIFIED", f"the same data, shown otherwise; {cause}"
            return "WITHIN-TOLERANCE", f"the same data, shown by the same code; {cause}"
        try:
            apart = distance(self.run.tree.place(itself), self._kept(itself), tolerance)
        except ValueError as error:
            return "MISMATCH", str(error)
        return ("MISMATCH" if apart.ratio > 1 else "WITHIN-TOLERANCE"), f"{apart.told}; {cause}".removeprefix("; ")

    def _first_difference(self, name: str) -> str:
        """Where a file first differs from the values that the reference keeps, if it keeps any."""
        kept = self._kept(name)
        try:
            if kept is None or self.run.tree.size(name) > 10 * kept.stat().st_size or name.endswith(".png"):
                return ""
            return distance(self.run.tree.place(name), kept, Tolerance(name, "numeric")).told
        except (Unreadable, ValueError):
            return ""

    def _why(self, name: str) -> str:
        told = self._first_difference(name) or "other values than in the reference"
        return f"{told}; {self._cause(name) or NO_CAUSE}"

    def _cause(self, name: str) -> str:
        """What the recipe of an artifact differs in from the reference's; empty if nothing that is recorded."""
        theirs = self.trusted.record(name)
        return "" if theirs is None else between(self.run.record(name), theirs)

    def _kept(self, name: str):
        """The reference's own copy of an artifact, if it keeps one."""
        try:
            return self.trusted.tree.place(name) if self.trusted.tree.size(name) is not None else None
        except Unreadable:
            return None
