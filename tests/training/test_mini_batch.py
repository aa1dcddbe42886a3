"""If these fail, a step of several samples is not the mean of their kicks, or theory has another noise than SGD."""

import numpy as np
import pytest
from msgspec.structs import replace

from duality.config.settings import Start
from duality.dataset.model import Model
from duality.dataset.stream import mix
from duality.formulas.compose import compose
from duality.random_streams import generator
from duality.training.equilibrium import report
from duality.training.population import population_optimum, sampling_covariance, stationary
from duality.training.sgd import BLOCK, Sgd, train


@pytest.mark.parametrize("mini_batch", [2, 3, 256, 1024])
def test_a_step_is_the_mean_of_the_kicks_at_one_w_and_b(compositions, stream, mini_batch):
    """Against NumPy, step by step. Steps of 3 samples cross the ends of blocks, those of 1024 take four blocks."""
    composition = compositions["relu_quartic"]
    sgd = Sgd(composition, stream, mini_batch)
    blocks = {2: 2, 3: 3, 256: 3, 1024: 8}[mini_batch]
    starts = np.random.default_rng(3).integers(sgd.blocks, size=(blocks, 2)) * BLOCK
    w, b = np.array([1.1, 0.9]), np.array([-0.1, 0.1])
    kicks = np.empty((2, blocks * BLOCK // mini_batch, 2))
    expected = []
    for replica in range(2):
        w_now, b_now = w[replica], b[replica]
        places = (starts[:, replica, None] + np.arange(BLOCK)).reshape(-1, mini_batch)
        for batch in places:
            x1, label = stream.x1[batch], stream.label[batch]
            h = np.where(label == 0, *(f(w_now * x1 + b_now) for f in composition.functions(1)))
            w_now, b_now = w_now - 0.05 * np.mean(x1 * h), b_now - 0.05 * np.mean(h)
        expected.append((w_now, b_now))
    before = np.stack([w, b])
    sgd.advance_batches(starts, w, b, 0.05, kicks)
    assert np.column_stack([w, b]) == pytest.approx(np.array(expected), rel=1e-10)
    assert np.stack([w, b]) == pytest.approx(before + kicks.sum(axis=1), abs=1e-12)
    assert np.abs(np.stack([w, b]) - before).min() > 1e-3
    last = np.empty((2, 1, 2))
    sgd.advance_batches(starts, *before.copy(), 0.05, last)
    assert np.array_equal(last[:, 0], kicks[:, -1])


def test_samples_that_make_no_whole_step_are_refused(compositions, stream):
    starts = np.zeros((2, 1), np.int64)
    with pytest.raises(ValueError, match="2 blocks of 256 samples make no steps of 3"):
        Sgd(compositions["relu_mse"], stream, 3).advance_batches(starts, *np.zeros((2, 1)), 0.1)
    with pytest.raises(ValueError, match="a step of 3 samples is no step of one"):
        Sgd(compositions["relu_mse"], stream, 3).advance(starts, *np.zeros((2, 1)), 0.1)
    assert Sgd(compositions["relu_mse"], stream, 3).random_starts(generator(1), 5, 2).shape == (15, 2)


def test_steps_are_counted_and_the_spread_shrinks(compositions, classes, stream, settings):
    """The spread of (w, b) with M = 16 is what the closure says, and near a quarter of that of M = 1."""
    model = Model(compositions["relu_quartic"], classes)
    found = {}
    for mini_batch in (1, 16):
        own = replace(settings, mini_batch=mini_batch)
        trained = train(Sgd(model.composition, stream, mini_batch), own, generator(1, "test"), print)
        assert trained.trajectory.steps_per_draw == settings.thin
        found[mini_batch] = report(model, stream, trained, own, print)
        assert found[mini_batch].explained
        assert np.abs(found[mini_batch].population.distance).max() < 4
    for name in ("w", "b"):
        ratio = found[16].diagnostics[name].sd / found[1].diagnostics[name].sd
        assert ratio == pytest.approx(0.25, rel=0.1)
    first_order = [np.array(e.population.mean_to_first_order) - e.population.optimum for e in found.values()]
    assert first_order[1] == pytest.approx(first_order[0] / 16, rel=1e-3)


@pytest.mark.parametrize("mini_batch", [1, 4, 64])
def test_of_a_linear_model_the_moments_close_exactly(mini_batch, classes):
    """f = y with squared loss: g = 2x(y - x2), so that the second moments are linear in C, as they stand here."""
    model = Model(compose("y", "(f - x2)**2", [0, 1]), classes)
    found = population_optimum(model, (1.0, 0.0))
    gamma = 0.2
    C = stationary(model, found, gamma, mini_batch).covariance
    z, weights = np.polynomial.hermite_e.hermegauss(40)
    x1 = np.concatenate([0.25 * z, 1 + 0.25 * z])
    x2, probability = np.repeat([0.0, 1.0], 40), np.tile(weights / weights.sum(), 2) / 2
    X = np.stack([x1, np.ones_like(x1)])
    A = 2 * (X * probability) @ X.T
    square = np.einsum("is,ij,js->s", X, C, X) * 4 + (2 * (found.optimum @ X - x2)) ** 2
    B = (X * (probability * square)) @ X.T
    scale = np.abs(A @ C).max()
    expected = gamma * (B / mini_batch + (1 - 1 / mini_batch) * A @ C @ A)
    assert np.abs(A @ C + C @ A - expected).max() < 1e-3 * scale
    if mini_batch > 1:  # the mean kick at one (w, b) is not noise that averages out
        assert np.abs(A @ C + C @ A - gamma * B / mini_batch).max() > 0.1 * scale


def test_it_is_what_sgd_does_at_a_large_gamma(classes, random):
    """At γ = 0.4 and M = 8, where it is a third wider than to leading order in γ."""
    model = Model(compose("y", "(f - x2)**2", [0, 1]), classes)
    found = population_optimum(model, (1.0, 0.0))
    gamma, mini_batch, replicas, blocks = 0.4, 8, 32, 400
    reached = stationary(model, found, gamma, mini_batch)
    sgd = Sgd(model.composition, mix([random.normal(mean, 0.25, 1_000_000) for mean in (0, 1)], random), mini_batch)
    w, b = (np.full(replicas, value) for value in reached.mean)
    kicks = np.empty((2, blocks * BLOCK // mini_batch, replicas))
    sgd.advance_batches(random.integers(sgd.blocks, size=(blocks, replicas)) * BLOCK, w, b, gamma, kicks)
    path = np.cumsum(kicks, axis=1)[:, 200:] + reached.mean[:, None, None]
    spread = path.std(axis=(1, 2))
    assert spread == pytest.approx(np.sqrt(np.diag(reached.covariance)), rel=0.03)
    assert np.all(spread > 1.25 * np.sqrt(gamma / mini_batch * np.diag(found.covariance)))


def test_the_error_of_a_finite_data_set_is_that_of_its_mean_kick(compositions, classes, random):
    """Whatever M: a data set of half the samples leaves the mean as uncertain with M = 64 as with M = 1."""
    model = Model(compositions["relu_quartic"], classes)
    found = population_optimum(model, (0.8, 0.1))
    several = []
    for mini_batch in (1, 64):
        reached = stationary(model, found, 0.01, mini_batch)
        draws = random.multivariate_normal(reached.mean, reached.covariance, 1024)
        several.append(sampling_covariance(model, reached.curvature, draws, 1000, np.ones(2)))
    assert several[1] == pytest.approx(several[0], rel=0.05)


def test_a_death_and_a_divergence_are_told_of_batches_too(compositions, stream, settings):
    linear = compose("y", "(f - x2)**4", [0, 1])
    own = replace(settings, mini_batch=4)
    with pytest.raises(ValueError, match=r"diverged after \d+ steps: replica \d"):
        train(Sgd(linear, stream, 4), replace(own, gamma=9.0), generator(1, "test"), print)
    dead = replace(own, start=Start(w=(0.1, 0.2), b=(-9.0, -8.0)))
    with pytest.raises(ValueError, match=r"died after \d+ steps: replica 0"):
        train(Sgd(compositions["relu_mse"], stream, 4), dead, generator(1, "test"), print)
