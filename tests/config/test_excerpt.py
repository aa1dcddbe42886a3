"""If these fail, a rule gets another part of the config than it names, or its record names another than it got."""

import pytest

from duality.config.excerpt import excerpt, parameters

CONFIG = {
    "seed": 7,
    "figures": {"one": {"title": "1", "of": "a"}, "two": {"title": "2", "of": "b"}},
    "statistics": {"tail": 0.1, "grid": 9, "cells": 3},
}


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("seed", 7),
        ("figures/two/of", "b"),
        ("figures/*", ["one", "two"]),
        ("figures/*/title", {"one": "1", "two": "2"}),
        ("statistics/grid,tail", {"grid": 9, "tail": 0.1}),
        ("figures/*/title,of", {"one": {"title": "1", "of": "a"}, "two": {"title": "2", "of": "b"}}),
    ],
)
def test_a_place_of_the_config(place, expected):
    assert excerpt(CONFIG, place) == expected


@pytest.mark.parametrize("place", ["sed", "figures/three", "figures/*/name", "statistics/tail,cell"])
def test_a_place_that_is_not_there_is_a_mistake_of_the_rule(place):
    with pytest.raises(KeyError):
        excerpt(CONFIG, place)


def test_parameters_of_a_rule_are_those_of_its_jobs():
    found = parameters(CONFIG, seed="seed", title="figures/{figure}/title")
    assert found["seed"] == 7
    assert [found["title"]({"figure": name}) for name in ("one", "two")] == ["1", "2"]
    assert found["config"] == {"seed": "seed", "title": "figures/{figure}/title"}
