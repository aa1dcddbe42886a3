"""If these fail, a wrong density passes for that of the fluctuations, or the right one fails."""

from dataclasses import replace

import numpy as np
import pytest
from measured_results import fluctuations_of
from scipy import stats

from duality.dataset.density import densities
from duality.exponents.goodness_of_fit import _log_products, chi_squared, homogeneous, independent, kolmogorov_smirnov
from duality.fits.histogram import window_statistics
from duality.fits.power_laws import Bootstrap
from duality.fluctuations.extraction import extract


def test_the_exact_density_passes_and_a_wrong_one_fails(sigmoid_zeros):
    duality, fluctuations = sigmoid_zeros
    bins = fluctuations.bins("q_dot", "negative")
    assert chi_squared(bins, duality, -1, 1_000_000, 100).p_value > 1e-3
    wrong = duality.at(16.2, -8.0)
    assert chi_squared(bins, wrong, -1, 1_000_000, 100).p_value < 1e-6


@pytest.mark.filterwarnings("error")
def test_tails_that_reach_the_smallest_numbers_are_tested_too(sigmoid_zeros, random):
    """Of Student's t the sigmoid makes kicks of 10^(-300), whose products no number holds."""
    density = densities({"zeros": {"x2": 0.0, "distribution": "t", "parameters": {"df": 5, "loc": 0, "scale": 0.2}}})
    duality = replace(sigmoid_zeros[0], density=density["zeros"])
    assert min(branch.q_low for branch in duality.branches) < 1e-200
    x1 = 0.2 * random.standard_t(5, 200_000)
    found = fluctuations_of(extract(duality.composition, {"zeros": x1, "ones": x1[:0]}, duality.frozen), unseen=1.0)
    of_t = chi_squared(found.bins("q_dot", "negative"), duality, -1, x1.size, 100)
    assert of_t.p_value > 1e-3
    assert 0 < of_t.detectable_tilt < 0.1
    edges = np.array([1e-320, 1e-200, 1e-160, 1e-3, 2.0])
    assert np.allclose(_log_products(edges), np.log(edges[1:]) + np.log(edges[:-1]), rtol=1e-12)
    assert np.array_equal(_log_products(edges[3:]), np.log(edges[4:] * edges[3:-1]))


def test_the_ks_test_passes_the_exact_density_and_fails_a_wrong_one(sigmoid_zeros, random):
    duality, fluctuations = sigmoid_zeros
    bins = fluctuations.bins("q_dot", "negative")
    statistics = window_statistics(bins, 1e-5, 1e-2)
    assert kolmogorov_smirnov(statistics, duality, -1, Bootstrap(199, random)).p_value > 0.005
    assert kolmogorov_smirnov(statistics, duality.at(16.2, -8.0), -1, Bootstrap(199, random)).p_value == 1 / 200


def seen_and_unseen(duality, seen, unseen):
    """All fluctuations of two samples, and those of the second."""
    of = [
        fluctuations_of(extract(duality.composition, {"zeros": x1, "ones": x1[:0]}, duality.frozen), unseen=1.0)
        for x1 in (np.concatenate([seen, unseen]), unseen)
    ]
    return replace(of[0], unseen=unseen.size / (seen.size + unseen.size)), of[1]


def test_seen_and_unseen_samples_of_one_class_are_told_apart_as_often_as_chance_has_it(sigmoid_zeros, random):
    """Of unequal numbers: the p-value is uniform; of other samples it is next to 0."""
    duality, _ = sigmoid_zeros
    p_values = [
        homogeneous(*seen_and_unseen(duality, random.normal(0, 0.25, 3000), random.normal(0, 0.25, 1500)), -1, 20)
        for _ in range(60)
    ]
    assert stats.kstest(p_values, "uniform").pvalue > 1e-3
    wider = seen_and_unseen(duality, random.normal(0, 0.25, 100_000), random.normal(0, 0.255, 100_000))
    assert homogeneous(*wider, -1, 20) < 1e-4


def test_more_of_the_other_sign_are_told_too(compositions, sigmoid_zeros, random):
    """The samples without a fluctuation of the sign are one more cell."""
    duality = replace(sigmoid_zeros[0], composition=compositions["relu_mse"]).at(1.0, 0.0)
    half = random.normal(0, 0.25, (2, 50_000))
    shifted = np.concatenate([half[1], np.full(6000, -1.0)])  # dead ones
    assert homogeneous(*seen_and_unseen(duality, half[0], half[1]), -1, 20) > 1e-3
    assert homogeneous(*seen_and_unseen(duality, half[0], shifted), -1, 20) < 1e-4


def test_the_test_of_a_contingency_table_is_that_of_scipy(random):
    for columns in (2, 7, 60):
        table = random.integers(5, 10 ** columns.bit_length(), size=(2, columns))
        assert independent(table) == stats.chi2_contingency(table, correction=False).pvalue
