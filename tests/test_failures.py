"""If these fail, an experiment that died stops all others, passes for a complete one, or nobody learns why it died."""

import json

import numpy as np
import pytest
from measured_results import measured

from duality.failures import ExperimentFailed, failure_in, write_failure
from duality.figures.style import notice, save
from duality.provenance.content import content_digest
from duality.records.fluctuations import HISTOGRAM, FluctuationSums, Head
from duality.records.jacobian import MAP
from duality.records.record import complete, complete_and_failed, read, write
from duality.records.training import Equilibrium, Trajectory

WHY = 'died after 1200 steps: "w" is 3, change training.gamma (lower it), or µ'
READERS = {
    "json": lambda path: read(path, Equilibrium),
    "csv": MAP.read,
    "npz": HISTOGRAM.read,
    "trajectory.npz": Trajectory.read,
    "head.npz": lambda path: Head.read(path, ["zeros"]),
    "sums.npz": FluctuationSums.none(["zeros"]).add,
}


@pytest.mark.parametrize("ending", READERS)
def test_who_reads_a_file_of_what_failed_learns_why(tmp_path, ending):
    path = tmp_path / f"of.{ending}"
    write_failure(WHY, path)
    assert failure_in(path) == WHY
    with pytest.raises(ExperimentFailed) as told:
        READERS[ending](path)
    assert str(told.value) == WHY
    assert told.value.told
    first = path.read_bytes()
    write_failure(WHY, path)
    assert path.read_bytes() == first
    # The audit reads it as what its ending promises.
    assert (content_digest(path) is None) == (ending == "json")


def test_a_caption_and_pictures_say_it_too(tmp_path):
    write_failure(WHY, tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == f"D{WHY[1:]}.\n"
    for ending in ("png", "pdf", "svg"):
        write_failure(WHY, tmp_path / f"a.{ending}")
        assert (tmp_path / f"a.{ending}").stat().st_size > 1000
    (text,) = notice("a $ and an _ are no mathematics: " + 60 * "many words ").texts
    assert max(map(len, text.get_text().splitlines())) <= 64
    save(notice("$x_"), [str(tmp_path / "b.png")])


def test_what_nobody_can_write_it_into_is_a_fault(tmp_path):
    with pytest.raises(KeyError):
        write_failure(WHY, tmp_path / "a.npy")


def test_a_complete_file_is_none_of_what_failed(tmp_path):
    """Not even one that has a column, an array or a key of this name beside others."""
    write(measured().equilibrium, tmp_path / "e.json", Equilibrium)
    (tmp_path / "table.csv").write_text("experiment,failed\na,b\n", encoding="utf-8")
    (tmp_path / "of.csv").write_text("failed,x\na,b\n", encoding="utf-8")
    (tmp_path / "other.json").write_text(json.dumps({"x": 1, "failed": "b"}, indent=2), encoding="utf-8")
    np.savez(tmp_path / "arrays.npz", failed=np.ones(2), x=np.ones(2))
    assert not [path for path in tmp_path.iterdir() if failure_in(path) is not None]


def test_the_complete_are_read_and_the_failed_named(tmp_path):
    names = ("first", "second", "third")
    paths = [tmp_path / f"{name}.json" for name in names]
    for path in paths:
        write(measured().equilibrium, path, Equilibrium)
    write_failure(WHY, paths[1])
    found, failed = complete_and_failed(READERS["json"], names, paths)
    assert list(found) == ["first", "third"]
    assert failed == {"second": WHY}
    assert complete(READERS["json"], names, paths) == found
    with pytest.raises(ExperimentFailed, match=f"no experiment is complete: second {WHY[:4]}") as told:
        complete(READERS["json"], names[1:2], paths[1:2])
    assert told.value.told
    assert complete(READERS["json"], [], []) == {}
