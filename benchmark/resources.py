"""What each rule needs of memory and time, by the benchmarks of the run in this folder, beside what profiles/slurm has.

With --keep, what rules outside the paper needed goes to resources.csv, as no test makes them with the shipped config.

A job is ended at `mem_mb` of private memory, which is part of its virtual memory (`max_vms`). Slurm counts the resident
memory of all processes of a Slurm job, so that of the two Snakemakes on the node too. Jobs ran side by side, so that
seconds are those of a busy machine.
"""

import json
import sys
from pathlib import Path

import pandas as pd
import yaml

SNAKEMAKES = 250  # MB, resident, of the two that run on a node for each Slurm job
REPOSITORY = Path(__file__).resolve().parents[1]
PROFILE = REPOSITORY / "profiles/slurm/config.yaml"
KEPT = REPOSITORY / "benchmark/resources.csv"


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


def kept() -> pd.DataFrame:
    """The same of the rules outside the paper, from runs of the shipped config."""
    return pd.read_csv(KEPT, index_col="rule")


def keep(table: pd.DataFrame) -> None:
    """Put what `needed` found of rules outside the paper beside what is kept of others."""
    records = REPOSITORY.glob("reference/run/provenance/**/*.json")
    of_the_paper = {json.loads(path.read_text(encoding="utf-8"))["rule"] for path in records}
    own = set(yaml.safe_load(PROFILE.read_text(encoding="utf-8"))["groups"]) - of_the_paper
    new = table[table.index.isin(own)]
    before = kept() if KEPT.exists() else new[:0]
    pd.concat([before.drop(new.index, errors="ignore"), new]).sort_index().round(2).to_csv(KEPT)


def misjudged(table: pd.DataFrame) -> list[str]:
    """A line for each rule of which the profile asks for too little, or for far more than is needed.

    It must ask for 1.1 to 3 times the memory, and for 2 to 60 times the time, which depends on the machine; or for what
    every rule gets that says nothing, if that is more.
    """
    found, least = [], asked("")
    for rule, need in table.iterrows():
        wanted = asked(str(rule))
        for name, lowest, highest in (("mem_mb", 1.1, 3), ("runtime", 2, 60)):
            fits = lowest * need[name] < wanted[name] <= max(highest * need[name], least[name])
            found += [] if fits else [f"{rule}: {name} = {wanted[name]}, and {need[name]:.2f} are needed"]
    return found


def asked(rule: str) -> dict[str, int]:
    """Memory in MB and minutes that the profile asks for at a job's first attempt."""
    profile = yaml.safe_load(PROFILE.read_text(encoding="utf-8"))
    resources = {**profile["default-resources"], **profile["set-resources"].get(rule, {})}
    return {name: int(resources[name].removesuffix(" * attempt")) for name in ("mem_mb", "runtime")}


if __name__ == "__main__":
    table = needed(Path())
    if "--keep" in sys.argv:
        keep(table)
    for name in ("mem_mb", "runtime"):
        table[f"{name} asked"] = [asked(rule)[name] for rule in table.index]
    print(table.round(2).to_string())
    print(*misjudged(table), sep="\n")
