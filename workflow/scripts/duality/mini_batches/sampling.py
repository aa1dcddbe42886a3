"""Fluctuations of mini-batches at frozen parameters: means of the kicks of M samples of all classes mixed (Eq. 2.3).

Every sample's class is equally likely, and the batches are independent. A batch has no class, only a sign.
"""

from collections.abc import Iterator

import numpy as np

from duality.dataset.density import Gaussian
from duality.dataset.distribution import Density
from duality.dataset.model import Model
from duality.records.estimates import Frozen

_CHUNK = 1 << 18  # samples at once


def draw_batches(
    model: Model, frozen: Frozen, mini_batch: int, batches: int, random: np.random.Generator
) -> dict[str, np.ndarray]:
    """The potential jumps ẇ, ḃ and q̇ of mini-batches of samples that are drawn anew from the classes.

    Memory is that of the batches, not of their samples.

    Parameters
    ----------
    model : Model
    frozen : Frozen
    mini_batch : int
        M.
    batches : int
    random : numpy.random.Generator

    Returns
    -------
    dict of ndarray, each of shape (batches,)
        "q_dot", √(ẇ² + ḃ²) with the sign of ḃ; "w_dot" and "b_dot".
    """
    per_chunk = max(1, _CHUNK // mini_batch)
    sizes = [min(per_chunk, batches - first) for first in range(0, batches, per_chunk)]
    kicks = [_mean_kicks(model, frozen, mini_batch, size, random) for size in sizes]
    return quantities(*np.concatenate(kicks, axis=1))


def quantities(w_dot: np.ndarray, b_dot: np.ndarray) -> dict[str, np.ndarray]:
    """Signed q̇, ẇ and ḃ by name."""
    return {"q_dot": np.copysign(np.hypot(w_dot, b_dot), b_dot), "w_dot": w_dot, "b_dot": b_dot}


def _mean_kicks(model: Model, frozen: Frozen, mini_batch: int, batches: int, random: np.random.Generator) -> np.ndarray:
    """ẇ and ḃ, shape (2, batches). How many samples of a batch are of which class is multinomial; their order does not
    matter to the mean."""
    total = np.zeros((2, batches))
    for x1, h, of_batch in _by_class(model, frozen, mini_batch, batches, random):
        total[0] += np.bincount(of_batch, h * x1, batches)
        total[1] += np.bincount(of_batch, h, batches)
    return -frozen.gamma * (total / mini_batch)


def _by_class(
    model: Model, frozen: Frozen, mini_batch: int, batches: int, random: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Per class x1 and h of its samples, and to which batch each belongs."""
    classes = len(model.densities)
    numbers = random.multinomial(mini_batch, np.full(classes, 1 / classes), size=batches)
    for label, density in enumerate(model.densities.values()):
        of_batch = np.repeat(np.arange(batches), numbers[:, label])
        x1 = _draw(density, of_batch.size, random)
        yield x1, model.composition.function(1, label)(frozen.w * x1 + frozen.b), of_batch


def _draw(density: Density, size: int, random: np.random.Generator) -> np.ndarray:
    if isinstance(density, Gaussian):
        return density.mean + density.sd * random.standard_normal(size)
    # The open interval: 0 and 1 may be at infinity.
    return np.asarray(density.ppf((random.integers(1 << 52, size=size) + 0.5) / (1 << 52)), float)
