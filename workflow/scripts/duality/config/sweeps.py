"""Sweeps: what every point of a sweep uses, from the config with the values of that point in their places."""

import copy
import itertools
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from duality.config.reading import overlaid
from duality.config.resolution import check_sizes, resolved_class, resolved_experiment
from duality.config.settings import WindowSettings
from duality.config.validation import validate
from duality.errors import InputError, at, naming, refusal

_MOST_POINTS = 1000  # of a sweep
OF_A_POINT = (
    "seed",
    "classes",
    "dataset",
    "training",
    "design",
    "statistics",
    "jumps",
    "activations",
    "losses",
    "experiment",
)
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
    _check_files(base, config)
    base = {**base, "experiments": {sweep["experiment"]: base["experiments"][sweep["experiment"]]}, "sweeps": {}}
    for axis, about in axes.items():
        _check_places(f"{key}.axes.{axis}.at", _places(about), base)
        for value in about["values"]:  # it is right or wrong by itself: not every point is compared with the schema
            changed = _with(base, {axis: value}, axes)
            with naming(f"{key}.axes.{axis} = {value}"):
                for part in {place.partition(".")[0] for place in _places(about)}:
                    own = {**schema, "required": [part], "properties": {part: schema["properties"][part]}}
                    validate({part: changed[part]}, own)
    values = {axis: about["values"] for axis, about in axes.items()}
    _check_figures(key, sweep, values)
    points: dict[str, Any] = {}
    for chosen in _combinations(key, sweep["points"], values):
        point = "__".join(f"{axis}={str(value).replace('/', '_over_')}" for axis, value in chosen.items())
        if point in points:
            raise InputError(f"{key}: the point {point} stands there twice")
        points[point] = {"values": {axis: _number(value) for axis, value in chosen.items()}}
        points[point] |= _used(_with(base, chosen, axes), sweep["experiment"])
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


def _used(config: Mapping[str, Any], name: str) -> dict[str, Any]:
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
        composition, training, design and measured of its experiment, classes, dataset, windows, jumps and seed, as
        the settings of `duality.config.settings` are made of.

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


def _check_files(config: Mapping[str, Any], shipped: Mapping[str, Any]) -> None:
    for name, about in config["classes"].items():
        if "file" in about and about != shipped["classes"].get(name):
            raise InputError(f"classes.{name}.file = '{about['file']}': must be that of the config itself")


def _number(value: Value) -> Value:
    """A fraction as the number that it is, a name as it is."""
    return float(Fraction(value)) if isinstance(value, str) and value[0].isdigit() and "/" in value else value


def _places(axis: Mapping[str, Any]) -> list[str]:
    return axis["at"] if isinstance(axis["at"], list) else [axis["at"]]


def _check_places(key: str, places: list[str], config: Mapping[str, Any]) -> None:
    for place in places:
        if place.partition(".")[0] not in (*OF_A_POINT[:-1], "experiments"):
            raise refusal(key, place, "a place in what a point uses: seed, classes, dataset, training, …")
        part: Any = config
        for name in place.split(".")[:-1]:
            if not isinstance(part, Mapping) or name not in part:
                there = f" (there are {', '.join(part)})" if isinstance(part, Mapping) else ""
                raise InputError(
                    f"{key} = '{place}': must be a place in the config, which has no '{name}' there{there}"
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
    for name, figure in sweep["figures"].items():
        for side in ("x", "y"):
            if figure.get(side) is not None and figure[side] not in values:
                raise refusal(f"{key}.figures.{name}.{side}", figure[side], f"one of its axes {', '.join(values)}")
