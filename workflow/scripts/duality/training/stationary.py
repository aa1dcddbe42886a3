"""The stationary (w, b) of SGD at a finite learning rate, computed without any training.

Stationarity of the mean asks for ⟨∂H/∂q⟩ = 0, that of the second moments for ⟨δq ∂H/∂q⟩ + ⟨∂H/∂q δq⟩ = γ·⟨∂H/∂q ∂H/∂q⟩,
all averages over the data and over the stationary (w, b), and exact at any γ. They close if (w, b) is taken to be
Gaussian: then ⟨δq ∂H/∂q⟩ = C·A with A = ⟨∂²H/∂q∂q⟩ (Stein's lemma), so that A·C + C·A = γ·B, the Lyapunov equation of
small γ with A and B averaged over the fluctuations. As γ → 0 it is the theory of `duality.training.population`. Where H
has a narrow steep part that theory sees it at one point, and the fluctuations smooth it.

A force that moves the mean changes the fluctuations too, and these the force that holds the mean: by how much a finite
data set moves it is not A⁻¹ of its kick, but what the closure answers to a push.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import linalg, special

from duality.dataset.model import Model
from duality.errors import InputError
from duality.training.population import Population, PopulationLoss, class_quadrature

Function = Callable[[np.ndarray], np.ndarray]

_NODES_PER_AXIS = 6
_DEVIATIONS = 512  # equally likely deviations of y over which the kick of a sample is averaged
_MOST_DRAWS = 1024  # (w, b) over which a kick is averaged
_MOST_STEPS = 60
_PUSH = 0.1  # in standard deviations of the stationary (w, b)
_ACCURACY = 1e-5  # of the mean, in standard deviations, and of these


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


def stationary(model: Model, population: Population, gamma: float) -> Stationary:
    """The stationary (w, b) on infinite data, by a Gaussian closure of the moments.

    Parameters
    ----------
    model : Model
    population : Population
        Where the search starts.
    gamma : float
        Learning rate.

    Raises
    ------
    InputError
        If there is none: at this γ the fluctuations reach where the loss does not hold them.
    """
    loss = PopulationLoss(model)
    start = population.optimum + gamma * population.shift, gamma * population.covariance
    mean, covariance, averaged = _close(loss, gamma, start, np.zeros(2))
    strengths, axes = linalg.eigh(averaged)
    response = np.zeros((2, 2))
    for strength, axis in zip(strengths, axes.T, strict=True):
        push = _PUSH * strength * np.sqrt(axis @ covariance @ axis)
        plus, minus = (_close(loss, gamma, (mean, covariance), side * push * axis)[0] for side in (1, -1))
        response += np.outer((minus - plus) / (2 * push), axis)
    return Stationary(mean, covariance, linalg.inv(response))


def _close(
    loss: PopulationLoss, gamma: float, start: tuple[np.ndarray, np.ndarray], force: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, covariance and averaged curvature under a constant force, found from a mean and a covariance near them."""
    z, weights = _normal_lattice()
    mean, covariance = start
    for _ in range(_MOST_STEPS):
        root = linalg.sqrtm(covariance).real
        at = mean + z @ root
        kicks, squares = map(np.array, zip(*map(loss.kicks, at), strict=True))
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
    mean by what its samples do on average. The average is over (w, b) as they were drawn: where kicks are heavy, a
    Gaussian of the closure is too wide, smooths them too much, and has B̄ too small by half.

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


def mean_kick(h: Function, mean: np.ndarray, covariance: np.ndarray, x1: np.ndarray) -> np.ndarray:
    """h averaged over the stationary (w, b): at a given x1, y is Gaussian as they are.

    Parameters
    ----------
    h : function of ndarray
        Of y.
    mean, covariance : ndarray, shape (2,) and (2, 2)
        Of (w, b).
    x1 : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (n,)
    """
    normal = special.ndtri((np.arange(_DEVIATIONS) + 0.5) / _DEVIATIONS)[:, None]
    normal /= np.std(normal)  # the midpoints alone would lack the tails' share
    C = covariance
    sd = np.sqrt(C[0, 0] * x1**2 + 2 * C[0, 1] * x1 + C[1, 1])
    return h(mean[0] * x1 + mean[1] + sd * normal).mean(axis=0)


def _normal_lattice() -> tuple[np.ndarray, np.ndarray]:
    """Nodes, shape (nodes, 2), and weights of an average over two independent standard normal numbers."""
    z, weights = np.polynomial.hermite_e.hermegauss(_NODES_PER_AXIS)
    weights = weights / weights.sum()
    return np.stack(np.meshgrid(z, z), axis=-1).reshape(-1, 2), np.outer(weights, weights).ravel()
