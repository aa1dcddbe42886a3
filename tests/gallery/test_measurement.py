"""If these fail, the gallery derives other regimes than are known, plans a training that cannot be, or hides why."""

import copy

import mpmath
import numpy as np
import pytest
import sympy as sp
from conftest import ROOT

from duality.config.gallery import read_gallery, resolve_gallery
from duality.config.sweeps import resolved_point
from duality.dataset.density import densities
from duality.dataset.model import Model
from duality.formulas.compose import compose
from duality.formulas.kernels import scalar_kernel
from duality.formulas.stable import Y
from duality.gallery.measurement import limits_of
from duality.training.plan import training_settings
from duality.training.population import population_optimum

# What is known of each: every k_q of the class 'ones' where h is no constant.
KNOWN = {
    "tanh": {"1"},
    "logistic": {"1"},
    "exponential": {"1"},
    "focal": {"1"},
    "tsallis": {"1"},
    "hinge": set(),
    "squared_hinge": {"0", "1/2"},
    "huber": {"0"},
    "softplus": {"0", "1/2", "1"},
    "gelu": {"0", "1/2", "1"},
    "silu": {"0", "1/2", "1"},
    "softsign": {"4/3", "3/2", "2"},
}
ULP = 2.0**-52


@pytest.fixture(scope="module")
def models(shipped, schema):
    """By entry, its model and its point."""
    found = {}
    for name, entry in resolve_gallery(copy.deepcopy(shipped), read_gallery(ROOT / "gallery"), schema).items():
        point = resolved_point(entry)
        found[name] = Model(compose(**point["composition"]), densities(point["classes"])), point
    return found


@pytest.mark.parametrize("entry", KNOWN)
def test_derived_exponents_are_the_known_ones(models, entry):
    model, _ = models[entry]
    limits = [regime for name, regime in limits_of(model) if name == "ones"]
    assert limits
    assert {str(regime.exponents.k_q) for regime in limits if regime.exponents.k_b is not None} == KNOWN[entry]


def test_both_ends_of_an_exponential_are_one_regime(models):
    limits = limits_of(models["exponential"][0])
    assert [(name, regime.approach) for name, regime in limits] == [
        ("zeros", "y → -∞; y → ∞"),
        ("ones", "y → -∞; y → ∞"),
    ]


@pytest.mark.parametrize("entry", KNOWN)
def test_training_plans_itself(models, entry):
    """Around the optimum, at a γ at which w fluctuates by a few percent, in steps that take seconds."""
    model, point = models[entry]
    settings, optimum = training_settings(model, point["training"]), population_optimum(model, [2.0, -1.0]).optimum
    for (low, high), value in zip((settings.start.w, settings.start.b), optimum, strict=True):
        assert low < value < high
    assert optimum[0] > 0
    assert settings.steps < 10**8


@pytest.mark.parametrize("entry", ["gelu", "softplus", "focal", "tsallis"])  # of functions that no other test has
def test_kernels_are_exact_to_a_few_ulp(models, entry):
    """Fluctuations in the tails are no rounding noise, whatever the composition."""
    model, _ = models[entry]
    y = np.concatenate([np.linspace(-12, 12, 25) + 1e-3 / 3, [-1e-9, 1e-9]])
    expressions = model.composition.derivative(1)
    kernel = scalar_kernel(expressions)
    for label, expression in enumerate(expressions):
        with mpmath.workdps(60):
            exact = sp.lambdify(Y, expression, "mpmath")
            slope = sp.lambdify(Y, expression.diff(Y), "mpmath")
            for at in y:
                value = mpmath.mpf(exact(mpmath.mpf(float(at))))
                condition = 1 + (abs(mpmath.mpf(float(at)) * slope(mpmath.mpf(float(at))) / value) if value else 0)
                assert abs(kernel(float(at), label) - value) <= 6 * ULP * condition * abs(value), (label, at)
