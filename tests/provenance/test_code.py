"""If these fail, a change of the library leaves stale results, or reruns too much, or a record names other code."""

import ast
import hashlib
import importlib
import json
import sys

import pytest
from conftest import ROOT

from duality.errors import InputError
from duality.provenance.code import RunningCode, _imports, _read, _statements, code_digest, module_digests

SCRIPTS = ROOT / "workflow/scripts"
NO_JOBS = ("job", "resolution", "audit", "summary")
STAGES = [path.stem for path in SCRIPTS.glob("*.py") if path.stem not in NO_JOBS]
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


@pytest.mark.parametrize(
    "text",
    [
        "if x: import lib.b",
        "x = 1; import lib.b",
        "import lib.a; import lib.b",
        "import lib.a, \\\n    lib.b",
        "from lib import (\n    a,  # and (for now)\n    b,\n)",
        "from lib import (a, b)  # to import",
        "try:\n    import lib.a\nexcept ImportError:\n    from lib import b",
        '"""Words that\nimport lib, for good.\n"""\nimport lib.b',
    ],
)
def test_an_import_that_is_no_plain_line_does_not_escape_the_digest(text):
    """What is read of a file is its imports alone, and no import may be overlooked, however it is written."""
    assert _imported(_imports(text.encode())) == _imported(ast.parse(text))


def test_reading_the_imports_of_a_file_alone_finds_all_that_it_imports():
    for path in SCRIPTS.rglob("*.py"):
        content = path.read_bytes()
        assert _imported(_imports(content)) == _imported(ast.parse(content)), path


def _imported(tree):
    return sorted(ast.unparse(node) for node in _statements(tree) if isinstance(node, (ast.Import, ast.ImportFrom)))


def test_figures_do_not_depend_on_training(monkeypatch):
    """A changed trainer must not redraw figures by itself, nor a changed colour train anew."""
    originals = {stage: code_digest(SCRIPTS, stage) for stage in STAGES}
    read = _read

    def with_change(module):
        def changed(path, folder):
            content, imported = read(path, folder)
            return (content + b"#" if path.as_posix().endswith(f"duality/{module}.py") else content), imported

        monkeypatch.setattr("duality.provenance.code._read", changed)
        return {stage for stage in STAGES if code_digest(SCRIPTS, stage) != originals[stage]}

    assert with_change("figures/paper") == {"figure", "overview"}
    assert with_change("training/sgd") == {"training", "jumps", "guard", "realisation", "sweep_point"}
    changed = with_change("jacobian/windows")
    assert changed >= {"jacobian", "exponents"}
    assert not changed & {"dataset", "training", "fluctuations", "figure", "table"}
    assert with_change("errors") == set(STAGES)  # by way of job.py


@pytest.mark.slow
def test_a_change_of_any_module_runs_again_the_stages_that_really_import_it_and_no_others(finished, monkeypatch):
    """What was imported is told by the records of a run; what a change touches by the digests that rules have."""
    imported = {}
    for path in (finished / "results/provenance").rglob("*.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        for name in record["code"]:
            imported.setdefault(name, set()).add(record["rule"])
    stages = set().union(*imported.values())
    originals, read = {stage: code_digest(SCRIPTS, stage) for stage in stages}, _read
    modules = [path for path in (SCRIPTS / "duality").rglob("*.py") if path.name != "__init__.py"]
    assert len(modules) > 90
    for module in modules:

        def changed(path, folder, module=module):
            content, found = read(path, folder)
            return (content + b"#" if path == module else content), found

        monkeypatch.setattr("duality.provenance.code._read", changed)
        touched = {stage for stage in stages if code_digest(SCRIPTS, stage) != originals[stage]}
        assert touched == imported.get(module.relative_to(SCRIPTS).as_posix(), set()), module


@pytest.fixture
def small_stage(tmp_path, monkeypatch):
    """A stage of a script and one module, which is imported."""
    for name, content in {"stage_of_test.py": "import module_of_test\n", "module_of_test.py": "x = 1\n"}.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path
    sys.modules.pop("module_of_test", None)
    _read.cache_clear()


def test_a_job_runs_the_code_that_was_planned(small_stage):
    """A module that was changed after the plan, and then put back, would leave a record with its old digest."""
    planned = code_digest(small_stage, "stage_of_test")
    code = RunningCode(small_stage, "stage_of_test", planned)
    importlib.import_module("module_of_test")
    found = code.imported()
    assert found == {"module_of_test.py": hashlib.sha256(b"x = 1\n").hexdigest()}
    assert found.items() <= module_digests(small_stage, "stage_of_test").items()
    (small_stage / "module_of_test.py").write_text("x = 2\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"module_of_test\.py, was changed while it ran"):
        code.imported()
    _read.cache_clear()
    with pytest.raises(InputError, match="changed after the run was planned"):
        RunningCode(small_stage, "stage_of_test", planned)


def test_a_module_that_no_import_names_is_not_let_in(small_stage):
    """Its digest would be in no plan: a change of it would rerun nothing."""
    (small_stage / "stage_of_test.py").write_text("", encoding="utf-8")
    code = RunningCode(small_stage, "stage_of_test", code_digest(small_stage, "stage_of_test"))
    importlib.import_module("module_of_test")
    with pytest.raises(InputError, match=r"module_of_test\.py"):
        code.imported()
