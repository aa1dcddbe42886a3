"""If these fail, slopes of the Jacobian and deviations from them are wrong."""

import numpy as np
import pytest

from duality.exponents.quadrature import integral


@pytest.mark.parametrize(
    ("f", "low", "high", "expected"),
    [
        (np.exp, 0, 1, np.e - 1),
        (lambda x: x**8 - x**3, -3, 7, (7**9 + 3**9) / 9 - (7**4 - 3**4) / 4),
        (lambda x: 1 / (1 + 25 * x**2), -1, 1, 0.4 * np.arctan(5)),
        (np.log, 0, 1, -1),
        (lambda x: np.log(2 - x) * x, 0, 2, 2 * np.log(2) - 3),
    ],
)
def test_integrals_by_hand(f, low, high, expected):
    """A logarithm at an end is what a Jacobian has at a turning point."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found, change = integral(f, low, high, 1e-9)
    assert found == pytest.approx(expected, rel=1e-12)
    assert change <= 1e-9


def test_steps_are_halved_as_long_as_that_changes_anything():
    """Of a narrow peak the coarsest rule sees nothing; of a jump no rule gets it right, and the change tells."""
    peak, change = integral(lambda x: 3e-2 / (x**2 + 9e-4), -1, 1, 1e-9)
    assert peak == pytest.approx(2 * np.arctan(1 / 3e-2), abs=1e-8)
    assert change <= 1e-9
    assert integral(np.sign, -1, 1.7, 1e-9)[1] > 1e-6
