"""The page of an audit: one file with nothing from elsewhere, for people to read, print or archive."""

from html import escape

from report import Report, printable
from tracing import Trace, worst
from verdicts import FAILED, PASSED

MOST_DRAWN = 150  # files of a chain
COLUMN, ROW, WIDTH, HEIGHT = 245, 42, 215, 30  # of the drawing, in pixels
TONES = {0: "good", 1: "bad", 2: "open"}


def page(report: Report) -> str:
    """The conclusion, the chains that were asked for, what did not pass and what that reaches, and all files."""
    counts = sorted(report.counts.items())
    parts = [
        "<h1>Audit of the results</h1>",
        f"<p class='big {TONES[report.status]}'>{_text(report.conclusion)}</p>",
        "<p>" + " ".join(f"<span class='count {_tone(one)}'>{number} {one}</span>" for one, number in counts) + "</p>",
        f"<p>Root digest of the manifest: <code>{report.run.root}</code></p>",
        *(f"<p>{_text(remark)}</p>" for remark in report.remarks),
        *(_chain(report, one) for one in report.traces),
    ]
    if report.groups():
        parts += ["<h2>What did not simply pass</h2>", _failures(report)]
    parts += [f"<h2>All files</h2><details><summary>{len(report.verdicts)} files</summary>"]
    parts += [_files(report), "</details>"]
    return PAGE.format(title=_text(report.conclusion), body="\n".join(parts))


def _text(content: str) -> str:
    return escape(printable(content))


def _tone(verdict: str) -> str:
    return "good" if verdict in PASSED else "bad" if verdict in FAILED else "open"


def _failures(report: Report) -> str:
    """What did not pass, those files in one row that one reason and one fix hold for."""
    rows = []
    for group in report.groups():
        first = group[0]
        why = _text(first.reason)
        for kind, names in report.reached(group).items():
            why += f"<details><summary>reaches {len(names)} {kind}</summary>{_text(', '.join(names))}</details>"
        files = f"<code>{_text(first.name)}</code>"
        if len(group) > 1:
            others = "<br>".join(_text(one.name) for one in group[1:])
            files += f"<details><summary>and {len(group) - 1} more</summary><code>{others}</code></details>"
        fix = f"<code>{_text(report.fix(first))}</code>"
        rows.append((f"<b class='{_tone(first.verdict)}'>{first.verdict}</b>", files, why, fix))
    return _table(("verdict", "file", "why", "what to do"), rows)


def _files(report: Report) -> str:
    rows = []
    for found in report.verdicts:
        digest = report.run.artifacts.get(found.name, {}).get("sha256", "")[:12]
        verdict = f"<span class='{_tone(found.verdict)}'>{found.verdict}</span>"
        rows.append((verdict, f"<code>{_text(found.name)}</code>", _text(found.rule), f"<code>{digest}</code>"))
    return _table(("verdict", "file", "rule", "sha256"), rows)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    titles = "".join(f"<th scope='col'>{name}</th>" for name in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<div class='wide' tabindex='0'><table><tr>{titles}</tr>{body}</table></div>"


def _chain(report: Report, one: Trace) -> str:
    """What is printed, the numbers behind it, the verdict, and the chain as a drawing: at the left the data."""
    bad = worst(one, report.by_name)
    verdict = f"{bad.verdict}: {bad.name}: {bad.reason}" if bad else "all of it passed"
    lines = [*one.printed, *one.cells, *([f"WRONG: {one.wrong}"] if one.wrong else []), f"The chain: {verdict}."]
    told = "".join(f"<li>{_text(line)}</li>" for line in lines)
    return f"<h2>{_text(one.query)}</h2><ul>{told}</ul>{_drawing(report, one)}"


def _drawing(report: Report, one: Trace) -> str:
    if len(one.chain) > MOST_DRAWN:
        return f"<p>{len(one.chain)} files are too many to draw.</p>"
    depths: dict[str, int] = {}

    def depth(name: str) -> int:
        """How many steps a file is away from the data."""
        if name not in depths:
            depths[name] = 0  # records that name one another make no endless circle
            sources = [source for source in report.run.sources(name) if source in one.chain]
            depths[name] = 1 + max(map(depth, sources), default=-1)
        return depths[name]

    columns: dict[int, list[str]] = {}
    for name in sorted(one.chain):
        columns.setdefault(depth(name), []).append(name)
    places = {name: (20 + COLUMN * x, 20 + ROW * y) for x, names in columns.items() for y, name in enumerate(names)}
    arrows, boxes = [], []
    for name, (x, y) in places.items():
        for u, v in [places[source] for source in report.run.sources(name) if source in places]:
            middle, end = (u + WIDTH + x) / 2, y + HEIGHT / 2
            arrows.append(
                f"<path d='M{u + WIDTH} {v + HEIGHT / 2} C{middle} {v + HEIGHT / 2} {middle} {end} {x} {end}'/>"
            )
        verdict = report.by_name[name].verdict if name in report.by_name else "not of this run"
        label = name.removeprefix("results/")
        shown = label if len(label) <= 36 else f"…{label[-35:]}"
        boxes += [
            f"<g class='{_tone(verdict)}'><title>{_text(label)}: {verdict}</title>",
            f"<rect x='{x}' y='{y}' width='{WIDTH}' height='{HEIGHT}' rx='4'/>",
            f"<text x='{x + 8}' y='{y + 13}'>{_text(shown)}</text>",
            f"<text class='small' x='{x + 8}' y='{y + 25}'>{verdict}</text></g>",
        ]
    width, height = 20 + COLUMN * len(columns), 20 + ROW * max(map(len, columns.values()), default=0)
    label = escape(f"What {printable(one.query)} was made from, at the left the data", quote=True)
    opened = f"<svg role='img' aria-label='{label}' width='{width}' height='{height}'>"
    return "".join(["<div class='wide' tabindex='0'>", opened, *arrows, *boxes, "</svg></div>"])


PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Audit: {title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; color: #222;
  background: #fff; }}
.big {{ font-size: 1.4rem; padding: .6rem 1rem; border-left: .5rem solid; }}
.count {{ border: 1px solid; border-radius: 4px; padding: .1rem .5rem; white-space: nowrap; }}
.good {{ color: #00543c; }} .bad {{ color: #9b2200; font-weight: 600; }} .open {{ color: #5c4400; }}
table {{ border-collapse: collapse; font-size: .85rem; }}
td, th {{ text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #ccc; }}
.wide {{ overflow-x: auto; }} code {{ font-size: .85em; }} p code {{ overflow-wrap: anywhere; }}
td code {{ white-space: nowrap; }}
svg text {{ font-size: 10px; font-weight: 400; fill: #222; }} svg .small {{ font-size: 9px; }}
svg path {{ fill: none; stroke: #999; }} svg rect {{ fill: #fff; stroke: currentColor; stroke-width: 1.5; }}
svg .bad rect {{ stroke-width: 3; stroke-dasharray: 5 3; }}
</style></head><body>
{body}
</body></html>
"""
