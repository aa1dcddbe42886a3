"""What a run says at its end: the table, the verdicts, what failed, where everything is, and what is of another config."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
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
    "ledger of claims": "results/claims/ledger.html",
    "theory": "results/theory/theory.md",
}
_MOST = 8  # lines about what is of another config


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


def closing(
    experiments: Iterable[str], at: Callable[[str], Any], code: Callable[[str], str], folder: Path = Path()
) -> Closing:
    """What results/ has of a config, of which nothing else is told as if it were of it.

    Parameters
    ----------
    experiments : names
        Of the config.
    at, code, folder
        As `duality.provenance.leftovers.leftovers` takes them.
    """
    others = leftovers(at, code, folder)

    def current(name: str) -> bool:
        return (folder / name).is_file() and name not in others

    lines = []
    if current(_TABLE):
        lines += [(folder / _TABLE).read_text(encoding="utf-8")]
    equilibria = {name: f"results/training/{name}/equilibrium.json" for name in experiments}
    reasons = {name: failure_in(folder / path) for name, path in equilibria.items() if current(path)}
    failed = {name: why for name, why in reasons.items() if why is not None}
    lines += [f"Failed: {name} {why}." for name, why in failed.items()]
    if current(_LEDGER):
        lines.append(f"Verdicts on the paper: {_verdicts(folder / _LEDGER)}.")
    places = {what: folder / path for what, path in _PLACES.items() if current(path)}
    if places:
        width = max(map(len, places))
        lines += [f"{what:{width}}  {path}" for what, path in places.items()]
    lines += _named(others, folder)
    return Closing("\n".join(lines), failed)


def _verdicts(ledger: Path) -> str:
    with open(ledger, encoding="utf-8", newline="") as file:
        counts = Counter(row["verdict"] for row in csv.DictReader(file))
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common())


def _named(others: Mapping[str, str], folder: Path) -> list[str]:
    """What is of another config, files of one name and all files of a folder in one line."""
    groups: dict[str, list[str]] = {}
    for name in others:
        groups.setdefault(_group(name, others, folder), []).append(others[name])
    if not groups:
        return []
    lines = [f"{len(others)} files in {folder / 'results'} are not of this config (`snakemake audit` tells of each):"]
    lines += [f"  {folder / group}: {reasons[0]}" for group, reasons in list(groups.items())[:_MOST]]
    return lines + ([f"  and {len(groups) - _MOST} more"] if len(groups) > _MOST else [])


def _group(name: str, others: Mapping[str, str], folder: Path) -> str:
    """The outermost folder below results/ of which no file is of this config, or the name without its last ending."""
    for parent in list(Path(name).parents)[-3::-1]:  # results/a, results/a/b, …
        below = [path.relative_to(folder).as_posix() for path in (folder / parent).rglob("*") if path.is_file()]
        if all(path in others for path in below):
            return f"{parent.as_posix()}/"
    return f"{Path(name).with_suffix('')}.*"
