"""If these fail, a wrong Jacobian would pass the tests of the duality that the default run makes."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from duality.config.settings import MeasuredClass
from duality.dataset.density import Gaussian
from duality.exponents.goodness_of_fit import chi_squared, kolmogorov_smirnov
from duality.fits.histogram import window_statistics
from duality.fits.power_laws import Bootstrap
from duality.jacobian.duality import Duality
from duality.jacobian.windows import WindowRule, paper_window
from duality.records.estimates import DETECTION_LEVEL, DETECTION_POWER, Frozen
from duality.records.fluctuations import BINS_PER_DECADE, bin_edges
from duality.records.record import convert

SAMPLES, CELLS = 2**21, 100  # of a class in a shard, and of the test, in the default run
# w, b and γ near the equilibria of the default run, and the sign of each class
AT = {
    "sigmoid_mse": (16.0, -8.0, 0.1),
    "sigmoid_cross_entropy": (16.0, -8.0, 0.04),
    "relu_mse": (0.93, -0.015, 0.01),
    "piecewise_linear_cross_entropy": (2.38, -0.69, 0.001),
    "relu_quartic": (0.82, 0.081, 0.01),
}
SIGN = (-1, 1)
CASES = [(name, label) for name in AT for label in (0, 1)]


class Multiplied(Duality):
    """The Jacobian times 7(1 + x1²)."""

    def jacobian(self, x1):
        return super().jacobian(x1) * 7 * (1 + x1**2)


class WrongSign(Duality):
    """w·h′·s - h·x1/s."""

    def jacobian(self, x1):
        s, ds, _ = self.factor(x1)
        h, dh = self.h(self.y(x1)), self.dh(self.y(x1))
        return self.gamma * np.sign(h * s) * (self.w * dh * s - h * ds)


class WrongW(Duality):
    """1.01·w·h′·s + h·x1/s."""

    def jacobian(self, x1):
        h = self.h(self.y(x1))
        return super().jacobian(x1) + 0.01 * self.gamma * np.sign(h) * self.w * self.dh(self.y(x1)) * self.factor(x1)[0]


class Dropped(Duality):
    """Without the branch of a sign that the fewest samples are on."""

    @property
    def branches(self):
        def probability(branch):
            return np.ptp(self.density.cdf(np.array([branch.left, branch.right])))

        signs = [branch.sign for branch in super().branches]
        fewest = min((branch for branch in super().branches if signs.count(branch.sign) > 1), key=probability)
        return tuple(branch for branch in super().branches if branch != fewest)


class Tilted(Duality):
    """The Jacobian times factor·(q̇/q̇0)^tilt, in a test that is made again and again."""

    factor_of_all, tilt, q0 = 1.0, 0.0, 1.0

    def jacobian(self, x1):
        return super().jacobian(x1) * self.factor_of_all * (self.magnitude(x1) / self.q0) ** self.tilt

    @cache  # noqa: B019
    def _probability(self, edges, sign):
        return super().probability(np.array(edges), sign)

    def probability(self, edges, sign):
        return self._probability(tuple(edges), sign)

    @cache  # noqa: B019
    def _preimage_probability(self, edges, sign):
        return super().preimage_probability(np.array(edges), sign)

    def preimage_probability(self, edges, sign):
        return self._preimage_probability(tuple(edges), sign)

    __hash__ = object.__hash__


def faulty(fault, right):
    """The map with a planted fault in its Jacobian: what is a branch, but for one dropped, is as it was."""
    made = fault(right.composition, right.label, right.density, right.frozen)
    if fault is not Dropped:
        made.__dict__["branches"] = right.branches
    return made


def bins_of(duality, sign):
    """The fine bins of |q̇| that a sign has, and the edges of them."""
    branches = [branch for branch in duality.branches if branch.sign == sign]
    first = int(np.floor(np.log10(min(branch.q_low for branch in branches)) * BINS_PER_DECADE))
    last = int(np.ceil(np.log10(max(branch.q_high for branch in branches)) * BINS_PER_DECADE))
    return np.arange(first, last), bin_edges(first, last)


def histogram(bins, counts):
    log = bins * np.log(10) / BINS_PER_DECADE
    return pd.DataFrame({"bin": bins, "count": counts, "sum_log": counts * log, "sum_log2": counts * log**2})


@pytest.fixture
def case(request, compositions):
    """The right map of a case of the parameters, its sign, and the counts that the class's cdf expects, rounded."""
    name, label = request.param
    duality, sign = Duality(compositions[name], label, Gaussian(float(label), 0.25), Frozen(*AT[name])), SIGN[label]
    bins, edges = bins_of(duality, sign)
    cumulative = np.cumsum(duality.preimage_probability(edges, sign))
    return duality, sign, histogram(bins, np.diff(np.round(SAMPLES * cumulative), prepend=0.0).astype(int))


