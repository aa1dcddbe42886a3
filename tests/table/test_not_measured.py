"""If these fail, the table shows an exponent that is not measured, or hides one that is."""

import msgspec
import pytest

from duality.conventions import PAPER
from duality.records.estimates import Estimate
from duality.table.not_measured import NO_SHIFT, WIDE, reason, reasons


@pytest.mark.parametrize(
    ("value", "se", "expected"),
    [
        (2.0, 0.02, None),
        (1.70, 0.11, None),  # it tells 2 from 1
        (-19.6, 0.6, WIDE),
        (-20.0, 40.0, WIDE),
        (0.5, 0.2550, None),
        (0.5, 0.2552, WIDE),  # 2 · 1.96 · 0.2552 = 1.0004
    ],
)
def test_an_interval_that_holds_a_whole_number_wherever_it_lies_measures_nothing(value, se, expected):
    assert reason(Estimate.normal(value, se)) is expected


@pytest.fixture
def shifted(own):
    return own.quantities["w_dot"][PAPER].shifted


@pytest.mark.parametrize(
    ("gain", "over_exponential", "expected"),
    [
        (1200.0, 300.0, None),
        (1.93, 1.93, None),
        (1.91, 300.0, NO_SHIFT),
        (1200.0, 1.91, NO_SHIFT),
        (0.0, 0.0, NO_SHIFT),
    ],
)
def test_a_shift_must_be_told_from_none_and_from_an_exponential(shifted, gain, over_exponential, expected):
    fit = msgspec.structs.replace(shifted, gain=gain, gain_over_exponential=over_exponential)
    assert reason(fit.exponent, fit) is expected


def test_a_wide_interval_of_a_shift_that_is_seen_measures_nothing_either(shifted):
    wide = msgspec.structs.replace(shifted, exponent=Estimate.normal(0.5, 1.0))
    assert reason(wide.exponent, wide) is WIDE


def test_reasons_are_those_that_occur(own, shifted):
    assert reasons([own.paper]) == []
    found = own.quantities["w_dot"][PAPER]
    unseen = msgspec.structs.replace(found, shifted=msgspec.structs.replace(shifted, gain=0.1))
    wide = msgspec.structs.replace(
        own.paper, raw=msgspec.structs.replace(own.paper.raw, exponent=Estimate.normal(-13.0, 0.6))
    )
    assert reasons([found, own.paper]) == []
    assert reasons([unseen]) == [NO_SHIFT]
    assert reasons([unseen, wide, unseen]) == [WIDE, NO_SHIFT]
