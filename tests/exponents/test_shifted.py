"""If these fail, the shifted power law of ẇ (Eq. 6.1 with B ≠ 0) is not found, or found where there is none."""

from dataclasses import replace

import numpy as np
import pytest

from duality.dataset.density import Gaussian
from duality.exponents.exact import dataset_weight
from duality.exponents.shifted import fit_shifted, shift_of
from duality.fits.histogram import select, window_statistics
from duality.fits.power_laws import Bootstrap, WindowStatistics
from duality.fluctuations.extraction import extract
from duality.jacobian.duality import Duality
from duality.jacobian.windows import WindowRule, paper_window
from duality.records.estimates import TOLD_APART, Frozen
from duality.records.exponents import PROFILE, Shift
from duality.records.fluctuations import BINS_PER_DECADE

GAMMA = 0.01
# (w, b), conditions per class, k_w: H quadratic, where the paper has 1/2, and logarithmic, where it has a dash
CASES = {
    "relu_mse": (0.93, -0.015, (["w*x1 > -b", "x1 < 1/2"], ["w*x1 > -b", "x1 > 1/2", "x1 < 9/10"]), 0.5),
    "piecewise_linear_cross_entropy": (2.38, -0.69, (["y < 99/100", "x1 > 3/10"], ["y > 1/100", "x1 < 7/10"]), 2.0),
}


@pytest.fixture(params=[(name, label) for name in CASES for label in (0, 1)], ids=lambda p: f"{p[0]}-{p[1]}")
def case(request, compositions):
    name, label = request.param
    w, b, conditions, k_w = CASES[name]
    duality = Duality(compositions[name], label, Gaussian(float(label), 0.25), Frozen(w, b, GAMMA), "w_dot")
    return duality, paper_window(duality, WindowRule(conditions[label], -1 if label == 0 else 1, label, 3, 1e-6)), k_w


def test_A_and_B_are_those_of_the_exact_map(case):
    """|dẇ/dx1| = (Aẇ + B)^k_w at every x1 of the window."""
    duality, window, k_w = case
    shift = shift_of(duality, window)
    assert shift.k_w == k_w
    x1 = np.linspace(window.x1_low, window.x1_high, 33)
    expected = (shift.A * duality.fluctuation(x1) + shift.B) ** k_w
    assert np.abs(duality.jacobian(x1)) == pytest.approx(expected, rel=1e-6)


def test_A_and_B_of_the_squared_loss(compositions):
    """A = -8γw and B = 4γ²(b - x2)² for H = (y - x2)²."""
    w, b, conditions, _ = CASES["relu_mse"]
    duality = Duality(compositions["relu_mse"], 1, Gaussian(1.0, 0.25), Frozen(w, b, GAMMA), "w_dot")
    shift = shift_of(duality, paper_window(duality, WindowRule(conditions[1], 1, 1, 3, 1e-6)))
    assert pytest.approx(-8 * GAMMA * w) == shift.A
    assert pytest.approx(4 * GAMMA**2 * (b - 1) ** 2) == shift.B


@pytest.fixture
def sampled(case, random):
    """Fluctuations ẇ in the window of a case, their sign, and what is to be found."""
    duality, window, _ = case
    x1 = duality.density.ppf(random.random(400_000))
    samples = {"zeros": x1[:0], "ones": x1[:0], ["zeros", "ones"][duality.label]: x1}
    histogram = extract(duality.composition, samples, duality.frozen).histogram
    sign = duality.branches[window.branch].sign
    bins = select(histogram, ["zeros", "ones"][duality.label], "w_dot", "negative" if sign < 0 else "positive")
    statistics = window_statistics(bins, window.q_low, window.q_high)
    return statistics, sign, shift_of(duality, window), dataset_weight(duality, window), Bootstrap(99, random)


def test_k_w_and_the_ratio_are_found_in_fluctuations(case, sampled):
    k_w, shift = case[2], sampled[2]
    fit, _ = fit_shifted(*sampled)
    assert abs(fit.exponent.value - k_w) < 4 * fit.exponent.se
    assert abs(fit.at_theory.value - k_w) < 4 * fit.at_theory.se
    assert abs(fit.ratio.value - shift.ratio) < 4 * fit.ratio.se
    assert fit.exponent.se < 0.2 * k_w


