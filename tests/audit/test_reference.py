"""If these fail, the reference changes without a trace, or a run is compared with something that nobody vouched for."""

import csv
import json
import shutil
import subprocess
import sys

import pytest
from audited_run import audit
from mutated_results import TABLE, artifact, edited, flipped, forged, nudged

pytestmark = pytest.mark.slow


@pytest.fixture
def run(blessed, tmp_path):
    return shutil.copytree(blessed, tmp_path / "run")


def bless(run, reason="A reason."):
    command = [sys.executable, "reference/bless.py", *([reason] if reason is not None else [])]
    return subprocess.run(command, cwd=run, capture_output=True, text=True, check=False)


def number(run, change):
    """Change the first number of the table's k_raw, and let records and manifest say so."""
    header, first, *rest = csv.reader((run / TABLE).read_text(encoding="utf-8").splitlines())
    column = header.index("k_raw")
    first[column] = repr(change(float(first[column])))
    with open(run / TABLE, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, first, *rest])
    forged(run, TABLE, readers_too=True)


def test_another_processor_s_last_digits_are_tolerance_and_no_tampering(run):
    number(run, lambda value: nudged(value, 3))
    status, verdicts, told = audit(run, "--reference", "reference")
    assert (status, verdicts) == (0, {TABLE: "WITHIN-TOLERANCE"})
    assert "row 1, column k_raw" in str(told)


def test_what_is_beyond_tolerance_is_named_with_its_cause(run):
    number(run, lambda value: value + 0.01)
    status, verdicts, told = audit(run, "--reference", "reference")
    assert (status, verdicts) == (1, {TABLE: "MISMATCH"})
    assert "row 1, column k_raw is" in str(told)
    assert "nothing that is recorded tells why" in str(told)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda record: record["environment"].update(python="3.12.0"), 'environment: python is "3.12.0", "3.11'),
        (
            lambda record: record["environment"].update(numba={"jit": False}),
            "environment: numba is not in the reference",
        ),
        (
            lambda record: record["params"]["experiments"]["relu_quartic"].update(prediction=5),
            "config: experiments.relu_q",
        ),
        (lambda record: record["inputs"].update({"mine.csv": "0" * 64}), "input: mine.csv"),
    ],
)
def test_what_the_recipes_differ_in_is_named_as_the_cause(run, change, cause):
    """A run that is consistent in itself, of another environment, say, as NUMBA_DISABLE_JIT makes one."""
    number(run, lambda value: value + 0.01)
    forged(run, TABLE, change)
    status, verdicts, told = audit(run, "--reference", "reference")
    assert (status, verdicts) == (1, {TABLE: "MISMATCH"})
    assert cause in str(told).replace("\\'", "'")


def test_a_picture_is_judged_by_what_it_draws(run):
    """The same data drawn by another Matplotlib pass; by the same Matplotlib other pixels do not."""
    name = "results/figures/figure_8.png"
    (run / name).write_bytes((run / "results/figures/local_exponents.png").read_bytes())
    forged(run, name, readers_too=True)
    assert audit(run, "--reference", "reference")[:2] == (1, {name: "MISMATCH"})
    edited("requirements.lock", lambda text: text.replace("matplotlib==", "another=="))(run)
    drawn_by_another = {"matplotlib": "3.0.0"}
    forged(run, name, lambda record: record["environment"]["packages"].update(drawn_by_another))
    forged(run, name, lambda record: record["pins"].pop("matplotlib"))
    _, verdicts, told = audit(run, "--reference", "reference")
    assert verdicts[name] == "WITHIN-TOLERANCE"
    assert "drawn by Matplotlib 3.0.0 instead of" in str(told)
    curves = "results/figures/figure_8.csv"
    edited(curves, lambda text: text.replace(",1", ",2", 1))(run)
    forged(run, curves)
    assert audit(run, "--reference", "reference")[1][name] == "MISMATCH"


def test_a_run_of_somebody_else_is_a_reference_too(run, tmp_path):
    shutil.copytree(run / "results", tmp_path / "theirs")
    assert audit(run, "--reference", tmp_path / "theirs")[2]["conclusion"] == f"as the run in {tmp_path}/theirs has it"
    number(run, lambda value: value + 0.01)
    assert audit(run, "--reference", tmp_path / "theirs")[:2] == (1, {TABLE: "MISMATCH"})


def test_what_the_reference_has_not_is_unverified_and_what_it_has_more_is_missing(run, tmp_path):
    shutil.copytree(run / "results", tmp_path / "a/results")
    extra = {"sha256": "0" * 64, "size": 1, "content": None, "record": "results/provenance/table.json"}
    artifact("results/table/more.csv", **extra)(tmp_path / "a")
    status, verdicts, _ = audit(run, "--reference", tmp_path / "a/results")
    assert (status, verdicts) == (1, {"results/table/more.csv": "MISSING"})


@pytest.mark.parametrize(
    ("spoil", "reason", "complaint"),
    [
        (bool, "", "a REASON is needed"),
        (bool, None, "a REASON is needed"),
        (flipped(TABLE), "x", f"{TABLE} (TAMPERED)"),
        (lambda run: (run / "results/manifest.json").unlink(), "x", "is no finished run"),
        (edited("config.yaml", lambda text: text.replace("seed: 2405", "seed: 7")), "x", "of another config"),
    ],
)
def test_what_is_not_taken_as_a_reference(run, spoil, reason, complaint):
    """And what there was stays as it was."""
    before = {path: path.read_bytes() for path in (run / "reference").rglob("*") if path.is_file()}
    spoil(run)
    told = bless(run, reason)
    assert told.returncode == 1
    assert complaint in told.stderr
    assert told.stderr.count("\n") == 1
    assert {path: path.read_bytes() for path in (run / "reference").rglob("*") if path.is_file()} == before


def test_every_blessing_is_a_line_that_seals_the_one_before(run):
    history = run / "reference/history.jsonl"
    lines = history.read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    assert [entry["number"] for entry in entries] == [1, 2]
    assert [entry["reason"] for entry in entries] == ["A first run.", "Another calibration."]
    assert bless(run).stdout == "nothing changed\n"
    assert history.read_text(encoding="utf-8").splitlines() == lines
    assert audit(run, "--reference", "reference")[2]["conclusion"] == "as the reference has it"
    assert audit(run, "--reference", "reference", "--signers", "signers")[0] == 0
    (run / "reference/calibration.csv").write_text("more\n", encoding="utf-8")
    assert audit(run, "--reference", "reference")[1] == {"reference": "TAMPERED"}
    assert bless(run).returncode == 0
    assert len(history.read_text(encoding="utf-8").splitlines()) == 3
    assert audit(run, "--reference", "reference")[0] == 0
    # The new line has no signature yet.
    assert audit(run, "--reference", "reference", "--signers", "signers")[1] == {"reference": "TAMPERED"}
