"""If these fail, training descends something else than the loss of the config."""

import numpy as np
import pytest

from duality.errors import InputError
from duality.formulas.compose import compose


def test_h_of_the_paper(compositions):
    """Eqs. 8.10, 8.28, 8.38 and the text below 9.17, for γ = 1, at a point."""
    y = np.array([0.3])
    sigmoid = 1 / (1 + np.exp(-y))
    h = {name: [function(y) for function in c.functions(1)] for name, c in compositions.items()}
    assert h["sigmoid_mse"][0] == pytest.approx(2 * sigmoid**2 * (1 - sigmoid), rel=1e-14)
    assert h["sigmoid_cross_entropy"][1] == pytest.approx(sigmoid - 1, rel=1e-14)
    assert h["relu_mse"][1] == pytest.approx(2 * (y - 1), rel=1e-14)
    assert h["piecewise_linear_cross_entropy"][0] == pytest.approx(1 / (1 - y), rel=1e-14)
    assert h["relu_quartic"][1] == pytest.approx(4 * (y - 1) ** 3, rel=1e-14)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_derivatives_agree_with_differences(order, compositions):
    y = np.linspace(0.05, 0.95, 19)
    step = 1e-5
    for composition in compositions.values():
        lower, higher = composition.functions(order - 1), composition.functions(order)
        for low, high in zip(lower, higher, strict=True):
            difference = (low(y + step) - low(y - step)) / (2 * step)
            assert np.allclose(high(y), difference, rtol=1e-5, atol=1e-6)


def test_no_gradient_where_the_loss_is_flat(compositions):
    relu = compositions["relu_mse"].functions(1)
    assert np.all(relu[0](np.array([-3.0, -1e-300])) == 0)
    guarded = compositions["piecewise_linear_cross_entropy"].functions(1)
    outside = np.array([-1.0, 0.0009, 0.9991, 2.0])
    assert np.all(guarded[0](outside) == 0)
    assert np.all(guarded[1](outside) == 0)
    assert guarded[0](np.array([0.99899])) == pytest.approx(990.099, rel=1e-5)  # the largest kick is γ/ε


def test_corners_are_found_to_the_last_bit(compositions):
    assert compositions["relu_mse"].corners(-3, 3) == pytest.approx([0.0], abs=1e-20)
    corners = compositions["piecewise_linear_cross_entropy"].corners(-3, 3)
    for expected in (0.001, 0.999):
        assert np.min(np.abs(corners - expected)) <= np.spacing(1.0)
    assert compositions["sigmoid_mse"].corners(-40, 40).size == 0


def test_a_class_has_its_own_corners():
    """H of the other class is smooth there."""
    apart = compose("y", "Piecewise((f**2, f < 1 - 3*x2), (2*f - 1, True))", [0.0, 1.0])
    corners = [apart.corners(-3, 3, label) for label in (0, 1, None)]
    assert list(map(list, corners)) == [pytest.approx([1]), pytest.approx([-2]), pytest.approx([-2, 1])]


@pytest.mark.parametrize(
    ("activation", "loss", "complaint"),
    [
        ("1/(1 + exp(-y))", "1", "derivative"),
        ("1/(1 + exp(-y))", "x2", "derivative"),
        ("1/(1 + exp(-y))", "Piecewise((0, f < 0.5), (1, True))", "derivative"),
        ("1/(1 + exp(-y))", "(f - x2)**2*x2", "derivative"),
        ("3", "(f - x2)**2", "does not depend on y"),
        ("y", "max(f, log(x2))", "undefined for x2 = 0"),
        ("clip(y, 0, 1)", "abs(1/f)", "undefined for f = 0"),
    ],
)
def test_a_loss_without_a_derivative_is_refused(activation, loss, complaint):
    with pytest.raises(InputError, match=complaint):
        compose(activation, loss, [0, 1])


def test_the_root_of_a_square_is_an_absolute_value():
    """With pieces, as if it had been typed so: of its own SymPy would differentiate it into a DiracDelta."""
    typed, meant = (compose("y", loss, [0, 1]) for loss in ("sqrt((f - x2)**2)", "abs(f - x2)"))
    y = np.linspace(-2, 2, 41)
    for order in range(3):
        for label in (0, 1):
            assert np.array_equal(typed.function(order, label)(y), meant.function(order, label)(y))


def test_pieces_are_combined_only_within_their_own_region():
    """log(1 - clip(f)) must not evaluate log(0) where the clip forbids it."""
    composition = compose("clip(y, 0, 1)", "-log(1 - clip(f, 0, 0.9))", [0])
    assert np.all(np.isfinite(composition.functions(0)[0](np.linspace(-2, 3, 11))))
