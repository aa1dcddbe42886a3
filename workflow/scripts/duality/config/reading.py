"""Reading YAML that people write: as data only, a key once in a mapping, faults told in one line."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from duality.errors import InputError, naming, part_of_key, refusal, short

_LONGEST_FILE = 1_000_000  # bytes
_MOST_VALUES = 100_000  # keys, entries and values, aliases written out
_DEEPEST = 32
_LONGEST_VALUE = 2000  # characters
_MOST_DIGITS = 18  # of an integer: more do not fit into 64 bits
_MERGE = "tag:yaml.org,2002:merge"


class _Loader(yaml.CSafeLoader):
    """YAML lets a key occur twice and keeps the last in silence: two figures of one name would be one."""

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        """What a node stands for. PyYAML has many ways to fail on a value that is not what its tag says."""
        try:
            return super().construct_object(node, deep)
        except (InputError, yaml.YAMLError):
            raise
        except Exception as error:
            what = f"it is no {node.tag.rsplit(':', 1)[-1]} ({type(error).__name__}: {short(str(error))})"
            raise InputError(f"config: line {node.start_mark.line + 1}: {what}") from error

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        if not isinstance(node, yaml.MappingNode):
            raise InputError(f"config: line {node.start_mark.line + 1}: it is no map")
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag == _MERGE:
                continue
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str | int | float | bool):
                if key in seen:
                    line = key_node.start_mark.line + 1
                    raise InputError(f"config: {short(key)} stands twice in one mapping, again in line {line}")
                seen.add(key)
        return super().construct_mapping(node, deep)

    def flatten_mapping(self, node: Any) -> None:
        """Merge keys of merge keys multiply: count what they would make, before they fill the memory."""
        if _merged(node, {}) > _MOST_VALUES:
            where = f"config: line {node.start_mark.line + 1}"
            raise InputError(f"{where}: merge keys make more than {_MOST_VALUES} entries in one mapping")
        super().flatten_mapping(node)


def _merged(node: Any, known: dict[int, int]) -> int:
    """How many entries a node has once what it merges is put in."""
    if not isinstance(node, yaml.MappingNode | yaml.SequenceNode):
        return 1
    if id(node) not in known:
        known[id(node)] = 0  # a mapping that merges itself adds nothing
        if isinstance(node, yaml.SequenceNode):
            known[id(node)] = sum(_merged(item, known) for item in node.value)
        else:
            known[id(node)] = sum(_merged(item, known) if key.tag == _MERGE else 1 for key, item in node.value)
    return known[id(node)]


def load_yaml(path: str | Path) -> Any:
    """The content of a YAML file as plain data.

    Raises
    ------
    InputError
        If there is none, if it is no YAML, a key stands twice in one mapping, or `check_bounded` refuses it.
    """
    try:
        if Path(path).stat().st_size > _LONGEST_FILE:
            raise InputError(f"config: more than {_LONGEST_FILE} bytes are in the file")
        text = Path(path).read_text(encoding="utf-8")
        _check_depth(text)
        content = yaml.load(text, Loader=_Loader)  # noqa: S506
        with naming("config"):
            check_bounded(content)
        return content
    except InputError as error:
        raise InputError(f"{error} of {path}") from None
    except OSError as error:
        raise InputError(f"config: there is no file {path} that can be read") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: no UTF-8
        raise InputError(f"config: {path} is no YAML: {_place_and_problem(error)}") from error


def _place_and_problem(error: Exception) -> str:
    """Where a reader of YAML stopped, and why: its own text has several lines, with an excerpt of the file."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem and error.problem_mark:
        mark = error.problem_mark
        return f"line {mark.line + 1}, column {mark.column + 1}: {error.problem}"
    return short(str(error))


