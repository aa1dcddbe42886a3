"""If these fail, the guard that is studied is not the config's, or is another one than is said."""

import copy

import numpy as np
import pytest

from duality.config.resolution import resolve
from duality.errors import InputError


def test_the_guard_bounds_the_kick_and_changes_nothing_else(subject):
    """On the ramp |h| = 1/(1 - y) of 'zeros', none within ε of an edge: 1/ε at most."""
    own, other = subject.guarded(subject.own_value), subject.guarded(0.01)
    free = subject.without_guard()
    assert subject.own_value == 0.001
    y = np.linspace(-0.5, 1.5, 4001)
    for model, epsilon in ((own, 0.001), (other, 0.01)):
        assert model.densities == free.densities
        assert np.array_equal(model.composition.activation(y), free.composition.activation(y))
        inside = (y > epsilon) & (y < 1 - epsilon)
        h, unguarded = model.composition.function(1, 0)(y), free.composition.function(1, 0)(y)
        assert h[inside] == pytest.approx(unguarded[inside], rel=1e-12)
        assert not h[(y < epsilon - 1e-9) | (y > 1 - epsilon + 1e-9)].any()
        assert 0.5 / epsilon < np.abs(h).max() <= 1.001 / epsilon


def test_the_optimum_is_where_the_experiment_starts(subject):
    start = subject.settings.training.start
    w, b = subject.optimum(subject.own_value).optimum
    assert start.w[0] < w < start.w[1]
    assert start.b[0] < b < start.b[1]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"experiment": "nonsense"}, r"guard.experiment = 'nonsense': must be one of sigmoid_mse"),
        ({"parameter": "eps"}, r"guard.parameter = 'eps': must be one of epsilon"),
        ({"experiment": "relu_mse"}, r"guard.parameter = 'epsilon': must be one of \(none is defined\)"),
        ({"unguarded": "guarded_cross_entropy"}, r"guard.unguarded = .*a loss without parameters"),
        ({"unguarded": "quartic"}, r"guard.unguarded = 'quartic': must be the loss that .* becomes as epsilon → 0"),
        ({"theory": {"values": [0.6]}}, r"guard.theory.values.0 = 0.6: must be a number between 0 and 1/2"),
        ({"unguarded": "x"}, r"guard.unguarded = 'x': must be one of squared"),
        ({"theory": {"values": []}}, r"guard.theory.values = \[\]: must be a list of 1 to 64"),
    ],
)
def test_a_wrong_name_is_told_in_one_line(shipped, schema, change, complaint):
    config = copy.deepcopy(shipped)
    config["guard"] |= change
    with pytest.raises(InputError, match=complaint) as error:
        resolve(config, schema)
    assert "\n" not in str(error.value)
