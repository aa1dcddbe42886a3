"""If these fail, a sample counts as right that is not, or the accuracy's error is not its error."""

import numpy as np
import pytest
from scipy import special

from duality.dataset.model import Model
from duality.dataset.stream import Stream, mix
from duality.formulas.compose import compose
from duality.training.accuracy import population_accuracy, stream_accuracy, stream_loss


def test_accuracy_counts_the_nearest_label(compositions):
    stream = Stream(np.array([0.0, 0.4, 0.6, 1.0]), np.array([0, 1, 1, 1], np.int8))
    assert stream_accuracy(compositions["relu_mse"], stream, 1.0, 0.0).value == 0.75
    assert stream_loss(compositions["relu_mse"], stream, 1.0, 0.0) == pytest.approx(np.mean([0, 0.36, 0.16, 0]))


def test_labels_need_not_be_ascending(random):
    """Three classes of the labels 2, -1 and 0, told by f = y = x1."""
    composition = compose("y", "(f - x2)**2", [2, -1, 0])
    x1 = random.uniform(-3, 4, 3000)
    nearest = np.argmin(np.abs(x1[:, None] - np.array([2, -1, 0])), axis=1).astype(np.int8)
    assert np.unique(nearest).tolist() == [0, 1, 2]
    assert stream_accuracy(composition, Stream(x1, nearest), 1.0, 0.0).value == 1.0
    wrong = ((nearest + 1) % 3).astype(np.int8)
    assert stream_accuracy(composition, Stream(x1, wrong), 1.0, 0.0).value == 0.0


def test_repeated_samples_are_no_more_samples(compositions, random):
    """The error of the accuracy is its spread over data sets, and that of distinct samples is binomial per class."""

    def accuracy(stream):
        return stream_accuracy(compositions["relu_mse"], stream, 1.0, 0.05)

    found = [
        accuracy(mix([random.normal(0, 0.25, 200), random.normal(1, 0.25, 2000)], np.random.default_rng(seed)))
        for seed in range(400)
    ]
    errors = [accuracy.se for accuracy in found]
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std([a.value for a in found]), rel=0.1)
    stream = mix([random.normal(0, 0.25, 3000), random.normal(1, 0.25, 3000)], random)
    once, thrice = accuracy(stream), accuracy(Stream(np.tile(stream.x1, 3), np.tile(stream.label, 3)))
    right = [np.mean((own + 0.05 > 0.5) == label) for label, own in enumerate(map(stream.of, (0, 1)))]
    assert right[0] != right[1]
    assert once.se == pytest.approx(np.sqrt(sum(share * (1 - share) / 3000 for share in right)) / 2, rel=1e-12)
    assert thrice.se == pytest.approx(once.se, rel=1e-12)


def test_accuracy_of_the_population_is_that_of_a_threshold(compositions, classes):
    """y = 1/2 at x1 = 1/2 gives Φ(2), whatever the slope. Guessing is 1/2; 0 where w or b is NaN or infinite."""
    model = Model(compositions["piecewise_linear_cross_entropy"], classes)
    w, b = np.array([2.0, 16.0, 0.1, np.nan, np.inf, -2.0]), np.array([-0.5, -7.5, -9.0, 0.0, 0.0, 1.5])
    expected = [special.ndtr(2), special.ndtr(2), 0.5, 0.0, 0.0, special.ndtr(-2)]
    assert population_accuracy(model, w, b, 1 << 14) == pytest.approx(expected, abs=1e-4)
    assert population_accuracy(model, 2.0, -0.5, 1 << 14) == population_accuracy(model, w, b, 1 << 14)[0]


def test_the_population_is_what_streams_are_drawn_from(compositions, classes, stream):
    drawn = stream_accuracy(compositions["relu_quartic"], stream, 0.8, 0.2)
    population = population_accuracy(Model(compositions["relu_quartic"], classes), 0.8, 0.2, 1 << 14)
    assert drawn.value == pytest.approx(float(population), abs=4 * drawn.se)
