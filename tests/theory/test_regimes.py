"""If these fail, the workflow predicts exponents that the composition does not have."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duality.config.design import design
from duality.conventions import EXPONENTS, SIGNS
from duality.dataset.density import Gaussian
from duality.exponents.prediction import regimes_of
from duality.formulas.compose import compose
from duality.formulas.conditions import all_met
from duality.jacobian.duality import Duality
from duality.jacobian.windows import WindowRule, observed_window, paper_window
from duality.records.estimates import Frozen
from duality.theory.regimes import regimes, regimes_table

AT = {
    "sigmoid_mse": (16.0, -8.0, 0.1),
    "sigmoid_cross_entropy": (16.0, -8.0, 0.04),
    "relu_mse": (0.93, -0.015, 0.01),
    "piecewise_linear_cross_entropy": (2.38, -0.69, 0.001),
    "relu_quartic": (0.82, 0.081, 0.01),
}
TWO_THIRDS, THREE_QUARTERS = Fraction(2, 3), Fraction(3, 4)
SHIFTED = ("relu_mse", "piecewise_linear_cross_entropy")  # whose k_w is that of a shifted power law, on the whole piece
HUBER = "Piecewise(((f - x2)**2/2, abs(f - x2) <= 1/2), (1/2*(abs(f - x2) - 1/4), True))"
GELU = "y*(1 + erf(y/sqrt(2)))/2"


def k(regime):
    """(k_b, k_w, k_q)."""
    return regime.exponents.k_b, regime.exponents.k_w, regime.exponents.k_q


def found(composition, label):
    """(approach, h_leading, sign, k_b, k_w, k_q) of every regime."""
    return {
        (regime.approach, regime.h_leading, regime.stretch.sign, *k(regime)) for regime in regimes(composition, label)
    }


@pytest.mark.parametrize(
    ("name", "label", "expected"),
    [
        (
            "sigmoid_mse",
            0,
            {("y → -∞", "∝ exp(2·y)", "negative", 1, 1, 1), ("y → ∞", "∝ exp(-y)", "negative", 1, 1, 1)},
        ),
        (
            "sigmoid_mse",
            1,
            {("y → -∞", "∝ exp(y)", "positive", 1, 1, 1), ("y → ∞", "∝ exp(-2·y)", "positive", 1, 1, 1)},
        ),
        (
            "sigmoid_cross_entropy",
            0,
            {("y → -∞", "∝ exp(y)", "negative", 1, 1, 1), ("y → ∞", "→ constant", "negative", None, 0, 0)},
        ),
        (
            "sigmoid_cross_entropy",
            1,
            {("y → -∞", "→ constant", "positive", None, 0, 0), ("y → ∞", "∝ exp(-y)", "positive", 1, 1, 1)},
        ),
        (
            "relu_mse",
            0,
            {
                ("0 < y < ∞ (H quadratic)", "linear", "", 0, Fraction(1, 2), None),
                ("y → 0⁺ (edge)", "∝ y", "negative", 0, 0, 0),
                ("y → ∞", "∝ y", "negative", 0, Fraction(1, 2), Fraction(1, 2)),
                ("y → ∞", "∝ y", "negative", 0, Fraction(1, 2), 0),
            },
        ),
        (
            "piecewise_linear_cross_entropy",
            0,
            {
                ("0.001 < y < 0.999 (H logarithmic)", "∝ 1/|y - y*|", "", 2, 2, None),
                ("y → 1⁻ (beyond the edge at 0.999)", "∝ 1/(1 - y)", "negative", 2, 2, 2),
            },
        ),
        (
            "piecewise_linear_cross_entropy",
            1,
            {
                ("0.001 < y < 0.999 (H logarithmic)", "∝ 1/|y - y*|", "", 2, 2, None),
                ("y → 0⁺ (beyond the edge at 0.001)", "∝ 1/y", "positive", 2, 2, 2),
            },
        ),
        (
            "relu_quartic",
            0,
            {
                ("y → 0⁺ (edge)", "∝ y³", "negative", TWO_THIRDS, TWO_THIRDS, TWO_THIRDS),
                ("y → ∞", "∝ y³", "negative", TWO_THIRDS, THREE_QUARTERS, THREE_QUARTERS),
                ("y → ∞", "∝ y³", "negative", TWO_THIRDS, THREE_QUARTERS, TWO_THIRDS),
            },
        ),
        (
            "relu_quartic",
            1,
            {
                ("y → 1⁻", "∝ (1 - y)³", "positive", TWO_THIRDS, TWO_THIRDS, TWO_THIRDS),
                ("y → 1⁺", "∝ (y - 1)³", "negative", TWO_THIRDS, TWO_THIRDS, TWO_THIRDS),
                ("y → ∞", "∝ y³", "negative", TWO_THIRDS, THREE_QUARTERS, THREE_QUARTERS),
                ("y → ∞", "∝ y³", "negative", TWO_THIRDS, THREE_QUARTERS, TWO_THIRDS),
            },
        ),
    ],
)
def test_all_regimes_of_the_paper_are_proved(name, label, expected, compositions):
    """The table of Sec. 10, derived from the config's formulas, and what it leaves out."""
    assert found(compositions[name], label) == {*expected, ("x1 → 0", "→ |h(b)|", "", None, 0, None)}
    assert {regime.method for regime in regimes(compositions[name], label)} == {"proof"}


