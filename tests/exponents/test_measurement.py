"""If these fail, the exponents or their errors are wrong."""

import numpy as np
import pandas as pd
import pytest

from duality.dataset.density import Gaussian, density
from duality.exponents.goodness_of_fit import chi_squared, kolmogorov_smirnov
from duality.exponents.measurement import (
    dataset_weight,
    density_curve,
    jacobian_exponent,
    jacobian_slope,
    measure,
    measure_class,
    sensitivity,
)
from duality.exponents.prediction import load_regimes
from duality.fits.power_laws import corrected_power_law, truncated_power_law, window_statistics
from duality.fluctuations.extraction import extract, select
from duality.formulas.compose import compose
from duality.jacobian.duality import Duality
from duality.jacobian.windows import observed_window, paper_window
from duality.random_streams import generator
from duality.theory.regimes import regimes_table


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
    assert chi_squared(bins, duality, -1, 1_000_000, 100).p_value > 1e-3
    wrong = duality.at(16.2, -8.0)
    assert chi_squared(bins, wrong, -1, 1_000_000, 100).p_value < 1e-6


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
        # ḃ respects the exchange exactly. q̇ has a factor √(1 + x1²), which does not: agreement where it is constant.
        own, mirrored = (
            observed_window(side.of("b_dot"), 1.0, 0.02, sign, 1e-6) for side, sign in ((zeros, -1), (ones, 1))
        )
        slopes = jacobian_slope(zeros.of("b_dot"), own)[0], jacobian_slope(ones.of("b_dot"), mirrored)[0]
        assert slopes[0] == pytest.approx(slopes[1], abs=1e-9)
        one = observed_window(zeros, 1.0, 0.02, -1, 1e-6)
        other = observed_window(ones, 1.0, 0.02, 1, 1e-6)
        assert jacobian_slope(zeros, one)[0] == pytest.approx(jacobian_slope(ones, other)[0], abs=0.01)


def test_the_ks_test_passes_the_exact_density_and_fails_a_wrong_one(measured, random):
    duality, bins = measured
    statistics = window_statistics(bins, 1e-5, 1e-2)
    assert kolmogorov_smirnov(statistics, duality, -1, 199, random).p_value > 0.005
    assert kolmogorov_smirnov(statistics, duality.at(16.2, -8.0), -1, 199, random).p_value == 1 / 200


def test_everything_measured_on_a_window_hangs_together(measured, random):
    """One window, all numbers: intervals hold their estimates, and the weighted power law beats the bare one.

    It does so where the Jacobian is a power law to 2%; on the paper's window with M = 3 it does not.
    """
    duality, bins = measured
    window = observed_window(duality, 1.0, 0.02, -1, 1e-6)
    regimes = regimes_table({"sigmoid_mse": duality.composition}, ["zeros", "ones"])
    regimes = regimes[regimes["class"] == "zeros"]
    found, rivals = measure(duality, window, bins, np.diag([1e-6, 1e-6]), regimes, 199, random)
    assert (found["theory"]["k"], found["theory"]["approach"]) == (1.0, "y → -∞")
    for kind in ("jacobian", "raw", "corrected"):
        low, high = found[kind]["interval"]
        assert low < found[kind]["k"] < high
    for kind in ("raw", "corrected"):
        low, high = found[kind]["bootstrap"]
        assert low < found[kind]["k"] < high
    assert found["duality"]["p_value"] > 0.01 > found["raw"]["ks_p_value"]
    weighted = next(row for row in rivals if row["rival"].startswith("dataset-weighted"))
    assert weighted["log_likelihood_ratio"] < -100
    assert weighted["favours"] == weighted["rival"]
    assert found["shifted"] is None


def test_sensitivity_reports_missing_windows_and_narrows_with_M(measured):
    """A larger M is a stricter reading: never a wider window. Where none is left the row says so."""
    duality, bins = measured
    table = sensitivity(duality, CONDITIONS, 0, -1, [1.5, 3, 6, 100], 1e-6, bins, np.diag([1e-6, 1e-6]))
    decades = table["decades"].dropna()
    assert np.all(np.diff(decades) < 0)
    assert table["k_corrected"].isna().tolist() == [False, False, False, True]


def test_too_few_fluctuations_are_not_fitted(measured, random):
    duality, bins = measured
    window = paper_window(duality, CONDITIONS, 0, -1, 3, 1e-6)
    assert measure(duality, window, bins.iloc[:0], np.zeros((2, 2)), pd.DataFrame(), 99, random) is None


