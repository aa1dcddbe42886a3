"""Whether training settings go together: those of the config, and those that follow from theory."""

from collections.abc import Mapping
from typing import Any

from duality.errors import refusal

PLANNED = ("gamma", "start", "thin", "steps", "budget")  # what follows from theory where it is not given
_BLOCKS = 32  # recorded points before equilibrium is first examined, at least


def is_complete(training: Mapping[str, Any]) -> bool:
    """Whether nothing is left to `duality.training.plan`."""
    return all(setting in training for setting in PLANNED)


def check_training(key: str, training: Mapping[str, Any]) -> None:
    """Refuse training settings that do not go together.

    Parameters
    ----------
    key : str
        Where they stand, as the message says it.
    training : mapping
        As `duality.config.settings.TrainingSettings`.

    Raises
    ------
    InputError
    """
    for parameter, (low, high) in training["start"].items():
        if not low < high:
            raise refusal(f"{key}.start.{parameter}", [low, high], "[low, high] with low < high")
    if training["budget"] < training["steps"]:
        raise refusal(f"{key}.budget", training["budget"], f"at least steps = {training['steps']}")
    if training["steps"] < _BLOCKS * training["thin"]:
        raise refusal(f"{key}.steps", training["steps"], f"at least {_BLOCKS} times thin = {training['thin']}")
