"""If these fail, what the exact map and density say of an exponent is wrong."""

from functools import partial

import numpy as np
import pytest
from measured_results import equilibrium_at
from scipy import integrate

from duality.dataset.density import Gaussian
from duality.dataset.model import Model
from duality.exponents.exact import (
    corrected_exponent,
    covariance_with_sampling,
    dataset_weight,
    jacobian_slope,
    mean_kick,
    raw_exponent,
    rms_from_slope,
    trimmed,
)
from duality.fits.histogram import window_statistics
from duality.fits.power_laws import PowerLaw, truncated_power_law
from duality.jacobian.duality import Duality
from duality.jacobian.windows import WindowRule, observed_window, paper_window
from duality.records.estimates import Frozen
from duality.records.jacobian import Window
from duality.training.population import population_optimum, sampling_covariance, stationary

CONDITIONS = ["1/2 << abs(w*x1)", "abs(w) >> 1", "exp(y) << 1"]


def test_corrected_exponent_of_the_fluctuations_is_the_jacobian_s(sigmoid_zeros):
    """The fluctuations, freed of their Gaussian, show what the Jacobian has: on a narrow window to within 4 errors."""
    duality, fluctuations = sigmoid_zeros
    bins = fluctuations.bins("q_dot", "negative")
    window = paper_window(duality, WindowRule(CONDITIONS, -1, 0, 10, 1e-6))
    statistics = window_statistics(bins, window.q_low, window.q_high)
    corrected = PowerLaw(statistics.edges, dataset_weight(duality, window)).fit(statistics.n, statistics.sum_log)
    k = jacobian_slope(duality, window)
    assert abs(corrected.value - k) < 4 * corrected.se + 0.005
    assert k == pytest.approx(1, abs=0.1)
    raw = truncated_power_law(statistics.n, statistics.sum_log, statistics.low, statistics.high)
    assert abs(raw.value - 1) > 5 * raw.se  # the trap: a bare slope is not the prediction's


def test_exchanging_the_classes_gives_the_same_exponents(compositions):
    """x → 1 - x maps 'zeros' to 'ones' of the sigmoid: w·x + b → -(w·x + b + …), so w = 16, b = -8 maps to itself."""
    for name in ("sigmoid_mse", "sigmoid_cross_entropy"):
        zeros = Duality(compositions[name], 0, Gaussian(0.0, 0.25), Frozen(16.0, -8.0, 0.1))
        ones = Duality(compositions[name], 1, Gaussian(1.0, 0.25), Frozen(16.0, -8.0, 0.1))
        x1 = np.linspace(-1, 1, 41)
        assert zeros.b_dot(x1) == pytest.approx(-ones.b_dot(1 - x1), rel=1e-12)
        # ḃ respects the exchange exactly. q̇ has a factor √(1 + x1²), which does not: agreement where it is constant.
        own, mirrored = (
            observed_window(side.of("b_dot"), 1.0, 0.02, sign, 1e-6) for side, sign in ((zeros, -1), (ones, 1))
        )
        slopes = jacobian_slope(zeros.of("b_dot"), own), jacobian_slope(ones.of("b_dot"), mirrored)
        assert slopes[0] == pytest.approx(slopes[1], abs=1e-9)
        one = observed_window(zeros, 1.0, 0.02, -1, 1e-6)
        other = observed_window(ones, 1.0, 0.02, 1, 1e-6)
        assert jacobian_slope(zeros, one) == pytest.approx(jacobian_slope(ones, other), abs=0.01)


def slope_along_x1(duality, window):
    """The same integral over x1 instead of ln q̇, d ln q̇ = dq̇/dx1·dx1/q̇: no preimages, and another quadrature."""
    t_low, t_high = np.log([window.q_low, window.q_high])

    def integrand(x1):
        jacobian, q_dot = np.abs(duality.jacobian(x1)), duality.magnitude(x1)
        return (np.log(q_dot) - 0.5 * (t_low + t_high)) * np.log(jacobian) * jacobian / q_dot if jacobian else 0.0

    ends = window.x1_low, window.x1_high
    return 12 / (t_high - t_low) ** 3 * integrate.quad(integrand, *ends, epsabs=0, epsrel=1e-11, limit=500)[0]


def test_the_slope_is_the_integral(compositions):
    frozen = Frozen(16.264804427489825, -8.13543427966133, 0.1)
    duality = Duality(compositions["sigmoid_mse"], 0, Gaussian(0.0, 0.25), frozen)
    window = paper_window(duality, WindowRule(CONDITIONS, -1, 0, 3, 1e-6))
    assert jacobian_slope(duality, window) == pytest.approx(slope_along_x1(duality, window), abs=1e-9)
    assert jacobian_slope(duality, window) == pytest.approx(0.972521, abs=1e-6)


def test_the_slope_converges_up_to_a_turning_point(compositions):
    """There dq̇/dx1 is zero and its logarithm diverges."""
    duality = Duality(compositions["sigmoid_mse"], 0, Gaussian(0.0, 0.25), Frozen(16.0, -8.0, 0.1))
    index, branch = max(enumerate(duality.branches), key=lambda found: found[1].q_high)
    low = branch.q_high / 10
    ends = sorted([float(duality.preimage(branch, np.array(low))), branch.right if branch.increasing else branch.left])
    window = Window(index, *ends, low, branch.q_high, 0.1)
    assert jacobian_slope(duality, window) == pytest.approx(slope_along_x1(duality, window), abs=1e-7)


def test_the_deviation_from_the_straight_line_is_that_of_many_points(compositions):
    duality = Duality(compositions["sigmoid_mse"], 0, Gaussian(0.0, 0.25), Frozen(16.0, -8.0, 0.1))
    window = paper_window(duality, WindowRule(CONDITIONS, -1, 0, 3, 1e-6))
    found = rms_from_slope(duality, window, jacobian_slope(duality, window))
    q_dot = np.geomspace(window.q_low, window.q_high, 20001)
    log_jacobian = np.log(np.abs(duality.jacobian(duality.preimage(duality.branches[window.branch], q_dot))))
    line = np.polyfit(np.log(q_dot), log_jacobian, 1)
    deviation = log_jacobian - np.polyval(line, np.log(q_dot))
    assert found == pytest.approx(np.sqrt(np.mean(deviation**2)), rel=1e-3)


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


def test_the_kick_is_averaged_over_the_stationary_parameters(random):
    mean, covariance = np.array([1.5, -0.3]), np.array([[0.04, -0.01], [-0.01, 0.02]])
    x1 = np.array([-1.0, 0.0, 0.7])
    w, b = random.multivariate_normal(mean, covariance, 400_000).T
    drawn = np.array([np.mean(np.maximum(w * x + b, 0)) for x in x1])
    assert mean_kick(lambda y: np.maximum(y, 0), mean, covariance, x1) == pytest.approx(drawn, abs=1e-3)
