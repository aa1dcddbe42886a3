"""If these fail, a verdict on Secs. 2-5 of the paper rests on nothing: the facts are found here in other ways."""

import numpy as np
import pytest
import sympy as sp

from duality.derivations import jacobian_matrix, neural_network
from duality.derivations.neural_network import back_propagation, loss, network_q_dot, preimages, small_network
from duality.derivations.toy_model import GAMMA, MEANS, SD, sigmoid_duality
from duality.jacobian.duality import Duality
from duality.theory.proof import all_identical, difference_quotient, identical, relative_deviation
from duality.verdicts import CORRECTED, REPRODUCED

x = sp.Symbol("x", positive=True)


def test_identical_proves_and_refutes():
    """A false identity would be called true, however small the difference."""
    assert identical((x + 1) ** 2, x**2 + 2 * x + 1) == (True, "proof")
    assert identical(sp.sin(x), sp.sin(x) + sp.Rational(1, 10**30)) == (False, "50 digits")
    assert identical(x**2, x**3) == (False, "50 digits")


def test_agreement_at_points_is_not_called_a_proof():
    """Euler's reflection formula of the dilogarithm, which SymPy does not know, would pass as proved."""
    left = sp.polylog(2, x) + sp.polylog(2, 1 - x)
    right = sp.pi**2 / 6 - sp.log(x) * sp.log(1 - x)
    assert identical(left, right, {x: (0.1, 0.9)}) == (True, "50 digits")
    assert identical(left - right, sp.Integer(0), {x: (0.1, 0.9)}) == (True, "50 digits")
    assert identical(left, right + x / 10**20, {x: (0.1, 0.9)})[0] is False
    assert all_identical((left, right), (x, x)) == (True, "50 digits")


def test_nothing_compared_is_no_agreement():
    """Two different unknown functions would be called equal, as no number contradicts."""
    with pytest.raises(ValueError, match="no finite value"):
        identical(sp.Function("f")(x), sp.Function("g")(x))


def test_numerical_comparisons():
    """Every floating-point check would be measured with a wrong rule."""
    assert relative_deviation(np.array([1.0, 0.0]), np.array([1.1, 0.0])) == pytest.approx(0.1 / 1.1)
    assert difference_quotient(np.exp, np.array([0.0, 1.0])) == pytest.approx([1.0, np.e], rel=1e-12)


@pytest.mark.parametrize("N", [2, 3, 7])
def test_numbering_of_weights(N):
    """Eq. 2.1: NumPy's row-major order is (i-1)N + j; the printed order puts two weights in one place."""
    i, j = np.mgrid[1 : N + 1, 1 : N + 1]
    assert np.array_equal((i - 1) * N + j - 1, np.ravel_multi_index((i - 1, j - 1), (N, N)))
    assert np.unique(i * (N - 1) + j).size == N * N - (N - 1)


def test_back_propagation_against_finite_differences():
    """Eqs. 3.1-3.7 are checked on this gradient: by plain differences, with no complex step."""
    network, start, step = small_network(), np.array([0.3, 0.9, -0.2, 0.1]), 1e-6
    q = network.trainable
    numerical = [
        (
            loss(network.with_trainable(q + step * unit).history(start, 4)[-1])
            - loss(network.with_trainable(q - step * unit).history(start, 4)[-1])
        )
        / (2 * step)
        for unit in np.eye(q.size)
    ]
    assert back_propagation(network, network.history(start, 4))[0] == pytest.approx(numerical, abs=1e-8)
    assert network_q_dot(start) == pytest.approx(-GAMMA * np.array(numerical), abs=1e-9)


def test_preimages_find_all_solutions():
    """A branch would be missing from the densities of Sec. 3."""
    found = preimages(lambda x1: np.square(x1), 0.25, 0.0)
    assert found == pytest.approx([-0.5, 0.5])


def test_no_constant_rotation_makes_a_component_vanish():
    """Eq. 3.12: ẇ and ḃ over x1 span two dimensions, so no constant Λ projects without loss."""
    duality = sigmoid_duality(0)
    x1 = np.linspace(-0.5, 0.5, 50)
    steps = np.array([x1 * duality.b_dot(x1), duality.b_dot(x1)])
    assert np.linalg.matrix_rank(steps) == 2
    alpha = np.arctan2(steps[1], steps[0])
    assert -np.sin(alpha) * steps[0] + np.cos(alpha) * steps[1] == pytest.approx(0, abs=1e-17)


@pytest.mark.parametrize("label", [0, 1])
def test_density_scales_with_the_first_power_of_gamma(label):
    """Eq. 4.3: γ^(-N_∂) = 1/γ in the toy model, not γ^(-N) = 1/γ²: q̇/γ has one distribution for all γ."""
    one = sigmoid_duality(label)
    two = Duality(one.composition, label, one.density, one.w, one.b, 2 * GAMMA)
    q, sign = np.array([0.003, 0.01, 0.025]), 2 * label - 1
    assert two.pdf(2 * q, sign) == pytest.approx(one.pdf(q, sign) / 2, rel=1e-9)


def test_singular_value_of_the_whole_jacobian_is_the_arc_length():
    """Eqs. 4.4-4.6: the length of the curve (ẇ, ḃ)(x1) is the integral of √(ẇ′² + ḃ′²), and more than |q̇| gains."""
    duality = sigmoid_duality(0)
    x1 = np.linspace(-0.5, 0.9, 20_001)
    curve = np.array([x1 * duality.b_dot(x1), duality.b_dot(x1)])
    length = np.hypot(*np.diff(curve)).sum()
    integral = np.trapezoid(np.sqrt(duality.jacobian(x1) ** 2 + duality.b_dot(x1) ** 2 / (1 + x1**2)), x1)
    gained = np.abs(np.diff(duality.magnitude(x1))).sum()
    assert length == pytest.approx(integral, rel=1e-6)
    assert length > gained * (1 + 1e-4)


@pytest.mark.parametrize("label", [0, 1])
def test_the_equilibrium_of_the_checks_is_the_optimum(label):
    """The checks would use parameters of no meaning: at the optimum the mean step of both classes vanishes."""
    total = np.zeros(2)
    for one in (0, 1):
        duality = sigmoid_duality(one)
        x1 = np.linspace(MEANS[one] - 8 * SD, MEANS[one] + 8 * SD, 4001)
        b_dot = duality.b_dot(x1) * duality.density.pdf(x1)
        total += [np.trapezoid(x1**power * b_dot, x1) for power in (0, 1)]
    assert total == pytest.approx(0, abs=1e-12)
    assert sigmoid_duality(label).label == label


def test_verdicts_that_the_report_names():
    """A change of a check would turn a verdict unnoticed; what each must be is shown by the tests above."""
    assert neural_network.equation_2_1().verdict == CORRECTED
    assert neural_network.equation_3_12().verdict == CORRECTED
    assert jacobian_matrix.equation_4_3().verdict == CORRECTED
    assert jacobian_matrix.statement_toy_singular_values().verdict == REPRODUCED
