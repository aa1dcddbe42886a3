"""If these fail, a figure of a sweep does not show its points, or hides those without equilibrium."""

from itertools import pairwise, product

import numpy as np
import pandas as pd
import pytest
from colour_vision import XYZ, confusable, distances, linear
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LogNorm
from matplotlib.text import Text

from duality.figures.style import save
from duality.figures.sweep_captions import caption
from duality.figures.sweeps import draw
from duality.records.sweeps import SWEEP_POINT
from duality.sweeps.collection import ESTIMATES, collected

LABELS = {"gamma": "learning rate γ", "sigma": "σ"}
CURVE = {"x": "gamma", "shows": ["k_q", "decades"]}
MAP = {"x": "gamma", "y": "sigma", "shows": ["k_q"]}
LIST = list(SWEEP_POINT.columns)


def rows(value):
    for name in ("zeros", "ones"):
        for estimate in ("k_q", "decades"):
            numbers = (value, 0.01, value - 0.02, value + 0.02, value, 0.0)
            yield (name, "", *ESTIMATES[estimate], *numbers, 1.0 if estimate == "k_q" else np.nan, "")


@pytest.fixture
def table():
    failed = ("", "", "", "", "equilibrium", *[np.nan] * 7, "training diverged: replica 0 by step 5")
    points = []
    for i, gamma in enumerate((0.001, 0.01, 0.1)):
        for sigma in (0.2, 0.3):
            content = [failed] if (gamma, sigma) == (0.1, 0.3) else list(rows(1 + i + sigma))
            points.append(({"gamma": gamma, "sigma": sigma}, pd.DataFrame(content, columns=LIST)))
    return collected(points)


def test_curves_are_at_the_values_with_what_is_predicted(table):
    fig = draw(table[table["axis_sigma"] == 0.2].drop(columns="axis_sigma"), CURVE, LABELS)
    assert confusable(fig) == []
    exponents, decades = fig.axes
    drawn = [line.get_ydata() for line in exponents.lines if line.get_marker() != "None"]
    assert [list(np.round(values.astype(float), 9)) for values in drawn] == [[1.2, 2.2, 3.2]] * 2
    assert any(list(line.get_ydata()) == [1, 1, 1] for line in exponents.lines)
    assert exponents.get_xscale() == decades.get_xscale() == "log"
    assert decades.get_xlabel() == "learning rate γ"


def test_points_without_equilibrium_are_seen_and_told(table):
    fig = draw(table, CURVE, LABELS)
    assert "no equilibrium of some" in [text.get_text() for text in fig.legends[0].get_texts()]
    one_axis = draw(table[table["axis_sigma"] == 0.3].drop(columns="axis_sigma"), CURVE, LABELS)
    assert "no equilibrium" in [text.get_text() for text in one_axis.axes[0].get_legend().get_texts()]
    text = caption("my_sweep", table, MAP, LABELS)
    assert "1 of 6 points reach no equilibrium" in text
    assert "training diverged" in text


@pytest.mark.parametrize("shown", [CURVE, MAP])
def test_a_figure_of_no_point_with_equilibrium_is_drawn(table, shown, tmp_path):
    """The sweep would fail otherwise, though each of its rows says why it has nothing."""
    fig = draw(table[table["why"] != ""], shown, LABELS)
    assert any("equilibrium" in text.get_text() for text in fig.findobj(Text))
    save(fig, [str(tmp_path / "nothing.png")])
    assert (tmp_path / "nothing.png").stat().st_size > 1000


def curves(axes):
    """Values by label of the curves of points in a panel."""
    found = [container for container in axes.containers if len(container.lines[0].get_ydata())]
    return {one.get_label(): list(np.round(one.lines[0].get_ydata().astype(float), 9)) for one in found}


def test_a_wrong_setting_is_told_as_one_and_not_as_a_missing_equilibrium(table):
    unset = ("", "", "", "", "training", *[np.nan] * 7, "training.budget = 1: must be at least steps")
    row = ({"gamma": 1.0, "sigma": 0.2}, pd.DataFrame([unset], columns=list(SWEEP_POINT.columns)))
    more = pd.concat([table, collected([row])], ignore_index=True)
    text = caption("my_sweep", more, MAP, LABELS)
    assert "1 of 7 points reach no equilibrium: training diverged." in text
    assert "1 of 7 points are not trained: training.budget = 1." in text
    assert "not trained" not in caption("my_sweep", table, MAP, LABELS)
    told = [t.get_text() for t in draw(more, CURVE, LABELS).legends[0].get_texts()]
    assert {"no equilibrium of some", "not trained"} <= set(told)
    cells = {tuple(np.round(t.get_position())): t.get_text() for t in draw(more, MAP, LABELS).axes[0].texts}
    assert (cells[3, 0], cells[2, 1]) == ("no run", "none")