@pytest.mark.slow
def test_every_figure_s_window_is_governed_by_the_regime_that_the_config_predicts(resolved, compositions):
    """Two independent sources: the k_q of the config is the paper's, that of the table comes from the formulas."""
    table, compared = regimes_table(compositions, list(resolved["classes"])), 0
    for name, experiment in resolved["experiments"].items():
        for label, (class_name, description) in enumerate(resolved["classes"].items()):
            if class_name not in experiment["classes"]:
                continue
            measured, (w, b, gamma) = experiment["classes"][class_name], AT[name]
            duality = Duality(
                compositions[name], label, Gaussian(description["mean"], description["sd"]), Frozen(w, b, gamma)
            )
            rows = table[(table["experiment"] == name) & (table["class"] == class_name)]
            for quantity, k in measured["predicted"].items():
                if k is None:
                    continue
                of, sign = duality.of(quantity), SIGNS[measured["sign"]]
                windows = [
                    paper_window(of, WindowRule(measured["conditions"], sign, description["x2"], 3, 1e-6)),
                    observed_window(of, k, 0.1, sign, 1e-6),
                ]
                for window in windows:
                    if window is None or (quantity == "w_dot" and name in SHIFTED):
                        continue
                    governing = regimes_of(rows, of, window)
                    exponents = list(governing[EXPONENTS[quantity]])
                    assert exponents[0] == pytest.approx(k, abs=1e-12), (name, class_name, quantity)
                    # The observed window goes on until the exponent is off by 0.1, which may be into the next regime.
                    assert len(exponents) == 1 or window is windows[1], (name, class_name, quantity)
                    assert SIGNS[governing["sign"].iloc[0]] == sign
                    compared += 1
    assert compared == 2 * (10 + 10 + 6)  # k_q and k_b of all, k_w where the paper has a bare power law


def test_the_sign_of_probit_is_known():
    """Between -∞ and ∞ lies 0, where erf vanishes and no digit of it can be told."""
    probit = compose("(1 + erf(y/sqrt(2)))/2", "-(1 - x2)*log(1 - f) - x2*log(f)", [0, 1])
    signs = {regime.stretch.sign for label in (0, 1) for regime in regimes(probit, label) if regime.y_star == np.inf}
    assert signs == {"negative", "positive"}


