"""If these fail, tables, captions and pictures show more digits than were measured, or fewer."""

import pytest

from duality.records.estimates import Estimate
from duality.rounding import plain, rounded, significant


@pytest.mark.parametrize(
    ("value", "se", "form", "expected"),
    [
        (0.97741, 0.00061, "text", "0.9774±0.0006"),
        (1.7142, 0.134, "text", "1.71±0.13"),
        (0.97741, 0.00061, "short", "0.9774(6)"),
        (-8.1351, 0.0033, "latex", r"-8.1351 \pm 0.0033"),
        (-8.1351, 0.0033, "picture", "−8.1351 ± 0.0033"),
        (2.0, 0.0, "short", "2.000000"),
        (2.0, 0.0, "latex", "2.000000"),
        (-1e-13, 0.0, "text", "0.000000"),
        (0.998316721, 5.2e-8, "text", "0.99831672±0.00000005"),
        (0.998316721, 5.2e-8, "picture", "0.99831672 ± 0.00000005"),
    ],
)
def test_numbers_are_rounded_by_their_error(value, se, form, expected):
    assert rounded(Estimate.normal(value, se), form) == expected


def test_counts_have_no_powers_of_ten():
    assert plain(Estimate.normal(79_300, 9_912)) == "79000 ± 10000"
    assert plain(Estimate.normal(140_192, 17_524)) == "140000 ± 18000"
    assert plain(Estimate.normal(123.4, 5.6)) == "123 ± 6"


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (-0.00015, 2, "−0.00015"),
        (1.9e-5, 2, "1.9×10⁻⁵"),
        (-1e-6, 6, "−1×10⁻⁶"),
        (0.04, 6, "0.04"),
        (7.1e5, 2, "7.1×10⁵"),
    ],
)
def test_a_number_without_an_error_has_the_same_signs(value, digits, expected):
    """No caption has two signs for minus, or two ways to write a power of ten."""
    assert significant(value, digits) == expected
