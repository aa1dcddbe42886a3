"""The in-toto statement of a run: who signs it says with one signature what the results are and what made them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from duality.provenance.job_records import file_digest
from duality.provenance.sealed_run import MANIFEST, SealedRun, made_with

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "https://snakemake.readthedocs.io/en/stable/snakefiles/rules.html"
BUILDER = "https://snakemake.github.io"


def statement(run: SealedRun, targets: Iterable[str | Path], engine: str) -> dict[str, Any]:
    """An in-toto Statement with a SLSA provenance predicate, unsigned.

    It has no times, nor names of hosts or of people: the same run made again has the same statement.

    Parameters
    ----------
    run : SealedRun
    targets : iterable of path
        The results that the run was asked for; they are the subjects, and so is the manifest.
    engine : str
        The version of Snakemake.

    Sources
    -------
    https://in-toto.io/Statement/v1, https://slsa.dev/provenance/v1
    """
    subjects = {MANIFEST: file_digest(MANIFEST)}
    subjects |= {str(target): run.manifest["artifacts"][str(target)]["sha256"] for target in targets}
    made_from = {pair for record in run.records.values() for pair in made_with(record).items()}
    parameters: dict[str, Any] = {"snakefile": "Snakefile"}
    if config := run.manifest["artifacts"].get("results/config.yaml"):
        parameters["config"] = _described("results/config.yaml", config["sha256"])
    return {
        "_type": STATEMENT,
        "subject": [_described(name, digest) for name, digest in sorted(subjects.items())],
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": parameters,
                "resolvedDependencies": [
                    _described(name, digest) for name, digest in sorted(made_from | {*run.given.items()})
                ],
            },
            "runDetails": {
                "builder": {"id": BUILDER, "version": {"snakemake": engine}},
                "byproducts": [_described(name, digest) for name, digest in sorted(run.manifest["records"].items())],
            },
        },
    }


def _described(name: str, digest: str) -> dict[str, Any]:
    return {"name": name, "digest": {"sha256": digest}}
