"""If these fail, the figure of the guard differs from run to run, or its caption says other numbers than its tables."""

import numpy as np
import pandas as pd
import pytest
from colour_vision import confusable
from conftest import FORMATS

from duality.figures.guard import caption, figure, survival
from duality.figures.style import save
from duality.records.guard import GUARD_THEORY, GUARD_TRAINING, UNGUARDED_TRAINING


def written(kind, rows, path):
    """Rows with 0 or "" where they say nothing, as they come back from their file."""
    empty = {name: "" if type_ is str else 0 for name, type_ in kind.columns.items()}
    kind.write(pd.DataFrame([{**empty, **row} for row in rows]), path)
    return kind.read(path)


@pytest.fixture
def tables(tmp_path):
    theory = [
        {"value": v, "class": c, "w": 2.0, "b": -0.6, "shift_w": 1.0, "shift_b": -1.0, "accuracy": 0.977, "dead": 0.9,
         "wrong_dead": 0.01, "mean_kick": 0.2, "square_kick": 0.1 / v, "mean_kick_fixed": 0.2 - 0.01 * np.log10(v),
         "square_kick_fixed": 0.1 / v, "k_jacobian": 2.0} for v in (0.01, 0.001) for c in ("zeros", "ones")
    ]  # fmt: skip
    reached = {"outcome": "equilibrium", "class": "ones", "w": 2.1, "b": -0.6, "w_se": 0.01, "b_se": 0.01,
               "accuracy": 0.977, "accuracy_se": 1e-4, "decades": 1.0, "k_corrected": 1.98,
               "k_corrected_se": 0.02}  # fmt: skip
    training = [{"value": v, "gamma": v, "gamma_over_value": 1, **reached} for v in (0.01, 0.001)]
    training[1] |= {"k_corrected": np.nan, "k_corrected_se": np.nan}
    died = {"value": 0.01, "gamma": 0.1, "gamma_over_value": 10, "outcome": "training died: x", "class": "ones"}
    run = {"gamma": 0.001, "steps": 1000, "predicted_rate": 1e-3, "fatal_kick": 1.25}
    unguarded = [{**run, "collapsed": c, "died": d} for c, d in ((100.0, 200.0), (np.nan, np.nan))]
    unguarded += [{**one, "gamma": gamma} for gamma in (0.002, 0.004) for one in unguarded[:2]]
    return (
        written(GUARD_THEORY, theory, tmp_path / "theory.csv"),
        written(GUARD_TRAINING, [*training, died], tmp_path / "training.csv"),
        written(UNGUARDED_TRAINING, unguarded, tmp_path / "unguarded.csv"),
    )


@pytest.mark.slow
def test_the_figure_has_equal_bytes(tables, tmp_path):
    for number in (1, 2):
        save(figure(*tables), [str(tmp_path / f"{number}.{ending}") for ending in FORMATS])
    for ending in FORMATS:
        one, other = ((tmp_path / f"{number}.{ending}").read_bytes() for number in (1, 2))
        assert one == other
        assert len(one) > 5000


def test_curves_are_told_apart_without_colour(tables):
    """Three learning rates, two classes and two ratios γ/ε."""
    theory, training, unguarded = tables
    other = training.assign(**{"class": "zeros", "gamma_over_value": 0.5})
    assert confusable(figure(theory, pd.concat([training, other]), unguarded)) == []


def test_the_caption_has_the_numbers(tables):
    text = caption(*tables, "epsilon", "ramp, logarithm")
    for part in (
        "ramp, logarithm: the guard ε of its loss.",
        "⟨h²⟩ ∝ ε^(−1.000), |⟨h⟩| grows by 0.0100 a decade",
        "ε = 0.01, γ = 0.01: w = 2.100 ± 0.010, b = −0.600 ± 0.010, accuracy 0.97700 ± 0.00010; 'ones': 1.00 "
        "decades, k_q = 1.980 ± 0.020.",
        "ε = 0.001, γ = 0.001: w = 2.100 ± 0.010, b = −0.600 ± 0.010, accuracy 0.97700 ± 0.00010; 'ones': 1.00 "
        "decades.",
        "γ = 0.1: training died",
        "1 of 2 runs collapsed, on average after 1100 ± 1100 steps, predicted 1000 (kicks",
    ):
        assert part in text


def test_the_mean_time_counts_the_runs_that_have_not_ended(tables):
    """An exponential law with one event in 100 + 1000 steps."""
    found = survival(tables[2], "collapsed").loc[0.001]
    assert found.tolist() == [2, 1, 1100, 1100]
