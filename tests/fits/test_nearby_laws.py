"""If these fail, the bootstrap of shifted power laws fits its data sets otherwise than one by one."""

import numpy as np
import pytest

from duality.fits import nearby_laws
from duality.fits.nearby_laws import fit_simulated
from duality.fits.power_laws import PowerLaw
from duality.fits.shifted_power_laws import ShiftedPowerLaw

SETS = 60


def family(edges, log_weight=None):
    law = PowerLaw(edges, log_weight)
    return ShiftedPowerLaw(edges, law.log_q, law.log_measure)


def cut(q):
    """A weight that leaves some cells without probability."""
    with np.errstate(divide="ignore"):
        return np.where(q < 20.0, 0.0, -np.inf)


WIDE = family(np.geomspace(0.01, 30.0, 129))
NARROW = family(np.geomspace(1.0, 2.0, 65))
CUT = family(np.geomspace(0.01, 30.0, 129), cut)


def simulated(law, k, s, n):
    """The law with this k and s, and data sets of n counts that it made."""
    tau = law.tau(1 / s)
    found = np.array([k * tau, tau])
    probability = law.probability(found[None])[0]
    return found, np.random.default_rng(7).multinomial(n, probability / probability.sum(), size=SETS)


@pytest.mark.parametrize(
    ("law", "k", "s", "n", "most_far"),
    [
        (WIDE, 2.0, 1.0, 1_000_000, 0),
        (WIDE, 0.5, 3.0, 20_000, 5),
        (CUT, 2.0, 1.0, 100_000, 0),
        (NARROW, 0.5, -0.7, 1_000_000, 10),
        (NARROW, 2.0, 1.0, 300, SETS),  # of which the maxima are far apart
    ],
)
def test_data_sets_are_fitted_as_one_by_one(law, k, s, n, most_far):
    found, counts = simulated(law, k, s, n)
    parameters, probability = fit_simulated(law, found, counts)
    alone, likelihood = law.maximise(counts, np.tile(found, (SETS, 1)))
    fitted = law.evaluate(parameters, counts)[0]
    ordinary = np.all(np.abs(alone - found) < 20 * np.std(alone, axis=0), axis=1)
    assert parameters[ordinary] == pytest.approx(alone[ordinary], abs=1e-4 * np.min(np.std(alone, axis=0)))
    assert np.all(fitted > likelihood - 1e-6)
    assert probability == pytest.approx(law.probability(parameters), abs=1e-9)
    nearby = nearby_laws._Nearby.of(law, found, n)
    far = SETS if nearby is None else np.count_nonzero(nearby.likeliest(counts)[1])
    assert far <= most_far


def test_where_polynomials_come_not_near_the_law_they_are_not_taken(monkeypatch):
    found, _ = simulated(NARROW, 2.0, 1.0, 30_000)
    assert nearby_laws._Nearby.of(NARROW, found, 30_000)
    monkeypatch.setattr(nearby_laws, "_ROOM", 0.99)  # almost to where the law is singular
    monkeypatch.setattr(nearby_laws, "_REACH", 60.0)
    assert nearby_laws._Nearby.of(NARROW, found, 30_000) is None
