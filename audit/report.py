"""What an audit found: as text, JSON or JUnit XML; `page` makes a page of it."""

import json
from collections import Counter
from xml.etree import ElementTree

from run import MANIFEST, OF_THE_MANIFEST, Run
from tracing import Trace, reach, worst
from verdicts import FAILED, OPEN, PASSED, Verdict

FIXES = {
    "TAMPERED": "delete it; snakemake --cores all {name}",
    "MISSING": "snakemake --cores all {name}",
    "STALE": "snakemake --cores all -R {rule}",
    "SUSPECT": "mend what it was made from",
    "UNTRACKED": "remove it, if nothing needs it",
}


class Report:
    """The verdicts on a run, remarks on the whole, and what was traced.

    Parameters
    ----------
    run : Run
    verdicts : list of Verdict
    remarks : list of str
    trusted : str
        What the run was compared with; empty: with nothing that is trusted.
    traces : list of Trace
    """

    def __init__(self, run: Run, verdicts: list[Verdict], remarks: list[str], trusted: str, traces: list[Trace]):
        self.run, self.verdicts, self.remarks, self.traces = run, verdicts, remarks, traces
        self.by_name = {found.name: found for found in verdicts}
        self.counts = Counter(found.verdict for found in verdicts)
        judged = [found.verdict for found in verdicts]
        if traces:  # then only what they rest on is asked for
            judged = [bad.verdict for one in traces if (bad := worst(one, self.by_name))]
            judged += ["MISMATCH" for one in traces if one.wrong]
            judged += [self.by_name[name].verdict for name in (MANIFEST, "reference") if name in self.by_name]
        judged += [] if run.artifacts else ["UNVERIFIED"]
        self.status = 1 if any(one in FAILED for one in judged) else 2 if any(one in OPEN for one in judged) else 0
        self.conclusion = self._conclusion(trusted)

    def _conclusion(self, trusted: str) -> str:
        """Without something to trust, records that were all rewritten together look like records."""
        if self.status == 0 and self.traces and self.counts.total() > sum(self.counts[one] for one in PASSED):
            return "what was asked for rests on nothing that did not pass; other files did not"
        if self.status == 0:
            return f"as {trusted} has it" if trusted else "consistent: nothing here contradicts the records"
        return "failed" if self.status == 1 else "inconclusive"

    def fix(self, found: Verdict) -> str:
        """What to do about a verdict."""
        return FIXES.get(found.verdict, "").format(name=found.name, rule=found.rule)

    def reached(self, group: list[Verdict]) -> dict[str, list[str]]:
        """The figures, numbers and claims that files reach which are themselves the cause of a failure."""
        causes = [one.name for one in group if one.verdict in FAILED and one.verdict != "SUSPECT"]
        return {kind: names for kind, names in reach(self.run, causes).items() if names}

    def text(self) -> str:
        """A line for all artifacts that did not pass for one reason: the fix, what they reach; then the conclusion."""
        lines = [line for one in self.traces for line in (*self._traced(one), "")]
        for group in self.groups() if not self.traces else ():
            first, fix = group[0], self.fix(group[0])
            more = f" and {len(group) - 1} more" if len(group) > 1 else ""
            lines.append(f"{first.verdict:<18}{first.name}{more}: {first.reason}{f'  [{fix}]' if fix else ''}")
            if first.verdict in FAILED[:3] and (made := self.run.artifacts.get(first.name)) and first.rule:
                lines.append(f"{'':<18}made by the rule {first.rule}, recorded in {made['record']}")
            lines += [f"{'':<18}reaches {kind}: {', '.join(names)}" for kind, names in self.reached(group).items()]
        lines += self.remarks
        lines.append(self.counted() or "no artifacts")
        return "\n".join([*map(printable, lines), self.conclusion])

    def counted(self) -> str:
        """How many artifacts have which verdict."""
        return ", ".join(f"{number} {verdict}" for verdict, number in sorted(self.counts.items()))

    def groups(self) -> list[list[Verdict]]:
        """What did not simply pass, those together that one reason and one fix hold for."""
        found: dict[tuple[str, ...], list[Verdict]] = {}
        for one in self.verdicts:
            if one.verdict not in ("IDENTICAL", "CONTENT-IDENTICAL"):
                own = one.name if "{name}" in FIXES.get(one.verdict, "") else one.rule
                found.setdefault((one.verdict, one.reason, own), []).append(one)
        return sorted(found.values(), key=lambda group: (group[0].verdict == "SUSPECT", group[0].name))

    def _traced(self, one: Trace) -> list[str]:
        lines = [
            one.query,
            *(f"  printed   {text}" for text in one.printed),
            *(f"  number    {text}" for text in one.cells),
        ]
        lines += [f"  WRONG     {one.wrong}"] if one.wrong else []
        for name in one.chain:
            found, made = self.by_name.get(name), self.run.artifacts.get(name)
            other = "of the seal" if name in (MANIFEST, OF_THE_MANIFEST) else "not of this run"
            digest = made["sha256"][:12] if made else other
            recipe = f"by {found.rule}, {made['record']}" if found and found.rule and made else ""
            lines.append(f"  {found.verdict if found else '':<18}{name}  {digest}  {recipe}".rstrip())
        bad = worst(one, self.by_name)
        return [*lines, f"  chain     {f'{bad.verdict}: {bad.name}: {bad.reason}' if bad else 'passed'}"]

    def json(self) -> str:
        """All verdicts, with reasons and fixes."""
        rows = [vars(found) | {"fix": self.fix(found), "reaches": self.reached([found])} for found in self.verdicts]
        told = {"status": self.status, "conclusion": self.conclusion, "remarks": self.remarks, "artifacts": rows}
        return json.dumps(told | {"traces": [vars(one) for one in self.traces]}, indent=1)

    def junit(self) -> str:
        """JUnit XML: a test case for each artifact; failures failed, what is open was skipped."""
        bad, left = (sum(self.counts[one] for one in kinds) for kinds in (FAILED, OPEN))
        counts = {"tests": str(len(self.verdicts)), "failures": str(bad), "skipped": str(left)}
        suite = ElementTree.Element("testsuite", name="audit", **counts)
        for found in self.verdicts:
            case = ElementTree.SubElement(
                suite, "testcase", name=printable(found.name), classname=printable(found.rule or "files")
            )
            kind = "failure" if found.verdict in FAILED else "skipped" if found.verdict in OPEN else ""
            if kind:
                ElementTree.SubElement(case, kind, message=printable(f"{found.verdict}: {found.reason}"))
        return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)


def printable(text: str) -> str:
    """A text without what XML and terminals take for commands."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
