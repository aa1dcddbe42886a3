"""If these fail, a check of the paper does not see that what it states was changed.

Of every check a coefficient, an exponent, a sign and a condition is changed in turn. What it does not see stands in
survivors.yaml beside this file, with the reason.
"""

from pathlib import Path

import mutated_checks
import pytest
import yaml

LEAST = 0.95
SURVIVORS = Path(__file__).with_name("survivors.yaml")


@pytest.fixture(scope="module")
def mutations():
    return [mutation for name in mutated_checks.modules() for mutation in mutated_checks.mutations(name)]


def listed():
    """By key, the reasons."""
    rows = yaml.safe_load(SURVIVORS.read_text(encoding="utf-8"))
    return {(row["module"], row["place"], row["before"], row["after"]): row["reason"] for row in rows}


def test_every_kind_of_change_is_made_in_every_module(mutations):
    assert {mutation.kind for mutation in mutations} == {"coefficient", "exponent", "sign", "condition"}
    assert {mutation.module for mutation in mutations} == set(mutated_checks.modules())
    assert all(mutation.before != mutation.after for mutation in mutations)


def test_survivors_are_changes_that_can_be_made_and_few(mutations):
    """With their reasons; one that the code no longer has must go."""
    survivors = listed()
    assert set(survivors) <= {mutation.key for mutation in mutations}
    assert all(len(reason) > 20 for reason in survivors.values())
    assert sum(mutation.key in survivors for mutation in mutations) <= (1 - LEAST) * len(mutations)


@pytest.mark.slow
def test_a_check_fails_on_a_wrong_statement_and_passes_the_right_one(mutations):
    """The harness itself: a change that is none must survive."""
    of_5_4 = [mutation for mutation in mutations if mutation.place == "equation_5_4"]
    assert of_5_4
    assert all(mutated_checks.fails(mutation) for mutation in of_5_4)


@pytest.mark.slow
def test_what_survives_is_listed(mutations):
    assert {mutation.key for mutation in mutations if not mutated_checks.fails(mutation)} == set(listed())
