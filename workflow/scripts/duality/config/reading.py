"""Reading YAML that people write: as data only, a key once in a mapping, faults told in one line."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from duality.errors import InputError, short


class _UniqueKeyLoader(yaml.CSafeLoader):
    """YAML lets a key occur twice and keeps the last in silence: two figures of one name would be one."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str | int | float | bool):
                if key in seen:
                    line = key_node.start_mark.line + 1
                    raise InputError(f"config: {short(key)} stands twice in one mapping, again in line {line}")
                seen.add(key)
        return super().construct_mapping(node, deep)


def load_yaml(path: str | Path) -> Any:
    """The content of a YAML file as plain data.

    Raises
    ------
    InputError
        If there is none, if it is no YAML, or a key stands twice in one mapping.
    """
    try:
        return yaml.load(Path(path).read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)  # noqa: S506
    except InputError as error:
        raise InputError(f"{error} of {path}") from None
    except OSError as error:
        raise InputError(f"config: there is no file {path} that can be read") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: no UTF-8, or the 31st of February
        raise InputError(f"config: {path} is no YAML: {short(str(error))}") from error


def in_order_of(pattern: Any, content: Any) -> Any:
    """The content with its keys, at every depth, in the order that a pattern has them; what is new comes last.

    Snakemake puts the keys of an overlay before those of the config: that must change neither the order of the classes
    nor anything that is made in it.
    """
    if not (isinstance(pattern, Mapping) and isinstance(content, Mapping)):
        return content
    keys = [*(key for key in pattern if key in content), *(key for key in content if key not in pattern)]
    return {key: in_order_of(pattern.get(key), content[key]) for key in keys}


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


def load_schema(path: str | Path) -> dict[str, Any]:
    """A JSON schema from its YAML file."""
    return dict(load_yaml(path))
