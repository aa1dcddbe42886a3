"""From the text of the config to what the rules use, or one clear line about what is wrong with it."""

import math
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import jsonschema
import numpy as np
import sympy as sp

from duality.config.reading import short
from duality.conventions import EXPONENTS
from duality.errors import InputError
from duality.formulas.compose import compose
from duality.formulas.composition import check_defined
from duality.formulas.parsing import (
    ACTIVATION_SYMBOLS,
    CONDITION_SYMBOLS,
    FUNCTIONS,
    LOSS_SYMBOLS,
    parse_condition,
    parse_expression,
)
from duality.formulas.stable import literal_function

X1, X2 = sp.Symbol("x1", real=True), sp.Symbol("x2", real=True)
_TRAINING_KEYS = ("gamma", "replicas", "start", "thin", "steps", "budget", "burn_in", "r_hat", "ess", "drift")
_TINY_GUARD = 1e-9
_OWN_FIGURES = {
    "overview": "the sheet of all figures",
    "traces": "the folder of the trace plots",
    "local_exponents": "a supplementary figure",
    "sensitivities": "a supplementary figure",
    "calibration": "the figure of the stage calibration",
    "jumps": "the figure of the stage jumps",
    "guard": "the figure of the stage guard",
}


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
        The config with, for every experiment, its `composition` (formulas, parameters and labels), complete
        `training` settings, names and prediction; for every figure what it shows of its experiment; and for the guard,
        where there is one, its `subject`.

    Raises
    ------
    InputError
        In one line: the key, its value and what is allowed.
    """
    _check_finite(config, ())
    _check_schema(config, schema)
    shards, training_shards = config["dataset"]["shards"], config["dataset"]["training_shards"]
    if training_shards > shards:
        raise _error("dataset.training_shards", training_shards, f"at most dataset.shards = {shards}")
    for name, description in config["classes"].items():
        _at(f"classes.{name}", lambda description=description: _check_class(description, shards))
    labels = [description["x2"] for description in config["classes"].values()]
    if len(set(labels)) < len(labels):
        raise InputError(f"config: classes have the labels x2 = {labels}: must be different from each other")
    drawn = config["dataset"]["samples_per_shard"] * training_shards * len(labels)
    if drawn < 256 and not any("file" in description for description in config["classes"].values()):
        raise _error(
            "dataset.samples_per_shard", config["dataset"]["samples_per_shard"], "enough for 256 training samples"
        )
    for name, prediction in config["predictions"].items():
        symbols = ["y", "c1", "c2", "c3", "c4"]
        _at(f"predictions.{name}.H", lambda H=prediction["H"], s=symbols: parse_expression(H, s), prediction["H"])
    for name, activation in config["activations"].items():
        _check_formula(f"activations.{name}", activation, "f", ACTIVATION_SYMBOLS)
    for name, loss in config["losses"].items():
        _check_formula(f"losses.{name}", loss, "H", LOSS_SYMBOLS)
    experiments = {name: _experiment(name, config) for name in config["experiments"]}
    figures = {name: _figure(name, figure, experiments) for name, figure in config["figures"].items()}
    classes = {
        name: {**description, "shards": shards if "file" in description else None}
        for name, description in config["classes"].items()
    }
    resolved = {**config, "classes": classes, "experiments": experiments, "figures": figures}
    return {**resolved, "guard": _guard(config, experiments)} if "guard" in config else resolved


def _check_class(description: Mapping[str, Any], shards: int) -> None:
    if "file" in description or "distribution" in description:
        # Only these need SciPy, which takes longer to import than the rest of the check takes.
        from duality.dataset.density import read_column, scipy_distribution

        if re.search(r"[{}]", description.get("file", "")):
            raise InputError(f"the file '{description['file']}' must have a name without braces")
        if "file" not in description:
            scipy_distribution(description["distribution"], description.get("parameters", {}))
        elif (rows := read_column(description["file"], description.get("column")).size) < shards:
            raise InputError(f"'{description['file']}' has {rows} values for dataset.shards = {shards}")


def _check_formula(key: str, part: Mapping[str, Any], name: str, symbols: tuple[str, ...]) -> None:
    formula, parameters = part[name], part.get("parameters", {})
    _at(f"{key}.{name}", lambda: parse_expression(formula, symbols, parameters), formula)
    for parameter in parameters:
        if parameter in (*ACTIVATION_SYMBOLS, *LOSS_SYMBOLS, *FUNCTIONS, "Piecewise", "pi"):
            raise InputError(f"config: {key}.parameters.{parameter}: must be another name: this one has a meaning")
        if not re.search(rf"\b{parameter}\b", formula):
            raise InputError(f"config: {key}.parameters.{parameter} does not occur in {short(formula)} (of {symbols})")


def _experiment(name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """One experiment with everything that it refers to put in."""
    key, experiment = f"experiments.{name}", config["experiments"][name]
    activation = _choose(f"{key}.activation", experiment["activation"], config["activations"])
    loss = _choose(f"{key}.loss", experiment["loss"], config["losses"])
    composition = {
        "activation": activation["f"],
        "loss": loss["H"],
        "labels": [float(description["x2"]) for description in config["classes"].values()],
        "activation_parameters": activation.get("parameters", {}),
        "loss_parameters": loss.get("parameters", {}),
    }
    _at(
        f"{key}: activations.{experiment['activation']}.f = {short(activation['f'])}, "
        f"losses.{experiment['loss']}.H = {short(loss['H'])}",
        lambda: check_defined(compose(**composition)),
    )

    training = {**config["training"], **experiment.get("training", {})}
    if missing := [setting for setting in _TRAINING_KEYS if setting not in training]:
        raise InputError(f"config: {key}.training.{missing[0]} is missing, and so is training.{missing[0]}")
    for parameter, (low, high) in training["start"].items():
        if not low < high:
            raise _error(f"{key}.training.start.{parameter}", [low, high], "[low, high] with low < high")
    if training["budget"] < training["steps"]:
        raise _error(f"{key}.training.budget", training["budget"], f"at least steps = {training['steps']}")
    if training["steps"] < 32 * training["thin"]:
        raise _error(f"{key}.training.steps", training["steps"], f"at least 32 times thin = {training['thin']}")

    classes = {}
    for class_name, measured in experiment["classes"].items():
        _choose(f"{key}.classes", class_name, config["classes"])
        for where, conditions in {
            "conditions": measured["conditions"],
            **{f"variants.{variant}": conditions for variant, conditions in measured.get("variants", {}).items()},
        }.items():
            for index, condition in enumerate(conditions):
                _at(
                    f"{key}.classes.{class_name}.{where}[{index}]",
                    lambda c=condition: parse_condition(c, CONDITION_SYMBOLS, config["statistics"]["much_less_than"]),
                    condition,
                )
        _check_reachable(f"{key}.classes.{class_name}.conditions", measured["conditions"], class_name, config)
        exponents = {name: measured.get(name) for name in EXPONENTS.values()}
        predicted = {
            quantity: _fraction(f"{key}.classes.{class_name}.{name}", exponents[name])
            for quantity, name in EXPONENTS.items()
        }
        classes[class_name] = {
            "sign": measured["sign"],
            "conditions": measured["conditions"],
            "variants": measured.get("variants", {}),
            "predicted": predicted,
            "texts": {
                quantity: None if exponents[name] is None else str(exponents[name])
                for quantity, name in EXPONENTS.items()
            },
        }

    prediction = experiment.get("prediction")
    return {
        **experiment,
        "activation_name": activation.get("name", experiment["activation"]),
        "loss_name": loss.get("name", experiment["loss"]),
        "composition": composition,
        "training": training,
        "classes": classes,
        "prediction": prediction and _choose(f"{key}.prediction", prediction, config["predictions"]),
    }


def _fraction(key: str, value: Any) -> float | None:
    """A number, or the number that a text such as 2/3 stands for."""
    if value is None:
        return None
    try:
        if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,9}([./][0-9]{1,9})?", value):
            raise ValueError
        return float(Fraction(str(value)))
    except (ValueError, ZeroDivisionError):
        raise _error(key, value, "a number or a fraction such as 2/3") from None


def _check_reachable(key: str, conditions: list[str], class_name: str, config: Mapping[str, Any]) -> None:
    """Refuse conditions that no x1 of the class can meet, as far as that can be told before w and b are known."""
    M, description = config["statistics"]["much_less_than"], config["classes"][class_name]
    parsed = [parse_condition(condition, CONDITION_SYMBOLS, M) for condition in conditions]
    known = [c for c in parsed if not c.free_symbols - {X1, X2}]
    if not known:
        return
    from duality.dataset.density import densities

    x1 = densities({class_name: description})[class_name].ppf(np.linspace(1e-9, 1 - 1e-9, 4001))
    met = np.ones(x1.shape, bool)
    for condition in known:
        met &= literal_function((X1, X2), condition)(x1, float(description["x2"]))
    if not met.any():
        raise InputError(f"config: {key} = {short(conditions)}: no x1 of the class '{class_name}' meets them")


def _figure(name: str, figure: Mapping[str, Any], experiments: Mapping[str, Any]) -> dict[str, Any]:
    """One figure with what it shows of its experiment."""
    if name in _OWN_FIGURES:
        raise InputError(f"config: figures.{name}: must be another name: this one is {_OWN_FIGURES[name]}")
    experiment = _choose(f"figures.{name}.experiment", figure["experiment"], experiments)
    measured = _choose(f"figures.{name}.class", figure["class"], experiment["classes"])
    return {
        **figure,
        "sign": measured["sign"],
        "predicted": measured["texts"]["q_dot"],
        "activation": experiment["activation_name"],
        "loss": experiment["loss_name"],
        "title": f"{name.replace('_', ' ')}: {figure['experiment'].replace('_', ' ')},\n"
        f"‘{figure['class']}’, {measured['sign']}",
    }


def _guard(config: Mapping[str, Any], experiments: Mapping[str, Any]) -> dict[str, Any]:
    """The study of a guard with what it takes from its experiment."""
    guard = config["guard"]
    experiment = _choose("guard.experiment", guard["experiment"], experiments)
    _choose("guard.parameter", guard["parameter"], experiment["composition"]["loss_parameters"])
    loss = _choose("guard.unguarded", guard["unguarded"], config["losses"])
    if loss.get("parameters"):
        raise _error("guard.unguarded", guard["unguarded"], "the name of a loss without parameters")
    if not _same_without_guard(experiment["composition"], guard["parameter"], loss["H"]):
        raise _error(
            "guard.unguarded", guard["unguarded"], f"the loss that the experiment's becomes as {guard['parameter']} → 0"
        )
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


def _choose(key: str, name: str, among: Mapping[str, Any]) -> Any:
    if name not in among:
        raise _error(key, name, f"one of {', '.join(among) or '(none is defined)'}")
    return among[name]


def _at(key: str, check: Any, value: Any = None) -> None:
    try:
        check()
    except InputError as error:
        raise InputError(f"config: {key}{'' if value is None else f' = {short(value)}'}: {error}") from error


def _error(key: str, value: Any, allowed: str) -> InputError:
    return InputError(f"config: {key} = {short(value)}: must be {allowed}")


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
        raise _error(".".join(path), value, "a finite number")
    elif isinstance(value, int) and abs(value) > 10**18:
        raise _error(".".join(path), value, "a number of at most 18 digits")


# JSON takes 1.0 for an integer, which no array can have as its length.
_Validator = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    ),
)


def _check_schema(config: Any, schema: Mapping[str, Any]) -> None:
    errors = list(_Validator(schema).iter_errors(config))
    if not errors:
        return
    # The outermost error first, and of those the first in the order of the keys: what a reader would mend first.
    error = min(errors, key=lambda e: (len(e.absolute_path), list(map(str, e.absolute_path))))
    path = [_part(part) for part in error.absolute_path]
    allowed = _description(schema, error.schema)
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        unknown = min(_part(key) for key in error.instance if key not in known)
        raise InputError(f"config: {'.'.join([*path, unknown])} is no known key (allowed here: {', '.join(known)})")
    if error.validator == "required":
        missing = next(key for key in error.validator_value if key not in error.instance)
        described = _description(schema, error.schema.get("properties", {}).get(missing, {}))
        raise InputError(f"config: {'.'.join([*path, missing])} is missing: it must be {described}")
    if list(error.absolute_schema_path)[-2:-1] == ["propertyNames"]:
        where = ".".join(path) or "the top level"
        raise InputError(f"config: {short(error.instance)} is no name for an entry of {where}: must be {allowed}")
    raise _error(".".join(path) or "(top level)", error.instance, allowed)


def _description(schema: Mapping[str, Any], part: Mapping[str, Any]) -> str:
    if "description" not in part and "$ref" in part:
        part = schema["$defs"][part["$ref"].rsplit("/", 1)[1]]
    return str(part.get("description", part.get("type", "as the schema says")))
