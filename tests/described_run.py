"""Results of one job, its record and the manifest, as jobs leave them, in no time: what they hold does not matter."""

import json

from mutated_results import MANIFEST, resealed, sha256

MAPPINGS = ("code", "config", "environment", "inputs", "outputs", "params", "pins", "workflow")
RECORD, TABLE = "results/provenance/table.json", "results/table/table.csv"


def write_record(folder, name, by, made_of_it, **more):
    """A record as a job leaves it, of outputs that are there."""
    made = {
        one: {"sha256": sha256(folder / one), "size": (folder / one).stat().st_size, "content": None}
        for one in made_of_it
    }
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({"rule": by, **{key: {} for key in MAPPINGS}, "outputs": made, **more}), encoding="utf-8"
    )
    return made


def seal(folder, made):
    """Write the manifest of what that record tells of."""
    artifacts = {name: {**one, "record": RECORD} for name, one in made.items()}
    sealed = {"format": 1, "records": {RECORD: sha256(folder / RECORD)}, "artifacts": artifacts, "root": ""}
    (folder / MANIFEST).write_text(json.dumps(sealed), encoding="utf-8")
    resealed(folder, dict)


def describe(folder):
    """Write results of one job into an empty folder, and all that tells of them."""
    (folder / "results/table").mkdir(parents=True)
    (folder / "Snakefile").write_text("", encoding="utf-8")
    (folder / TABLE).write_text("class,k\nzeros,1\n", encoding="utf-8")
    seal(folder, write_record(folder, RECORD, "table", [TABLE]))
    return folder
