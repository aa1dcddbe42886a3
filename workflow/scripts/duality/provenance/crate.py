"""A run as a research object: a Provenance Run Crate, which tells in a common vocabulary what was made by what.

The crate is the folder of results. It holds a copy of the workflow: a file outside of a crate cannot be a part of it.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

import yaml
from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from duality.errors import InputError
from duality.provenance.job_records import file_digest
from duality.provenance.sealed_run import MANIFEST, SealedRun, changed_since
from duality.provenance.source_date import source_date

METADATA = "ro-crate-metadata.json"
WORKFLOW = "workflow"
_RESULTS = "results"
_WFRUN_CONTEXT = "https://w3id.org/ro/terms/workflow-run/context"
_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/ro/wfrun/provenance/0.5": "Provenance Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
_LANGUAGE = "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"
_ENGINE = "https://snakemake.github.io"
_DONE = "http://schema.org/CompletedActionStatus"
# Not the system's own table of types: that differs from one to the other.
_TYPES = {
    ".cff": "application/yaml", ".csv": "text/csv", ".html": "text/html", ".json": "application/json",
    ".lock": "text/plain", ".md": "text/markdown", ".npy": "application/octet-stream", ".npz": "application/zip",
    ".pdf": "application/pdf", ".png": "image/png", ".py": "text/x-python", ".rst": "text/x-rst", ".smk": "text/plain",
    ".svg": "image/svg+xml", ".tex": "text/x-tex", ".txt": "text/plain", ".yaml": "application/yaml", "": "text/plain",
}  # fmt: skip


def read_citation(path: str | Path) -> dict[str, Any]:
    """What a CITATION.cff says.

    Raises
    ------
    InputError
        If it has no title, authors, version, licence or date of release.
    """
    try:
        citation = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        lacking = [key for key in ("title", "authors", "version", "license", "date-released") if not citation.get(key)]
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError) as error:
        raise InputError(f"{Path(path).name} cannot be read as YAML with keys: {error}") from error
    if lacking:
        raise InputError(f"{Path(path).name} lacks {', '.join(lacking)}")
    return dict(citation)


def date_published(epoch: str | None, citation: Mapping[str, Any]) -> str:
    """When the crate counts as published, in ISO 8601; never the time of now, so that a crate can be made again.

    Parameters
    ----------
    epoch : str or None
        What SOURCE_DATE_EPOCH is; None if it is not set.
    citation : mapping
        That of CITATION.cff, whose date of release counts otherwise.

    Raises
    ------
    InputError
        If what counts is no date.
    """
    if (date_given := source_date(epoch)) is not None:
        return date_given
    released = citation["date-released"]
    try:
        return date.fromisoformat(str(released)).isoformat()
    except ValueError as error:
        raise InputError(f"date-released of CITATION.cff must be a date like 2026-01-31, not {released}") from error


def crate(
    run: SealedRun,
    workflow: Mapping[str, str | Path],
    beside: Mapping[str, str | Path],
    *,
    targets: Iterable[str | Path],
    citation: Mapping[str, Any],
    published: str,
    engine: str,
) -> str:
    """The text of ro-crate-metadata.json.

    Parameters
    ----------
    run : SealedRun
    workflow : mapping of str to path
        The files of the workflow; the crate has them below workflow/.
    beside : mapping of str to path
        More files of the crate by their names in it, such as the statement, and where they are now.
    targets : iterable of path
        The results that the run was asked for.
    citation : mapping
        That of CITATION.cff.
    published : str
        The date of `date_published`.
    engine : str
        The version of Snakemake.

    Returns
    -------
    str
        JSON-LD, keys and entities in order: a run made again has the same text.

    Sources
    -------
    https://w3id.org/ro/crate/1.1, https://w3id.org/ro/wfrun/provenance/0.5
    """
    made = _Crate(run, citation, engine)
    made.describe(citation, published)
    made.add_files(workflow, beside)
    made.add_workflow(workflow)
    made.add_jobs()
    made.add_run([*map(str, targets)])
    return made.text()


class _Crate:
    """A crate that is being filled; the libraries' entities are only added to, so that their order does not matter."""

    def __init__(self, run: SealedRun, citation: Mapping[str, Any], engine: str):
        self.run = run
        self.version = str(citation["version"])
        self.engine = engine
        self.crate = ROCrate(version="1.1")
        self.crate.metadata.extra_contexts.append(_WFRUN_CONTEXT)
        self.crate.metadata["conformsTo"] = [
            _ref("https://w3id.org/ro/crate/1.1"), _ref("https://w3id.org/workflowhub/workflow-ro-crate/1.0")
        ]  # fmt: skip
        self.actions: list[str] = []

    def add(self, address: str, kind: str, /, **properties: Any) -> dict[str, str]:
        """Add an entity that is no file, and return the reference to it."""
        kept = {key: value for key, value in properties.items() if value not in ([], None)}
        self.crate.add(ContextEntity(self.crate, address, properties={"@type": kind, **kept}))
        return _ref(address)

    def add_file(self, name: str, path: str | Path, **properties: Any) -> None:
        """Add a file of the crate with its digest, size and type."""
        kind = _TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")
        told = {"name": name, "sha256": file_digest(path), "contentSize": str(Path(path).stat().st_size)}
        self.crate.add_file(path, name, properties={**told, "encodingFormat": kind, **properties})

    def describe(self, citation: Mapping[str, Any], published: str) -> None:
        """The root: what the whole is, by whom, and what it reproduces."""
        root = self.crate.root_dataset
        root["name"] = str(citation["title"])
        root["description"] = (
            "The results of one run of a workflow, the workflow itself, and for every job what it was made from."
        )
        root["version"] = self.version
        root["datePublished"] = published
        licence = str(citation["license"])
        root["license"] = self.add(
            f"https://spdx.org/licenses/{licence}", "CreativeWork", name=licence,
            description=f"The licence that SPDX calls {licence}", url=f"https://spdx.org/licenses/{licence}",
        )  # fmt: skip
        authors = [self._author(f"#author-{n}", who) for n, who in enumerate(citation["authors"], 1)]
        root["author"], root["creator"] = authors, authors
        root["conformsTo"] = [
            self.add(uri, "CreativeWork", name=name, version=uri.rsplit("/", 1)[1]) for uri, name in _PROFILES.items()
        ]
        papers = [paper for paper in citation.get("references", []) if paper.get("url")]
        if papers:
            root["citation"] = [
                self.add(
                    paper["url"], "ScholarlyArticle", name=paper["title"],
                    author=[
                        self._author(f"{paper['url']}#author-{n}", who) for n, who in enumerate(paper["authors"], 1)
                    ],
                )
                for paper in papers
            ]  # fmt: skip

    def _author(self, address: str, who: Mapping[str, Any]) -> dict[str, str]:
        if "name" in who:
            return self.add(who.get("website", address), "Organization", name=who["name"])
        names = {"givenName": who.get("given-names"), "familyName": who.get("family-names")}
        full = " ".join(name for name in names.values() if name)
        return self.add(who.get("orcid", address), "Person", name=full, **names)

    def add_files(self, workflow: Mapping[str, str | Path], beside: Mapping[str, str | Path]) -> None:
        """What the crate holds: results, records, the manifest, the copy of the workflow."""
        for name in [*self.run.manifest["artifacts"], *self.run.manifest["records"]]:
            self.add_file(_below_root(name), name)
        self.add_file(_below_root(MANIFEST), MANIFEST, description="Seals the records of all jobs, and all results")
        for name, path in beside.items():
            self.add_file(name, path)
        for name, path in workflow.items():
            self.add_file(f"{WORKFLOW}/{name}", path)

    def add_workflow(self, workflow: Mapping[str, str | Path]) -> None:
        """The Snakefile, and a step and a tool for each of its rules."""
        main = f"{WORKFLOW}/Snakefile"
        language = self.add(
            _LANGUAGE, "ComputerLanguage", name="Snakemake", version=self.engine, url=_ref(_ENGINE),
            identifier=_ref(_ENGINE),
        )  # fmt: skip
        self.add_file(main, workflow["Snakefile"])
        entity = self.crate.dereference(main)
        entity._jsonld["@type"] = ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"]
        self.crate.mainEntity = entity
        entity["programmingLanguage"] = language
        entity["version"] = self.version
        entity["hasPart"] = [self._tool(rule, names) for rule, names in self.run.rules.items()]
        entity["step"] = [
            self.add(f"#step/{rule}", "HowToStep", name=rule, position=str(n), workExample=_ref(f"#rule/{rule}"))
            for n, rule in enumerate(self.run.rules, 1)
        ]
        config = "results/config.yaml"
        if config in self.run.manifest["artifacts"]:
            parameter = self.add(
                "#parameter/config", "FormalParameter", name="config", additionalType="File",
                description="The config as it was used, overlays included", workExample=_ref(_inside(config)),
            )  # fmt: skip
            entity["input"] = [parameter]
            self.crate.dereference(_inside(config))["exampleOfWork"] = parameter

    def _tool(self, rule: str, names: list[str]) -> dict[str, str]:
        """A rule as the program that its jobs ran: the modules that they imported, and what those need."""
        records = [self.run.records[name] for name in names]
        needed = {pair for record in records for pair in record.get("environment", {}).get("packages", {}).items()}
        pythons = {record["environment"]["python"] for record in records if "environment" in record}
        return self.add(
            f"#rule/{rule}", "SoftwareApplication", name=rule, softwareVersion=self.version,
            description=f"What the rule {rule} of the Snakefile runs",
            input=[
                self.add(
                    _address("parameter", rule, name), "FormalParameter", name=name, additionalType="Text",
                    workExample=_refs(_address("job", _job(job), name) for job in names if name in _parameters(
                        self.run.records[job])),
                )
                for name in sorted({name for record in records for name in _parameters(record)})
            ],
            hasPart=_refs(sorted({_copied(f"workflow/scripts/{name}") for job in records for name in job["code"]})),
            softwareRequirements=[
                self.add(_address("software", f"{name}-{version}"), "SoftwareApplication", name=name,
                         softwareVersion=version)
                for name, version in sorted(needed | {("python", version) for version in pythons})
            ],
        )  # fmt: skip

    def add_jobs(self) -> None:
        """What was done: for each job an action, and that of starting it."""
        for name in sorted(self.run.records):
            record, job = self.run.records[name], _job(name)
            rule = record["rule"]
            parameters = [
                self.add(
                    _address("job", job, parameter), "PropertyValue", name=parameter, value=value,
                    exampleOfWork=_ref(_address("parameter", rule, parameter)),
                )
                for parameter, value in sorted(_parameters(record).items())
            ]  # fmt: skip
            variables = [
                self.add(_address("variable", f"{key}={value}"), "PropertyValue", name=key, value=value)
                for key, value in sorted(record.get("environment", {}).get("variables", {}).items())
            ]
            wildcards = ", ".join(f"{key} {value}" for key, value in record.get("wildcards", {}).items())
            told = f"Job of the rule {rule}{f' for {wildcards}' if wildcards else ''}"
            if changed := [*changed_since(record, self.run)]:
                told += f"; since it was run these files of the workflow have changed: {', '.join(changed)}"
            action = self.add(
                _address("job", job), "CreateAction", name=f"{rule} {wildcards}".strip(), description=told,
                instrument=_ref(f"#rule/{rule}"), object=[*map(self._data, record["inputs"]), *parameters],
                result=_refs(_inside(output) for output in record["outputs"]), actionStatus=_DONE,
                environment=variables, subjectOf=_ref(_inside(name)),
            )  # fmt: skip
            self.actions.append(action["@id"])
            self.add(
                _address("start", job), "ControlAction", name=f"start of {rule} {wildcards}".strip(),
                instrument=_ref(f"#step/{rule}"), object=action, actionStatus=_DONE,
            )  # fmt: skip

    def _data(self, name: str) -> dict[str, str]:
        """What a job read: a file of the crate, or one that only the user has."""
        if name in self.run.makers:
            return _ref(_inside(name))
        if name in self.run.workflow:
            return _ref(_copied(name))
        told = "A file of the user, which the crate does not hold"
        return self.add(
            _address("given", name), "CreativeWork", name=name, sha256=self.run.given[name], description=told
        )

    def add_run(self, targets: list[str]) -> None:
        """The run as a whole, and Snakemake, which organized it."""
        config = [_ref("config.yaml")] if "results/config.yaml" in self.run.manifest["artifacts"] else []
        whole = self.add(
            "#run", "CreateAction", name="The run", description="One run of the workflow, with all of its jobs",
            instrument=_ref(_copied("Snakefile")), object=config + [self._data(name) for name in self.run.given],
            result=_refs(sorted({_inside(target) for target in [*targets, MANIFEST]})), actionStatus=_DONE,
        )  # fmt: skip
        engine = self.add(
            _ENGINE, "SoftwareApplication", name="Snakemake", softwareVersion=self.engine, url=_ref(_ENGINE)
        )
        self.add(
            "#engine", "OrganizeAction", name=f"Run of Snakemake {self.engine}", instrument=engine, result=whole,
            object=_refs(_address("start", _job(name)) for name in sorted(self.run.records)), actionStatus=_DONE,
        )  # fmt: skip
        self.crate.root_dataset["mentions"] = _refs(["#run", *self.actions, "#engine"])

    def text(self) -> str:
        """The graph as JSON; entities by their names, but first the descriptor and the root; no list of one value."""
        self.crate.root_dataset.properties()["hasPart"].sort(key=lambda part: part["@id"])
        graph = self.crate.metadata.generate()
        first = (METADATA, "./")
        entities = sorted(graph["@graph"], key=lambda one: (one["@id"] not in first, one["@id"] == "./", one["@id"]))
        graph["@graph"] = [
            {key: value[0] if isinstance(value, list) and len(value) == 1 else value for key, value in entity.items()}
            for entity in entities
        ]
        return json.dumps(graph, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _ref(name: str) -> dict[str, str]:
    return {"@id": name}


def _refs(names: Iterable[str]) -> list[dict[str, str]]:
    return [_ref(name) for name in names]


def _address(*parts: str) -> str:
    """The name of an entity inside the crate."""
    return f"#{'/'.join(quote(part, safe='/=.') for part in parts)}"


def _below_root(name: str) -> str:
    """A result's name as seen from the crate's root."""
    return PurePosixPath(name).relative_to(_RESULTS).as_posix()


def _inside(name: str) -> str:
    """The name that a result's entity has."""
    return quote(_below_root(name))


def _copied(name: str) -> str:
    """The name that the entity of a file of the workflow has."""
    return quote(f"{WORKFLOW}/{name}")


def _job(record: str) -> str:
    """The name of a job: that of its record without what all of them have."""
    return PurePosixPath(record).relative_to(f"{_RESULTS}/provenance").with_suffix("").as_posix()


def _parameters(record: Mapping[str, Any]) -> dict[str, str]:
    """A job's wildcards and parameters, each as a text; JSON if it is no text."""
    told = {f"wildcards.{key}": value for key, value in record.get("wildcards", {}).items()}
    told |= {f"params.{key}": value for key, value in record["params"].items()}
    return {
        key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
        for key, value in told.items()
    }
