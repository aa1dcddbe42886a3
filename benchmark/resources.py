"""What each rule needs of memory and time, by the benchmarks of the run in this folder, beside what profiles/slurm has.

With --keep, what rules outside the paper needed goes to resources.csv, as no test makes them with the shipped config.

A job is ended at `mem_mb` of private memory, which is part of its virtual memory (`max_vms`). Slurm counts the resident
memory of all processes of a Slurm job, so that of the two Snakemakes on the node too. Jobs ran side by side, so that
seconds are those of a busy machine.
"""

import contextlib
import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from snakemake.api import SnakemakeApi
from snakemake.cli import parse_set_resources
from snakemake.resources import Resources
from snakemake.rules import Rule
from snakemake.settings.types import ResourceSettings

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
    """Put what `needed` found of rules outside the paper beside what is kept of others.

    Snakemake looks at a job's memory every half second, and after a quarter of a minute every half minute. So a run may
    miss the most, on a busy machine above all, and only raises what is kept; a row that is deleted is measured anew.
    """
    records = REPOSITORY.glob("reference/run/provenance/**/*.json")
    of_the_paper = {json.loads(path.read_text(encoding="utf-8"))["rule"] for path in records}
    own = set(yaml.safe_load(PROFILE.read_text(encoding="utf-8"))["groups"]) - of_the_paper
    new = table[table.index.isin(own)]
    before = kept() if KEPT.exists() else new[:0]
    pd.concat([before, new]).groupby("rule").max().round(2).to_csv(KEPT)


def misjudged(table: pd.DataFrame) -> list[str]:
    """A line for each rule of which the profile asks for too little, or for far more than is needed.

    It must ask for 1.1 to 3 times the memory, and for 2 to 60 times the time, which depends on the machine; or for what
    every rule gets that says nothing, if that is more.
    """
    found, least = [], default()
    for rule, need in table.iterrows():
        wanted = asked(str(rule))
        for name, lowest, highest in (("mem_mb", 1.1, 3), ("runtime", 2, 60)):
            fits = lowest * need[name] < wanted[name] <= max(highest * need[name], least[name])
            found += [] if fits else [f"{rule}: {name} = {wanted[name]}, and {need[name]:.2f} are needed"]
    return found


def asked(rule: str, attempt: int = 1, profile: Path = PROFILE) -> dict[str, int]:
    """Memory in MB and minutes that a job of a rule asks for at an attempt, as Snakemake has it by a profile.

    That is what `set-resources` has; else what the rule itself has, be it more or less than the profile's default.
    """
    found = _rules(profile)[rule].expand_resources(wildcards=None, input=[], attempt=attempt)
    return {name: int(found[name]) for name in ("mem_mb", "runtime")}


def default(profile: Path = PROFILE) -> dict[str, int]:
    """The same of a rule that says nothing, and of which the profile says nothing, at the first attempt."""
    resources = yaml.safe_load(profile.read_text(encoding="utf-8"))["default-resources"]
    return {name: int(resources[name].removesuffix(" * attempt")) for name in ("mem_mb", "runtime")}


def settings(profile: dict[str, Any]) -> ResourceSettings:
    """The resources of a profile, as Snakemake reads them."""
    defaults = [f"{name}={value}" for name, value in profile["default-resources"].items()]
    own = [f"{rule}:{name}={v}" for rule, wanted in profile["set-resources"].items() for name, v in wanted.items()]
    return ResourceSettings(
        default_resources=Resources.parse(defaults, allow_expressions=True),
        overwrite_resources=parse_set_resources(own),
    )


@cache
def _rules(profile: Path) -> dict[str, Rule]:
    """The rules with the resources that Snakemake gives them by a profile."""
    wanted = settings(yaml.safe_load(profile.read_text(encoding="utf-8")))
    with contextlib.chdir(REPOSITORY), SnakemakeApi() as api:  # by the config that is shipped, wherever the run is
        workflow = api.workflow(wanted, snakefile=REPOSITORY / "Snakefile")._workflow
        return {rule.name: rule for rule in workflow.rules}


if __name__ == "__main__":
    table = needed(Path())
    if "--keep" in sys.argv:
        keep(table)
    for name in ("mem_mb", "runtime"):
        table[f"{name} asked"] = [asked(rule)[name] for rule in table.index]
    print(table.round(2).to_string())
    print(*misjudged(table), sep="\n")
