"""If these fail, what later stages read of an equilibrium is not what was trained."""

import numpy as np
import pytest
from msgspec.structs import replace

from duality.dataset.model import Model
from duality.dataset.stream import Stream
from duality.formulas.compose import compose
from duality.random_streams import generator
from duality.records.estimates import Frozen
from duality.records.record import read, write
from duality.records.training import Equilibrium, Trajectory
from duality.training.accuracy import stream_accuracy, stream_loss
from duality.training.equilibrium import report
from duality.training.sgd import Sgd, train


@pytest.fixture(scope="module")
def model(compositions, classes):
    return Model(compositions["relu_quartic"], classes)


@pytest.fixture(scope="module")
def trained(model, stream, settings):
    return train(Sgd(model.composition, stream), settings, generator(1, "test"), print)


@pytest.fixture(scope="module")
def equilibrium(model, stream, trained, settings):
    return report(model, stream, trained, settings, print)


def test_training_reaches_the_mean_of_infinite_data_within_its_error(equilibrium):
    assert np.abs(equilibrium.population.distance).max() < 4
    assert abs(equilibrium.population.accuracy.z) < 4
    assert equilibrium.accuracy.value > 0.97
    assert equilibrium.population.stationary_sd[0] == pytest.approx(equilibrium.diagnostics["w"].sd, rel=0.15)


def test_the_report_is_of_the_draws_that_count(equilibrium, trained, stream, model):
    trajectory = trained.trajectory
    w, b = trajectory.w[:, trajectory.kept :], trajectory.b[:, trajectory.kept :]
    assert 0 < trajectory.kept < trajectory.steps.size
    assert equilibrium.frozen(0.01) == Frozen(w.mean(), b.mean(), 0.01)
    mcse = [d.mcse for d in trained.diagnostics.values()]
    assert np.sqrt(np.diag(equilibrium.covariance)) == pytest.approx(mcse)
    sampling = np.diag(equilibrium.population.sampling_covariance)
    assert [equilibrium.w.se, equilibrium.b.se] == pytest.approx(np.sqrt(np.square(mcse) + sampling))
    assert equilibrium.w.se > 1.001 * mcse[0]
    assert (equilibrium.replicas, equilibrium.draws) == w.shape
    assert equilibrium.steps == trajectory.steps_per_draw * trajectory.steps.size
    assert equilibrium.burn_in == trajectory.steps[trajectory.kept]
    at = model.composition, stream, w.mean(), b.mean()
    assert equilibrium.accuracy.value == stream_accuracy(*at).value
    assert stream_accuracy(*at).se < equilibrium.accuracy.se < 1.5 * stream_accuracy(*at).se
    assert equilibrium.loss == stream_loss(*at)


def test_distances_are_in_standard_errors(equilibrium):
    """Those of Monte Carlo and of sampling, together."""
    theory = equilibrium.population
    variance = np.diag(equilibrium.covariance) + np.diag(theory.sampling_covariance)
    means = np.array([equilibrium.w.value, equilibrium.b.value])
    assert theory.distance == pytest.approx((means - theory.mean) / np.sqrt(variance))
    assert theory.distance_from_optimum == pytest.approx((means - theory.optimum) / np.sqrt(variance))
    assert theory.distance != theory.distance_from_optimum


def test_a_report_and_its_trajectory_are_read_as_they_were_written(equilibrium, trained, tmp_path):
    write(equilibrium, tmp_path / "equilibrium.json", Equilibrium)
    assert read(tmp_path / "equilibrium.json", Equilibrium) == equilibrium
    trained.trajectory.write(tmp_path / "trajectory.npz")
    again = Trajectory.read(tmp_path / "trajectory.npz")
    assert np.array_equal(again.counted, trained.trajectory.counted)
    assert np.array_equal(again.steps, trained.trajectory.steps)


@pytest.mark.slow
def test_without_a_population_optimum_there_is_no_reference(classes, stream, trained, settings):
    """H = f has a gradient everywhere and a minimum nowhere."""
    told = []
    found = report(Model(compose("y", "f", [0, 1]), classes), stream, trained, settings, told.append)
    assert found.population is None
    assert found.w.se == trained.diagnostics["w"].mcse
    assert len(told) == 1
    assert told[0].startswith("no population optimum: the population loss has no minimum")


def test_the_optimum_of_repeated_samples_is_no_better_known(model, stream, settings):
    few = Stream(stream.x1[:4096], stream.label[:4096])
    repeated = Stream(np.tile(few.x1, 3), np.tile(few.label, 3))
    trained = train(Sgd(model.composition, few), replace(settings, r_hat=2, ess=4), generator(1, "test"), print)
    once, thrice = (
        report(model, data, trained, settings, print).population.sampling_covariance for data in (few, repeated)
    )
    assert np.array(thrice) == pytest.approx(np.array(once), rel=1e-12)