def test_cells_of_half_the_number_change_no_estimate_by_its_error(sampled):
    """Two free parameters have no sufficient statistics. At a turning point of ẇ the last cells tell most of A/B: there
    the change is half an error, elsewhere a hundredth."""
    statistics, *others = sampled
    every_second = np.unique(np.append(np.arange(0, statistics.counts.size, 2), statistics.counts.size))
    counts = np.add.reduceat(statistics.counts, every_second[:-1])
    coarse = replace(statistics, edges=statistics.edges[every_second], counts=counts)
    fine, wide = (fit_shifted(cells, *others)[0] for cells in (statistics, coarse))
    assert abs(wide.exponent.value - fine.exponent.value) < fine.exponent.se
    assert abs(wide.ratio.value - fine.ratio.value) < fine.ratio.se


def test_a_profile_ends_its_interval_where_it_has_fallen_by_two(sampled):
    """By 1.92. It is highest at the estimate, and holds both limits with the gains over them."""
    fit, profile = fit_shifted(*sampled)
    PROFILE.check(profile.assign(**{"class": "c", "window": "w"})[list(PROFILE.columns)], "the profile")
    best = profile.loc[profile["log_likelihood"].idxmax()]
    assert best["log_likelihood"] == pytest.approx(0, abs=1e-6)
    assert best["A_over_B"] == pytest.approx(fit.ratio.value)
    assert best["k_w"] == pytest.approx(fit.exponent.value)
    assert profile.loc[profile["A_over_B"].isna(), "log_likelihood"].item() == pytest.approx(-fit.gain)
    assert profile.loc[profile["A_over_B"] == 0, "log_likelihood"].item() == pytest.approx(-fit.gain_over_exponential)
    assert fit.told_apart
    inside = profile[profile["A_over_B"].between(*fit.profile.ratio)]
    assert inside["log_likelihood"].min() > -TOLD_APART
    assert profile.drop(inside.index)["log_likelihood"].max() < -TOLD_APART
    assert sorted(1 / np.array(fit.profile.inverse_ratio)) == pytest.approx(fit.profile.ratio)
    low, high = fit.profile.exponent
    assert (high - low) / (2 * 1.96 * fit.exponent.se) == pytest.approx(1, abs=0.3)
    assert fit.bootstrap[0] < fit.exponent.value < fit.bootstrap[1]


def expected_counts(duality, window):
    """As many fluctuations in every cell of a window as its exact probability has, without half a bin at either end."""
    half_a_bin = 10 ** (0.5 / BINS_PER_DECADE)  # the law may be singular at an end
    edges = np.geomspace(window.q_low * half_a_bin, window.q_high / half_a_bin, 257)
    sign = duality.branches[window.branch].sign
    probability = duality.probability(edges, sign)
    counts = np.round(1e10 * probability / probability.sum()).astype(np.int64)
    return sign, WindowStatistics(edges[0], edges[-1], int(counts.sum()), 0.0, 0.0, edges, counts)


def test_the_exact_probabilities_have_the_exponent_of_theory(case, random):
    """Of the Jacobian alone: it goes into the probabilities, which are fitted as counts are."""
    duality, window, k_w = case
    sign, statistics = expected_counts(duality, window)
    weight = dataset_weight(duality, window)
    fit, _ = fit_shifted(statistics, sign, shift_of(duality, window), weight, Bootstrap(9, random))
    assert fit.exponent.value == pytest.approx(k_w, abs=max(1e-4, 4 * fit.exponent.se))
    assert fit.population.value == k_w


def test_the_exact_probabilities_have_another_exponent_with_another_weight(case, random):
    """If the weight of the data were left out, the data's own density would be taken for the Jacobian's."""
    duality, window, k_w = case
    sign, statistics = expected_counts(duality, window)
    found = fit_shifted(statistics, sign, shift_of(duality, window), np.zeros_like, Bootstrap(9, random))
    assert found is None or abs(found[0].exponent.value - k_w) > 0.05


