"""If these fail, a distance is not that of the batches from its law, or theory's of the normal law is another."""

import numpy as np
import pytest

from duality.mini_batches.distances import berry_esseen, edgeworth_distance
from duality.mini_batches.exact import SampleLaw
from duality.mini_batches.heavy_tails import heavy_tail
from duality.mini_batches.limits import NormalLaw
from duality.mini_batches.vocabulary import EXACT, NORMAL, STABLE, TRUNCATED


@pytest.mark.parametrize("name", ["sigmoid_cross_entropy", "relu_mse"])
@pytest.mark.parametrize("quantity", ["w_dot", "b_dot"])
def test_kicks_of_finite_variance_tend_to_the_normal_law_as_told(models, name, quantity):
    """By the first terms of Edgeworth's series, and never farther than Berry and Esseen's bound."""
    law = SampleLaw(*models[name], quantity)
    assert heavy_tail(law.maps.values(), law.moments.mean) is None
    found = {M: law.mean_of(M).distance(NormalLaw(law.moments, M).cdf) for M in (1, 4, 64, 1024)}
    for M, distance in found.items():
        assert distance <= berry_esseen(law.moments, M)
    assert found[1024] == pytest.approx(edgeworth_distance(law.moments, 1024), rel=0.05)
    assert found[1024] < 0.3 * found[64] < 0.1 * found[1]
    if quantity == "w_dot":  # which is skewed
        slope = np.log(found[1024] / found[64]) / np.log(16)
        assert slope == pytest.approx(-0.5, abs=0.1)


@pytest.mark.slow  # laws on two million cells: half a minute of the processor
def test_distances_are_those_of_the_exact_law_and_tell_the_limits_apart(measured, all_measured, one):
    for (name, M), table in all_measured.items():
        rows = table[(table["estimate"] == "distance") & (table["quantity"] != "q_dot")]
        laws = {EXACT, NORMAL} | ({STABLE, TRUNCATED} if name.startswith("piecewise") else set())
        assert set(rows["law"]) == laws
        assert (np.abs(rows["value"] - rows["exact"]) < 2.3 / np.sqrt(rows["n"])).all(), (name, M)  # p = 5·10⁻⁵
        band = np.sqrt(np.log(2 / 0.05) / 2 / rows["n"])
        assert (rows["high"] - rows["value"]).to_numpy() == pytest.approx(np.minimum(band, 1 - rows["value"]))
    heavy = measured("piecewise_linear_cross_entropy", 1024)
    for quantity in ("b_dot", "w_dot"):
        far = {
            law: one(heavy, quantity=quantity, estimate="distance", law=law)["exact"]
            for law in (TRUNCATED, STABLE, NORMAL)
        }
        assert max(far[TRUNCATED], far[STABLE]) < 0.5 * far[NORMAL]
    far, near = (
        one(measured("sigmoid_cross_entropy", M), quantity="b_dot", estimate="distance", law=NORMAL) for M in (64, 1024)
    )
    assert near["exact"] < 0.1 * far["exact"]
