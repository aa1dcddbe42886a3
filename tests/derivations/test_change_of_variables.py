"""If these fail, the densities of Sec. 3 are compared with wrong ones."""

import numpy as np
import pytest

from duality.dataset.density import Gaussian
from duality.derivations.change_of_variables import against_delta, preimages


def test_preimages_find_all_solutions():
    """A branch would be missing from the densities of Sec. 3."""
    found = preimages(np.square, 0.25, Gaussian(0.0, 0.25))
    assert found == pytest.approx([-0.5, 0.5])


def test_density_by_delta_and_by_preimages():
    """Of x1², whose density has two terms and is that of a χ² variable: both ways must give it."""
    points, sd = np.array([0.02, 0.1, 0.2]), 0.25
    exact = np.exp(-points / (2 * sd**2)) / (sd * np.sqrt(2 * np.pi * points))
    density = Gaussian(0.0, sd)
    assert against_delta(np.square, density, points, 1e-3) == pytest.approx(exact, rel=1e-5)
    solutions = [np.array(preimages(np.square, float(point), density)) for point in points]
    assert [np.sum(density.pdf(x1) / np.abs(2 * x1)) for x1 in solutions] == pytest.approx(exact, rel=1e-12)
