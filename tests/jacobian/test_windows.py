"""If these fail, exponents are measured somewhere else than where the paper expects a power law."""

import numpy as np
import pytest

from duality.config.settings import MeasuredClass
from duality.conventions import OBSERVED, PAPER, QUANTITIES, SIGNS, WINDOWS
from duality.dataset.density import Gaussian
from duality.errors import InputError
from duality.formulas.compose import compose
from duality.jacobian.duality import Duality
from duality.jacobian.windows import (
    RULES,
    NoWindow,
    WindowRule,
    find_windows,
    observed_window,
    paper_window,
    visible_window,
)
from duality.records.estimates import Frozen
from duality.records.fluctuations import LOWEST_DECADE
from duality.records.jacobian import QuantityWindows, Windows
from duality.records.record import read, write

ZEROS = Gaussian(0.0, 0.25)


@pytest.fixture
def sigmoid(compositions):
    return Duality(compositions["sigmoid_mse"], 0, ZEROS, Frozen(16.0, -8.0, 0.1))


def test_the_window_of_eq_8_15(sigmoid):
    """3·½ ≤ 16·x1 and 3·e^y ≤ 1, so x1 from 3/32 to (8 - ln 3)/16, less 10⁻⁶ of probability at either end."""
    window = paper_window(sigmoid, WindowRule(["1/2 << abs(w*x1)", "abs(w) >> 1", "exp(y) << 1"], -1, 0, 3, 1e-6))
    low, high = 3 / 32, (8 - np.log(3)) / 16
    assert (window.x1_low, window.x1_high) == pytest.approx((low, high), abs=1e-5)
    assert ZEROS.cdf(window.x1_low) - ZEROS.cdf(low) == pytest.approx(1e-6, rel=1e-6)
    assert (window.q_low, window.q_high) == pytest.approx(
        tuple(sigmoid.magnitude(np.array([window.x1_low, window.x1_high])))
    )
    within = ZEROS.cdf(window.x1_high) - ZEROS.cdf(window.x1_low)
    assert window.probability == pytest.approx(within, abs=1e-9)
    assert window.probability == pytest.approx(ZEROS.cdf(high) - ZEROS.cdf(low) - 2e-6, abs=1e-9)


def test_of_several_intervals_the_one_with_most_of_sum_q_is_taken(sigmoid):
    """|w·x1| ≫ ½ leaves both sides of zero; fluctuations are far larger on the right."""
    assert paper_window(sigmoid, WindowRule(["1/2 << abs(w*x1)", "exp(y) << 1"], -1, 0, 3, 1e-6)).x1_low > 0


def test_a_window_lies_on_one_branch(sigmoid):
    everywhere = paper_window(sigmoid, WindowRule([], -1, 0, 3, 1e-6))
    branch = sigmoid.branches[everywhere.branch]
    assert branch.left <= everywhere.x1_low < everywhere.x1_high <= branch.right


@pytest.fixture
def steep():
    """exp(y) at the w of a large γ: it falls to 10⁻¹⁶⁰ and below, and is 0 in doubles below y = -746."""
    capped = compose("y", "Piecewise((exp(f), f < 7), ((f - 6)*exp(7), True))", [0.0])
    return Duality(capped, 0, ZEROS, Frozen(1000.0, -500.0, 0.1))


def test_a_window_ends_where_fluctuations_are_not_counted_any_more(steep):
    """The sums of a histogram would be of its lowest bin."""
    lowest = 10.0**LOWEST_DECADE
    for window in (
        paper_window(steep, WindowRule(["y < 7"], -1, 0, 3, 1e-6)),
        observed_window(steep, 1.0, 0.05, -1, 1e-6),
        visible_window(steep, 1.0, 0.05, -1, 1e-6),
    ):
        assert lowest < window.q_low < 10 * lowest


