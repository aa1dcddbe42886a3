"""If these fail, a document lacks what was measured or why it was not, contradicts another, or does not compile."""

import dataclasses
import re

import msgspec
import pytest
from measured_results import EXPERIMENT, with_window

from duality.config.settings import Prediction
from duality.conventions import EXPONENTS, PAPER, QUANTITIES, Quantity, listed
from duality.records.estimates import Estimate
from duality.rounding import rounded
from duality.table.documents import DOCUMENTS, sheets, terminal
from duality.table.numbers import failed_rows
from duality.table.rounded_tables import predicted_and_measured, presented

LEAST, LEVEL = 0.01, 0.02  # of the bootstrap, and of all tests
# Of the first table; a quantity more has columns more.
FIRST = ["experiment", "class", *(f"k_{of} {what}" for of in "wbq" for what in ("predicted", "measured"))]
SPECIAL = r"100% & #1_x | <b> $5 {a} *2* ~ ^ \ q̇ ∞ _"


@pytest.fixture(scope="module")
def documents(rows_of, experiment, own):
    """The documents of a config whose names and labels mean something in LaTeX, Markdown and HTML."""
    prediction = Prediction(H="exp(c1*y + c2)", k_w="[1] k_w", k_b="-1·γ", examples=SPECIAL)
    measured_class = msgspec.structs.replace(experiment.classes["zeros"], texts=dict.fromkeys(QUANTITIES, "2_3"))
    special = msgspec.structs.replace(
        experiment,
        activation_name="own_f",
        title="Own_f, mean squared",
        prediction=prediction,
        classes={"class_two": measured_class},
    )
    own = with_window(own, "q_dot", "as_printed", own.paper)
    rows = rows_of(special, own, "own_run", "class_two")
    return {ending: document({"own_row": prediction}, rows, [], LEAST, LEVEL) for ending, document in DOCUMENTS.items()}


def test_all_documents_show_the_same_row(rows, own, predictions):
    corrected, shifted = own.paper.corrected.exponent, own.quantities["w_dot"][PAPER].shifted.exponent
    assert DOCUMENTS
    for ending, document in DOCUMENTS.items():
        text = document(predictions, rows, [], LEAST, LEVEL)
        assert rounded(corrected, "latex" if ending == "tex" else "text") in text
        assert "Sigmoid, mean squared" in text
        assert EXPERIMENT not in text
        assert rounded(shifted, "text") == "0.499±0.012"
        assert rounded(shifted, "latex" if ending == "tex" else "text") in text  # a shifted power law stands for k_w
    assert rounded(corrected, "short") in terminal(rows)
    assert max(map(len, terminal(rows).splitlines())) <= 130


def test_first_comes_what_is_predicted_beside_what_is_measured(rows, predictions, own, rows_of, experiment):
    """One row an experiment and class, a number in every cell; the shifted fit stands for k_w where there is one."""
    first = sheets(predictions, rows, [], "text", LEAST, LEVEL)[0].table
    assert [column for column in first if column in FIRST] == FIRST
    measured = [own.quantities[name][PAPER].corrected.exponent for name in ("b_dot", "q_dot")]
    assert first[FIRST].to_numpy().tolist() == [
        ["Sigmoid, mean squared", "zeros", "1", "0.499±0.012", "1", rounded(measured[0]), "1", rounded(measured[1])]
    ]
    without = rows_of(experiment, with_window(own, "b_dot", PAPER, None))
    assert predicted_and_measured(without, [], "text", LEVEL)["k_b measured"].tolist() == ["–"]


def test_no_table_is_wider_than_a_page_and_no_cell_has_a_name_of_the_config(rows, predictions):
    """Of the paper's longest names; a column more belongs in another table."""
    title = "Piecewise linear, cross-entropy"
    long = [dataclasses.replace(row, experiment=msgspec.structs.replace(row.experiment, title=title)) for row in rows]
    for sheet in sheets(predictions, long, [], "text", LEAST, LEVEL):
        lines = sheet.table.to_markdown(index=False).splitlines()
        assert len(lines[0]) <= 210, sheet.heading
        assert sheet.table.shape[1] <= 12
        cells = {cell for column in sheet.table for cell in sheet.table[column]}
        assert {cell for cell in cells if "_" in cell} <= {*EXPONENTS.values()}, sheet.heading


