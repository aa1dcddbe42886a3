"""If these fail, cases that are decided each for itself make the wrong verdict together."""

import pytest

from duality.claims.rules import combined


@pytest.mark.parametrize(
    ("found", "some", "every"),
    [
        ([True, True], True, True),
        ([True, False], True, False),
        ([False, False], False, False),
        ([True, None], True, None),
        ([False, None], None, False),
    ],
)
def test_a_case_that_is_undecided_decides_only_if_nothing_else_does(found, some, every):
    assert combined("some", found) is some
    assert combined("all", found) is every
