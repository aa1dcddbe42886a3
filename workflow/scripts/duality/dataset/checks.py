"""What only the data can tell about a config: whether files and distributions exist, and conditions can be met."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp

from duality.dataset.density import ClassSettings, KernelEstimate, classes_of, density, scipy_distribution
from duality.dataset.distribution import Density
from duality.dataset.sample_file import read_column
from duality.errors import InputError, at, naming, short
from duality.formulas.parsing import CONDITION_SYMBOLS, parse_condition
from duality.formulas.stable import literal_function

X1, X2 = sp.Symbol("x1", real=True), sp.Symbol("x2", real=True)
_LOOKED_AT = 100_000  # rows of a CSV file, before any job: its job reads all of them
_WRITTEN = ("results", "logs", "benchmarks", ".snakemake")  # what lies there may be made of the file itself
_TAIL, _POINTS = 1e-9, 4001  # probability left out at either end, and x1 at which conditions are tried


def check_data(resolved: Mapping[str, Any]) -> None:
    """Refuse classes whose data there are none of, and conditions that no x1 of their class can meet.

    Parameters
    ----------
    resolved : mapping
        From `duality.config.resolution.resolve`.

    Raises
    ------
    InputError
        In one line: the key, its value and what is allowed.
    """
    much_less_than = resolved["statistics"]["much_less_than"]
    with naming("config"):
        for name, settings in classes_of(resolved["classes"]).items():
            with naming(f"classes.{name}"):
                _check_class(settings)
            conditions = {
                f"experiments.{experiment}.classes.{name}.conditions": content["classes"][name]["conditions"]
                for experiment, content in resolved["experiments"].items()
                if name in content["classes"]
            }
            known = {key: _known(texts, much_less_than) for key, texts in conditions.items()}
            if not any(known.values()):
                continue
            with naming(f"classes.{name}"):
                p = _density(settings)
            for key, parsed in known.items():
                with at(f"{key} = {short(conditions[key])}"):
                    if not _met(parsed, p, settings.x2):
                        raise InputError(f"{key} = {short(conditions[key])}: no x1 of the class '{name}' meets them")


def _check_class(settings: ClassSettings) -> None:
    if settings.file is not None:
        file = Path(settings.file).resolve()
        if any(file.is_relative_to(Path(folder).resolve()) for folder in _WRITTEN):
            written = ", ".join(_WRITTEN)
            raise InputError(f"file = {short(settings.file)}: must lie outside {written}, where the workflow writes")
        rows, shards = read_column(settings.file, settings.column, _LOOKED_AT).size, settings.shards or 1
        if rows < shards:
            raise InputError(f"'{settings.file}' has {rows} values for dataset.shards = {shards}")
    elif settings.distribution is not None:
        scipy_distribution(settings.distribution, settings.parameters)


def _density(settings: ClassSettings) -> Density:
    """The density of a class; of a file, as far as it was looked at."""
    if settings.file is None:
        return density(settings)
    return KernelEstimate(read_column(settings.file, settings.column, _LOOKED_AT))


def _known(conditions: Sequence[str], much_less_than: float) -> list[sp.Basic]:
    """Those of the conditions that can be told before w and b are known."""
    parsed = [parse_condition(condition, CONDITION_SYMBOLS, much_less_than) for condition in conditions]
    return [condition for condition in parsed if not condition.free_symbols - {X1, X2}]


def _met(conditions: Sequence[sp.Basic], p: Density, x2: float) -> bool:
    """Whether any x1 within reach of the data meets all of the conditions."""
    x1 = p.ppf(np.linspace(_TAIL, 1 - _TAIL, _POINTS))
    met = np.ones(x1.shape, bool)
    for condition in conditions:
        met &= literal_function((X1, X2), condition)(x1, x2)
    return bool(met.any())
