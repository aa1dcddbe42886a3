"""If these fail, the auditor calls something intact that was changed, or changed that is intact, or is led astray.

The tree that it audits is made by what the jobs use to record; the auditor shares no code with that.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from matplotlib import image

from duality.provenance.content import content_digest
from duality.provenance.job_records import checked_digests, described, record_of, write_record
from duality.provenance.manifest import manifest, root_of

CODE = {"training": ["training.py", "duality/training/sgd.py"], "table": ["table.py"], "figure": ["figure.py"]}

PIXELS = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
pytestmark = pytest.mark.usefixtures("run")


def make(rule, inputs, outputs):
    """What a job leaves: outputs, and the record of them."""
    for name, write in outputs.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        write(name)
    code = {module: described(f"workflow/scripts/{module}")["sha256"] for module in CODE[rule]}
    record = {"rule": rule, "params": {}, "code": code, "inputs": checked_digests(inputs)}
    record |= {"workflow": {"requirements.lock": described("requirements.lock")["sha256"]}}
    write_record(record_of(f"logs/{rule}.log"), record | {"outputs": {name: described(name) for name in outputs}})


def text(content):
    return lambda name: Path(name).write_text(content, encoding="utf-8")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A folder with a workflow of three jobs and their results: training, then a table, and a figure of the table."""
    monkeypatch.chdir(tmp_path)
    for module in {module for modules in CODE.values() for module in modules}:
        Path("workflow/scripts", module).parent.mkdir(parents=True, exist_ok=True)
        Path("workflow/scripts", module).write_text(f"# {module}\n", encoding="utf-8")
    Path("requirements.lock").write_text("numpy==2\n", encoding="utf-8")
    equilibrium = {"results/training/w.npy": lambda name: np.save(name, np.arange(5.0))}
    equilibrium |= {"results/training/path.npz": lambda name: np.savez(name, b=np.arange(9))}
    make("training", [], equilibrium)
    make("table", list(equilibrium), {"results/table/table.csv": text("class,k\nzeros,1.0\nones,2.0\n")})
    figure = {"results/figure/figure_1.png": lambda name: image.imsave(name, PIXELS)}
    figure |= {"results/figure/figure_1.txt": text("A figure.")}
    make("figure", ["results/table/table.csv"], figure)
    seal()
    return tmp_path


def seal():
    """Write the manifest, as the last job does."""
    sealed = manifest(["results/figure/figure_1.png"])
    Path("results/manifest.json").write_text(json.dumps(sealed), encoding="utf-8")


def audit(*arguments, folder="results"):
    """Exit status and verdicts by name, but for those that passed; and what it says."""
    command = [sys.executable, ROOT / "audit", folder, "--workflow", ".", "--json", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in result.stderr, result.stderr
    if not result.stdout:
        return result.returncode, {}, result.stderr
    told = json.loads(result.stdout)
    found = {row["name"].removeprefix("results/"): row["verdict"] for row in told["artifacts"]}
    passed = ("IDENTICAL",)
    return result.returncode, {name: one for name, one in found.items() if one not in passed}, told


def before(write):
    """Do something to a file, and give it its old time back."""

    def edit(path):
        status = os.stat(path)
        write(Path(path))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    return edit


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2 if path.suffix == ".npz" else max(-26, -len(data))] ^= 1  # where it holds something
    path.write_bytes(data)


def rewrite(path, change):
    """Change a JSON file."""
    content = json.loads(Path(path).read_text(encoding="utf-8"))
    change(content)
    Path(path).write_text(json.dumps(content), encoding="utf-8")


def reseal(change):
    """Change the manifest, and its root with it, as a forger would."""

    def both(content):
        change(content)
        content["root"] = root_of({key: value for key, value in content.items() if key != "root"})

    rewrite("results/manifest.json", both)


AFTER_TRAINING = dict.fromkeys(["table/table.csv", "figure/figure_1.png", "figure/figure_1.txt"], "SUSPECT")
AFTER_TABLE = dict.fromkeys(["figure/figure_1.png", "figure/figure_1.txt"], "SUSPECT")
ALL = {"training/w.npy", "training/path.npz", "table/table.csv", "figure/figure_1.png", "figure/figure_1.txt"}


