"""If these fail, a trace plot leaves out a replica, or says another mean than was found."""

import msgspec
import numpy as np
from colour_vision import confusable
from measured_results import measured

from duality.figures.traces import caption, trace
from duality.records.record import read, write
from duality.records.training import Equilibrium, Trajectory


def test_trace_shows_every_replica_and_the_optimum(tmp_path):
    chains = np.zeros((3, 10))
    Trajectory(np.arange(1, 11) * 1000, chains, chains, 3).write(tmp_path / "t.npz")
    write(measured().equilibrium, tmp_path / "e.json", Equilibrium)
    trajectory, equilibrium = Trajectory.read(tmp_path / "t.npz"), read(tmp_path / "e.json", Equilibrium)
    picture = trace(trajectory, equilibrium, "name")
    assert confusable(picture) == []
    assert len(picture.axes[0].get_lines()) == 3 + 2
    labels = [text.get_text() for text in picture.axes[1].get_legend().get_texts()]
    assert labels == ["burn-in", "3 replicas", "mean in equilibrium", "population optimum"]
    assert picture.axes[1].get_title(loc="right").startswith("$b$ = −8.000 ± 0.010, ")
    assert "w = 16.000 ± 0.010, b = −8.000 ± 0.010; dashed (red): the population optimum" in caption(
        "name", equilibrium
    )
    assert "The mean lies beside the optimum" in caption("name", equilibrium)  # "it" might be the burn-in
    without = msgspec.structs.replace(equilibrium, population=None)
    assert "optimum" not in caption("name", without)
    assert len(trace(trajectory, without, "name").axes[0].get_lines()) == 3 + 1