def test_a_crossover_is_governed_by_no_single_regime(resolved, compositions):
    """Eq. 9.13 leaves x1 between |x̄| ≪ |x1| and |x1| ≪ 1: q̇ goes from 2/3 to 3/4 there, ẇ has 3/4."""
    experiment, (w, b, gamma) = resolved["experiments"]["relu_quartic"], AT["relu_quartic"]
    duality = Duality(compositions["relu_quartic"], 0, Gaussian(0, 0.25), Frozen(w, b, gamma))
    table = regimes_table({"relu_quartic": compositions["relu_quartic"]}, ["zeros", "ones"])
    rows, conditions = table[table["class"] == "zeros"], experiment["classes"]["zeros"]["variants"]["far"]
    exponents = {}
    for quantity in ("q_dot", "w_dot"):
        of = duality.of(quantity)
        governing = regimes_of(rows, of, paper_window(of, WindowRule(conditions, -1, 0, 3, 1e-6)))
        exponents[quantity] = [Fraction(k).limit_denominator(9) for k in sorted(governing[EXPONENTS[quantity]])]
    assert exponents == {"q_dot": [TWO_THIRDS, THREE_QUARTERS], "w_dot": [THREE_QUARTERS]}


def test_a_window_on_the_other_side_of_a_turning_point_has_another_regime(compositions):
    """Of sigmoid + squared loss 'zeros' the data beyond f = 2/3 run to y → ∞, where h ∝ exp(-y)."""
    duality = Duality(compositions["sigmoid_mse"], 0, Gaussian(0.8, 0.25), Frozen(16.0, -8.0, 0.1))
    table = regimes_table({"sigmoid_mse": compositions["sigmoid_mse"]}, ["zeros", "ones"])
    rows = table[table["class"] == "zeros"]
    window = paper_window(duality, WindowRule(["exp(-y) << 1"], -1, 0.0, 3, 1e-6))
    assert list(regimes_of(rows, duality, window)["y_star"]) == [np.inf]


@given(n=st.integers(3, 9), c=st.integers(-20, 20), denominator=st.integers(1, 4))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_zero_of_any_order(n, c, denominator):
    """H = |y - c|^n, n maybe a fraction: k_b = (n - 2)/(n - 1) on both sides of c, and k_w = (n - 1)/n far away."""
    power = Fraction(n, denominator) + 1  # above 1: h vanishes at c
    text = f"abs(f - ({c}))**({power.numerator}/{power.denominator})"
    table = regimes_table({"own": compose("y", text, [0.0])}, ["zeros"])
    at_zero, far = table[table["y_star"] == c], table[np.isinf(table["y_star"])]
    assert set(at_zero["side"]) == {-1, 1}
    assert set(at_zero["k_b_text"]) == set(at_zero["k_q_text"]) == {str((power - 2) / (power - 1))}
    assert set(far["k_w_text"]) == {str((power - 1) / power)}


@given(rate=st.fractions(Fraction(1, 8), 6, max_denominator=8), sign=st.sampled_from([-1, 1]))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_an_exponential_of_any_rate(rate, sign):
    """H = exp(a·y): all exponents are 1 at either end, and k_b = 1 exactly."""
    composition = compose("y", f"exp(({sign * rate.numerator}/{rate.denominator})*f)", [0.0])
    limits = [regime for regime in regimes(composition, 0) if np.isinf(regime.y_star)]
    assert [k(regime) for regime in limits] == [(1, 1, 1)] * 2
    assert all("k_b: exact" in regime.exponents.condition for regime in limits)


OWN = {
    "softplus, Huber": ("log(1 + exp(y))", HUBER),
    "tanh, squared": ("tanh(y)", "(f - x2)**2"),
    "softplus, Poisson": ("log(1 + exp(y))", "f - x2*log(f)"),
    "GELU, squared": (GELU, "(f - x2)**2"),
    "SiLU, quartic": ("y/(1 + exp(-y))", "(f - x2)**4"),
    "log cosh": ("y", "log(cosh(f - x2))"),
    "pseudo-Huber": ("y", "sqrt(1 + (f - x2)**2)"),
    "Cauchy": ("y", "log(1 + (f - x2)**2)"),
    "atan, squared": ("atan(y)", "(f - x2)**2"),
    "ReLU, 3/2": ("max(0, y)", "abs(f - x2)**(3/2)"),
    "sine, squared": ("sin(y)", "(f - x2)**2"),
    "expanded quartic": ("y", "f**4 - 4*f**3 + 6*f**2 - 4*f + 1"),
}


