"""Eqs. 8.33-8.42: the right forms against numerical differentiation and closed forms."""

from statistics import NormalDist

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numerical_kicks import ROUNDING, exponent, kicks, logarithmic, q_dot

from duality.derivations import logarithmic_composition
from duality.derivations.vocabulary import CROSS_ENTROPY, DENSITIES, GUARDED_CROSS_ENTROPY, RAMP, composition
from duality.jacobian.duality import Duality
from duality.records.estimates import Frozen

fractions = st.floats(0.05, 0.95)
signed = st.floats(0.2, 3.0) | st.floats(-3.0, -0.2)


@given(y=fractions, w=signed, x1=signed)
@settings(max_examples=20, deadline=None)
def test_logarithmic_slopes(y, w, x1):
    """The mended Eq. 8.41, and k_w = 2, where the table has a dash: dẇ/dx1 ∝ (1 - wẇ/γ)²."""
    b = mpmath.mpf(y) - mpmath.mpf(w) * x1
    H = logarithmic
    w_dot, b_dot = kicks(H, w, b, x1)
    half_square = mpmath.diff(lambda x: q_dot(H, w, b, x) ** 2 / 2, x1)
    terms = (x1 * b_dot**2, w * mpmath.mpf(x1) ** 2 * b_dot**2 / (1 - y), w * b_dot**2 / (1 - y))
    assert abs(half_square - sum(terms)) <= 1e-8 * sum(map(abs, terms)) + ROUNDING
    slope = mpmath.diff(lambda x: kicks(H, w, b, x)[0], x1)
    assert abs(slope + (1 - w * w_dot) ** 2 / (1 - b)) <= 1e-8 * abs(slope) + ROUNDING


def test_k_w_of_the_logarithm_in_the_limit():
    """Near the end of the ramp the weight's own exponent, without any shift, is 2: no dash."""
    w, b = mpmath.mpf(2), mpmath.mpf("-0.5")
    for distance in (mpmath.mpf("0.3"), mpmath.mpf("1e-5")):
        x1 = (1 - b) / w - distance
        found = exponent(lambda x: kicks(logarithmic, w, b, x)[0], x1)
        assert float(found) == pytest.approx(float(2 * w * x1 / (1 - b)), rel=1e-4)  # → 2


def test_small_x1_alone_does_not_fix_the_exponent():
    """Eq. 8.42: at x1 = 0 the exponent of the 'zeros' is 2 + a² with a = (1 - b)/w, by the library's own Jacobian."""
    w, b = 1.5, 0.5
    duality = Duality(composition(RAMP, CROSS_ENTROPY), 0, DENSITIES[0], Frozen(w, b, 1.0))
    assert float(duality.local_exponent(np.array(0.0))) == pytest.approx(2 + ((1 - b) / w) ** 2, rel=1e-12)


@pytest.mark.slow
def test_accuracy_of_the_printed_ramp():
    """Eq. 8.33: the accuracy found with f = 0 above the ramp, from the normal distribution function."""
    w, b = logarithmic_composition._optimum(RAMP, GUARDED_CROSS_ENTROPY)
    low, high = (0.5 - b) / w, (1 - b) / w  # where f > 1/2
    normal = NormalDist()
    zeros, ones = (normal.cdf((high - mean) / 0.25) - normal.cdf((low - mean) / 0.25) for mean in (0, 1))
    assert logarithmic_composition.equation_8_33().value == pytest.approx(0.5 * (1 - zeros + ones), abs=1e-4)
