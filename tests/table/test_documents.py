"""If these fail, the table shows other numbers than were measured, rounds them wrongly, or does not compile."""

import re

import pandas as pd
import pytest

from duality.table import documents as table


def measured_class():
    """What the exponents stage writes of a class."""
    paper = {
        "window": {"q_low": 1e-6, "q_high": 1e-2, "decades": 4.0, "decades_99": 2.5, "n": 12345},
        "theory": {"k": 1.0, "text": "1", "approach": "y → -∞"},
        "jacobian": {"k": 0.972568, "se": 0.000002, "interval": [0.97, 0.98], "rms": 0.01},
        "raw": {"k": 1.0955, "se": 0.0004, "interval": [1.09, 1.10], "bootstrap": [1.09, 1.1], "ks_p_value": 0.001},
        "corrected": {
            "k": 0.97603,
            "se": 0.00134,
            "interval": [0.97, 0.98],
            "bootstrap": [0.97, 0.98],
            "ks_p_value": 0.1,
        },
        "duality": {"distance": 0.001, "p_value": 0.42},
        "shifted": None,
    }
    shifted = {"k": 0.499, "se": 0.012, "ratio": -180.0, "ratio_se": 1.0, "theory": {"ratio": -181.0}}
    observed = paper | {
        "theory": None,
        "window": {"q_low": 1e-23, "q_high": 1e-2, "decades": 21.0, "decades_99": 5.0, "n": 99999},
    }
    return {
        "q_dot": {"paper": paper, "observed": observed},
        "w_dot": {"paper": paper | {"shifted": shifted}, "observed": None},
        "b_dot": {"paper": paper, "observed": None},
        "goodness_of_fit": {"p_value": 0.75},
        "fractions": {"dead": 0.0},
    }


@pytest.fixture
def rows(resolved):
    experiments = {"sigmoid_mse": resolved["experiments"]["sigmoid_mse"]}
    return table.all_exponents(experiments, {"sigmoid_mse": {"zeros": measured_class()}})


def measurements_of(resolved, measured):
    """The one row of a class that the exponents stage measured so."""
    equilibrium = {
        "w": 16.2651, "b": -8.1352, "accuracy": 0.97733, "accuracy_se": 0.00007,
        "diagnostics": {"w": {"mcse": 0.0054}, "b": {"mcse": 0.0033}},
    }  # fmt: skip
    experiments = {"sigmoid_mse": resolved["experiments"]["sigmoid_mse"]}
    check = pd.DataFrame(
        {"experiment": ["sigmoid_mse"], "class": ["zeros"], "k_powerlaw": [1.09], "disagreement": [1e-5]}
    )
    return table.measurements(experiments, {"sigmoid_mse": equilibrium}, {"sigmoid_mse": {"zeros": measured}}, check)


@pytest.fixture
def numbers(resolved):
    return measurements_of(resolved, measured_class())


SPECIAL = r"100% & #1_x | <b> $5 {a} *2* ~ ^ \ q̇ ∞ _"


