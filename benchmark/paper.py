"""python benchmark/paper.py: what every stage of the last run took, from benchmarks/, and its share of the whole."""

import csv
import sys
from collections import defaultdict
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


def jobs_by_stage(folder: Path) -> dict[str, list[dict[str, float]]]:
    """Of every stage, the largest first, what its jobs took: seconds by the clock and of the processor, and MB."""
    stages = defaultdict(list)
    for path in sorted(folder.rglob("*.tsv")):
        with open(path, encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        row = rows[-1]
        took = {"clock": float(row["s"]), "processor": float(row["cpu_time"]), "memory": float(row["max_rss"])}
        stages[path.relative_to(folder).parts[0].removesuffix(".tsv")].append(took)
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
    stages = jobs_by_stage(BENCHMARKS)
    if not stages:
        sys.exit("there are no benchmarks: make reproduce first")
    print(table(stages))


if __name__ == "__main__":
    main()
