"""If these fail, the law of a mini-batch that is called exact is not: against closed forms and against simulation."""

import numpy as np
import pytest
from scipy import special, stats

from duality.dataset.model import Model
from duality.fits.power_laws import truncated_power_law
from duality.formulas.compose import compose
from duality.mini_batches.exact import CELLS, Lattice, LatticeLaw, SampleLaw, _bennett, furthest
from duality.mini_batches.sampling import draw_batches
from duality.records.estimates import Frozen


@pytest.mark.parametrize("mini_batch", [1, 2, 7, 1024])
def test_of_a_linear_kick_it_is_a_mixture_of_normal_laws(linear, mini_batch):
    """ḃ = -γ(w·x1 + b - x2) is normal in each class; how many samples are of which class is binomial."""
    model, at = linear
    law = SampleLaw(model, at, "b_dot").mean_of(mini_batch)
    x = law.lattice.upper_edges[:: 4096 + 1]
    ones = np.arange(mini_batch + 1)
    means = -at.gamma * (at.w * ones + mini_batch * at.b - ones) / mini_batch
    sd = at.gamma * at.w * 0.25 / np.sqrt(mini_batch)
    expected = special.ndtr((x[:, None] - means) / sd) @ stats.binom.pmf(ones, mini_batch, 0.5)
    found = law.cdf[:: 4096 + 1]
    assert found == pytest.approx(expected, abs=2e-8)
    assert np.sort(np.abs(found - 0.5))[0] + 0.4 > 0.01  # some x is in the middle
    assert np.sum((found > 0.01) & (found < 0.99)) >= 3


@pytest.mark.parametrize("mini_batch", [1, 3, 64])
def test_atoms_are_counted(mini_batch, linear):
    """h = ±1 on either side of a point: the sum of M is binomial. Its atoms lie in one cell or two."""
    model = Model(compose("y", "abs(f - 1/2)", [0, 1]), linear[0].densities)
    at = Frozen(1.0, 0.1, 0.5)
    below = 0.5 * sum(density.cdf(np.array([0.4]))[0] for density in linear[0].densities.values())  # ḃ = +γ
    law = SampleLaw(model, at, "b_dot").mean_of(mini_batch)
    steps = (np.arange(mini_batch + 1) + 0.5) * 2 * at.gamma / mini_batch - at.gamma  # between the atoms
    found = np.interp(steps, law.lattice.upper_edges, law.cdf)
    assert found == pytest.approx(stats.binom.cdf(np.arange(mini_batch + 1), mini_batch, below), abs=1e-10)
    assert law.probability @ law.lattice.values == pytest.approx(at.gamma * (2 * below - 1), abs=1e-10)


def test_what_has_no_gradient_is_at_zero(models):
    """A dead batch is one of dead samples only."""
    model, at = models["relu_mse"]
    law = SampleLaw(model, at, "b_dot")
    dead = 0.5 * sum(d.cdf(np.array([-at.b / at.w]))[0] for d in model.densities.values())
    assert 0.2 < dead < 0.3
    for mini_batch in (1, 2, 5):
        of_mean = law.mean_of(mini_batch)
        at_zero = int(np.argmin(np.abs(of_mean.lattice.values)))
        beside = of_mean.probability[[at_zero - 2, at_zero + 2]].mean()
        assert of_mean.probability[at_zero] - beside == pytest.approx(dead**mini_batch, rel=5e-3)


@pytest.mark.parametrize("name", ["sigmoid_cross_entropy", "relu_mse", "piecewise_linear_cross_entropy"])
@pytest.mark.parametrize("quantity", ["w_dot", "b_dot"])
def test_moments_of_the_mean(models, name, quantity):
    """Mean and variance by quadrature over x1, which knows neither lattice nor preimages."""
    law = SampleLaw(*models[name], quantity)
    for mini_batch in (2, 1024):
        of_mean = law.mean_of(mini_batch)
        values, p = of_mean.lattice.values, of_mean.probability
        sd = law.moments.sd / np.sqrt(mini_batch)
        assert p @ values == pytest.approx(law.moments.mean, abs=1e-9 * sd)
        assert np.sqrt(p @ (values - law.moments.mean) ** 2) == pytest.approx(sd, rel=1e-4)
        skewness = p @ ((values - law.moments.mean) / sd) ** 3
        assert skewness == pytest.approx(law.moments.skewness / np.sqrt(mini_batch), rel=2e-3, abs=1e-4)


