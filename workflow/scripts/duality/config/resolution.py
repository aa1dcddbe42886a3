"""From the text of the config to what the rules use, or one clear line about what is wrong with it.

What only the data can tell about a config is in `duality.dataset.checks`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from duality.config.consistency import check_formulas, check_labels, check_sizes
from duality.config.division import division
from duality.config.experiments import choose, fraction, in_words, resolved_class, resolved_experiment, told_apart
from duality.config.validation import validate
from duality.errors import InputError, at, naming, refusal, short
from duality.formulas.compose import compose
from duality.formulas.parsing import parse_expression

_TINY_GUARD = 1e-9
_PREDICTION_SYMBOLS = ("y", "c1", "c2", "c3", "c4")


def resolve(config: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Check the config and put together what each stage needs.

    Parameters
    ----------
    config : mapping
        As read from YAML, overlays included.
    schema : mapping
        The JSON schema of the config.

    Returns
    -------
    dict
        Plain data: the config, with every part that a stage uses complete, so that it converts to its record of
        `duality.config.settings`. Among them `experiments` (`Experiment`), `classes` (`ClassSettings`), `figures`
        (`Shown`), `calibration` (`CalibrationSettings`) and, where there is one, `guard`, with its `subject`
        (`GuardSubject`).

    Raises
    ------
    InputError
        In one line: the key, its value and what is allowed.
    """
    with naming("config"):
        return _resolved(config, schema)


def _resolved(config: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    validate(config, schema)
    check_sizes(config)
    check_labels(config)
    for name, prediction in config["predictions"].items():
        with naming(f"predictions.{name}.H = {short(prediction['H'])}"):
            parse_expression(prediction["H"], _PREDICTION_SYMBOLS)
    check_formulas(config)
    experiments = {}
    for name in config["experiments"]:
        with at(f"experiments.{name}"):
            experiments[name] = resolved_experiment(name, config)
    experiments = told_apart(experiments)
    resolved = {
        **config,
        "classes": {name: resolved_class(name, config) for name in config["classes"]},
        "experiments": experiments,
        "figures": {name: _figure(name, figure, experiments) for name, figure in _figures(config).items()},
        "calibration": _calibration(config["calibration"]),
        "division": division(config["dataset"]["shards"], config["dataset"]["training_shards"]),
    }
    if "guard" not in config:
        return resolved
    with at("guard"):
        return {**resolved, "guard": _guard(config, experiments)}


def _figures(config: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the config, and of every class of a designed experiment one; there must be one at least."""
    of_designs = {
        f"{name}_{class_name}": {"experiment": name, "class": class_name}
        for name, experiment in config["experiments"].items()
        if "design" in experiment
        for class_name in config["classes"]
    }
    if not (figures := {**of_designs, **config["figures"]}):
        raise refusal("figures", figures, "a mapping of 1 to 64 names to figures")
    return figures


def _figure(name: str, figure: Mapping[str, Any], experiments: Mapping[str, Any]) -> dict[str, Any]:
    """One figure with what it shows of its experiment."""
    if name in _figures_of_our_own():
        raise InputError(f"figures.{name}: must be another name: the workflow itself uses this one")
    experiment = choose(f"figures.{name}.experiment", figure["experiment"], experiments)
    measured = choose(f"figures.{name}.class", figure["class"], experiment["classes"])
    return {
        **figure,
        "sign": measured["sign"],
        "predicted": measured["texts"]["q_dot"],
        "activation": experiment["activation_name"],
        "loss": experiment["loss_name"],
        "title": f"{in_words(name).capitalize()}: {experiment['title']},\n‘{figure['class']}’, {measured['sign']}",
    }


def _figures_of_our_own() -> set[str]:
    """Names that no figure of the config may have: a supplementary figure is called like its module, its file too."""
    return {path.stem for path in Path(__file__).resolve().parents[1].glob("figures/*.py")}


def _calibration(calibration: Mapping[str, Any]) -> dict[str, Any]:
    exponents = [
        fraction(f"calibration.exponents[{index}]", exponent) for index, exponent in enumerate(calibration["exponents"])
    ]
    if len(set(exponents)) < len(exponents):
        raise refusal("calibration.exponents", calibration["exponents"], "different numbers")
    return {**calibration, "exponents": exponents}


def _guard(config: Mapping[str, Any], experiments: Mapping[str, Any]) -> dict[str, Any]:
    """The study of a guard with what it takes from its experiment."""
    guard = config["guard"]
    experiment = choose("guard.experiment", guard["experiment"], experiments)
    choose("guard.parameter", guard["parameter"], experiment["composition"]["loss_parameters"])
    if (mini_batch := experiment["training"]["mini_batch"]) != 1:
        key = f"experiments.{guard['experiment']}.training.mini_batch"
        raise refusal(key, mini_batch, "1 in the experiment of guard, which is about single kicks")
    loss = choose("guard.unguarded", guard["unguarded"], config["losses"])
    if loss.get("parameters"):
        raise refusal("guard.unguarded", guard["unguarded"], "the name of a loss without parameters")
    if not _same_without_guard(experiment["composition"], guard["parameter"], loss["H"]):
        allowed = f"the loss that the experiment's becomes as {guard['parameter']} → 0"
        raise refusal("guard.unguarded", guard["unguarded"], allowed)
    subject = {
        "composition": experiment["composition"],
        "unguarded_loss": loss["H"],
        "parameter": guard["parameter"],
        "measured": experiment["classes"],
        "training": experiment["training"],
    }
    return {**guard, "subject": subject}


def _same_without_guard(composition: Mapping[str, Any], parameter: str, unguarded: str) -> bool:
    """Whether both losses have one gradient wherever that with a tiny guard has any."""
    parameters = {**composition["loss_parameters"], parameter: _TINY_GUARD}
    guarded = compose(**{**composition, "loss_parameters": parameters})
    free = compose(**{**composition, "loss": unguarded, "loss_parameters": {}})
    y = np.linspace(-8, 8, 2001)
    for with_guard, without in zip(guarded.functions(1), free.functions(1), strict=True):
        h = with_guard(y)
        if not np.any(h) or not np.allclose(h[h != 0], without(y)[h != 0], rtol=1e-6):
            return False
    return True