@pytest.fixture(params=OWN)
def own(request):
    composition = compose(*OWN[request.param], [0.0, 1.0])
    return composition, regimes_table({request.param: composition}, ["zeros", "ones"])


def test_k_b_is_the_local_exponent_of_the_map_in_doubles(own):
    """Deep in a regime h·h″/(h′)², from the generated NumPy functions, is the derived k_b, up to the next order."""
    composition, table = own
    compared = 0
    for row in table[np.isfinite(table["k_b"]) & table["y_star"].notna()].to_dict("records"):
        tail = row["h_leading"].partition("exp")
        if np.isfinite(row["y_star"]):
            y, next_order = row["y_star"] + row["side"] * 1e-5, 1e-3
        elif not tail[1]:
            y, next_order = np.sign(row["y_star"]) * 1e5, 2e-3
        elif "²)" in tail[2]:  # Gaussian: 2/y² at most; farther out 1 + erf(y) is 0 in doubles
            y, next_order = np.sign(row["y_star"]) * 5.0, 2 / 5.0**2
        else:  # with a factor |y|^m in front the next order is m/y²
            y, next_order = np.sign(row["y_star"]) * 16.0, 0.01 if "y" in tail[0] else 1e-6
        h, dh, d2h = (
            composition.function(order, ["zeros", "ones"].index(row["class"]))(np.array([y]))[0] for order in (1, 2, 3)
        )
        assert h * d2h / dh**2 == pytest.approx(row["k_b"], abs=next_order), row
        compared += 1
    assert compared >= 2


@pytest.mark.parametrize(("w", "b", "distance"), [(0.9, -0.3, 1e-3), (-1.4, 0.25, -1e-3), (0.5, 0.8, 2e-3)])
@pytest.mark.parametrize("loss", ["(f - x2)**2", "(f - x2)**4", "abs(f - x2)**3"])
def test_q_dot_near_a_zero_has_the_exponent_of_b_dot(w, b, distance, loss):
    """k_q = k_b where |x1 - x̄| ≪ 1, whatever x̄: not only where |x1| ≪ 1, as Eq. 8.32 has it."""
    composition = compose("y", loss, [1.0])
    k_q = {float(r.exponents.k_q) for r in regimes(composition, 0) if r.y_star == 1}
    duality = Duality(composition, 0, Gaussian(0, 1), Frozen(w, b, 0.1))
    local = duality.local_exponent(np.array([(1 - b) / w + distance]))
    assert len(k_q) == 1
    assert local[0] == pytest.approx(k_q.pop(), abs=10 * abs(distance))


@pytest.mark.parametrize("power", [2, 4])
def test_q_dot_far_away_gains_a_power_where_x1_is_large_and_none_where_it_is_small(power):
    """The two rows of y → ∞ (Eqs. 9.13, 9.16): |x1| ≫ 1 and |x̄| ≪ |x1| ≪ 1."""
    composition = compose("y", f"f**{power}", [0.0])
    large, small = (float(r.exponents.k_q) for r in regimes(composition, 0) if r.y_star == np.inf)
    duality = Duality(composition, 0, Gaussian(0, 1), Frozen(1.0, 0.0, 0.1))
    assert duality.local_exponent(np.array([1e4]))[0] == pytest.approx(large, abs=1e-6)
    assert duality.local_exponent(np.array([1e-4]))[0] == pytest.approx(small, abs=1e-6)


def test_q_dot_in_an_exponential_tail_needs_a_large_w_or_a_large_w_x1():
    """Eq. 8.15 asks for both; for q̇ either does, and neither is not enough."""
    composition = compose("y", "exp(f)", [0.0])
    exponents = {
        (w, x1): Duality(composition, 0, Gaussian(0, 1), Frozen(w, 0.0, 0.1)).local_exponent(np.array([x1]))[0]
        for w, x1 in [(1e3, 1e-3), (1.0, 300.0), (0.3, 0.1)]
    }
    assert exponents[1e3, 1e-3] == pytest.approx(1, abs=0.01)
    assert exponents[1.0, 300.0] == pytest.approx(1, abs=0.01)
    assert abs(exponents[0.3, 0.1] - 1) > 1


