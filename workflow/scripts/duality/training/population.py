"""What training should reach, computed without any training: the minimum of the population loss and the stationary
fluctuations about it, by quadrature over the class densities.

For the sigmoid with either loss the model is well specified and the loss proper, so that the minimum is known:
w = (μ1 - μ0)/σ², b = -(μ1² - μ0²)/(2σ²), which is (16, -8) for Eqs. 8.2-8.3.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import linalg, optimize

from duality.dataset.model import Model
from duality.errors import InputError

Functions = Sequence[Callable[[np.ndarray], np.ndarray]]

_PANELS = 64
_LARGEST_ERROR = 1e-6  # of the integrated probability
_NODES_PER_PANEL = 12
_TAIL = 1e-14  # probability left out at either end of a class
_REACH_IN_Y = 64.0  # corners of H are looked for in |y| below this


@dataclass(frozen=True)
class Population:
    """The population optimum and the small-γ theory of SGD about it.

    Attributes
    ----------
    optimum : ndarray, shape (2,)
        (w, b) at which the mean kick vanishes.
    curvature : ndarray, shape (2, 2)
        A = ∂²⟨H⟩/∂q∂q at the optimum.
    noise : ndarray, shape (2, 2)
        B = ⟨∂H/∂q ∂H/∂q⟩ at the optimum.
    covariance : ndarray, shape (2, 2)
        C/γ of the stationary chain to leading order, from the Lyapunov equation A·C + C·A = γ·B.
    shift : ndarray, shape (2,)
        (⟨q⟩ - optimum)/γ of the stationary chain to leading order, -½·A⁻¹·(∂³⟨H⟩ : C)/γ.
    sampling : ndarray, shape (2, 2)
        n times the covariance of the optimum of a finite data set of n samples, A⁻¹·B·A⁻¹. If n counts samples of a
        class r times, its share of B counts r times here.
    """

    optimum: np.ndarray
    curvature: np.ndarray
    noise: np.ndarray
    covariance: np.ndarray
    shift: np.ndarray
    sampling: np.ndarray


def population_optimum(model: Model, start: Sequence[float], repetitions: np.ndarray | None = None) -> Population:
    """Find the (w, b) that minimises ⟨H⟩ = mean over classes of ∫ p(x1) H(w·x1 + b) dx1.

    Parameters
    ----------
    model : Model
    start : sequence of float
        (w, b) near which to look for the minimum.
    repetitions : ndarray, optional
        How often the data set has each sample of every class; once if not given.

    Raises
    ------
    InputError
        If no minimum is found: the loss is flat there, or has none.
    """
    quadrature = _Quadrature(model)
    h, H = model.composition.functions(1), model.composition.functions(0)
    once = np.ones(len(model.densities))

    def mean(
        functions: Functions,
        q: np.ndarray,
        power: int = 0,
        of: Callable[[np.ndarray], np.ndarray] = _itself,
        times: np.ndarray = once,
    ) -> float:
        """Mean of x1^power·of(function(y)) over the classes, each counted so many times."""
        parts = zip(functions, times, *quadrature(*q), strict=True)
        return float(sum(r * np.sum(weights * x1**power * of(f(q[0] * x1 + q[1]))) for f, r, x1, weights in parts))

    def second_moments(q: np.ndarray, times: np.ndarray) -> np.ndarray:
        """⟨∂H/∂q ∂H/∂q⟩."""
        moments = [mean(h, q, power, np.square, times) for power in (2, 1, 0)]
        return np.array([[moments[0], moments[1]], [moments[1], moments[2]]])

    def gradient(q: np.ndarray) -> np.ndarray:
        return np.array([mean(h, q, 1), mean(h, q)])

    def loss(q: np.ndarray) -> float:
        return mean(H, q)

    with np.errstate(all="ignore"):  # a loss without a minimum sends the search to infinity: told below
        coarse = optimize.minimize(loss, np.asarray(start, float), jac=gradient, method="BFGS")
        fine = optimize.root(gradient, coarse.x, tol=1e-13)
    optimum = fine.x if np.linalg.norm(gradient(fine.x)) < np.linalg.norm(gradient(coarse.x)) else coarse.x

    noise = second_moments(optimum, once)
    sampling_noise = second_moments(optimum, once if repetitions is None else repetitions)
    # Differences of the mean kick, which the average over x1 makes smooth even where the composition has corners.
    step = 1e-3 * np.maximum(np.abs(optimum), 0.1)
    steps = np.diag(step)
    curvature = np.array(
        [(gradient(optimum + d) - gradient(optimum - d)) / (2 * s) for d, s in zip(steps, step, strict=True)]
    )
    curvature = 0.5 * (curvature + curvature.T)
    if not np.all(np.isfinite(curvature)) or np.min(linalg.eigvalsh(curvature)) <= 0:
        raise InputError(f"the population loss has no minimum near w = {start[0]:g}, b = {start[1]:g}")
    covariance = linalg.solve_continuous_lyapunov(curvature, noise)
    third = sum(
        covariance[i, j]
        * (
            gradient(optimum + 3 * steps[i] + 3 * steps[j])
            - gradient(optimum + 3 * steps[i] - 3 * steps[j])
            - gradient(optimum - 3 * steps[i] + 3 * steps[j])
            + gradient(optimum - 3 * steps[i] - 3 * steps[j])
        )
        / (36 * step[i] * step[j])
        for i in range(2)
        for j in range(2)
    )
    inverse = linalg.inv(curvature)
    return Population(
        optimum, curvature, noise, covariance, -0.5 * inverse @ np.asarray(third), inverse @ sampling_noise @ inverse.T
    )


def _itself(values: np.ndarray) -> np.ndarray:
    return values


class _Quadrature:
    """Gauss-Legendre panels in x1 between quantiles of the class, which also end at the corners of H(w·x1 + b).

    Panels shrink towards the corners, as the guarded cross-entropy has a gradient of 1/ε within ε of a corner and none
    beyond it; quantiles let them follow heavy tails.
    """

    def __init__(self, model: Model):
        tails = np.geomspace(_TAIL, 0.1, 80)
        probability = np.concatenate([tails, np.linspace(0.1, 0.9, _PANELS)[1:-1], 1 - tails[::-1]])
        self.composition, self.densities = model.composition, list(model.densities.values())
        with np.errstate(all="ignore"):
            self.quantiles = [np.unique(p.ppf(probability)) for p in self.densities]
        self.nodes, self.weights = np.polynomial.legendre.leggauss(_NODES_PER_PANEL)
        for x1, weights in zip(*self(0.0, 0.0), strict=True):
            mass = float(np.sum(weights)) * len(self.densities)
            if not abs(mass - 1) < _LARGEST_ERROR or not np.all(np.isfinite(x1)):
                raise InputError(
                    f"the density of a class integrates to {mass:.6g}: too wild for the population optimum"
                )

    def __call__(self, w: float, b: float) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Per class the nodes x1 and the weights p(x1)·dx1/(number of classes)."""
        x1_corners = (self._corners - b) / w if w else np.empty(0)
        nodes, weights = [], []
        for p, quantiles in zip(self.densities, self.quantiles, strict=True):
            distances = (quantiles[-1] - quantiles[0]) / 2.0 ** np.arange(6, 30)
            graded = [x1_corners + side * distance for side in (-1, 1) for distance in distances]
            edges = np.unique(np.clip(np.concatenate([quantiles, x1_corners, *graded]), quantiles[0], quantiles[-1]))
            half = 0.5 * np.diff(edges)[:, None]
            x1 = (0.5 * (edges[1:] + edges[:-1])[:, None] + half * self.nodes).ravel()
            nodes.append(x1)
            weights.append(p.pdf(x1) * (half * self.weights).ravel() / len(self.densities))
        return nodes, weights

    @cached_property
    def _corners(self) -> np.ndarray:
        return self.composition.corners(-_REACH_IN_Y, _REACH_IN_Y)
