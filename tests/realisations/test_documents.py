"""If these fail, the documents show other numbers than the table, or not that an estimate is outside."""

import pytest
from simulated_realisations import ESTIMATES, family

from duality.realisations.documents import DOCUMENTS, presented
from duality.realisations.spread import compare, summary


@pytest.mark.parametrize(("error", "told"), [(1.0, "no"), (0.3, "yes")])
def test_every_estimate_is_a_row_that_says_whether_it_is_outside(random, error, told):
    estimates = family(random, error=error)
    table = compare(estimates)
    shown = presented(table)
    assert len(shown) == ESTIMATES
    assert (shown["outside"] == told).mean() > 0.9
    assert (shown["of"] == "k_q").all()
    assert shown["ratio (p)"].iloc[0].startswith(f"{table['ratio'].iloc[0]:.2f} (")
    sentence = summary(table, estimates)
    assert set(DOCUMENTS) == {"md", "html"}
    for document in DOCUMENTS.values():
        text = document(table, sentence)
        assert sentence in text
        assert text.count("window") > ESTIMATES


def test_what_cannot_be_tested_is_told(random):
    shown = presented(compare(family(random, seeds=2)))
    assert (shown["outside"] == "not tested").all()
    assert (shown[["ratio (p)", "covered (p)", "mean z (p)", "p of the family"]] == "–").all(axis=None)
