"""python benchmark/audit.py: seconds and memory of an audit of results/, beside those of reading and hashing its bytes.

Both are whole processes, run in turn, and the smallest of each is told: the machine may be busy.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 5
READING = """
import hashlib, pathlib
for path in pathlib.Path("results").rglob("*"):
    if path.is_file():
        with open(path, "rb") as file:
            hashlib.file_digest(file, "sha256")
"""
COMMANDS = {
    "reading": [sys.executable, "-c", READING],
    "audit": [sys.executable, "audit", "results"],
    "audit with reference": [sys.executable, "audit", "results", "--reference", "reference"],
    "audit with a page": [sys.executable, "audit", "results", "--html", os.devnull],
}


def measured(command: list[str]) -> tuple[float, float]:
    """Seconds and MiB of a process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) > 2:
        sys.exit(f"{' '.join(command[1:])} could not be run: make reproduce first")
    return seconds, used.ru_maxrss / 1024


def main() -> None:
    """Print the smallest of several rounds, and what an audit takes more than reading."""
    rounds = [{name: measured(command) for name, command in COMMANDS.items()} for _ in range(ROUNDS)]
    best = {name: [min(one[name][part] for one in rounds) for part in (0, 1)] for name in COMMANDS}
    size = sum(path.stat().st_size for path in (ROOT / "results").rglob("*") if path.is_file()) / 1e6
    print(f"{size:.0f} MB in results/")
    for name, (seconds, memory) in best.items():
        more = f", {seconds - best['reading'][0]:.2f} s and {memory - best['reading'][1]:.0f} MiB more than reading"
        print(f"{name:<22}{seconds:6.2f} s {memory:6.0f} MiB{more if name != 'reading' else ''}")


if __name__ == "__main__":
    main()
