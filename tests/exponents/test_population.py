"""If these fail, the exponent of infinite data, or what it shares with the error of (w, b), is wrong."""

from functools import partial

import numpy as np
import pytest
from measured_results import equilibrium_at

from duality.dataset.density import Gaussian
from duality.dataset.model import Model
from duality.exponents.population import corrected_exponent, covariance_with_sampling, raw_exponent, trimmed
from duality.exponents.slope import dataset_weight, jacobian_slope
from duality.fits.power_laws import PowerLaw, truncated_power_law
from duality.jacobian.duality import Duality
from duality.jacobian.windows import WindowRule, paper_window
from duality.records import Frozen
from duality.training.population import population_optimum
from duality.training.stationary import sampling_covariance, stationary

CONDITIONS = ["1/2 << abs(w*x1)", "abs(w) >> 1", "exp(y) << 1"]


@pytest.fixture(scope="module")
def duality(compositions):
    return Duality(compositions["sigmoid_mse"], 0, Gaussian(0.0, 0.25), Frozen(16.0, -8.0, 0.1))


@pytest.fixture(scope="module")
def window(duality):
    return paper_window(duality, WindowRule(CONDITIONS, -1, 0, 3, 1e-6))


def inside(duality, window, x1):
    q = np.abs(duality.fluctuation(x1))
    return q[(q > window.q_low) & (q < window.q_high)]


def test_it_is_what_many_samples_are_fitted_with(duality, window, random):
    """Four million samples, by no quadrature: within four of the fit's errors. The map turns back beyond the window."""
    q = inside(duality, window, random.normal(0, 0.25, 4_000_000))
    n, sum_log = q.size, np.log(q).sum()
    raw = truncated_power_law(n, sum_log, window.q_low, window.q_high)
    assert raw_exponent(duality, window) == pytest.approx(raw.value, abs=4 * raw.se)
    law = PowerLaw(np.geomspace(window.q_low, window.q_high, 513), dataset_weight(duality, window))
    corrected = law.fit(n, sum_log)
    assert corrected_exponent(duality, window) == pytest.approx(corrected.value, abs=4 * corrected.se)
    assert abs(raw.value - corrected.value) > 50 * raw.se


def test_where_the_jacobian_is_a_power_law_the_corrected_exponent_is_its_slope(duality):
    """ẇ and ḃ of a sigmoid far in its tail: k_b → 1."""
    of = duality.of("b_dot")
    window = paper_window(of, WindowRule(["exp(y) << 1"], -1, 0, 1e4, 1e-9))
    assert corrected_exponent(of, window) == pytest.approx(jacobian_slope(of, window), abs=1e-4)


def test_a_fit_of_whole_bins_is_expected_on_whole_bins(duality):
    """At the fold of the map the density diverges: without the last thousandth of a decade the exponent is another."""
    branch = max(duality.branches, key=lambda branch: branch.q_high)
    index = duality.branches.index(branch)
    low, high = branch.q_high * 0.9, branch.q_high * (1 - 1e-12)
    ends = sorted(duality.preimage(branch, np.array([low, high])))
    window = paper_window(duality, WindowRule(CONDITIONS, -1, 0, 3, 1e-6))
    window = type(window)(index, *map(float, ends), low, high, 0.01)
    whole, less = raw_exponent(duality, window), raw_exponent(duality, window, (1.0, 0.998))
    assert less - whole > 1
    assert less == raw_exponent(duality, trimmed(window, (1.0, 0.998)))


@pytest.mark.slow
def test_what_a_fit_shares_with_its_training_is_what_data_sets_show(compositions, random):
    """Over 1500 data sets: the minimum of the loss and k, both of the same samples, in a fixed window at a fixed map.

    Were the covariance left out, or of the other sign, the correlation would be 0 or the opposite.
    """
    classes = {"zeros": Gaussian(0.0, 0.25), "ones": Gaussian(1.0, 0.25)}
    model = Model(compositions["sigmoid_mse"], classes)
    theory = population_optimum(model, (16.0, -8.0))
    reached = stationary(model, theory, 1e-4)
    duality = Duality(model.composition, 0, classes["zeros"], Frozen(16.0, -8.0, 0.1))
    window = paper_window(duality, WindowRule(CONDITIONS, -1, 0, 3, 1e-6))
    size, found = 20_000, []
    draws = random.multivariate_normal(reached.mean, reached.covariance, 1024)
    sampling = sampling_covariance(model, reached.curvature, draws, 2 * size, np.ones(2))
    h, dh = model.composition.functions(1), model.composition.functions(2)
    fit = partial(truncated_power_law, low=window.q_low, high=window.q_high)
    for _ in range(1500):
        samples = [random.normal(mean, 0.25, size) for mean in (0, 1)]
        X = [np.stack([x1, np.ones_like(x1)]) for x1 in samples]
        g = sum(x @ h[i](theory.optimum @ x) for i, x in enumerate(X))
        A = sum((x * dh[i](theory.optimum @ x)) @ x.T for i, x in enumerate(X))
        q = inside(duality, window, samples[0])
        found.append([*(-np.linalg.solve(A, g)), fit(q.size, np.log(q).sum()).value])
    measured = np.cov(np.array(found).T)
    k = raw_exponent(duality, window)
    law = PowerLaw(np.geomspace(window.q_low, window.q_high, 513))
    population = equilibrium_at(16.0, -8.0).population
    population = type(population)(
        optimum=(16.0, -8.0),
        mean=tuple(reached.mean),
        mean_to_first_order=(16.0, -8.0),
        stationary_covariance=tuple(map(tuple, reached.covariance)),
        curvature=tuple(map(tuple, reached.curvature)),
        sampling_covariance=tuple(map(tuple, sampling)),
        accuracy=population.accuracy,
        distance=(0.0, 0.0),
        distance_from_optimum=(0.0, 0.0),
    )
    expected = covariance_with_sampling(duality, window, law.moments(k)[1], size, population)
    noise = np.sqrt(np.diag(measured)[:2] * measured[2, 2] / 1500)
    assert np.abs(expected - measured[:2, 2]).max() < 4 * noise.max()
    assert np.all(np.abs(expected) > 4.5 * noise)
