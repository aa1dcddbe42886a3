"""If these fail, the table shows other numbers than were measured, or rounds them wrongly."""

import pandas as pd
import pytest

from duality import table


@pytest.fixture
def numbers(resolved):
    equilibrium = {
        "w": 16.2651, "b": -8.1352, "accuracy": 0.97733, "accuracy_se": 0.00007,
        "diagnostics": {"w": {"mcse": 0.0054}, "b": {"mcse": 0.0033}},
    }  # fmt: skip
    measured = {
        "window": {"q_low": 1e-6, "q_high": 1e-2, "decades": 4.0, "n": 12345},
        "observed_decades": 21.7,
        "jacobian": {"k": 0.972568, "se": 0.000002, "rms": 0.01},
        "raw": {"k": 1.0955, "se": 0.0004},
        "corrected": {"k": 0.97603, "se": 0.00134},
        "goodness_of_fit": {"p_value": 0.75},
        "fractions": {"dead": 0.0},
    }
    experiments = {"sigmoid_mse": resolved["experiments"]["sigmoid_mse"]}
    check = pd.DataFrame(
        {"experiment": ["sigmoid_mse"], "class": ["zeros"], "k_powerlaw": [1.09], "disagreement": [1e-5]}
    )
    return table.measurements(experiments, {"sigmoid_mse": equilibrium}, {"sigmoid_mse": {"zeros": measured}}, check)


@pytest.mark.parametrize(
    ("value", "se", "form", "expected"),
    [
        (0.97741, 0.00061, "P", "0.9774±0.0006"),
        (1.7142, 0.134, "P", "1.71±0.13"),
        (0.97741, 0.00061, "S", "0.9774(6)"),
        (-8.1351, 0.0033, "L", r"-8.1351 \pm 0.0033"),
        (2.0, 0.0, "S", "2.0000000000000(10)"),
    ],
)
def test_numbers_are_rounded_by_their_error(value, se, form, expected):
    assert table.rounded(value, se, form) == expected


def test_estimates_and_their_errors_are_passed_on(numbers):
    row = numbers.iloc[0]
    assert (row["w"], row["w_se"]) == (16.2651, 0.0054)
    assert (row["k_corrected"], row["k_corrected_se"]) == (0.97603, 0.00134)
    assert row["powerlaw_disagreement"] == 1e-5
    assert row["k_q_predicted"] == "1"


def test_all_documents_show_the_same_row(numbers, resolved):
    experiments = resolved["experiments"]
    for document, form in ((table.markdown, "P"), (table.latex, "L"), (table.html, "P")):
        paper = table.paper_table(resolved["predictions"], experiments, numbers, form)
        text = document(paper, table.presented(numbers, form))
        assert "0.9760" in text
        assert "sigmoid" in text
        assert "0.9760(13)" in text  # in the paper's own table, beside what it predicts
        assert len(paper) == 4
    assert "0.9760(13)" in table.terminal(numbers)
    assert max(map(len, table.terminal(numbers).splitlines())) <= 130


def test_nothing_predicted_is_a_dash(numbers):
    numbers = numbers.assign(k_q_predicted=None)
    assert table.presented(numbers, "P")["k_q predicted"].tolist() == ["–"]
