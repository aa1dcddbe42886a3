"""The reference of the config, from its schema and from the config that is shipped."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from duality.markup import markdown
from pages.typesetting import anchor


def configuration(schema: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    """Every key of the config: type, what it is and what is allowed, whether it must be there, and what is shipped.

    Parameters
    ----------
    schema : mapping
        workflow/schemas/config.schema.yaml.
    config : mapping
        The config that is shipped: it is complete, so that its values are the defaults of every overlay.
    """
    parts = [
        "# Configuration reference",
        "Every key of the config, from `workflow/schemas/config.schema.yaml`. There are no hidden defaults: a value "
        "that an overlay does not give is that of `config.yaml`, which stands here as *shipped*. A name between angle "
        "brackets is yours to choose. What is not allowed is told in one line with the key, before any job starts.",
    ]
    for key, about in schema["properties"].items():
        must = "must be there" if key in schema["required"] else "may be left out"
        parts += [f"## {key}", f"*{_type(_resolved(about, schema)).capitalize()}, {must}* — {_description(about)}."]
        parts += [_entry(path, *found) for path, *found in _keys(key, about, schema, config.get(key))]
    return "\n\n".join(parts) + "\n"


def _keys(
    path: str, about: Mapping[str, Any], schema: Mapping[str, Any], values: Any
) -> Iterator[tuple[str, Mapping[str, Any], bool, Any]]:
    """All keys below a place: path, schema, whether they must be there, and what is shipped."""
    about = _resolved(about, schema)
    for key, below in about.get("properties", {}).items():
        found = _below(values, key)
        below = _resolved(below, schema)
        yield f"{path}.{key}", below, key in about.get("required", []), found
        yield from _keys(f"{path}.{key}", below, schema, found)
    named = about.get("additionalProperties")
    if isinstance(named, Mapping):
        name = {"experiments": "experiment", "classes": "class", "activations": "activation", "losses": "loss"}
        place = f"{path}.<{name.get(path.rpartition('.')[2], 'name')}>"
        found = Several(values) if isinstance(values, Mapping) and not isinstance(values, Several) else None
        yield place, _resolved(named, schema), False, None
        yield from _keys(place, named, schema, found)


class Several(dict):  # type: ignore[type-arg]
    """What is shipped at one key of several things, by their names."""


def _below(values: Any, key: str) -> Any:
    if isinstance(values, Several):
        found = Several(
            {name: value[key] for name, value in values.items() if isinstance(value, Mapping) and key in value}
        )
        return found or None
    return values.get(key) if isinstance(values, Mapping) else None


def _entry(path: str, about: Mapping[str, Any], required: bool, shipped: Any) -> str:
    """A key as an entry of a list of definitions, with an anchor."""
    optional = "" if path.endswith(">") else ", must be there" if required else ", may be left out"
    lines = [f"[`{path}`]{{#{anchor(path)}}}", f": *{_type(about)}{optional}* — {_description(about)}."]
    if (value := _shipped(shipped)) is not None:
        lines.append(f"\n  Shipped: {value}.")
    return "\n".join(lines)


def _shipped(value: Any) -> str | None:
    """A value of config.yaml as YAML in one line; None if it is a mapping, whose keys have entries of their own."""
    if isinstance(value, Several):
        if any(isinstance(one, Mapping) for one in value.values()) or not value:
            return None
        each = {name: _flow(one) for name, one in value.items()}
        if len(set(each.values())) == 1 and len(each) > 1:
            return f"`{next(iter(each.values()))}` of all"
        return ", ".join(f"{name} `{one}`" for name, one in each.items() if len(one) < 80) or None
    return None if value is None or isinstance(value, Mapping) else f"`{_flow(value)}`"


def _flow(value: Any) -> str:
    return (
        yaml.safe_dump(value, default_flow_style=True, width=10**6, allow_unicode=True).removesuffix("\n...\n").strip()
    )


def _type(about: Mapping[str, Any]) -> str:
    """The type that a schema asks for, in words; of a list that of its items too."""
    if "enum" in about:
        return "one of " + ", ".join(f"`{one}`" for one in about["enum"])
    if "oneOf" in about:
        return " or ".join(_type(one) for one in about["oneOf"])
    given = about["type"]
    words = {"object": "mapping", "array": "list", "string": "text"}
    return " or ".join(words.get(one, one) for one in ([given] if isinstance(given, str) else given))


def _description(about: Mapping[str, Any]) -> str:
    return markdown(" ".join(str(about["description"]).split()))


def _resolved(about: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema with what it refers to; its own words count before those."""
    if "$ref" not in about:
        return about
    found: Any = schema
    for part in about["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return {**_resolved(found, schema), **{key: value for key, value in about.items() if key != "$ref"}}