@pytest.mark.parametrize("conditions", [["y < -200"], ["y < -800"]])
def test_a_window_below_all_fluctuations_that_are_counted_says_so(steep, conditions):
    """exp(-200) is 10⁻⁸⁷, and exp(-800) is 0 in doubles: data are there, and their fluctuations are not counted.

    It was told that no x1 within reach of the data meets the conditions, which many of them do.
    """
    told = rf"fluctuations of all x1 .* that meet the window conditions .* smaller than 1e{LOWEST_DECADE}, the smallest"
    with pytest.raises(NoWindow, match=told) as raised:
        paper_window(steep, WindowRule(conditions, -1, 0, 3, 1e-6))
    assert f"smaller than 1e{LOWEST_DECADE}" in raised.value.short
    assert "y < " not in raised.value.short
    with pytest.raises(NoWindow, match="no x1 within reach of the data meets") as raised:
        paper_window(steep, WindowRule([*conditions, "x1 > 50"], -1, 0, 3, 1e-6))
    assert raised.value.short == "out of the data's reach"


def test_larger_m_narrows_the_window(sigmoid):
    conditions = ["1/2 << abs(w*x1)", "exp(y) << 1"]
    widths = [paper_window(sigmoid, WindowRule(conditions, -1, 0, M, 1e-6)).decades for M in (2, 3, 5, 8)]
    assert np.all(np.diff(widths) < 0)


@pytest.mark.parametrize("conditions", [["w << 1"], ["x1 > 50"], ["x1 > 1", "x1 < 0"]])
def test_conditions_that_no_x1_meets_are_refused(sigmoid, conditions):
    with pytest.raises(InputError, match="no x1 within reach of the data meets"):
        paper_window(sigmoid, WindowRule(conditions, -1, 0, 3, 1e-6))


def test_the_observed_window_has_the_predicted_exponent(sigmoid):
    window = observed_window(sigmoid, 1.0, 0.05, -1, 1e-6)
    x1 = np.linspace(window.x1_low, window.x1_high, 501)
    assert np.abs(sigmoid.local_exponent(x1) - 1).max() <= 0.05 * (1 + 1e-6)
    assert window.decades > 10
    assert observed_window(sigmoid, 7.0, 0.01, -1, 1e-6) is None


def test_on_the_visible_window_the_density_itself_has_the_exponent(sigmoid):
    """Beyond its ends it has not: by differences of the density, not by the formula. The Jacobian has it further."""
    k, tolerance = 1.0, 0.3
    window = visible_window(sigmoid, k, tolerance, -1, 1e-6)
    ln_q = np.linspace(np.log(window.q_low) - 0.2, np.log(window.q_high) + 0.2, 2001)
    branch = sigmoid.branches[window.branch]
    x1 = sigmoid.preimage(branch, np.exp(ln_q))
    ln_p = np.log(ZEROS.pdf(x1) / np.abs(sigmoid.jacobian(x1)))
    exponent = -np.gradient(ln_p, ln_q)
    inside = (ln_q > np.log(window.q_low) + 1e-3) & (ln_q < np.log(window.q_high) - 1e-3)
    assert np.all(np.abs(exponent[inside] - k) < tolerance + 1e-3)
    assert np.all(np.abs(exponent[[10, -10]] - k) > tolerance)
    assert window.decades < observed_window(sigmoid, k, tolerance, -1, 1e-6).decades
    assert visible_window(sigmoid, 7.0, 0.01, 1, 1e-6) is None


def test_power_law_of_the_quartic(compositions):
    """At x̄ the exponent is 2/3 exactly (Eq. 9.17), as |q̇| vanishes there like the cube."""
    duality = Duality(compositions["relu_quartic"], 0, ZEROS, Frozen(0.82, 0.081, 0.01))
    assert duality.local_exponent(np.array([-0.081 / 0.82 + 1e-9])) == pytest.approx([2 / 3], abs=1e-6)


def measured(sign, conditions, predicted, **variants):
    return MeasuredClass(sign=sign, conditions=conditions, predicted=predicted, texts={}, variants=variants)