@pytest.mark.parametrize("name", ["sigmoid_cross_entropy", "relu_mse", "piecewise_linear_cross_entropy"])
@pytest.mark.parametrize("mini_batch", [1, 3, 40])
def test_batches_that_are_drawn_have_this_law(models, name, mini_batch, random):
    drawn = draw_batches(*models[name], mini_batch, 40_000, random)
    for quantity in ("w_dot", "b_dot"):
        law = SampleLaw(*models[name], quantity).mean_of(mini_batch)
        known = law.resolved if mini_batch > 1 else np.ones(law.cdf.size, bool)
        up_to = np.searchsorted(np.sort(drawn[quantity]), law.lattice.upper_edges[known], side="right") / 40_000
        distance = np.max(np.abs(up_to - law.cdf[known]))
        assert stats.kstwobign.sf(distance * 200) > 1e-4
        moved = np.sort(drawn[quantity]) + 0.1 * np.std(drawn[quantity])
        shifted = np.searchsorted(moved, law.lattice.upper_edges[known]) / 40_000
        assert stats.kstwobign.sf(np.max(np.abs(shifted - law.cdf[known])) * 200) < 1e-4


@pytest.mark.parametrize("quantity", ["w_dot", "b_dot"])
@pytest.mark.parametrize("mini_batch", [16, 256])
def test_kicks_that_crowd_within_a_cell_have_their_place(capped, quantity, mini_batch, random):
    """Of k = 2 half of all ẇ lie within 0.1·γ, and the lattice is 10⁵ times as wide."""
    law = SampleLaw(*capped, quantity).mean_of(mini_batch)
    drawn = np.sort(draw_batches(*capped, mini_batch, 1 << 17, random)[quantity])
    known = law.resolved
    up_to = np.searchsorted(drawn, law.lattice.upper_edges[known], side="right") / drawn.size
    assert np.max(np.abs(up_to - law.cdf[known])) < 2.2 / np.sqrt(drawn.size)  # p = 10⁻⁴


@pytest.mark.parametrize("quantity", ["w_dot", "b_dot"])
def test_the_accuracy_that_is_told_is_that_of_the_law(capped, quantity):
    """By a law on 16 times as many cells; of the shipped number less than a tenth of what 2²⁰ batches resolve."""
    law = SampleLaw(*capped, quantity)
    best, half, found, rough = (law.mean_of(16, CELLS >> less) for less in (0, 1, 4, 5))
    assert best.accuracy(found) < found.accuracy(rough)
    assert best.accuracy(half) < 1e-4
    if quantity == "w_dot":
        assert best.accuracy(found) > 2e-3  # so many cells are too few, and it is told


@pytest.mark.parametrize("v", [1e-3, 0.5, 1e4])
def test_a_lattice_reaches_as_far_as_so_many_large_kicks_and_no_farther(v):
    """Kicks that are 0 or 1, and so many of them 1 on average: as Poisson's law has it."""
    beyond = stats.poisson.sf(v + _bennett(v), v)
    assert beyond < 1e-10
    assert stats.poisson.sf(v + 0.7 * _bennett(v), v) > 1e-10


def test_the_bound_of_the_lattice_is_a_fraction_of_bernsteins():
    """As its docstring has it, where large kicks are rare."""
    for v, less in ((1e-2, 0.29), (1e-3, 0.21)):
        third = np.log(2e10) / 3
        assert _bennett(v) / (third + np.sqrt(third**2 + 6 * third * v)) == pytest.approx(less, abs=0.01)


