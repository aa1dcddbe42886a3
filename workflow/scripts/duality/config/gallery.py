"""The gallery: compositions that people use, each an overlay of the config that says what it is, and no more."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from duality.config.reading import load_yaml, overlaid
from duality.config.sweeps import check_files, resolved_point, used_by
from duality.config.validation import validate
from duality.errors import InputError, at, naming, refusal


def read_gallery(folder: str | Path) -> dict[str, Any]:
    """The overlays of a folder, by the names of their files in order.

    Raises
    ------
    InputError
        If a file is no YAML that `duality.config.reading.load_yaml` reads, or of a name that no file of results has.
    """
    overlays = {}
    for path in sorted(Path(folder).glob("*.yaml")):
        if not path.stem.isidentifier():
            raise InputError(f"{path}: must be called by letters, digits and _, beginning with a letter")
        overlays[path.stem] = load_yaml(path)
    return overlays


def resolve_gallery(
    config: Mapping[str, Any], overlays: Mapping[str, Any], schema: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """The entries of the gallery, of a config that `duality.config.resolution.resolve` has accepted.

    Parameters
    ----------
    config : mapping
        As read from YAML, overlays on the command line included.
    overlays : mapping
        By the name of the entry, what it has otherwise than the config and `gallery.overlay`. Of its experiment
        activation and loss are enough.
    schema : mapping
        The JSON schema of the config.

    Returns
    -------
    dict
        By name, what an entry uses of its config: the keys of `duality.config.sweeps.OF_A_POINT`.

    Raises
    ------
    InputError
        In one line: the entry, the key, its value and what is allowed.
    """
    with naming("config: gallery.overlay"):
        base = overlaid(config, config["gallery"]["overlay"])
        validate(base, schema)
    found = {}
    for name, overlay in overlays.items():
        with at(f"gallery/{name}.yaml"), naming(f"gallery/{name}.yaml"):
            found[name] = _entry(config, overlaid(base, overlay), overlay, _without_classes(schema))
    return found


def _entry(
    config: Mapping[str, Any], whole: Mapping[str, Any], overlay: Mapping[str, Any], schema: Mapping[str, Any]
) -> dict[str, Any]:
    validate(whole, schema)
    experiments = list(overlay.get("experiments", {}))
    if len(experiments) != 1:
        raise refusal("experiments", experiments, "one experiment, of activation and loss")
    check_files(whole, config)
    experiment = {key: of for key, of in whole["experiments"][experiments[0]].items() if key != "classes"}
    entry = used_by({**whole, "experiments": {experiments[0]: experiment}}, experiments[0])
    resolved_point(entry)
    return entry


def _without_classes(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an entry: what is measured on the classes follows from theory."""
    changed = copy.deepcopy(dict(schema))
    changed["properties"]["experiments"]["additionalProperties"]["anyOf"][0]["required"].remove("classes")
    return changed
