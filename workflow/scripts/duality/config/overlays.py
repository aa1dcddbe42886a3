"""What overlays and the command line make of a config, beyond the keys that they change."""

import re
from collections.abc import Mapping
from typing import Any

_NUMBER = re.compile(r"[-+]?(?P<whole>\d+)?(\.\d*)?([eE][-+]?\d+)?")
_WORDS = {"true": True, "false": False, "null": None}
# Of a class, what counts stands first: each leaves no meaning to those after it.
_DESCRIBED_BY = (("file", "column"), ("distribution", "parameters"), ("mean", "sd"))


def settled(config: Any, given: Mapping[str, Any]) -> Any:
    """A config as it is used: with numbers from the command line, and without what an overlay left out or replaced.

    An experiment that is null is left out, with the figures that show it, and the guard and the sweeps that are about
    it. A class keeps what describes it alone: beside a file no distribution, beside either no mean and sd.

    Parameters
    ----------
    config : mapping
        With all overlays. Whatever is not as it must be stays, to be refused when it is compared with the schema.
    given : mapping
        What `--config` says of it. Inside braces Snakemake takes numbers for texts: here they become numbers again.
    """
    if not isinstance(config, Mapping):
        return config
    found = {**config, **{key: _typed(value, config[key]) for key, value in given.items() if key in config}}
    experiments, classes = found.get("experiments"), found.get("classes")
    if isinstance(classes, Mapping):
        found["classes"] = {name: _described(about) for name, about in classes.items()}
    if not isinstance(experiments, Mapping):
        return found
    found["experiments"] = {name: about for name, about in experiments.items() if about is not None}
    left_out = set(experiments) - set(found["experiments"])
    for part in ("figures", "sweeps"):
        if isinstance(entries := found.get(part), Mapping):
            found[part] = {name: about for name, about in entries.items() if not _is_about(about, left_out)}
    if _is_about(found.get("guard"), left_out):
        del found["guard"]
    return found


def _is_about(entry: Any, experiments: set[Any]) -> bool:
    return isinstance(entry, Mapping) and any(entry.get("experiment") == name for name in experiments)


def _described(about: Any) -> Any:
    """A class without what no longer describes it."""
    if not isinstance(about, Mapping):
        return about
    counts = next((first for first, _ in _DESCRIBED_BY if first in about), None)
    others = {key for keys in _DESCRIBED_BY if keys[0] != counts for key in keys} if counts else set()
    return {key: value for key, value in about.items() if key not in others}


def _typed(given: Any, value: Any) -> Any:
    """The value of a config, its texts as YAML would read them where the command line gave them."""
    if isinstance(given, Mapping) and isinstance(value, Mapping):
        return {key: _typed(given[key], part) if key in given else part for key, part in value.items()}
    if isinstance(given, list) and isinstance(value, list):
        return [_typed(part, part) for part in value]
    if not isinstance(given, str) or given != value:
        return value
    if value in _WORDS:
        return _WORDS[value]
    if (found := _NUMBER.fullmatch(value)) and re.search(r"\d", value.partition("e")[0].partition("E")[0]):
        return int(value) if found[2] is None and found[3] is None else float(value)
    return value
