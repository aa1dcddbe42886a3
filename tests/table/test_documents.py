"""If these fail, the table shows other numbers than were measured, rounds them wrongly, or does not compile."""

import re

import msgspec
import pytest
from measured_results import with_window

from duality.config.settings import Prediction
from duality.conventions import EXPONENTS, OBSERVED, PAPER, QUANTITIES, Quantity, listed
from duality.records import Estimate
from duality.rounding import rounded
from duality.table.documents import DOCUMENTS, paper_table, presented, terminal
from duality.table.numbers import failed_rows

SPECIAL = r"100% & #1_x | <b> $5 {a} *2* ~ ^ \ q̇ ∞ _"


@pytest.fixture(scope="module")
def documents(rows_of, experiment, own):
    """The documents of a config whose names and labels mean something in LaTeX, Markdown and HTML."""
    prediction = Prediction(H="exp(c1*y + c2)", k_w="[1] k_w", k_b="-1·γ", examples=SPECIAL)
    measured_class = msgspec.structs.replace(experiment.classes["zeros"], texts=dict.fromkeys(QUANTITIES, "2_3"))
    special = msgspec.structs.replace(experiment, prediction=prediction, classes={"class_two": measured_class})
    own = with_window(own, "q_dot", "as_printed", own.paper)
    rows = rows_of(special, own, "own_run", "class_two")
    return {ending: document({"own_row": prediction}, rows) for ending, document in DOCUMENTS.items()}


def test_all_documents_show_the_same_row(rows, own, predictions):
    corrected, shifted = own.paper.corrected.exponent, own.quantities["w_dot"][PAPER].shifted.exponent
    assert DOCUMENTS
    for ending, document in DOCUMENTS.items():
        text = document(predictions, rows)
        assert rounded(corrected, "latex" if ending == "tex" else "text") in text
        assert "sigmoid" in text
        assert rounded(corrected, "short") in text  # in the paper's own table, beside what it predicts
        assert rounded(shifted, "short") == "0.499(12)"
        assert "0.499(12)" in text  # a shifted power law stands for k_w there
    assert rounded(corrected, "short") in terminal(rows)
    assert max(map(len, terminal(rows).splitlines())) <= 130


def test_the_paper_s_table_has_its_rows_and_a_column_for_every_quantity(rows, predictions, own, rows_of, experiment):
    table = paper_table(predictions, rows, "text")
    assert table.columns[:6].tolist() == ["k_w", "k_b", "H(y)", "Examples", "k_w measured", "k_b measured"]
    assert set(table.columns[4:]) == {f"{exponent} measured" for exponent in EXPONENTS.values()}
    assert table.columns[-1] == "k_q measured"
    assert len(table) == len(predictions) == 4
    assert (table["k_q measured"] != "–").sum() == 1
    without = rows_of(experiment, with_window(own, "b_dot", PAPER, None))
    assert (paper_table(predictions, without, "text")["k_b measured"] == "–").all()


def test_another_quantity_needs_no_other_table(monkeypatch, rows_of, experiment, own, predictions):
    monkeypatch.setitem(QUANTITIES, "x_dot", Quantity("ẋ", r"\dot x", "k_x", QUANTITIES["w_dot"].factors))
    texts = {**experiment.classes["zeros"].texts, "x_dot": "1/2"}
    measured_class = msgspec.structs.replace(experiment.classes["zeros"], texts=texts)
    extended = msgspec.structs.replace(experiment, classes={"zeros": measured_class})
    rows = rows_of(extended, with_window(own, "x_dot", PAPER, own.paper))
    expected = f"{rounded(own.paper.corrected.exponent, 'short')} (sigmoid_mse, zeros)"
    assert expected in paper_table(predictions, rows, "text")["k_x measured"].tolist()
    assert "| k_x" in DOCUMENTS["md"](predictions, rows)


