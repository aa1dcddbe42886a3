"""What the stage sweeps hands on: the estimates of every point."""

from collections.abc import Mapping
from typing import Any

from duality.records.table import Table

# A row per estimate of a point of a sweep, columns as before; what is predicted of an exponent; and why there is no
# estimate, where there is none. Of a point without equilibrium there is one row.
SWEEP_POINT = Table(
    "a point of a sweep",
    {"class": str, "sign": str, "quantity": str, "window": str, "estimate": str, "value": float, "se": float}
    | {"low": float, "high": float, "population": float, "population_accuracy": float, "predicted": float, "why": str},
)


def sweep_table(axes: Mapping[str, list[Any]]) -> Table:
    """All points of a sweep: a column per axis before those of `SWEEP_POINT`.

    Parameters
    ----------
    axes : mapping
        By name, the values of an axis: numbers, or names.
    """
    kinds = {name: str if any(isinstance(value, str) for value in values) else float for name, values in axes.items()}
    return Table("a sweep", {**{f"axis_{name}": kind for name, kind in kinds.items()}, **SWEEP_POINT.columns})
