"""If these fail, the window of a regime is where its exponent does not hold, or is not where it does."""

from functools import cache

import numpy as np
import pytest

from duality.dataset.density import Gaussian
from duality.formulas.compose import compose
from duality.formulas.conditions import all_met
from duality.jacobian.duality import Duality
from duality.records.estimates import Frozen
from duality.theory.regimes import regimes

COMPOSITIONS = {
    "softplus": ("log(1 + exp(y))", "(f - x2)**2"),
    "gelu": ("y*(1 + erf(y/sqrt(2)))/2", "(f - x2)**2"),
    "softsign": ("y/(1 + abs(y))", "(f - x2)**2"),
    "tanh": ("tanh(y)", "(f - x2)**2"),
    "quartic": ("max(0, y)", "(f - x2)**4"),
    "exponential": ("y", "exp((1 - 2*x2)*f)"),
    "logarithmic": ("clip(y, 0, 1)", "-(1 - x2)*log(1 - clip(f, 1/10, 9/10)) - x2*log(clip(f, 1/10, 9/10))"),
}
FROZEN = Frozen(5.0, -2.0, 0.01)
FAR = np.geomspace(3, 1000, 2000)
X1 = np.unique(np.concatenate([np.linspace(-3, 3, 60001), FAR, -FAR]))


@cache
def derived(name):
    """The composition and its regimes, by label."""
    composition = compose(*COMPOSITIONS[name], [0, 1])
    return composition, [regimes(composition, label) for label in (0, 1)]


def corrections(name, much_less_than, k="k_q"):
    """How far local exponents are from the derived ones, the farthest of each regime's window in y, by regime."""
    (composition, of_labels), found = derived(name), {}
    for label, limits in enumerate(of_labels):
        duality = Duality(composition, label, Gaussian(0, 1), FROZEN, "q_dot" if k == "k_q" else "b_dot")
        for regime in limits:
            exponent = getattr(regime.exponents, k)
            if not regime.exponents.formulas or regime.exponents.k_b is None or exponent is None:
                continue
            met = all_met(regime.exponents.formulas, much_less_than)
            inside = met(X1, duality.y(X1), FROZEN.w, FROZEN.b, float(label), FROZEN.gamma)
            with np.errstate(all="ignore"):  # far out, where h is 0 or infinite in doubles
                local = duality.local_exponent(X1[inside])
            local = local[np.isfinite(local)]
            if local.size:
                found[label, regime.approach, str(exponent)] = np.abs(local - float(exponent)).max()
    return found


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_corrections_are_as_small_as_the_conditions_ask(name):
    """M is what they are divided by: each of the few is at most 1/M, or a small multiple of it in an exponential."""
    for much_less_than in (10, 40):
        for k in ("k_q", "k_b"):
            found = corrections(name, much_less_than, k)
            assert found
            for (label, regime, exponent), off in found.items():
                most = 3 if exponent == "1" else 1.5
                assert off < most / much_less_than, (label, regime)


def test_a_window_reaches_as_far_as_its_conditions_allow():
    """Or conditions that nothing meets, and that hold nowhere, would pass."""
    for name, fewest in (("softplus", 4), ("gelu", 6), ("softsign", 5), ("tanh", 4), ("exponential", 2)):
        found = corrections(name, 10)
        assert len(found) >= fewest, (name, found)
    assert max(corrections("gelu", 10).values()) > 0.05  # the end of a window is where a correction is 1/M


def test_another_exponent_is_not_within_the_corrections():
    """A planted fault: the window of k = 0 of GELU, taken for that of k = 1."""
    assert all(abs(off - 1) > 0.3 for off in corrections("gelu", 10).values())
