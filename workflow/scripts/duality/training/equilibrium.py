"""What is reported of an equilibrium: (w, b) with errors, accuracy, and how far it is from what theory expects."""

from collections.abc import Callable

import numpy as np

from duality.dataset.model import Model
from duality.dataset.stream import Stream, repetitions
from duality.errors import InputError
from duality.records import Equilibrium, Estimate, Matrix, Pair, PopulationReference
from duality.training.accuracy import stream_accuracy, stream_loss
from duality.training.convergence import covariance_of_means
from duality.training.population import population_optimum
from duality.training.sgd import Trained


def report(
    model: Model, stream: Stream, trained: Trained, gamma: float, progress: Callable[[str], None]
) -> Equilibrium:
    """The equilibrium of a training.

    Parameters
    ----------
    model : Model
    stream : Stream
        Which was trained on: repeated samples in it count once in the error of the population optimum.
    trained : Trained
    gamma : float
    progress : function of str
        Told why, if the population loss has no optimum.
    """
    trajectory, diagnostics = trained.trajectory, trained.diagnostics
    w, b = trajectory.counted
    means = np.array([w.mean(), b.mean()])
    mcse = [diagnostics["w"].mcse, diagnostics["b"].mcse]
    covariance = covariance_of_means(w, b, mcse)
    try:
        population = _reference(model, stream, gamma, means, covariance)
    except InputError as error:  # a reference is missing then, not the training
        progress(f"no population optimum: {error}")
        population = None
    sampling = np.array(population.sampling_covariance) if population else np.zeros((2, 2))
    total = np.sqrt(np.diag(covariance + sampling))
    return Equilibrium(
        w=Estimate.normal(means[0], total[0]),
        b=Estimate.normal(means[1], total[1]),
        covariance=_matrix(covariance),
        diagnostics=diagnostics,
        steps=int(trajectory.steps[-1]),
        burn_in=int(trajectory.steps[trajectory.kept]),
        draws=w.shape[1],
        replicas=w.shape[0],
        accuracy=stream_accuracy(model.composition, stream, means[0], means[1]),
        loss=stream_loss(model.composition, stream, means[0], means[1]),
        population=population,
    )


def _reference(
    model: Model, stream: Stream, gamma: float, means: np.ndarray, covariance: np.ndarray
) -> PopulationReference:
    """What theory expects, and how far the means, of that covariance by Monte Carlo error, are from it."""
    theory = population_optimum(model, means.tolist(), repetitions(stream))
    sampling = theory.sampling / stream.x1.size
    se = np.sqrt(np.diag(covariance) + np.diag(sampling))
    shift = gamma * theory.shift
    return PopulationReference(
        optimum=_pair(theory.optimum),
        shift=_pair(shift),
        stationary_sd=_pair(np.sqrt(gamma * np.diag(theory.covariance))),
        sampling_covariance=_matrix(sampling),
        distance=_pair((means - theory.optimum) / se),
        distance_from_shifted=_pair((means - theory.optimum - shift) / se),
    )


def _pair(values: np.ndarray) -> Pair:
    return float(values[0]), float(values[1])


def _matrix(values: np.ndarray) -> Matrix:
    return _pair(values[0]), _pair(values[1])
