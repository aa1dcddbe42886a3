"""If these fail, the figure of the jumps leaves out an experiment, or its caption a number."""

import msgspec
import numpy as np
import pandas as pd
import pytest
from canvas import cut_off
from colour_vision import confusable
from conftest import FORMATS

from duality.figures.jumps import caption, figure
from duality.figures.style import save
from duality.records.estimates import Estimate
from duality.records.jumps import JUMP_DISTANCES, JUMP_DISTRIBUTIONS, JumpExponent, Jumps, JumpSummary
from duality.records.record import read, write


@pytest.fixture
def distances(tmp_path):
    every = {name: kind(1) for name, kind in JUMP_DISTANCES.columns.items()}
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


EXPONENT = JumpExponent(
    decades=2.0,
    actual=Estimate.normal(0.97, 0.01),
    potential=Estimate.normal(0.95, 0.01),
    difference=Estimate.normal(0.02, 0.001),
    expected=0.021,
    p_value=0.3,
)


def summary(**changes):
    found = JumpSummary(
        **{
            "gamma": 0.1,
            "distance": Estimate(1e-3, 5e-5, (0.9e-3, 1.1e-3)),
            "noise_floor": 2e-4,
            "predicted_distance": 1e-3,
            "agreement": Estimate.normal(1.0, 0.1),
            "deviation": Estimate.normal(-2e-4, 1e-4),
            "p_value": 0.004,
            "power": Estimate.normal(0.97, 0.02),
            "fitted_power": Estimate.normal(1.01, 0.03),
            "predicted_power": 1.0,
            "resolved": False,
            "explained": True,
            "exponents": dict.fromkeys(("raw", "corrected"), EXPONENT),
            **changes,
        }
    )
    return {"zeros": {"negative": found}}


def test_the_figure_has_a_panel_per_experiment_and_equal_bytes(distances, curves, tmp_path):
    summaries = {name: summary() for name in ("one", "two_three")}
    for number in (1, 2):
        drawn = figure(dict.fromkeys(summaries, distances), dict.fromkeys(summaries, curves), summaries)
        assert [axes.get_title(loc="left") for axes in drawn.axes][:2] == ["one", "two three"]
        assert len(drawn.axes) == 4
        written = [text.get_text() for text in drawn.axes[3].texts]
        assert written[:3] == ["one, zeros −", "0.950 ± 0.010", "0.970 ± 0.010"]
        assert written[3] == "two three, zeros −"
        assert r"$a$ = 0.970 ± 0.020 (noise)" in drawn.axes[0].get_legend().get_texts()[0].get_text()
        save(drawn, [str(tmp_path / f"{number}.{ending}") for ending in FORMATS])
    for ending in FORMATS:
        one, other = ((tmp_path / f"{number}.{ending}").read_bytes() for number in (1, 2))
        assert one == other
        assert len(one) > 5000


def test_the_caption_has_every_number_and_none_where_there_is_none(tmp_path):
    nothing = dict.fromkeys(
        ("predicted_distance", "agreement", "deviation", "p_value", "power", "fitted_power", "predicted_power")
    )
    unpredicted = msgspec.structs.replace(EXPONENT, expected=None, p_value=None)
    for name, own in (("one", summary()), ("two", summary(resolved=True, exponents={"raw": unpredicted}, **nothing))):
        write(own, tmp_path / f"{name}.json", Jumps)
    summaries = {name: read(tmp_path / f"{name}.json", Jumps) for name in ("one", "two")}
    *_, theory, _, one, raw, corrected, two, other = caption(summaries, 0.01).splitlines()
    assert one == (
        "one, 'zeros', negative: 0.001 [0.0009, 0.0011] at γ = 0.1, predicted 0.001; measured less predicted at most "
        "−0.00020 ± 0.00010 (p = 0.004); ∝ γ^(0.970 ± 0.020) (not all above the noise: too small), of the fit "
        "1.010 ± 0.030, predicted 1.00."
    )
    assert corrected == (
        "  corrected exponent: 0.950 ± 0.010 of potential, 0.970 ± 0.010 of actual jumps, difference 0.0200 ± 0.0010, "
        "predicted 0.021 (p = 0.3)."
    )
    assert raw == corrected.replace("corrected", "raw")
    assert two == "two, 'zeros', negative: 0.001 [0.0009, 0.0011] at γ = 0.1."
    assert other.endswith("of actual jumps, difference 0.0200 ± 0.0010.")
    assert "(noise) stands behind an exponent a that comes out too small" in caption(summaries, 0.01)
    small = msgspec.structs.replace(EXPONENT, expected=-1.9e-5)
    minus = caption({"one": summary(exponents={"raw": small})}, 0.01).splitlines()[-1]
    assert "predicted −1.9×10⁻⁵" in minus  # as the difference before it
    # Two tests, of one distribution and one corrected exponent.
    assert "put to 2 tests" in theory
    assert "rejected, at the level 0.01, by 1: distribution of one, 'zeros', negative." in theory
    assert "none rejects it at the level 0.001" in caption(summaries, 0.001)
    assert "Nothing is predicted." in caption({"two": summaries["two"]}, 0.01)


def test_classes_and_signs_are_told_apart_without_colour(distances, curves):
    of_both = pd.concat([distances, distances.assign(**{"class": "ones"})])
    of_all = pd.concat([of_both, of_both.assign(sign="positive")])
    found = summary()["zeros"]["negative"]
    signs = {"negative": found, "positive": found}
    assert confusable(figure({"one": of_all}, {"one": curves}, {"one": {"zeros": signs, "ones": signs}})) == []


def test_without_exponents_there_is_no_panel_of_them(distances, curves):
    """Where no class has enough jumps in its window."""
    drawn = figure({"one": distances}, {"one": curves}, {"one": summary(exponents={})})
    assert len(drawn.axes) == 2


@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_nothing_is_cut_off_however_few_experiments_there_are(distances, curves, number):
    """A title of two lines stood beyond the canvas, where the factor of an axis had its place above it."""
    names = [f"Linear, designed for k = {one}/10 and its cap" for one in range(number)]
    small = curves.assign(difference=np.linspace(-4e-3, 4e-3, len(curves)))
    drawn = figure(dict.fromkeys(names, distances), dict.fromkeys(names, small), dict.fromkeys(names, summary()))
    assert cut_off(drawn) == []
    assert drawn.axes[number].get_lines()[1].get_ydata()[[0, -1]].tolist() == [-4, 4]
    right = max(axes.get_position().x1 for axes in drawn.axes[: number + 1])
    assert right > 0.98  # no empty column
