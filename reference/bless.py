"""python reference/bless.py REASON [RESULTS]: make a run the reference that others are compared with.

It copies the manifest, the records and, of the artifacts that tolerances.toml says to keep, the values to
reference/run, and adds a line to reference/history.jsonl that seals them and the line before. Only a run of the
repository's own config that passes the audit is taken.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
NEEDED = ("results/config.yaml", "results/table/table.csv", "results/claims/ledger.csv", "results/figures/overview.png")
sys.path.insert(0, str(ROOT / "audit"))

from causes import Workflow  # noqa: E402
from reference import HISTORY, RUN, TOLERANCES, sealed  # noqa: E402
from run import MANIFEST, Run  # noqa: E402
from tolerances import Tolerance, read_tolerances, tolerance_of  # noqa: E402
from tree import Tree, Unreadable  # noqa: E402
from verdicts import OWN, audit  # noqa: E402


def bless(results: Path, reference: Path, reason: str) -> str:
    """Make a run the reference.

    Returns
    -------
    str
        The new line of the history; empty if nothing changed.

    Raises
    ------
    ValueError
        The run cannot be taken: why, in one line.
    """
    if not reason.strip():
        raise ValueError('a REASON is needed: make bless REASON="…"')
    try:
        run = Run.read(Tree(results))
        with (
            open(ROOT / "config.yaml", encoding="utf-8") as own,
            open(results / "config.yaml", encoding="utf-8") as used,
        ):
            config, of_the_run = yaml.safe_load(own), yaml.safe_load(used)
    except (Unreadable, OSError) as error:
        raise ValueError(f"{results} is no finished run ({error}): snakemake --cores all makes one") from None
    if config != of_the_run:
        raise ValueError("the results are of another config than config.yaml")
    lacking = [name for name in NEEDED if name not in run.artifacts]
    if lacking:
        raise ValueError(f"the run is not whole: its manifest has no {lacking[0]}")
    verdicts, _ = audit(run, Workflow(ROOT, _resolved(config)))
    bad = [found for found in verdicts.values() if not found.passed and found.verdict != "UNTRACKED"]
    if bad:
        raise ValueError(f"{bad[0].name} is {bad[0].verdict}: {bad[0].reason}")
    tolerances, new = read_tolerances(reference / TOLERANCES), reference / f"{RUN}.new"
    shutil.rmtree(new, ignore_errors=True)
    for name in [*OWN & {MANIFEST}, *run.records, *run.artifacts]:
        if name not in run.artifacts or _is_kept(name, tolerance_of(name, tolerances)):
            target = Tree(new).place(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(run.tree.place(name), target)
    shutil.rmtree(reference / RUN, ignore_errors=True)
    new.rename(reference / RUN)
    return _add_line(reference, run.root, reason.strip())


def _resolved(config: dict) -> dict:
    """The config as the Snakefile resolves it; that of the repository has no class from a file."""
    command = [sys.executable, "workflow/scripts/resolution.py", "workflow/schemas/config.schema.yaml", "gallery", ""]
    told = subprocess.run(
        command, cwd=ROOT, input=yaml.safe_dump(config, sort_keys=False), capture_output=True, text=True
    )
    if told.returncode:
        raise ValueError(told.stderr.strip())
    return {**json.loads(told.stdout), "files": {}, "config": config}


def _is_kept(name: str, tolerance: Tolerance) -> bool:
    """Of a picture its pixels are kept, and no other form of it."""
    return tolerance.kept and (name.endswith(".png") or not tolerance.pixels)


def _add_line(reference: Path, root: str, reason: str) -> str:
    path = reference / HISTORY
    lines = path.read_bytes().splitlines() if path.exists() else []
    sealing = {"root": root, "files": sealed(reference)}
    try:
        if lines and sealing.items() <= json.loads(lines[-1]).items():
            return ""
    except ValueError:
        raise ValueError(f"the last line of {path} is no JSON: restore it first") from None
    entry = {
        "number": len(lines) + 1,
        "previous": hashlib.sha256(lines[-1]).hexdigest() if lines else None,
        **sealing,
        "reason": reason,
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": _commit(),
    }
    line = json.dumps(entry, ensure_ascii=False)
    path.write_bytes(b"".join(one + b"\n" for one in [*lines, line.encode()]))
    return line


def _commit() -> str:
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


if __name__ == "__main__":
    given = [*sys.argv[1:], "", "results"] if len(sys.argv) < 2 else [*sys.argv[1:], "results"]
    try:
        print(bless(Path(given[1]), ROOT / "reference", given[0]) or "nothing changed")
    except ValueError as refused:
        sys.exit(f"not blessed: {refused}")
