"""If these fail, one of the five changes of CONTRIBUTING.md touches more files than it says, or no longer works.

The examples are patches of tests/contributing. After a change of the code beside one, make it anew: apply it with
`git apply --reject` to a clean checkout, mend it, and write `git diff` over it.
"""

import re
import shutil
import subprocess
import sys

import pytest
from conftest import OWN_FILES, ROOT

EXAMPLES = {path.stem: path for path in sorted((ROOT / "tests/contributing").glob("*.patch"))}
FILES = {"rival": 1, "claim": 2, "figure": 3, "window": 2, "quantity": 2}  # beside a test
# Tests that were there before and must still pass: what reads windows, quantities, rivals, claims and figures.
OTHERS = {
    "rival": ["tests/fits/test_rivals.py", "tests/claims"],
    "claim": ["tests/claims"],
    "figure": ["tests/test_imports.py", "tests/config/test_resolution.py"],
    "window": ["tests/jacobian/test_windows.py", "tests/exponents", "tests/table", "tests/claims", "tests/config"],
    "quantity": [
        *("tests/jacobian/test_windows.py", "tests/exponents", "tests/fluctuations", "tests/table", "tests/claims"),
        *("tests/figures/test_local_exponents.py", "tests/config/test_settings.py"),
    ],
}


def touched(example):
    return re.findall(r"^diff --git a/(\S+)", EXAMPLES[example].read_text(encoding="utf-8"), re.MULTILINE)


def test_every_example_is_told_of_and_counted():
    told = re.findall(r"`(\w+)\.patch`", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert sorted(told) == sorted(EXAMPLES) == sorted(FILES)


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_change_touches_the_files_that_it_says(example):
    files = touched(example)
    assert len([name for name in files if not name.startswith("tests/")]) == FILES[example]
    assert len([name for name in files if name.startswith("tests/")]) == 1


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES)
def test_a_change_works(example, tmp_path):
    """On a copy of the repository: its own test fails before the change, and passes after it; so do the others."""
    for name in (*OWN_FILES, "audit", "docs", "tests", "pyproject.toml"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "_build"))
        else:
            shutil.copy2(source, tmp_path / name)
    (test,) = (name for name in touched(example) if name.startswith("tests/"))

    def run(*tests):
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "not slow", *tests]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False)

    apply = ["git", "apply", "-C1", str(EXAMPLES[example])]
    subprocess.run([*apply, f"--include={test}"], cwd=tmp_path, check=True)
    before = run(test)
    assert before.returncode in (1, 2), before.stdout
    subprocess.run([*apply, f"--exclude={test}"], cwd=tmp_path, check=True)
    after = run(test, *OTHERS[example])
    assert after.returncode == 0, after.stdout
