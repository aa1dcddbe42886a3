"""What training should reach, computed without any training, by quadrature over the class densities.

First the minimum of the population loss, and the theory of small γ about it. For the sigmoid with either loss the model
is well specified and the loss proper, so that the minimum is known: w = (μ1 - μ0)/σ², b = -(μ1² - μ0²)/(2σ²), which is
(16, -8) for Eqs. 8.2-8.3.

Then the stationary (w, b) of SGD at a finite γ. Stationarity of the mean asks for ⟨∂H/∂q⟩ = 0, that of the second
moments for ⟨δq ∂H/∂q⟩ + ⟨∂H/∂q δq⟩ = γ·⟨∂H/∂q ∂H/∂q⟩, all averages over the data and over the stationary (w, b), and
exact at any γ. They close if (w, b) is taken to be Gaussian: then ⟨δq ∂H/∂q⟩ = C·A with A = ⟨∂²H/∂q∂q⟩ (Stein's lemma),
so that A·C + C·A = γ·B, the Lyapunov equation of small γ with A and B averaged over the fluctuations. Where H has a
narrow steep part the theory of small γ sees it at one point, and the fluctuations smooth it. A step that averages over
M samples has B/M + (1 - 1/M)·⟨ḡ ḡ⟩ in the place of B, with ḡ the mean of ∂H/∂q over the data at one (w, b).

A force that moves the mean changes the fluctuations too, and these the force that holds the mean: by how much a finite
data set moves it is not A⁻¹ of its kick, but what the closure answers to a push.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import linalg, optimize

from duality.dataset.model import Model
from duality.errors import InputError

Functions = Sequence[Callable[[np.ndarray], np.ndarray]]

_PANELS = 64
_LARGEST_ERROR = 1e-6  # of the integrated probability
# Nodes of a panel, and panels in a tail: for the optimum, and for averages over a spread of (w, b), which are many and
# are right to some 1e-8 then.
_FINE, _COARSE = (12, 80), (6, 40)
_NEARER = 2.0 ** np.arange(6, 30)  # than the whole range are the ends of panels to a corner
_TAIL = 1e-14  # probability left out at either end of a class
_REACH_IN_Y = 64.0  # corners of H are looked for in |y| below this
_NODES_PER_AXIS = 6
_MOST_DRAWS = 1024  # (w, b) over which a kick is averaged
_MOST_STEPS = 60
_PUSH = 0.1  # in standard deviations of the stationary (w, b)
_ACCURACY = 1e-5  # of the mean, in standard deviations, and of these


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
    """

    optimum: np.ndarray
    curvature: np.ndarray
    noise: np.ndarray
    covariance: np.ndarray
    shift: np.ndarray


