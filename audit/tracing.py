"""From a printed number, a figure or a claim back to the dataset; and from a file to all that it reaches."""

import csv
import io
import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache

from run import MANIFEST, OF_THE_MANIFEST, Run
from tree import Unreadable
from verdicts import FAILED, Verdict

TABLE, CELLS, PRINTED, LEDGER = (
    "results/table/table.csv",
    "results/table/exponents.csv",
    "results/table/table.md",
    "results/claims/ledger.csv",
)
# The columns of the readable tables, as those of the files.
HEADERS = {name: f"k_{name.lower()}" for name in ("Jacobian", "raw", "corrected")}
HEADERS |= {f"k_q {name}": column for name, column in HEADERS.items()}
MOST_TABLE = 20_000_000  # bytes
_NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"
_ROUNDED = re.compile(rf"\(?({_NUMBER})(?:±{_NUMBER}|\(\d+\))?\)?(?:×10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?")
_POWERS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


@dataclass
class Trace:
    """What was asked for, what is printed of it, the numbers behind that, and the chain down to the data."""

    query: str
    printed: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    artifacts: list[str] = field(default_factory=list)
    chain: list[str] = field(default_factory=list)
    wrong: str = ""  # why what is printed is not what is behind it


def trace(run: Run, query: str) -> Trace:
    """What a query rests on.

    Parameters
    ----------
    run : Run
    query : str
        `figure 3`, the name of an artifact, `table EXPERIMENT CLASS QUANTITY` (a column of the table, or k_q, k_w,
        k_b), or the id of a claim.

    Raises
    ------
    Unreadable
        There is nothing of that name, or what tells of it cannot be read.
    """
    try:
        return _trace(run, query)
    except (KeyError, ValueError, OSError, OverflowError) as error:  # of a table that is none
        raise Unreadable(f"{query}: {type(error).__name__}: {error}") from error


def _trace(run: Run, query: str) -> Trace:
    words = query.split()
    if words[:1] == ["table"] and len(words) == 4:
        return _number(run, query, *words[1:])
    stem = re.sub(r"^figure (\d+)$", r"figure_\1", query.strip())
    names = [name for name in run.artifacts if name in (query, f"results/figures/{stem}{name[name.rfind('.') :]}")]
    found = Trace(query, artifacts=names, chain=_down(run, names))
    try:
        if row := _row(run, LEDGER, {"id": stem}, none=bool(names)):
            _add_claim(run, found, row)
    except Unreadable:
        if not names:
            raise
    return found


def _number(run: Run, query: str, experiment: str, class_name: str, quantity: str) -> Trace:
    found = Trace(query, artifacts=[name for name in (PRINTED, TABLE, CELLS) if name in run.artifacts])
    of_class = {"experiment": experiment, "class": class_name}
    row = _row(run, TABLE, of_class)
    if quantity in ("k_q", "k_w", "k_b"):
        of_exponent = {"exponent": quantity, "window": "paper"}
        source, cells = CELLS, _row(run, CELLS, of_class | of_exponent)
        columns = ["k_jacobian", "k_raw", "k_corrected"]
    elif quantity in row:
        of_exponent = {}
        source, cells, columns = TABLE, row, [quantity]
    else:
        raise Unreadable(f"{query}: the table has no column {quantity}; it has {', '.join(row)}, k_q, k_w and k_b")
    values = {column: (cells[column], cells.get(f"{column}_se", "")) for column in columns}
    found.cells = [
        f"{source}: {name} = {value}{f' ± {error}' if error else ''}" for name, (value, error) in values.items()
    ]
    for printed in _printed(run, row["title"], class_name):
        if ("exponent" in printed) != (source == CELLS) or not of_exponent.items() <= printed.items():
            continue
        for header, text in printed.items():
            column = HEADERS.get(header, header)
            if column in values:
                found.printed.append(f"{PRINTED}: {header}: {text}")
                if not _rounds(text, values[column][0]):
                    found.wrong = f"{header}: {text} is no rounding of {values[column][0]}"
    found.chain = _down(run, found.artifacts, experiment)
    return found


def _add_claim(run: Run, found: Trace, row: dict[str, str]) -> None:
    """What the ledger says of a claim, and what that rests on."""
    measured = " ± ".join(part for part in (row["value"], row["error"]) if part)
    found.printed += [": ".join(part for part in (row["verdict"], measured) if part), row["paraphrase"]]
    found.cells += [row["evidence"]] if row["evidence"] else []
    found.artifacts.append(LEDGER)
    if not found.chain:  # that of a figure is its own
        found.chain = list(dict.fromkeys([LEDGER, *_down(run, _behind(run, row))]))