@pytest.mark.parametrize(
    ("k", "loss", "w", "b"),
    [
        (0, "f**2/2", -1.0, 1.0),
        (2 / 3, "f**4/4", -1.0, 1.0),
        (1, "exp(-f)", 52 * np.log(10), 0.0),
        (2, "log(f)", 9999.0, 1.0),
    ],
)
def test_a_point_of_the_density_lies_on_it_however_wide_its_bin(random, k, loss, w, b):
    """Exact power laws, with x1 uniform: ḃ ∝ y, y³, exp(-y) and 1/y. (The middle does only for k = 0 and 2.)"""
    composition = compose("y", loss, [0.0])
    duality = Duality(composition, 0, density({"distribution": "uniform"}), w, b, 0.1, "b_dot")
    x1 = random.uniform(size=1000)
    histogram, _, _ = extract(composition, [x1], ["only"], w, b, 0.1)
    sign = 1 if k == 1 else -1
    bins = select(histogram, "only", "b_dot", "positive" if k == 1 else "negative")
    curve = density_curve(bins, duality, sign, x1.size)
    assert (curve["q_high"] / curve["q_low"]).max() > 3
    assert curve["q_dot"].between(curve["q_low"], curve["q_high"]).all()
    assert duality.pdf(curve["q_dot"].to_numpy(), sign) == pytest.approx(curve["exact"].to_numpy(), rel=0.01)
    assert np.all(np.abs(curve["density"] - curve["exact"]) < 4 * curve["se"])


def test_a_bin_in_which_the_density_ends_keeps_its_middle(random):
    """A uniform density that ends within the last bin is nowhere equal to its mean over it."""
    composition = compose("y", "f**2", [0.0])
    duality = Duality(composition, 0, density({"distribution": "uniform"}), -1.0, 1.0, 0.1, "b_dot")
    histogram, _, _ = extract(composition, [random.uniform(size=100_000)], ["only"], -1.0, 1.0, 0.1)
    last = density_curve(select(histogram, "only", "b_dot", "negative"), duality, -1, 100_000).iloc[-1]
    assert last["q_low"] < 0.2 < last["q_high"]
    assert last["q_dot"] == pytest.approx(np.sqrt(last["q_low"] * last["q_high"]))


def test_of_a_constant_b_dot_the_rest_is_measured(random, tmp_path):
    """Absolute error: dẇ/dx1 is constant, k_w = 0 exactly; ḃ has no exponent and does not stand in the way."""
    composition = compose("y", "abs(f - x2)", [0, 1])
    x1 = random.normal(0, 0.25, 100_000)
    histogram, _, _ = extract(composition, [x1, x1[:0]], ["zeros", "ones"], 0.8, 0.08, 0.01)
    duality = Duality(composition, 0, Gaussian(0.0, 0.25), 0.8, 0.08, 0.01)
    windows = {"q_dot": {"paper": paper_window(duality, ["x1 > 1/10"], 0, -1, 3, 1e-6)}}
    windows |= {"w_dot": {"paper": paper_window(duality.of("w_dot"), ["x1 > 1/10"], 0, -1, 3, 1e-6)}}
    windows |= {"b_dot": {"paper": None}}
    regimes_table({"e": composition}, ["zeros", "ones"]).to_csv(tmp_path / "regimes.csv", index=False)
    regimes = load_regimes(tmp_path / "regimes.csv")
    found, rivals = measure_class(
        duality, windows, histogram, "zeros", x1.size, np.diag([1e-6, 1e-6]), regimes[regimes["class"] == "zeros"],
        50, 99, lambda *key: generator(1, *key),
    )  # fmt: skip
    assert found["b_dot"] == {"paper": None}
    assert found["w_dot"]["paper"]["jacobian"]["k"] == pytest.approx(0, abs=1e-9)
    assert found["w_dot"]["paper"]["theory"]["text"] == "0"
    assert abs(found["w_dot"]["paper"]["corrected"]["k"]) < 4 * found["w_dot"]["paper"]["corrected"]["se"]
    assert found["q_dot"]["paper"]["duality"]["p_value"] > 0.005
    assert found["goodness_of_fit"]["p_value"] > 0.001
    assert set(rivals["quantity"]) == {"q_dot", "w_dot"}
