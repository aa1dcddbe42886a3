"""Whether a config has the keys, types and ranges that its schema describes; if not, which key has what fault."""

import math
import re
from collections.abc import Mapping
from typing import Any

import jsonschema

from duality.errors import InputError, short

_MOST_DIGITS = 18  # of an integer: more do not fit into 64 bits

# JSON takes 1.0 for an integer, which no array can have as its length.
_Validator = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    ),
)


def validate(config: Any, schema: Mapping[str, Any]) -> None:
    """Refuse a config that is not as its schema has it, or that holds a number that is not finite.

    Parameters
    ----------
    config : mapping
        As read from YAML.
    schema : mapping
        A JSON schema. Its descriptions begin with what is allowed, for the message quotes them.

    Raises
    ------
    InputError
        In one line: the path of the key, its value and what is allowed.
    """
    _check_finite(config, ())
    errors = list(_Validator(schema).iter_errors(config))
    if errors:
        # The outermost error first, and of those the first in the order of the keys: what a reader would mend first.
        raise _told(min(errors, key=lambda e: (len(e.absolute_path), list(map(str, e.absolute_path)))), schema)


def refusal(key: str, value: Any, allowed: str) -> InputError:
    """The error that says which key has a value that is not allowed, and what is."""
    return InputError(f"{key} = {short(value)}: must be {allowed}")


def _told(error: Any, schema: Mapping[str, Any]) -> InputError:
    """An error of the package jsonschema in one line."""
    path = [_part(part) for part in error.absolute_path]
    allowed = _description(schema, error.schema)
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        unknown = min(_part(key) for key in error.instance if key not in known)
        return InputError(f"{'.'.join([*path, unknown])} is no known key (allowed here: {', '.join(known)})")
    if error.validator == "required":
        missing = next(key for key in error.validator_value if key not in error.instance)
        described = _description(schema, error.schema.get("properties", {}).get(missing, {}))
        return InputError(f"{'.'.join([*path, missing])} is missing: it must be {described}")
    if list(error.absolute_schema_path)[-2:-1] == ["propertyNames"]:
        where = ".".join(path) or "the top level"
        return InputError(f"{short(error.instance)} is no name for an entry of {where}: must be {allowed}")
    return refusal(".".join(path) or "(top level)", error.instance, allowed)


def _description(schema: Mapping[str, Any], part: Mapping[str, Any]) -> str:
    if "description" not in part and "$ref" in part:
        part = schema["$defs"][part["$ref"].rsplit("/", 1)[1]]
    return str(part.get("description", part.get("type", "as the schema says")))


def _part(key: Any) -> str:
    """A key as part of a path: as it is if it is plain, else quoted."""
    return key if isinstance(key, str) and re.fullmatch(r"\w{1,64}", key) else short(key)


def _check_finite(value: Any, path: tuple[str, ...]) -> None:
    """YAML has .nan and .inf, which pass for numbers in JSON schema."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            _check_finite(item, (*path, _part(key)))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            _check_finite(item, (*path, str(index)))
    elif isinstance(value, float) and not math.isfinite(value):
        raise refusal(".".join(path), value, "a finite number")
    elif isinstance(value, int) and abs(value) > 10**_MOST_DIGITS:
        raise refusal(".".join(path), value, f"a number of at most {_MOST_DIGITS} digits")
