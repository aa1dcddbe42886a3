"""If these fail, the figure of the calibration hides settings, or its caption tells of others."""

import numpy as np
import pandas as pd
import pytest
from colour_vision import confusable

from duality.config.settings import CalibrationSettings, CoverageSettings, PValueSettings
from duality.figures.calibration import calibration, caption

EXPONENTS = [-0.5, 0.0, 1 / 2, 2 / 3, 3 / 4, 1.0, 1.5, 2.0, 3.0]
SIZES = [200, 1_000, 10_000, 100_000]


def drawn(exponents, ranges, sizes):
    rows = [(k, decades, n, 100, 0.95, 0.02) for k in exponents for decades in ranges for n in sizes]
    table = pd.DataFrame(rows, columns=["k", "decades", "n", "replicates", "coverage", "se"])
    p_values = pd.DataFrame(
        {"k": np.repeat(exponents, 10), "p_value": np.tile(np.linspace(0.05, 1, 10), len(exponents))}
    )
    figure = calibration(table, p_values)
    assert confusable(figure) == []
    return figure.axes, rows


def test_the_figure_shows_every_setting():
    axes, rows = drawn(EXPONENTS, (0.5, 1.0, 2.0, 4.0), SIZES)
    assert sum(len(container[0].get_xdata()) for container in axes[0].containers) == len(rows)
    assert len(axes[1].get_lines()) == 1 + len(EXPONENTS)
    labels = [label.get_text() for label in axes[0].get_xticklabels()]
    assert labels == ["−½", "0", "½", "⅔", "¾", "1", "1½", "2", "3"]
    assert axes[0].get_xlabel() == "true $k$; within each, from left to right: ½, 1, 2 and 4 decades"


def test_other_settings_have_their_own_labels():
    axes, rows = drawn([-1.25, 0.3], (2.5,), SIZES[:2])
    assert sum(len(container[0].get_xdata()) for container in axes[0].containers) == len(rows) == 4
    assert [label.get_text() for label in axes[0].get_xticklabels()] == ["−1¼", "0.3"]
    assert axes[0].get_xlabel() == "true $k$; within each, from left to right: 2½ decades"


@pytest.mark.parametrize(("decades", "told"), [(2.0, "two decades"), (1.0, "one decade "), (2.5, "2.5 decades")])
def test_the_caption_tells_the_settings(decades, told):
    settings = CalibrationSettings(EXPONENTS, CoverageSettings([1.0], SIZES, 17), PValueSettings(decades, 23, 31, 99))
    text = caption(settings)
    assert text.endswith("\n")
    for words in ("; 17 data sets each", f"31 data sets of 23 values over {told}"):
        assert words in text
