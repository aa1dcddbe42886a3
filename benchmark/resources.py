"""What each rule needs of memory and time, by the benchmarks of the run in this folder, beside what profiles/slurm has.

A job is ended at `mem_mb` of private memory, which is part of its virtual memory (`max_vms`). Slurm counts the resident
memory of all processes of a Slurm job, so that of the two Snakemakes on the node too. Jobs ran side by side, so that
seconds are those of a busy machine.
"""

import json
from pathlib import Path

import pandas as pd
import yaml

SNAKEMAKES = 250  # MB, resident, of the two that run on a node for each Slurm job
PROFILE = Path(__file__).resolve().parents[1] / "profiles/slurm/config.yaml"


def needed(folder: Path) -> pd.DataFrame:
    """Per rule the largest memory in MB and the longest time in minutes that a job of it needed; and of how many jobs.

    The record of a job, whose benchmark has the same path, tells its rule.
    """
    rows = []
    for path in sorted(folder.glob("benchmarks/**/*.tsv")):
        record = folder / "results/provenance" / path.relative_to(folder / "benchmarks").with_suffix(".json")
        measured = pd.read_csv(path, sep="\t", na_values="-").max(numeric_only=True)
        memory = max(measured["max_vms"], measured["max_rss"] + SNAKEMAKES)
        rule = json.loads(record.read_text(encoding="utf-8"))["rule"]
        rows.append({"rule": rule, "jobs": 1, "mem_mb": memory, "runtime": measured["s"] / 60})
    return pd.DataFrame(rows).groupby("rule").agg({"jobs": "sum", "mem_mb": "max", "runtime": "max"})


def asked(rule: str) -> dict[str, int]:
    """Memory in MB and minutes that the profile asks for at a job's first attempt."""
    profile = yaml.safe_load(PROFILE.read_text(encoding="utf-8"))
    resources = {**profile["default-resources"], **profile["set-resources"].get(rule, {})}
    return {name: int(resources[name].removesuffix(" * attempt")) for name in ("mem_mb", "runtime")}


if __name__ == "__main__":
    table = needed(Path())
    for name in ("mem_mb", "runtime"):
        table[f"{name} asked"] = [asked(rule)[name] for rule in table.index]
    print(table.round(2).to_string())
