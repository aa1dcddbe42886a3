"""If these fail, all sections speak of other compositions, classes or exponents than the paper and the config do."""

import importlib
import pkgutil
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from duality import derivations
from duality.dataset.density import Gaussian
from duality.derivations import vocabulary as paper
from duality.derivations.asymptotics import MUCH_LESS_THAN
from duality.derivations.vocabulary import X1, composition_for, local_exponent, shifted_exponent, sigmoid_case
from duality.formulas.compose import compose
from duality.formulas.parsing import ACTIVATION_SYMBOLS, LOSS_SYMBOLS, parse_expression
from duality.formulas.stable import Y
from duality.jacobian.duality import Duality
from duality.records.estimates import Frozen

CONFIG = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text())

magnitudes = st.floats(0.2, 3.0)
signed = st.floats(0.2, 3.0) | st.floats(-3.0, -0.2)


def test_formulas_are_those_of_the_config():
    """If they differed, the checks would be about compositions that the workflow does not run."""
    activations = {"sigmoid": paper.SIGMOID, "relu": paper.RELU, "ramp": paper.RAMP}
    for name, text in activations.items():
        given_text = CONFIG["activations"][name]["f"]
        assert parse_expression(given_text, ACTIVATION_SYMBOLS) == parse_expression(text, ACTIVATION_SYMBOLS)
    losses = {
        "squared": paper.SQUARED,
        "cross_entropy": paper.CROSS_ENTROPY,
        "quartic": paper.QUARTIC,
        "guarded_cross_entropy": paper.GUARDED_CROSS_ENTROPY,
    }
    for name, text in losses.items():
        guard = CONFIG["losses"][name].get("parameters")
        assert guard in (None, {"epsilon": 0.001})
        both = [parse_expression(formula, LOSS_SYMBOLS, guard) for formula in (CONFIG["losses"][name]["H"], text)]
        assert both[0] == both[1]
    classes = CONFIG["classes"].values()
    assert [c["mean"] for c in classes] == list(map(float, paper.MEANS))
    assert {c["sd"] for c in classes} == {float(paper.SD)}
    assert [c["x2"] for c in classes] == list(paper.LABELS)
    assert CONFIG["statistics"]["much_less_than"] == MUCH_LESS_THAN


def test_a_symbol_has_one_name():
    """A section that made its own γ or w would compute with a symbol that the other sections do not know."""
    taken = {str(symbol) for symbol in (X1, paper.W, paper.B, paper.GAMMA, paper.X2, paper.MU, paper.SIGMA)}
    seen = set()
    for info in pkgutil.iter_modules(derivations.__path__):
        module = importlib.import_module(f"duality.derivations.{info.name}")
        for name, value in vars(module).items():
            if isinstance(value, sp.Symbol) and str(value) in taken:
                seen.add(str(value))
                assert value == paper.W_POSITIVE or value is getattr(paper, name), (info.name, name)
    assert seen == taken


@given(p=st.fractions(-3, 4, max_denominator=6).filter(lambda p: p not in (0, 1)), s=magnitudes, c=signed)
@settings(max_examples=20, deadline=None)
def test_exponents_of_known_power_laws(p, s, c):
    """(x1 + s)^p + c obeys a power law with k = 1 - 1/p exactly; without the shift c so does its local exponent."""
    power = (X1 + sp.Rational(repr(s))) ** sp.Rational(p.numerator, p.denominator)
    expected = float(1 - 1 / p)
    assert float(shifted_exponent(power + sp.Rational(repr(c))).subs(X1, 1)) == pytest.approx(expected, abs=1e-9)
    assert float(local_exponent(power).subs(X1, 1)) == pytest.approx(expected, abs=1e-9)


def test_shifted_exponent_tells_power_laws_from_others():
    """The exact k_w of Sec. 7 would be found for functions that have none."""
    assert shifted_exponent((3 * X1 + 1) ** 3 - 5) == sp.Rational(2, 3)
    assert shifted_exponent(sp.exp(2 * X1) + 7) == 1
    assert shifted_exponent(1 / (2 - X1)) == 2
    assert shifted_exponent(X1 * sp.exp(X1)) is None
    assert local_exponent((3 * X1 + 1) ** 3) == sp.Rational(2, 3)


def test_the_exponent_of_q_dot_is_that_of_its_root():
    """`local_exponent` works with the square: for q̇, given as a root, it must be q̇·q̇″/q̇′² all the same."""
    q_dot = paper.q_dot(Y**3 + Y).subs({paper.W: 2, paper.B: 1, paper.GAMMA: 1})
    direct = q_dot * q_dot.diff(X1, 2) / q_dot.diff(X1) ** 2
    assert float(local_exponent(q_dot).subs(X1, 0.3)) == pytest.approx(float(direct.subs(X1, 0.3)), rel=1e-12)


def on_the_library(k: sp.Rational) -> Duality:
    """The composition for k as a config would have it: identity activation, the formula as loss."""
    formula = str(composition_for(k).subs(Y, sp.Symbol("f", real=True)))
    return Duality(compose("y", formula, [0]), 0, Gaussian(1.0, 0.25), Frozen(1.5, 4.0, 0.1))


rationals = st.fractions(-4, 5, max_denominator=6).map(lambda value: sp.Rational(value.numerator, value.denominator))


@settings(max_examples=60, deadline=None)
@given(rationals)
def test_composition_for_gives_its_exponent(k):
    """For any k: |dḃ/dx1| by |ḃ| is a straight line of slope k in logarithms, through the library's own kernels."""
    duality = on_the_library(k)
    x1 = np.linspace(0, 2, 33)
    y = duality.y(x1)
    h, dh, d2h = duality.h(y), duality.dh(y), duality.d2h(y)
    assert np.all(h > 0)
    assert h * d2h / dh**2 == pytest.approx(float(k), abs=1e-9)
    b_dot, slope = np.log(np.abs(duality.b_dot(x1))), np.log(0.1 * 1.5 * np.abs(dh))
    if k == 0:
        assert np.ptp(slope) < 1e-12
    else:
        assert np.polyfit(b_dot, slope, 1)[0] == pytest.approx(float(k), abs=1e-6)


@pytest.mark.parametrize(("k", "H"), [(0, Y**2 / 2), (1, sp.exp(Y)), (2, sp.log(Y)), (sp.Rational(2, 3), Y**4 / 4)])
def test_known_compositions(k, H):
    """Quadratic, exponential, logarithmic and quartic: k_b = 0, 1, 2, 2/3."""
    assert sp.simplify(composition_for(k) - H) == 0


def test_a_float_means_its_digits():
    """composition_for(0.5) would carry the binary expansion of a number into its formula."""
    assert composition_for(0.5) == composition_for(sp.Rational(1, 2)) == Y**3 / 3


@pytest.mark.parametrize("label", [0, 1])
def test_the_equilibrium_of_the_checks_is_the_optimum(label):
    """The checks would use parameters of no meaning: at the optimum the mean step of both classes vanishes."""
    total = np.zeros(2)
    for one in (0, 1):
        duality = Duality(*sigmoid_case(one))
        x1 = np.linspace(*(paper.DENSITIES[one].mean + sign * 8 * paper.DENSITIES[one].sd for sign in (-1, 1)), 4001)
        b_dot = duality.b_dot(x1) * duality.density.pdf(x1)
        total += [np.trapezoid(x1**power * b_dot, x1) for power in (0, 1)]
    assert total == pytest.approx(0, abs=1e-12)
    assert Duality(*sigmoid_case(label)).label == label
