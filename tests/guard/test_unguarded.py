"""If these fail, what is said about cross-entropy on a ramp without guard is not so."""

import numpy as np
import pytest

from duality.config.settings import UnguardedTrainingSettings
from duality.dataset.stream import Stream
from duality.guard.subject import MIDPOINTS
from duality.guard.unguarded import alive_at, fatal_kicks, training
from duality.jacobian.duality import dualities
from duality.random_streams import generator
from duality.records.estimates import Frozen
from duality.records.guard import UNGUARDED_TRAINING
from duality.training.accuracy import population_accuracy


def test_fatal_kicks_are_as_rare_as_the_tail_of_the_kicks(subject):
    """Beyond K: p(x1)·γ·√(1 + x1²)/(|w|·K) at the edge. The kick found does what it says, a smaller one not."""
    w, b = subject.optimum(1e-3).optimum
    model = subject.without_guard()
    maps = dualities(model.composition, model.densities, Frozen(w, b, 1e-3))
    for name, (edge, sign) in {"zeros": ((1 - b) / w, -1), "ones": (-b / w, 1)}.items():
        kick, probability = fatal_kicks(model, maps[name], 0.52)
        length = np.sqrt(1 + edge**2)
        expected = model.densities[name].pdf(np.array(edge)) * 1e-3 * length / (w * kick)
        assert probability == pytest.approx(float(expected), rel=0.01)
        step = sign * np.array([edge, 1]) / length
        for factor, lost in ((1.001, True), (0.99, False)):
            moved = np.array([w, b]) + factor * kick * step
            assert (population_accuracy(model, *moved, MIDPOINTS) <= 0.52) == lost
    assert fatal_kicks(model, maps["zeros"], 0.0) == (float("inf"), 0.0)


def test_dead_means_that_no_sample_has_a_gradient(subject, stream, random):
    """Against evaluating the gradient of every sample."""
    few = Stream(stream.x1[:4000], stream.label[:4000])
    composition = subject.without_guard().composition
    w, b = random.normal(0, 8, 300), random.normal(0, 8, 300)
    samples = [np.sort(few.of(label)) for label in (0, 1)]
    h = composition.functions(1)
    expected = [any(np.any(h[k](u * x + v)) for k, x in enumerate(samples)) for u, v in zip(w, b, strict=True)]
    found = alive_at(composition, samples, w, b)
    assert np.array_equal(found, expected)
    assert 30 < np.sum(expected) < 270
    assert not alive_at(composition, samples, np.array([np.nan, 2.0]), np.array([0.0, np.inf])).any()


@pytest.mark.slow
def test_without_guard_runs_collapse_at_the_rate_of_fatal_kicks(subject, stream, tmp_path):
    """Twice γ, twice the rate; nothing collapses at once where γ is tiny, and the dead do not move."""
    settings = UnguardedTrainingSettings(gammas=[0.008, 0.004, 1e-7], replicas=64, steps=200_704)
    table = training(subject, stream, settings, generator(2, "test"), lambda _: None)
    UNGUARDED_TRAINING.write(table, tmp_path / "unguarded_training.csv")
    assert UNGUARDED_TRAINING.read(tmp_path / "unguarded_training.csv").equals(table)
    runs = dict(list(table.groupby("gamma")))
    assert {gamma: len(rows) for gamma, rows in runs.items()} == {0.008: 64, 0.004: 64, 1e-7: 64}
    assert runs[1e-7]["collapsed"].isna().all()
    predicted = {gamma: 1 / rows["predicted_rate"].iloc[0] for gamma, rows in runs.items()}
    assert predicted[0.004] == pytest.approx(2 * predicted[0.008], rel=0.02)
    for gamma in (0.008, 0.004):
        rows = runs[gamma]
        events = rows["collapsed"].count()
        assert events > 50
        # The estimate is one at frozen (w, b), which moves before it collapses: see the figure.
        mean = rows["collapsed"].fillna(rows["steps"]).sum() / events
        assert 0.5 * predicted[gamma] < mean < 2 * predicted[gamma]
    dead = runs[0.008].dropna(subset="died")
    assert len(dead) > 30
    assert (dead["accuracy"] < 0.55).all()
