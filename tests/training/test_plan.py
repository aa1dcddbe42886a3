"""If these fail, a designed experiment starts where it never reaches its optimum, or is given up too early."""

from fractions import Fraction

import numpy as np
import pytest

from duality.config.design import design
from duality.config.settings import TrainingSettings
from duality.dataset.density import densities
from duality.dataset.model import Model
from duality.dataset.stream import mix
from duality.errors import InputError
from duality.formulas.compose import compose
from duality.records.record import convert
from duality.training.convergence import in_equilibrium
from duality.training.plan import complete, planned, training_settings
from duality.training.population import population_optimum
from duality.training.sgd import Sgd, train

CAP = 1000


@pytest.fixture
def model(resolved):
    def of(k):
        made = design(Fraction(k), Fraction(CAP), (0, 1))
        return Model(compose(made.activation, made.loss, [0, 1]), densities(resolved["classes"]))

    return of


@pytest.fixture
def given(resolved):
    """What the config says of all trainings."""
    return {key: resolved["training"][key] for key in ("mini_batch", "replicas", "burn_in", "r_hat", "ess", "drift")}


@pytest.mark.parametrize("k", ["0", "2/3", "1", "2", "3"])
def test_replicas_start_around_the_optimum_and_fluctuate_by_little(model, given, k):
    found, theory = planned(model(k), given), population_optimum(model(k), [2.0, -1.0])
    sd = np.sqrt(found["gamma"] * np.diag(theory.covariance))
    for name, optimum, width in zip("wb", theory.optimum, sd, strict=True):
        low, high = found["start"][name]
        assert low < optimum - 5 * width < optimum + 5 * width < high
    assert 0.015 < sd[0] / theory.optimum[0] < 0.025  # γ is rounded to a digit
    relaxation = 1 / (found["gamma"] * np.min(np.linalg.eigvalsh(theory.curvature)))
    assert 400 * relaxation < found["steps"] < 600 * relaxation
    assert found["thin"] < relaxation


def test_larger_batches_allow_larger_steps(model, given):
    """Their kicks are less noisy: w fluctuates as much at M times γ, until steps become too large for the curvature."""
    one, eight, most = (planned(model("1"), {**given, "mini_batch": M}) for M in (1, 8, 1 << 20))
    assert eight["gamma"] == pytest.approx(8 * one["gamma"], rel=0.3)  # rounded to a digit
    assert np.ptp(eight["start"]["w"]) == pytest.approx(np.ptp(one["start"]["w"]), rel=0.2)
    largest = np.max(np.linalg.eigvalsh(population_optimum(model("1"), [2.0, -1.0]).curvature))
    assert 0.05 < most["gamma"] * largest < 0.15


def test_what_is_given_stays_and_the_rest_follows_from_it(model, given):
    found = planned(model("1"), {**given, "gamma": 0.01})
    default = planned(model("1"), given)
    assert found["gamma"] == 0.01
    assert found["steps"] == pytest.approx(default["steps"] * default["gamma"] / 0.01, rel=0.01)
    assert np.ptp(found["start"]["w"]) == pytest.approx(
        np.ptp(default["start"]["w"]) * np.sqrt(0.01 / default["gamma"])
    )
    short = planned(model("1"), {**given, "gamma": 0.01, "budget": 100_000})
    assert (short["steps"], short["budget"]) == (100_000, 100_000)
    everything = {**default, "gamma": 0.5}
    assert planned(model("1"), everything) == everything


@pytest.mark.slow
def test_the_planned_steps_are_enough(model, given, random):
    """Equilibrium is found when it is first examined, at a γ at which that takes seconds."""
    settings = convert(planned(model("1"), {**given, "gamma": 0.01}), TrainingSettings, "training")
    stream = mix([random.normal(mean, 0.25, 1 << 18) for mean in (0, 1)], random)
    trained = train(Sgd(model("1").composition, stream), settings, random, lambda _: None)
    assert in_equilibrium(trained.diagnostics, settings.r_hat, settings.ess, settings.drift)
    assert trained.trajectory.steps[-1] <= 2 * settings.steps


def test_a_designed_experiment_is_completed_and_no_other(resolved, given):
    made = design(Fraction(2), Fraction(CAP), (0, 1))
    composition = {"activation": made.activation, "loss": made.loss, "labels": [0, 1]}
    mine = {"composition": composition, "design": {"k": 2, "cap": CAP}, "training": given}
    content = {**resolved, "experiments": {**resolved["experiments"], "mine": dict(mine)}}
    complete(content)
    assert convert(content["experiments"]["mine"]["training"], TrainingSettings, "") is not None
    assert content["experiments"]["relu_mse"] == resolved["experiments"]["relu_mse"]
    mine["training"] = {**given, "steps": 10_000, "budget": 5000}
    with pytest.raises(InputError, match=r"config: experiments.mine.training.budget = 5000: must be at least steps"):
        complete({**resolved, "experiments": {"mine": mine}})


def test_classes_that_nothing_tells_apart_are_refused(model, given, resolved):
    same = {name: {**resolved["classes"]["zeros"], "x2": x2} for name, x2 in (("zeros", 0), ("ones", 1))}
    with pytest.raises(InputError, match="have the same median"):
        training_settings(Model(model("1").composition, densities(same)), given)
