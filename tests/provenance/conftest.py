"""A small run for the exports, made with what the jobs use to record; and a validator that has no network."""

import json
import socket
from pathlib import Path

import numpy as np
import pytest
import yaml
from requests_cache import CachedRequest, CachedResponse, CachedSession

from duality.provenance.crate import crate, date_published, read_citation
from duality.provenance.job_records import checked_digests, described, file_digest, record_of, write_record
from duality.provenance.manifest import manifest
from duality.provenance.sealed_run import read_sealed_run
from duality.provenance.statement import statement

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
    "claims.yaml": "[]\n",
}
CODE = {"config": ["config.py"], "training": ["training.py", "duality/sgd.py"], "figure": ["figure.py"]}
TARGETS = ["results/config.yaml", "results/figures/figure 1.csv"]
ENVIRONMENT = {"python": "3.11.7", "packages": {"numpy": "2.4.6"}, "variables": {"NPY_ENABLE_CPU_FEATURES": "X86_V3"}}
CONTEXTS = {
    "https://w3id.org/ro/crate/1.1/context": "ro_crate_1_1.jsonld",
    "https://w3id.org/ro/terms/workflow-run/context": "workflow_run.jsonld",
}


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
    }
    write_record(record_of(log), record)


def text(content):
    return lambda name: Path(name).write_text(content, encoding="utf-8")


def make_run():
    """In the working folder: a config; trainings of two experiments, one with data of one's own; a figure of both."""
    for name, content in WORKFLOW.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(content, encoding="utf-8")
    Path("mine.csv").write_text("1\n", encoding="utf-8")
    make("config", "logs/config.log", [], {"results/config.yaml": text("seed: 1\n")}, config={"seed": 1})
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
    Path("results/manifest.json").write_text(json.dumps(manifest(TARGETS), indent=1) + "\n", encoding="utf-8")


def export(epoch=None):
    """Write what the rule writes, as its script does; the crate's text."""
    copies = {}
    for name in WORKFLOW:
        copies[name] = Path("results/workflow", name)
        copies[name].parent.mkdir(parents=True, exist_ok=True)
        copies[name].write_bytes(Path(name).read_bytes())
    run = read_sealed_run("results/manifest.json", copies)
    told = json.dumps(statement(run, TARGETS, "9.19.0"), indent=1, sort_keys=True)
    Path("results/manifest.intoto.json").write_text(told, encoding="utf-8")
    citation = read_citation(copies["CITATION.cff"])
    made = crate(
        run, copies, {"manifest.intoto.json": Path("results/manifest.intoto.json")}, targets=TARGETS,
        citation=citation, published=date_published(epoch, citation), engine="9.19.0",
    )  # fmt: skip
    Path("results/ro-crate-metadata.json").write_text(made, encoding="utf-8")
    return made


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The working folder is one with the small run; it has no exports yet."""
    monkeypatch.chdir(tmp_path)
    make_run()
    return tmp_path


@pytest.fixture
def no_network(monkeypatch):
    """Whoever opens a connection fails."""

    def refuse(*_):
        raise AssertionError("this test has no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="session")
def contexts(tmp_path_factory):
    """The validator's cache of what it would fetch: the two contexts that a crate names."""
    cache = tmp_path_factory.mktemp("validator") / "cache"
    with CachedSession(cache_name=str(cache), backend="sqlite") as session:
        for url, name in CONTEXTS.items():
            content = (Path(__file__).parent / name).read_bytes()
            request = CachedRequest(method="GET", url=url)
            kind = {"Content-Type": "application/ld+json"}
            response = CachedResponse(status_code=200, url=url, headers=kind, request=request, content=content)
            session.cache.save_response(response)
    return cache
