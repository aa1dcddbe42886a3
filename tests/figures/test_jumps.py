"""If these fail, the figure of the jumps leaves out an experiment, or its caption a number."""

import numpy as np
import pandas as pd
import pytest
from conftest import FORMATS

from duality.figures.jumps import caption, figure
from duality.figures.style import save
from duality.records import JUMP_DISTANCES, JUMP_DISTRIBUTIONS, Estimate, Jumps, JumpSummary, read, write


@pytest.fixture
def distances(tmp_path):
    every = {name: 1.0 if kind is float else 1 for name, kind in JUMP_DISTANCES.columns.items()}
    every |= {"class": "zeros", "sign": "negative", "noise_floor": 2e-4}
    rows = [
        {**every, "gamma": g, "ks": 0.01 * g, "ks_low": 0.009 * g, "ks_high": 0.011 * g, "predicted_ks": 0.01 * g}
        for g in (0.2, 0.1, 0.01)
    ]
    JUMP_DISTANCES.write(pd.DataFrame(rows), tmp_path / "distances.csv")
    return JUMP_DISTANCES.read(tmp_path / "distances.csv")


@pytest.fixture
def curves(tmp_path):
    table = pd.DataFrame(
        {"class": "zeros", "sign": "negative", "gamma": 0.2, "q_dot": np.geomspace(1e-3, 1, 20), "potential": 0.5,
         "difference": 1e-3, "difference_se": 1e-4, "predicted_difference": np.nan}
    )  # fmt: skip
    JUMP_DISTRIBUTIONS.write(table, tmp_path / "distributions.csv")
    return JUMP_DISTRIBUTIONS.read(tmp_path / "distributions.csv")


def summary(**changes):
    found = JumpSummary(
        **{
            "gamma": 0.1,
            "distance": Estimate(1e-3, 5e-5, (0.9e-3, 1.1e-3)),
            "noise_floor": 2e-4,
            "predicted_distance": 1e-3,
            "agreement": Estimate.normal(1.0, 0.1),
            "power": Estimate.normal(0.97, 0.02),
            "fitted_power": Estimate.normal(1.01, 0.03),
            "predicted_power": 1.0,
            "resolved": False,
            **changes,
        }
    )
    return {"zeros": {"negative": found}}


def test_the_figure_has_a_panel_per_experiment_and_equal_bytes(distances, curves, tmp_path):
    summaries = {name: summary() for name in ("one", "two_three")}
    for number in (1, 2):
        drawn = figure(dict.fromkeys(summaries, distances), dict.fromkeys(summaries, curves), summaries)
        assert [axes.get_title(loc="left") for axes in drawn.axes][:2] == ["one", "two three"]
        assert len(drawn.axes) == 3
        assert r"$a$ = 0.970 ± 0.020 (noise)" in drawn.axes[0].get_legend().get_texts()[0].get_text()
        save(drawn, [str(tmp_path / f"{number}.{ending}") for ending in FORMATS])
    for ending in FORMATS:
        one, other = ((tmp_path / f"{number}.{ending}").read_bytes() for number in (1, 2))
        assert one == other
        assert len(one) > 5000


def test_the_caption_has_every_number_and_none_where_there_is_none(tmp_path):
    nothing = dict.fromkeys(("predicted_distance", "agreement", "power", "fitted_power", "predicted_power"))
    for name, own in (("one", summary()), ("two", summary(resolved=True, **nothing))):
        write(own, tmp_path / f"{name}.json", Jumps)
    *_, one, two = caption({name: read(tmp_path / f"{name}.json", Jumps) for name in ("one", "two")}).splitlines()
    assert one == (
        "one, 'zeros', negative: 0.001 [0.0009, 0.0011] at γ = 0.1, predicted 0.001; ∝ γ^(0.970 ± 0.020) (not all "
        "above the noise: too small), of the fit 1.010 ± 0.030, predicted 1.00."
    )
    assert two == "two, 'zeros', negative: 0.001 [0.0009, 0.0011] at γ = 0.1."
