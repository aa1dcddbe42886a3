"""If these fail, the picture of the gallery hides an entry, or shows for one what another has."""

import pandas as pd
import pytest
from colour_vision import confusable
from conftest import ROOT

from duality.figures.gallery import caption, figure
from duality.records.gallery import GALLERY, GALLERY_CURVES


@pytest.fixture
def kept():
    return GALLERY.read(ROOT / "docs/gallery.csv"), GALLERY_CURVES.read(ROOT / "docs/gallery_curves.csv")


def test_every_entry_has_h_and_a_density_with_its_window_and_law(kept):
    table, curves = kept
    drawn = figure(table, curves)
    shown = table[table["shown"]]
    assert len(drawn.axes) == 2 * len(shown)
    assert confusable(drawn) == []
    titles = [text.get_text() for text in drawn.texts]
    for number, row in enumerate(shown.to_dict("records")):
        assert titles[2 * number] == f"{row['activation']}, {row['loss']}"
        own = curves[curves["entry"] == row["entry"]]
        of_h, density = drawn.axes[2 * number : 2 * number + 2]
        assert list(of_h.lines[0].get_ydata()) == list(
            own.loc[own["series"] == "h", "y"].iloc[: len(of_h.lines[0].get_ydata())]
        )
        labels = {line.get_label() for line in density.lines}
        measured = row["k_q"] == row["k_q"]
        assert ("window" in labels) == ("derived power law" in labels) == measured
        assert (f"derived $k$ = {row['k_q_derived']}" in titles[2 * number + 1]) == measured


def test_an_entry_without_equilibrium_is_there_and_says_why(kept):
    _, curves = kept
    empty = {name: ("" if kind is str else float("nan")) for name, kind in GALLERY.columns.items()}
    row = {**empty, "entry": "mine", "activation": "a", "loss": "l", "regime": "y → ∞", "shown": True}
    alone = pd.DataFrame([{**row, "why": "the population loss has no minimum: b"}])
    of_h = curves[(curves["series"] == "h") & (curves["entry"] == "gelu")].assign(entry="mine")
    drawn = figure(alone, of_h)
    assert "the population loss has no minimum: no power law to measure" in drawn.texts[1].get_text()
    assert "1 have no power law" in caption(alone)
