"""Two modules of checks as `duality.derivations.sections.collect` takes them, for tests of what is made of findings."""

from types import ModuleType

import pytest

from duality.verdicts import Finding


def module(name, **functions):
    """A module with these functions, as if they were written in it."""
    made = ModuleType(name)
    for key, function in functions.items():
        function.__module__ = name
        setattr(made, key, function)
    return made


def checked():
    """What `collect` must find in them, in their order, and what it must not take for a check."""
    first = module(
        "first",
        equation_6_3=lambda: Finding(True, "both sides agree", "proof"),
        equation_8_15_ones=lambda: Finding(False, "|x1| is too small", "50 digits", True, "|x1| ≫ 1", 0.5, 0.1),
        helper=lambda: None,
    )
    first.equation_9_9 = pytest.approx  # imported from elsewhere
    second = module("second", statement_accuracy=lambda: Finding(False, "it is not", "simulation"))
    return {"6 Emergent criticality": [first], "10 Discussion": [second]}