def reach(run: Run, names: list[str]) -> dict[str, list[str]]:
    """The figures, the rows of the table and the claims that some artifacts reach."""
    products = set(run.products([name for name in names if name in run.artifacts]))
    folder = "results/figures/"
    figures = sorted({one.rpartition(".")[0].removeprefix(folder) for one in products if one.startswith(folder)})
    found = {"figures": figures, "numbers": [], "claims": []}
    try:
        for row in _rows(run, TABLE) if products & {TABLE, CELLS, PRINTED} else []:
            if set(names) & {PRINTED, *_down(run, [TABLE, CELLS], row["experiment"])}:
                found["numbers"].append(f"{row['experiment']} {row['class']}")
        for row in _rows(run, LEDGER) if LEDGER in products else []:
            if LEDGER in names or products & set(_behind(run, row)):
                found["claims"].append(row["id"])
    except (Unreadable, KeyError):
        pass  # what tells of them is itself no longer readable
    return found


def worst(found: Trace, verdicts: dict[str, Verdict]) -> Verdict | None:
    """The first failure of a chain, from the data up; None if all of it passed.

    That a file of the chain is suspect says nothing by itself: a table is made from all experiments, and what a number
    of one rests on is in the chain.
    """
    listed = [verdicts[name] for name in reversed(found.chain) if name in verdicts and not verdicts[name].passed]
    listed = [one for one in listed if one.verdict != "SUSPECT"]
    return next((one for one in listed if one.verdict in FAILED), (listed or [None])[0])


def _down(run: Run, names: list[str], experiment: str = "") -> list[str]:
    """All that some artifacts were made from, but for what concerns other experiments alone, if one is asked for."""
    others = _experiments(run) - {experiment} if experiment else set()
    chain = dict.fromkeys(names)
    for name in (pending := list(chain)):
        new = [one for one in run.sources(name) if one not in chain and not others & set(one.split("/"))]
        chain |= dict.fromkeys(new)
        pending += new
    return [*chain, *([OF_THE_MANIFEST] if MANIFEST in chain else [])]  # which tells whether it is what was made


def _behind(run: Run, claim: dict[str, str]) -> list[str]:
    """The artifacts that a claim's verdict rests on: of several experiments those that its evidence names, if any."""
    found = [name for name in run.artifacts if claim["artifact"] and fnmatchcase(name, claim["artifact"])]
    experiments = _experiments(run)
    others = {one for one in experiments if not re.search(rf"\b{re.escape(one)}\b", claim["evidence"])}
    return [name for name in found if others == experiments or not others & set(name.split("/"))]


def _experiments(run: Run) -> set[str]:
    try:
        return {row.get("experiment", "") for row in _rows(run, TABLE)} - {""}
    except Unreadable:
        return set()


@cache
def _rows(run: Run, name: str) -> list[dict[str, str]]:
    try:
        size = run.tree.size(name)
        if size is None or size > MOST_TABLE:
            raise Unreadable("is missing" if size is None else "is too large")
        text = run.tree.place(name).read_text(encoding="utf-8")
        return list(csv.DictReader(io.StringIO(text, newline=""), strict=True, restval="", restkey=""))
    except (Unreadable, OSError, ValueError, csv.Error) as error:
        raise Unreadable(f"{name}: {error}") from error


def _row(run: Run, name: str, wanted: dict[str, str], none: bool = False) -> dict[str, str]:
    for row in _rows(run, name):
        if all(row.get(key) == value for key, value in wanted.items()):
            return row
    if none:
        return {}
    raise Unreadable(f"{name} has nothing of {', '.join(wanted.values())}")


def _printed(run: Run, title: str, class_name: str) -> list[dict[str, str]]:
    """The rows of the readable tables about a class of an experiment, whose title they have, by their headers."""
    size = run.tree.size(PRINTED)
    if size is None or size > MOST_TABLE:
        raise Unreadable(f"{PRINTED} is {'missing' if size is None else 'too large'}")
    found, headers = [], []
    for line in run.tree.place(PRINTED).read_text(encoding="utf-8", errors="replace").splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
        if cells[:2] == ["experiment", "class"]:
            headers = cells
        if cells[:2] == [title, class_name]:
            found.append(dict(zip(headers, cells, strict=False)))
    return found


def _rounds(text: str, value: str) -> bool:
    """Whether what is printed is a rounding of the number behind it, or the same text."""
    found = _ROUNDED.match(text.strip())
    try:
        number = float(value)
    except ValueError:
        return text.strip() == value or not value
    if not found:
        return False
    digits, _, power = found[1].partition("e")
    scale = 10.0 ** (int(power or 0) + int((found[2] or "0").translate(_POWERS)))
    unit = scale * 10.0 ** -len(digits.partition(".")[2])
    return abs(float(digits) * scale - number) <= 0.5000001 * unit
