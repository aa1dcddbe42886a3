"""Eqs. 8.7-8.23: the right forms against numerical differentiation."""

import math

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numerical_kicks import close, exponential, kicks, q_dot, sigmoid

from duality.derivations import exponential_composition
from duality.verdicts import CORRECTED

signed = st.floats(0.2, 3.0) | st.floats(-3.0, -0.2)


@given(w=signed, b=signed, x1=signed)
@settings(max_examples=20, deadline=None)
def test_exponential_kicks(w, b, x1):
    """The mended Eqs. 8.10 and 8.13, the latter for either sign of w."""
    w_dot, b_dot = kicks(exponential, w, b, x1)
    assert close(b_dot, -2 * mpmath.exp(2 * (w * mpmath.mpf(x1) + b)))
    q = q_dot(exponential, w, b, x1)
    slope = mpmath.diff(lambda x: q_dot(exponential, w, b, x), x1)
    middle = math.copysign(1, w) * w_dot * b_dot
    mended = (2 * abs(w) * (w_dot**2 + b_dot**2) + middle) / q
    # Below |w| = 1/4 the slope may have passed through zero.
    assert close(abs(slope), mended if abs(w) > 0.25 else abs(mended), 1e-8)


def test_ratio_conditions_do_not_make_the_tail():
    """Eqs. 8.7 and 8.16 with b of order one: a ratio of a million leaves the approximation wrong by tens of percent."""
    b, wx1 = mpmath.mpf(-1), mpmath.mpf("1e-6")
    assert abs(mpmath.exp(wx1 + b) / sigmoid(wx1 + b) - 1) > 0.3
    b, wx1 = mpmath.mpf("-1e-6"), mpmath.mpf(1)
    assert abs(mpmath.exp(-(wx1 + b)) / (1 - sigmoid(wx1 + b)) - 1) > 0.3


@pytest.mark.slow
@pytest.mark.parametrize("name", ["equation_8_22", "equation_8_23"])
def test_verdicts_that_the_readme_may_cite(name):
    """These are told to readers as facts about the paper."""
    assert getattr(exponential_composition, name)().verdict == CORRECTED
