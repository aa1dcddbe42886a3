"""If these fail, a realisation is not what the stages do one after another, or not independent of the others."""

from dataclasses import replace
from functools import partial

import msgspec
import numpy as np
import pytest
from scipy import stats

from duality.config.settings import DatasetSettings, Experiment, JumpsSettings, WindowSettings
from duality.dataset.density import ClassSettings, classes_of, densities
from duality.dataset.model import Model
from duality.jacobian.windows import WindowRules
from duality.jumps.runs import Origin, scan
from duality.random_streams import generator
from duality.realisations.estimates import Design, draw
from duality.realisations.realisation import realise
from duality.records.realisations import REALISATION
from duality.records.record import convert

WINDOWS = WindowSettings(much_less_than=3.0, tail=1e-6, tolerance=0.1, grid=201)


@pytest.fixture(scope="module")
def design(resolved, compositions):
    experiment = convert(resolved["experiments"]["relu_mse"], Experiment, "")
    training = msgspec.structs.replace(experiment.training, steps=50_000, budget=50_000, ess=10, r_hat=1.5, drift=10)
    model = Model(compositions["relu_mse"], densities(resolved["classes"]))
    rules = WindowRules.of_classes(experiment.classes, classes_of(resolved["classes"]), WINDOWS)
    jumps = JumpsSettings(factors=[1], replicas=4, relaxation_times=8, samples=20_000)

    def at_own_gamma(stream, trajectory, equilibrium):
        origin = Origin(training.gamma, trajectory, equilibrium, rules)
        return scan(model, stream, origin, jumps, generator(1, "jumps", int(abs(stream.x1[0]) * 1e9)), told_nothing)

    return Design(
        model,
        classes_of(resolved["classes"]),
        DatasetSettings(shards=2, samples_per_shard=8192, training_shards=1),
        training,
        experiment.classes,
        rules,
        at_own_gamma,
    )


def told_nothing(_):
    pass


@pytest.mark.slow
def test_realisations_are_reproducible_and_differ(design):
    first, again, second = (realise(design, partial(generator, 1, r), told_nothing) for r in (0, 0, 1))
    assert first.equals(again)
    key = ["class", "quantity", "window", "estimate"]
    assert first[key].equals(second[key])
    both = first["se"].notna() & second["se"].notna() & (first["se"] > 1e-8)
    assert both.sum() > 20
    assert (first["value"] != second["value"])[both].all()
    assert list(first.columns) == [c for c in REALISATION.columns if c not in ("experiment", "realisation")]


def test_a_training_that_fails_is_rows_of_nan_and_a_reason(design):
    failing = msgspec.structs.replace(design.training, ess=1e9)
    told = []
    table = realise(Design(**{**vars(design), "training": failing}), partial(generator, 1), told.append)
    assert table["value"].isna().all()
    assert len(table) == 5 + 2 * 3 * 2 * 3 + 2 * 8
    assert "nothing is estimated: no equilibrium after" in told[-1]


@pytest.mark.slow
def test_a_window_that_no_x1_meets_is_missing_and_no_error(design):
    nowhere = {name: msgspec.structs.replace(of, conditions=["x1 > 1000"]) for name, of in design.measured.items()}
    rules = {name: replace(of, rule=replace(of.rule, conditions=["x1 > 1000"])) for name, of in design.rules.items()}
    told = []
    table = realise(replace(design, measured=nowhere, rules=rules), partial(generator, 1), told.append)
    assert table.loc[table["class"] == "", "value"].notna().all()
    of_windows = (table["class"] != "") & ~table["quantity"].str.endswith("jumps")
    assert table.loc[of_windows, "value"].isna().all()
    assert sum("no x1 within reach" in line for line in told) == 2


def test_a_file_is_drawn_from_its_kernel_estimate(design, tmp_path, random):
    """As many values as it has, none of them its own: the population values are those of that density."""
    np.save(tmp_path / "x1.npy", values := random.standard_normal(5001))
    settings = {"mine": ClassSettings(x2=0.0, file=str(tmp_path / "x1.npy"), shards=2)}
    own = densities({"mine": msgspec.to_builtins(settings["mine"])})
    model = Model(design.model.composition, {**own, "ones": design.model.densities["ones"]})
    drawn = draw(
        Design(**{**vars(design), "model": model, "classes": {**settings, "ones": design.classes["ones"]}}),
        partial(generator, 1),
    )
    assert [x1.size for x1 in drawn["mine"]] == [2501, 2500]
    assert not set(np.concatenate(drawn["mine"])) & set(values)
    assert stats.ks_2samp(np.concatenate(drawn["mine"]), values).pvalue > 1e-3
    assert [x1.size for x1 in drawn["ones"]] == [8192, 8192]