def test_what_failed_says_why_beside_what_was_predicted(rows, predictions, experiment):
    """In the first table of every document, and nothing of it stands among what was measured."""
    why = "died after 1200 steps: w, change 3.1e9"
    failed = failed_rows(
        {"other": msgspec.structs.replace(experiment, loss_name="quartic", title="Sigmoid, quartic")}, {"other": why}
    )
    first, *others = sheets(predictions, rows, failed, "text", LEAST, LEVEL)
    assert first.table[[*FIRST, "failed"]].tail(2).to_numpy().tolist() == [
        ["Sigmoid, quartic", "zeros", "1", "–", "1", "–", "1", "–", why],
        ["Sigmoid, quartic", "ones", "1", "–", "1", "–", "1", "–", why],
    ]
    assert first.table["failed"].tolist()[0] == "–"
    assert not any(sheet.table.isin([why, "Sigmoid, quartic"]).to_numpy().any() for sheet in others)
    for document in DOCUMENTS.values():
        assert document(predictions, rows, failed, LEAST, LEVEL).count(why) == 2
        assert why in document(predictions, [], failed, LEAST, LEVEL)
    assert why in terminal(rows, failed)


def test_no_two_p_values_have_one_name(rows, predictions):
    names = [
        heading
        for sheet in sheets(predictions, rows, [], "text", LEAST, LEVEL)
        for heading in sheet.table
        if heading[:2] in ("p,", "p ")
    ]
    assert len(names) == len({*names}) == 5


def test_a_p_value_tells_the_family_that_it_is_corrected_in(rows, predictions):
    """The ledger corrects the same test for a larger family: two numbers of one name would contradict each other."""
    twice = [*rows, *rows]
    p_value = f"{2 * rows[0].measured.goodness_of_fit.p_value:.2g}"
    assert presented(twice, "text")["p (χ², Holm of 2)"].tolist() == [p_value, p_value]
    assert "p (χ², Holm of 2)" in terminal(twice)
    assert "| p (χ², Holm of 2)" in DOCUMENTS["md"](predictions, twice, [], LEAST, LEVEL)


@pytest.mark.parametrize("form", ["text", "latex"])
def test_headings_are_the_same_if_every_experiment_failed(rows, predictions, experiment, form):
    """Those of a text are no LaTeX."""
    failed = failed_rows({"all": experiment}, {"all": "died"})
    some, none = (
        [list(sheet.table) for sheet in sheets(predictions, own, failed, form, LEAST, LEVEL)] for own in (rows, [])
    )
    assert none == [[heading.replace("Holm of 1", "Holm of 0") for heading in of_sheet] for of_sheet in some]


def test_another_quantity_needs_no_other_table(monkeypatch, rows_of, experiment, own, predictions):
    monkeypatch.setitem(QUANTITIES, "x_dot", Quantity("ẋ", r"\dot x", "k_x", QUANTITIES["w_dot"].factors))
    texts = {**experiment.classes["zeros"].texts, "x_dot": "1/2"}
    measured_class = msgspec.structs.replace(experiment.classes["zeros"], texts=texts)
    extended = msgspec.structs.replace(experiment, classes={"zeros": measured_class})
    rows = rows_of(extended, with_window(own, "x_dot", PAPER, own.paper))
    table = predicted_and_measured(rows, [], "text", LEVEL)
    assert table[["k_x predicted", "k_x measured"]].to_numpy().tolist() == [
        ["1/2", rounded(own.paper.corrected.exponent)]
    ]
    assert "| k_x" in DOCUMENTS["md"](predictions, rows, [], LEAST, LEVEL)


