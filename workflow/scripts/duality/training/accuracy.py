"""Accuracy: how often f(y) is nearer to a sample's own x2 than to any other class's."""

import numpy as np

from duality.dataset.model import Model
from duality.dataset.stream import Stream
from duality.formulas.composition import Composition
from duality.records.estimates import Estimate


def _nearest(composition: Composition, y: np.ndarray) -> np.ndarray:
    """The index of the class whose x2 is nearest to f(y), elementwise."""
    labels = np.array(composition.labels)
    order = np.argsort(labels)
    midpoints = 0.5 * (labels[order][1:] + labels[order][:-1])
    return order[np.searchsorted(midpoints, composition.activation(y.ravel()))].reshape(y.shape)


def stream_accuracy(composition: Composition, stream: Stream, w: float, b: float) -> Estimate:
    """The share of a stream's samples that are told right at (w, b).

    Its error is that of the samples there are, however often the stream repeats them, class by class: a stream has as
    many of each by design.
    """
    correct = _nearest(composition, w * stream.x1 + b) == stream.label
    size = np.bincount(stream.label)
    right = np.bincount(stream.label, correct) / size
    # A class that is repeated r times has 1/r of its samples: its share is as uncertain as theirs.
    variance = right * (1 - right) * stream.repetitions / size
    weight = size / stream.x1.size
    return Estimate.normal(float(weight @ right), np.sqrt(weight**2 @ variance))


def stream_loss(composition: Composition, stream: Stream, w: float, b: float) -> float:
    """The mean of H over a stream at (w, b)."""
    y = w * stream.x1 + b
    losses = [H(y[stream.label == label]) for label, H in enumerate(composition.functions(0))]
    return float(np.sum([np.sum(H) for H in losses]) / stream.x1.size)


def population_accuracy(model: Model, w: np.ndarray | float, b: np.ndarray | float, midpoints: int) -> np.ndarray:
    """The share of all samples, the classes being equally likely, that are told right, at each of many (w, b).

    Parameters
    ----------
    model : Model
    w, b : ndarray or float, of one shape
    midpoints : int
        Equally likely intervals of x1 of a class, at whose midpoints it is counted.

    Returns
    -------
    ndarray of the shape of w
        0 where w or b is NaN or infinite.
    """
    w, b = np.asarray(w, float), np.asarray(b, float)
    right = np.zeros(w.shape)
    finite = np.isfinite(w) & np.isfinite(b)
    probability = (np.arange(midpoints) + 0.5) / midpoints
    for label, density in enumerate(model.densities.values()):
        y = np.multiply.outer(w[finite], density.ppf(probability)) + b[finite][..., None]
        right[finite] += np.mean(_nearest(model.composition, y) == label, axis=-1) / len(model.densities)
    return right
