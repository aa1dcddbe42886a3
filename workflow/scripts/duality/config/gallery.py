"""The gallery: compositions that people use, each an overlay of the config that says what it is, and no more."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from duality.config.consistency import check_formulas, check_sizes
from duality.config.experiments import KINDS, choose
from duality.config.reading import load_yaml, overlaid
from duality.config.sweeps import check_files, used_by
from duality.config.validation import validate
from duality.errors import InputError, at, naming, part_of_key, refusal


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
    config: Mapping[str, Any], gallery: str | Path | Mapping[str, Any], schema: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """The entries of the gallery, of a config that `duality.config.resolution.resolve` has accepted.

    Parameters
    ----------
    config : mapping
        As read from YAML, overlays on the command line included.
    gallery : path or mapping
        The folder for `read_gallery`; or by the name of the entry, what it has otherwise than the config and
        `gallery.overlay`. Of its experiment activation and loss are enough.
    schema : mapping
        The JSON schema of the config.

    Returns
    -------
    dict
        By name, what an entry uses of its config: the keys of `duality.config.sweeps.OF_A_POINT`. One about classes
        that the config does not have is left out.

    Raises
    ------
    InputError
        In one line: the entry, the key, its value and what is allowed. What can be computed with its formulas is for
        the entry's own job to tell.
    """
    with naming("config: gallery.overlay"):
        base = overlaid(config, config["gallery"]["overlay"])
        validate(base, schema)
    overlays = gallery if isinstance(gallery, Mapping) else read_gallery(gallery)
    found, without_classes = {}, _without_classes(schema)
    for name, overlay in overlays.items():
        if isinstance(overlay.get("classes"), Mapping) and not {*overlay["classes"]} <= {*config["classes"]}:
            continue
        with at(f"gallery/{name}.yaml"), naming(f"gallery/{name}.yaml"):
            found[name] = _entry(config, base, overlay, without_classes)
    return found


def _entry(
    config: Mapping[str, Any], base: Mapping[str, Any], overlay: Mapping[str, Any], schema: Mapping[str, Any]
) -> dict[str, Any]:
    whole = overlaid(base, overlay)
    if unknown := [key for key in overlay if key not in schema["properties"]]:
        raise InputError(f"{part_of_key(unknown[0])} is no known key (allowed here: {', '.join(schema['properties'])})")
    # The rest of the config was compared with the schema already: every start of the workflow goes through here. Its
    # other experiments need not be of activation and loss.
    own = {**schema, "required": [], "properties": {key: schema["properties"][key] for key in overlay}}
    given = overlay.get("experiments", {})
    experiments = list(given) if isinstance(given, Mapping) else given
    if not isinstance(given, Mapping) or len(given) != 1:
        raise refusal("experiments", experiments, "one experiment, of activation and loss")
    only = {"experiments": {experiments[0]: whole["experiments"].get(experiments[0])}}
    validate({key: whole[key] for key in overlay} | only, own)
    experiment = {key: of for key, of in whole["experiments"][experiments[0]].items() if key != "classes"}
    for kind in ("activation", "loss"):
        choose(f"experiments.{experiments[0]}.{kind}", experiment[kind], whole[KINDS[kind]])
    check_sizes(whole)
    check_files(whole, config)
    check_formulas({kind: overlay.get(kind, {}) for kind in KINDS.values()})
    return used_by({**whole, "experiments": {experiments[0]: experiment}}, experiments[0])


def _without_classes(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an entry: what is measured on the classes follows from theory."""
    changed = copy.deepcopy(dict(schema))
    one = changed["properties"]["experiments"]["additionalProperties"]
    one["anyOf"], one["description"] = [{"required": ["activation", "loss"]}], "activation and loss, and maybe training"
    return changed
