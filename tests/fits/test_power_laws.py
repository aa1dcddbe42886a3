"""If these fail, estimates of an exponent, their intervals or their tests of fit are wrong."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from simulated_samples import binned, truncated_sample

from duality.fits.cross_check import powerlaw_exponent
from duality.fits.histogram import window_statistics
from duality.fits.power_laws import (
    Bootstrap,
    PowerLaw,
    bootstrapped,
    truncated_power_law,
)


@pytest.mark.parametrize("k", [-0.5, 0, 0.5, 2 / 3, 0.75, 1, 1.5, 2, 3])
@pytest.mark.parametrize("decades", [0.5, 4])
def test_truncated_power_law_recovers_k_within_its_error(random, k, decades):
    low, high = 0.3, 0.3 * 10**decades
    estimates = []
    for _ in range(60):
        sample = truncated_sample(random, k, low, high, 2000)
        estimates.append(truncated_power_law(2000, np.log(sample).sum(), low, high))
    z = np.array([(e.value - k) / e.se for e in estimates])
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
    L = np.log(high / low)
    assert 0 < t.mean() < L

    def negative_log_likelihood(kappa):
        a = (1 - kappa) * L
        log_z = (
            np.log(np.expm1(a) / a) if 1e-8 < abs(a) < 500 else (max(a, 0) - np.log(abs(a)) if abs(a) >= 500 else 0.0)
        )
        return kappa * t.mean() - t.mean() + log_z + np.log(L)

    best = optimize.minimize_scalar(negative_log_likelihood, bracket=(k - 0.5, k + 0.5), options={"xtol": 1e-10})
    ours = truncated_power_law(200, np.log(sample).sum(), low, high)
    assert negative_log_likelihood(ours.value) <= best.fun + 1e-9


@given(st.floats(0.01, 100))
def test_the_scale_of_gamma_does_not_change_an_exponent(scale):
    random = np.random.default_rng(2)
    sample = truncated_sample(random, 1.3, 1.0, 50.0, 500)
    one = truncated_power_law(500, np.log(sample).sum(), 1.0, 50.0)
    other = truncated_power_law(500, np.log(sample * scale).sum(), scale, 50.0 * scale)
    assert other.value == pytest.approx(one.value, abs=1e-9)
    assert other.se == pytest.approx(one.se, rel=1e-9)


def test_corrected_with_no_correction_is_the_truncated_power_law(random):
    sample = truncated_sample(random, 0.8, 1e-3, 1.0, 1000)
    plain = truncated_power_law(1000, np.log(sample).sum(), 1e-3, 1.0)
    corrected = PowerLaw(np.geomspace(1e-3, 1.0, 513), np.zeros_like).fit(1000, np.log(sample).sum())
    assert corrected.value == pytest.approx(plain.value, abs=1e-9)
    assert corrected.se == pytest.approx(plain.se, rel=1e-9)


def test_corrected_takes_a_known_weight_out(random):
    """q^(-k) times q² is q^(2-k): a power law as the weight shifts k by just its power."""
    sample = truncated_sample(random, 0.8, 1e-3, 1.0, 1000)
    plain = truncated_power_law(1000, np.log(sample).sum(), 1e-3, 1.0)
    corrected = PowerLaw(np.geomspace(1e-3, 1.0, 513), lambda q: 2 * np.log(q)).fit(1000, np.log(sample).sum())
    assert corrected.value == pytest.approx(plain.value + 2, abs=1e-8)


def test_powerlaw_called_the_safe_way_agrees(random):
    for k in (0.0, 0.5, 1.0, 2.0):
        sample = truncated_sample(random, k, 1.0, 10.0, 5000)
        ours = truncated_power_law(5000, np.log(sample).sum(), 1.0, 10.0)
        assert powerlaw_exponent(sample, 1.0, 10.0) == pytest.approx(ours.value, abs=1e-3)


def test_powerlaw_still_ignores_the_upper_bound():
    """A release that mends `powerlaw.Fit` makes this fail: then our way around it can go."""
    import powerlaw

    sample = truncated_sample(np.random.default_rng(3), 1.0, 1.0, 10.0, 20_000)
    fit = powerlaw.Fit(sample, xmin=1.0, xmax=10.0, verbose=0)
    assert fit.power_law.alpha > 1.7  # the truth is 1


def test_bins_never_change_an_estimate(random):
    """Sufficient statistics, not bins: bins of 1/500 and of 1/5 decade give one estimate, bit for bit but for sums."""
    q = truncated_sample(random, 1.2, 1e-3, 1e-1, 20_000)
    fine = window_statistics(binned(q), 1e-3, 1e-1)
    coarse_bins = binned(q)
    coarse_bins["bin"] = coarse_bins["bin"] // 100 * 100
    coarse = window_statistics(coarse_bins.groupby("bin", as_index=False).sum(), 1e-3, 1e-1)
    assert (fine.n, fine.low, fine.high) == (coarse.n, coarse.low, coarse.high)
    estimates = [truncated_power_law(s.n, s.sum_log, s.low, s.high) for s in (fine, coarse)]
    direct = truncated_power_law(q.size, np.log(q).sum(), fine.low, fine.high)
    assert estimates[0].value == pytest.approx(direct.value, abs=1e-12)
    assert estimates[1].value == pytest.approx(direct.value, abs=1e-12)


@given(st.floats(-2, 4), st.floats(0.2, 12), st.integers(1, 464))
@settings(max_examples=40, deadline=None)
def test_the_quadrature_is_the_closed_form(k, decades, further):
    """The family by quadrature, on any cells, has the closed form's mean, variance and probabilities.

    Any but those wider than a quarter of a decade: no cell of a window of fluctuations is.
    """
    edges = 10.0 ** np.linspace(-3, -3 + decades, int(np.ceil(decades / 0.25)) + further + 1)
    law = PowerLaw(edges)
    p = law.probability(k).sum(axis=1)
    exact = np.diff(np.log(edges)) if abs(k - 1) < 1e-9 else np.diff(edges ** (1 - k))
    assert p == pytest.approx(exact / exact.sum(), rel=1e-7, abs=1e-14)
    mean, variance = law.moments(k)
    n = 1000
    closed = truncated_power_law(n, n * mean, edges[0], edges[-1])
    assert closed.value == pytest.approx(k, abs=1e-6)
    assert closed.se == pytest.approx(1 / np.sqrt(n * variance), rel=1e-6)


def test_simulated_data_sets_are_of_the_law(random):
    """Bootstrap replicates have the law's mean and variance of ln q, and are fitted back to its k."""
    law = PowerLaw(np.geomspace(1.0, 100.0, 201))
    counts, sum_log = law.simulate(1.4, 500, 4000, random)
    mean, variance = law.moments(1.4)
    assert counts.sum(axis=1).tolist() == [500] * 4000
    assert sum_log.mean() / 500 == pytest.approx(mean, abs=4 * np.sqrt(variance / 500 / 4000))
    assert sum_log.var() / 500 == pytest.approx(variance, rel=0.1)
    near = law.fit(500, 500 * mean)
    k = law.fit_all(near, 500, sum_log)
    one_by_one = [truncated_power_law(500, total, 1.0, 100.0).value for total in sum_log[:50]]
    assert k[:50] == pytest.approx(one_by_one, abs=1e-5)


