"""If these fail, a change of the library leaves stale results or reruns too much, or a record is wrong."""

import hashlib
import json
from pathlib import Path

import pytest
from conftest import ROOT

from duality.errors import InputError
from duality.provenance import _read, checked_digests, code_digest, file_digest, record, record_of

SCRIPTS = ROOT / "workflow/scripts"
STAGES = [path.stem for path in SCRIPTS.glob("*.py") if path.stem not in ("job", "resolution")]  # those are no jobs
assert STAGES


def test_a_digest_covers_imports_of_imports_and_nothing_else(tmp_path):
    (tmp_path / "lib").mkdir()
    files = {
        "stage.py": "from lib.a import x\n",
        "other.py": "import lib.c\n",
        "lib/__init__.py": "",
        "lib/a.py": "def x():\n    from lib import b\n",
        "lib/b.py": "",
        "lib/c.py": "",
    }

    def digests():
        _read.cache_clear()  # the files change here while Python runs, as they do not elsewhere
        return code_digest(tmp_path, "stage"), code_digest(tmp_path, "other")

    for name, text in files.items():
        (tmp_path / name).write_text(text)
    before = digests()
    for name, touched in (("lib/b.py", (True, False)), ("lib/c.py", (False, True)), ("lib/__init__.py", (True, True))):
        (tmp_path / name).write_text("changed = 1\n")
        after = digests()
        assert tuple(a != b for a, b in zip(after, before, strict=True)) == touched
        before = after


@pytest.mark.parametrize("line", ["from . import b", "from .b import x", "def x():\n    from .. import lib"])
def test_a_relative_import_does_not_escape_the_digest(tmp_path, line):
    """A stale result would pass as fresh: a change of what is imported so would not change the digest."""
    (tmp_path / "lib").mkdir()
    (tmp_path / "stage.py").write_text("import lib.a\n")
    (tmp_path / "lib/a.py").write_text(f"{line}\n")
    (tmp_path / "lib/b.py").write_text("x = 1\n")
    with pytest.raises(ImportError, match=r"relative import in lib/a.py, line \d: name the package"):
        code_digest(tmp_path, "stage")


def test_figures_do_not_depend_on_training(monkeypatch):
    """A changed trainer must not redraw figures by itself, nor a changed colour train anew."""
    originals = {stage: code_digest(SCRIPTS, stage) for stage in STAGES}
    read = _read

    def with_change(module):
        def changed(path, folder):
            content, imported = read(path, folder)
            return (content + b"#" if path.as_posix().endswith(f"duality/{module}.py") else content), imported

        monkeypatch.setattr("duality.provenance._read", changed)
        return {stage for stage in STAGES if code_digest(SCRIPTS, stage) != originals[stage]}

    assert with_change("figures/paper") == {"figure", "overview"}
    assert with_change("training/sgd") == {"training", "jumps", "guard", "realisation"}
    changed = with_change("jacobian/windows")
    assert changed >= {"jacobian", "exponents"}
    assert not changed & {"dataset", "training", "fluctuations", "figure", "table"}
    assert with_change("errors") == set(STAGES)  # by way of job.py


def test_a_record_says_what_was_made_from_what(tmp_path, monkeypatch):
    """And the same job done again leaves the same bytes."""
    monkeypatch.chdir(tmp_path)
    written = []
    for name in ("a/1.json", "b/2.json"):
        path = tmp_path / name
        record(path, "square", {"n": "1"}, {"code": "abc", "seed": 7, "k": ("1/2", None)}, {"x": "12"}, {"y": "34"})
        written.append(path.read_bytes())
        assert [found.name for found in path.parent.iterdir()] == [path.name]
    assert written[0] == written[1]
    found = json.loads(written[0])
    assert found["inputs"] == {"x": "12"}
    assert found["outputs"] == {"y": "34"}
    assert found["params"] == {"code": "abc", "seed": 7, "k": ["1/2", None]}
    assert "numpy" in found["environment"]["packages"]
    assert str(tmp_path) not in written[0].decode()


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A file that the job of a log made, and its record."""
    monkeypatch.chdir(tmp_path)

    def make(log, *outputs):
        for output in outputs:
            Path(output).parent.mkdir(parents=True, exist_ok=True)
            Path(output).write_bytes(output.encode())
        record(record_of(log), "rule", {}, {}, {}, {output: file_digest(output) for output in outputs})

    return make


@pytest.mark.parametrize(
    ("log", "output"),
    [
        ("logs/dataset/zeros/0.log", "results/dataset/zeros/0.npy"),
        ("logs/fluctuations/relu_mse/0.log", "results/fluctuations/relu_mse/0.histogram.npz"),
        ("logs/training/relu_mse.log", "results/training/relu_mse/equilibrium.json"),
        ("logs/table.log", "results/table/table.csv"),
        ("logs/config.log", "results/config.yaml"),
    ],
)
def test_an_input_that_is_not_what_its_job_made_is_named(made, log, output):
    """Snakemake sees neither an edit that keeps the time of a file, nor one between two runs that makes it older."""
    made(log, output, f"{Path(output).parent}/another.csv")
    assert checked_digests([output]) == {output: hashlib.sha256(output.encode()).hexdigest()}
    content = Path(output).read_bytes()
    for changed in (content[:-1], b"", content.swapcase()):
        Path(output).write_bytes(changed)
        with pytest.raises(InputError, match=f"{output} is not what its job made"):
            checked_digests([output])
    Path(output).write_bytes(content)
    record_of(log).unlink()
    with pytest.raises(InputError, match=f"{output} has no record"):
        checked_digests([output])


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"outputs": 5}'])
def test_a_record_that_is_none_is_named(made, text):
    made("logs/a/1.log", "results/a/1.csv")
    record_of("logs/a/1.log").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"results/provenance/a/1\.json is no record"):
        checked_digests(["results/a/1.csv"])


def test_the_record_of_another_job_is_not_that_of_a_file(made):
    """a.json stands above a/b.csv and above a/c.csv; only the job that made a file can say what it was."""
    made("logs/a.log", "results/a/b.csv")
    made("logs/a/c.log", "results/a/c.csv")
    assert set(checked_digests(["results/a/b.csv", "results/a/c.csv"])) == {"results/a/b.csv", "results/a/c.csv"}
    record_of("logs/a/c.log").unlink()
    with pytest.raises(InputError, match=r"results/a/c\.csv has no record"):
        checked_digests(["results/a/c.csv"])


def test_what_the_workflow_did_not_make_needs_no_record(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.csv").write_bytes(b"x1")
    assert checked_digests(["mine.csv"]) == {"mine.csv": hashlib.sha256(b"x1").hexdigest()}
    assert list(checked_digests([tmp_path / "mine.csv"])) == ["mine.csv"]
