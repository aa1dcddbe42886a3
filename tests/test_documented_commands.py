"""If these fail, the docs tell people to type something that nobody has tried, or that does not do what they say."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from conftest import ROOT, copy_own_files
from documented_commands import NOT_RUN, PAGES, RUN_BY, blocks, commands, run, run_elsewhere

TUTORIAL = ROOT / "docs/tutorial.md"
CLONE = "dataset-learning-duality"
LANGUAGES = {"console", "yaml", "snakemake", "text", "{include} ../README.md", "{toctree}"}


def uncovered(page, path):
    """The commands of a page that no test runs, and that are not listed as such."""
    return [line for line in commands(path) if page not in RUN_BY and line not in NOT_RUN]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_is_run_by_a_test_or_listed_with_a_reason(page):
    assert uncovered(page, ROOT / page) == []
    for language, text in blocks(ROOT / page):
        # A shell's block has one name and one form, so that none is overlooked.
        assert language in LANGUAGES, f"{page}: a block of {language!r}: is it `console`?"
        if language == "console":
            assert all(line.startswith("$ ") for line in text.splitlines() if line.strip()), text


def test_a_page_is_run_by_the_test_that_is_named():
    """It reads the page itself: a command that is added is run."""
    assert set(RUN_BY) <= set(PAGES)
    for page, test in RUN_BY.items():
        assert commands(ROOT / page), f"{page} has no commands any more"
        text = (ROOT / test).read_text(encoding="utf-8")
        assert "commands(" in text, test
        assert page in text or test == "tests/test_documented_commands.py", test


def test_what_is_listed_as_not_run_stands_on_a_page():
    everything = {line for page in PAGES for line in commands(ROOT / page)}
    assert set(NOT_RUN) <= everything


@pytest.mark.parametrize(
    "added", ["```console\n$ snakemake nothing\n```\n", "```bash\nsnakemake nothing\n```\n", "```\nsnakemake\n```\n"]
)
def test_a_new_block_is_seen(tmp_path, added):
    page = tmp_path / "new.md"
    page.write_text(f"# New\n\n{added}", encoding="utf-8")
    languages = {language for language, _ in blocks(page)}
    assert uncovered("docs/new.md", page) or not languages <= LANGUAGES


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """What README and tutorial tell to do, until somebody stands in the clone; with the files as they are now."""
    place = tmp_path_factory.mktemp("clone")
    begin = commands(ROOT / "README.md")[:2]
    assert begin == [f"git clone REPOSITORY {CLONE}", f"cd {CLONE}"]
    assert commands(TUTORIAL)[0] == begin[0]
    done = run("; ".join(["set -e", *begin]).replace("REPOSITORY", str(ROOT)), place)
    assert done.returncode == 0, done.stderr
    folder = copy_own_files(place / CLONE)
    for name in ("smoke/config.yaml", "Makefile"):
        shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(Path(sys.executable).parents[1])
    return folder


@pytest.mark.slow
def test_the_tutorial_does_what_it_says(clone):
    """On the smoke config, as it says; what is run on the paper there is run by the tests of other pages."""
    (clone / "mine.yaml").write_text(dict(blocks(TUTORIAL))["yaml"], encoding="utf-8")
    said = {}
    for line in [line for line in commands(TUTORIAL)[1:] if line not in run_elsewhere("docs/tutorial.md")]:
        # The environment is there; its locks are younger in this copy.
        command = re.sub("^make ", "make -o requirements.lock -o requirements-build.lock ", line)
        done = run(command, clone)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        said[line] = done.stdout + done.stderr
    assert len(said) == 6
    results = clone / "smoke/results"
    assert not (clone / "results/table").exists()
    table = pd.read_csv(results / "table/table.csv").set_index(["experiment", "class"])
    for row, k in ((("relu_quartic", "zeros"), 2 / 3), (("mine", "zeros"), 4 / 5)):
        assert table.loc[row, "k_corrected"] == pytest.approx(k, abs=4 * table.loc[row, "k_corrected_se"] + 0.01), row
        assert table.loc[row, "k_corrected_se"] < 0.05, row
    regimes = pd.read_csv(results / "theory/regimes/mine.csv")
    assert ((regimes["class"] == "zeros") & (regimes["k_b_text"] == "4/5") & (regimes["h_leading"] == "∝ y⁵")).any()
    for name in ("figure_8.png", "figure_8.txt", "figure_mine.png"):
        assert (results / "figures" / name).stat().st_size > 500, name
    first = next(line for line in said if line.endswith("figure_8.png"))
    assert "2/3" in said[first]


@pytest.mark.slow
def test_the_commands_of_the_audit_do_what_the_page_says(finished, tmp_path):
    """On a small run, of another config than the reference has: beside that, and only there, the audit says no."""
    folder = shutil.copytree(finished, tmp_path / "audited")
    for name in ("audit", "reference"):
        shutil.copytree(ROOT / name, folder / name, dirs_exist_ok=True)
    said = {}
    for line in commands(ROOT / "docs/audit.md"):
        if line not in NOT_RUN:
            done = run(line, folder)
            said[line] = done.returncode
            assert not re.search("Traceback|usage:", done.stdout + done.stderr), done.stdout + done.stderr
    assert {line for line, status in said.items() if status} == {"python audit results --reference reference"}
    assert len(said) == 7
    assert (folder / "audit.html").stat().st_size > 1000
    assert (folder / "audit.xml").read_text(encoding="utf-8").startswith("<?xml")


def test_the_smoke_config_is_whole_and_small(shipped, schema):
    """It has every key that must be there, and what it has of the paper is as the paper's own config has it."""
    from duality.config.resolution import resolve

    smoke = yaml.safe_load((ROOT / "smoke/config.yaml").read_text(encoding="utf-8"))
    assert list(resolve(smoke, schema)["experiments"]) == ["relu_quartic"]
    assert smoke["dataset"]["samples_per_shard"] * 30 < shipped["dataset"]["samples_per_shard"] * 1.01
    for key in ("classes", "training", "design"):
        assert smoke[key] == shipped[key], key
    for key in ("activations", "losses", "predictions", "figures"):
        assert smoke[key].items() <= shipped[key].items(), key
    own, paper = smoke["experiments"]["relu_quartic"], shipped["experiments"]["relu_quartic"]
    assert own["training"] == paper["training"]
    for name, about in own["classes"].items():
        assert about.items() <= paper["classes"][name].items(), name
    ignored = subprocess.run(
        ["git", "check-ignore", "smoke/results/x", "smoke/config.yaml"],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
    )
    assert ignored.stdout.split() == ["smoke/results/x"]