EDGES = np.geomspace(1e-3, 30.0, 257)


def simulated(q):
    """Values as the statistics of a window."""
    counts = np.histogram(q, EDGES)[0]
    return WindowStatistics(
        EDGES[0], EDGES[-1], int(counts.sum()), float(np.log(q).sum()), float(np.log(q).std()), EDGES, counts
    )


def drawn(k, s, n, random):
    """Values of p(q) ∝ (q + s)^(-k) in the window."""
    F = (EDGES[[0, -1]] + s) ** (1 - k)
    return (F[0] + random.random(n) * (F[1] - F[0])) ** (1 / (1 - k)) - s


def test_a_power_law_without_shift_has_none_to_measure(random):
    """A/B goes through infinity, where B/A goes through 0; k_w is measured all the same."""
    fit, profile = fit_shifted(
        simulated(drawn(2.0, 0.0, 5000, random)), 1, Shift(2.0, 1.0, 0.01), np.zeros_like, Bootstrap(99, random)
    )
    assert fit.gain < TOLD_APART < fit.gain_over_exponential
    assert not fit.told_apart
    assert fit.profile.ratio is None
    low, high = fit.profile.inverse_ratio
    assert low < 0 < high
    assert fit.profile.exponent[0] < 2.0 < fit.profile.exponent[1]
    assert set(np.sign(profile["B_over_A"].dropna())) == {-1, 0, 1}


def test_an_exponential_law_has_no_k_w_to_measure(random):
    q = random.exponential(1.0, 5000)
    q = q[(q > EDGES[0]) & (q < EDGES[-1])]
    fit, _ = fit_shifted(simulated(q), 1, Shift(2.0, 1.0, 1.0), np.zeros_like, Bootstrap(99, random))
    assert fit.gain_over_exponential < TOLD_APART < fit.gain
    assert not fit.told_apart
    assert fit.profile.exponent is fit.profile.inverse_ratio is fit.bootstrap is None
    assert fit.profile.ratio[0] < 0 < fit.profile.ratio[1]


def test_ẇ_of_either_sign_has_its_own_A_over_B(random):
    statistics = simulated(drawn(2.0, 1.0, 5000, random))
    positive, negative = (
        fit_shifted(statistics, sign, Shift(2.0, sign, 1.0), np.zeros_like, Bootstrap(99, np.random.default_rng(1)))
        for sign in (1, -1)
    )
    assert negative[0].exponent == positive[0].exponent
    assert negative[0].ratio.value == -positive[0].ratio.value > -2
    assert negative[0].profile.ratio == tuple(-end for end in positive[0].profile.ratio[::-1])
    assert negative[1]["A_over_B"].to_numpy() == pytest.approx(-positive[1]["A_over_B"].to_numpy(), nan_ok=True)


def test_a_law_of_another_form_is_rejected(random):
    """A lognormal has no shifted power law, and the test of fit says so."""
    q = random.lognormal(0.0, 0.5, 5000)
    q = q[(q > EDGES[0]) & (q < EDGES[-1])]
    fit = fit_shifted(simulated(q), 1, Shift(2.0, 1.0, 1.0), np.zeros_like, Bootstrap(99, random))
    assert fit is None or fit[0].ks_p_value == 0.01


def test_counts_that_heap_up_at_an_end_have_no_fit(random):
    """1 + ẇ·A/B would vanish inside the window."""
    q = np.concatenate([EDGES[-1] * random.uniform(0.98, 1.0, 5000), random.uniform(1, 29, 50)])
    assert fit_shifted(simulated(q), 1, Shift(2.0, 1.0, 1.0), np.zeros_like, Bootstrap(9, random)) is None


def test_an_exponential_composition_is_not_shifted(compositions):
    sigmoid = Duality(compositions["sigmoid_mse"], 0, Gaussian(0.0, 0.25), Frozen(16.0, -8.0, 0.1), "w_dot")
    window = paper_window(sigmoid, WindowRule(["exp(y) << 1"], -1, 0, 3, 1e-6))
    assert shift_of(sigmoid, window) is None
