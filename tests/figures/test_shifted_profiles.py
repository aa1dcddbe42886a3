"""If these fail, the sheet of profile likelihoods does not show whether a shift is told from none."""

import numpy as np
import pandas as pd
import pytest
from colour_vision import confusable
from measured_results import CLASS, measured, with_window
from msgspec.structs import replace

from duality.conventions import PAPER
from duality.exponents.shifted import fit_shifted
from duality.figures.shifted_profiles import shifted_profiles
from duality.figures.style import save
from duality.fits.power_laws import Bootstrap, WindowStatistics
from duality.records.estimates import TOLD_APART
from duality.records.exponents import PROFILE, Shift

EDGES = np.geomspace(1e-2, 30.0, 65)


@pytest.fixture(scope="module")
def drawn():
    """Makes the sheet of one window on which p(ẇ) ∝ (ẇ + s)^(-2) was fitted, and its table."""

    def make(s, n=5000):
        F = 1 / (EDGES + s)
        expected = np.round(n * np.diff(F) / (F[-1] - F[0])).astype(np.int64)
        statistics = WindowStatistics(EDGES[0], EDGES[-1], int(expected.sum()), 0.0, 0.0, EDGES, expected)
        bootstrap = Bootstrap(9, np.random.default_rng(1))
        fit, profile = fit_shifted(statistics, 1, Shift(2.0, 1.0, 1.0), np.zeros_like, bootstrap)
        table = profile.assign(**{"class": CLASS, "window": PAPER})[list(PROFILE.columns)]
        own = measured().exponents[CLASS]
        with_fit = replace(own.quantities["w_dot"][PAPER], shifted=fit)
        fig = shifted_profiles({"e": table}, {"e": {CLASS: with_window(own, "w_dot", PAPER, with_fit)}})
        assert confusable(fig) == []
        (axes,) = fig.axes
        return axes, fit

    return make


def lines(axes):
    handles, labels = axes.get_legend_handles_labels()
    return dict(zip(labels, handles, strict=True))


def test_a_shift_that_is_seen_has_no_curve_near_none(drawn):
    axes, fit = drawn(1.0)
    x, y = lines(axes)["profile likelihood"].get_data()
    assert fit.told_apart
    assert np.nanmax(y) == pytest.approx(0)
    assert x[np.nanargmax(y)] == pytest.approx(1, abs=0.05)  # theory's
    assert np.nanmin(np.abs(x[y > -TOLD_APART])) > 0.5
    assert not axes.get_xlim()[0] < 0 < axes.get_xlim()[1]
    assert axes.get_title(loc="left") == f"e,\n‘{CLASS}’, paper window"


def test_a_shift_that_is_not_seen_has_none_within_its_interval(drawn):
    axes, fit = drawn(0.0)
    x, y = lines(axes)["profile likelihood"].get_data()
    assert not fit.told_apart
    at_none = np.interp(0.0, x[np.argsort(x)], y[np.argsort(x)])
    assert -TOLD_APART < at_none <= 0
    assert axes.get_xlim()[0] < 0 < axes.get_xlim()[1]
    assert f"gain over no shift {fit.gain:.2f}" in axes.texts[0].get_text()


def test_a_sheet_without_shifted_power_laws_says_so():
    empty = pd.DataFrame(columns=list(PROFILE.columns))
    fig = shifted_profiles({"e": empty}, {"e": measured().exponents})
    save(fig, [])
    assert fig.axes == []
    assert "no composition" in fig.texts[0].get_text()
