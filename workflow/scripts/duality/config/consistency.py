"""Whether sizes, labels and formulas of a config go together, which its schema cannot tell."""

import re
from collections.abc import Mapping
from typing import Any

from duality.config.division import division
from duality.errors import InputError, naming, refusal, short
from duality.formulas.parsing import ACTIVATION_SYMBOLS, FUNCTIONS, LOSS_SYMBOLS, parse_expression

_MOST_JOBS = 8000  # that shards may make: Snakemake plans some three hundred in a second
_FEWEST_SAMPLES = 256  # that training can read: a block


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


def check_labels(config: Mapping[str, Any]) -> None:
    """Refuse labels that a picture or a page could not show: a $ begins mathematics in one, a brace a wildcard."""
    for part, keys in {"activations": ["name"], "losses": ["name"], "predictions": ["k_w", "k_b", "examples"]}.items():
        for name, content in config[part].items():
            for key in keys:
                label = content.get(key, "")
                if not label.isprintable() or set(label) & set("${}"):
                    raise refusal(f"{part}.{name}.{key}", label, "a line of printable text without $, { and }")


def check_formulas(config: Mapping[str, Any]) -> None:
    """Refuse activations and losses that are no formulas."""
    for name, activation in config["activations"].items():
        _check_formula(f"activations.{name}", activation, "f", ACTIVATION_SYMBOLS)
    for name, loss in config["losses"].items():
        _check_formula(f"losses.{name}", loss, "H", LOSS_SYMBOLS)


def _check_formula(key: str, part: Mapping[str, Any], name: str, symbols: tuple[str, ...]) -> None:
    formula, parameters = part[name], part.get("parameters", {})
    with naming(f"{key}.{name} = {short(formula)}"):
        parse_expression(formula, symbols, parameters)
    for parameter in parameters:
        if parameter in (*ACTIVATION_SYMBOLS, *LOSS_SYMBOLS, *FUNCTIONS, "Piecewise", "pi"):
            raise InputError(f"{key}.parameters.{parameter}: must be another name: this one has a meaning")
        if not re.search(rf"\b{parameter}\b", formula):
            raise InputError(f"{key}.parameters.{parameter} does not occur in {short(formula)} (of {symbols})")