def test_bootstrap_and_fisher_agree_where_n_is_large_and_p_is_uniform(random):
    """On data of the law itself. Were p not uniform, every test of fit in the table would mislead."""
    p_values = []
    for _ in range(120):
        q = truncated_sample(random, 0.7, 1e-2, 1.0, 1000)
        statistics = window_statistics(binned(q), 1e-2, 1.0)
        estimate = truncated_power_law(statistics.n, statistics.sum_log, statistics.low, statistics.high)
        fit = bootstrapped(PowerLaw(statistics.edges), estimate, statistics, Bootstrap(99, random))
        p_values.append(fit.p_value)
        width = np.diff(estimate.interval)[0]
        assert np.diff(fit.interval)[0] == pytest.approx(width, rel=0.5)
    assert stats.kstest(p_values, "uniform").pvalue > 1e-3


def test_a_law_that_does_not_fit_is_refused(random):
    q = np.exp(random.normal(-3, 0.5, 5000))
    statistics = window_statistics(binned(q), 1e-2, 1.0)
    estimate = truncated_power_law(statistics.n, statistics.sum_log, statistics.low, statistics.high)
    assert bootstrapped(PowerLaw(statistics.edges), estimate, statistics, Bootstrap(199, random)).p_value == 1 / 200


def test_a_window_without_fluctuations_has_no_exponent():
    with pytest.raises(ValueError, match="no values"):
        truncated_power_law(0, 0.0, 1.0, 2.0)
    with pytest.raises(ValueError, match="one end"):
        truncated_power_law(5, 0.0, 1.0, 2.0)


@pytest.mark.parametrize(("k", "decades", "n"), [(0.5, 1, 1000), (3, 6, 1000), (1, 25, 10**6), (3, 6, 100), (2, 2, 12)])
def test_cells_of_many_laws_are_those_of_each(random, k, decades, n):
    """Where they are interpolated between a few laws, to rounding: a p-value may not hang on it."""
    edges = np.geomspace(1, 10.0**decades, 513)
    law = PowerLaw(edges, lambda q: -q / edges[-1])
    near = k + random.standard_normal(999) / np.sqrt(n * law.moments(k)[1])
    found, each = law.cells(near), law.probabilities(near).sum(axis=2)
    assert np.abs(np.cumsum(found - each, axis=1)).max() < 1e-11
    assert np.array_equal(law.cells(near[:3]), law.probabilities(near[:3]).sum(axis=2))
