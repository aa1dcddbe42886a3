"""If these fail, a sweep runs other points than its config says, or a mistake in it is not told in one line."""

import copy

import pytest

from duality.config.sweeps import resolve_sweeps, resolved_point
from duality.config.validation import validate
from duality.errors import InputError

GRID = {
    "experiment": "relu_quartic",
    "axes": {
        "gamma": {"at": "experiments.relu_quartic.training.gamma", "values": [0.01, 0.02]},
        "sd": {"at": ["classes.zeros.sd", "classes.ones.sd"], "values": [0.2, 0.25, 0.3], "label": "σ"},
    },
    "points": "grid",
    "figures": {"map": {"x": "gamma", "y": "sd", "shows": ["k_q"]}},
}


@pytest.fixture
def resolve_with(shipped, schema):
    """What the sweep `mine` becomes, after changes of it."""

    def resolved(**changes):
        return resolve_sweeps({**shipped, "sweeps": {"mine": {**copy.deepcopy(GRID), **changes}}}, schema)["mine"]

    return resolved


def test_a_grid_has_all_combinations_each_with_its_values_in_their_places(resolve_with):
    found = resolve_with()
    assert list(found["points"]) == [f"gamma={g}__sd={sd}" for g in (0.01, 0.02) for sd in (0.2, 0.25, 0.3)]
    for point, at in zip(found["points"].values(), found["at"], strict=True):
        assert point["experiment"]["training"]["gamma"] == at["gamma"]
        assert {about["sd"] for about in point["classes"].values()} == {at["sd"]}
        settled = resolved_point(point)
        assert settled["training"]["gamma"] == at["gamma"]
        assert settled["training"]["ess"] == 400
    assert found["labels"] == {"gamma": "gamma", "sd": "σ"}


def test_a_list_has_its_values_in_step(resolve_with):
    axes = copy.deepcopy(GRID["axes"])
    axes["gamma"]["values"] = [0.01, 0.02, 0.03]
    found = resolve_with(points="list", axes=axes)
    assert found["at"] == [{"gamma": 0.01, "sd": 0.2}, {"gamma": 0.02, "sd": 0.25}, {"gamma": 0.03, "sd": 0.3}]


def test_a_point_has_nothing_of_the_others(resolve_with):
    """Or a new value would make old points run again."""
    axes = copy.deepcopy(GRID["axes"])
    axes["gamma"]["values"].append(0.5)
    before, after = resolve_with()["points"], resolve_with(axes=axes)["points"]
    assert len(after) == len(before) + 3
    assert {name: after[name] for name in before} == before


def test_an_overlay_is_of_this_sweep_alone(resolve_with, shipped):
    before = copy.deepcopy(shipped)
    found = resolve_with(overlay={"dataset": {"samples_per_shard": 4096}, "seed": 7})
    assert {(point["seed"], point["dataset"]["samples_per_shard"]) for point in found["points"].values()} == {(7, 4096)}
    assert {point["dataset"]["shards"] for point in found["points"].values()} == {shipped["dataset"]["shards"]}
    assert shipped == before


def test_values_may_be_fractions_and_names(resolve_with):
    axes = {
        "k": {"at": "experiments.mine.design.k", "values": ["2/3", 1]},
        "first": {"at": "classes.zeros.distribution", "values": ["norm", "uniform"]},
    }
    overlay = {"experiments": {"mine": {"design": {"k": 0}}}}
    found = resolve_with(axes=axes, overlay=overlay, experiment="mine", figures={})
    assert next(iter(found["points"])) == "k=2_over_3__first=norm"
    assert found["at"][0] == {"k": 2 / 3, "first": "norm"}
    wanted = [resolved_point(point)["design"]["k"] for point in found["points"].values()]
    assert wanted == [2 / 3, 2 / 3, 1, 1]


def axis(**changes):
    return {"axes": {**GRID["axes"], "gamma": {**GRID["axes"]["gamma"], **changes}}}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"experiment": "none"}, "sweeps.mine.experiment = 'none': must be one of sigmoid_mse, "),
        (
            axis(at="experiments.none.training.gamma"),
            "which has no 'none' with keys below it there (there are relu_quartic)",
        ),
        (
            axis(at="experiments.relu_quartic.loss", values=["quartic", "nosuch"]),
            "sweeps.mine.axes.gamma = nosuch: experiments.relu_quartic.loss = 'nosuch': must be one of squared, ",
        ),
        (axis(at="experiments.relu_quartic.training.start.w.0"), "which has no 'w' with keys below it there"),
        (axis(at="classes.ones.file", values=["a", "b"]), "no file: a sweep has the samples of the config"),
        (
            axis(at="losses.squared.name", values=["a", "b"]),
            "a place that the experiment uses: some of the values change",
        ),
        (axis(at="classes.zeros.sd", values=[0.2]), "another place than that of the axis gamma"),
        (axis(values=[0.5, "1/2"]), "must be different from each other"),
        (axis(values=[0.5, "half"]), "must be all numbers, or all names"),
        ({"figures": {"map": {"x": "sd", "y": "sd", "shows": ["k_q"]}}}, "must be another axis than x"),
        (
            {"figures": {"map": {"x": "sd", "shows": ["mini_batches"]}}},
            "mini_batches alone, of a sweep with mini_batches",
        ),
        (axis(at="figures.figure_1.class", values=["ones"]), "must be a place in what a point uses: seed, classes"),
        (axis(at="seed.gamma.x"), "sweeps.mine.axes.gamma.at = 'seed.gamma.x': must be a place in the config"),
        (axis(at="experiments.relu_quartic.training.gama"), "training.gama is no known key"),
        (axis(values=[0.01, -1]), "sweeps.mine.axes.gamma = -1: experiments.relu_quartic.training.gamma = -1: must be"),
        (axis(values=[0.01, "a b"]), "sweeps.mine.axes.gamma.values"),
        ({"points": "list"}, "sweeps.mine.points = 'list': its axes must have equally many values, and have [2, 3]"),
        ({"points": "all"}, "sweeps.mine.points = 'all': must be grid or list"),
        (
            {"figures": {"map": {"x": "w", "shows": ["k_q"]}}},
            "sweeps.mine.figures.map.x = 'w': must be one of its axes",
        ),
        ({"figures": {"map": {"x": "sd", "shows": ["k"]}}}, "sweeps.mine.figures.map.shows.0 = 'k': must be"),
        ({"overlay": {"sed": 7}}, "sed is no known key"),
        (axis(at="classes.zeros.x2", values=[1]), "classes have the labels x2 = [1, 1]"),
    ],
)
def test_mistakes_are_told_in_one_line(resolve_with, shipped, schema, changes, told):
    config = {**shipped, "sweeps": {"mine": {**copy.deepcopy(GRID), **changes}}}

    def checked():
        validate(config, schema)
        resolve_with(**changes)

    with pytest.raises(InputError) as error:
        checked()
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_a_figure_shows_no_two_points_at_one_place(resolve_with):
    axes = {**GRID["axes"], "seed": {"at": "seed", "values": [1, 2]}}
    with pytest.raises(InputError, match="of at most two axes, which are all"):
        resolve_with(axes=axes)


def test_a_sweep_has_an_end(resolve_with):
    axes = {
        name: {"at": f"experiments.relu_quartic.training.{name}", "values": [1.01 + i / 100 for i in range(40)]}
        for name in ("r_hat", "drift")
    }
    with pytest.raises(InputError, match="has more than 1000 points"):
        resolve_with(axes=axes, figures={})
