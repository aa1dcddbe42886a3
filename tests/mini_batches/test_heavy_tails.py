"""If these fail, the tail of single kicks has another exponent, cap or weight than the loss gives it."""

import numpy as np
import pytest
from scipy import integrate, stats

from duality.mini_batches.exact import SampleLaw
from duality.mini_batches.heavy_tails import heavy_tail


@pytest.mark.parametrize(("k", "guard"), [(2, 1e-5), (2.5, 1e-5), (1.6, 1e-3)])
def test_the_tail_is_that_of_the_power_law(heavy, k, guard):
    """'zeros' have p(h) = (k - 1)·h^(-k) from 1 on, to where 1 - y is the guard; half of all samples are 'zeros'."""
    law = SampleLaw(*heavy(k, guard), "b_dot")
    tail = heavy_tail(law.maps.values(), law.moments.mean)
    assert tail.k == pytest.approx(k, abs=1e-9)
    for sign in (-1, 1):
        assert tail.c[sign] == pytest.approx((k - 1) / 2, rel=1e-6)
        assert tail.cap[sign] == pytest.approx(guard ** (-1 / (k - 1)), rel=1e-6)
    assert tail.crossover == pytest.approx(1 / guard, rel=1e-6)
    assert tail.beyond == 0


def test_the_tail_of_the_guarded_ramp(models):
    """c = γ·p(x1 at the edge)/2w for the class whose edge it is."""
    model, at = models["piecewise_linear_cross_entropy"]
    tail, of_w = (
        heavy_tail(law.maps.values(), law.moments.mean)
        for law in (SampleLaw(model, at, quantity) for quantity in ("b_dot", "w_dot"))
    )
    edge = {-1: ("zeros", (1 - at.b) / at.w), 1: ("ones", -at.b / at.w)}
    for sign, (name, x1) in edge.items():
        density = model.densities[name].pdf(np.array([x1]))[0]
        assert tail.c[sign] == pytest.approx(at.gamma * density / (2 * at.w), rel=5e-3)
        assert tail.cap[sign] == pytest.approx(at.gamma / 1e-3, rel=1e-6)
    assert of_w.k == 2
    assert of_w.c[-1] == pytest.approx(tail.c[-1] * edge[-1][1], rel=0.01)


def test_clipped_kicks_are_atoms_beyond_the_tail(capped):
    model, at = capped
    for quantity in ("w_dot", "b_dot"):
        law = SampleLaw(model, at, quantity)
        tail = heavy_tail(law.maps.values(), law.moments.mean)
        x1 = (1 - 1e-3 - at.b) / at.w
        assert tail.beyond == pytest.approx(stats.norm.sf(x1, 0, 0.25), rel=1e-6)
        assert tail.crossover == pytest.approx(1 / tail.beyond)
        part = integrate.quad(lambda x: x * stats.norm.pdf(x, 0, 0.25), x1, 3)[0]
        mirrored = integrate.quad(lambda x: x * stats.norm.pdf(x, 1, 0.25), -2, 1 - x1)[0]
        of_clipped = (-part + mirrored) / 2 * 10 if quantity == "w_dot" else 0.0
        assert tail.drift == pytest.approx(law.moments.mean - of_clipped, abs=1e-6)
