"""If these fail, a verdict on Sec. 6 is wrong: the facts are found here in other ways."""

import mpmath
import numpy as np
import pytest
from scipy import integrate

from duality.derivations.vocabulary import sigmoid_case
from duality.jacobian.duality import Duality


@pytest.mark.parametrize("k", [0.0, 0.5, 1.0, 1.5])
def test_solutions_of_6_1_carry_a_constant(k):
    """Eq. 6.3: (6.1) integrated numerically with B = 1 follows the form with a constant, and not the one without."""
    A, B, start = 0.7, 1.0, 0.4
    x = np.linspace(0, 0.9, 10)
    solution = integrate.solve_ivp(lambda _, w: (A * w + B) ** k, (0, 0.9), [start], t_eval=x, rtol=1e-11, atol=1e-12)
    w_dot = solution.y[0]
    if k == 1:
        straight = np.log(w_dot + B / A)
        printed = np.log(w_dot)
    else:
        straight = (w_dot + B / A) ** (1 - k)
        printed = w_dot ** (1 - k)
    scale = np.ptp(straight)
    assert np.abs(np.diff(straight, 2)).max() < 1e-7 * scale
    assert (np.abs(np.diff(printed, 2)).max() > 1e-4 * scale) == (k != 0)  # k = 0 is linear in any case


def test_asymptotics_of_6_7():
    """Eq. 6.7: Ei(z) is e^z/z to 1/z, and further and further from e^z."""
    for z in (50, 500, -50, -500):
        ratio = mpmath.ei(z) / (mpmath.exp(z) / z)
        assert abs(ratio - 1) < 2 / abs(z)
    to_exponential = [float(mpmath.ei(z) / mpmath.exp(z)) for z in (10, 100, 1000)]
    assert to_exponential == pytest.approx([0.1, 0.01, 0.001], rel=0.2)


@pytest.mark.parametrize("c1", [2, -2])
@pytest.mark.parametrize("z", [-9.0, -3.0, 3.0, 9.0])
def test_local_exponent_of_the_exponential(c1, z):
    """Eqs. 6.8-6.9: k_w is 1 - 1/(1 + c1·w·x1)²; here as the slope of ln|dẇ/dx1| by ln|ẇ|, from numbers only."""
    w = 16.0
    x = z / (c1 * w) * (1 + np.array([-1e-4, 0, 1e-4]))
    w_dot = x * c1 * np.exp(c1 * w * x)
    step = 1e-7
    slope = ((x + step) * np.exp(c1 * w * (x + step)) - (x - step) * np.exp(c1 * w * (x - step))) * c1 / (2 * step)
    measured = np.log(slope[2] / slope[0]) / np.log(w_dot[2] / w_dot[0])
    assert measured == pytest.approx(1 - 1 / (1 + z) ** 2, abs=2e-4)


def test_the_papers_own_case_needs_the_other_sign_in_6_5():
    """Eq. 6.5: for sigmoid and squared loss, 'ones', (y - b)·H′ is negative where y > b, which exp(A·y + B) is not."""
    b = -8.0
    y = np.linspace(1, 8, 15)
    assert np.all((y - b) * Duality(*sigmoid_case(1)).h(y) < 0)
