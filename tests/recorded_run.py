"""A small run for the exports, made with what the jobs use to record, and the job that exports it."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import yaml
from conftest import ROOT

from duality.provenance.job_records import checked_digests, described, file_digest, pins, record_of, write_record
from duality.provenance.manifest import manifest

CITATION = {
    "title": "A small run",
    "authors": [{"name": "Its developers"}, {"family-names": "Doe", "given-names": "Ann"}],
    "version": "0.1.0",
    "license": "MIT",
    "date-released": "2026-01-31",
    "references": [{"title": "A paper", "authors": [{"family-names": "Roe"}], "url": "https://example.org/paper"}],
}
WORKFLOW = {
    "CITATION.cff": yaml.safe_dump(CITATION),
    "Snakefile": "rule all:\n",
    "requirements.lock": "numpy==2\n",
    "workflow/rules/a.smk": "rule training:\n",
    "workflow/scripts/config.py": "# config\n",
    "workflow/scripts/training.py": "# training\n",
    "workflow/scripts/duality/sgd.py": "# sgd\n",
    "workflow/scripts/figure.py": "# figure\n",
    "workflow/scripts/manifest.py": "# manifest\n",
    "claims.yaml": "[]\n",
}
CODE = {
    "config": ["config.py"],
    "training": ["training.py", "duality/sgd.py"],
    "figure": ["figure.py"],
    "manifest": ["manifest.py"],
}
TARGETS = ["results/config.yaml", "results/figures/figure 1.csv"]
ENVIRONMENT = {"python": "3.11.7", "packages": {"numpy": "2.4.6"}, "variables": {"NPY_ENABLE_CPU_FEATURES": "X86_V3"}}
JOB = """
    import builtins, runpy, sys
    from pathlib import Path
    from types import SimpleNamespace
    from snakemake.iocontainers import InputFiles, OutputFiles, Params, Wildcards

    def named(kind, **lists):
        files = kind([file for files in lists.values() for file in files])
        start = 0
        for name, one in lists.items():
            files._set_name(name, start, None if name in ALONE else start + len(one))
            start += len(one)
        return files

    ALONE = {"manifest", "crate", "statement"}
    files = FILES
    sys.path.insert(0, SCRIPTS)
    builtins.snakemake = SimpleNamespace(
        rule="crate",
        scriptdir=str(Path("workflow/scripts").absolute()),
        log="logs/crate.log",
        wildcards=Wildcards(),
        params=Params(fromdict={"files": files, "engine": "9.19.0", "epoch": EPOCH}),
        input=named(InputFiles, manifest=["results/manifest.json"], targets=TARGETS),
        output=named(
            OutputFiles,
            crate=["results/ro-crate-metadata.json"],
            statement=["results/manifest.intoto.json"],
            workflow=[f"results/workflow/{name}" for name in files],
        ),
        resources={},
    )
    for path in builtins.snakemake.output:  # as Snakemake does
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    runpy.run_path(f"{SCRIPTS}/crate.py")
"""


def make(rule, log, inputs, outputs, wildcards=None, **params):
    """What a job leaves: outputs, and the record of them."""
    for name, write in outputs.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        write(name)
    record = {
        "rule": rule,
        "wildcards": wildcards or {},
        "params": params,
        "code": {module: file_digest(f"workflow/scripts/{module}") for module in CODE[rule]},
        "workflow": {name: file_digest(name) for name in ("requirements.lock", "Snakefile", "workflow/rules/a.smk")},
        "inputs": checked_digests(inputs),
        "outputs": {name: described(name) for name in outputs},
        "environment": ENVIRONMENT,
        "pins": pins(ENVIRONMENT["packages"]),
    }
    write_record(record_of(log), record)


def text(content):
    return lambda name: Path(name).write_text(content, encoding="utf-8")


def make_run(seed=1):
    """In the working folder: a config; trainings of two experiments, one with data of one's own; a figure of both."""
    for name, content in WORKFLOW.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(content, encoding="utf-8")
    Path("mine.csv").write_text("1\n", encoding="utf-8")
    make("config", "logs/config.log", [], {"results/config.yaml": text(f"seed: {seed}\n")}, config={"seed": seed})
    trained = []
    for number, experiment in enumerate(["relu_mse", "sigmoid_mse"]):
        output = f"results/training/{experiment}/trajectory.npz"
        inputs = ["mine.csv", "claims.yaml"] if number else []
        save = {output: lambda name, n=number: np.savez(name, w=np.arange(5.0) + n)}
        make("training", f"logs/training/{experiment}.log", inputs, save, {"experiment": experiment}, gamma=0.1)
        trained.append(output)
    made = {"results/figures/figure 1.csv": text("q,p\n1,2\n"), "results/figures/figure 1.txt": text("γ")}
    make("figure", "logs/figures.log", trained, made, title="γ ≪ 1", window=None)
    seal()


def seal():
    """Write the manifest, as its job does."""
    content = json.dumps(manifest(TARGETS), indent=1) + "\n"
    make("manifest", "logs/manifest.log", TARGETS, {"results/manifest.json": text(content)})


def export(epoch=None, **environment):
    """Run the script of the rule in the working folder, and tell how it ended."""
    given = {"SCRIPTS": str(ROOT / "workflow/scripts"), "FILES": sorted(WORKFLOW), "EPOCH": epoch, "TARGETS": TARGETS}
    lines = [f"{name} = {value!r}" for name, value in given.items()]
    Path("job.py").write_text("\n".join(lines) + textwrap.dedent(JOB), encoding="utf-8")
    Path("logs").mkdir(exist_ok=True)
    variables = os.environ | environment
    return subprocess.run([sys.executable, "job.py"], env=variables, capture_output=True, text=True, check=False)


def graph():
    """The entities of the crate by their names."""
    content = json.loads(Path("results/ro-crate-metadata.json").read_text(encoding="utf-8"))
    return {entity["@id"]: entity for entity in content["@graph"]}
