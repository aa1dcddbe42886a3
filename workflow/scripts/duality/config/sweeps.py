"""Sweeps: what every point of a sweep uses, from the config with the values of that point in their places."""

import copy
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from duality.config.consistency import check_sizes
from duality.config.excerpt import OF_A_POINT
from duality.config.experiments import KINDS, choose, resolved_class, resolved_experiment
from duality.config.reading import overlaid
from duality.config.settings import WindowSettings
from duality.config.validation import validate
from duality.errors import InputError, at, naming, refusal

_MOST_POINTS = 1000  # of a sweep
_MINI_BATCHES = "mini_batches"
_WHOLE = OF_A_POINT[:-3]  # what it has all of

Value = int | float | str


def resolve_sweeps(config: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The sweeps of a config that `duality.config.resolution.resolve` has accepted.

    Parameters
    ----------
    config : mapping
        As read from YAML, overlays included.
    schema : mapping
        The JSON schema of the config.

    Returns
    -------
    dict
        By name: axes (by name a list of values), their labels, figures, mini_batches, None where their fluctuations are
        not measured, points, and `at`, the values of every point. A
        point has its `values` and the keys of the config that it uses, and of these what it uses. What follows from
        them is for the point's own job to work out: see `resolved_point`.

    Raises
    ------
    InputError
        In one line: the key, its value and what is allowed.
    """
    found = {}
    for name, sweep in config["sweeps"].items():
        with at(f"sweeps.{name}"), naming("config"):
            found[name] = _sweep(f"sweeps.{name}", sweep, config, schema)
    return found


def _sweep(key: str, sweep: Mapping[str, Any], config: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    base, axes = overlaid(config, sweep.get("overlay", {})), sweep["axes"]
    with naming(f"{key}.overlay"):
        validate(base, schema)
    if sweep["experiment"] not in base["experiments"]:
        raise refusal(f"{key}.experiment", sweep["experiment"], f"one of {', '.join(base['experiments'])}")
    check_files(base, config)
    _check_axes(key, axes)
    base = {**base, "experiments": {sweep["experiment"]: base["experiments"][sweep["experiment"]]}, "sweeps": {}}
    for axis, about in axes.items():
        _check_places(f"{key}.axes.{axis}.at", _places(about), base)
        used = set()
        for value in about["values"]:  # it is right or wrong by itself: not every point is compared with the schema
            changed = _with(base, {axis: value}, axes)
            with naming(f"{key}.axes.{axis} = {value}"):
                for part in {place.partition(".")[0] for place in _places(about)}:
                    own = {**schema, "required": [part], "properties": {part: schema["properties"][part]}}
                    validate({part: changed[part]}, own)
                experiment = changed["experiments"][sweep["experiment"]]
                for kind in KINDS.keys() & experiment.keys():  # an experiment that is designed names none
                    choose(f"experiments.{sweep['experiment']}.{kind}", experiment[kind], changed[KINDS[kind]])
            used.add(json.dumps(used_by(changed, sweep["experiment"]), sort_keys=True))
        if len(used) < len(about["values"]):
            allowed = "a place that the experiment uses: some of the values change nothing"
            raise refusal(f"{key}.axes.{axis}.at", about["at"], allowed)
    values = {axis: about["values"] for axis, about in axes.items()}
    _check_figures(key, sweep, values)
    points: dict[str, Any] = {}
    for chosen in _combinations(key, sweep["points"], values):
        point = "__".join(f"{axis}={str(value).replace('/', '_over_')}" for axis, value in chosen.items())
        if point in points:
            raise InputError(f"{key}: the point {point} stands there twice")
        points[point] = {"values": {axis: _number(value) for axis, value in chosen.items()}}
        points[point] |= used_by(_with(base, chosen, axes), sweep["experiment"])
    first = next(iter(points))
    with naming(f"{key}, point {first}"):
        resolved_point(points[first])
    numbers = {axis: [_number(value) for value in listed] for axis, listed in values.items()}
    labels = {axis: about.get("label", axis.replace("_", " ")) for axis, about in axes.items()}
    at = [point["values"] for point in points.values()]
    return {
        "axes": numbers,
        "labels": labels,
        "points": points,
        "at": at,
        "figures": sweep["figures"],
        "mini_batches": sweep.get("mini_batches"),
    }


def _combinations(key: str, how: str, values: Mapping[str, list[Value]]) -> Iterator[dict[str, Value]]:
    """Every combination of a grid, or of lists of equal length the first values together, the second, …"""
    lengths = [len(list_) for list_ in values.values()]
    if how == "list" and len(set(lengths)) > 1:
        raise InputError(f"{key}.points = 'list': its axes must have equally many values, and have {lengths}")
    combined = zip(*values.values(), strict=True) if how == "list" else itertools.product(*values.values())
    for number, combination in enumerate(combined):
        if number == _MOST_POINTS:
            raise InputError(f"{key} has more than {_MOST_POINTS} points: make it two sweeps")
        yield dict(zip(values, combination, strict=True))


def used_by(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What a point uses of its config, as it stands there."""
    experiment = config["experiments"][name]
    chosen = {
        part: {experiment[key]: config[part][experiment[key]]} if experiment.get(key) in config[part] else {}
        for part, key in (("activations", "activation"), ("losses", "loss"))
    }
    return {**{part: config[part] for part in _WHOLE}, **chosen, "experiment": experiment}


def resolved_point(point: Mapping[str, Any]) -> dict[str, Any]:
    """What the job of a point works with, from what it has of the config.

    Parameters
    ----------
    point : mapping
        The keys of a point of `resolve_sweeps` but for its values.

    Returns
    -------
    dict
        names (what its activation and loss are called, and their formulas), composition, training, design and measured
        of its experiment, classes, dataset, windows, jumps and seed, as the settings of `duality.config.settings` are
        made of.

    Raises
    ------
    InputError
    """
    experiment = {key: value for key, value in point["experiment"].items() if key != "prediction"}
    config = {**point, "experiments": {"point": experiment}}
    check_sizes(config)
    found = resolved_experiment("point", config)
    windows = {key: point["statistics"][key] for key in WindowSettings.__struct_fields__}
    return {
        "names": {
            "activation": found["activation_name"],
            "loss": found["loss_name"],
            "f": found["composition"]["activation"],
            "H": found["composition"]["loss"],
        },
        "composition": found["composition"],
        "training": found["training"],
        "design": found["design"],
        "measured": found["classes"],
        "classes": {name: resolved_class(name, config) for name in point["classes"]},
        "dataset": point["dataset"],
        "windows": windows,
        "jumps": point["jumps"],
        "seed": point["seed"],
    }


def check_files(config: Mapping[str, Any], shipped: Mapping[str, Any]) -> None:
    """Refuse files of classes that are not those of the config itself: these alone are read before all else."""
    for name, about in config["classes"].items():
        if "file" in about and about != shipped["classes"].get(name):
            raise InputError(f"classes.{name}.file = '{about['file']}': must be that of the config itself")


def _number(value: Value) -> Value:
    """A fraction as the number that it is, a name as it is."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]+/0*[1-9][0-9]*", value):
        return float(Fraction(value))
    return value


def _check_axes(key: str, axes: Mapping[str, Any]) -> None:
    """Refuse axes of numbers and names at once, values that are equal, two axes at one place, and files."""
    known: dict[str, str] = {}
    for axis, about in axes.items():
        numbers = [_number(value) for value in about["values"]]
        if len({isinstance(number, str) for number in numbers}) > 1:
            raise refusal(f"{key}.axes.{axis}.values", about["values"], "all numbers, or all names")
        if len(set(numbers)) < len(numbers):
            raise refusal(f"{key}.axes.{axis}.values", about["values"], "different from each other")
        for place in _places(about):
            if place in known:
                raise refusal(f"{key}.axes.{axis}.at", place, f"another place than that of the axis {known[place]}")
            if place.rpartition(".")[2] in ("file", "column"):
                raise refusal(f"{key}.axes.{axis}.at", place, "no file: a sweep has the samples of the config")
            known[place] = axis


def _places(axis: Mapping[str, Any]) -> list[str]:
    return axis["at"] if isinstance(axis["at"], list) else [axis["at"]]


def _check_places(key: str, places: list[str], config: Mapping[str, Any]) -> None:
    for place in places:
        if place.partition(".")[0] not in (*OF_A_POINT[:-1], "experiments"):
            raise refusal(key, place, "a place in what a point uses: seed, classes, dataset, training, …")
        part: Any = config
        for name in place.split(".")[:-1]:
            if not isinstance(part.get(name), Mapping):
                there = ", ".join(other for other in part if isinstance(part[other], Mapping)) or "none"
                raise InputError(
                    f"{key} = '{place}': must be a place in the config, which has no '{name}' with keys below it there "
                    f"(there are {there})"
                )
            part = part[name]


def _with(config: Mapping[str, Any], values: Mapping[str, Value], axes: Mapping[str, Any]) -> dict[str, Any]:
    """The config with values at the places of their axes."""
    changed = copy.deepcopy(dict(config))
    for axis, value in values.items():
        for place in _places(axes[axis]):
            *above, last = place.split(".")
            part = changed
            for name in above:
                part = part[name]
            part[last] = value
    return changed


def _check_figures(key: str, sweep: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Refuse figures of axes that there are not, or that would show several points at one place."""
    for name, figure in sweep["figures"].items():
        where = f"{key}.figures.{name}"
        for side in ("x", "y"):
            if side in figure and figure[side] not in values:
                raise refusal(f"{where}.{side}", figure[side], f"one of its axes {', '.join(values)}")
        if figure.get("y") == figure["x"]:
            raise refusal(f"{where}.y", figure["y"], "another axis than x")
        if len(values) > 2 or ("y" in figure and len(values) != 2):
            raise refusal(
                where, figure, "of at most two axes, which are all: else it would show several points at one place"
            )
        if _MINI_BATCHES not in figure["shows"]:
            continue
        of_M = all(place.endswith(".mini_batch") for place in _places(sweep["axes"][figure["x"]]))
        of_numbers = not any(isinstance(_number(value), str) for value in values[figure.get("y", figure["x"])])
        if figure["shows"] != [_MINI_BATCHES] or _MINI_BATCHES not in sweep or not of_M or not of_numbers:
            allowed = "mini_batches alone, of a sweep with mini_batches, x an axis at mini_batch and y one of numbers"
            raise refusal(where, figure, allowed)
