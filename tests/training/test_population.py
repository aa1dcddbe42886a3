"""If these fail, the independent check on what SGD reaches is no check."""

import numpy as np
import pytest
from scipy import integrate

from duality.dataset.density import Gaussian, scipy_distribution
from duality.dataset.model import Model
from duality.errors import InputError
from duality.formulas.compose import compose
from duality.training.population import population_optimum

CLASSES = {"zeros": Gaussian(0.0, 0.25), "ones": Gaussian(1.0, 0.25)}


@pytest.mark.parametrize("name", ["sigmoid_mse", "sigmoid_cross_entropy"])
@pytest.mark.parametrize(("means", "sd"), [((0.0, 1.0), 0.25), ((-0.5, 1.0), 0.4)])
def test_proper_losses_of_a_sigmoid_have_the_known_optimum(name, means, sd, compositions):
    """w = (μ1 - μ0)/σ², b = -(μ1² - μ0²)/(2σ²)."""
    w, b = (means[1] - means[0]) / sd**2, -(means[1] ** 2 - means[0] ** 2) / (2 * sd**2)
    model = Model(compositions[name], {f"class {mean}": Gaussian(mean, sd) for mean in means})
    found = population_optimum(model, (0.8 * w, 0.9 * b))
    assert found.optimum == pytest.approx([w, b], rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("name", ["relu_mse", "relu_quartic", "piecewise_linear_cross_entropy"])
def test_the_mean_kick_vanishes_at_the_optimum(name, compositions):
    """By adaptive quadrature, independent of the panels."""
    composition = compositions[name]
    start = (1.0, 0.0) if "relu" in name else (2.0, -0.5)
    w, b = population_optimum(Model(composition, CLASSES), start).optimum
    for power in (0, 1):
        kicks = []
        for p, h in zip(CLASSES.values(), composition.functions(1), strict=True):
            breaks = [(c - b) / w for c in composition.corners(-9, 9)]
            kicks.append(
                integrate.quad(
                    lambda x, h=h, p=p, power=power: x**power * float(h(w * x + b)) * float(p.pdf(x)),
                    -2,
                    3,
                    points=breaks,
                    limit=500,
                    epsabs=1e-10,
                )[0]
            )
        assert sum(kicks) == pytest.approx(0, abs=1e-6 * max(map(abs, kicks)))


def test_stationary_theory_of_a_linear_model():
    """f = y with squared loss has A = 2⟨(x², x; x, 1)⟩, no third derivative and so no shift."""
    found = population_optimum(Model(compose("y", "(f - x2)**2", [0, 1]), CLASSES), (1.0, 0.0))
    second = 0.5 * (0.25**2 + 0.25**2 + 1)
    A = 2 * np.array([[second, 0.5], [0.5, 1.0]])
    assert found.curvature == pytest.approx(A, rel=1e-6)
    assert found.optimum == pytest.approx([0.25 / (second - 0.25), 0.5 - 0.125 / (second - 0.25)], rel=1e-6)
    assert np.abs(found.shift).max() < 1e-4
    assert A @ found.covariance + found.covariance @ A == pytest.approx(found.noise, rel=1e-6)


@pytest.mark.slow
def test_a_loss_without_minimum_is_refused():
    with pytest.raises(InputError, match="no minimum"):
        population_optimum(Model(compose("y", "f", [0, 1]), CLASSES), (1.0, 0.0))


@pytest.mark.parametrize("df", [2, 1.5])
def test_heavy_tails_are_integrated_to_their_end(compositions, df):
    """Two t classes: the mean kick vanishes by quadrature over quantiles, independent of panels in x1."""
    classes = {f"t about {loc}": scipy_distribution("t", {"df": df, "loc": loc, "scale": 0.2}) for loc in (0.0, 1.0)}
    w, b = population_optimum(Model(compositions["sigmoid_cross_entropy"], classes), (5.0, -2.5)).optimum
    assert b == pytest.approx(-w / 2, rel=1e-4)  # symmetry x → 1 - x
    probability = (np.arange(400_000) + 0.5) / 400_000
    h = compositions["sigmoid_cross_entropy"].functions(1)
    kicks = [f(w * p.ppf(probability) + b) for f, p in zip(h, classes.values(), strict=True)]
    assert np.mean(kicks[0]) + np.mean(kicks[1]) == pytest.approx(0, abs=1e-5)
