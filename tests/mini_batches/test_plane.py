"""If these fail, what theory says of q̇ of a mini-batch of finite M is not its law."""

import numpy as np
import pytest

from duality.conventions import SIGNS
from duality.fits.power_laws import truncated_power_law
from duality.mini_batches.limits import NormalLength, normal_limit
from duality.mini_batches.plane import PlaneLaw, with_rough
from duality.mini_batches.sampling import draw_batches
from duality.records.estimates import Frozen


def exponent(law, sign, low, high):
    return truncated_power_law(1, law.log_mean(sign, low, high)[1], low, high).value


@pytest.mark.parametrize("name", ["sigmoid_cross_entropy", "relu_mse"])
def test_batches_that_are_drawn_have_this_law(models, name, random):
    model, at = models[name]
    drawn = draw_batches(model, Frozen(at.w + 0.1, at.b, at.gamma), 64, 1 << 17, random)["q_dot"]
    law = PlaneLaw(model, Frozen(at.w + 0.1, at.b, at.gamma), 64)
    for sign in SIGNS.values():
        size = sign * drawn[sign * drawn > 0]
        for low, high in (np.quantile(size, [0.002, 0.05]), np.quantile(size, [0.3, 0.7])):
            inside = np.log(size[(size > low) & (size < high)])
            probability, log_mean = law.log_mean(sign, low, high)
            assert abs(inside.size / drawn.size - probability) < 4 * np.sqrt(probability / drawn.size)
            assert abs(inside.mean() - log_mean) < 4 * inside.std() / np.sqrt(inside.size)


@pytest.mark.slow
def test_all_of_it_is_there(capped):
    """Of both signs, and of any length: the probability is 1, though 0.2% of the kicks are 10⁴ cells away."""
    law = PlaneLaw(*capped, 64)
    assert sum(law.log_mean(sign, 1e-6, 0.05)[0] for sign in SIGNS.values()) == pytest.approx(0.96, abs=0.03)
    cell = np.abs(np.linalg.det(law.frame))
    assert law.density.sum() * cell == pytest.approx(1, abs=1e-6)


@pytest.mark.slow
def test_of_many_kicks_it_is_the_normal_limit_and_only_then(capped):
    """k = -1 at the centre of a length is a limit: with the cap at 1000 it takes some times M* = 2231 samples."""
    found = {}
    for M in (1 << 10, 1 << 14, 1 << 22):
        normal = NormalLength(*normal_limit(*capped, M))
        low, high = 0.02 * normal.reach / 12, 0.1 * normal.reach / 12
        law = PlaneLaw(*capped, M)
        found[M] = [exponent(law, sign, low, high) for sign in SIGNS.values()]
        limit = [exponent(normal, sign, low, high) for sign in SIGNS.values()]
    assert limit == pytest.approx([-1, -1], abs=0.05)
    assert found[1 << 22] == pytest.approx(limit, abs=0.01)
    assert found[1 << 14] == pytest.approx(limit, abs=0.2)
    assert max(found[1 << 10]) < -1.3


@pytest.mark.slow
def test_what_is_finer_than_a_cell_is_told(capped):
    """The mean of two kicks is no smooth law: half as many cells give another one."""
    for M, smooth in ((2, False), (64, True)):
        law, rough = with_rough(*capped, M)
        off = max(abs(exponent(law, 1, 1.6e-3, 1.8e-3) - exponent(other, 1, 1.6e-3, 1.8e-3)) for other in rough)
        assert (off < 0.1) == smooth == law.smooth


@pytest.mark.slow
def test_an_atom_of_dead_batches_is_finer_than_any_cell(models):
    """Half as many cells may agree by chance, on a density that is none."""
    model, at = models["relu_mse"]
    assert [PlaneLaw(model, Frozen(at.w, -0.9, at.gamma), M).smooth for M in (4, 16, 256)] == [False, False, True]


def test_dead_kicks_have_no_law_in_the_plane(models):
    model, at = models["relu_mse"]
    assert with_rough(model, Frozen(at.w, -20.0, at.gamma), 4) == (None, [])


def test_kicks_that_are_mostly_dead_have_a_law_too(models, random):
    """Four samples of which seven in ten have no gradient: batches with two live ones still are where they are."""
    model, at = models["relu_mse"]
    at = Frozen(at.w, -0.9, at.gamma)
    drawn = draw_batches(model, at, 4, 1 << 17, random)["q_dot"]
    assert 0.1 < np.mean(drawn == 0) < 0.9
    low, high = np.quantile(drawn[drawn > 0], [0.5, 0.9])
    probability, _ = PlaneLaw(model, at, 4).log_mean(1, low, high)
    assert probability == pytest.approx(np.mean((drawn > low) & (drawn < high)), rel=0.1)
