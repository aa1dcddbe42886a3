"""From the text of the config to what the rules use, or one clear line about what is wrong with it.

What only the data can tell about a config is in `duality.dataset.checks`.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from duality.config.design import HIGHEST, LOWEST, NEAREST, design
from duality.config.division import division
from duality.config.settings import TrainingSettings
from duality.config.training import PLANNED, check_training, is_complete
from duality.config.validation import validate
from duality.conventions import EXPONENTS, WINDOWS
from duality.errors import InputError, at, naming, refusal, short
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

KINDS = {"activation": "activations", "loss": "losses"}  # what an experiment names, and where the config has it
_TINY_GUARD = 1e-9
_LARGEST_EXPONENT = 100
_MOST_JOBS = 8000  # that shards may make: Snakemake plans some three hundred in a second
_PREDICTION_SYMBOLS = ("y", "c1", "c2", "c3", "c4")
_FEWEST_SAMPLES = 256  # that training can read: a block


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
        (`Shown`), `calibration` (`CalibrationSettings`) and, where there is one, `guard` (`GuardSettings`).

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
    _check_labels(config)
    for name, prediction in config["predictions"].items():
        with naming(f"predictions.{name}.H = {short(prediction['H'])}"):
            parse_expression(prediction["H"], _PREDICTION_SYMBOLS)
    check_formulas(config)
    experiments = {}
    for name in config["experiments"]:
        with at(f"experiments.{name}"):
            experiments[name] = resolved_experiment(name, config)
    experiments = _told_apart(experiments)
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


def check_formulas(config: Mapping[str, Any]) -> None:
    """Refuse activations and losses that are no formulas."""
    for name, activation in config["activations"].items():
        _check_formula(f"activations.{name}", activation, "f", ACTIVATION_SYMBOLS)
    for name, loss in config["losses"].items():
        _check_formula(f"losses.{name}", loss, "H", LOSS_SYMBOLS)


def check_sizes(config: Mapping[str, Any]) -> None:
    """Refuse sizes and labels that do not go together."""
    dataset, classes = config["dataset"], config["classes"]
    shards, training_shards = dataset["shards"], dataset["training_shards"]
    if training_shards > shards:
        raise refusal("dataset.training_shards", training_shards, f"at most dataset.shards = {shards}")
    batches = len(division(shards, training_shards)["batches"])
    jobs = training_shards * len(classes) + batches * len(config["experiments"])
    if jobs > _MOST_JOBS:
        raise refusal("dataset.shards", shards, f"few enough for {_MOST_JOBS} jobs, not {jobs}, like training_shards")
    labels = [description["x2"] for description in classes.values()]
    if len(set(labels)) < len(labels):
        raise InputError(f"classes have the labels x2 = {labels}: must be different from each other")
    drawn = dataset["samples_per_shard"] * training_shards * len(labels)
    if drawn < _FEWEST_SAMPLES and not any("file" in description for description in classes.values()):
        enough = f"enough for {_FEWEST_SAMPLES} training samples"
        raise refusal("dataset.samples_per_shard", dataset["samples_per_shard"], enough)


def _check_labels(config: Mapping[str, Any]) -> None:
    """Refuse labels that a picture or a page could not show: a $ begins mathematics in one, a brace a wildcard."""
    for part, keys in {"activations": ["name"], "losses": ["name"], "predictions": ["k_w", "k_b", "examples"]}.items():
        for name, content in config[part].items():
            for key in keys:
                label = content.get(key, "")
                if not label.isprintable() or set(label) & set("${}"):
                    raise refusal(f"{part}.{name}.{key}", label, "a line of printable text without $, { and }")


def _check_formula(key: str, part: Mapping[str, Any], name: str, symbols: tuple[str, ...]) -> None:
    formula, parameters = part[name], part.get("parameters", {})
    with naming(f"{key}.{name} = {short(formula)}"):
        parse_expression(formula, symbols, parameters)
    for parameter in parameters:
        if parameter in (*ACTIVATION_SYMBOLS, *LOSS_SYMBOLS, *FUNCTIONS, "Piecewise", "pi"):
            raise InputError(f"{key}.parameters.{parameter}: must be another name: this one has a meaning")
        if not re.search(rf"\b{parameter}\b", formula):
            raise InputError(f"{key}.parameters.{parameter} does not occur in {short(formula)} (of {symbols})")


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


def in_words(key: str) -> str:
    """A key of the config as people read it."""
    return key.replace("_", " ")


def _told_apart(experiments: Mapping[str, Any]) -> dict[str, Any]:
    """The experiments, with the key in the title of those that have the composition of another."""
    times = Counter(experiment["title"] for experiment in experiments.values())
    return {
        name: experiment
        if times[experiment["title"]] == 1
        else {**experiment, "title": f"{experiment['title']} ({in_words(name)})"}
        for name, experiment in experiments.items()
    }


def _designed(key: str, experiment: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """An experiment whose loss follows from the exponent that it is to have."""
    if given := [other for other in ("activation", "loss", "classes", "prediction") if other in experiment]:
        raise InputError(f"{key}.{given[0]}: must be left out beside design, from which it follows")
    settings = {**config["design"], **experiment["design"]}
    k = Fraction(str(settings["k"])) if _fraction(f"{key}.design.k", settings["k"]) is not None else Fraction(0)
    if not LOWEST <= k <= HIGHEST or 0 < abs(k - 1) < NEAREST:
        raise refusal(
            f"{key}.design.k", settings["k"], f"from {LOWEST} to {HIGHEST}, and 1 or at least {NEAREST} off it"
        )
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


def _check_given(key: str, training: Mapping[str, Any], planned: Collection[str]) -> None:
    """Refuse training settings that lack what theory does not plan, or that are whole and do not go together."""
    wanted = [setting for setting in TrainingSettings.__struct_fields__ if setting not in planned]
    if missing := [setting for setting in wanted if setting not in training]:
        raise InputError(f"{key}.training.{missing[0]} is missing, and so is training.{missing[0]}")
    if is_complete(training):
        check_training(f"{key}.training", training)


def _labels(config: Mapping[str, Any]) -> list[float]:
    return [float(description["x2"]) for description in config["classes"].values()]


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
        "predicted": {quantity: _fraction(f"{key}.{EXPONENTS[quantity]}", text) for quantity, text in texts.items()},
        "texts": {quantity: text if text is None else str(text) for quantity, text in texts.items()},
    }


def _fraction(key: str, value: Any) -> float | None:
    """A number, or the number that a text such as 2/3 stands for."""
    if value is None:
        return None
    try:
        if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,9}([./][0-9]{1,9})?", value):
            raise ValueError
        if abs(exponent := Fraction(str(value))) > _LARGEST_EXPONENT:
            raise ValueError
        return float(exponent)
    except (ValueError, ZeroDivisionError):
        allowed = f"a number or a fraction such as 2/3, from -{_LARGEST_EXPONENT} to {_LARGEST_EXPONENT}"
        raise refusal(key, value, allowed) from None


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
        _fraction(f"calibration.exponents[{index}]", exponent)
        for index, exponent in enumerate(calibration["exponents"])
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


def choose(key: str, name: str, among: Mapping[str, Any]) -> Any:
    """What a name stands for; refused if it stands for nothing."""
    if name not in among:
        raise refusal(key, name, f"one of {', '.join(among) or '(none is defined)'}")
    return among[name]
