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


def test_a_bin_in_which_the_density_ends_keeps_its_middle(random):
    """A uniform density that ends within the last bin is nowhere equal to its mean over it."""
    composition = compose("y", "f**2", [0.0])
    duality = Duality(
        composition, 0, density(ClassSettings(x2=0, distribution="uniform")), Frozen(-1.0, 1.0, 0.1), "b_dot"
    )
    histogram = extract(composition, {"only": random.uniform(size=100_000)}, duality.frozen).histogram
    last = density_curve(select(histogram, "only", "b_dot", "negative"), duality, -1, 100_000).iloc[-1]
    assert last["q_low"] < 0.2 < last["q_high"]
    assert last["q_dot"] == pytest.approx(np.sqrt(last["q_low"] * last["q_high"]))
