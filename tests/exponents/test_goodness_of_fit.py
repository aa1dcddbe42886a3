"""If these fail, a wrong density passes for that of the fluctuations, or the right one fails."""

from duality.exponents.goodness_of_fit import chi_squared, kolmogorov_smirnov
from duality.fits.histogram import window_statistics
from duality.fits.power_laws import Bootstrap


def test_the_exact_density_passes_and_a_wrong_one_fails(sigmoid_zeros):
    duality, fluctuations = sigmoid_zeros
    bins = fluctuations.bins("q_dot", "negative")
    assert chi_squared(bins, duality, -1, 1_000_000, 100).p_value > 1e-3
    wrong = duality.at(16.2, -8.0)
    assert chi_squared(bins, wrong, -1, 1_000_000, 100).p_value < 1e-6


def test_the_ks_test_passes_the_exact_density_and_fails_a_wrong_one(sigmoid_zeros, random):
    duality, fluctuations = sigmoid_zeros
    bins = fluctuations.bins("q_dot", "negative")
    statistics = window_statistics(bins, 1e-5, 1e-2)
    assert kolmogorov_smirnov(statistics, duality, -1, Bootstrap(199, random)).p_value > 0.005
    assert kolmogorov_smirnov(statistics, duality.at(16.2, -8.0), -1, Bootstrap(199, random)).p_value == 1 / 200
