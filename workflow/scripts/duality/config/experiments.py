"""Experiments and classes with everything that they refer to, from the text of the config."""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import Any

from duality.config.design import HIGHEST, LOWEST, NEAREST, design
from duality.config.settings import TrainingSettings
from duality.config.training import PLANNED, check_training, is_complete
from duality.conventions import EXPONENTS, WINDOWS
from duality.errors import InputError, naming, refusal, short
from duality.formulas.compose import compose
from duality.formulas.composition import check_defined
from duality.formulas.parsing import CONDITION_SYMBOLS, parse_condition

KINDS = {"activation": "activations", "loss": "losses"}  # what an experiment names, and where the config has it
_LARGEST_EXPONENT = 100


def resolved_class(name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """One class. Only a file is divided among the shards."""
    description = config["classes"][name]
    if re.search(r"[{}]", description.get("file", "")):
        raise InputError(f"classes.{name}: the file '{description['file']}' must have a name without braces")
    return {**description, "shards": config["dataset"]["shards"] if "file" in description else None}


def resolved_experiment(name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """One experiment with everything that it refers to put in.

    What of its training is not given is not known before its optimum is: see `duality.training.plan`.
    """
    key, experiment = f"experiments.{name}", config["experiments"][name]
    if "design" in experiment:
        return _designed(key, experiment, config)
    activation = choose(f"{key}.activation", experiment["activation"], config["activations"])
    loss = choose(f"{key}.loss", experiment["loss"], config["losses"])
    composition: dict[str, Any] = {
        "activation": activation["f"],
        "loss": loss["H"],
        "labels": _labels(config),
        "activation_parameters": activation.get("parameters", {}),
        "loss_parameters": loss.get("parameters", {}),
    }
    with naming(
        f"{key}: activations.{experiment['activation']}.f = {short(activation['f'])}, "
        f"losses.{experiment['loss']}.H = {short(loss['H'])}"
    ):
        check_defined(compose(**composition))
    prediction = experiment.get("prediction")
    training = {**config["training"], **experiment.get("training", {})}
    _check_given(key, training, PLANNED if len(composition["labels"]) == 2 else ())
    names = [part.get("name", in_words(experiment[of])) for of, part in (("activation", activation), ("loss", loss))]
    return {
        **experiment,
        "activation_name": names[0],
        "loss_name": names[1],
        "title": names[0][:1].upper() + ", ".join(names)[1:],
        "composition": composition,
        "design": None,
        "training": training,
        "classes": {
            class_name: _measured(f"{key}.classes", class_name, measured, config)
            for class_name, measured in experiment.get("classes", {}).items()
        },
        "prediction": prediction and choose(f"{key}.prediction", prediction, config["predictions"]),
    }


def _designed(key: str, experiment: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """An experiment whose loss follows from the exponent that it is to have."""
    if given := [other for other in ("activation", "loss", "classes", "prediction") if other in experiment]:
        raise InputError(f"{key}.{given[0]}: must be left out beside design, from which it follows")
    settings = {**config["design"], **experiment["design"]}
    wanted, allowed = settings["k"], f"{_in_range(LOWEST, HIGHEST)}, and 1 or at least {NEAREST} off it"
    k = Fraction(str(wanted)) if fraction(f"{key}.design.k", wanted, allowed) is not None else Fraction(0)
    if not LOWEST <= k <= HIGHEST or 0 < abs(k - 1) < NEAREST:
        raise refusal(f"{key}.design.k", wanted, allowed)
    labels = _labels(config)
    if len(labels) != 2:
        raise InputError(f"{key}.design: must be of two classes, and the config has {len(labels)}")
    made = design(k, Fraction(str(settings["cap"])), labels)
    composition: dict[str, Any] = {
        "activation": made.activation,
        "loss": made.loss,
        "labels": labels,
        "activation_parameters": {},
        "loss_parameters": {},
    }
    with naming(f"{key}.design = {short(settings)}"):
        check_defined(compose(**composition))
    training = {**config["training"], **experiment.get("training", {})}
    _check_given(key, training, PLANNED)
    exponent = {"k_q": str(k), "k_b": str(k), **({"k_w": str(k)} if k >= 1 else {})}
    return {
        "activation": "linear",
        "loss": "designed",
        "activation_name": "linear",
        "loss_name": f"designed for k = {k}",
        "title": f"Linear, designed for k = {k}",
        "composition": composition,
        "design": {"k": float(k), "cap": settings["cap"]},
        "training": training,
        "classes": {
            name: _measured(f"{key}.classes", name, {"sign": sign, "conditions": conditions, **exponent}, config)
            for name, sign, conditions in zip(config["classes"], ("negative", "positive"), made.conditions, strict=True)
        },
        "prediction": {"H": made.form, "k_w": made.k_w, "k_b": str(k), "examples": f"Loss designed for k = {k}"},
    }


def _labels(config: Mapping[str, Any]) -> list[float]:
    return [float(description["x2"]) for description in config["classes"].values()]


def _check_given(key: str, training: Mapping[str, Any], planned: Collection[str]) -> None:
    """Refuse training settings that lack what theory does not plan, or that are whole and do not go together."""
    wanted = [setting for setting in TrainingSettings.__struct_fields__ if setting not in planned]
    if missing := [setting for setting in wanted if setting not in training]:
        raise InputError(f"{key}.training.{missing[0]} is missing, and so is training.{missing[0]}")
    if is_complete(training):
        check_training(f"{key}.training", training)


def _measured(where: str, name: str, measured: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """What is measured on a class, with its exponents by quantity, as numbers and as texts."""
    choose(where, name, config["classes"])
    key, variants = f"{where}.{name}", measured.get("variants", {})
    if own := [variant for variant in variants if variant in WINDOWS]:
        raise InputError(
            f"{short(own[0])} is no name for an entry of {key}.variants: must be a name other than {', '.join(WINDOWS)}"
        )
    lists = {"conditions": measured["conditions"]}
    lists |= {f"variants.{variant}": conditions for variant, conditions in variants.items()}
    for part, conditions in lists.items():
        for index, condition in enumerate(conditions):
            with naming(f"{key}.{part}[{index}] = {short(condition)}"):
                parse_condition(condition, CONDITION_SYMBOLS, config["statistics"]["much_less_than"])
    texts = {quantity: measured.get(exponent) for quantity, exponent in EXPONENTS.items()}
    return {
        "sign": measured["sign"],
        "conditions": measured["conditions"],
        "variants": variants,
        "predicted": {quantity: fraction(f"{key}.{EXPONENTS[quantity]}", text) for quantity, text in texts.items()},
        "texts": {quantity: text if text is None else str(text) for quantity, text in texts.items()},
    }


def _in_range(lowest: Any, highest: Any) -> str:
    """What an exponent must be, for a message."""
    return f"a number or a fraction such as 2/3, from {lowest} to {highest}"


def fraction(key: str, value: Any, allowed: str = "") -> float | None:
    """A number, or the number that a text such as 2/3 stands for; what is allowed is told of any other value."""
    if value is None:
        return None
    try:
        if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,9}([./][0-9]{1,9})?", value):
            raise ValueError
        if abs(exponent := Fraction(str(value))) > _LARGEST_EXPONENT:
            raise ValueError
        return float(exponent)
    except (ValueError, ZeroDivisionError):
        raise refusal(key, value, allowed or _in_range(-_LARGEST_EXPONENT, _LARGEST_EXPONENT)) from None


def told_apart(experiments: Mapping[str, Any]) -> dict[str, Any]:
    """The experiments, with the key in the title of those that have the composition of another."""
    times = Counter(experiment["title"] for experiment in experiments.values())
    return {
        name: experiment
        if times[experiment["title"]] == 1
        else {**experiment, "title": f"{experiment['title']} ({in_words(name)})"}
        for name, experiment in experiments.items()
    }


def in_words(key: str) -> str:
    """A key of the config as people read it."""
    return key.replace("_", " ")


def choose(key: str, name: str, among: Mapping[str, Any]) -> Any:
    """What a name stands for; refused if it stands for nothing."""
    if name not in among:
        raise refusal(key, name, f"one of {', '.join(among) or '(none is defined)'}")
    return among[name]