@pytest.mark.parametrize(
    ("activation", "loss", "label", "expected"),
    [
        (GELU, "(f - x2)**2", 1, "∝ |y|·exp(-0.5·y²)"),
        (GELU, "(f - x2)**2", 0, "∝ |y|·exp(-y²)"),
        ("y*(1 + tanh(y + 0.05*y**3))/2", "(f - x2)**2", 0, "ln|h| ~ -0.2·|y|³"),
        ("y/(1 + exp(-y))", "(f - x2)**2", 0, "∝ y²·exp(2·y)"),
        ("y*tanh(log(1 + exp(y)))", "(f - x2)**2", 0, "∝ y²·exp(2·y)"),
        ("1/(1 + exp(-y))", "-(1 - x2)*f**2*log(1 - f) - x2*(1 - f)**2*log(f)", 0, "∝ exp(3·y)"),
        ("1/(1 + exp(-1000*y))", "(f - x2)**2", 0, "∝ exp(2000·y)"),
        ("log(1 + exp(y))", "(f - x2)**64", 0, "∝ exp(64·y)"),
        ("exp(-exp(-y))", "(f - x2)**2", 0, "faster than any power"),
        ("1/(1 + y**2)", "(f - x2)**2", 0, "∝ 1/|y|⁵"),
    ],
)
def test_leading_terms_to_the_left_worked_out_by_hand(activation, loss, label, expected):
    """Tails in which a comparison of two precisions, or a naive limit, goes wrong or takes for ever."""
    limits = [r for r in regimes(compose(activation, loss, [0.0, 1.0]), label) if r.y_star == -np.inf]
    assert {regime.h_leading for regime in limits} == {expected}


def test_a_logarithm_has_no_limit_and_gets_no_exponent():
    """ln|y| in front of a power makes the local exponent converge like 1/ln|y|: nothing is claimed."""
    limits = [
        regime for regime in regimes(compose("y", "(1 + f**2)*log(1 + f**2)", [0.0]), 0) if np.isinf(regime.y_star)
    ]
    assert len(limits) == 2
    assert all(k(regime) == (None, None, None) for regime in limits)


def test_a_multiple_zero_is_found_through_cancellation():
    """y⁴ - 4y³ + 6y² - 4y + 1 = (y - 1)⁴ loses all digits of doubles at 1."""
    table = regimes_table({"own": compose(*OWN["expanded quartic"], [0.0])}, ["zeros"])
    assert set(table.loc[table["y_star"] == 1, "k_b_text"]) == {"2/3"}


def test_ends_of_pieces_are_exact_however_narrow_the_piece():
    """A guard of 10⁻⁷ makes a piece that no grid sees."""
    loss = "-(1 - x2)*log(1 - clip(f, e, 1 - e)) - x2*log(clip(f, e, 1 - e))"
    table = regimes_table({"own": compose("clip(y, 0, 1)", loss, [0.0], None, {"e": 1e-7})}, ["zeros"])
    (pole,) = table[table["y_star"] == 1].to_dict("records")
    assert (pole["y_low"], pole["y_high"]) == (1e-7, 1 - 1e-7)


def test_a_constant_h_has_no_power_law_of_b_dot():
    """|f - x2|: ẇ is linear in x1 on either side of the corner (Eq. 7.5), and ḃ takes two values."""
    limits = [regime for regime in regimes(compose("y", "abs(f - x2)", [1.0]), 0) if regime.stretch.sign]
    assert [(r.stretch.sign, *k(r)) for r in limits] == [("positive", None, 0, 0), ("negative", None, 0, 0)]


DESIGNS = ["0", "1/10", "3/10", "1/2", "2/3", "9/10", "19/20", "0.987", "1", "1.05", "1.1", "1.3", "3/2", "1.7", "2",
           "2.31", "5/2", "3", "3.7", "4", "5", "6.5", "7.77", "8"]  # fmt: skip


