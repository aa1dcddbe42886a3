"""python benchmark/paper.py: what every stage of the last run took, from benchmarks/, and its share of the whole.

Of the run are the jobs whose records its manifest seals. What else was made in the same folder, sweeps say, has
benchmarks too, and is no part of the paper.
"""

import csv
import json
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RECORDS = "results/provenance/"


def jobs_of_run(folder: Path) -> list[str]:
    """Names of the jobs of the run in a folder, as its manifest has them, and of the one that made the manifest."""
    manifest = json.loads((folder / "results/manifest.json").read_text(encoding="utf-8"))
    return [*(name.removeprefix(RECORDS).removesuffix(".json") for name in manifest["records"]), "manifest"]


def jobs_by_stage(folder: Path) -> dict[str, list[dict[str, float]]]:
    """Of every stage, the largest first, what its jobs took: seconds by the clock and of the processor, and MB."""
    stages = defaultdict(list)
    measured = (folder / "benchmarks" / f"{name}.tsv" for name in jobs_of_run(folder))
    for path in sorted(filter(Path.is_file, measured)):  # the job that writes the config down has none
        with open(path, encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        row = rows[-1]
        took = {"clock": float(row["s"]), "processor": float(row["cpu_time"]), "memory": float(row["max_rss"])}
        stages[path.relative_to(folder / "benchmarks").parts[0].removesuffix(".tsv")].append(took)
    return dict(sorted(stages.items(), key=lambda stage: -sum(job["processor"] for job in stage[1])))


def table(stages: dict[str, list[dict[str, float]]]) -> str:
    """A line per stage, and one for all."""
    everything = [job for jobs in stages.values() for job in jobs]
    whole = sum(job["processor"] for job in everything)
    lines = [f"{'stage':<14}{'jobs':>5}{'processor':>13}{'share':>8}{'longest job':>14}{'most memory':>14}"]
    for name, jobs in {**stages, "all": everything}.items():
        processor = sum(job["processor"] for job in jobs)
        longest, memory = (max(job[part] for job in jobs) for part in ("clock", "memory"))
        share = processor / whole if whole else 0.0
        lines.append(f"{name:<14}{len(jobs):>5}{processor:>11.1f} s{share:>8.1%}{longest:>12.1f} s{memory:>11.0f} MB")
    return "\n".join(lines)


def main() -> None:
    """Print."""
    if not (ROOT / "results/manifest.json").is_file():
        sys.exit("there is no whole run in results/: make reproduce first")
    print(table(jobs_by_stage(ROOT)))


if __name__ == "__main__":
    main()
