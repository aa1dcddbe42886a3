"""Faults planted into the results of a real run, and the verdict that each must get.

A fault names the artifacts that it touches, with their verdicts; whatever was made of them must be SUSPECT, and every
other artifact IDENTICAL. `python tests/mutated_results.py` writes the table of them that the docs show.
"""

import hashlib
import json
import math
import os
import re
import shutil
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

DOCS = Path(__file__).resolve().parents[1] / "docs/mutations.md"
X1, STREAM = "results/dataset/zeros/0.npy", "results/dataset/stream/label.npy"
HISTOGRAM = "results/fluctuations/relu_quartic/seen.histogram.npz"
EQUILIBRIUM, TRAJECTORY = (
    "results/training/relu_quartic/equilibrium.json",
    "results/training/relu_quartic/trajectory.npz",
)
DENSITY, TABLE, LEDGER = (
    "results/exponents/relu_quartic/density.csv",
    "results/table/table.csv",
    "results/claims/ledger.csv",
)
FIGURE, CONFIG, MANIFEST = "results/figures/figure_8", "results/config.yaml", "results/manifest.json"
PAGE = "results/index.html"  # rests on all that it shows
PAGES = (PAGE, "results/index.without_pictures.html")  # of one job
ADDED, RECORDS = "results/table/mine.csv", "results/provenance"
SCRIPTS = "workflow/scripts"


@dataclass(frozen=True)
class Fault:
    """One way to break a run: what is done to its folder, and the verdicts that must follow.

    `verdicts` are those of the artifacts that it touches; `rules` and `all_of` give all outputs of some rules, or of
    all, one verdict. `made_of` says whether what was made of them is suspect. `status` is the auditor's exit status;
    `options` are given to it; `told` stands in what it says.
    """

    does: str
    plant: Callable[[Path], Any]
    verdicts: dict[str, str] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)
    all_of: str = ""
    made_of: bool = True
    status: int = 1
    options: tuple[str, ...] = ()
    told: str = ""


def keeping_time(write: Callable[[Path], Any]) -> Callable[[Path], Any]:
    """The same, with the file's times restored afterwards."""

    def edit(path: Path) -> None:
        status = os.stat(path)
        write(path)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    return edit


