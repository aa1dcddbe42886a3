"""If these fail, the end of a run tells of another config's results, hides what failed, or names what is not there."""

import json
from pathlib import Path

import pytest

from duality.failures import write_failure
from duality.provenance.closing import closing

FILES = {
    "table/table.txt": "the table\n",
    "table/table.md": "",
    "figures/overview.png": "",
    "figures/figure_1.png": "",
    "figures/figure_1.pdf": "",
    "claims/ledger.csv": "kind,verdict\ntable,reproduced\nfigure,refuted\ntable,reproduced\nours,refuted\n",
    "claims/ledger.md": "",
    "theory/theory.md": "",
    "training/a/equilibrium.json": "{}",
}
TITLES = {"a": "ReLU, quartic", "b": "B"}


@pytest.fixture
def folder(tmp_path):
    """Results with a record each; the config is one number, which stands in the record of each."""
    for name, text in FILES.items():
        for path in (tmp_path / "results" / name, tmp_path / "results/provenance" / f"{name}.json"):
            path.parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "results" / name).write_text(text, encoding="utf-8")
        made_with(tmp_path, name, 1)
    write_failure("died after 3 steps: x, change y", tmp_path / "results/training/a/equilibrium.json")
    return tmp_path


def made_with(folder, name, number):
    record = {
        "rule": "r",
        "wildcards": {},
        "params": {"n": number, "code": "c"},
        "config": {"n": "number"},
        "inputs": {},
    }
    record["outputs"] = {f"results/{name}": {"sha256": ""}}
    (folder / "results/provenance" / f"{name}.json").write_text(json.dumps(record), encoding="utf-8")


def told(folder, titles=TITLES, number=1, **given):
    return closing(titles, {"number": number}.__getitem__, lambda _: "c", folder, **given)


def test_all_of_this_config_is_told(folder, monkeypatch):
    monkeypatch.chdir(folder)
    found = told(Path())
    assert found.failed == {"a": "died after 3 steps: x, change y"}
    assert found.text.splitlines() == [
        "the table",
        "",
        "Failed: ReLU, quartic (a) died after 3 steps: x, change y.",
        "Verdicts on the paper: 2 reproduced, 1 refuted.",
        "table, with all errors  results/table/table.md",
        "figures                 results/figures/overview.png",
        "ledger of claims        results/claims/ledger.md",
        "theory                  results/theory/theory.md",
    ]


def test_the_table_is_shown_if_it_was_asked_for(folder):
    found = told(folder, table=False)
    assert "the table" not in found.text
    assert found.text + "\n" == told(folder).text.replace("the table\n\n", "") + "\n"


def test_the_folder_of_a_module_is_told(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    assert f"theory                  {folder.name}/results/theory/theory.md" in told(Path(folder.name)).text


def test_with_another_working_folder_places_are_told_as_seen_from_outside(folder, monkeypatch):
    """What `--directory smoke` made is not in results/ of the folder where it was typed."""
    monkeypatch.chdir(folder)
    found = told(Path(), called=Path("smoke"))
    assert "theory                  smoke/results/theory/theory.md" in found.text


def test_what_was_asked_for_is_named(folder, monkeypatch):
    """Once, by its place as seen from outside, and only if it is there and of this config."""
    monkeypatch.chdir(folder)
    made_with(folder, "table/table.md", 2)
    names = ("figures/figure_1.pdf", "figures/figure_1.png", "figures/none.png", "table/table.md", "theory/theory.md")
    found = told(Path(), called=Path("smoke"), asked=[f"results/{name}" for name in names]).text
    lines = [line for line in found.splitlines() if line.startswith(("asked for", "figures "))]
    assert lines == [
        "figures           smoke/results/figures/overview.png",
        "asked for         smoke/results/figures/figure_1.*",
    ]
    assert found.count("theory.md") == 1


def test_of_much_that_was_asked_for_little_is_told(folder):
    for number in range(100):
        made_with(folder, f"{number}.csv", 1)
        (folder / f"results/{number}.csv").touch()
    lines = told(folder, asked=[f"results/{number}.csv" for number in range(100)]).text.splitlines()
    assert len([line for line in lines if line.startswith("asked for")]) == 8
    assert lines[-1] == "  and 92 more"


def test_of_another_config_nothing_is_told_but_that_it_is(folder, monkeypatch):
    """Neither its table, nor its verdicts, nor what failed then: they are named, with the cause."""
    monkeypatch.chdir(folder)
    found = told(Path(), number=2)
    assert found.failed == {}
    assert found.text.splitlines() == [
        "Not what this config makes, in results (9, `snakemake audit` tells of each):",
        "  results/claims/*: number was another",
        "  results/figures/*: number was another",
        "  results/table/*: number was another",
        "  results/theory/theory.md: number was another",
        "  results/training/a/equilibrium.json: number was another",
    ]


def test_of_two_configs_side_by_side_the_other_is_named(folder, monkeypatch):
    """A folder of both is named by its files, of one name in one line."""
    monkeypatch.chdir(folder)
    for name in ("figures/figure_1.png", "figures/figure_1.pdf", "table/table.txt"):
        made_with(folder, name, 2)
    lines = told(Path()).text.splitlines()
    assert lines[0].startswith("Failed")
    assert lines[-3:] == [
        "Not what this config makes, in results (3, `snakemake audit` tells of each):",
        "  results/figures/figure_1.*: number was another",
        "  results/table/table.txt: number was another",
    ]


def test_many_are_few_lines(folder):
    for number in range(100):
        (folder / f"results/{number}.txt").touch()
    lines = told(folder).text.splitlines()
    assert len(lines) < 20
    assert lines[-1] == "  and 92 more"


def test_only_experiments_of_the_config_fail_it(folder):
    assert told(folder, titles={"b": "B"}).failed == {}


def test_of_nothing_nothing_is_told(tmp_path):
    assert told(tmp_path).text == ""
