"""If these fail, a key that was renamed, dropped or mistyped travels on from one stage to another."""

import json

import numpy as np
import pytest

from duality.errors import InputError
from duality.records.estimates import Estimate
from duality.records.jacobian import Window
from duality.records.record import read, write

WINDOW = Window(0, 0.1, 0.2, 1e-3, 1e-1, 0.5)


def test_a_record_comes_back_as_it_was(tmp_path):
    write({"a": WINDOW}, tmp_path / "x.json", dict[str, Window])
    assert read(tmp_path / "x.json", dict[str, Window]) == {"a": WINDOW}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda w: w.pop("q_low"), r"missing required field `q_low` - at `\$?\.?a`|missing required field `q_low`"),
        (lambda w: w.update(q_lowest=w.pop("q_low")), r"`q_lowest`|`q_low`"),
        (lambda w: w.update(extra=1), r"unknown field `extra`"),
        (lambda w: w.update(branch="0"), r"Expected `int`, got `str`.*branch"),
        (lambda w: w.update(probability=50.0), r"Expected `float` <= 1.0.*probability"),
        (lambda w: w.update(q_low=-3.0), r"Expected `float` > 0.0.*q_low"),
        (lambda w: w.update(q_high=1e-9), r"runs from x1_low to x1_high"),
        (lambda w: w.update(q_high=None), r"Expected `float`, got `null`.*q_high"),
    ],
)
def test_another_key_or_type_is_one_line_with_its_name(tmp_path, change, complaint):
    path = tmp_path / "x.json"
    write({"a": WINDOW}, path, dict[str, Window])
    content = json.loads(path.read_text())
    change(content["a"])
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=complaint) as caught:
        read(path, dict[str, Window])
    assert "x.json" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_writer_checks_what_it_writes(tmp_path):
    path = tmp_path / "x.json"
    for bad in (Window(0, 0.1, 0.2, 1e-3, np.float32(0.1), 0.5), Window("0", 0.1, 0.2, 1e-3, 1e-1, 0.5)):
        with pytest.raises(InputError):
            write({"a": bad}, path, dict[str, Window])
    with pytest.raises(InputError, match="not finite"):
        write(Estimate(0.0, float("inf"), (-np.inf, np.inf)), path, Estimate)
    assert not path.exists()
