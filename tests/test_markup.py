"""If these fail, a text ends a cell or a document, or is shown as something else than it is."""

from types import SimpleNamespace

import pandas as pd

from duality.conventions import QUANTITIES, listed
from duality.markup import html_page, latex, markdown, markdown_cell, markdown_table

SPECIAL = r"100% & #1_x | <b> $5 {a} *2* ~ ^ \ q̇ ∞ _"


def test_markdown_shows_plain_text_as_it_is():
    assert markdown(SPECIAL) == r"100% & #1_x \| \<b> \$5 {a} \*2\* \~ ^ \\ q̇ ∞ \_"
    assert markdown("&amp; k_q [1]") == r"\&amp; k_q \[1]"


def test_only_a_bar_ends_a_cell_of_markdown():
    assert markdown_cell("|h| is **large**") == r"\|h\| is **large**"
    table = pd.DataFrame({"|h|": ["*a|b*"]})
    assert markdown_table(table).splitlines() == [r"| \|h\|   |", "|:--------|", r"| *a\|b*  |"]
    assert r"| \*a\|b\* |" in markdown_table(table, markdown)


def test_latex_has_every_quantity_and_no_special_character_but_its_own():
    assert QUANTITIES
    for quantity in QUANTITIES.values():
        assert latex(f"{quantity.symbol} has {quantity.exponent}") == f"${quantity.latex}$ has ${quantity.exponent}$"
    assert latex(r"100% & #1_x") == r"100\% \& \#1\_x"
    assert latex("(Aẇ + B)^k_w") == r"$(A\dot w + B)^{k_w}$"
    assert latex("(Aẇ + B)^(-k_w)") == r"$(A\dot w + B)^{-k_w}$"
    assert latex("-3 to 2-3") == "$-$3 to 2-3"


def test_lists_are_sentences():
    assert [listed(words) for words in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


def test_a_page_holds_its_body():
    page = html_page("Title", "p{}", "<p>x</p>")
    assert page.startswith("<!doctype html>\n<html")
    assert "<title>Title</title><style>p{}</style></head><body>\n<p>x</p>\n</body></html>\n" in page


def test_a_table_is_the_same_with_and_without_the_package_that_knows_wide_letters(monkeypatch):
    """wcwidth comes with tools for developers: their tables would be others than those of everybody else."""
    import tabulate

    table = pd.DataFrame({"q̇": ["a", "ẇ ∝ q̇"], "k": ["1", "2"]})
    found = set()
    for module in (SimpleNamespace(wcswidth=lambda text: 3 * len(text)), None):
        monkeypatch.setattr(tabulate, "wcwidth", module)
        monkeypatch.setattr(tabulate, "WIDE_CHARS_MODE", module is not None)
        found.add(markdown_table(table))
    assert len(found) == 1
    [lines] = [text.splitlines() for text in found]
    assert len({len(line) for line in lines}) == 1
