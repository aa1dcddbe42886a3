"""What more data cost before a job starts, and when their histograms are merged: time and memory against shards.

A plan is that of `snakemake -n` for everything, in a copy of the repository without results. Each is made by a process
of its own, whose peak of memory and time of the processor the operating system tells. A process starts with the peak of
the one that starts it: what takes memory is imported by the processes that are measured, and not here.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow/scripts"))

from duality.config.division import division

ROOT = Path(__file__).resolve().parents[1]
PLANNED = (2, 16, 100, 1000, 4769, 10_000)  # shards; 4769 of the default size are 10¹⁰ samples of a class
MERGED = (2, 100, 1000, 4000)
_FILES = 20


def measured(*command: str | Path, folder: str | Path) -> tuple[float, float, float]:
    """Seconds by the clock, seconds of the processor and MiB of a command, with all processes that it waits for."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(said.decode())
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def plans(folder: Path) -> None:
    """Print what plans cost."""
    for name in ("Snakefile", "config.yaml", "claims.yaml", "CITATION.cff", "requirements.lock"):
        shutil.copy2(ROOT / name, folder)
    for name in ("workflow", "profiles", "envs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    dataset = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["dataset"]
    print(
        "snakemake -n: shards, samples of a class, jobs of an experiment that draw more, seconds (processor), peak MiB"
    )
    for shards in PLANNED:
        (folder / "more.yaml").write_text(f"dataset: {{shards: {shards}}}\n", encoding="utf-8")
        command = (sys.executable, "-m", "snakemake", "-n", "-q", "all", "--configfile", "more.yaml")
        wall, cpu, peak = measured(*command, folder=folder)
        jobs = len(division(shards, dataset["training_shards"])["batches"])
        samples = shards * dataset["samples_per_shard"]
        print(f"  {shards:6d} {samples:10.1e} {jobs:6d} {wall:8.1f} ({cpu:.1f}) {peak:8.0f}", flush=True)


def merge(folder: str, number: int) -> None:
    """Add up the sums of so many jobs; there are some, which are read again and again."""
    from duality.records.fluctuations import FluctuationSums

    merged = FluctuationSums.none(("zeros", "ones"))
    for job in range(number):
        merged.add(Path(folder) / f"{job % _FILES}.npz")
        merged.summaries.clear()  # so that one may come twice


def count(folder: str, number: int) -> None:
    """The sums of so many jobs of a shard."""
    import numpy as np

    from duality.fluctuations.extraction import Extraction
    from duality.formulas.compose import compose
    from duality.records.estimates import Frozen

    random = np.random.default_rng(1)
    composition = compose("1/(1 + exp(-y))", "(f - x2)**2", [0, 1])
    extraction = Extraction(composition, Frozen(16.0, -8.0, 0.1), ("zeros", "ones"))
    for job in range(number):
        drawn = [(name, job, random.normal(mean, 0.25, 1 << 21)) for mean, name in enumerate(("zeros", "ones"))]
        extraction.count(drawn).write(Path(folder) / f"{job}.npz")


def merges(folder: Path) -> None:
    """Print what merging costs."""

    def call(function: str, number: int) -> tuple[float, float, float]:
        code = f"from shards import {function}; {function}({str(folder)!r}, {number})"
        return measured(sys.executable, "-c", code, folder=Path(__file__).parent)

    call("count", _FILES)
    size = sum(path.stat().st_size for path in folder.iterdir()) / _FILES
    print(f"merging: sums of {size / 1e6:.1f} MB each, seconds (processor), peak MiB with Python and the libraries")
    for number in MERGED:
        wall, cpu, peak = call("merge", number)
        print(f"  {number:6d} {wall:8.1f} ({cpu:.1f}) {peak:8.0f}", flush=True)


if __name__ == "__main__":
    for part in (plans, merges):
        with tempfile.TemporaryDirectory() as place:
            part(Path(place))