@pytest.mark.parametrize("case", CASES, indirect=True)
def test_the_right_density_passes_and_each_fault_is_rejected(case):
    """Of w·1.01 on a ramp, which one sample in eight is on, the fraction tells; all others are seen by the cells."""
    duality, sign, bins = case
    right = chi_squared(bins, duality, sign, SAMPLES, CELLS)
    assert min(right.p_value, right.fraction_p_value) > 0.99
    for fault in (Multiplied, WrongSign, WrongW):
        found = chi_squared(bins, faulty(fault, duality), sign, SAMPLES, CELLS)
        assert min(found.p_value, found.fraction_p_value) < 1e-5, fault


@pytest.mark.parametrize("case", [("sigmoid_mse", 0), ("sigmoid_mse", 1), ("sigmoid_cross_entropy", 1)], indirect=True)
def test_a_dropped_branch_is_rejected(case):
    """Of the cross-entropy's smallest branch there are 73 samples."""
    duality, sign, bins = case
    found = chi_squared(bins, faulty(Dropped, duality), sign, SAMPLES, CELLS)
    assert min(found.p_value, found.fraction_p_value) < 1e-6


@pytest.mark.parametrize(
    ("case", "fault"),
    [
        *((case, Multiplied) for case in CASES[:6]),
        (("relu_quartic", 1), Multiplied),
        *((case, WrongSign) for case in (CASES[2], *CASES[4:6], ("relu_quartic", 1))),
    ],
    indirect=["case"],
)
def test_on_windows_of_the_paper_the_shape_of_a_fault_is_rejected(case, fault, request, resolved, random):
    """The other windows are too narrow for it. A constant factor has no shape, and 1.01·w hardly one: χ² sees them."""
    duality, sign, bins = case
    name, label = request.node.callspec.params["case"]
    classes = convert(resolved["experiments"][name]["classes"], dict[str, MeasuredClass], name)
    window = paper_window(duality, WindowRule(classes[("zeros", "ones")[label]].conditions, sign, label, 3, 1e-6))
    statistics = window_statistics(bins, window.q_low, window.q_high)
    assert kolmogorov_smirnov(statistics, duality, sign, Bootstrap(199, random)).p_value > 0.99
    assert kolmogorov_smirnov(statistics, faulty(fault, duality), sign, Bootstrap(199, random)).p_value <= 0.01


@pytest.mark.slow
@pytest.mark.parametrize("case", [("relu_quartic", 0), ("piecewise_linear_cross_entropy", 1)], indirect=True)
@pytest.mark.parametrize(("what", "side"), [("factor", 1), ("factor", -1), ("tilt", 1), ("tilt", -1)])
def test_the_detectable_fault_is_detected_as_often_as_is_said(case, what, side, random):
    """And half of it is not: in simulated data sets of the default run's size."""
    duality, sign, _ = case
    bins, edges = bins_of(duality, sign)
    probability = duality.preimage_probability(edges, sign)
    found = chi_squared(histogram(bins, SAMPLES * probability), duality, sign, SAMPLES, CELLS)
    shares = []
    for part in (1.0, 0.5):
        wrong = faulty(Tilted, duality)
        fault = {}
        if what == "factor":
            fault["factor_of_all"] = found.detectable_factor ** (side * part)
        else:
            middle = np.average(np.log(edges[1:] * edges[:-1]) / 2, weights=probability)
            fault |= {"tilt": side * part * found.detectable_tilt, "q0": np.exp(middle)}
        for name, value in fault.items():
            object.__setattr__(wrong, name, value)
        rejected = 0
        for counts in random.multinomial(SAMPLES, np.append(probability, 1 - probability.sum()), size=200):
            test = chi_squared(histogram(bins, counts[:-1]), wrong, sign, SAMPLES, CELLS)
            rejected += (test.fraction_p_value if what == "factor" else test.p_value) < DETECTION_LEVEL
        shares.append(rejected / 200)
    assert shares[0] == pytest.approx(DETECTION_POWER, abs=0.04)
    assert shares[1] < 0.5
