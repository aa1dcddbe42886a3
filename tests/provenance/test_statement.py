"""If these fail, who signs the statement signs something else than the results."""

import json
from pathlib import Path

import pytest
from google.protobuf import json_format
from in_toto_attestation.predicates.provenance.v1.provenance_pb2 import Provenance
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1.statement_pb2 import Statement as Message
from recorded_run import TARGETS

from duality.provenance.job_records import file_digest

PATH = Path("results/manifest.intoto.json")
pytestmark = pytest.mark.usefixtures("run")


def told():
    return json.loads(PATH.read_text(encoding="utf-8"))


def test_it_is_an_in_toto_statement_of_slsa_provenance():
    """As the reference implementation reads it, which refuses a field that the standard does not have."""
    Statement.copy_from_pb(json_format.Parse(PATH.read_bytes(), Message())).validate()
    assert told()["predicateType"] == "https://slsa.dev/provenance/v1"
    provenance = json_format.ParseDict(told()["predicate"], Provenance())
    assert provenance.build_definition.build_type.startswith("https://")
    assert provenance.run_details.builder.id.startswith("https://")
    assert not provenance.run_details.HasField("metadata")  # no times


@pytest.mark.parametrize(
    "fault",
    [
        lambda statement: statement["subject"].clear(),
        lambda statement: statement["subject"][0].pop("digest"),
        lambda statement: statement.update(predicateType=""),
        lambda statement: statement.update(_type="https://in-toto.io/Statement/v0.1"),
        lambda statement: statement.update(signed=True),
    ],
)
def test_a_planted_fault_is_rejected(fault):
    content = told()
    fault(content)
    with pytest.raises((ValueError, json_format.ParseError)):
        Statement.copy_from_pb(json_format.ParseDict(content, Message())).validate()


def test_its_digests_are_those_of_the_files():
    subjects = {one["name"]: one["digest"]["sha256"] for one in told()["subject"]}
    assert subjects == {name: file_digest(name) for name in [*TARGETS, "results/manifest.json"]}
    definition = told()["predicate"]["buildDefinition"]
    config = definition["externalParameters"]["config"]
    assert config == {"name": "results/config.yaml", "digest": {"sha256": file_digest("results/config.yaml")}}
    used = {one["name"]: one["digest"]["sha256"] for one in definition["resolvedDependencies"]}
    assert used == {name: file_digest(name) for name in used}
    assert {"requirements.lock", "Snakefile", "workflow/scripts/duality/sgd.py", "mine.csv"} <= set(used)
    records = told()["predicate"]["runDetails"]["byproducts"]
    assert {one["name"]: one["digest"]["sha256"] for one in records} == {
        path.as_posix(): file_digest(path)
        for path in Path("results/provenance").rglob("*.json")
        if path.stem not in ("manifest", "crate")
    }
