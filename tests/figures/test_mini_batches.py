"""If these fail, the figure of the mini-batches lacks a point, a line or a law, or its caption tells another number."""

import numpy as np
import pandas as pd
import pytest
from colour_vision import confusable

from duality.figures.mini_batches import caption, figure
from duality.figures.style import save
from duality.mini_batches.vocabulary import BELOW_CAP, CENTRE, EXACT, NORMAL, SCALED, STABLE, TAIL, TRUNCATED
from duality.records.mini_batches import MINI_BATCHES


def table(heavy):
    """Known numbers at M = 1, 32 and 1024."""
    rows = []
    for M in (1, 32, 1024):
        for quantity in ("q_dot", "b_dot"):
            for window in (SCALED, CENTRE, TAIL, BELOW_CAP):
                centre, tail = -1.0 if quantity == "q_dot" else 0.02, 2.0 if heavy else 8.0
                value = {SCALED: 0.4, CENTRE: centre, TAIL: tail, BELOW_CAP: 2.1 if heavy else np.nan}[window]
                exact = np.nan if quantity == "q_dot" else value
                estimate = "tail exponent" if window in (TAIL, BELOW_CAP) else "raw exponent"
                numbers = {"value": value, "se": 0.01, "low": value - 0.02, "high": value + 0.02, "exact": exact}
                rows.append({"mini_batch": M, "quantity": quantity, "sign": "negative", "estimate": estimate,
                             "window": window, "limit": value, "n": 1000, **numbers})  # fmt: skip
        for law in (EXACT, NORMAL, STABLE, TRUNCATED) if heavy else (EXACT, NORMAL):
            distance = 0.0 if law == EXACT else 0.3 / M**0.5
            rows.append({"mini_batch": M, "quantity": "b_dot", "estimate": "distance", "law": law, "n": 1000,
                         "value": distance, "se": 1e-3, "low": distance, "high": distance + 0.01, "exact": distance,
                         "limit": distance if law == NORMAL else np.nan})  # fmt: skip
        if heavy:
            for estimate, exact in (("stability index α", 1.0), ("crossover M*", 256.0)):
                rows.append({"mini_batch": M, "quantity": "b_dot", "estimate": estimate, "exact": exact})
    nothing = {name: "" if kind is str else 0 if kind is int else np.nan for name, kind in MINI_BATCHES.columns.items()}
    found = pd.DataFrame([nothing | row for row in rows], columns=list(MINI_BATCHES.columns))
    MINI_BATCHES.check(found, "")
    return found


def test_every_law_and_window_is_a_series_and_nothing_overflows():
    fig = figure({"light": table(False), "heavy_one": table(True)}, "negative")
    assert confusable(fig) == []
    light, heavy = fig.axes[:3], fig.axes[3:6]
    points = [[len(container[0].get_xdata()) for container in axes.containers] for axes in fig.axes]
    assert points == [[3] * 4, [3, 0] * 2, [3], [3] * 4, [3] * 4, [3] * 3]
    assert [axes.get_xlim() for axes in light] == [axes.get_xlim() for axes in heavy] == 3 * [(1 / 1.4, 1024 * 1.4)]
    lines = [line.get_xdata()[0] for line in heavy[2].get_lines() if len(line.get_xdata()) == 2]
    assert lines == [256]
    assert not [line for line in light[2].get_lines() if len(line.get_xdata()) == 2]
    save(fig, [])
    fig.canvas.draw()
    renderer = fig.canvas.get_renderer()
    for axes in fig.axes:
        box = axes.get_tightbbox(renderer)
        assert box.x0 >= 0
        assert box.x1 <= fig.bbox.x1
        assert box.y1 <= fig.bbox.y1
    legend = fig.legends[0].get_window_extent(renderer)
    assert legend.x0 >= 0
    assert legend.x1 <= fig.bbox.x1
    assert not any(axes.get_tightbbox(renderer).overlaps(legend) for axes in fig.axes)


def test_what_is_uncertain_by_more_than_the_panel_is_left_out():
    known = table(False)
    known.loc[(known["window"] == CENTRE) & (known["mini_batch"] == 1024), "se"] = 0.9
    points = [len(container[0].get_xdata()) for container in figure({"e": known}, "negative").axes[0].containers]
    assert points == [3, 2, 3, 2]


