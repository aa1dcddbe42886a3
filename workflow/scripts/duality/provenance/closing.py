"""What a run says at its end: the table, verdicts, what failed, where everything is, and what is of another config."""

import csv
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from duality.failures import failure_in
from duality.provenance.leftovers import leftovers

_TABLE, _LEDGER = "results/table/table.txt", "results/claims/ledger.csv"
_PLACES = {
    "table, with all errors": "results/table/table.md",
    "figures": "results/figures/overview.png",
    "page": "results/index.html",
    "explorer": "results/explorer.html",
    "ledger of claims": "results/claims/ledger.md",
    "theory": "results/theory/theory.md",
}
_MOST = 8  # lines about what was asked for, and about what is of another config


@dataclass(frozen=True)
class Closing:
    """What is told at the end of a run.

    Attributes
    ----------
    text : str
        Lines.
    failed : mapping of str to str
        Why experiments of the config failed.
    """

    text: str
    failed: Mapping[str, str]


def tell(
    planned: Collection[str],
    asked: Iterable[str],
    titles: Mapping[str, str],
    at: Callable[[str], Any],
    code: Callable[[str], str],
    called: Path = Path(),
) -> bool:
    """Print what results/ has of this config, the table if it was asked for; return whether an experiment failed.

    Parameters
    ----------
    planned : names
        Of the rules that were asked for. Those that tell by themselves need no more.
    asked, titles, at, code, called
        As `closing` takes them.
    """
    if {*planned} <= {"audit", "summary"}:
        return False
    told = closing(titles, at, code, table="table" in planned, called=called, asked=asked)
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # what the locale has no letter for
    print(told.text, flush=True)
    return bool(told.failed)


def closing(
    titles: Mapping[str, str],
    at: Callable[[str], Any],
    code: Callable[[str], str],
    folder: Path = Path(),
    table: bool = True,
    called: Path = Path(),
    asked: Iterable[str] = (),
) -> Closing:
    """What results/ has of a config, of which nothing else is told as if it were of it.

    Parameters
    ----------
    titles : mapping
        What people call the experiments of the config, by their keys.
    at, code, folder
        As `duality.provenance.leftovers.leftovers` takes them.
    table : bool
        Whether the table is shown, if there is one.
    called : path
        The working folder as seen from where Snakemake was started: `--directory` names it.
    asked : names
        Of the files that were asked for.
    """
    shown = called / folder
    others = leftovers(at, code, folder)

    def current(name: str) -> bool:
        return (folder / name).is_file() and name not in others

    lines = []
    if table and current(_TABLE):
        lines += [(folder / _TABLE).read_text(encoding="utf-8")]
    equilibria = {name: f"results/training/{name}/equilibrium.json" for name in titles}
    reasons = {name: failure_in(folder / path) for name, path in equilibria.items() if current(path)}
    failed = {name: why for name, why in reasons.items() if why is not None}
    lines += [f"Failed: {titles[name]} ({name}) {why}." for name, why in failed.items()]
    if current(_LEDGER):
        lines.append(f"Verdicts on the paper: {_verdicts(folder / _LEDGER)}.")
    places = [(what, path) for what, path in _PLACES.items() if current(path)]
    more = _alike(name for name in asked if current(name))
    places += [("asked for", name) for name in more[:_MOST]]
    width = max((len(what) for what, _ in places), default=0)
    lines += [f"{what:{width}}  {shown / path}" for what, path in places]
    lines += _how_many_more(more)
    lines += _named(others, folder, shown)
    return Closing("\n".join(lines), failed)


def _verdicts(ledger: Path) -> str:
    """On the paper's claims; laws of our own are no part of it."""
    with open(ledger, encoding="utf-8", newline="") as file:
        counts = Counter(row["verdict"] for row in csv.DictReader(file) if row["kind"] != "ours")
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common())


def _alike(names: Iterable[str]) -> list[str]:
    """Files that are told nowhere else, those that differ in their endings as one."""
    groups: dict[str, list[str]] = {}
    for name in names:
        if name not in _PLACES.values():
            groups.setdefault(Path(name).with_suffix(".*").as_posix(), []).append(name)
    return [group if len(own) > 1 else own[0] for group, own in groups.items()]


def _how_many_more(of: Collection[str]) -> list[str]:
    return [f"  and {len(of) - _MOST} more"] if len(of) > _MOST else []


def _named(others: Mapping[str, str], folder: Path, shown: Path) -> list[str]:
    """What is of another config: a folder of nothing else in one line, and so files that differ in their endings."""
    if not others:
        return []
    files = (path for path in (folder / "results").rglob("*") if path.is_file())
    ours = (name for path in files if (name := path.relative_to(folder)).as_posix() not in others)
    mixed = {above for name in ours for above in name.parents}
    groups: dict[str, list[str]] = {}
    for other in others:
        groups.setdefault(_group(Path(other), mixed), []).append(other)
    lines = [f"Not what this config makes, in {shown / 'results'} ({len(others)}, `snakemake audit` tells of each):"]
    for group, names in list(groups.items())[:_MOST]:
        lines.append(f"  {shown / (group if len(names) > 1 else names[0])}: {others[names[0]]}")
    return lines + _how_many_more(groups)


def _group(name: Path, mixed: set[Path]) -> str:
    """The outermost folder below results/ that is not mixed with what is of this config, or the name but its ending."""
    whole = [above for above in name.parents if len(above.parts) > 1 and above not in mixed]
    return f"{whole[-1].as_posix()}/*" if whole else f"{name.with_suffix('').as_posix()}.*"
