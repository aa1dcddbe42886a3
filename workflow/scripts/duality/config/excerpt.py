"""The part of a config that a rule uses, by its place: what a rule does not name cannot make it run again."""

from collections.abc import Callable, Mapping
from typing import Any

# What a point of a sweep has of the config. It stands here, and not with the sweeps, for what those import takes as
# long to load as all else that the Snakefile does.
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


def excerpt(config: Mapping[str, Any], place: str) -> Any:
    """What a config has at a place.

    Parameters
    ----------
    config : mapping
    place : str
        Keys with "/" between them. `*` stands for every key, and is a list of their names where it comes last; keys
        with commas between them come last, and choose these from a mapping.

    Returns
    -------
    object
        `figures/*/title` of a config is {name: title} of all figures, `classes/*` the names of all classes,
        `statistics/tail,grid` a mapping of these two.

    Raises
    ------
    KeyError
        If there is no such key.
    """
    key, _, rest = place.partition("/")
    if key == "*":
        return {name: excerpt(part, rest) for name, part in config.items()} if rest else list(config)
    if "," in key:
        return {name: config[name] for name in key.split(",")}
    return excerpt(config[key], rest) if rest else config[key]


def parameters(config: Mapping[str, Any], **places: str) -> dict[str, Any]:
    """The parameters of a rule: what a config has at some places, and under `config` the places themselves.

    Parameters
    ----------
    config : mapping
    places : str
        As `excerpt` takes them; {name} stands for the wildcard of a job.

    Returns
    -------
    dict
        By the names of the arguments; functions of a job's wildcards where a place has some.
    """

    def of_job(place: str) -> Callable[[Mapping[str, str]], Any]:
        return lambda wildcards: excerpt(config, place.format(**wildcards))

    found = {name: of_job(place) if "{" in place else excerpt(config, place) for name, place in places.items()}
    return {**found, "config": places}
