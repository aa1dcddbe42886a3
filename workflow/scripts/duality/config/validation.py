"""Whether a config has the keys, types and ranges that its schema describes; if not, which key has what fault."""

from collections.abc import Mapping
from typing import Any

import jsonschema

from duality.config.reading import check_bounded
from duality.errors import InputError, part_of_key, refusal, short

# JSON takes 1.0 for an integer, which no array can have as its length.
_Validator = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    ),
)


def validate(config: Any, schema: Mapping[str, Any]) -> None:
    """Refuse a config that is not as its schema has it, or that `duality.config.reading.check_bounded` refuses.

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
    check_bounded(config)
    errors = list(_Validator(schema).iter_errors(config))
    if errors:
        # The outermost error first, and of those the first in the order of the keys: what a reader would mend first.
        raise _told(min(errors, key=lambda e: (len(e.absolute_path), list(map(str, e.absolute_path)))), schema)


def _told(error: Any, schema: Mapping[str, Any]) -> InputError:
    """An error of the package jsonschema in one line."""
    path = [part_of_key(part) for part in error.absolute_path]
    allowed = _description(schema, error.schema)
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        unknown = min(part_of_key(key) for key in error.instance if key not in known)
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
