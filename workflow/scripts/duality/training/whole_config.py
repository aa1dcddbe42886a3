"""The whole config as the rules use it: resolved, its data checked, trainings planned, sweeps and gallery resolved."""

from collections.abc import Mapping
from typing import Any

from duality.config.gallery import resolve_gallery
from duality.config.resolution import resolve
from duality.config.sweeps import resolve_sweeps
from duality.config.training import is_complete
from duality.dataset.checks import check_data


def whole_config(config: Mapping[str, Any], schema: Mapping[str, Any], gallery: str) -> dict[str, Any]:
    """All that `duality.config` and its data say of a config.

    Parameters
    ----------
    config : mapping
        As read from YAML, overlays included.
    schema : mapping
        The JSON schema of the config.
    gallery : str
        The folder of the gallery.

    Raises
    ------
    InputError
        In one line: the key, its value and what is allowed.
    """
    found = resolve(config, schema)
    check_data(found)
    if not all(is_complete(experiment["training"]) for experiment in found["experiments"].values()):
        from duality.training.plan import complete  # its imports take longer than all else

        complete(found)
    return {**found, "sweeps": resolve_sweeps(config, schema), "gallery": resolve_gallery(config, gallery, schema)}
