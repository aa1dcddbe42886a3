"""If these fail, a column that was renamed, dropped or mistyped travels on from one stage to another."""

import numpy as np
import pandas as pd
import pytest

from duality.errors import InputError
from duality.records.figures import CURVES
from duality.records.fluctuations import HISTOGRAM
from duality.records.table import Table
from duality.records.theory import DERIVATIONS


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


@pytest.mark.parametrize("name", ["NA", "nan", "null", "None", "True", "1e5", "-"])
def test_a_name_that_pandas_takes_for_no_value_is_a_name(tmp_path, name):
    """A class or a variant of a window may be called so."""
    kept = Table("a table", {"class": str, "k": float})
    kept.write(pd.DataFrame({"class": [name, ""], "k": [1.5, np.nan]}), tmp_path / "a.csv")
    found = kept.read(tmp_path / "a.csv")
    assert found["class"].tolist() == [name, ""]
    assert found["k"].tolist() == pytest.approx([1.5, np.nan], nan_ok=True)
