"""If these fail, points of a density stand where it is not."""

import numpy as np
import pytest

from duality.dataset.density import ClassSettings, density
from duality.exponents.density_curve import density_curve
from duality.fits.histogram import select
from duality.fluctuations.extraction import extract
from duality.formulas.compose import compose
from duality.jacobian.duality import Duality
from duality.records.estimates import Frozen

GAMMA = 0.09


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
    duality = Duality(composition, 0, density(ClassSettings(x2=0, distribution="uniform")), Frozen(w, b, 0.1), "b_dot")
    x1 = random.uniform(size=1000)
    histogram = extract(composition, {"only": x1}, duality.frozen).histogram
    sign = 1 if k == 1 else -1
    bins = select(histogram, "only", "b_dot", "positive" if k == 1 else "negative")
    curve = density_curve(bins, duality, sign, x1.size)
    assert (curve["q_high"] / curve["q_low"]).max() > 3
    assert curve["q_dot"].between(curve["q_low"], curve["q_high"]).all()
    assert duality.pdf(curve["q_dot"].to_numpy(), sign) == pytest.approx(curve["exact"].to_numpy(), rel=0.01)
    assert np.all(np.abs(curve["density"] - curve["exact"]) < 4 * curve["se"])


def uniform_from(low):
    """ḃ = -γ·y for y = 1 - (1 - low)·x1, x1 uniform: |ḃ| is uniform from γ·low to γ, and γ is the end of no bin."""
    own = density(ClassSettings(x2=0, distribution="uniform"))
    return Duality(compose("y", "f**2/2", [0.0]), 0, own, Frozen(low - 1.0, 1.0, GAMMA), "b_dot")


def curve_of(duality, x1, window=None):
    histogram = extract(duality.composition, {"only": x1}, duality.frozen).histogram
    return density_curve(select(histogram, "only", "b_dot", "negative"), duality, -1, x1.size, window)


@pytest.mark.parametrize("window", [None, (0.062, 0.064)])
@pytest.mark.parametrize("low", [0.61, 0.61 * 10**-0.03])
def test_bins_end_where_the_density_does(random, low, window):
    """A mean over what lies beyond the support too would be too low at its ends, as measured and as exact."""
    duality = uniform_from(low)
    curve = curve_of(duality, random.uniform(size=100_000), window)
    level = 1 / (GAMMA - GAMMA * low)
    assert curve["q_low"].iloc[0] == pytest.approx(GAMMA * low)
    assert curve["q_high"].iloc[-1] == pytest.approx(GAMMA)
    assert curve["exact"].to_numpy() == pytest.approx(level, rel=1e-6)
    assert np.all(np.abs(curve["density"] - level) < 4.5 * curve["se"])
    width = curve["q_high"] - curve["q_low"]
    assert (curve["density"] * width).sum() == pytest.approx(1)
    assert curve["se"].to_numpy() == pytest.approx(np.sqrt(curve["count"]) / (100_000 * width))
    assert curve["q_dot"].between(curve["q_low"], curve["q_high"]).all()


def test_a_window_is_resolved_however_narrow(random):
    """Else a density that falls in it looks level, or is one point."""
    x1, duality = random.uniform(size=100_000), uniform_from(0.2)
    for decades, least in ((0.3, 5), (0.054, 5), (0.012, 5)):
        low, high = 0.05 * 10 ** (-decades / 2), 0.05 * 10 ** (decades / 2)
        curve = curve_of(duality, x1, (low, high))
        within = curve["q_low"].ge(low * 0.999) & curve["q_high"].le(high * 1.001)
        assert within.sum() >= least - 1
        assert curve["count"].sum() == x1.size
        assert (curve["q_low"].iloc[1:].to_numpy() == curve["q_high"].iloc[:-1].to_numpy()).all()
        beside = curve["q_high"].lt(low / 10**0.4)
        coarse = np.log10(curve["q_high"] / curve["q_low"])[beside].iloc[1:]
        assert coarse.to_numpy() == pytest.approx(0.05)
