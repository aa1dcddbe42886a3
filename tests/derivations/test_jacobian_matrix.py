"""If these fail, a verdict on Sec. 4 rests on nothing: the facts are found here in other ways."""

from dataclasses import replace

import numpy as np
import pytest

from duality.derivations import jacobian_matrix
from duality.derivations.vocabulary import sigmoid_case
from duality.jacobian.duality import Duality
from duality.verdicts import CORRECTED, REPRODUCED


@pytest.mark.parametrize("label", [0, 1])
def test_density_scales_with_the_first_power_of_gamma(label):
    """Eq. 4.3: γ^(-N_∂) = 1/γ in the toy model, not γ^(-N) = 1/γ²: q̇/γ has one distribution for all γ."""
    one = Duality(*sigmoid_case(label))
    two = replace(one, frozen=replace(one.frozen, gamma=2 * one.gamma))
    q, sign = np.array([0.003, 0.01, 0.025]), 2 * label - 1
    assert two.pdf(2 * q, sign) == pytest.approx(one.pdf(q, sign) / 2, rel=1e-9)


def test_singular_value_of_the_whole_jacobian_is_the_arc_length():
    """Eqs. 4.4-4.6: the length of the curve (ẇ, ḃ)(x1) is the integral of √(ẇ′² + ḃ′²), and more than |q̇| gains."""
    duality = Duality(*sigmoid_case(0))
    x1 = np.linspace(-0.5, 0.9, 20_001)
    curve = np.array([x1 * duality.b_dot(x1), duality.b_dot(x1)])
    length = np.hypot(*np.diff(curve)).sum()
    integral = np.trapezoid(np.sqrt(duality.jacobian(x1) ** 2 + duality.b_dot(x1) ** 2 / (1 + x1**2)), x1)
    gained = np.abs(np.diff(duality.magnitude(x1))).sum()
    assert length == pytest.approx(integral, rel=1e-6)
    assert length > gained * (1 + 1e-4)


def test_verdicts_on_the_jacobian():
    """A change of a check would turn a verdict unnoticed; what each must be is shown by the tests above."""
    assert jacobian_matrix.equation_4_3().verdict == CORRECTED
    assert jacobian_matrix.statement_toy_singular_values().verdict == REPRODUCED
