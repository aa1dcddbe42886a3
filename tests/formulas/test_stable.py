"""If these fail, fluctuations in the tails are rounding noise: kernels against mpmath at 50 digits."""

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from duality.formulas.compose import compose
from duality.formulas.kernels import exponential, scalar_kernel
from duality.formulas.stable import Y, array_function

ULP = 2.0**-52
FEW = 4
EXPERIMENTS = ["sigmoid_mse", "sigmoid_cross_entropy", "relu_mse", "piecewise_linear_cross_entropy", "relu_quartic"]


def exact(expression, y, digits=50):
    """The expression by mpmath."""
    with mpmath.workdps(digits):
        function = sp.lambdify(Y, expression, "mpmath")
        return [function(mpmath.mpf(float(value))) for value in y]


def errors_in_ulp(values, reference):
    return np.array(
        [
            0.0 if v == r else float(abs((mpmath.mpf(float(v)) - r) / r)) / ULP if r else np.inf
            for v, r in zip(values, reference, strict=True)
        ]
    )


def reached(name):
    """y as far as the data reach, and beyond, and close to the corners."""
    if name.startswith("sigmoid"):
        return np.concatenate([np.linspace(-40, 40, 401), [-1e-9, 1e-9, 0.6931471805599453]])
    return np.concatenate([np.linspace(-6, 9, 400) + 1e-3 / 3, [1e-12, 1 - 1e-12, 1 + 1e-12, 0.0011, 0.9989]])


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_h_is_exact_to_a_few_ulp_over_all_that_the_data_reach(experiment, label, backend, compositions):
    composition, y = compositions[experiment], reached(experiment)
    expressions = composition.derivative(1)
    if backend == "numpy":
        values = array_function(expressions[label])(y)
    else:
        kernel = scalar_kernel(expressions)
        values = np.array([kernel(value, label) for value in y])
    errors = errors_in_ulp(values, exact(expressions[label], y))
    assert errors.max() <= FEW, f"{errors.max():.1f} ULP at y = {y[errors.argmax()]}"


@pytest.mark.parametrize("order", [0, 2, 3])
@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_loss_and_higher_derivatives_are_as_exact_as_their_condition_allows(experiment, order, compositions):
    """Near a zero of the function, a rounding of y itself changes the value by y·g′/g ULP: more nobody can ask."""
    composition, y = compositions[experiment], reached(experiment)
    for expression in composition.derivative(order):
        reference = exact(expression, y)
        slope = exact(expression.diff(Y), y)
        condition = np.array(
            [1 + float(abs(v * s / r)) if r else 1.0 for v, s, r in zip(y, slope, reference, strict=True)]
        )
        errors = errors_in_ulp(array_function(expression)(y), reference)
        assert np.all(errors <= 2 * FEW * condition)


@pytest.mark.parametrize(
    ("activation", "loss", "curvature"),
    [
        ("log(1 + exp(y))", "Piecewise(((f - x2)**2/2, abs(f - x2) <= 0.5), (0.5*(abs(f - x2) - 0.25), True))", 1),
        ("tanh(y)", "(f - x2)**2", 2),
        ("y/(1 + exp(-y))", "(f - x2)**2", 2),
        ("atan(y)", "(f - x2)**4", 80),
        ("exp(-y**2)", "(f - x2)**2", 2),
        ("y*(1 + erf(y/sqrt(2)))/2", "(f - x2)**2", 2),
        ("y*(1 + tanh(0.798*(y + 0.0447*y**3)))/2", "(f - x2)**2", 2),
    ],
    ids=["softplus-huber", "tanh-squared", "swish-squared", "atan-quartic", "gauss-squared", "gelu", "gelu-by-tanh"],
)
def test_compositions_of_one_s_own_are_as_exact_as_their_condition_allows(activation, loss, curvature):
    """A rounding of y changes h by y·h′, one of f by f′·∂²H/∂f² (at most `curvature`): more nobody can ask."""
    y = np.linspace(-8, 8, 201) + 1 / 3
    composition = compose(activation, loss, [0, 1])
    f, slope_of_f = (np.array([float(v) for v in exact(e, y)]) for e in (composition.f, composition.f.diff(Y)))
    for expression in composition.derivative(1):
        reference = exact(expression, y)
        slope = np.array([float(v) for v in exact(expression.diff(Y), y)])
        error = [
            float(abs(mpmath.mpf(float(v)) - r)) for v, r in zip(array_function(expression)(y), reference, strict=True)
        ]
        allowed = np.abs([float(r) for r in reference]) + np.abs(y * slope)
        allowed += curvature * np.abs(slope_of_f) * np.maximum(np.abs(f), 1)
        assert np.all(np.array(error) <= FEW * ULP * allowed)


