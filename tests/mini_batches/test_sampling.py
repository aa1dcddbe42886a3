"""If these fail, a batch is not the mean of samples of all classes, each equally likely."""

import numpy as np
import pytest
from scipy import stats

from duality.dataset.model import Model
from duality.formulas.compose import compose
from duality.mini_batches.limits import normal_limit
from duality.mini_batches.sampling import draw_batches
from duality.records.estimates import Frozen


def test_a_batch_is_the_mean_of_its_samples():
    """Classes at fixed points, so that the batch tells how many of each it has."""
    model = Model(
        compose("y", "(f - x2)**2/2", [0, 1]), {"zeros": stats.uniform(2, 1e-12), "ones": stats.uniform(3, 1e-12)}
    )
    at = Frozen(1.0, 0.0, 0.1)  # ḃ = -0.2 of either class; ẇ = -0.4 and -0.6
    drawn = draw_batches(model, at, 10, 20_000, np.random.default_rng(1))
    assert drawn["b_dot"] == pytest.approx(-0.2, abs=1e-9)
    ones = (-drawn["w_dot"] - 0.4) / 0.2 * 10
    counts = np.bincount(np.round(ones).astype(int), minlength=11)
    assert ones == pytest.approx(np.round(ones), abs=1e-6)
    assert stats.chisquare(counts, 20_000 * stats.binom.pmf(np.arange(11), 10, 0.5)).pvalue > 1e-4
    assert drawn["q_dot"] == pytest.approx(-np.hypot(drawn["w_dot"], drawn["b_dot"]))


@pytest.mark.parametrize("mini_batch", [1, 8, 500])
def test_mean_and_covariance_are_those_of_theory(models, mini_batch, random):
    """B less ḡ ḡ, over M, by quadrature."""
    model, at = models["relu_mse"]
    drawn = draw_batches(model, Frozen(at.w + 0.2, at.b, at.gamma), mini_batch, 30_000, random)
    mean, covariance = normal_limit(model, Frozen(at.w + 0.2, at.b, at.gamma), mini_batch)
    pairs = np.stack([drawn["w_dot"], drawn["b_dot"]])
    sd = np.sqrt(np.diag(covariance))
    assert np.abs(mean).min() > 0.01 * at.gamma
    assert np.abs((pairs.mean(axis=1) - mean) / (sd / np.sqrt(30_000))).max() < 4
    assert np.cov(pairs) == pytest.approx(covariance, rel=0.06, abs=0.02 * np.prod(sd))


def test_the_same_random_numbers_give_the_same_batches_however_many_follow(models):
    few, many = (draw_batches(*models["relu_mse"], 300_000, n, np.random.default_rng(5)) for n in (2, 4))
    assert np.array_equal(few["b_dot"], many["b_dot"][:2])
    assert many["b_dot"].shape == (4,)
    assert np.unique(many["b_dot"]).size == 4
