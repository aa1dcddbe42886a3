"""If these fail, the exponents or their errors are wrong."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

from duality.cross_check import powerlaw_exponent
from duality.density import Gaussian
from duality.exponents import (
    corrected_power_law,
    dataset_weight,
    goodness_of_fit,
    jacobian_exponent,
    jacobian_slope,
    truncated_power_law,
    window_statistics,
)
from duality.fluctuations import extract, select
from duality.jacobian import Duality
from duality.windows import observed_window, paper_window


def truncated_sample(random, k, low, high, n):
    """By inversion of the cumulative distribution, an independent route to the same law."""
    u = random.random(n)
    if k == 1:
        return low * (high / low) ** u
    return (low ** (1 - k) + u * (high ** (1 - k) - low ** (1 - k))) ** (1 / (1 - k))


@pytest.mark.parametrize("k", [-0.5, 0, 0.5, 2 / 3, 0.75, 1, 1.5, 2, 3])
@pytest.mark.parametrize("decades", [0.5, 4])
def test_truncated_power_law_recovers_k_within_its_error(random, k, decades):
    low, high = 0.3, 0.3 * 10**decades
    estimates = []
    for _ in range(60):
        sample = truncated_sample(random, k, low, high, 2000)
        estimates.append(truncated_power_law(2000, np.log(sample).sum(), low, high))
    z = np.array([(e.k - k) / e.se for e in estimates])
    assert abs(z.mean()) < 4 / np.sqrt(60)
    assert 0.7 < z.std() < 1.35


@given(
    st.floats(-3, 5),
    st.floats(0.1, 8),
    st.floats(1e-6, 1e6),
)
def test_truncated_power_law_maximises_the_likelihood(k, decades, low):
    """Against a numerical maximisation of the log-likelihood itself, for the expected statistic of a true k."""
    random = np.random.default_rng(1)
    high = low * 10**decades
    sample = truncated_sample(random, k, low, high, 200)
    t = np.log(sample / low)
    if not 0 < t.mean() < np.log(high / low):
        return
    L = np.log(high / low)

    def negative_log_likelihood(kappa):
        a = (1 - kappa) * L
        log_z = (
            np.log(np.expm1(a) / a) if 1e-8 < abs(a) < 500 else (max(a, 0) - np.log(abs(a)) if abs(a) >= 500 else 0.0)
        )
        return kappa * t.mean() - t.mean() + log_z + np.log(L)

    best = optimize.minimize_scalar(negative_log_likelihood, bracket=(k - 0.5, k + 0.5), options={"xtol": 1e-10})
    ours = truncated_power_law(200, np.log(sample).sum(), low, high)
    assert negative_log_likelihood(ours.k) <= best.fun + 1e-9


@given(st.floats(0.01, 100))
def test_the_scale_of_gamma_does_not_change_an_exponent(scale):
    random = np.random.default_rng(2)
    sample = truncated_sample(random, 1.3, 1.0, 50.0, 500)
    one = truncated_power_law(500, np.log(sample).sum(), 1.0, 50.0)
    other = truncated_power_law(500, np.log(sample * scale).sum(), scale, 50.0 * scale)
    assert other.k == pytest.approx(one.k, abs=1e-9)
    assert other.se == pytest.approx(one.se, rel=1e-9)


def test_corrected_with_no_correction_is_the_truncated_power_law(random):
    sample = truncated_sample(random, 0.8, 1e-3, 1.0, 1000)
    plain = truncated_power_law(1000, np.log(sample).sum(), 1e-3, 1.0)
    corrected = corrected_power_law(1000, np.log(sample).sum(), 1e-3, 1.0, lambda q: np.zeros_like(q))
    assert corrected.k == pytest.approx(plain.k, abs=1e-9)
    assert corrected.se == pytest.approx(plain.se, rel=1e-9)


def test_corrected_takes_a_known_weight_out(random):
    """q^(-k) times q² is q^(2-k): a power law as the weight shifts k by just its power."""
    sample = truncated_sample(random, 0.8, 1e-3, 1.0, 1000)
    plain = truncated_power_law(1000, np.log(sample).sum(), 1e-3, 1.0)
    corrected = corrected_power_law(1000, np.log(sample).sum(), 1e-3, 1.0, lambda q: 2 * np.log(q))
    assert corrected.k == pytest.approx(plain.k + 2, abs=1e-8)


def test_powerlaw_called_the_safe_way_agrees(random):
    for k in (0.0, 0.5, 1.0, 2.0):
        sample = truncated_sample(random, k, 1.0, 10.0, 5000)
        ours = truncated_power_law(5000, np.log(sample).sum(), 1.0, 10.0)
        assert powerlaw_exponent(sample, 1.0, 10.0) == pytest.approx(ours.k, abs=1e-3)


def test_powerlaw_still_ignores_the_upper_bound():
    """A release that mends `powerlaw.Fit` makes this fail: then our way around it can go."""
    import powerlaw

    sample = truncated_sample(np.random.default_rng(3), 1.0, 1.0, 10.0, 20_000)
    fit = powerlaw.Fit(sample, xmin=1.0, xmax=10.0, verbose=0)
    assert fit.power_law.alpha > 1.7  # the truth is 1


@pytest.fixture(scope="module")
def measured(compositions):
    """The sigmoid with the squared loss at its exact optimum, and a million fluctuations of 'zeros'."""
    composition = compositions["sigmoid_mse"]
    x1 = np.random.default_rng(5).normal(0, 0.25, 1_000_000)
    histogram, _, _ = extract(composition, [x1, x1[:0]], ["zeros", "ones"], 16.0, -8.0, 0.1)
    duality = Duality(composition, 0, Gaussian(0.0, 0.25), 16.0, -8.0, 0.1)
    return duality, select(histogram, "zeros", "q_dot", "negative")


CONDITIONS = ["1/2 << abs(w*x1)", "abs(w) >> 1", "exp(y) << 1"]


def test_corrected_exponent_of_the_fluctuations_is_the_jacobian_s(measured):
    """The fluctuations, freed of their Gaussian, show what the Jacobian has: on a narrow window to within 4 errors."""
    duality, bins = measured
    window = paper_window(duality, CONDITIONS, 0, -1, 10, 1e-6)
    statistics = window_statistics(bins, window.q_low, window.q_high)
    corrected = corrected_power_law(
        statistics.n, statistics.sum_log, statistics.low, statistics.high, dataset_weight(duality, window)
    )
    k, _ = jacobian_slope(duality, window)
    assert abs(corrected.k - k) < 4 * corrected.se + 0.005
    assert k == pytest.approx(1, abs=0.1)
    raw = truncated_power_law(statistics.n, statistics.sum_log, statistics.low, statistics.high)
    assert abs(raw.k - 1) > 5 * raw.se  # the trap: a bare slope is not the prediction's


def test_the_exact_density_passes_and_a_wrong_one_fails(measured):
    duality, bins = measured
    assert goodness_of_fit(bins, duality, -1, 1_000_000, 100).p_value > 1e-3
    wrong = duality.at(16.2, -8.0)
    assert goodness_of_fit(bins, wrong, -1, 1_000_000, 100).p_value < 1e-6


def test_the_jacobian_exponent_inherits_the_error_of_w_and_b(measured):
    duality, _ = measured
    window = paper_window(duality, CONDITIONS, 0, -1, 3, 1e-6)
    small, _ = jacobian_exponent(duality, np.diag([1e-6, 1e-6]), window)
    large, _ = jacobian_exponent(duality, np.diag([4e-6, 4e-6]), window)
    assert large.se == pytest.approx(2 * small.se, rel=1e-2)
    assert jacobian_exponent(duality, np.zeros((2, 2)), window)[0].se == 0


def test_exchanging_the_classes_gives_the_same_exponents(compositions):
    """x → 1 - x maps 'zeros' to 'ones' of the sigmoid: w·x + b → -(w·x + b + …), so w = 16, b = -8 maps to itself."""
    for name in ("sigmoid_mse", "sigmoid_cross_entropy"):
        zeros = Duality(compositions[name], 0, Gaussian(0.0, 0.25), 16.0, -8.0, 0.1)
        ones = Duality(compositions[name], 1, Gaussian(1.0, 0.25), 16.0, -8.0, 0.1)
        x1 = np.linspace(-1, 1, 41)
        assert zeros.b_dot(x1) == pytest.approx(-ones.b_dot(1 - x1), rel=1e-12)
        # q̇ has a factor √(1 + x1²), which the exchange does not respect: exponents agree where it is constant.
        one = observed_window(zeros, 1.0, 0.02, -1, 1e-6)
        other = observed_window(ones, 1.0, 0.02, 1, 1e-6)
        assert jacobian_slope(zeros, one)[0] == pytest.approx(jacobian_slope(ones, other)[0], abs=0.01)


def test_bins_never_change_an_estimate(measured):
    """Sufficient statistics, not bins: the same fluctuations in fine bins and in one bin give the same exponent."""
    _, bins = measured
    low, high = 1e-4, 1e-2
    fine = window_statistics(bins, low, high)
    inside = bins[(bins["bin"] >= fine.first) & (bins["bin"] < fine.last)]
    assert fine.n == inside["count"].sum()
    merged = pd.DataFrame({"bin": [fine.first], "count": [fine.n], "sum_log": [inside["sum_log"].sum()]})
    whole = window_statistics(merged, low, high)
    one = truncated_power_law(fine.n, fine.sum_log, fine.low, fine.high)
    other = truncated_power_law(whole.n, whole.sum_log, whole.low, whole.high)
    assert one == other


def test_a_window_without_fluctuations_has_no_exponent():
    with pytest.raises(ValueError, match="no values"):
        truncated_power_law(0, 0.0, 1.0, 2.0)
    with pytest.raises(ValueError, match="one end"):
        truncated_power_law(5, 0.0, 1.0, 2.0)