class PopulationLoss:
    """⟨H⟩ = mean over the classes of ∫ p(x1) H(w·x1 + b) dx1, and moments of its gradient, at any q = (w, b).

    Parameters
    ----------
    model : Model
    fineness : pair of int, optional
        Of the quadrature: nodes of a panel, and panels in a tail.

    Raises
    ------
    InputError
        If the density of a class cannot be integrated.
    """

    def __init__(self, model: Model, fineness: tuple[int, int] = _FINE):
        self._quadrature = _Quadrature(model, fineness)
        self._h, self._H = model.composition.functions(1), model.composition.functions(0)

    def __call__(self, q: np.ndarray) -> float:
        """⟨H⟩."""
        return float(sum(np.sum(weights * H) for _, weights, H in self._at(self._H, q)))

    def gradient(self, q: np.ndarray) -> np.ndarray:
        """∂⟨H⟩/∂q = ⟨h·(x1, 1)⟩, the mean kick."""
        return self.kicks(q)[0]

    def kicks(self, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The mean kick, shape (2,), and the second moments ⟨∂H/∂q ∂H/∂q⟩ = ⟨h²·(x1², x1; x1, 1)⟩, shape (2, 2)."""
        first, second = np.zeros(2), np.zeros((2, 2))
        for x1, weights, h in self._at(self._h, q):
            gradient = h * np.stack([x1, np.ones_like(x1)])
            first += gradient @ weights
            second += (gradient * weights) @ gradient.T
        return first, second

    def nodes_of_kicks(self, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """∂H/∂q = h·(x1, 1) at the nodes of the quadrature, shape (2, n), and their probabilities, over all classes."""
        found = [(h * np.stack([x1, np.ones_like(x1)]), weights) for x1, weights, h in self._at(self._h, q)]
        gradients, weights = zip(*found, strict=True)
        return np.concatenate(gradients, axis=1), np.concatenate(weights)

    def average(self, q: np.ndarray, function: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> float:
        """⟨function(x1, h)⟩ over the data."""
        return float(sum(weights @ function(x1, h) for x1, weights, h in self._at(self._h, q)))

    def kicks_at_many(self, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """`kicks` at many q of shape (n, 2) at once: of shapes (n, 2) and (n, 2, 2)."""
        first, second = np.zeros((len(q), 2)), np.zeros((len(q), 4))
        for h, x1, weights in zip(self._h, *self._quadrature.at_many(q), strict=True):
            kick = h(q[:, :1] * x1 + q[:, 1:])
            weighted = weights * kick
            squared = weighted * kick
            by_x1 = squared * x1
            first += np.stack([part.sum(axis=1) for part in (weighted * x1, weighted)], axis=1)
            second += np.stack([part.sum(axis=1) for part in (by_x1 * x1, by_x1, by_x1, squared)], axis=1)
        return first, second.reshape(-1, 2, 2)

    def _at(self, functions: Functions, q: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Per class the nodes x1, their weights in a mean over all classes, and a function of y there."""
        for f, x1, weights in zip(functions, *self._quadrature(*q), strict=True):
            yield x1, weights, f(q[0] * x1 + q[1])


def population_optimum(model: Model, start: Sequence[float]) -> Population:
    """Find the (w, b) that minimises ⟨H⟩ = mean over classes of ∫ p(x1) H(w·x1 + b) dx1.

    Parameters
    ----------
    model : Model
    start : sequence of float
        (w, b) near which to look for the minimum.

    Raises
    ------
    InputError
        If no minimum is found: the loss is flat there, or has none.
    """
    loss = PopulationLoss(model)
    gradient = loss.gradient
    with np.errstate(all="ignore"):  # a loss without a minimum sends the search to infinity: told below
        coarse = optimize.minimize(loss, np.asarray(start, float), jac=gradient, method="BFGS")
        fine = optimize.root(gradient, coarse.x, tol=1e-13)
    optimum = fine.x if np.linalg.norm(gradient(fine.x)) < np.linalg.norm(gradient(coarse.x)) else coarse.x

    noise = loss.kicks(optimum)[1]
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
    return Population(optimum, curvature, noise, covariance, -0.5 * linalg.inv(curvature) @ np.asarray(third))


@dataclass(frozen=True)
class Stationary:
    """A Gaussian stationary (w, b).

    Attributes
    ----------
    mean : ndarray, shape (2,)
    covariance : ndarray, shape (2, 2)
    curvature : ndarray, shape (2, 2)
        How stiff the mean is held: a constant small force F, added to ∂H/∂q, moves it by -curvature⁻¹·F. To leading
        order in γ it is the curvature of the loss.
    """

    mean: np.ndarray
    covariance: np.ndarray
    curvature: np.ndarray


def stationary(model: Model, population: Population, gamma: float, mini_batch: int = 1) -> Stationary:
    """The stationary (w, b) on infinite data, by a Gaussian closure of the moments.

    Parameters
    ----------
    model : Model
    population : Population
        Where the search starts.
    gamma : float
        Learning rate.
    mini_batch : int
        M: to leading order the covariance, and the shift of the mean, are those of γ/M.

    Raises
    ------
    InputError
        If there is none: at this γ the fluctuations reach where the loss does not hold them.
    """
    loss, rate = PopulationLoss(model, _COARSE), (gamma, mini_batch)
    mean, covariance, averaged = _close(loss, rate, _start(population, gamma / mini_batch), np.zeros(2))
    strengths, axes = linalg.eigh(averaged)
    response = np.zeros((2, 2))
    for strength, axis in zip(strengths, axes.T, strict=True):
        push = _PUSH * strength * np.sqrt(axis @ covariance @ axis)
        plus, minus = (_close(loss, rate, (mean, covariance), side * push * axis)[0] for side in (1, -1))
        response += np.outer((minus - plus) / (2 * push), axis)
    return Stationary(mean, covariance, linalg.inv(response))


def stationary_covariance(model: Model, population: Population, gamma: float, mini_batch: int = 1) -> np.ndarray:
    """The covariance of `stationary` alone, shape (2, 2), without the pushes that tell how stiff the mean is held."""
    start = _start(population, gamma / mini_batch)
    return _close(PopulationLoss(model, _COARSE), (gamma, mini_batch), start, np.zeros(2))[1]


def _start(population: Population, gamma: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance to leading order in γ."""
    return population.optimum + gamma * population.shift, gamma * population.covariance


def _close(
    loss: PopulationLoss, rate: tuple[float, int], start: tuple[np.ndarray, np.ndarray], force: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, covariance and averaged curvature under a constant force, found from a mean and a covariance near them.

    The rate is γ and M.
    """
    (gamma, mini_batch), (z, weights) = rate, _normal_lattice()
    mean, covariance = start
    for _ in range(_MOST_STEPS):
        root = linalg.sqrtm(covariance).real
        at = mean + z @ root
        kicks, squares = loss.kicks_at_many(at)
        if mini_batch > 1:
            squares = squares / mini_batch + (1 - 1 / mini_batch) * np.einsum("jk,jl->jkl", kicks, kicks)
        noise = np.einsum("j,jkl->kl", weights, squares)
        curvature = linalg.solve(root, np.einsum("j,jk,jl->kl", weights, z, kicks))
        curvature = 0.5 * (curvature + curvature.T)
        if not np.all(np.isfinite(curvature)) or np.min(linalg.eigvalsh(curvature)) <= 0:
            break
        step = -linalg.solve(curvature, weights @ kicks + force)
        found = linalg.solve_continuous_lyapunov(curvature, gamma * noise)
        sd = np.sqrt(np.diag(covariance))
        change = max(np.max(np.abs(step) / sd), np.max(np.abs(np.sqrt(np.diag(found)) / sd - 1)))
        mean, covariance = mean + step, found
        if change < _ACCURACY:
            return mean, covariance, curvature
    raise InputError(
        f"the stationary (w, b) at γ = {gamma:g} near w = {start[0][0]:.4g}, b = {start[0][1]:.4g} does not close as a "
        "Gaussian"
    )


def sampling_covariance(
    model: Model, curvature: np.ndarray, draws: np.ndarray, samples: int, repetitions: np.ndarray
) -> np.ndarray:
    """Covariance of the stationary mean over data sets of n samples: A⁻¹·B̄·A⁻ᵀ/n.

    B̄ = ⟨ḡ ḡ⟩ over the data, where ḡ is the kick of a sample averaged over the stationary (w, b): a data set moves the
    mean by what its samples do on average, whatever M. The average is over (w, b) as they were drawn: where kicks are
    heavy, a Gaussian of the closure is too wide, smooths them too much, and has B̄ too small by half.

    Parameters
    ----------
    model : Model
    curvature : ndarray, shape (2, 2)
        A, of `Stationary`.
    draws : ndarray, shape (draws, 2)
        Stationary (w, b), at least two; at most 1024 of them are used, evenly.
    samples : int
        Of the data set, of all classes, repetitions included.
    repetitions : ndarray, shape (classes,)
        How often it has each sample of every class.

    Returns
    -------
    ndarray, shape (2, 2)
    """
    noise = np.zeros((2, 2))
    count = min(len(draws), _MOST_DRAWS)
    w, b = draws[np.linspace(0, len(draws) - 1, count).astype(int)].T
    for index, (x1, probability) in enumerate(class_quadrature(model)):
        h = model.composition.function(1, index)(np.multiply.outer(w, x1) + b[:, None])
        # The square of the average over all (w, b), not over these: products of two different draws.
        square = (count * h.mean(axis=0) ** 2 - (h**2).mean(axis=0)) / (count - 1)
        moments = [float(np.sum(probability * square * x1**power)) for power in (2, 1, 0)]
        noise += repetitions[index] / len(model.densities) * np.array([moments[:2], moments[1:]])
    inverse = linalg.inv(curvature)
    return inverse @ noise @ inverse.T / samples


def _normal_lattice() -> tuple[np.ndarray, np.ndarray]:
    """Nodes, shape (nodes, 2), and weights of an average over two independent standard normal numbers."""
    z, weights = np.polynomial.hermite_e.hermegauss(_NODES_PER_AXIS)
    weights = weights / weights.sum()
    return np.stack(np.meshgrid(z, z), axis=-1).reshape(-1, 2), np.outer(weights, weights).ravel()


def class_quadrature(model: Model) -> list[tuple[np.ndarray, np.ndarray]]:
    """Per class the nodes x1, and their weights in a mean over the class, of a quadrature of smooth functions."""
    nodes, weights = _Quadrature(model, _FINE)(0.0, 0.0)
    return [(x1, part * len(model.densities)) for x1, part in zip(nodes, weights, strict=True)]


class _Quadrature:
    """Gauss-Legendre panels in x1 between quantiles of the class, which also end at the corners of H(w·x1 + b).

    Panels shrink towards the corners, as the guarded cross-entropy has a gradient of 1/ε within ε of a corner and none
    beyond it; quantiles let them follow heavy tails.
    """

    def __init__(self, model: Model, fineness: tuple[int, int]):
        nodes_per_panel, panels_per_tail = fineness
        tails = np.geomspace(_TAIL, 0.1, panels_per_tail)
        probability = np.concatenate([tails, np.linspace(0.1, 0.9, _PANELS)[1:-1], 1 - tails[::-1]])
        self.composition, self.densities = model.composition, list(model.densities.values())
        with np.errstate(all="ignore"):
            self.quantiles = [np.unique(p.ppf(probability)) for p in self.densities]
        self.nodes, self.weights = np.polynomial.legendre.leggauss(nodes_per_panel)
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
            distances = (quantiles[-1] - quantiles[0]) / _NEARER
            graded = [x1_corners + side * distance for side in (-1, 1) for distance in distances]
            edges = np.unique(np.clip(np.concatenate([quantiles, x1_corners, *graded]), quantiles[0], quantiles[-1]))
            half = 0.5 * np.diff(edges)[:, None]
            x1 = (0.5 * (edges[1:] + edges[:-1])[:, None] + half * self.nodes).ravel()
            nodes.append(x1)
            weights.append(p.pdf(x1) * (half * self.weights).ravel() / len(self.densities))
        return nodes, weights

    def at_many(self, q: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """The same at many q of shape (n, 2) at once: per class nodes and weights of shape (n, nodes).

        All have as many panels; those of corners out of reach have no width.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            x1_corners = np.nan_to_num((self._corners - q[:, 1:]) / q[:, :1])
        nodes, weights = [], []
        for p, quantiles in zip(self.densities, self.quantiles, strict=True):
            distances = (quantiles[-1] - quantiles[0]) / _NEARER
            graded = x1_corners[:, :, None] + np.concatenate([-distances, [0.0], distances])
            graded = np.clip(graded.reshape(len(q), -1), quantiles[0], quantiles[-1])
            edges = np.sort(np.hstack([np.broadcast_to(quantiles, (len(q), quantiles.size)), graded]), axis=1)
            half = 0.5 * np.diff(edges)[:, :, None]
            x1 = 0.5 * (edges[:, 1:] + edges[:, :-1])[:, :, None] + half * self.nodes
            density = np.where(half > 0, p.pdf(x1), 0.0)  # which at an end may be infinite
            nodes.append(x1.reshape(len(q), -1))
            weights.append((density * (half * self.weights) / len(self.densities)).reshape(len(q), -1))
        return nodes, weights

    @cached_property
    def _corners(self) -> np.ndarray:
        return self.composition.corners(-_REACH_IN_Y, _REACH_IN_Y)
