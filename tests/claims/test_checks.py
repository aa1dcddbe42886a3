"""If these fail, a new check needs more than its function, or a claim may say what its check does not read."""

from typing import Literal

import pytest
from msgspec import Struct, field

from duality.claims.checks import Check, register
from duality.errors import InputError
from duality.verdicts import Finding


class Where(Struct, frozen=True, kw_only=True):
    experiment: str
    name: str = field(name="class")


def lowest(results, *, of: Where, sign: Literal["negative", "positive"] = "negative", at_least: float) -> Finding:
    return Finding(min(results) >= at_least, f"{of.experiment}, {of.name}, {sign}", "simulation")


@pytest.fixture
def check():
    checks: dict[str, Check] = {}
    assert register(checks, "results/x.csv")(lowest) is lowest
    return checks["lowest"]


def test_a_function_is_all_that_a_check_needs(check):
    assert check.artifact == "results/x.csv"
    found = check.of_claim({"experiment": "e", "class": "c", "at_least": 1})([2, 3])
    assert (found.verdict, found.evidence) == ("reproduced", "e, c, negative")
    found = check.of_claim({"experiment": "e", "class": "c", "at_least": 2.5, "sign": "positive"})([2, 3])
    assert (found.verdict, found.evidence) == ("refuted", "e, c, positive")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"at_most": 1}, "unknown field `at_most`"),
        ({"at_least": None}, "Expected `float`, got `null` - at `at_least`"),
        ({"sign": "up"}, "Invalid enum value 'up' - at `sign`"),
        ({"class": 1}, "Expected `str`, got `int` - at `class`"),
        ({"name": "c"}, "unknown field `name`"),
    ],
)
def test_a_claim_says_what_the_signature_says_and_nothing_else(check, change, complaint):
    with pytest.raises(InputError) as caught:
        check.of_claim({"experiment": "e", "class": "c", "at_least": 1} | change)
    assert str(caught.value).startswith(complaint)
    allowed = "experiment: str, class: str, at_least: float, sign: Literal['negative', 'positive'] = 'negative'"
    assert set(str(caught.value).partition("; the check lowest takes ")[2].split(", ")) == set(allowed.split(", "))


def test_a_missing_key_is_named(check):
    with pytest.raises(InputError, match="missing required field `class`"):
        check.of_claim({"experiment": "e", "at_least": 1})


def test_a_signature_that_no_claim_could_be_checked_against_is_refused():
    def positional(_, at_least: float) -> Finding:
        return Finding(at_least > 0, "", "simulation")

    def untyped(_, *, at_least) -> Finding:
        return Finding(at_least > 0, "", "simulation")

    def twice(_, *, one: Where, other: Where) -> Finding:
        return Finding(one == other, "", "simulation")

    for function, complaint in ((positional, "keyword-only"), (untyped, "annotation"), (twice, "one structure")):
        with pytest.raises(TypeError, match=complaint):
            register({}, "")(function)
