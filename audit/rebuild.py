"""Making artifacts again, each from its recorded inputs in an empty folder, by the code of the repository.

What is run is the workflow that lies beside this program, never anything of the folder under audit: of that the inputs,
their records and the config are copied, as data, and only if they are what the manifest seals.
"""

import random
import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from run import Run
from tree import Tree, Unreadable
from verdicts import Verdict

OWN = ("Snakefile", "config.yaml", "claims.yaml", "requirements.lock", "workflow", "profiles", "envs")
CONFIG = "results/config.yaml"


def copy_workflow(workflow: Path, place: Path) -> None:
    """Put what a run needs of the repository into an empty folder."""
    for own in OWN:
        source = workflow / own
        shutil.copytree(source, place / own) if source.is_dir() else shutil.copy2(source, place / own)


def chosen(run: Run, number: int, seed: int) -> list[str]:
    """Artifacts to make again, one of a job, drawn at random; what more depends on is drawn more often."""
    first = {run.artifacts[name]["record"]: name for name in reversed(run.artifacts) if run.record(name)}
    first.pop(run.artifacts.get(CONFIG, {}).get("record"), None)
    weights = {name: len(run.products(run.record(name)["outputs"])) for name in first.values()}
    drawn, generator = [], random.Random(seed)  # noqa: S311 (no secret hangs on it)
    while weights and len(drawn) < number:
        name = generator.choices(list(weights), list(weights.values()))[0]
        drawn.append(name)
        del weights[name]
    return drawn


def rebuilt(run: Run, name: str, found: dict[str, Verdict], workflow: Path, snakemake: str) -> Verdict:
    """The verdict on an artifact after all outputs of its job were made again; its reason tells how that went.

    Parameters
    ----------
    run : Run
    name : str
    found : mapping
        The verdicts so far: an artifact that did not pass, or whose inputs did not, is not made again.
    workflow : Path
        The repository.
    snakemake : str
        The program.
    """
    record = run.record(name)
    needed = [CONFIG, *(source for source in record["inputs"] if source in run.artifacts)]
    bad = [one for one in [name, *needed] if one not in found or not found[one].passed]
    if bad:
        return replace(found[name], reason=f"{found[name].reason}; not made again: {bad[0]} did not pass")
    with tempfile.TemporaryDirectory(prefix="rebuild-") as folder:
        place = Path(folder)
        copy_workflow(workflow, place)
        shutil.copyfile(run.tree.place(CONFIG), place / "config.yaml")
        for source in needed:
            for one in (source, run.artifacts[source]["record"]):
                (place / one).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(run.tree.place(one), place / one)
        command = [
            snakemake,
            "--cores",
            "1",
            "--quiet",
            "all",
            "--force",
            "--allowed-rules",
            record["rule"],
            "--",
            name,
        ]
        made = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
        if made.returncode:
            why = " ".join(made.stderr.split())[-300:]
            return replace(found[name], verdict="UNVERIFIED", reason=f"not made again: {why}")
        remade = Tree(place / "results")
        try:
            others = [one for one, was in record["outputs"].items() if remade.digest(one) != was["sha256"]]
        except Unreadable as error:
            return replace(found[name], verdict="UNVERIFIED", reason=f"made again, an output {error}")
    if others:
        return Verdict(others[0], "MISMATCH", "made again from the recorded inputs, it is another", record["rule"])
    return replace(found[name], reason="made again from the recorded inputs, the same bytes")
