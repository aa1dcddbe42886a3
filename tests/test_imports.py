"""If these fail, a module imports what it must not: the packages have no order any more, or a digest misses code.

The law is checked on the text of the files, so that it holds for imports inside functions too.
"""

import ast
import re
import shutil
import subprocess
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter

import pytest
from conftest import ROOT

SCRIPTS = ROOT / "workflow/scripts"

# From the ground up: a package imports only packages that stand above it in this list, and each stands in it once.
ALONE = ("errors", "conventions")  # modules that import none of ours
PACKAGES = (
    *ALONE, "progress", "limits", "failures", "records", "verdicts", "random_streams", "markup", "rounding",
    "provenance", "formulas", "config", "dataset", "training", "fluctuations", "jacobian", "fits", "calibration",
    "exponents", "theory", "derivations", "jumps", "mini_batches", "guard", "realisations", "sweeps", "figures",
    "table", "claims", "gallery", "explorer", "page",
)  # fmt: skip
MODULES = {*ALONE, "progress", "limits", "failures", "verdicts", "random_streams", "markup", "rounding"}
FLOORS = 11  # of a script that goes through all stages in memory, and the lowest five are those of a record of a stage
# All others are called like a module.
TESTS_OF_NO_ONE_MODULE = {
    "tests/audit/test_mutations.py",  # faults of results, and what all modules together say of each
    "tests/config/test_attacks.py",  # configs, formulas, data and distributions of a stranger, all at once
    "tests/derivations/test_mutations.py",  # every section's statements, changed
    "tests/derivations/test_planted_errors.py",
    "tests/exponents/test_planted_faults.py",  # faults of the Jacobian, seen in the exponents' tests
    "tests/jacobian/test_probability.py",  # the one method of Duality that tests of the duality rest on
}
LINES_OF_A_SCRIPT = 32


@cache
def nodes(content):
    """The imports and names in a file's bytes; the copies below have mostly the same files."""
    return [node for node in ast.walk(ast.parse(content)) if isinstance(node, ast.Import | ast.ImportFrom | ast.Name)]


def files(folder):
    """The nodes of every file by its dotted name: of the library, and of the scripts, which have no dot in theirs."""
    paths = [path for path in sorted(folder.rglob("*.py")) if path.name != "__init__.py"]
    return {".".join(path.relative_to(folder).with_suffix("").parts): nodes(path.read_bytes()) for path in paths}


def graph(folder):
    """Which files of the folder each imports; the `__init__` of a package is left out, for it is empty."""
    known = files(folder)
    ours = {name.split(".")[0] for name in known}
    imported = {}
    for name, found_nodes in known.items():
        found = set()
        for node in found_nodes:
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                members = [f"{node.module}.{alias.name}" for alias in node.names]
                found |= {member if member in known else node.module for member in members}
        imported[name] = {other for other in found if other.split(".")[0] in ours}
    return imported


def package(name):
    """The entry of the list to which a module of the library belongs."""
    return name.split(".")[1]


def allowed(importer, imported):
    """Whether a package, or module beside them, may import another. What the list lacks is told of by `misplaced`."""
    if importer == imported or importer not in PACKAGES:
        return True
    return importer not in ALONE and PACKAGES.index(imported) < PACKAGES.index(importer)


def misplaced(folder):
    """Scripts not flat or thin, packages that the list lacks or has in vain, and an `__init__` with content."""
    library = folder / "duality"
    found = [
        f"{path.relative_to(folder)} is no script in the folder itself"
        for path in sorted(folder.rglob("*.py"))
        if path.parent != folder and not path.is_relative_to(library)
    ]
    for path in sorted(folder.glob("*.py")):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if path.stem != "job" and lines > LINES_OF_A_SCRIPT:
            found.append(f"{path.name} has {lines} lines")
    here = sorted(path for path in library.iterdir() if path.name not in ("__init__.py", "__pycache__"))
    wanted = sorted(library / (f"{name}.py" if name in MODULES else name) for name in PACKAGES)
    found += [f"{path.relative_to(folder)} is not in the list" for path in here if path not in wanted]
    found += [f"{path.relative_to(folder)} is not there" for path in wanted if path not in here]
    for path in [library, *(path for path in here if path.is_dir())]:
        if not (path / "__init__.py").is_file() or (path / "__init__.py").read_bytes():
            found.append(f"{path.relative_to(folder)}/__init__.py is not empty, or not there")
        if path != library and any(inner.is_dir() and inner.name != "__pycache__" for inner in path.iterdir()):
            found.append(f"{path.relative_to(folder)} has a package inside")
    return found


