"""If these fail, fluctuations of a class are missing, and nobody says so."""

import numpy as np
import pytest

from duality.errors import InputError
from duality.records.fluctuations import Head


def test_a_head_has_every_class_that_is_asked_for(tmp_path):
    Head({"zeros": np.array([1.0, -2.0])}).write(tmp_path / "h.npz")
    assert Head.read(tmp_path / "h.npz", ["zeros"]).q_dot["zeros"].tolist() == [1.0, -2.0]
    with pytest.raises(InputError, match="no fluctuations of the class 'ones'"):
        Head.read(tmp_path / "h.npz", ["zeros", "ones"])
    with pytest.raises(InputError, match="must be floats in a row"):
        Head({"zeros": np.array([1, 2])})