def test_the_number_of_cells_does_not_matter(models):
    for name in models:
        law = SampleLaw(*models[name], "b_dot")
        fine, coarse = law.mean_of(256), law.mean_of(256, 1 << 16)
        between = np.interp(coarse.lattice.upper_edges, fine.lattice.upper_edges, fine.cdf)
        assert np.max(np.abs(between - coarse.cdf)) < 2e-3
        assert fine.quantile(0.9) == pytest.approx(coarse.quantile(0.9), abs=2 * coarse.lattice.spacing)


def test_an_exponent_does_not_depend_on_where_in_a_cell_its_window_ends(capped):
    """A dozen cells wide: cells that counted wholly or not at all gave -0.07 to 0.07 for ends 6% apart."""
    law = SampleLaw(*capped, "b_dot").mean_of(4)
    low, high = np.array([1.0, 12.8]) * law.lattice.spacing
    found = []
    for by in np.linspace(0.97, 1.03, 13):
        _, log_mean = law.log_mean(-1, low, by * high)
        found.append(truncated_power_law(1, log_mean, low, by * high).value)
    assert found == pytest.approx(np.full(13, 0.0065), abs=0.002)


def test_a_quantile_is_within_a_cell():
    """Of a constant density on cells of 0.01 about -5 to 4.99, exactly where it is; of a peak within its cell."""
    law = LatticeLaw(Lattice(0.01, -500, 1000), np.full(1000, 1e-3))
    for share in (0.0003, 0.25, 0.49999, 0.5, 0.9997):
        assert law.quantile(share) == pytest.approx(-5.005 + 10 * share, abs=1e-9)
    atom = np.zeros(1000)
    atom[700] = 1.0
    assert LatticeLaw(law.lattice, atom).quantile(0.5) == pytest.approx(2.0, abs=1e-9)


def test_a_window_counts_the_parts_of_the_cells_at_its_ends():
    """Of a density 1/x the mean of ln x is the middle of their ends; windows of a third of a cell to many."""
    lattice = Lattice(0.01, -500, 1000)
    edges = np.abs(lattice.upper_edges)
    p = np.where(lattice.values > 0.05, np.log(edges / np.maximum(edges - 0.01, 1e-3)), 0.0)
    for sign, own in ((1, p), (-1, np.roll(p[::-1], 1))):
        for low, high in ((2.0012, 2.0045), (1.997, 2.031), (1.0, 1.5021), (3.003, 4.9)):
            total, mean = LatticeLaw(lattice, own).log_mean(sign, low, high)
            assert total == pytest.approx(np.log(high / low), rel=5e-3)
            assert mean == pytest.approx(0.5 * np.log(low * high), abs=1e-5)


def test_a_window_beside_zero_counts_as_flat_only_where_it_is():
    """The mean of ln|x| of a constant density, below and above the cells that are not resolved; none at a peak."""
    lattice = Lattice(0.01, -500, 1000)
    flat = LatticeLaw(lattice, np.full(1000, 1e-3))
    for low in (1e-9, 0.02, 0.5):
        total, mean = flat.log_mean(1, low, 2.005)
        assert total == pytest.approx(0.1 * (2.005 - low), rel=5e-3)
        exact = (2.005 * (np.log(2.005) - 1) - low * (np.log(low) - 1)) / (2.005 - low)
        assert mean == pytest.approx(exact, abs=5e-3)
    peaked = flat.probability.copy()
    peaked[499:503] *= 1.1
    assert np.isnan(LatticeLaw(lattice, peaked).log_mean(1, 0.02, 2.0)).all()
    assert np.isfinite(LatticeLaw(lattice, peaked).log_mean(1, 0.2, 2.0)).all()


def test_a_rough_law_without_answer_leaves_no_accuracy():
    """Wherever it is among the others."""
    assert furthest(1.0, [1.5, 0.75]) == 0.5
    assert all(np.isnan(furthest(1.0, rough)) for rough in ([np.nan, 2.0], [2.0, np.nan], []))