def unreadable(folder):
    """Imports of which the digest of the code cannot tell what they import; Snakemake in the library."""
    found = []
    for name, found_nodes in files(folder).items():
        for node in found_nodes:
            if isinstance(node, ast.ImportFrom) and node.level:
                found.append(f"{name}, line {node.lineno}: relative import")
            roots = [alias.name.split(".")[0] for alias in node.names] if isinstance(node, ast.Import) else []
            roots += [node.module.split(".")[0]] if isinstance(node, ast.ImportFrom) and node.module else []
            roots += [node.id] if isinstance(node, ast.Name) else []
            if {"importlib", "__import__"} & {*roots} and not _reads_versions(node):
                found.append(f"{name}, line {node.lineno}: import by a computed name")
            if name.startswith("duality") and "snakemake" in roots:
                found.append(f"{name}, line {node.lineno}: the library knows Snakemake")
    return found


def _reads_versions(node):
    return isinstance(node, ast.ImportFrom) and node.module == "importlib.metadata"


def against_the_order(folder):
    """Imports of a package that stands below, or of a script; imports of ours where there are to be none."""
    found = []
    for name, imported in graph(folder).items():
        for other in sorted(imported):
            if not other.startswith("duality."):
                if other != "job" or name.startswith("duality"):
                    found.append(f"{name} imports the script {other}")
            elif package(other) not in PACKAGES:
                found.append(f"{name} imports {other}, which is not there")
            elif name.startswith("duality.") and not allowed(package(name), package(other)):
                found.append(f"{name} imports {other}")
    return found


def longest_chain(imported):
    """A module on the highest floor, and below it what it stands on, down to the ground."""
    below = {}
    for name in TopologicalSorter(imported).static_order():
        below[name] = [name, *max((below[other] for other in imported.get(name, ())), key=len, default=[])]
    return max(below.values(), key=len)


def too_high(folder):
    """Circles, and what stands above the highest floor allowed: a file's is one above the highest that it imports."""
    try:
        chain = longest_chain(graph(folder))
    except CycleError as error:
        return [f"circle: {' → '.join(error.args[1])}"]
    return [f"{len(chain)} floors: {' → '.join(chain)}"] if len(chain) > FLOORS else []


CHECKS = (misplaced, unreadable, against_the_order, too_high)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_law_holds(check):
    assert len(graph(SCRIPTS)) > 50, "the files are not where this test looks for them"
    found = check(SCRIPTS)
    assert not found, "\n".join(found)


def test_the_workflow_itself_loads_no_numerical_library():
    """Snakemake would wait for it whenever it starts, also to say that there is nothing to be done."""
    workflow = [ROOT / "Snakefile", *sorted((ROOT / "workflow/rules").glob("*.smk"))]
    statements = [line for path in workflow for line in re.findall(r"^from duality.+$", path.read_text(), re.MULTILINE)]
    assert len(statements) > 5
    told = "print(*{'numpy', 'scipy', 'sympy', 'pandas', 'numba', 'matplotlib'} & set(sys.modules))"
    program = ["import sys", f"sys.path.insert(0, {str(SCRIPTS)!r})", *statements, told]
    found = subprocess.run([sys.executable, "-c", "\n".join(program)], capture_output=True, text=True, check=True)
    assert not found.stdout.strip()