def test_windows_come_back(sigmoid, tmp_path):
    """Later stages read the windows from a file: what is lost there is lost to them."""
    rule = WindowRule(["exp(y) << 1"], -1, 0, 3, 1e-6)
    chosen = measured("negative", rule.conditions, dict.fromkeys(QUANTITIES) | {"q_dot": 1.0, "w_dot": 1.0})
    write({"zeros": find_windows(sigmoid, rule, chosen, 0.1)}, tmp_path / "windows.json", Windows)
    windows = read(tmp_path / "windows.json", Windows)["zeros"]
    assert windows["q_dot"].windows[PAPER] == paper_window(sigmoid, rule)
    assert windows["q_dot"].branches == list(sigmoid.branches)
    assert windows["b_dot"].windows[OBSERVED] is None
    assert windows["w_dot"].windows[OBSERVED] == observed_window(sigmoid.of("w_dot"), 1.0, 0.1, -1, 1e-6)


def test_every_window_has_a_rule():
    """A name that a variant may not have, and that no rule makes, would be a hole in every table."""
    assert tuple(RULES) == WINDOWS


UNPREDICTED = dict.fromkeys(QUANTITIES) | {"w_dot": 0.0}


def test_constant_h_leaves_b_dot_without_window():
    """|h| = 1: q̇ and ẇ have their windows, of x1 alone; ḃ is an atom, and that is no error."""
    duality = Duality(compose("y", "abs(f - x2)", [0, 1]), 0, ZEROS, Frozen(0.8, 0.08, 0.01))
    rule = WindowRule(["x1 > 1/10"], -1, 0, 3, 1e-6)
    found = find_windows(duality, rule, measured("negative", rule.conditions, UNPREDICTED, far=["x1 > 50"]), 0.1)
    assert found["b_dot"] == QuantityWindows([], dict.fromkeys((*WINDOWS, "far")))
    q_dot, w_dot = found["q_dot"].windows[PAPER], found["w_dot"].windows[PAPER]
    assert q_dot.x1_low == w_dot.x1_low == pytest.approx(0.1, abs=1e-5)
    assert (w_dot.q_low, q_dot.q_low) == pytest.approx((0.001, 0.01 * np.sqrt(1.01)), rel=1e-4)
    assert found["w_dot"].windows[OBSERVED].decades > 3  # dẇ/dx1 is constant


@pytest.mark.parametrize(
    ("sign", "conditions", "message"),
    [
        ("negative", ["x1 > 0"], "same magnitude, and so neither density nor power law, for all x1 that meet"),
        ("negative", ["x1 > 50"], "no x1 within reach of the data meets"),
        ("positive", ["x1 > 0"], "the class has no positive fluctuations"),
    ],
)
def test_q_dot_must_have_a_window(sign, conditions, message):
    """h = 1/√(1 + y²) makes |q̇| constant where y = x1; of ẇ or ḃ it is a finding, of q̇ an error that says so."""
    constant = Duality(compose("y", "log(f + sqrt(1 + f**2))", [0, 1]), 0, ZEROS, Frozen(1.0, 0.0, 0.01))
    rule = WindowRule(conditions, SIGNS[sign], 0, 3, 1e-6)
    with pytest.raises(InputError, match=message):
        find_windows(constant, rule, measured(sign, conditions, UNPREDICTED), 0.1)


def test_a_window_of_w_dot_may_have_either_sign_of_x1(sigmoid):
    """ẇ = x1·ḃ: of the negative fluctuations of 'zeros' those with x1 < 0 have ẇ > 0. Its branches know it."""
    of_w = sigmoid.of("w_dot")
    signs = {(branch.sign, branch.b_sign) for branch in of_w.branches}
    assert signs == {(-1, -1), (1, -1)}
    left = paper_window(of_w, WindowRule(["x1 < -1/10"], -1, 0, 3, 1e-6))
    assert of_w.branches[left.branch].sign == 1
