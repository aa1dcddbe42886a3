"""If these fail, the auditor names another cause than the one that there is, or none."""

import copy
import hashlib

import pytest
from conftest import ROOT

from causes import Workflow, between, excerpt
from duality.config import excerpt as of_the_workflow

RECORD = {
    "rule": "table",
    "code": {"table.py": "1" * 64, "duality/rounding.py": "2" * 64},
    "config": {
        "experiments": "experiments",
        "signs": "experiments/*/classes/*/sign",
        "fits": "statistics/cells,bootstrap",
    },
    "params": {
        "experiments": {"a": {"gamma": 0.1}},
        "signs": {"a": {"zeros": "negative"}},
        "fits": {"cells": 9, "bootstrap": 99},
    },
    "environment": {"python": "3.11.7", "packages": {"numpy": "2.4.6"}, "numba": {"jit": True}},
    "inputs": {"results/a.csv": "3" * 64},
    "pins": {},
    "workflow": {},
}  # fmt: skip


@pytest.mark.parametrize("place", ["seed", "experiments/*", "figures/*/title", "experiments/*/classes/*/sign",
                                   "statistics/cells,bootstrap", "experiments/relu_mse/training"])  # fmt: skip
def test_a_place_of_the_config_is_what_the_rules_take_it_for(resolved, place):
    """The auditor reads the places of a record by code of its own."""
    assert excerpt(resolved, place) == of_the_workflow.excerpt(resolved, place)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda record: record["code"].update({"table.py": "4" * 64}), "code: workflow/scripts/table.py"),
        (lambda record: record["code"].update({"new.py": "4" * 64}), "code: workflow/scripts/new.py"),
        (
            lambda record: record["params"]["experiments"]["a"].update(gamma=0.2),
            "config: experiments.a.gamma is 0.2, 0.1 in the reference",
        ),
        (
            lambda record: record["params"]["signs"]["a"].update(zeros="positive"),
            'config: experiments.a.classes.zeros.sign is "positive", "negative" in the reference',
        ),
        (
            lambda record: record["params"]["fits"].update(cells=8),
            "config: statistics.cells is 8, 9 in the reference",
        ),
        (lambda record: record["params"]["experiments"].update(b={}), "config: experiments.b is not in the reference"),
        (
            lambda record: record["environment"]["packages"].update(numpy="2.3.5"),
            'environment: packages.numpy is "2.3.5", "2.4.6" in the reference',
        ),
        (
            lambda record: record["environment"]["numba"].update(jit=False),
            "environment: numba.jit is false, true in the reference",
        ),
        (lambda record: record["inputs"].update({"results/a.csv": "5" * 64}), "input: results/a.csv"),
        (bool, ""),
    ],
)  # fmt: skip
def test_what_two_recipes_differ_in(change, cause):
    mine = copy.deepcopy(RECORD)
    change(mine)
    assert between(mine, RECORD) == cause


def test_code_comes_before_config_and_environment_before_inputs():
    """An input differs because something else did: it is the last to be named."""
    mine = copy.deepcopy(RECORD)
    mine["inputs"]["results/a.csv"] = "5" * 64
    mine["environment"]["python"] = "3.12.0"
    assert between(mine, RECORD).startswith("environment: python")
    mine["params"]["fits"]["cells"] = 8
    assert between(mine, RECORD).startswith("config:")
    mine["code"]["table.py"] = "4" * 64
    assert between(mine, RECORD).startswith("code:")


def test_data_of_one_s_own_are_compared_where_the_run_was_and_the_readme_where_the_repository_is(tmp_path):
    repository, directory = tmp_path / "repository", tmp_path / "directory"
    for folder, text in ((repository, "old"), (directory, "new")):
        folder.mkdir()
        (folder / "mine.csv").write_text(text, encoding="utf-8")
    old = hashlib.sha256(b"old").hexdigest()
    workflow = Workflow(repository, None, directory)
    assert workflow.is_changed("mine.csv", old)
    assert not workflow.has_other("mine.csv", old)
    assert not Workflow(repository, None).is_changed("mine.csv", old)
    assert not workflow.is_changed("../repository/mine.csv", "0" * 64)


def test_a_record_cannot_make_the_auditor_read_another_file_than_the_workflow_s(tmp_path):
    """Only names that it knows, and modules below workflow/scripts, are opened."""
    opened = []

    class Watched(Workflow):
        def _digest(self, name):
            opened.append(name)
            return super()._digest(name)

    record = copy.deepcopy(RECORD)
    record["params"]["files"] = {"../../etc/passwd": "0" * 64, "/dev/zero": "0" * 64, "claims.yaml": "0" * 64}
    record["workflow"] = {"../../etc/passwd": "0" * 64, "profiles/../../x": "0" * 64, "Snakefile": "0" * 64}
    record["code"] = {}
    workflow = Watched(ROOT, None)
    assert workflow.outdated(record | {"rule": "no_such_rule"}) == "code: the workflow has no such rule"
    assert "workflow/rules/table.smk" in workflow.outdated(record)
    assert workflow.changed(record) == ["Snakefile"]
    assert set(opened) <= {"claims.yaml", "Snakefile", "workflow/rules/table.smk"}
    assert Workflow(tmp_path, None).outdated(record) == "code: the workflow has no such rule"