def test_nothing_predicted_or_observed_is_a_dash(rows_of, experiment, own):
    measured_class = msgspec.structs.replace(experiment.classes["zeros"], texts=dict.fromkeys(QUANTITIES))
    silent = msgspec.structs.replace(experiment, classes={"zeros": measured_class})
    rows = rows_of(silent, with_window(own, "q_dot", OBSERVED, None))
    for form, dash in (("text", "–"), ("latex", "--")):
        table = presented(rows, form).to_numpy().tolist()[0]
        assert table.count(dash) == 2


def test_what_is_not_measured_is_a_dash_with_a_reason(rows_of, experiment, own, predictions):
    """In every document, and only there: an exponent without a digit that counts, and one of a shift not seen."""
    found = own.quantities["w_dot"][PAPER]
    unseen = msgspec.structs.replace(found.shifted, gain=1.4)
    wide = msgspec.structs.replace(found.jacobian, exponent=Estimate.normal(-20.0, 40.0))
    measured = msgspec.structs.replace(found, shifted=unseen, jacobian=wide)
    rows = rows_of(experiment, with_window(own, "w_dot", PAPER, measured))
    for ending, document in DOCUMENTS.items():
        text, before = document(predictions, rows), document(predictions, rows_of(experiment, own))
        dash = "-- ({})" if ending == "tex" else "– ({})"
        for mark, why in (("a", "interval is wider than 1"), ("b", "do not tell a shifted power law")):
            assert text.count(dash.format(mark)) > text.count(dash.format(mark) + ":") == 1
            assert why in text
            assert dash.format(mark) not in before
            assert why not in before
        form = "latex" if ending == "tex" else "text"
        for exponent in (found.shifted.exponent, wide.exponent):
            assert rounded(exponent, form) not in text
        assert rounded(found.shifted.exponent, form) in before
    table = paper_table(predictions, rows, "text")
    assert "– (b) (sigmoid_mse, zeros)" in table["k_w measured"].tolist()
    assert "(a)" not in terminal(rows)
    q_dot = msgspec.structs.replace(own.paper, jacobian=wide)
    text = terminal(rows_of(experiment, with_window(own, "q_dot", PAPER, q_dot)))
    assert text.count("– (a)") == 2
    assert "wider than 1" in text.splitlines()[-1]


def test_latex_has_no_special_character_but_its_own(documents):
    """Outside of $…$ only escaped ones, so that every row has the cells of its table and no % ends it."""
    tex = documents["tex"]
    for text in (
        r"100\% \& \#1\_x",
        r"class\_two",
        r"own\_run",
        r"as\_printed",
        r"of 99\%",
        listed([f"${exponent}$" for exponent in EXPONENTS.values()]),
    ):
        assert text in tex
    tabulars = re.findall(r"\\begin{tabular}{(l+)}(.*?)\\end{tabular}", tex, re.S)
    assert len(tabulars) == 3
    for columns, body in tabulars:
        lines = re.findall(r"^.*\\\\$", body, re.M)
        assert len(lines) >= 2
        for row in lines:
            assert len(re.findall(r"(?<!\\)&", row)) == len(columns) - 1
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


def test_what_failed_is_a_row_that_says_why_in_every_document(rows, experiment, predictions):
    why = "died after 1200 steps: w is 3 & no_more, change training.gamma (lower it)"
    classes = dict.fromkeys(("zeros", "ones"), experiment.classes["zeros"])
    failed = failed_rows({"dead": msgspec.structs.replace(experiment, classes=classes)}, {"dead": why})
    for ending, document in DOCUMENTS.items():
        said = {"tex": why.replace("&", r"\&").replace("_", r"\_"), "html": why.replace("&", "&amp;")}.get(ending, why)
        assert document(predictions, rows, failed).count(said) == 2, ending
        assert document(predictions, [], failed).count(said) == 2, "all failed"
        assert "failed" not in document(predictions, rows).lower()
    lines = terminal(rows, failed).splitlines()
    assert [line.rstrip() for line in lines[:3]] == [line.rstrip() for line in terminal(rows).splitlines()[:3]]
    assert [line.split(maxsplit=2) for line in lines[3:]] == [["dead", "zeros", why], ["dead", "ones", why]]
    assert [line.split(maxsplit=2)[2] for line in terminal([], failed).splitlines()[2:]] == [why, why]
