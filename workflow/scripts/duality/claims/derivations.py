"""Claims of which no measurement decides: derived, or not tested."""

from dataclasses import fields
from typing import Any

import pandas as pd

from duality.claims.checks import check
from duality.claims.results import Results
from duality.errors import InputError
from duality.verdicts import NOT_TESTED, Finding


@check("results/theory/derivations.csv")
def derivation(results: Results, *, id: str) -> Finding:
    """What the derivation of the claim's id found."""
    found = results.derivations[results.derivations["id"] == id]
    if found.empty:
        raise InputError("there is no derivation of this id")
    row: dict[str, Any] = {str(name): None if pd.isna(value) else value for name, value in found.iloc[0].items()}
    return Finding(**{field.name: row[field.name] for field in fields(Finding) if field.name in row})


@check("")
def untested(results: Results, *, reason: str, takes: str) -> Finding:  # noqa: ARG001
    """Nothing was tested, for the reason that the claim states, with what a test would take."""
    return Finding(None, f"{reason}; a test would take {takes}", "simulation", undecided_as=NOT_TESTED)