def test_of_two_axes_a_curve_is_a_series_for_each_value_of_the_other(table):
    """One line through all points would be a zigzag that means nothing. A row is an estimate, a column a class."""
    fig = draw(table, CURVE, LABELS)
    assert [axes.get_ylabel() for axes in fig.axes] == ["$k_q$"] * 2 + [r"decades of $|\dot q|$"] * 2
    assert [axes.get_title(loc="left") for axes in fig.axes] == ["‘zeros’", "‘ones’"] * 2
    for axes in fig.axes:
        assert curves(axes) == {"sigma = 0.2": [1.2, 2.2, 3.2], "sigma = 0.3": [1.3, 2.3]}


def of_axes(*counts):
    """A table of two classes and a point per combination of the axes gamma, sigma, …, of so many values."""
    names = ["gamma", "sigma", "width", "depth"][: len(counts)]
    values = product(*(np.round(np.geomspace(0.001, 10, count), 4) for count in counts))
    points = [dict(zip(names, at, strict=True)) for at in values]
    return collected([(at, pd.DataFrame(list(rows(1 + sum(at.values()))), columns=LIST)) for at in points])


@pytest.mark.parametrize("counts", [(3, 2), (3, 5), (4, 12), (3, 4, 3), (2, 2, 2, 2)])
def test_the_legend_of_a_family_holds_however_many_curves_there_are(counts):
    """It is once, whole on the page, and over no panel."""
    fig = draw(of_axes(*counts), CURVE, LABELS)
    assert all(axes.get_legend() is None for axes in fig.axes)
    (legend,) = fig.legends
    assert len(legend.get_texts()) == counts[1] + 1  # and what is predicted
    canvas = FigureCanvasAgg(fig)
    box = legend.get_window_extent(canvas.get_renderer())
    width, height = fig.get_size_inches() * fig.dpi
    assert min(box.x0, box.y0) >= 0
    assert (box.x1 <= width, box.y1 <= height) == (True, True)
    assert not any(box.overlaps(axes.get_tightbbox(canvas.get_renderer())) for axes in fig.axes)
    if counts[1] <= 5:
        assert confusable(fig) == []


def test_every_curve_of_a_family_has_its_own_prediction(table):
    """A family over the wanted exponent would have that of its first curve for all."""
    of_each = table.assign(predicted=table["predicted"] * 10 * table["axis_sigma"])
    grey = [line for line in draw(of_each, CURVE, LABELS).axes[0].lines if line.get_label() == "predicted"]
    assert [list(line.get_ydata()) for line in grey] == [[2, 2, 2], [3, 3]]  # one has no equilibrium


def test_an_estimate_that_has_no_class_has_one_panel_in_its_row(table):
    of_w = table[(table["class"] == "zeros") & (table["estimate"] == "decades")]
    more = pd.concat([table, of_w.assign(**{"class": "", "quantity": "w", "window": "", "estimate": ""})])
    fig = draw(more, {"x": "gamma", "shows": ["k_q", "w"]}, LABELS)
    assert [axes.get_ylabel() for axes in fig.axes] == ["$k_q$", "$k_q$", "$w$"]


def test_a_figure_of_no_point_says_so(table):
    failed = table[table["estimate"] == "equilibrium"].assign(axis_M=8.0)
    figure = {"x": "M", "y": "sigma", "shows": ["mini_batches"]}
    labels = {"M": "M", "sigma": "σ"}
    assert draw(failed, figure, labels).axes[0].texts[0].get_text() == "no point has an equilibrium"
    assert "1 of 1 points reach no equilibrium: training diverged" in caption("mine", failed, figure, labels)


def test_numbers_on_a_map_of_equal_values_are_seen(table):
    """All cells are as dark as a cell can be."""
    equal = table.assign(value=1.0)
    told = [text for text in draw(equal, MAP, LABELS).axes[0].texts if text.get_text() != "none"]
    assert {text.get_color() for text in told} == {"white"}


def test_a_map_has_a_cell_for_every_point_with_its_value(table):
    fig = draw(table, MAP, LABELS)
    assert len(fig.axes) == 4  # a bar beside each
    texts = {(round(t.get_position()[0]), round(t.get_position()[1])): t.get_text() for t in fig.axes[0].texts}
    assert texts[0, 0] == "1.200(10)"
    assert texts[2, 1] == "none"
    assert len(texts) == 6


def maps(fig):
    """The image of each panel and the axes of its bar."""
    panels, bars = [axes for axes in fig.axes if axes.images], [axes for axes in fig.axes if not axes.images]
    assert len(panels) == len(bars)
    return [(axes, axes.images[0], axes.images[0].colorbar) for axes in panels]


