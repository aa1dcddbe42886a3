"""If these fail, what is called an equilibrium is none."""

import numpy as np
import pytest
from scipy.signal import lfilter

from duality.training.convergence import covariance_of_means, describe, diagnose, in_equilibrium


def test_diagnostics_tell_a_stationary_chain_from_others(random):
    stationary = random.normal(size=(4, 1000))
    stuck = stationary + 5 * np.arange(4)[:, None]
    drifting = stationary + np.linspace(0, 5, 1000)
    assert in_equilibrium(diagnose(stationary, stationary), 1.01, 400, 3)
    assert not in_equilibrium(diagnose(stationary, stuck), 1.01, 400, 3)
    assert not in_equilibrium(diagnose(drifting, stationary), 1.01, 400, 3)
    assert not in_equilibrium(diagnose(stationary[:, :50], stationary[:, :50]), 1.01, 400, 3)


def test_a_common_drift_is_seen_that_r_hat_overlooks(random):
    """All replicas creep together by a tenth of their noise: R-hat is content, the drift is not."""
    creeping = random.normal(size=(4, 4000)) + np.linspace(-0.1, 0.1, 4000)
    found = diagnose(creeping, random.normal(size=(4, 4000)))
    assert found["w"].r_hat < 1.01
    assert found["w"].drift > 4
    assert abs(found["b"].drift) < 4
    assert not in_equilibrium(found, 1.01, 400, 3)


def test_the_monte_carlo_error_is_that_of_independent_draws(random):
    found = diagnose(random.normal(size=(4, 2500)), random.normal(5, 3, size=(4, 2500)))
    assert (found["w"].mcse, found["b"].mcse) == pytest.approx((0.01, 0.03), rel=0.1)
    assert (found["w"].mean, found["b"].mean) == pytest.approx((0, 5), abs=0.1)
    assert (found["w"].sd, found["b"].sd) == pytest.approx((1, 3), rel=0.05)
    assert describe(found).startswith("w = ")
    assert ", b = " in describe(found)


def test_the_covariance_of_the_means_is_that_of_the_slow_motion(random):
    """w = s + f and b = -s + f with AR(1) chains s and f: f makes the noise of a draw, s the error of the mean.

    The long-run variance of an AR(1) chain of variance σ² is σ²(1 + φ)/(1 - φ).
    """
    slow, fast, replicas, draws = 0.9, 0.1, 4, 4000
    of_slow, of_fast = 1.0, 3.0
    s, f = (
        lfilter([1], [1, -phi], np.sqrt(variance * (1 - phi**2)) * random.normal(size=(replicas, draws + 200)))[:, 200:]
        for phi, variance in ((slow, of_slow), (fast, of_fast))
    )
    w, b = s + f, f - s
    long_run = [of_slow * (1 + slow) / (1 - slow), of_fast * (1 + fast) / (1 - fast)]
    variance, correlation = sum(long_run) / w.size, (long_run[1] - long_run[0]) / sum(long_run)
    diagnostics = diagnose(w, b)
    found = covariance_of_means(w, b, [diagnostics["w"].mcse, diagnostics["b"].mcse])
    assert np.diag(found) == pytest.approx(variance, rel=0.2)
    assert found[0, 1] / np.sqrt(found[0, 0] * found[1, 1]) == pytest.approx(correlation, abs=0.25)
    assert correlation < -0.6
    assert np.corrcoef(w.ravel(), b.ravel())[0, 1] > 0.4  # what it was taken for
