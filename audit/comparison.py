"""A run beside a reference: the same bytes, the same content, within tolerance, or not, and then why."""

from dataclasses import replace
from pathlib import Path

from causes import between
from reference import Reference
from run import Run
from tolerances import Tolerance, distance, tolerance_of
from tree import Unreadable
from verdicts import Verdict

NO_CAUSE = "nothing that is recorded tells why"


def compare(run: Run, reference: Reference, found: dict[str, Verdict]) -> list[str]:
    """Add to the verdicts on a run what a comparison with the reference tells, and return remarks on the whole."""
    if reference.broken:
        found["reference"] = Verdict("reference", "TAMPERED", reference.broken)
        return ["nothing was compared with the reference"]
    Comparison(run, reference, found).judge()
    return ["the root digest is that of the reference"] if reference.run.root == run.root else []


class Comparison:
    """Of every artifact the verdict beside the reference."""

    def __init__(self, run: Run, reference: Reference, found: dict[str, Verdict]):
        self.run, self.trusted, self.found = run, reference.run, found
        self.tolerances = reference.tolerances
        self._copies: dict[str, Path | None] = {}

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
            # Nothing but another recipe can excuse what no tolerance bounds.
            strict = tolerance if self._cause(name) else replace(tolerance, free=())
            apart = distance(self.run.tree.place(name), self._kept(name), strict)
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
        if self.trusted.record(name) is None:
            return "UNVERIFIED", "the reference has no record of how it was made"
        outputs, cause = self.run.record(name)["outputs"], self._cause(name)
        beside = [other for other in outputs if tolerance_of(other, self.tolerances).kind != "visual"]
        for data in [*self.run.sources(name), *beside]:
            if data in self.found and not self.found[data].passed:
                return "MISMATCH", f"it shows {data} ({self.found[data].verdict})"
        if not cause:  # the same job makes the same bytes
            return "MISMATCH", f"{self._first_difference(name)}; {NO_CAUSE}".removeprefix("; ")
        drawn, theirs = (
            one.record(name)["environment"].get("packages", {}).get("matplotlib") for one in (self.run, self.trusted)
        )
        if (drawn is None) != (theirs is None):
            return "UNVERIFIED", f"the same data, shown otherwise; {cause}"
        if drawn != theirs:
            return "WITHIN-TOLERANCE", f"the same data, drawn by Matplotlib {drawn} instead of {theirs}"
        itself = f"{name.rpartition('.')[0]}.png" if tolerance.pixels else name
        if self._kept(itself) is None or itself not in self.run.artifacts or not self.found[itself].passed:
            if cause.startswith("code:"):
                return "UNVERIFIED", f"the same data, shown otherwise; {cause}"
            return "WITHIN-TOLERANCE", f"the same data, shown by the same code; {cause}"
        if self.run.artifacts[itself]["sha256"] == self.trusted.artifacts[itself]["sha256"]:
            return "WITHIN-TOLERANCE", f"the same pixels beside it; {cause}"
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

    def _kept(self, name: str) -> Path | None:
        """The reference's own copy of an artifact, if it keeps one that is what its manifest says."""
        if name not in self._copies:
            tree, made = self.trusted.tree, self.trusted.artifacts.get(name, {})
            try:
                whole = tree.size(name) is not None and tree.digest(name) == made.get("sha256")
                self._copies[name] = tree.place(name) if whole else None
            except Unreadable:
                self._copies[name] = None
        return self._copies[name]
