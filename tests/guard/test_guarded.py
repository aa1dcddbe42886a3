"""If these fail, what is said about the guard of the cross-entropy on a ramp is not so."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from scipy import special, stats

from duality.config.settings import GuardTheorySettings, GuardTrainingSettings
from duality.guard.guarded import kick_moment, theory, training
from duality.jacobian.duality import Duality
from duality.random_streams import generator
from duality.records.estimates import Frozen
from duality.records.guard import GUARD_THEORY, GUARD_TRAINING
from duality.training.population import sampling_covariance, stationary


@pytest.mark.parametrize("epsilon", [1e-2, 1e-4, 1e-7])
def test_moments_of_the_kick_are_the_analytic_ones(subject, epsilon):
    """x1 even on [0, 1] and y = x1: ⟨h⟩ = ln((1 - ε)/ε), ⟨h²⟩ = 1/ε - 1/(1 - ε); for 'ones' with the other sign."""
    composition = subject.guarded(epsilon).composition
    for label, sign in ((0, 1), (1, -1)):
        duality = Duality(composition, label, stats.uniform(), Frozen(1.0, 0.0, 0.001))
        assert sign * kick_moment(duality, 1) == pytest.approx(np.log((1 - epsilon) / epsilon), rel=1e-5)
        assert kick_moment(duality, 2) == pytest.approx(1 / epsilon - 1 / (1 - epsilon), rel=1e-5)


@pytest.mark.slow
def test_theory_has_the_divergences_of_the_paper_s_exponent_two(subject, tmp_path):
    told = []
    table = theory(subject, GuardTheorySettings(values=[1e-3, 1e-4, 1e-5, 1e-6]), told.append)
    assert len(told) == 4
    GUARD_THEORY.write(table, tmp_path / "theory.csv")
    assert GUARD_THEORY.read(tmp_path / "theory.csv").equals(table)
    zeros, ones = (table[table["class"] == name].reset_index(drop=True) for name in ("zeros", "ones"))
    assert len(zeros) == len(ones) == 4
    # The classes mirror each other.
    assert zeros["mean_kick"].to_numpy() == pytest.approx(-ones["mean_kick"].to_numpy(), rel=1e-6)
    assert (zeros["mean_kick"] > 0).all()
    # At fixed (w, b): p(x1)/|w| at the edge y = 1, per unit of ln 1/ε and of 1/ε.
    w, b = zeros.loc[0, ["w", "b"]]
    edge = stats.norm(0, 0.25).pdf((1 - b) / w) / w
    assert np.diff(zeros["mean_kick_fixed"])[-1] == pytest.approx(edge * np.log(10), rel=1e-3)
    assert (zeros["square_kick_fixed"] * zeros["value"]).iloc[-1] == pytest.approx(edge, rel=1e-2)
    # The optimum gives way, so that fewer samples are misjudged without a say; accuracy stays.
    assert (np.diff(zeros["w"]) < 0).all()
    assert (np.diff(zeros["wrong_dead"]) < 0).all()
    assert zeros["wrong_dead"][0] == pytest.approx(special.ndtr(-(1 - 1e-3 - b) / w / 0.25), rel=1e-6)
    assert table["accuracy"].to_numpy() == pytest.approx(special.ndtr(2), abs=1e-4)
    assert ones["k_jacobian"].to_numpy() == pytest.approx(2, abs=0.01)


@pytest.mark.slow
def test_training_follows_the_guard(subject, stream, random, tmp_path):
    settings = GuardTrainingSettings(values=[0.03], gamma_over_value=[0.1], replicas=8, relaxation_times=300)
    table = training(subject, stream, settings, generator(1, "test"), lambda _: None)
    GUARD_TRAINING.write(table, tmp_path / "training.csv")
    assert GUARD_TRAINING.read(tmp_path / "training.csv").equals(table)
    assert table["class"].tolist() == ["zeros", "ones"]
    row, population = table.iloc[0], subject.optimum(0.03)
    assert (row["outcome"], row["value"], row["gamma"], row["gamma_over_value"]) == ("equilibrium", 0.03, 0.003, 0.1)
    reached = stationary(subject.guarded(0.03), population, row["gamma"])
    draws = random.multivariate_normal(reached.mean, reached.covariance, 1024)
    sampling = sampling_covariance(subject.guarded(0.03), reached.curvature, draws, stream.x1.size, np.ones(2))
    sampling = np.sqrt(np.diag(sampling))
    for index, name in enumerate(("w", "b")):
        error = np.hypot(row[f"{name}_mcse"], sampling[index])
        assert row[name] == pytest.approx(reached.mean[index], abs=4 * error)
        # To leading order in γ, of which the next one is not small here.
        assert row[f"{name}_sd"] == pytest.approx(np.sqrt(row["gamma"] * population.covariance[index, index]), rel=0.3)


def test_training_that_finds_no_equilibrium_is_told_as_such(subject, stream, tmp_path):
    settings = GuardTrainingSettings(values=[0.03], gamma_over_value=[0.1], replicas=2, relaxation_times=10)
    endless = msgspec.structs.replace(subject.settings.training, ess=1e9)
    hard = replace(subject, settings=msgspec.structs.replace(subject.settings, training=endless))
    table = training(hard, stream, settings, generator(1, "test"), lambda _: None)
    assert table["class"].tolist() == ["zeros", "ones"]
    assert table["outcome"].str.startswith("no equilibrium after").all()
    assert table.drop(columns=["value", "gamma", "gamma_over_value", "class", "outcome"]).isna().all(axis=None)
    GUARD_TRAINING.write(table, tmp_path / "training.csv")
    assert GUARD_TRAINING.read(tmp_path / "training.csv")["outcome"].tolist() == table["outcome"].tolist()