@pytest.mark.parametrize("activation", ["1/(1 + exp(-y))", "tanh(y)", "y/(1 + exp(-y))"])
def test_differences_inside_functions_keep_their_digits_too(activation):
    """h of log cosh is tanh(f - x2)·f′: with f within rounding of x2 it would be 0, the sample dead."""
    y = np.array([-38.0, -30.0, -15.0, -2.3, 0.2, 2.3, 15.0, 30.0, 38.0])
    for expression in compose(activation, "log(cosh(f - x2))", [0, 1]).derivative(1):
        assert np.all(errors_in_ulp(array_function(expression)(y), exact(expression, y)) <= 2 * FEW)


@pytest.mark.parametrize("activation", ["(1 + erf(y/sqrt(2)))/2", "(1 - erf(y**3))/2", "(1 + tanh(y + y**3))/2"])
def test_tails_of_saturating_functions_keep_their_digits(activation):
    """To a few roundings of the functions' argument: 1 + erf(u) computed as written is 0 from u = -6 on."""
    composition = compose(activation, "-x2*log(f) - (1 - x2)*log(1 - f)", [0, 1])
    y = np.array([-2.9, -2.3, -1.3, 1.3, 2.3, 2.9])
    for expression in composition.derivative(1):
        reference = np.array([float(v) for v in exact(expression, y, digits=400)])
        condition = 1 + 6 * np.abs(y) ** 3 * (1 + y**2)
        assert np.all(np.abs(array_function(expression)(y) / reference - 1) <= FEW * ULP * condition)


@given(st.floats(-708, 708))
@settings(max_examples=300)
def test_the_exponential_is_exact_to_one_ulp(v):
    reference = mpmath.exp(mpmath.mpf(v))
    assert abs(mpmath.mpf(float(exponential(v))) - reference) <= reference * ULP


def test_the_exponential_at_its_ends():
    assert exponential(0.0) == 1.0
    assert exponential(710.0) == np.inf
    assert np.isnan(exponential(np.nan))
    assert exponential(-1e300) == 0.0
    assert exponential(-708.0) > 0


def test_stable_forms_equal_the_formula_symbolically(compositions):
    """The rearrangement is an identity, not an approximation: put z = exp(-r|y|) back and compare."""
    from duality.formulas.stable import Z, rate_of, stable

    for composition in (compositions["sigmoid_mse"], compositions["sigmoid_cross_entropy"]):
        for expression in composition.derivative(1):
            rate = rate_of((expression,))
            form = stable(expression, rate).subs(Z, sp.exp(-rate * sp.Abs(Y)))
            for value in (sp.Rational(-5, 3), sp.Integer(0), sp.Rational(7, 2)):
                assert abs(sp.N(form.subs(Y, value) - expression.subs(Y, value), 40)) < sp.Float("1e-35")


@pytest.mark.parametrize(
    "activation",
    ["(1 + erf(y))/2", "y*(1 + erf(y/sqrt(2)))/2", "y + tanh(y**3)", "1/(1 + exp(-2*pi*y))", "sin(y) + cos(y)"],
)
def test_both_backends_know_every_function(activation):
    composition = compose(activation, "(f - x2)**2", [0, 1])
    y = np.linspace(-5, 5, 101)
    kernel = scalar_kernel(composition.derivative(1))
    for label in (0, 1):
        by_numba = np.array([kernel(value, label) for value in y])
        assert composition.function(1, label)(y) == pytest.approx(by_numba, rel=1e-10, abs=1e-13)


@pytest.mark.parametrize("power", [500, -999])
def test_a_high_power_is_not_expanded(power):
    """As of a designed loss whose k is near 1: the coefficients of its polynomial are beyond doubles."""
    y = np.array([-1.0, 0.0, 2.0])
    assert array_function((1 + Y / 500) ** power)(y) == pytest.approx(np.exp(power * np.log1p(y / 500)), rel=1e-12)


def test_large_arrays_are_computed_in_parts_to_the_same_bits():
    """Of any layout; a part that is left out or shifted gives other values, or what memory held before."""
    h = compose("1/(1 + exp(-y))", "(f - x2)**2", (0.0, 1.0)).function(1, 1)
    y = np.linspace(-40, 40, 3 * 20_011).reshape(3, -1).T  # no number of whole parts, and not contiguous
    by_column = np.stack([np.concatenate([h(few) for few in np.array_split(column, 9)]) for column in y.T], axis=1)
    assert h(y).shape == y.shape
    np.testing.assert_array_equal(h(y), by_column)
