"""Eqs. 8.24-8.32: the right forms against numerical differentiation and a closed form."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numerical_kicks import ROUNDING, kicks, power, q_dot

from duality.derivations.vocabulary import DENSITIES, RELU, SQUARED, composition
from duality.jacobian.duality import Duality
from duality.records.estimates import Frozen

magnitudes = st.floats(0.2, 3.0)
signed = st.floats(0.2, 3.0) | st.floats(-3.0, -0.2)


@given(w=signed, b=signed, x1=signed, x2=st.sampled_from([0, 1]), gamma=magnitudes)
@settings(max_examples=20, deadline=None)
def test_quadratic_slopes(w, b, x1, x2, gamma):
    """The mended Eq. 8.31, and k_w = 1/2 of the table as (dẇ/dx1)² = -8γwẇ + 4γ²(b - x2)²."""
    H = power(2, x2)
    w_dot, b_dot = kicks(H, w, b, x1, gamma)
    half_square = mpmath.diff(lambda x: q_dot(H, w, b, x, gamma) ** 2 / 2, x1)
    terms = (x1 * b_dot**2, -2 * gamma * w * mpmath.mpf(x1) ** 2 * b_dot, -2 * gamma * w * b_dot)
    assert abs(half_square - sum(terms)) <= 1e-9 * sum(map(abs, terms)) + ROUNDING
    slope = mpmath.diff(lambda x: kicks(H, w, b, x, gamma)[0], x1)
    parts = (-8 * gamma * w * w_dot, 4 * gamma**2 * (mpmath.mpf(b) - x2) ** 2)
    assert abs(slope**2 - sum(parts)) <= 1e-9 * sum(map(abs, parts)) + ROUNDING


def test_small_x1_alone_does_not_fix_the_exponent():
    """Eq. 8.32: at x1 = 0 the exponent of the 'zeros' is a² = (b/w)², by the library's own Jacobian."""
    w, b = 1.5, 0.5
    duality = Duality(composition(RELU, SQUARED), 0, DENSITIES[0], Frozen(w, b, 1.0))
    assert float(duality.local_exponent(np.array(0.0))) == pytest.approx((b / w) ** 2, rel=1e-12)