def swap():
    one, other = Path("results/training/w.npy"), Path("results/training/path.npz")
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)


def bomb():
    """A PNG that unpacks to a gigabyte, of the size that was recorded."""
    path = Path("results/figure/figure_1.png")
    body = zlib.compress(bytes(1 << 24))

    header = (40000).to_bytes(4) + (40000).to_bytes(4) + bytes([8, 6, 0, 0, 0])
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body)
    path.write_bytes(data[: path.stat().st_size])


def sparse():
    with open("results/training/w.npy", "r+b") as file:
        file.truncate(10 << 30)


def pickled():
    np.save("results/training/w.npy", np.array([{}]), allow_pickle=True)


def linked():
    Path("results/table/table.csv").unlink()
    Path("results/table/table.csv").symlink_to("/etc/passwd")


def linked_folder():
    shutil.move("results/table", "elsewhere")
    Path("results/table").symlink_to("../elsewhere")


def pipe():
    Path("results/figure/figure_1.txt").unlink()
    os.mkfifo("results/figure/figure_1.txt")


def copied_record():
    shutil.copy("results/provenance/table.json", "results/provenance/figure.json")


def forged():
    """The bytes, their digests in record and manifest, and the root: all agree, and only a reference can tell."""
    Path("results/figure/figure_1.txt").write_text("Another.", encoding="utf-8")
    made = described("results/figure/figure_1.txt")
    name = "results/figure/figure_1.txt"
    rewrite("results/provenance/figure.json", lambda record: record["outputs"].update({name: made}))
    record = described("results/provenance/figure.json")["sha256"]

    def change(sealed):
        sealed["records"]["results/provenance/figure.json"] = record
        sealed["artifacts"][name].update(made)

    reseal(change)


def entry(name, **made):
    return lambda: reseal(lambda sealed: sealed["artifacts"].setdefault(name, {}).update(made))


