"""If these fail, a key that was renamed, dropped or mistyped travels on from one stage to another."""

import json

import numpy as np
import pandas as pd
import pytest
from measured_results import equilibrium_at
from msgspec.structs import replace
from scipy import special

from duality.errors import InputError
from duality.records import (
    CONFIDENCE,
    CURVES,
    DERIVATIONS,
    HISTOGRAM,
    STANDARD_ERRORS,
    ErrorBudget,
    Estimate,
    FittedWindow,
    Head,
    Table,
    Trajectory,
    Window,
    read,
    write,
)

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


def test_what_is_redundant_must_agree():
    """Decades in ln instead of log₁₀, an interval of another value: a wrong unit is seen where it is written."""
    with pytest.raises(ValueError, match="decades must be"):
        FittedWindow(1.0, 100.0, float(np.log(100)), 0.1, 1.0, 10, 0.5, 0.0)
    with pytest.raises(ValueError, match="does not hold"):
        Estimate(1.0, 0.1, (1.5, 2.0))
    assert Estimate.normal(1.0, 0.1).interval == pytest.approx((1 - 0.196, 1 + 0.196), abs=1e-4)
    assert special.ndtri(0.5 + CONFIDENCE / 2) == STANDARD_ERRORS  # written out, as readers of records need no SciPy


def test_the_total_error_counts_every_part_once():
    """Were the correlation, the bins or the data set left out, or the window counted on top, another number came."""
    budget = ErrorBudget(monte_carlo=2.0, sampling=3.0, fit=4.0, window=100.0, bins=6.0, correlation=0.5)
    assert budget.total == pytest.approx(np.sqrt(4 + 9 + 16 + 36 + 2 * 0.5 * 3 * 4))


@pytest.mark.parametrize(("expected", "explained"), [((0.3, 0.3), True), ((0.325, 0.3), True), ((0.3, 0.34), False)])
def test_theory_explains_a_spread_within_four_of_its_errors(expected, explained):
    """An sd of 0.3 with an effective sample size of 900 has the error 0.0071."""
    equilibrium = equilibrium_at(16.0, -8.0)
    (w, b), known = expected, equilibrium.population
    theory = replace(known, stationary_covariance=((w**2, 0.0), (0.0, b**2)))
    assert replace(equilibrium, population=theory).explained is explained
    assert replace(equilibrium, population=None).explained is False


def test_tables_are_checked_by_name_order_and_type(tmp_path):
    good = pd.DataFrame({"series": ["s"], "x": [1.0], "y": [np.nan], "se": [0.1], "label": [""]})
    CURVES.write(good, tmp_path / "x.csv")
    pd.testing.assert_frame_equal(CURVES.read(tmp_path / "x.csv"), good)
    bad = {
        "z is no column": good.assign(z=1),
        "must have the column y": good.drop(columns="y"),
        "in the order": good[["x", "series", "y", "se", "label"]],
        "column x .* must hold float": good.assign(x="1"),
        "column series .* must hold str": good.assign(series=1),
    }
    for complaint, table in bad.items():
        with pytest.raises(InputError, match=complaint):
            CURVES.write(table, tmp_path / "y.csv")
        table.to_csv(tmp_path / "z.csv", index=False)
        if "str" not in complaint and "float" not in complaint:
            with pytest.raises(InputError, match=complaint):
                CURVES.read(tmp_path / "z.csv")
    CURVES.write(good.assign(y=[None]), tmp_path / "n.csv")  # nothing at all is no other type
    (tmp_path / "w.csv").write_text("series,x,y,se,label\ns,one,1,1,l\n")
    with pytest.raises(InputError, match="column x"):
        CURVES.read(tmp_path / "w.csv")


def test_a_verdict_may_be_true_false_or_none(tmp_path):
    row = dict.fromkeys(DERIVATIONS.columns, "")
    rows = [{**row, "printed": value, "mended": None, "value": np.nan, "error": 0.1} for value in (True, False, None)]
    DERIVATIONS.write(pd.DataFrame(rows), tmp_path / "d.csv")
    assert DERIVATIONS.read(tmp_path / "d.csv")["printed"].tolist()[:2] == [True, False]
    with pytest.raises(InputError, match="printed"):
        DERIVATIONS.write(pd.DataFrame(rows).assign(printed="yes"), tmp_path / "d.csv")


def test_a_histogram_is_npz_of_columns(tmp_path):
    rows = {"class": ["a"], "quantity": ["q_dot"], "sign": ["negative"], "bin": [3], "count": [2]}
    table = pd.DataFrame({**rows, "sum_log": [0.1], "sum_log2": [0.2]})
    HISTOGRAM.write(table, tmp_path / "h.npz")
    pd.testing.assert_frame_equal(HISTOGRAM.read(tmp_path / "h.npz").astype(table.dtypes), table)


def test_a_trajectory_is_checked(tmp_path):
    steps, chains = np.arange(3), np.zeros((2, 3))
    Trajectory(steps, chains, chains, 1).write(tmp_path / "t.npz")
    assert Trajectory.read(tmp_path / "t.npz").kept == 1
    with pytest.raises(InputError, match="cannot keep"):
        Trajectory(steps, chains, chains, 3)
    with pytest.raises(InputError, match="w must be floats"):
        Trajectory(steps, chains.astype(int), chains, 1)
    np.savez(tmp_path / "u.npz", steps=steps, w=chains, b=chains)
    with pytest.raises(InputError, match="must hold steps, w, b and kept"):
        Trajectory.read(tmp_path / "u.npz")


def test_a_head_has_every_class_that_is_asked_for(tmp_path):
    Head({"zeros": np.array([1.0, -2.0])}).write(tmp_path / "h.npz")
    assert Head.read(tmp_path / "h.npz", ["zeros"]).q_dot["zeros"].tolist() == [1.0, -2.0]
    with pytest.raises(InputError, match="no fluctuations of the class 'ones'"):
        Head.read(tmp_path / "h.npz", ["zeros", "ones"])
    with pytest.raises(InputError, match="must be floats in a row"):
        Head({"zeros": np.array([1, 2])})


@pytest.mark.parametrize("name", ["NA", "nan", "null", "None", "True", "1e5", "-"])
def test_a_name_that_pandas_takes_for_no_value_is_a_name(tmp_path, name):
    """A class or a variant of a window may be called so."""
    kept = Table("a table", {"class": str, "k": float})
    kept.write(pd.DataFrame({"class": [name, ""], "k": [1.5, np.nan]}), tmp_path / "a.csv")
    found = kept.read(tmp_path / "a.csv")
    assert found["class"].tolist() == [name, ""]
    assert found["k"].tolist() == pytest.approx([1.5, np.nan], nan_ok=True)
