"""What is reported of an equilibrium: (w, b) with errors, accuracy, and how far it is from what theory expects."""

from collections.abc import Callable

import numpy as np

from duality.config.settings import TrainingSettings
from duality.dataset.model import Model
from duality.dataset.stream import Stream
from duality.errors import InputError
from duality.records.estimates import Estimate, ParameterErrors, PopulationValue
from duality.records.record import Matrix, Pair
from duality.records.training import Equilibrium, PopulationReference
from duality.training.accuracy import population_accuracy, stream_accuracy, stream_loss
from duality.training.convergence import covariance_of_means
from duality.training.population import population_optimum, sampling_covariance, stationary
from duality.training.sgd import Trained

_MIDPOINTS = 1 << 16  # equally likely x1 of a class at which the accuracy of the population is counted


def report(
    model: Model, stream: Stream, trained: Trained, settings: TrainingSettings, progress: Callable[[str], None]
) -> Equilibrium:
    """The equilibrium of a training.

    Parameters
    ----------
    model : Model
    stream : Stream
        Which was trained on: repeated samples in it count once in the error of the population optimum.
    trained : Trained
    settings : TrainingSettings
        By which it was trained.
    progress : function of str
        Told why, if the population loss has no optimum.
    """
    trajectory, diagnostics = trained.trajectory, trained.diagnostics
    w, b = trajectory.counted
    means = np.array([w.mean(), b.mean()])
    covariance = covariance_of_means(w, b, [diagnostics["w"].mcse, diagnostics["b"].mcse])
    try:
        theory = population_optimum(model, means.tolist())
        reached = stationary(model, theory, settings.gamma, settings.mini_batch)
    except InputError as error:  # a reference is missing then, not the training
        progress(f"no population optimum: {error}")
        reached = None
    sampling = np.zeros((2, 2))
    if reached:
        draws = np.stack([w.ravel(), b.ravel()], axis=-1)
        sampling = sampling_covariance(model, reached.curvature, draws, stream.x1.size, stream.repetitions)
    errors = ParameterErrors(covariance, sampling)
    accuracy = _accuracy(model, stream, means, errors)
    se = np.sqrt(np.diag(errors.total))
    return Equilibrium(
        w=Estimate.normal(means[0], se[0]),
        b=Estimate.normal(means[1], se[1]),
        covariance=_matrix(covariance),
        diagnostics=diagnostics,
        steps=int(trajectory.steps[-1]),
        burn_in=int(trajectory.steps[trajectory.kept]),
        draws=w.shape[1],
        replicas=w.shape[0],
        accuracy=accuracy,
        loss=stream_loss(model.composition, stream, means[0], means[1]),
        population=PopulationReference(
            optimum=_pair(theory.optimum),
            mean=_pair(reached.mean),
            stationary_covariance=_matrix(reached.covariance),
            mean_to_first_order=_pair(theory.optimum + settings.gamma / settings.mini_batch * theory.shift),
            curvature=_matrix(reached.curvature),
            sampling_covariance=_matrix(sampling),
            accuracy=PopulationValue.beside(accuracy, _population_accuracy(model, reached.mean), 1 / _MIDPOINTS),
            distance=_pair((means - reached.mean) / se),
            distance_from_optimum=_pair((means - theory.optimum) / se),
        )
        if reached
        else None,
    )


def _accuracy(model: Model, stream: Stream, means: np.ndarray, errors: ParameterErrors) -> Estimate:
    """Of the stream; by how much it would differ at other (w, b) is told by differences over a standard error."""
    found = stream_accuracy(model.composition, stream, means[0], means[1])
    variances, axes = np.linalg.eigh(errors.total)
    inherited = [
        0.5 * (_population_accuracy(model, means + step) - _population_accuracy(model, means - step))
        for step in (np.sqrt(np.maximum(variances, 0)) * axes).T
    ]
    return Estimate.normal(found.value, np.sqrt(found.se**2 + np.sum(np.square(inherited))))


def _population_accuracy(model: Model, q: np.ndarray) -> float:
    return float(population_accuracy(model, q[0], q[1], _MIDPOINTS))


def _pair(values: np.ndarray) -> Pair:
    return float(values[0]), float(values[1])


def _matrix(values: np.ndarray) -> Matrix:
    return _pair(values[0]), _pair(values[1])