def designed(wanted, cap):
    """The composition of a designed h."""
    made = design(Fraction(wanted), Fraction(cap), (0, 1))
    return compose(made.activation, made.loss, (0, 1))


@pytest.mark.parametrize("cap", [2, 50, 1000, 10**6])
@pytest.mark.parametrize("wanted", [*DESIGNS, "1.01"])
def test_a_designed_h_has_its_exponent_up_to_its_cap(wanted, cap):
    """Where h reaches the cap, y is irrational, or farther out than corners are looked for, or next to h's pole.

    The pole is as near as 10⁻⁴³, and mostly a branch point: beyond it h is not real, and has no sign to be changed.
    For k = 1.01 it is at y = 100, farther out than the grid on which poles are looked for: it had no row.
    """
    k_b, power = Fraction(wanted), 1 - float(Fraction(wanted))
    of_zeros = regimes(designed(wanted, cap), 0)
    edge = np.log(cap) if k_b == 1 else (cap**power - 1) / power
    in_y = [regime for regime in of_zeros if not np.isnan(regime.y_star)]
    assert {regime.exponents.k_b for regime in in_y} == {k_b}
    assert all("limit" not in regime.exponents.condition for regime in of_zeros)
    singular = [regime for regime in in_y if np.isfinite(regime.y_star)]
    assert [(regime.y_star, regime.side) for regime in singular] == (
        [] if k_b == 1 else [(pytest.approx(-1 / power, rel=1e-12), 1 if k_b < 1 else -1)]
    )
    (constant,) = (
        regime.stretch for regime in of_zeros if "h constant" in regime.approach and regime.stretch.y_low > 0
    )
    assert (constant.y_low, constant.y_high) == (pytest.approx(edge, rel=1e-12), np.inf)


@pytest.mark.parametrize("wanted", DESIGNS)
def test_no_regime_of_a_designed_h_has_a_wrong_exponent(wanted):
    """Wherever a row's own conditions hold, with ≪ read as a factor of 1000, q̇ and ḃ have its exponents in doubles.

    Some w and b are looked for that bring the data there; a row that none of them reaches is told.
    """
    composition, much = designed(wanted, 50), 1000.0
    distances = np.geomspace(1e-7, 1e7, 2000)
    reached = 0
    for label in (0, 1):
        rows = [regime for regime in regimes(composition, label) if regime.exponents.k_b is not None]
        for regime in (row for row in rows if row.exponents.k_q is not None):
            test, compared = all_met(regime.exponents.formulas, much), 0
            for w, b in [(0.7, 0.3), (-0.7, 0.3), (5.0, -2.5), (-3e4, 1.0), (3e4, 1.0), (1e-3, 1e-7), (-1e-3, 1e-7)]:
                y_star = regime.y_star if np.isfinite(regime.y_star) else 0.0
                around = (np.concatenate([y_star - distances, y_star + distances]) - b) / w
                x1 = np.sort(np.concatenate([around, -distances, distances]))
                duality = Duality(composition, label, Gaussian(0, 1), Frozen(w, b, 0.1))
                x1 = x1[test(x1, duality.y(x1), w, b, float(label), 0.1)]
                x1 = x1[np.abs(duality.h(duality.y(x1))) > 1e-100]
                if not x1.size:
                    continue
                for quantity, k in (("q_dot", regime.exponents.k_q), ("b_dot", regime.exponents.k_b)):
                    local = duality.of(quantity).local_exponent(x1)
                    assert local == pytest.approx(float(k), abs=(4 + 4 * abs(float(k))) / much), regime
                    compared += x1.size
            assert compared > 10, regime
            reached += 1
    assert reached >= 2


def test_a_number_that_is_no_short_fraction_is_told_in_six_digits():
    """The cap's edge is rational for k = 8, with 22 digits in numerator and denominator."""
    (pole,) = (regime for regime in regimes(designed("8", 1000), 0) if np.isfinite(regime.y_star))
    assert pole.approach == "y → 1/7⁻ (beyond the edge at 0.142857)"
