"""Eqs. 9.1-9.17: the right forms against numerical differentiation."""

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numerical_kicks import exponent, kicks, power, q_dot

from duality.derivations import fractional_powers
from duality.verdicts import REPRODUCED

signed = st.floats(0.2, 3.0) | st.floats(-3.0, -0.2)


@given(w=signed, b=signed, x1=signed, x2=st.sampled_from([0, 1]))
@settings(max_examples=20, deadline=None)
def test_quartic_kicks(w, b, x1, x2):
    """The mended Eqs. 9.15 and 9.16: ḃ = w·(leading ẇ)/(y - x2), and q̇/|ẇ| = √(1 + 1/x1²)."""
    u = mpmath.mpf(w) * x1 + b - x2
    H = power(4, x2)
    w_dot, b_dot = kicks(H, w, b, x1)
    leading = -4 * u**4 / w
    assert abs(b_dot * u - w * leading) <= 1e-9 * abs(w * leading) + mpmath.mpf("1e-20")
    assert abs(q_dot(H, w, b, x1) - abs(w_dot) * mpmath.sqrt(1 + 1 / mpmath.mpf(x1) ** 2)) <= mpmath.mpf("1e-15")


def test_regimes_of_the_quartic():
    """k is 2/3 close to x̄ and 3/4 far away; |x1| ≪ |x̄|, which Eq. 9.14 asks for, is neither."""
    w, b = mpmath.mpf(1), mpmath.mpf(-2)  # x̄ = 2 for x2 = 0
    H = power(4, 0)
    for x1, k in (("2.00001", 2 / 3), ("100000", 3 / 4)):
        assert float(exponent(lambda x: q_dot(H, w, b, x), mpmath.mpf(x1))) == pytest.approx(k, abs=1e-4)
    for x1, ratio in (("0.0001", 0), ("2.00001", -1)):
        printed = -4 * b * w**2 * (mpmath.mpf(x1) - 2) ** 3  # Eq. 9.10
        assert float(kicks(H, w, b, x1)[0] / printed) == pytest.approx(ratio, abs=1e-4)


def test_verdict_on_exact_power_laws():
    """That k_w = 0, 1/2 and 2 are all is told to readers as a fact about the paper."""
    assert fractional_powers.statement_k_w_of_exact_power_laws().verdict == REPRODUCED