def test_a_tail_far_above_the_others_is_told_and_draws_no_upright_strokes():
    known = table(True)
    far = (known["window"] == TAIL) & (known["mini_batch"] == 32) & (known["quantity"] == "b_dot")
    known.loc[far, ["value", "low", "high", "exact", "limit"]] = [278.0, 244.0, 311.0, 260.0, 621.0]
    tail = figure({"e": known}, "negative").axes[1]
    assert [text.get_text() for text in tail.texts] == ["↑ 278"]
    assert [len(container[0].get_xdata()) for container in tail.containers] == [3, 3, 2, 3]
    low, high = tail.get_ylim()
    drawn = np.concatenate([np.asarray(line.get_ydata(), float) for line in tail.get_lines()])
    assert low <= np.nanmin(drawn) <= np.nanmax(drawn) <= high < 10


def test_a_centre_far_below_the_others_is_told_and_leaves_them_their_room():
    known = table(True)
    far = (known["window"] == CENTRE) & (known["mini_batch"] == 32) & (known["quantity"] == "q_dot")
    known.loc[far, ["value", "se", "low", "high"]] = [-18.8, 0.3, -19.4, -18.2]
    centre = figure({"e": known}, "negative").axes[0]
    assert [text.get_text() for text in centre.texts] == ["↓ −19"]
    assert centre.get_ylim()[0] > -3


def test_what_is_told_at_the_first_and_last_M_is_within_the_panel_and_beside_its_neighbours():
    """The arrow of M = 1 lay on the axis, that of M = 1024 went beyond the end."""
    few, between = (table(True).query(f"mini_batch {are} 32") for are in ("!=", "=="))
    known = pd.concat([few, *(between.assign(mini_batch=M) for M in (4, 16, 64, 256))])
    far = (known["window"].isin([CENTRE, TAIL])) & (known["quantity"] == "q_dot")
    known.loc[far, ["value", "se", "low", "high"]] = [-18.8, 0.3, -19.4, -18.2]
    fig = figure({"e": known}, "negative")
    save(fig, [])
    fig.canvas.draw()
    for axes in fig.axes[:2]:
        inside = axes.get_window_extent()
        told = [text.get_window_extent(fig.canvas.get_renderer()) for text in axes.texts]
        ends = [end for box in sorted(told, key=lambda box: box.x0) for end in (box.x0, box.x1)]
        assert len(ends) == 12
        assert all(np.diff([inside.x0 + 2, *ends, inside.x1 - 2]) > 0)


def test_a_line_has_a_gap_where_its_law_is_not_known():
    """From M = 1 to 1024 through 32 there would be a line that no theory has."""
    known = table(True)
    gap = (known["window"] == CENTRE) & (known["mini_batch"] == 32) & (known["quantity"] == "b_dot")
    known.loc[gap, "exact"] = np.nan
    lines = [np.asarray(line.get_ydata(), float) for line in figure({"e": known}, "negative").axes[0].get_lines()]
    assert [list(np.isnan(y)) for y in lines if y.size == 3 and np.isnan(y).any()] == [[False, True, False]]


def test_without_any_tail_the_panel_is_empty():
    """Large batches of few samples reach no tail."""
    known = table(False)
    known.loc[known["window"].isin([TAIL, BELOW_CAP]), ["value", "low", "high"]] = np.nan
    tail = figure({"e": known}, "negative").axes[1]
    assert not [line for container in tail.containers for line in container[0].get_xdata()]


@pytest.mark.parametrize("heavy", [False, True])
def test_the_caption_tells_the_numbers_at_the_largest_M(heavy):
    text = caption({"one": table(heavy)}, "negative")
    line = text.splitlines()[-1]
    assert line.startswith("one: at M = 1024: k of ḃ 0.020 ± 0.010 (centre), k of ḃ ")
    assert "distance of ḃ from the normal law 0.0094" in line
    assert ("distance of ḃ from the stable law" in line, "stable up to M* = 2.6e+02" in line) == (heavy, heavy)