@pytest.fixture
def documents(numbers, rows, resolved):
    """The three documents of a config whose names and labels mean something in LaTeX, Markdown and HTML."""
    prediction = resolved["predictions"]["exponential"] | {"k_w": "[1] k_w", "k_b": "-1·γ", "examples": SPECIAL}
    experiments = {"own_run": resolved["experiments"]["sigmoid_mse"] | {"prediction": prediction}}
    names = {"experiment": "own_run", "class": "class_two"}
    numbers, rows = numbers.assign(**names, k_q_predicted="2_3"), rows.assign(**names, predicted="2_3")
    rows.loc[1, "window"] = "as_printed"

    def write(document, form):
        paper = table.paper_table({"own_row": prediction}, experiments, rows, form)
        return document(paper, table.presented(numbers, form), table.presented_exponents(rows, form))

    return {
        "md": write(table.markdown, "P"), "tex": write(table.latex, "L"), "html": write(table.html, "P"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "se", "form", "expected"),
    [
        (0.97741, 0.00061, "P", "0.9774±0.0006"),
        (1.7142, 0.134, "P", "1.71±0.13"),
        (0.97741, 0.00061, "S", "0.9774(6)"),
        (-8.1351, 0.0033, "L", r"-8.1351 \pm 0.0033"),
        (2.0, 0.0, "S", "2.000000"),
        (-1e-13, 0.0, "P", "0.000000"),
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


def test_every_window_of_every_exponent_has_a_row(rows):
    """Where nothing was found there is none; a shifted power law stands for k_w in the paper's table."""
    assert rows[["exponent", "window"]].to_numpy().tolist() == [
        ["k_q", "paper"], ["k_q", "observed"], ["k_w", "paper"], ["k_b", "paper"],
    ]  # fmt: skip
    assert rows.loc[0, ["k_corrected_low", "k_raw_bootstrap_high", "ks_p_duality"]].tolist() == [0.97, 1.1, 0.42]
    assert rows["derived"].fillna("none").tolist() == ["1", "none", "1", "1"]
    assert rows["k_shifted"].notna().tolist() == [False, False, True, False]


def test_all_documents_show_the_same_row(numbers, rows, resolved):
    experiments = resolved["experiments"]
    for document, form in ((table.markdown, "P"), (table.latex, "L"), (table.html, "P")):
        paper = table.paper_table(resolved["predictions"], experiments, rows, form)
        text = document(paper, table.presented(numbers, form), table.presented_exponents(rows, form))
        assert "0.9760" in text
        assert "sigmoid" in text
        assert "0.9760(13)" in text  # in the paper's own table, beside what it predicts
        assert "0.499(12)" in text
        assert len(paper) == 4
    assert "0.9760(13)" in table.terminal(numbers)
    assert max(map(len, table.terminal(numbers).splitlines())) <= 130


def test_nothing_predicted_is_a_dash(numbers):
    numbers = numbers.assign(k_q_predicted=None)
    assert table.presented(numbers, "P")["k_q predicted"].tolist() == ["–"]


def test_latex_has_no_special_character_but_its_own(documents):
    """Outside of $…$ only escaped ones, so that every row has the cells of its table and no % ends it."""
    tex = documents["tex"]
    for text in (r"100\% \& \#1\_x", r"class\_two", r"own\_run", r"as\_printed", r"of 99\%", "$k_w$ and $k_b$, the"):
        assert text in tex
    for tabular in re.findall(r"\\begin{tabular}{(l+)}(.*?)\\end{tabular}", tex, re.S):
        for row in re.findall(r"^.*\\\\$", tabular[1], re.M):
            assert len(re.findall(r"(?<!\\)&", row)) == len(tabular[0]) - 1
    own = r"\\(begin|end){tabular}({l+})?|\\\\$|\\(top|mid|bottom)rule|\\(footnote|normal)size|\\text[a-z]+{}|{[*\[]}"
    text = re.sub(own, "", re.sub(r"\\[%&#_${}]", "", tex), flags=re.M)
    text = re.sub(r"\$[^$]+\$", "", text)
    assert re.findall(r"[%#_$^~{}\\<>|]", text) == []
    assert {character for character in text if ord(character) > 127} == set()
    assert not re.search(r"\\\\\s*[*\[]", tex)  # an argument of the row's end


def test_markdown_and_html_show_text_as_it_is(documents):
    assert r"100% & #1_x \| \<b> \$5 {a} \*2\* \~ ^ \\ q̇ ∞ \_ |" in documents["md"]
    assert r"exp(c1\*y + c2)" in documents["md"]
    assert "| own_run" in documents["md"]
    assert r"<td>100% &amp; #1_x | &lt;b&gt; $5 {a} *2* ~ ^ \ q̇ ∞ _</td>" in documents["html"]


def test_no_observed_window_is_a_dash_and_not_zero_decades(resolved):
    measured = measured_class()
    measured["q_dot"]["observed"] = None
    numbers = measurements_of(resolved, measured)
    assert numbers["observed_decades"].isna().all()
    for form, dash in (("P", "–"), ("L", "--")):
        assert table.presented(numbers, form)["observed decades"].tolist() == [dash]
    header, row = numbers.to_csv(index=False).splitlines()
    assert dict(zip(header.split(","), row.split(","), strict=True))["observed_decades"] == ""
