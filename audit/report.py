"""What an audit found: as text, JSON, JUnit XML, or a page for people."""

import html
import json
from collections import Counter
from xml.etree import ElementTree

from tracing import Trace, reach, worst

from run import Run
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
            judged = [self.by_name[name].verdict for one in traces for name in one.chain if name in self.by_name]
            judged += ["MISMATCH" for one in traces if one.wrong]
        self.status = 1 if any(one in FAILED for one in judged) else 2 if any(one in OPEN for one in judged) else 0
        self.conclusion = self._conclusion(trusted)

    def _conclusion(self, trusted: str) -> str:
        """Without something to trust, records that were all rewritten together look like records."""
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
        """A line for all artifacts that did not pass for one reason, with the fix, and what they reach; the conclusion."""
        lines = [line for one in self.traces for line in (*self._traced(one), "")]
        for group in self.groups() if not self.traces else ():
            first, fix = group[0], self.fix(group[0])
            more = f" and {len(group) - 1} more" if len(group) > 1 else ""
            lines.append(f"{first.verdict:<18}{first.name}{more}: {first.reason}{f'  [{fix}]' if fix else ''}")
            lines += [f"{'':<18}reaches {kind}: {', '.join(names)}" for kind, names in self.reached(group).items()]
        lines += self.remarks
        lines.append(self.counted() or "no artifacts")
        return "\n".join([*map(_printable, lines), self.conclusion])

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
            digest = made["sha256"][:12] if made else "not of this run"
            rule = f"by {found.rule}" if found and found.rule else ""
            lines.append(f"  {found.verdict if found else '':<18}{name}  {digest}  {rule}".rstrip())
        bad = worst(one.chain, self.by_name)
        return [*lines, f"  chain     {f'{bad.verdict}: {bad.name}: {bad.reason}' if bad else 'passed'}"]

    def json(self) -> str:
        """All verdicts, with reasons and fixes."""
        rows = [vars(found) | {"fix": self.fix(found), "reaches": self.reached([found])} for found in self.verdicts]
        told = {"status": self.status, "conclusion": self.conclusion, "remarks": self.remarks, "artifacts": rows}
        return json.dumps(told | {"traces": [vars(one) for one in self.traces]}, indent=1, ensure_ascii=False)

    def junit(self) -> str:
        """JUnit XML: a test case for each artifact; failures failed, what is open was skipped."""
        bad, left = (sum(self.counts[one] for one in kinds) for kinds in (FAILED, OPEN))
        counts = {"tests": str(len(self.verdicts)), "failures": str(bad), "skipped": str(left)}
        suite = ElementTree.Element("testsuite", name="audit", **counts)
        for found in self.verdicts:
            case = ElementTree.SubElement(
                suite, "testcase", name=_printable(found.name), classname=found.rule or "files"
            )
            kind = "failure" if found.verdict in FAILED else "skipped" if found.verdict in OPEN else ""
            if kind:
                ElementTree.SubElement(case, kind, message=_printable(f"{found.verdict}: {found.reason}"))
        return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)

    def html(self) -> str:
        """One page without anything from elsewhere: the conclusion, what failed and what it reaches, chains, all files."""
        failed = [found for found in self.verdicts if not found.passed]
        parts = [f"<h1>Audit</h1><p class='big {_TONES[self.status]}'>{html.escape(self.conclusion)}</p><p>"]
        parts += [
            f"<span class='count {_tone(verdict)}'>{number} {verdict}</span> "
            for verdict, number in sorted(self.counts.items())
        ]
        parts.append(f"</p><p>Root of the manifest: <code>{self.run.root}</code></p>")
        parts += [f"<p>{html.escape(text)}</p>" for text in self.remarks]
        parts += [self._drawn(one) for one in self.traces]
        if failed:
            parts.append("<h2>What did not pass</h2>" + self._rows(failed, reached=True))
        parts.append(
            f"<h2>All files</h2><details><summary>{len(self.verdicts)} files</summary>{self._rows(self.verdicts)}</details>"
        )
        return _PAGE.format(title=html.escape(self.conclusion), body="\n".join(parts))

    def _rows(self, verdicts: list[Verdict], reached: bool = False) -> str:
        rows = []
        for found in verdicts:
            more = self.reached([found]) if reached else {}
            told = "".join(
                f"<br>reaches {kind}: {html.escape(', '.join(names))}" for kind, names in more.items() if names
            )
            digest = self.run.artifacts.get(found.name, {}).get("sha256", "")[:12]
            rows.append(
                f"<tr><td class='{_tone(found.verdict)}'>{found.verdict}</td><td><code>{html.escape(_printable(found.name))}</code></td>"
                f"<td>{html.escape(_printable(found.reason))}{told}</td><td>{html.escape(found.rule)}</td>"
                f"<td><code>{digest}</code></td><td><code>{html.escape(self.fix(found))}</code></td></tr>"
            )
        head = "<tr><th>verdict<th>file<th>why<th>made by<th>sha256<th>what to do</tr>"
        return f"<div class='wide'><table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table></div>"

    def _drawn(self, one: Trace) -> str:
        """A chain as a drawing: the data at the left, what is printed at the right, an arrow from each file to what it made."""
        depths: dict[str, int] = {}
        inside = set(one.chain)

        def depth(name: str) -> int:
            if name not in depths:
                depths[name] = 0  # a record that names itself makes no circle
                depths[name] = 1 + max(
                    (depth(source) for source in self.run.sources(name) if source in inside), default=-1
                )
            return depths[name]

        columns: dict[int, list[str]] = {}
        for name in sorted(one.chain):
            columns.setdefault(depth(name), []).append(name)
        places = {name: (20 + 330 * x, 30 + 44 * y) for x, names in columns.items() for y, name in enumerate(names)}
        lines, boxes = [], []
        for name, (x, y) in places.items():
            for source in self.run.sources(name):
                if source in places:
                    u, v = places[source]
                    lines.append(f"<path d='M{u + 290} {v + 14} C{u + 315} {v + 14} {x - 25} {y + 14} {x} {y + 14}'/>")
            verdict = self.by_name[name].verdict if name in self.by_name else ""
            label = html.escape(name.removeprefix("results/"))
            boxes.append(
                f"<g class='{_tone(verdict)}'><title>{label}: {verdict}</title><rect x='{x}' y='{y}' width='290' height='30' rx='4'/>"
                f"<text x='{x + 8}' y='{y + 13}'>{label[:46]}</text><text class='small' x='{x + 8}' y='{y + 25}'>{verdict}</text></g>"
            )
        width, height = 20 + 330 * len(columns), 60 + 44 * max(map(len, columns.values()), default=0)
        told = "".join(
            f"<p>{html.escape(_printable(text))}</p>"
            for text in (*one.printed, *one.cells, *([f"WRONG: {one.wrong}"] if one.wrong else []))
        )
        bad = worst(one.chain, self.by_name)
        verdict = f"{bad.verdict}: {bad.name}: {bad.reason}" if bad else "passed"
        return (
            f"<h2>{html.escape(one.query)}</h2>{told}<p>The chain: {html.escape(_printable(verdict))}</p><div class='wide'>"
            f"<svg role='img' aria-label='chain of {html.escape(one.query, quote=True)}' width='{width}' height='{height}'>{''.join(lines)}{''.join(boxes)}</svg></div>"
        )


_TONES = {0: "good", 1: "bad", 2: "open"}


def _tone(verdict: str) -> str:
    return "good" if verdict in PASSED else "bad" if verdict in FAILED else "open"


def _printable(text: str) -> str:
    """A text without what XML and terminals take for commands."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


_PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Audit: {title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; color: #222; }}
.big {{ font-size: 1.4rem; padding: .6rem 1rem; border-left: .5rem solid; }}
.count {{ border: 1px solid; border-radius: 4px; padding: .1rem .5rem; white-space: nowrap; }}
.good {{ color: #00543c; }} .bad {{ color: #9b2200; font-weight: 600; }} .open {{ color: #5c4400; }}
table {{ border-collapse: collapse; font-size: .85rem; }} td, th {{ text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #ccc; }}
.wide {{ overflow-x: auto; }} code {{ font-size: .85em; overflow-wrap: anywhere; }}
svg text {{ font-size: 11px; font-weight: 400; fill: #222; }} svg .small {{ font-size: 9px; }} svg path {{ fill: none; stroke: #999; }}
svg rect {{ fill: #fff; stroke: currentColor; stroke-width: 1.5; }} svg .bad rect {{ stroke-width: 3; stroke-dasharray: 5 3; }}
</style>
{body}
</html>
"""