def test_tests_stand_where_the_library_stands():
    """A folder of tests is a package of the library, and a file in it is called like one of its modules."""
    folders = [path for path in (ROOT / "tests").iterdir() if path.is_dir() and list(path.glob("test_*.py"))]
    folders.remove(ROOT / "tests/cluster")  # of the profiles
    assert {path.name for path in folders} <= {"audit", *PACKAGES} - MODULES
    homes = {"audit": ROOT / "audit"}  # a program of its own
    of_no_module = {
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in folder.glob("test_*.py")
        if not (homes.get(folder.name, SCRIPTS / "duality" / folder.name) / path.name.removeprefix("test_")).is_file()
    }
    assert len(folders) > 10
    assert of_no_module == TESTS_OF_NO_ONE_MODULE


@pytest.mark.parametrize(
    ("check", "file", "text", "fault"),
    [
        (
            against_the_order,
            "duality/fits/planted.py",
            "import duality.claims.ledger",
            "fits.planted imports",
        ),
        (
            against_the_order,
            "duality/formulas/planted.py",
            "def f():\n from duality.dataset import density",
            "imports du",
        ),
        (
            against_the_order,
            "duality/conventions.py",
            "from duality.errors import InputError",
            "conventions imports",
        ),
        (against_the_order, "duality/records/table.py", "from job import job", "records.table imports the script job"),
        (against_the_order, "planted.py", "import table", "planted imports the script table"),
        (against_the_order, "planted.py", "from duality.helpers import x", "duality.helpers, which is not there"),
        (too_high, "duality/errors.py", "import duality.records.table", "circle: "),
        (too_high, "duality/fits/planted.py", "import duality.fits.planted", "circle: duality.fits.planted →"),
        (misplaced, "duality/utils.py", "", "duality/utils.py is not in the list"),
        (misplaced, "duality/fits.py", "", "duality/fits.py is not in the list"),
        (misplaced, "duality/helpers/planted.py", "", "duality/helpers is not in the list"),
        (misplaced, "duality/table/inner/__init__.py", "", "duality/table has a package inside"),
        (misplaced, "duality/table/__init__.py", "x = 1", "duality/table/__init__.py is not empty"),
        (misplaced, "figures/planted.py", "", "figures/planted.py is no script in the folder itself"),
        (misplaced, "planted.py", "\n" * LINES_OF_A_SCRIPT, "planted.py has 33 lines"),
        (unreadable, "duality/fits/planted.py", "from . import rivals", "fits.planted, line 1: relative import"),
        (unreadable, "duality/fits/planted.py", "from .rivals import x", "fits.planted, line 1: relative import"),
        (unreadable, "duality/fits/planted.py", "import importlib", "line 1: import by a computed name"),
        (unreadable, "duality/fits/planted.py", "x = __import__('os')", "line 1: import by a computed name"),
        (unreadable, "duality/fits/planted.py", "from snakemake.io import expand", "the library knows Snakemake"),
        (unreadable, "duality/fits/planted.py", "x = snakemake.input", "the library knows Snakemake"),
    ],
)
def test_a_planted_fault_is_seen(tmp_path, check, file, text, fault):
    """Only what is planted is counted: what the checks find in the copy without it is subtracted."""
    copy = tmp_path / "scripts"
    shutil.copytree(SCRIPTS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    before = check(copy)
    path = copy / file
    path.parent.mkdir(exist_ok=True)
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(f"{old}{text}\n", encoding="utf-8")
    found = [told for told in check(copy) if told not in before]
    assert any(fault in told for told in found), found


def test_a_floor_too_many_is_seen(tmp_path):
    (tmp_path / "duality/fits").mkdir(parents=True)
    for number in range(FLOORS + 1):
        below = f"from duality.fits import m{number - 1}\n" if number else ""
        (tmp_path / f"duality/fits/m{number}.py").write_text(below)
        (tmp_path / "duality/__init__.py").touch()
        (tmp_path / "duality/fits/__init__.py").touch()
        assert len(longest_chain(graph(tmp_path))) == number + 1
        assert bool(too_high(tmp_path)) == (number + 1 > FLOORS)


def test_a_missing_package_is_seen(tmp_path):
    shutil.copytree(SCRIPTS, tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__", "rivals.py"))
    shutil.rmtree(tmp_path / "scripts/duality/table")
    assert "duality/table is not there" in misplaced(tmp_path / "scripts")
