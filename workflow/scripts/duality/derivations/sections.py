"""All checks of the paper, by section: the modules that hold them, and the table of what they find."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from types import ModuleType

import pandas as pd

from duality.derivations import (
    dataset_and_losses,
    exponential_composition,
    exponential_map,
    fluctuation_density,
    fractional_powers,
    general_law,
    jacobian_matrix,
    logarithmic_composition,
    neural_network,
    power_law_map,
    quadratic_composition,
    summary_table,
    toy_model,
)
from duality.verdicts import Finding

# By the heading of what they check, in the paper's order.
SECTIONS: Mapping[str, Sequence[ModuleType]] = {
    "2-3 Neural networks, dataset-learning duality": [neural_network, fluctuation_density],
    "4 Jacobian matrix": [jacobian_matrix],
    "5 Toy model": [toy_model],
    "6 Emergent criticality": [exponential_map],
    "7 Power-law map": [power_law_map],
    "The general law": [general_law],
    "8.1 Exponential composition": [dataset_and_losses, exponential_composition],
    "8.2 Quadratic composition": [quadratic_composition],
    "8.3 Logarithmic composition": [logarithmic_composition],
    "9 Fractional powers": [fractional_powers],
    "10 Summary table": [summary_table],
}

_COLUMNS = ["id", "section", "printed", "mended", "verdict", "evidence", "right_form", "method", "value", "error"]
_PREFIXES = ("equation", "statement", "table")


def collect(derivations: Mapping[str, Sequence[ModuleType]]) -> pd.DataFrame:
    """What every check of every module finds.

    Parameters
    ----------
    derivations : mapping
        Per heading its modules. Their functions `equation_S_N…`, `statement_…` and `table_…` are the checks: they take
        no arguments and return a `Finding`.

    Returns
    -------
    DataFrame
        A row per check in the order of the modules and of the functions in them: id ("6.3" of `equation_6_3`, else the
        name without its prefix), section (the heading), verdict and the attributes of `Finding`.

    Raises
    ------
    ValueError
        If two checks have the same id, or a module has none.
    TypeError
        If a check returns anything but a `Finding`.
    """
    rows: list[dict[str, object]] = []
    for heading, module in ((heading, module) for heading, modules in derivations.items() for module in modules):
        checks = checks_of(module)
        if not checks:
            raise ValueError(f"{module.__name__} has no function named {'_…, '.join(_PREFIXES)}_…")
        for name, check in checks.items():
            finding = check()
            if not isinstance(finding, Finding):
                raise TypeError(f"{module.__name__}.{name} returns {type(finding).__name__}, not a Finding")
            rows.append({"id": _id(name), "section": heading, "verdict": finding.verdict, **asdict(finding)})
    found = pd.DataFrame(rows, columns=_COLUMNS)
    if found["id"].duplicated().any():
        raise ValueError(f"two checks have the id {found.loc[found['id'].duplicated(), 'id'].iloc[0]}")
    return found


def checks_of(module: ModuleType) -> dict[str, Callable[[], Finding]]:
    """The checks that a module defines, by their names and in their order; what it imports is left out."""
    return {
        name: function
        for name, function in vars(module).items()
        if name.startswith(tuple(f"{prefix}_" for prefix in _PREFIXES))
        and getattr(function, "__module__", None) == module.__name__
    }


def _id(name: str) -> str:
    """equation_8_15 → 8.15, equation_8_15_ones → 8.15 ones, statement_accuracy → accuracy."""
    prefix, _, rest = name.partition("_")
    section, _, number = rest.partition("_")
    return f"{section}.{number.replace('_', ' ')}" if prefix == "equation" else rest