OUTSIDE = {"sha256": "0" * 64, "size": 1, "content": None, "record": "results/provenance/table.json"}
FIGURE = "results/figure/figure_1"
MUTATIONS = {
    "nothing": (lambda: None, 0, {}),
    "a byte of an array": (
        lambda: before(flip)("results/training/w.npy"), 1, {"training/w.npy": "TAMPERED", **AFTER_TRAINING}
    ),
    "a byte of an archive": (
        lambda: before(flip)("results/training/path.npz"), 1, {"training/path.npz": "TAMPERED", **AFTER_TRAINING}
    ),
    "a byte of a table": (
        lambda: before(flip)("results/table/table.csv"), 1, {"table/table.csv": "TAMPERED", **AFTER_TABLE}
    ),
    "a byte of a picture": (lambda: before(flip)(f"{FIGURE}.png"), 1, {"figure/figure_1.png": "TAMPERED"}),
    "a byte of a caption": (lambda: before(flip)(f"{FIGURE}.txt"), 1, {"figure/figure_1.txt": "TAMPERED"}),
    "a number typed in by hand": (
        lambda: text("class,k\nzeros,1.1\nones,2.0\n")("results/table/table.csv"),
        1, {"table/table.csv": "TAMPERED", **AFTER_TABLE},
    ),
    "a table written otherwise": (
        lambda: text("class,k\nzeros,1\nones,2.00\n")("results/table/table.csv"), 0,
        {"table/table.csv": "CONTENT-IDENTICAL"},
    ),
    "an archive packed otherwise": (
        lambda: np.savez_compressed("results/training/path.npz", b=np.arange(9)), 0,
        {"training/path.npz": "CONTENT-IDENTICAL"},
    ),
    "a picture stamped otherwise": (
        lambda: image.imsave(f"{FIGURE}.png", PIXELS, metadata={"Software": "x"}),
        0, {"figure/figure_1.png": "CONTENT-IDENTICAL"},
    ),
    "a file cut": (
        lambda: os.truncate("results/training/w.npy", 9), 1, {"training/w.npy": "TAMPERED", **AFTER_TRAINING}
    ),
    "an output deleted": (Path("results/table/table.csv").unlink, 1, {"table/table.csv": "MISSING", **AFTER_TABLE}),
    "a file added": (lambda: text("x")("results/table/mine.csv"), 2, {"table/mine.csv": "UNTRACKED"}),
    "two files swapped": (
        swap, 1, {"training/w.npy": "TAMPERED", "training/path.npz": "TAMPERED", **AFTER_TRAINING}
    ),
    "a module edited": (
        lambda: text("# x\n")("workflow/scripts/duality/training/sgd.py"),
        1, {"training/w.npy": "STALE", "training/path.npz": "STALE", **AFTER_TRAINING},
    ),
    "a script edited, its time kept": (
        lambda: before(flip)("workflow/scripts/table.py"), 1, {"table/table.csv": "STALE", **AFTER_TABLE}
    ),
    "the lock changed": (lambda: text("numpy==3\n")("requirements.lock"), 1, dict.fromkeys(ALL, "STALE")),
    "an input made again": (
        lambda: (
            make("training", [], {"results/training/w.npy": lambda name: np.save(name, np.arange(6.0)),
                                  "results/training/path.npz": lambda name: np.savez(name, b=np.arange(9))}),
            reseal_after_training(),
        ),
        1, {"table/table.csv": "STALE", **AFTER_TABLE},
    ),
    "a record edited": (
        lambda: rewrite("results/provenance/table.json", lambda record: record["params"].update(seed=7)),
        1, {"provenance/table.json": "TAMPERED", "table/table.csv": "UNVERIFIED", **AFTER_TABLE},
    ),
    "a record deleted": (
        Path("results/provenance/table.json").unlink,
        1, {"provenance/table.json": "MISSING", "table/table.csv": "UNVERIFIED", **AFTER_TABLE},
    ),
    "a record of another job": (
        copied_record, 1, {"provenance/figure.json": "TAMPERED", **dict.fromkeys(AFTER_TABLE, "UNVERIFIED")}
    ),
    "the manifest edited": (
        lambda: rewrite("results/manifest.json", lambda sealed: sealed["artifacts"]["results/training/w.npy"].update(
            sha256="0" * 64)),
        1, {**dict.fromkeys(ALL, "UNVERIFIED"), "manifest.json": "TAMPERED"},
    ),
    "manifest and root rewritten": (
        entry("results/training/w.npy", sha256="0" * 64), 1, {"training/w.npy": "UNVERIFIED", **AFTER_TRAINING}
    ),
    "a name out of the tree": (entry("results/../../etc/passwd", **OUTSIDE), 1, {"../../etc/passwd": "TAMPERED"}),
    "an absolute name": (entry("/etc/passwd", **OUTSIDE), 1, {"/etc/passwd": "TAMPERED"}),
    "a link out of the tree": (linked, 1, {"table/table.csv": "TAMPERED", **AFTER_TABLE}),
    "a folder that is a link": (linked_folder, 1, {"table/table.csv": "TAMPERED", "table": "UNTRACKED", **AFTER_TABLE}),
    "a pipe": (pipe, 1, {"figure/figure_1.txt": "TAMPERED"}),
    "a pickle": (pickled, 1, {"training/w.npy": "TAMPERED", **AFTER_TRAINING}),
    "ten sparse gigabytes": (sparse, 1, {"training/w.npy": "TAMPERED", **AFTER_TRAINING}),
    "a bomb of a picture": (bomb, 1, {"figure/figure_1.png": "TAMPERED"}),
    "no UTF-8 in a table": (
        lambda: Path("results/table/table.csv").write_bytes(b"class,k\n\xff,1\n"),
        1, {"table/table.csv": "TAMPERED", **AFTER_TABLE},
    ),
    "NaN in a table": (
        lambda: text("class,k\nzeros,nan\nones,2.0\n")("results/table/table.csv"),
        1, {"table/table.csv": "TAMPERED", **AFTER_TABLE},
    ),
    "all forged together": (forged, 0, {}),
}  # fmt: skip


