"""If these fail, a class is trained, measured or predicted with another class's data or label."""

import pytest

from duality.dataset.density import Gaussian
from duality.dataset.model import Model
from duality.formulas.compose import compose

CLASSES = {"zeros": Gaussian(0, 0.25), "ones": Gaussian(1, 0.25)}


def test_classes_are_numbered_in_the_order_of_the_labels():
    model = Model(compose("y", "(f - x2)**2", [0, 1]), CLASSES)
    assert model.names == ["zeros", "ones"]
    assert [model.label(name) for name in model.names] == [0, 1]


def test_a_label_without_class_is_refused():
    with pytest.raises(ValueError, match="2 classes for 3 labels"):
        Model(compose("y", "(f - x2)**2", [0, 1, 2]), CLASSES)
