"""If these fail, an overlay cannot leave an experiment out, or a number on the command line is a text."""

import copy

import pytest
import yaml

from duality.config.overlays import settled
from duality.config.reading import overlaid
from duality.config.resolution import resolve
from duality.config.sweeps import resolve_sweeps
from duality.errors import InputError


def test_the_shipped_config_stays_as_it_is(shipped):
    assert settled(copy.deepcopy(shipped), {}) == shipped


def test_an_experiment_that_is_null_is_left_out_with_all_that_is_about_it(shipped, schema):
    sweep = {**shipped["sweeps"]["end_of_criticality"], "experiment": "relu_mse", "figures": {}}
    sweep["axes"] = {"gamma": {"at": "experiments.relu_mse.training.gamma", "values": [0.01, 0.02]}}
    with_sweep = overlaid(shipped, {"sweeps": {"of_relu": {**sweep, "overlay": {}}}})
    left_out = overlaid(with_sweep, {"experiments": {"relu_mse": None, "piecewise_linear_cross_entropy": None}})
    found = settled(left_out, {})
    assert list(found["experiments"]) == ["sigmoid_mse", "sigmoid_cross_entropy", "relu_quartic"]
    assert list(found["figures"]) == [f"figure_{number}" for number in (1, 2, 3, 4, 8, 9)]
    assert list(found["sweeps"]) == list(shipped["sweeps"])
    assert "guard" not in found
    assert "guard" not in resolve(found, schema)
    assert resolve_sweeps(found, schema)
    one = settled(overlaid(with_sweep, {"experiments": {"relu_mse": None}}), {})
    assert one["guard"] == shipped["guard"]


def test_without_any_experiment_one_line_says_so(shipped, schema):
    nothing = settled(overlaid(shipped, {"experiments": dict.fromkeys(shipped["experiments"])}), {})
    with pytest.raises(InputError, match=r"config: (experiments|figures) = {}: must be"):
        resolve(nothing, schema)


@pytest.mark.parametrize(
    ("own", "left"),
    [
        ({"distribution": "t", "parameters": {"df": 5}}, {"x2", "distribution", "parameters"}),
        ({"file": "mine.csv", "column": "x1"}, {"x2", "file", "column"}),
        ({"distribution": "t", "parameters": {}, "file": "mine.csv"}, {"x2", "file"}),
        ({"sd": 1}, {"x2", "mean", "sd"}),
    ],
)
def test_a_class_keeps_only_what_describes_it(shipped, own, left):
    found = settled(overlaid(shipped, {"classes": {"ones": own}}), {})
    assert set(found["classes"]["ones"]) == left
    assert found["classes"]["zeros"] == shipped["classes"]["zeros"]


def test_what_is_wrong_stays_to_be_refused(shipped, schema):
    for part in ("classes", "experiments", "figures", "sweeps", "guard"):
        for wrong in (None, [1], "text", {"a": [1]}, {"a": {"experiment": []}}):
            bad = settled({**shipped, part: wrong, "seed": "x"}, {"no such key": "1"})
            with pytest.raises(InputError, match=r"^config: "):
                resolve(bad, schema)
    assert settled([1], {}) == [1]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3), ("-2", -2), ("1.5", 1.5), ("1e-3", 0.001), (".5", 0.5), ("true", True), ("null", None),
        ("1/2", "1/2"), ("log(y)", "log(y)"), ("e5", "e5"), ("-", "-"), (".", "."), ("", ""), ("1_0", "1_0"),
        ("nan", "nan"),
    ],
)  # fmt: skip
def test_the_command_line_gives_numbers(text, value):
    """Snakemake reads what stands in braces as texts, whatever it is."""
    config = {"dataset": {"shards": text, "own": "7"}, "list": [text], "seed": "7"}
    found = settled(config, {"dataset": {"shards": text}, "list": [text]})
    assert found == {"dataset": {"shards": value, "own": "7"}, "list": [value], "seed": "7"}
    assert type(found["list"][0]) is type(value)


def test_what_is_no_number_is_one_line(shipped, schema):
    given = yaml.load("{shards: three}", Loader=yaml.BaseLoader)
    with pytest.raises(InputError, match=r"^config: dataset.shards = 'three': must be an integer"):
        resolve(settled(overlaid(shipped, {"dataset": given}), {"dataset": given}), schema)