def test_what_is_not_measured_is_a_dash_with_a_reason(rows_of, experiment, own, predictions):
    """In every document, and only there: an exponent without a digit that counts, and one of a shift not seen."""
    found = own.quantities["w_dot"][PAPER]
    unseen = msgspec.structs.replace(found.shifted, gain=1.4)
    wide = msgspec.structs.replace(found.jacobian, exponent=Estimate.normal(-20.0, 40.0))
    measured = msgspec.structs.replace(found, shifted=unseen, jacobian=wide)
    rows = rows_of(experiment, with_window(own, "w_dot", PAPER, measured))
    for ending, document in DOCUMENTS.items():
        text, before = (
            document(predictions, rows, [], LEAST, LEVEL),
            document(predictions, rows_of(experiment, own), [], LEAST, LEVEL),
        )
        dash = "-- ({})" if ending == "tex" else "– ({})"
        for mark, why in (("a", "interval is wider than 1"), ("b", "do not tell a shifted power law")):
            assert dash.format(mark) in text
            assert why in text
            assert dash.format(mark) not in before
            assert why not in before
        form = "latex" if ending == "tex" else "text"
        for exponent in (found.shifted.exponent, wide.exponent):
            assert rounded(exponent, form) not in text
        assert rounded(found.shifted.exponent, form) in before
    for sheet in sheets(
        predictions, rows, [], "text", LEAST, LEVEL
    ):  # explained under each table that has it, and no other
        for mark in ("– (a)", "– (b)"):
            assert (f"{mark}:" in sheet.note) == sheet.table.isin([mark]).to_numpy().any()
    assert predicted_and_measured(rows, [], "text", LEVEL)["k_w measured"].tolist() == ["– (b)"]
    assert "(a)" not in terminal(rows)
    q_dot = msgspec.structs.replace(own.paper, jacobian=wide)
    text = terminal(rows_of(experiment, with_window(own, "q_dot", PAPER, q_dot)))
    assert text.count("– (a)") == 2
    assert "wider than 1" in text.splitlines()[-1]


def with_shift(own, gain):
    found = own.quantities["w_dot"][PAPER]
    shifted = msgspec.structs.replace(found.shifted, gain=gain)
    return with_window(own, "w_dot", PAPER, msgspec.structs.replace(found, shifted=shifted))


@pytest.mark.parametrize(("gain", "marked"), [(1.93, True), (2.70, True), (2.71, False), (40.0, False)])
def test_a_shift_that_is_hardly_told_from_none_is_marked(rows_of, experiment, own, predictions, gain, marked):
    """Else the table calls measured what the claims call undecided; 2.706 is half the point of χ² at that level."""
    rows, level = rows_of(experiment, with_shift(own, gain)), 0.02
    for ending, document in DOCUMENTS.items():
        number = r"$0.499 \pm 0.012$" if ending == "tex" else "0.499±0.012"
        text = document(predictions, rows, [], LEAST, level)
        assert number in text
        assert (f"{number} (c)" in text) == marked
        assert ("(c): not told from no shift" in text) == marked
        assert "(c)" not in document(predictions, rows, [], LEAST, 0.05)


@pytest.mark.parametrize("printed", ["-", "1"])
def test_a_prediction_that_the_paper_s_table_lacks_is_marked(rows_of, experiment, own, predictions, printed):
    """Else the first table would say that the paper predicts what its own table has a dash for."""
    row = msgspec.structs.replace(experiment.prediction, k_w=printed)
    rows = rows_of(msgspec.structs.replace(experiment, prediction=row), own)
    for sheet in sheets(predictions, rows, [], "text", LEAST, LEVEL):
        marked = {cell for column in sheet.table for cell in sheet.table[column] if cell.endswith("(d)")}
        assert ("(d): not from the table of Sec. 10" in sheet.note) == bool(marked)
    assert predicted_and_measured(rows, [], "text", LEVEL)["k_w predicted"].tolist() == [
        "1 (d)" if printed == "-" else "1"
    ]
    assert predicted_and_measured(rows, [], "text", LEVEL)["k_b predicted"].tolist() == ["1"]
    assert ("1 (d) &" in DOCUMENTS["tex"](predictions, rows, [], LEAST, LEVEL)) == (printed == "-")


def test_latex_has_no_special_character_but_its_own(documents):
    """Outside of $…$ only escaped ones, so that every row has the cells of its table and no % ends it."""
    tex = documents["tex"]
    for text in (
        r"100\% \& \#1\_x",
        r"class\_two",
        r"Own\_f, mean squared",
        r"as\_printed",
        r"of 99\%",
        listed([f"${exponent}$" for exponent in EXPONENTS.values()]),
    ):
        assert text in tex
    tabulars = re.findall(r"\\begin{tabular}{(l+)}(.*?)\\end{tabular}", tex, re.S)
    assert len(tabulars) == 6
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


def test_markdown_shows_text_as_it_is(documents):
    assert r"100% & #1_x \| \<b> \$5 {a} \*2\* \~ ^ \\ q̇ ∞ \_ |" in documents["md"]
    assert r"exp(c1\*y + c2)" in documents["md"]
    assert "| Own_f, mean squared" in documents["md"]
