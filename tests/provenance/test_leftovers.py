"""If these fail, results of another config pass for those of this one, or good ones are said to be of another."""

import json
from functools import partial

import pytest

from duality.config.excerpt import excerpt
from duality.provenance.leftovers import leftovers

CONFIG = {
    "seed": 1,
    "experiments": {"a": {"gamma": 0.1}, "b": {"gamma": 0.2}},
    "dataset": {"training_shards": 1},
    "division": {"batches": ["1-2"]},
    "realisations": {"number": 2},
}
CODE = {"dataset": "d", "training": "t", "table": "u", "fluctuation_sums": "f"}


def job(folder, name, rule, places=None, inputs=(), config=CONFIG, **wildcards):
    """A record, and the one output of the job."""
    output = f"results/{name}.csv"
    (folder / output).parent.mkdir(parents=True, exist_ok=True)
    (folder / output).write_text(name, encoding="utf-8")
    places = {key: place.format(**wildcards) for key, place in (places or {}).items()}
    record = {
        "rule": rule,
        "wildcards": wildcards,
        "params": {key: excerpt(config, place) for key, place in places.items()} | {"code": CODE[rule]},
        "config": places,
        "inputs": {f"results/{other}.csv": other for other in inputs},
        "outputs": {output: {"sha256": name}},
    }
    path = folder / f"results/provenance/{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record), encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    """Results of three stages, of this config."""
    job(tmp_path, "dataset/0", "dataset", {"seed": "seed"}, shard="0")
    gamma = {"gamma": "experiments/{experiment}/gamma"}
    for name in ("a", "b"):
        job(tmp_path, f"training/{name}", "training", gamma, ["dataset/0"], experiment=name)
    job(tmp_path, "table", "table", {"names": "experiments/*"}, ["training/a", "training/b"])
    (tmp_path / "results/README.md").touch()
    (tmp_path / "results/audit.html").touch()
    return tmp_path


def found(folder, code=None, **changes):
    config = {**CONFIG, **changes}
    return leftovers(partial(excerpt, config), lambda rule: {**CODE, **(code or {})}[rule], folder)


def test_of_this_config_nothing_is_left_over(folder):
    assert found(folder) == {}


@pytest.mark.parametrize(
    ("changes", "others"),
    [
        ({"seed": 7}, {"dataset/0", "training/a", "training/b", "table"}),
        ({"experiments": {"a": {"gamma": 0.1}, "b": {"gamma": 0.3}}}, {"training/b", "table"}),
        ({"experiments": {"a": {"gamma": 0.1}}}, {"training/b", "table"}),
        ({"experiments": {**CONFIG["experiments"], "c": {"gamma": 1}}}, {"table"}),
        ({"dataset": {"training_shards": 0}}, {"dataset/0", "training/a", "training/b", "table"}),
        ({"code": {"training": "changed"}}, {"training/a", "training/b", "table"}),
    ],
)
def test_what_another_config_or_code_made_is_named_and_what_rests_on_it(folder, changes, others):
    assert set(found(folder, **changes)) == {f"results/{name}.csv" for name in others}


def test_the_cause_is_told(folder):
    assert found(folder, seed=7)["results/dataset/0.csv"] == "seed was another"
    assert found(folder, seed=7)["results/table.csv"] == (
        "it rests on results/dataset/0.csv, and there seed was another"
    )
    without = found(folder, experiments={"a": {"gamma": 0.1}})
    assert without["results/training/b.csv"] == "the config has no experiments.b.gamma any more"


def test_half_of_a_failed_run_is_told_from_the_half_before_it(folder):
    """With another γ the training was done again; the table still rests on the one before."""
    other = {**CONFIG, "experiments": {"a": {"gamma": 0.5}, "b": {"gamma": 0.2}}}
    job(folder, "training/a", "training", {"gamma": "experiments/a/gamma"}, ["dataset/0"], other, experiment="a")
    path = folder / "results/provenance/training/a.json"
    path.write_text(path.read_text().replace('"sha256": "training/a"', '"sha256": "anew"'))
    assert found(folder, experiments=other["experiments"]) == {
        "results/table.csv": "it rests on results/training/a.csv, which was made anew since"
    }
    path.unlink()
    (folder / "results/training/a.csv").unlink()
    assert found(folder, experiments=other["experiments"]) == {
        "results/table.csv": "it rests on results/training/a.csv, which is not there any more"
    }


def test_a_batch_or_realisation_too_many_and_what_nobody_made(folder):
    job(folder, "fluctuations/a/1-2", "fluctuation_sums", batch="1-2", experiment="a")
    job(folder, "fluctuations/a/3-9", "fluctuation_sums", batch="3-9", experiment="a")
    job(folder, "realisations/a/2", "table", realisation="2")
    (folder / "results/mine.txt").touch()
    assert found(folder) == {
        "results/fluctuations/a/3-9.csv": "the config has no batch 3-9 any more",
        "results/realisations/a/2.csv": "the config has no realisation 2 any more",
        "results/mine.txt": "no job recorded it",
    }


def test_records_that_are_none_or_a_circle_end_it_not(folder):
    (folder / "results/provenance/x.json").write_text("[1]", encoding="utf-8")
    (folder / "results/provenance/y.json").write_text("{", encoding="utf-8")
    job(folder, "one", "table", inputs=["two"])
    job(folder, "two", "table", inputs=["one"])
    assert found(folder) == {}


def test_a_rule_that_there_is_none_of(folder):
    def code(rule):
        if rule == "table":
            raise FileNotFoundError
        return CODE[rule]

    assert leftovers(partial(excerpt, CONFIG), code, folder) == {"results/table.csv": "the workflow has no rule table"}
