"""If these fail, an equilibrium is explained that is not, or a trajectory is none."""

import numpy as np
import pytest
from measured_results import equilibrium_at
from msgspec.structs import replace

from duality.errors import InputError
from duality.records.training import Trajectory


@pytest.mark.parametrize(("expected", "explained"), [((0.3, 0.3), True), ((0.325, 0.3), True), ((0.3, 0.34), False)])
def test_theory_explains_a_spread_within_four_of_its_errors(expected, explained):
    """An sd of 0.3 with an effective sample size of 900 has the error 0.0071."""
    equilibrium = equilibrium_at(16.0, -8.0)
    (w, b), known = expected, equilibrium.population
    theory = replace(known, stationary_covariance=((w**2, 0.0), (0.0, b**2)))
    assert replace(equilibrium, population=theory).explained is explained
    assert replace(equilibrium, population=None).explained is False


def test_a_trajectory_is_checked(tmp_path):
    steps, chains = np.arange(3), np.zeros((2, 3))
    Trajectory(steps, chains, chains, 1).write(tmp_path / "t.npz")
    assert Trajectory.read(tmp_path / "t.npz").kept == 1
    with pytest.raises(InputError, match="cannot keep"):
        Trajectory(steps, chains, chains, 3)
    with pytest.raises(InputError, match="w must be floats"):
        Trajectory(steps, chains.astype(int), chains, 1)
    np.savez(tmp_path / "u.npz", steps=steps, w=chains, b=chains)
    with pytest.raises(InputError, match="must hold steps, w, b and kept"):
        Trajectory.read(tmp_path / "u.npz")