def with_point(table, value, se, at=0):
    """The table with another estimate of k_q of 'zeros' at the first point."""
    chosen = table.index[(table["class"] == "zeros") & (table["estimate"] == "corrected")][at]
    changed = table.copy()
    changed.loc[chosen, ["value", "se"]] = value, se
    return changed


def test_every_map_has_a_bar_and_classes_have_the_same(table):
    """Cells of one colour that are not of one value, in panels side by side, would mislead."""
    apart = table.assign(value=table["value"] + 3 * (table["class"] == "ones"))
    found = maps(draw(apart, MAP, LABELS))
    assert [(image.norm.vmin, image.norm.vmax) for _, image, _ in found] == [(1.2, 6.2)] * 2
    for axes, _, bar in found:
        place, of_map = bar.ax.get_position(), axes.get_position()
        assert (place.y0, place.y1) == (of_map.y0, of_map.y1)
        assert 0 < place.x0 - of_map.x1 < 0.05
        assert bar.extend == "neither"
        assert len([tick for tick in bar.ax.get_yticks() if 1.2 <= tick <= 6.2]) >= 3


@pytest.mark.parametrize(("value", "se", "extend"), [(-14.5, 1.0, "min"), (40.0, 30.0, "max"), (2.0, 5.0, "neither")])
def test_a_point_of_huge_error_does_not_decide_about_the_colours(table, value, se, extend):
    """Beyond the limits it is told by an arrow; all others are as they were without it."""
    _, image, bar = maps(draw(with_point(table, value, se), MAP, LABELS))[0]
    assert (image.norm.vmin, image.norm.vmax, bar.extend) == (1.2, 3.2, extend)


def test_a_point_that_is_known_decides_however_far_it_is(table):
    _, image, bar = maps(draw(with_point(table, -14.5, 0.1), MAP, LABELS))[0]
    assert (image.norm.vmin, image.norm.vmax, bar.extend) == (-14.5, 3.2, "neither")


def test_values_over_decades_have_colours_over_decades(table):
    """1.6 and 5.6 decades beside 163 would be one colour. Errors are relative: 30 ± 9 is known well enough."""
    decades = with_point(table.assign(value=0.01 * 10 ** table["value"], se=0.0), 30.0, 9.0)
    _, image, bar = maps(draw(decades, MAP, LABELS))[0]
    assert isinstance(image.norm, LogNorm)
    assert (image.norm.vmax, bar.extend) == (30.0, "neither")
    assert bar.ax.get_yscale() == "log"
    low, high = image.norm.vmin, image.norm.vmax
    assert len([tick for tick in bar.ax.get_yticks() if low <= tick <= high]) >= 3
    assert {text.get_text() for text in bar.ax.get_yticklabels()} >= {"0.5", "1", "10"}


@pytest.mark.parametrize("value", [1.3, -14.5])
def test_numbers_are_legible_on_every_cell(table, value):
    """Their contrast is at least that of the Web Content Accessibility Guidelines, 4.5, also beyond the limits."""
    values = with_point(table.assign(value=np.linspace(1, 2, len(table))), value, 1.0)
    for axes, image, _ in maps(draw(values, MAP, LABELS)):
        for text in (text for text in axes.texts if text.get_text() != "none"):
            column, row = map(round, text.get_position())
            cell = image.cmap(image.norm(image.get_array()[row, column]))
            light, dark = sorted((luminance(cell), luminance(text.get_color())), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5


def luminance(colour):
    return float(linear(colour) @ XYZ[1])


@pytest.mark.parametrize("value", [-5.0, np.inf])
def test_what_a_logarithm_does_not_have_is_beyond_the_bar_and_no_hole(table, value):
    """A negative estimate of huge error, as of 100 decades ± 200, was white, which is where there is no estimate."""
    decades = with_point(table.assign(value=10 ** table["value"], se=0.0), value, 1e4)
    _, image, _ = maps(draw(decades, MAP, LABELS))[0]
    assert isinstance(image.norm, LogNorm)
    cells = image.get_array().filled(np.nan)
    assert np.isfinite(cells).sum() == 5  # one point of six has no equilibrium
    assert not np.ma.getmaskarray(image.norm(cells[np.isfinite(cells)])).any()


def test_the_colours_of_a_map_are_told_apart_without_red_and_green_and_in_print(table):
    """Lightness rises with the value, for a deuteranope too."""
    _, image, _ = maps(draw(table, MAP, LABELS))[0]
    colours = [image.cmap(share) for share in np.linspace(0, 1, 9)]
    assert np.all(np.diff([luminance(colour) for colour in colours]) > 0)
    assert all(min(distances(one, other)) > 5 for one, other in pairwise(colours))


def test_pictures_are_the_same_bytes_again(table, tmp_path):
    for name in ("a.png", "b.png"):
        save(draw(table, MAP, LABELS), [str(tmp_path / name)])
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