def flip(path: Path) -> None:
    """One bit of a byte that holds something."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def flipped(name: str) -> Callable[[Path], Any]:
    return lambda run: keeping_time(flip)(run / name)


def written(name: str, content: str | bytes) -> Callable[[Path], Any]:
    data = content if isinstance(content, bytes) else content.encode()
    return lambda run: (run / name).write_bytes(data)


def edited(name: str, change: Callable[[str], str]) -> Callable[[Path], Any]:
    """Change the text of a file; that nothing changed is a mistake of the test."""

    def edit(run: Path) -> None:
        text = (run / name).read_text(encoding="utf-8")
        assert change(text) != text, name
        keeping_time(lambda path: path.write_text(change(text), encoding="utf-8"))(run / name)

    return edit


def nudged(value: float, ulps: int) -> float:
    """A number that is larger by so many units in the last place."""
    for _ in range(ulps):
        value = math.nextafter(value, math.inf)
    return value


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def resealed(run: Path, change: Callable[[dict[str, Any]], Any], folder: str = "results") -> None:
    """Change the manifest, and its root with it, as a forger would."""
    path = run / folder / "manifest.json"
    sealed = json.loads(path.read_text(encoding="utf-8"))
    change(sealed)
    sealed.pop("root")
    text = json.dumps(sealed, sort_keys=True, separators=(",", ":"))
    path.write_text(json.dumps(sealed | {"root": hashlib.sha256(text.encode()).hexdigest()}), encoding="utf-8")
    if (own := path.parent / "provenance/manifest.json").exists():
        record = json.loads(own.read_text(encoding="utf-8"))
        record["outputs"][MANIFEST].update(sha256=sha256(path), size=path.stat().st_size)
        own.write_text(json.dumps(record), encoding="utf-8")


def forged(run: Path, name: str, record_too: Callable[[dict[str, Any]], Any] = bool, readers_too: bool = False) -> None:
    """Let record, manifest and root say what the file now holds; and whatever else of the record is to be changed.

    With `readers_too` the records of the jobs that read the file say so too, as whoever forges with care would do it.
    """
    sealed = json.loads((run / MANIFEST).read_text(encoding="utf-8"))
    place = sealed["artifacts"][name]["record"]
    record = json.loads((run / place).read_text(encoding="utf-8"))
    made = {"sha256": sha256(run / name), "size": (run / name).stat().st_size, "content": None}
    record["outputs"][name].update(made)
    record_too(record)
    (run / place).write_text(json.dumps(record), encoding="utf-8")
    rewritten = [place]
    for other in sealed["records"] if readers_too else ():
        reader = json.loads((run / other).read_text(encoding="utf-8"))
        if name in reader["inputs"]:
            reader["inputs"][name] = made["sha256"]
            (run / other).write_text(json.dumps(reader), encoding="utf-8")
            rewritten.append(other)

    def change(content: dict[str, Any]) -> None:
        content["artifacts"][name].update(made)
        content["records"].update({one: sha256(run / one) for one in rewritten})

    resealed(run, change)


def repacked(run: Path) -> None:
    """The same arrays, less tightly packed."""
    with zipfile.ZipFile(run / HISTOGRAM) as archive:
        arrays = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(run / HISTOGRAM, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in arrays.items():
            archive.writestr(name, content)


def swapped(run: Path) -> None:
    one, other = run / "results/dataset/zeros/0.npy", run / "results/dataset/ones/0.npy"
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def bomb(run: Path) -> None:
    """A picture that would unpack to 25 GB, of the size that was recorded."""
    path = run / f"{FIGURE}.png"
    header = struct.pack(">II", 80_000, 80_000) + bytes([8, 6, 0, 0, 0])
    data = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(bytes(1 << 24)))
    path.write_bytes(data[: path.stat().st_size].ljust(path.stat().st_size, b"\0"))


def sparse(run: Path) -> None:
    with open(run / X1, "r+b") as file:
        file.truncate(10 << 30)


def pickled(run: Path) -> None:
    np.save(run / X1, np.array([{}]), allow_pickle=True)


def linked(run: Path) -> None:
    (run / TABLE).unlink()
    (run / TABLE).symlink_to("/etc/passwd")


def linked_folder(run: Path) -> None:
    shutil.move(run / "results/table", run / "elsewhere")
    (run / "results/table").symlink_to("../elsewhere")


def pipe(run: Path) -> None:
    (run / f"{FIGURE}.txt").unlink()
    os.mkfifo(run / f"{FIGURE}.txt")


def folder_in_place(run: Path) -> None:
    (run / TABLE).unlink()
    (run / TABLE).mkdir()


def a_million_files(run: Path) -> None:
    for group in range(1000):
        folder = run / f"results/more/{group}"
        folder.mkdir(parents=True)
        descriptor = os.open(folder, os.O_RDONLY)
        for number in range(1000):
            os.close(os.open(str(number), os.O_CREAT | os.O_WRONLY, dir_fd=descriptor))
        os.close(descriptor)


def record_of_another(run: Path) -> None:
    shutil.copy2(run / f"{RECORDS}/dataset/ones/0.json", run / f"{RECORDS}/dataset/zeros/0.json")


def hand_typed(run: Path) -> None:
    edited("results/table/table.md", lambda text: re.sub(r"0\.\d{3,}", "0.99999", text, count=1))(run)


def artifact(name: str, **made: Any) -> Callable[[Path], Any]:
    """An entry of the manifest changed or added, and the root with it."""
    return lambda run: resealed(run, lambda sealed: sealed["artifacts"].setdefault(name, {}).update(made))


def of_another_environment(run: Path) -> None:
    forged(run, TABLE, lambda record: record["environment"]["packages"].update(pandas="1.0"))


def forged_figure(run: Path) -> None:
    (run / f"{FIGURE}.txt").write_text("Another caption.", encoding="utf-8")
    forged(run, f"{FIGURE}.txt")


def forged_index(run: Path) -> None:
    (run / PAGE).write_text("Another page.", encoding="utf-8")
    forged(run, PAGE)


def forged_page(run: Path) -> None:
    hand_typed(run)
    forged(run, "results/table/table.md")


def forged_pdf(run: Path) -> None:
    flip(run / f"{FIGURE}.pdf")
    forged(run, f"{FIGURE}.pdf")


def rewritten_history(run: Path, line_by_line: bool) -> None:
    """Another reason in a line of the history; with all that follows from it, or without."""
    path, previous, lines = run / "reference/history.jsonl", None, []
    for line in path.read_bytes().splitlines():
        entry = json.loads(line)
        entry |= {"reason": "Nothing happened."} if not lines else {}
        entry |= {"previous": previous} if line_by_line else {}
        lines.append(json.dumps(entry, ensure_ascii=False).encode())
        previous = hashlib.sha256(lines[-1]).hexdigest()
    path.write_bytes(b"".join(line + b"\n" for line in lines))


OUTSIDE = {"sha256": "0" * 64, "size": 1, "content": None, "record": f"{RECORDS}/table.json"}
REFERENCE, SIGNED = ("--reference", "reference"), ("--reference", "reference", "--signers", "signers")
KINDS = {
    "an array": X1,
    "an archive of arrays": HISTOGRAM,
    "a JSON file": EQUILIBRIUM,
    "a CSV file": DENSITY,
    "a picture (PNG)": f"{FIGURE}.png",
    "a picture (PDF)": f"{FIGURE}.pdf",
    "a picture (SVG)": f"{FIGURE}.svg",
    "a caption": f"{FIGURE}.txt",
    "the table in Markdown": "results/table/table.md",
    "the table in LaTeX": "results/table/table.tex",
    "the page of all results": PAGE,
    "the config that was used": CONFIG,
}
OTHER_LOCK = re.compile(r"^pandas==\S+", re.MULTILINE)
FAULTS = [
    Fault("nothing", bool, status=0),
    Fault("nothing, beside the reference", bool, status=0, options=SIGNED, told="signed by author"),
    *(Fault(f"a bit of {kind}, its time kept", flipped(name), {name: "TAMPERED"}) for kind, name in KINDS.items()),
    Fault("a number of the table typed in by hand", hand_typed, {"results/table/table.md": "TAMPERED"}),
    Fault(
        "a number typed in by hand, told by the reference",
        edited(TABLE, lambda text: text.replace(",0.9", ",0.8", 1)), {TABLE: "TAMPERED"},
        options=REFERENCE, told="in the reference",
    ),
    Fault("an output deleted", lambda run: (run / TRAJECTORY).unlink(), {TRAJECTORY: "MISSING"}),
    Fault("a file added", written(ADDED, "k\n1\n"), {ADDED: "UNTRACKED"}, status=2),
    Fault("a file cut", lambda run: os.truncate(run / X1, 99), {X1: "TAMPERED"}),
    Fault("two files swapped", swapped, {X1: "TAMPERED", "results/dataset/ones/0.npy": "TAMPERED"}),
    Fault(
        "a file written otherwise, with the same content",
        repacked,
        {HISTOGRAM: "CONTENT-IDENTICAL"}, status=0,
    ),
    Fault(
        "a module of the library edited", edited(f"{SCRIPTS}/duality/training/sgd.py", lambda text: f"{text}\n"),
        rules={"training": "STALE", "jumps": "STALE"}, told="code: workflow/scripts/duality/training/sgd.py",
    ),
    Fault(
        "a script edited, its time restored", edited(f"{SCRIPTS}/table.py", lambda text: f"{text}\n"),
        rules={"table": "STALE"}, told="code: workflow/scripts/table.py",
    ),
    Fault(
        "a file of rules edited", edited("workflow/rules/table.smk", lambda text: f"{text}\n"),
        rules={"table": "STALE", "resolved_config": "STALE"}, told="code: workflow/rules/table.smk",
    ),
    Fault(
        "claims.yaml edited", edited("claims.yaml", lambda text: f"{text}\n"), rules={"claims": "STALE"},
        told="input: claims.yaml",
    ),
    Fault(
        "a value of the config edited", edited("config.json", lambda text: text.replace('"cells": 10', '"cells": 20')),
        rules={"exponents": "STALE", "resolved_config": "STALE"}, options=("--config", "config.json"),
        told="config: statistics.cells is 20, was 10",
    ),
    Fault(
        "a version in the lock changed", edited("requirements.lock", lambda text: OTHER_LOCK.sub("pandas==1.0", text)),
        all_of="pandas", told="requirements.lock has 1.0",
    ),
    Fault(
        "a digest in the lock changed",
        edited("requirements.lock", lambda text: OTHER_LOCK.sub(r"\g<0> --hash=sha256:0", text)),
        all_of="pandas", told="requirements.lock has other files of pandas",
    ),
    Fault(
        "a package in the lock changed that no job imports",
        edited("requirements.lock", lambda text: re.sub(r"(?m)^snakemake==\S+", "snakemake==1.0", text)),
        status=0,
    ),
    Fault(
        "a job run in another environment", of_another_environment, {TABLE: "STALE"}, rules={"table": "STALE"},
        told="environment: it was made with pandas 1.0",
    ),
    Fault(
        "an input made again, and not what was made of it",
        lambda run: (np.save(run / STREAM, 1 - np.load(run / STREAM)), forged(run, STREAM)),
        rules={"training": "STALE", "jumps": "STALE"}, told=f"input: {STREAM} was made again since",
    ),
    Fault(
        "a record edited", edited(f"{RECORDS}/table.json", lambda text: text.replace("table", "tables", 1)),
        {f"{RECORDS}/table.json": "TAMPERED"}, rules={"table": "UNVERIFIED"},
    ),
    Fault(
        "a record deleted", lambda run: (run / f"{RECORDS}/table.json").unlink(),
        {f"{RECORDS}/table.json": "MISSING"}, rules={"table": "UNVERIFIED"},
    ),
    Fault(
        "the record of another job put in the place of one", record_of_another,
        {f"{RECORDS}/dataset/zeros/0.json": "TAMPERED", X1: "UNVERIFIED"},
    ),
    Fault(
        "an entry of the manifest rewritten",
        edited(MANIFEST, lambda text: re.sub(r'"sha256": "\w{8}', '"sha256": "00000000', text, count=1)),
        {MANIFEST: "TAMPERED", f"{RECORDS}/manifest.json": "TAMPERED"}, all_of="UNVERIFIED", made_of=False,
    ),
    Fault(
        "an entry of the manifest rewritten, and the root digest", artifact(TABLE, sha256="0" * 64),
        {TABLE: "UNVERIFIED"},
    ),
    Fault(
        "an entry taken out of the manifest, and the root digest rewritten",
        lambda run: resealed(run, lambda sealed: sealed["artifacts"].pop(f"{FIGURE}.txt")),
        {f"{FIGURE}.txt": "UNTRACKED", **dict.fromkeys(PAGES, "UNVERIFIED")}, status=2,
    ),
    Fault("file, record, manifest and root rewritten together", forged_figure, dict.fromkeys(PAGES, "STALE")),
    Fault("the same of a file that nothing else was made of", forged_index, status=0, told="consistent"),
    Fault(
        "the same of that file, beside the reference", forged_index,
        {PAGE: "MISMATCH"}, made_of=False, options=REFERENCE,
    ),
    Fault(
        "file, record, manifest and root rewritten together, beside the reference", forged_figure,
        {f"{FIGURE}.txt": "MISMATCH", **dict.fromkeys(PAGES, "STALE")}, made_of=False, options=REFERENCE,
    ),
    Fault(
        "a number typed into a page, and all of its records rewritten, beside the reference", forged_page,
        {"results/table/table.md": "MISMATCH", **dict.fromkeys(PAGES, "STALE")}, made_of=False, options=REFERENCE,
        told="0.99999",
    ),
    Fault(
        "a PDF changed, and all of its records rewritten, beside the reference", forged_pdf,
        {f"{FIGURE}.pdf": "MISMATCH", **dict.fromkeys(PAGES, "STALE")}, made_of=False, options=REFERENCE,
    ),
    Fault(
        "a tolerance loosened",
        edited("reference/tolerances.toml", lambda text: re.sub("errors = .*", "errors = 99", text)),
        {"reference": "TAMPERED"}, options=REFERENCE, told="not what the last line of its history seals",
    ),
    Fault(
        "a value of the reference edited", flipped("reference/run/table/table.csv"), {"reference": "TAMPERED"},
        options=REFERENCE, told="not what the last line of its history seals",
    ),
    Fault(
        "a line of the reference's history rewritten", lambda run: rewritten_history(run, line_by_line=False),
        {"reference": "TAMPERED"}, options=REFERENCE, told="line 2 of the history does not follow",
    ),
    Fault(
        "the whole history rewritten, line by line", lambda run: rewritten_history(run, line_by_line=True),
        {"reference": "TAMPERED"}, options=SIGNED, told="not signed",
    ),
    Fault("a link out of the tree", linked, {TABLE: "TAMPERED"}, told="is a link"),
    Fault(
        "a folder that is a link", linked_folder, {"results/table": "UNTRACKED"}, rules={"table": "TAMPERED"},
        told="is a link",
    ),
    Fault(
        "a name with .. in the manifest", artifact("results/../../etc/passwd", **OUTSIDE),
        {"results/../../etc/passwd": "TAMPERED"}, told="is no name of a file in results/",
    ),
    Fault(
        "an absolute name in the manifest", artifact("/etc/passwd", **OUTSIDE), {"/etc/passwd": "TAMPERED"},
        told="is no name of a file in results/",
    ),
    Fault("a pickle in an .npy", pickled, {X1: "TAMPERED"}),
    Fault("a sparse file of 10 GB", sparse, {X1: "TAMPERED"}),
    Fault("no UTF-8 in a CSV", written(DENSITY, b"class,k\n\xff,1\n"), {DENSITY: "TAMPERED"}),
    Fault(
        "NaN in a CSV", edited(DENSITY, lambda text: re.sub(r",\d[^,]*,", ",nan,", text, count=1)),
        {DENSITY: "TAMPERED"},
    ),
    Fault("a PNG bomb", bomb, {f"{FIGURE}.png": "TAMPERED"}),
    Fault("a named pipe in a file's place", pipe, {f"{FIGURE}.txt": "TAMPERED"}, told="is no regular file"),
    Fault("a folder in a file's place", folder_in_place, {TABLE: "TAMPERED"}, told="is no regular file"),
    Fault("a million files added", a_million_files, status=2, told="more than 200000 files"),
]  # fmt: skip


def closure(run: Path) -> tuple[dict[str, list[str]], dict[str, Any]]:
    """What each artifact was made from, and its record; read from the records before anything is broken."""
    sealed = json.loads((run / MANIFEST).read_text(encoding="utf-8"))
    records = {name: json.loads((run / name).read_text(encoding="utf-8")) for name in sealed["records"]}
    by_artifact = {name: records[made["record"]] for name, made in sealed["artifacts"].items()}
    return {name: list(record["inputs"]) for name, record in by_artifact.items()}, by_artifact


def expected(fault: Fault, inputs: dict[str, list[str]], records: dict[str, Any]) -> dict[str, str]:
    """The verdicts that a fault must have, but for IDENTICAL."""
    found = dict(fault.verdicts)
    for name, record in records.items():
        if record["rule"] in fault.rules:
            found.setdefault(name, fault.rules[record["rule"]])
        if fault.all_of == "UNVERIFIED":
            found.setdefault(name, "UNVERIFIED")
        if fault.all_of in record["environment"]["packages"]:
            found.setdefault(name, "STALE")
    bad = {name for name, verdict in found.items() if verdict not in ("CONTENT-IDENTICAL", "UNTRACKED")}
    changed = fault.made_of
    while changed:
        changed = False
        for name, sources in inputs.items():
            if name not in found and bad & set(sources):
                found[name], changed = "SUSPECT", True
                bad.add(name)
    return found


def page() -> str:
    """The table of faults and verdicts, as the docs show it."""
    lines = [
        "# Faults and verdicts",
        "",
        "Each row is a fault that the tests plant into the results of a real run (`tests/mutated_results.py`), and",
        "what the auditor says of it (`tests/audit/test_mutations.py`). What was made of a file that does not pass",
        "is SUSPECT, and every other file IDENTICAL: the tests hold that for each row too.",
        "",
        "| fault | verdict | exit status |",
        "|---|---|---|",
    ]
    for fault in FAULTS:
        named = [f"{verdict}: `{name}`" for name, verdict in fault.verdicts.items()]
        named += [f"{verdict}: what `{rule}` makes" for rule, verdict in fault.rules.items()]
        if fault.all_of:
            named.append(
                "UNVERIFIED: all" if fault.all_of == "UNVERIFIED" else f"STALE: what was made with {fault.all_of}"
            )
        told = "; ".join(named) or ("UNTRACKED: all of them" if fault.status == 2 else "IDENTICAL: all")
        options = f" (`{' '.join(fault.options)}`)" if fault.options else ""
        lines.append(f"| {fault.does} | {told}{options} | {fault.status} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    DOCS.write_text(page(), encoding="utf-8")
    sys.exit(0)
