"""If these fail, a verdict on the densities of Sec. 3 rests on nothing."""

import numpy as np
import pytest

from duality.derivations import fluctuation_density
from duality.derivations.vocabulary import sigmoid_case
from duality.jacobian.duality import Duality
from duality.verdicts import CORRECTED


def test_no_constant_rotation_makes_a_component_vanish():
    """Eq. 3.12: ẇ and ḃ over x1 span two dimensions, so no constant Λ projects without loss."""
    duality = Duality(*sigmoid_case(0))
    x1 = np.linspace(-0.5, 0.5, 50)
    steps = np.array([x1 * duality.b_dot(x1), duality.b_dot(x1)])
    assert np.linalg.matrix_rank(steps) == 2
    alpha = np.arctan2(steps[1], steps[0])
    assert -np.sin(alpha) * steps[0] + np.cos(alpha) * steps[1] == pytest.approx(0, abs=1e-17)


def test_verdict_on_the_constant_rotation():
    """A change of the check would turn it unnoticed; what it must be is shown by the test above."""
    assert fluctuation_density.equation_3_12().verdict == CORRECTED