def _check_depth(text: str) -> None:
    """Refuse a text nested so deep that to read it would need more of the stack than there is, or with huge values."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        line = event.start_mark.line + 1 if event.start_mark else 0
        if depth > _DEEPEST:
            raise InputError(f"config: line {line} is nested deeper than {_DEEPEST} levels")
        if isinstance(event, yaml.ScalarEvent) and len(event.value) > _LONGEST_VALUE:
            raise InputError(f"config: line {line} has a value of more than {_LONGEST_VALUE} characters")


def check_bounded(content: Any) -> None:
    """Refuse what holds itself, is nested deep or huge once its YAML aliases are written out, or is no number or text.

    Raises
    ------
    InputError
        In one line: which key it is.
    """
    _written_out(content, (), {})


def _written_out(content: Any, path: tuple[str, ...], known: dict[int, int]) -> int:
    """How many values a content has. What aliases share is counted once and added as often as it stands there."""
    key = ".".join(path) or "(top level)"
    if isinstance(content, float) and not math.isfinite(content):  # YAML has .nan and .inf
        raise refusal(key, content, "a finite number")
    if isinstance(content, int) and abs(content) > 10**_MOST_DIGITS:
        raise refusal(key, content, f"a number of at most {_MOST_DIGITS} digits")
    if isinstance(content, str) and any("\ud800" <= letter <= "\udfff" for letter in content):
        raise refusal(key, content, "a text (UTF-8)")
    if not isinstance(content, Mapping | list | tuple):
        return 1
    if id(content) in known:
        size = known[id(content)]
        if not size:
            raise InputError(f"{'.'.join(path[:-1])} holds itself, by a YAML alias")
        return size
    if len(path) > _DEEPEST:
        raise InputError(f"{'.'.join(path[:4])}… is nested deeper than {_DEEPEST} levels")
    known[id(content)] = 0  # until its size is known, it is being written out
    items = content.items() if isinstance(content, Mapping) else enumerate(content)
    size = 1 + sum(_written_out(item, (*path, part_of_key(name)), known) for name, item in items)
    if size > _MOST_VALUES:
        raise InputError(f"{key} has more than {_MOST_VALUES} values, its YAML aliases written out")
    known[id(content)] = size
    return size


def text_of(config: Any) -> bytes:
    """A config as YAML, from which all its values, dates and other keys than texts too, can be read as they are.

    Raises
    ------
    InputError
        If `check_bounded` refuses it, or it holds what is no plain data.
    """
    with naming("config"):
        check_bounded(config)
    try:
        return yaml.dump(config, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=False).encode()
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(f"config: it holds what is no plain data: {short(str(error))}") from error


def in_order_of(pattern: Any, content: Any) -> Any:
    """The content with its keys, at every depth, in the order that a pattern has them; what is new comes last.

    Snakemake puts the keys of an overlay before those of the config: that must change neither the order of the classes
    nor anything that is made in it.
    """
    if not (isinstance(pattern, Mapping) and isinstance(content, Mapping)):
        return content
    keys = [*(key for key in pattern if key in content), *(key for key in content if key not in pattern)]
    return {key: in_order_of(pattern.get(key), content[key]) for key in keys}


def overlaid(content: Mapping[str, Any], overlay: Any) -> dict[str, Any]:
    """A config with what an overlay changes, at every depth; what is new comes last.

    Raises
    ------
    InputError
        If the overlay is no mapping, or `check_bounded` refuses it.
    """
    if not isinstance(overlay, Mapping):
        raise refusal("config", overlay, "a mapping of keys to values")
    with naming("config"):
        check_bounded(overlay)
    return _overlaid(content, overlay)


def _overlaid(content: Any, overlay: Any) -> Any:
    if not isinstance(overlay, Mapping):
        return overlay
    below = content if isinstance(content, Mapping) else {}
    return {**below, **{key: _overlaid(below.get(key), value) for key, value in overlay.items()}}


def check_config_files(paths: Iterable[str | Path]) -> None:
    """Refuse config files in which a key stands twice, that are no YAML mapping, or that are a program.

    Snakemake runs what stands in a YAML file that says `__use_yte__`; a config must be data. It reads the files named
    on the command line before anything here can refuse them.

    Raises
    ------
    InputError
    """
    for path in paths:
        content = load_yaml(path)
        if not isinstance(content, Mapping):
            raise InputError(f"config: {path} must hold a mapping of keys to values")
        if "__use_yte__" in content:
            raise InputError(f"config: __use_yte__ of {path} is not allowed: it runs code, a config holds values only")


def check_folder(folder: str | Path) -> None:
    """Refuse a folder of the workflow that has braces in its name: Snakemake takes them for wildcards.

    Raises
    ------
    InputError
    """
    if set(str(folder)) & set("{}"):
        raise InputError(f"the folder {short(str(folder))} of the workflow must have a name without braces")


def load_schema(path: str | Path) -> dict[str, Any]:
    """A JSON schema from its YAML file."""
    return dict(load_yaml(path))
