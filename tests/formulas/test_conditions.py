"""If this fails, a window stands where the paper's conditions do not hold."""

import numpy as np

from duality.formulas.conditions import all_met


def test_conditions_are_met_together_and_elementwise():
    """A window would be taken where one of its conditions holds, or nowhere if it has none."""
    x1, y, rest = np.array([-2.0, 0.1, 0.5, 3.0]), np.array([1.0, 1.0, -1.0, 1.0]), (16.0, -8.0, 0, 0.1)
    assert all_met(["1/2 << abs(x1)", "y > 0"], 3)(x1, y, *rest).tolist() == [True, False, False, True]
    assert all_met(["1/2 << abs(x1)"], 10)(x1, y, *rest).tolist() == [False] * 4
    assert all_met([], 3)(x1, y, *rest).all()
