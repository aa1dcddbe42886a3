"""If these fail, what is measured on a window does not hang together."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from measured_results import equilibrium_at, fluctuations_of

from duality.config.settings import FitSettings, MeasuredClass
from duality.conventions import PAPER, QUANTITIES
from duality.dataset.density import Gaussian
from duality.exponents.measurement import Evidence, measure, measure_class
from duality.exponents.neighbourhood import Neighbourhood
from duality.exponents.sensitivity import sensitivity
from duality.fits.power_laws import Bootstrap
from duality.fluctuations.extraction import extract
from duality.formulas.compose import compose
from duality.jacobian.duality import Duality
from duality.jacobian.windows import WindowRule, WindowRules, find_windows, observed_window, paper_window
from duality.random_streams import generator
from duality.records.estimates import Frozen
from duality.records.exponents import DENSITY, RIVALS, SENSITIVITY
from duality.records.theory import REGIMES
from duality.theory.regimes import regimes_table

CONDITIONS = ["1/2 << abs(w*x1)", "abs(w) >> 1", "exp(y) << 1"]


def test_everything_measured_on_a_window_hangs_together(sigmoid_zeros, random):
    """One window, all numbers: intervals hold their estimates, and the weighted power law beats the bare one.

    It does so where the Jacobian is a power law to 2%; on the paper's window with M = 3 it does not.
    """
    duality, fluctuations = sigmoid_zeros
    window = observed_window(duality, 1.0, 0.02, -1, 1e-6)
    find = partial(observed_window, k=1.0, tolerance=0.02, sign=-1, tail=1e-6)
    equilibrium = equilibrium_at(16.0, -8.0)
    at = Neighbourhood.of(duality, window, find, equilibrium.errors, equilibrium.population)
    regimes = regimes_table({"sigmoid_mse": duality.composition}, ["zeros", "ones"])
    evidence = Evidence({}, fluctuations, None, equilibrium, regimes[regimes["class"] == "zeros"])
    found, rivals, profile = measure(at, fluctuations, evidence, Bootstrap(199, random))
    assert (found.theory.k, found.theory.approach) == (1.0, "y → -∞")
    for estimate in (found.jacobian.exponent, found.raw.exponent, found.corrected.exponent):
        low, high = estimate.interval
        assert low < estimate.value < high
    for fit in (found.raw, found.corrected):
        low, high = fit.bootstrap
        assert low < fit.exponent.value < high
        assert high - low == pytest.approx(2 * 1.96 * fit.fisher, rel=0.2)
        assert fit.exponent.se == pytest.approx(fit.budget.total)
        assert fit.population.z == pytest.approx((fit.exponent.value - fit.population.value) / fit.exponent.se, rel=0.1)
    assert found.duality.p_value > 0.01 > found.raw.ks_p_value
    low, high = 500 * np.log10([found.window.q_low, found.window.q_high])
    bins = fluctuations.bins("q_dot", "negative")
    inside = bins[(bins["bin"] >= low - 0.5) & (bins["bin"] < high - 0.5)]
    assert inside["count"].sum() == found.window.n
    below = np.cumsum(inside["count"]) / found.window.n
    middle = inside["bin"][(below >= 0.005) & (below <= 0.995)]
    cell = found.window.decades / 512
    assert found.window.decades_99 == pytest.approx((middle.max() - middle.min()) / 500, abs=2 * cell)
    weighted = next(row for row in rivals if row.rival.startswith("dataset-weighted"))
    assert weighted.log_likelihood_ratio < -100
    assert weighted.favours == weighted.rival
    assert found.shifted is profile is None


def test_too_few_fluctuations_are_not_fitted(sigmoid_zeros, random):
    duality, fluctuations = sigmoid_zeros
    window = paper_window(duality, WindowRule(CONDITIONS, -1, 0, 3, 1e-6))
    equilibrium = equilibrium_at(16.0, -8.0)
    none = replace(fluctuations, histogram=fluctuations.histogram.iloc[:0])
    evidence = Evidence({}, none, None, equilibrium, pd.DataFrame())
    at = Neighbourhood(duality, window, equilibrium.errors, [], [])
    assert measure(at, none, evidence, Bootstrap(99, random)) is None


def test_of_a_constant_b_dot_the_rest_is_measured(random, tmp_path):
    """Absolute error: dẇ/dx1 is constant, k_w = 0 exactly; ḃ has no exponent and does not stand in the way."""
    composition = compose("y", "abs(f - x2)", [0, 1])
    x1 = random.normal(0, 0.25, 100_000)
    duality = Duality(composition, 0, Gaussian(0.0, 0.25), Frozen(0.8, 0.08, 0.01))
    extracted = extract(composition, {"zeros": x1, "ones": x1[:0]}, duality.frozen)
    rule = WindowRule(["x1 > 1/10"], -1, 0, 3, 1e-6)
    measured = MeasuredClass(sign="negative", conditions=rule.conditions, predicted=dict.fromkeys(QUANTITIES), texts={})
    windows = find_windows(duality, rule, measured, 0.1)
    assert windows["b_dot"].windows[PAPER] is None
    REGIMES.write(regimes_table({"e": composition}, ["zeros", "ones"]), tmp_path / "regimes.csv")
    regimes = REGIMES.read(tmp_path / "regimes.csv")
    fluctuations, equilibrium = fluctuations_of(extracted, unseen=1.0), equilibrium_at(0.8, 0.08)
    evidence = Evidence(windows, fluctuations, None, equilibrium, regimes[regimes["class"] == "zeros"])
    tests = FitSettings(cells=50, bootstrap=99, sensitivity=[2.0, 3.0])
    found, tables = measure_class(
        duality, WindowRules(rule, measured, 0.1), evidence, tests, lambda *key: generator(1, *key)
    )
    b_dot, w_dot, q_dot = (found.quantities[name][PAPER] for name in ("b_dot", "w_dot", "q_dot"))
    assert b_dot is None
    assert w_dot.jacobian.exponent.value == pytest.approx(0, abs=1e-9)
    assert w_dot.theory.text == "0"
    assert abs(w_dot.corrected.exponent.value) < 4 * w_dot.corrected.exponent.se
    assert q_dot.duality.p_value > 0.005
    assert found.goodness_of_fit.p_value > 0.001
    assert set(tables["rivals"]["quantity"]) == set(QUANTITIES) - {"b_dot"}
    sensitivities = sensitivity(duality, rule, tests.sensitivity, evidence)
    for table, part in ((RIVALS, tables["rivals"]), (SENSITIVITY, sensitivities), (DENSITY, tables["density"])):
        table.write_classes({"zeros": part}, tmp_path / "table.csv")
        assert len(table.read(tmp_path / "table.csv")) == len(part) > 0
