"""If these fail, a stage meets a key that its record does not have, or lacks one, when the workflow runs."""

import pytest

from duality.config.settings import (
    CalibrationSettings,
    Experiment,
    FitSettings,
    GuardSubject,
    GuardTheorySettings,
    GuardTrainingSettings,
    JumpsSettings,
    MeasuredClass,
    Shown,
    TrainingSettings,
    UnguardedTrainingSettings,
    WindowSettings,
)
from duality.conventions import QUANTITIES
from duality.dataset.density import ClassSettings, classes_of
from duality.errors import InputError
from duality.records.record import convert


def test_every_part_of_the_shipped_config_converts(resolved):
    """And says the same: a record that dropped or renamed a value would change what is computed."""
    assert len(resolved["experiments"]) == 5
    for name, content in resolved["experiments"].items():
        experiment = convert(content, Experiment, name)
        assert convert(content["training"], TrainingSettings, name) == experiment.training
        assert experiment.training.start.w == tuple(content["training"]["start"]["w"])
        assert experiment.composition.labels == [0.0, 1.0]
        for class_name, measured in experiment.classes.items():
            assert convert(content["classes"][class_name], MeasuredClass, class_name) == measured
            assert list(measured.predicted) == list(measured.texts) == list(QUANTITIES)
    classes = classes_of(resolved["classes"])
    assert {name: (c.x2, c.mean, c.sd) for name, c in classes.items()} == {"zeros": (0, 0, 0.25), "ones": (1, 1, 0.25)}
    assert convert(resolved["classes"]["ones"], ClassSettings, "ones") == classes["ones"]
    figure = convert(resolved["figures"]["figure_8"], Shown, "figure_8")
    assert (figure.experiment, figure.class_name, figure.predicted) == ("relu_quartic", "zeros", "2/3")
    statistics = resolved["statistics"]
    parts = {kind: {key: statistics[key] for key in kind.__struct_fields__} for kind in (WindowSettings, FitSettings)}
    assert {key for part in parts.values() for key in part} == set(statistics)
    assert convert(parts[FitSettings], FitSettings, "statistics").sensitivity == [1.5, 2, 3, 5, 10, 30]
    assert convert(parts[WindowSettings], WindowSettings, "statistics").much_less_than == 3
    assert convert(resolved["jumps"], JumpsSettings, "jumps").factors == [1, 0.5, 0.25]
    guard = resolved["guard"]
    subject = convert(guard["subject"], GuardSubject, "guard.subject")
    assert subject.training == convert(resolved["experiments"][guard["experiment"]], Experiment, "e").training
    assert subject.composition.loss_parameters == {guard["parameter"]: 0.001}
    for part, kind in (
        ("theory", GuardTheorySettings),
        ("training", GuardTrainingSettings),
        ("unguarded_training", UnguardedTrainingSettings),
    ):
        assert convert(guard[part], kind, part)


def test_fractions_become_the_nearest_numbers(resolved):
    """The text of an exponent is the key of its random stream: other digits would be other data."""
    calibration = convert(resolved["calibration"], CalibrationSettings, "calibration")
    assert calibration.exponents == [-0.5, 0.0, 1 / 2, 2 / 3, 3 / 4, 1.0, 1.5, 2.0, 3.0]
    assert all(isinstance(k, float) for k in calibration.exponents)
    zeros = resolved["experiments"]["relu_mse"]["classes"]["zeros"]
    nothing = dict.fromkeys(QUANTITIES)
    assert zeros["predicted"] == nothing | {"q_dot": 0.0, "w_dot": 0.5, "b_dot": 0.0}
    assert zeros["texts"] == nothing | {"q_dot": "0", "w_dot": "1/2", "b_dot": "0"}


@pytest.mark.parametrize("change", [{"gamma": "0.1"}, {"gama": 0.1}, {"start": {"w": [0, 1]}}])
def test_settings_that_are_not_complete_are_refused(resolved, change):
    training = resolved["experiments"]["relu_mse"]["training"] | change
    with pytest.raises(InputError, match="training: "):
        convert(training, TrainingSettings, "training")
