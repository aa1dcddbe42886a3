"""The commands that the docs tell people to type: where they stand, which test runs them, and which no test can run."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# All that people read, but for what the site generates of it; a list of changes tells of the past.
PAGES = [
    path.relative_to(ROOT).as_posix()
    for path in (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), ROOT / "results/README.md")
    if path.name != "CHANGELOG.md"
]
# The test that runs every command of a page, but for those below.
RUN_BY = {
    "README.md": "tests/test_documented_commands.py",
    "docs/audit.md": "tests/test_documented_commands.py",
    "docs/cluster.md": "tests/cluster/test_slurm.py",
    "docs/compositions.md": "tests/test_workflow.py",
    "docs/conda.md": "tests/test_conda.py",
    "docs/gallery.md": "tests/test_gallery.py",
    "docs/import.md": "tests/test_module.py",
    "docs/laptop.md": "tests/test_laptop.py",
    "docs/sweeps.md": "tests/test_sweeps.py",
    "docs/tutorial.md": "tests/test_documented_commands.py",
}
# What is not run as it stands, and why.
NOT_RUN = {
    "make check": "CI runs it before the tests: .ci/run",
    "make test": "CI runs it: .ci/run",
    "make test-fast": "a part of `make test`, which CI runs",
    "make docs": "tests/test_docs.py runs it, without making the environment anew",
    "python audit results --rebuild 3 --seed 1": "takes a minute: tests/audit/test_rebuild.py makes small ones again",
    ".venv/bin/rocrate-validator validate --no-paging -p provenance-run-crate-0.5 results": (
        "fetches two contexts: tests/provenance/test_crate.py gives the validator copies"
    ),
    "ssh-keygen -Y sign -f ~/.ssh/id_ed25519 -n in-toto results/manifest.intoto.json": "needs a key of one's own",
    "ssh-keygen -Y verify -f signers -I me@example.org -n in-toto -s results/manifest.intoto.json.sig"
    " < results/manifest.intoto.json": "needs a signature by that key",
    r"""jq -r '.subject[] | "\(.digest.sha256)  \(.name)"' results/manifest.intoto.json"""
    " | sha256sum --check --quiet": (
        "needs jq: tests/provenance/test_statement.py compares the digests of all subjects"
    ),
}


def blocks(path: Path) -> list[tuple[str, str]]:
    """Language and text of every fenced block of a page, in its order."""
    return re.findall(r"^ *```([^\n`]*)\n(.*?)^ *```$", path.read_text(encoding="utf-8"), re.M | re.S)


def commands(path: Path) -> list[str]:
    """What follows `$ ` in the blocks of a page that are marked as console, in the page's order, without comments."""
    lines = [line for language, text in blocks(path) if language == "console" for line in text.splitlines()]
    return [re.sub(r" +# .*$", "", line.removeprefix("$ ")) for line in lines if line.startswith("$ ")]


def run_elsewhere(page: str) -> set[str]:
    """The commands that other tests run, each on its own page."""
    own = RUN_BY[page]
    return {line for other, test in RUN_BY.items() if test != own for line in commands(ROOT / other)}


def run(line: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a person would, who has this Python first on the PATH."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"} | variables
    options = {"capture_output": True, "text": True, "timeout": 1200, "check": False}
    return subprocess.run(["bash", "-c", line], cwd=folder, env=environment, **options)
