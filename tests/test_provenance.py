"""If these fail, a change of the library leaves stale results or reruns too much, or a record is wrong."""

import hashlib
import json

import pytest
from conftest import ROOT

from duality.provenance import _read, code_digest, record

SCRIPTS = ROOT / "workflow/scripts"
STAGES = [path.stem for path in SCRIPTS.glob("*.py") if path.stem != "job"]
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
    (tmp_path / "x").write_bytes(b"in")
    (tmp_path / "y").write_bytes(b"out")
    written = []
    for name in ("a/1.json", "b/2.json"):
        record(name, "square", {"n": "1"}, {"code": "abc", "seed": 7, "k": ("1/2", None)}, ["x"], ["y"])
        written.append((tmp_path / name).read_bytes())
        assert [path.name for path in (tmp_path / name).parent.iterdir()] == [(tmp_path / name).name]
    assert written[0] == written[1]
    found = json.loads(written[0])
    assert found["inputs"] == {"x": hashlib.sha256(b"in").hexdigest()}
    assert found["outputs"] == {"y": hashlib.sha256(b"out").hexdigest()}
    assert found["params"] == {"code": "abc", "seed": 7, "k": ["1/2", None]}
    assert "numpy" in found["environment"]["packages"]
    assert str(tmp_path) not in written[0].decode()
