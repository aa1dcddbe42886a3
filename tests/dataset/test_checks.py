"""If these fail, a class that has no data, or a condition that no x1 meets, is found only when a job fails."""

import copy

import numpy as np
import pytest

from duality.dataset.checks import check_data
from duality.errors import InputError


def with_class(resolved, **description):
    changed = copy.deepcopy(resolved)
    changed["classes"]["ones"] = {"x2": 1, "shards": None} | description
    return changed


def with_conditions(resolved, *conditions):
    changed = copy.deepcopy(resolved)
    changed["experiments"]["relu_quartic"]["classes"]["zeros"]["conditions"] = list(conditions)
    return changed


def test_what_is_there_is_accepted(resolved, tmp_path):
    path = tmp_path / "mine.npy"
    np.save(path, np.linspace(0.5, 1.5, 400))
    for description in ({"mean": 1.0, "sd": 0.25}, {"distribution": "t", "parameters": {"df": 5, "loc": 1}}):
        check_data(with_class(resolved, **description))
    check_data(with_class(resolved, file=str(path), shards=400))
    check_data(with_conditions(resolved, "x1 > 0", "w > 100"))  # of w nothing is known yet


@pytest.mark.parametrize(
    ("description", "complaint"),
    [
        ({"file": "nowhere.npy", "shards": 1}, "classes.ones: there is no file 'nowhere.npy'"),
        ({"distribution": "nrom"}, "classes.ones: 'nrom' is no continuous distribution"),
        ({"distribution": "t", "parameters": {"dof": 5}}, "classes.ones: the parameters of 't' are df, loc, scale"),
        ({"distribution": "gamma", "parameters": {"a": -1}}, "classes.ones: 'gamma' with the parameters .* must exist"),
    ],
)
def test_what_is_not_there_is_told(resolved, description, complaint):
    with pytest.raises(InputError, match=f"^config: {complaint}"):
        check_data(with_class(resolved, **description))


def test_a_file_with_fewer_values_than_shards_is_told(resolved, tmp_path):
    """Some shard would be empty, and nothing could be measured on it."""
    path = tmp_path / "mine.npy"
    np.save(path, np.linspace(0.5, 1.5, 400))
    with pytest.raises(InputError, match=r"config: classes\.ones: '.*' has 400 values for dataset.shards = 401"):
        check_data(with_class(resolved, file=str(path), shards=401))


def test_a_specific_description_counts_before_mean_and_sd(resolved):
    """An overlay that names a file leaves mean and sd where they are."""
    with pytest.raises(InputError, match="there is no file"):
        check_data(with_class(resolved, mean=1.0, sd=0.25, distribution="t", file="nowhere.npy", shards=1))


@pytest.mark.parametrize("conditions", [("x1 > 9",), ("x1 > 0", "x1 < 0"), ("2 < 1",), ("x2 > 0",)])
def test_conditions_that_no_x1_meets_are_told(resolved, conditions):
    told = r"^config: experiments\.relu_quartic\.classes\.zeros\.conditions = .*: no x1 of the class 'zeros' meets them"
    with pytest.raises(InputError, match=told):
        check_data(with_conditions(resolved, "w > 0", *conditions))


def test_each_condition_of_each_experiment_is_looked_at(resolved):
    """Only those that know w and b are left out: a class is looked at in every experiment that measures it."""
    looked_at = 0
    for experiment, content in resolved["experiments"].items():
        for name in content["classes"]:
            changed = copy.deepcopy(resolved)
            changed["experiments"][experiment]["classes"][name]["conditions"].append("x1 > 9")
            with pytest.raises(InputError, match=rf"experiments\.{experiment}\.classes\.{name}\.conditions"):
                check_data(changed)
            looked_at += 1
    assert looked_at == 10
