"""If these fail, an intermediate that is not what its job made gets into a result, or a record is wrong."""

import hashlib
from pathlib import Path

import pytest

from duality.errors import InputError
from duality.provenance.job_records import checked_digests, described, file_digest, record_of, write_record


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A file that the job of a log made, and its record."""
    monkeypatch.chdir(tmp_path)

    def make(log, *outputs):
        for output in outputs:
            Path(output).parent.mkdir(parents=True, exist_ok=True)
            Path(output).write_bytes(output.encode())
        found = {output: {"sha256": file_digest(output)} for output in outputs}
        write_record(record_of(log), {"inputs": {}, "outputs": found})

    return make


@pytest.mark.parametrize(
    ("log", "output"),
    [
        ("logs/dataset/zeros/0.log", "results/dataset/zeros/0.npy"),
        ("logs/fluctuations/relu_mse/2-3.log", "results/fluctuations/relu_mse/2-3.npz"),
        ("logs/fluctuations/relu_mse.log", "results/fluctuations/relu_mse/seen.histogram.npz"),
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


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"outputs": 5}', '{"outputs": {"results/a/1.csv": "12"}}'])
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
    (tmp_path / "paper").mkdir()
    monkeypatch.chdir("paper")
    assert list(checked_digests([tmp_path / "mine.csv"], tmp_path)) == ["mine.csv"]


def test_a_record_tells_bytes_size_and_content(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_bytes(b"abc")
    assert described("a.txt") == {"sha256": hashlib.sha256(b"abc").hexdigest(), "size": 3, "content": None}
    Path("a.csv").write_bytes(b"x\n1\n")
    assert len(described("a.csv")["content"]) == 64


def test_a_record_has_the_same_bytes_wherever_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a/1.json", "b/2.json"):
        write_record(Path(name), {"params": {"seed": 7, "k": ("1/2", None)}, "outputs": {}})
        assert [path.name for path in Path(name).parent.iterdir()] == [Path(name).name]
    assert Path("a/1.json").read_bytes() == Path("b/2.json").read_bytes()
