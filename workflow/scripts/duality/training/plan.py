"""Training settings that nobody chose, from the theory of small γ about the population optimum.

They are for compositions whose optimum nobody knows before it is computed, such as those by design: where replicas
start, a learning rate at which (w, b) fluctuates by little, and so many steps that the criterion of equilibrium can
hold.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from duality.config.settings import TrainingSettings
from duality.config.training import check_training, is_complete
from duality.dataset.density import densities
from duality.dataset.model import Model
from duality.errors import InputError, naming
from duality.formulas.compose import compose
from duality.records.record import convert
from duality.training.population import population_optimum
from duality.training.sgd import BLOCK

_RELATIVE_SD = 0.02  # of w, at most
_LARGEST_STEP = 0.1  # γ times the largest curvature: SGD is unstable at 2
_START = 8.0  # sd on either side of the optimum
_RELAXATION_TIMES = 500  # before equilibrium is first examined
_PER_RELAXATION_TIME = 16  # recorded points
_MOST_STEPS = 10**9  # if nobody asks for more
_EXAMINATIONS = 8  # times the steps of the first is the budget


def complete(resolved: dict[str, Any]) -> None:
    """Put what is missing into the training settings of experiments.

    Parameters
    ----------
    resolved : dict
        From `duality.config.resolution.resolve`, its data there.

    Raises
    ------
    InputError
        If an experiment has no optimum, or settings that are given do not go with those that follow from them.
    """
    for name, experiment in resolved["experiments"].items():
        if not is_complete(experiment["training"]):
            key = f"config: experiments.{name}"
            with naming(key):
                model = Model(compose(**experiment["composition"]), densities(resolved["classes"]))
                experiment["training"] = planned(model, experiment["training"])
            check_training(f"{key}.training", experiment["training"])


def planned(model: Model, given: Mapping[str, Any]) -> dict[str, Any]:
    """γ, start, thin, steps and budget, in so far as they are not given.

    Parameters
    ----------
    model : Model
        Of two classes.
    given : mapping
        Training settings that are chosen, mini_batch among them; they stay, and the others follow from them.

    Returns
    -------
    dict
        All of `given`, and what else `duality.config.settings.TrainingSettings` has.

    Raises
    ------
    InputError
        If the population loss has no minimum, or one that tells nothing apart, or that takes too long to reach.
    """
    if is_complete(given):  # no optimum need be known
        return dict(given)
    theory = population_optimum(model, _between(model))
    strengths = np.linalg.eigvalsh(theory.curvature)
    spread = np.sqrt(np.diag(theory.covariance) / given["mini_batch"])  # sd of (w, b) over √γ
    if not theory.optimum[0]:
        raise InputError("its optimum is w = 0: nothing tells its classes apart")
    small = min((_RELATIVE_SD * theory.optimum[0] / spread[0]) ** 2, _LARGEST_STEP / strengths[1])
    gamma = given.get("gamma", float(f"{small:.1g}"))
    low, high = (theory.optimum + side * _START * np.sqrt(gamma) * spread for side in (-1, 1))
    relaxation = 1 / (gamma * strengths[0])
    thin = given.get("thin", BLOCK * max(1, round(relaxation / _PER_RELAXATION_TIME / BLOCK)))
    wanted = int(np.ceil(_RELAXATION_TIMES * max(relaxation, thin) / thin)) * thin
    if wanted > _MOST_STEPS and "steps" not in given and "budget" not in given:
        raise InputError(f"equilibrium would take {wanted:.1e} steps: give training.steps, if that is worth it")
    steps = given.get("steps", min(wanted, given.get("budget", wanted)))
    start = {"w": [float(low[0]), float(high[0])], "b": [float(low[1]), float(high[1])]}
    return {"gamma": gamma, "start": start, "thin": thin, "steps": steps, "budget": _EXAMINATIONS * steps, **given}


def training_settings(model: Model, given: Mapping[str, Any]) -> TrainingSettings:
    """Training settings as a record, completed where they are not whole.

    Raises
    ------
    InputError
        As `planned`, or if the settings do not go together.
    """
    settings = planned(model, given)
    check_training("training", settings)
    return convert(settings, TrainingSettings, "training")


def _between(model: Model) -> list[float]:
    """(w, b) of a line y that is -1 at the median of the first class and 1 at that of the other: near any optimum."""
    first, second = (float(p.ppf(np.array([0.5]))[0]) for p in model.densities.values())
    if first == second:
        raise InputError("its two classes have the same median: nothing tells them apart")
    w = 2 / (second - first)
    return [w, -w * (first + second) / 2]