def reseal_after_training():
    """The manifest of what lies there, though the table was made from another training."""
    record = described("results/provenance/training.json")["sha256"]

    def change(sealed):
        sealed["records"]["results/provenance/training.json"] = record
        sealed["artifacts"]["results/training/w.npy"].update(described("results/training/w.npy"))
        sealed["artifacts"]["results/training/path.npz"].update(described("results/training/path.npz"))

    reseal(change)


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_every_mutation_gets_its_verdict_and_no_other_artifact_one(run, mutation):
    mutate, status, verdicts = MUTATIONS[mutation]
    mutate()
    listed = sorted(str(path) for path in run.rglob("*"))
    found = audit()
    assert found[:2] == (status, verdicts)
    assert found[2]["conclusion"] != "as the reference has it"
    assert sorted(str(path) for path in run.rglob("*")) == listed  # it writes nothing


def test_against_a_reference_a_forged_run_is_a_mismatch_and_a_run_made_again_is_not():
    shutil.copytree("results", "trusted")
    status, verdicts, told = audit("--reference", "trusted")
    assert (status, verdicts, told["conclusion"]) == (0, {}, "as the reference has it")
    forged()
    status, verdicts, told = audit("--reference", "trusted")
    assert (status, verdicts, told["conclusion"]) == (1, {"figure/figure_1.txt": "MISMATCH"}, "failed")


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", "[" * 100_000, '{"format": 1, "root": "x", "records": {}, "artifacts": {}}', None]
)
def test_what_is_no_manifest_is_nothing_to_audit(content):
    path = Path("results/manifest.json")
    path.unlink() if content is None else path.write_text(content, encoding="utf-8")
    status, _, told = audit()
    assert status == 3
    assert told.count("\n") == 1


@pytest.mark.parametrize("name", ["../../x.py", "/dev/zero", "x", 5])
def test_a_record_that_names_other_files_than_modules_is_none(name):
    rewrite("results/provenance/figure.json", lambda record: record["code"].update({str(name): "0" * 64}))
    digest = described("results/provenance/figure.json")["sha256"]
    reseal(lambda sealed: sealed["records"].update({"results/provenance/figure.json": digest}))
    assert audit()[1] == {"provenance/figure.json": "TAMPERED", **dict.fromkeys(AFTER_TABLE, "UNVERIFIED")}


def test_the_text_tells_what_to_do():
    Path("results/figure/figure_1.txt").write_text("x", encoding="utf-8")
    command = [sys.executable, ROOT / "audit", "results", "--workflow", "."]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    first = result.stdout.splitlines()[0]
    assert first.startswith("TAMPERED          results/figure/figure_1.txt: 1 bytes instead of 9")
    assert "snakemake --cores all results/figure/figure_1.txt" in first
    assert result.stdout.splitlines()[-1] == "failed"
    assert subprocess.run(command[:2], capture_output=True, check=False).returncode == 3


def test_it_imports_nothing_of_the_workflow():
    """Who audits need not trust what is audited."""
    for path in (ROOT / "audit").glob("*.py"):
        text_of_it = path.read_text(encoding="utf-8")
        assert "duality" not in text_of_it
        assert len(text_of_it.splitlines()) < 250


def chunk(kind, content):
    return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)


@pytest.mark.parametrize("kind", range(5))
def test_it_sees_the_pixels_that_pillow_sees(tmp_path, random, kind):
    """Whichever way the rows of a PNG are filtered; and in tables and arrays what the jobs see, by other code."""
    spec = importlib.util.spec_from_file_location("content_of_audit", ROOT / "audit/content.py")
    content = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(content)
    rows = b"".join(bytes([kind]) + random.integers(0, 256, 28, np.uint8).tobytes() for _ in range(9))
    header = (7).to_bytes(4) + (9).to_bytes(4) + bytes([8, 6, 0, 0, 0])
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    (tmp_path / "a.csv").write_text('class,k\n"a,b",1e-3\nc,-2\n', encoding="utf-8")
    np.save(tmp_path / "a.npy", random.normal(size=(2, 3)).astype(">f4"))
    np.savez(tmp_path / "a.npz", y=np.arange(3), x=np.array(["a", "bc"]))
    for name in ("a.png", "a.csv", "a.npy", "a.npz"):
        assert content.content_of(tmp_path / name) == content_digest(tmp_path / name) is not None
