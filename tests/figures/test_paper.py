"""If these fail, a figure of the paper shows something else than its CSV, or a reader cannot tell what it shows."""

from itertools import pairwise

import msgspec
import numpy as np
import pandas as pd
import pytest
from colour_vision import confusable
from conftest import FORMATS, ROOT
from matplotlib.text import Text
from measured_results import CLASS, SAMPLES, measured, with_window

from duality.config.settings import Shown
from duality.conventions import PAPER
from duality.figures.curves import NARROW, curves, failed
from duality.figures.overview import overview
from duality.figures.paper import OFF, beyond, draw, figure, ratios, spikes
from duality.figures.paper_captions import caption, caption_of_all
from duality.figures.style import RC, publish, save
from duality.records.estimates import Estimate
from duality.records.exponents import DENSITY, Exponents
from duality.records.figures import CURVES
from duality.records.jacobian import MAP
from duality.records.record import read, write
from duality.records.training import Equilibrium
from duality.rounding import rounded

SHOWN = Shown(
    experiment="sigmoid_mse",
    class_name=CLASS,
    sign="negative",
    predicted="1",
    activation="sigmoid",
    loss="mean squared",
    title="Figure 1: sigmoid, mean squared,\n‘zeros’, negative",
)


def of_figure(exponents=None, jacobian=None, predicted="1"):
    results = measured()
    own = (exponents or results.exponents)[CLASS]
    window = results.windows[CLASS]["q_dot"].windows[PAPER]
    return curves(results.jacobian if jacobian is None else jacobian, results.density, window, own, -1, predicted)


def panels(picture):
    """The density and the ratio below it."""
    return picture.axes[0], picture.axes[1]


@pytest.fixture(scope="module")
def drawn():
    return of_figure()


def test_every_element_of_the_paper_is_there_and_ours(drawn):
    kinds = {series.split()[0] for series in drawn["series"]}
    assert kinds == {
        "fluctuations", "jacobian", "duality_density", "window", "predicted", "corrected", "corrected_fit", "raw_fit"
    }  # fmt: skip
    window = measured().windows[CLASS]["q_dot"].windows[PAPER]
    ends = np.log10([window.q_low, window.q_high])
    assert drawn.loc[drawn["series"] == "window", "x"].tolist() == pytest.approx(ends.tolist())


def test_a_figure_can_be_made_of_what_the_stages_wrote(drawn, tmp_path):
    """Records and tables come back from their files as they were, and the curves from theirs."""
    results = measured()
    write(results.exponents, tmp_path / "exponents.json", Exponents)
    write(results.equilibrium, tmp_path / "equilibrium.json", Equilibrium)
    MAP.write(results.jacobian, tmp_path / "curves.csv")
    DENSITY.write(results.density, tmp_path / "density.csv")
    window, own = results.windows[CLASS]["q_dot"].windows[PAPER], read(tmp_path / "exponents.json", Exponents)[CLASS]
    table = curves(MAP.read(tmp_path / "curves.csv"), DENSITY.read(tmp_path / "density.csv"), window, own, -1, "1")
    CURVES.write(table, tmp_path / "figure.csv")
    pd.testing.assert_frame_equal(CURVES.read(tmp_path / "figure.csv"), drawn)
    text = caption("figure_1", SHOWN, read(tmp_path / "equilibrium.json", Equilibrium), own, table)
    assert text == caption("figure_1", SHOWN, results.equilibrium, results.exponents[CLASS], drawn)


def test_every_law_has_the_slope_that_its_label_says(drawn):
    """A label on another curve than its own would tell a wrong exponent, and nothing else would contradict it."""
    paper, axes = measured().exponents[CLASS].paper, panels(figure(drawn, "title"))[0]
    lines = {line.get_label(): line for line in axes.get_lines() if "$k_q$ = " in str(line.get_label())}
    expected = {
        "predicted": "1",
        "Jacobian $|dx_1/d\\dot{q}|$": rounded(paper.jacobian.exponent, "picture"),
        "corrected fit": rounded(paper.corrected.exponent, "picture"),
        "raw fit": rounded(paper.raw.exponent, "picture"),
    }
    assert dict(label.split(", $k_q$ = ") for label in lines) == expected
    for label, line in lines.items():
        if not label.startswith("Jacobian"):
            (slope,) = np.diff(line.get_ydata()) / np.diff(line.get_xdata())
            assert slope == pytest.approx(-float(label.rpartition("= ")[2].split(" ")[0]), abs=1e-3)


def with_slope_off(table, off, decades):
    """The Jacobian, what was counted and the fit as if k were wrong by so much, over a window of so many decades."""
    x = table["x"]
    low, high = table.loc[table["series"] == "window", "x"]
    middle, scale = (low + high) / 2, decades / (high - low)
    law = table["series"].isin(["predicted", "raw_fit"])
    # What is level stays level: of the stretched curves only the law they follow is stretched too.
    y = table["y"] + (x - middle) - scale * (x - middle) - np.where(law, 0, off * scale * (x - middle))
    return table.assign(x=middle + scale * (x - middle), y=y)


@pytest.mark.parametrize("decades", [2, 25])
def test_a_wrong_slope_is_seen_on_windows_wide_and_narrow(drawn, decades):
    """k wrong by 0.2 leaves the shaded wedge, and takes a seventh of the panel's height; a right one does neither."""
    for off, right in ((0.0, True), (0.2, False), (-0.2, False)):
        table = with_slope_off(drawn, off, decades)
        below = panels(figure(table, "title"))[1]
        low, high = table.loc[table["series"] == "window", "x"]
        line = next(line for line in below.get_lines() if line.get_color() == "#CC3311")
        x, y = line.get_xdata(), line.get_ydata()
        at_low, at_middle = (np.interp(place, x, y) for place in (low, (low + high) / 2))
        assert at_middle == pytest.approx(0, abs=0.01)
        assert bool(abs(at_low) < OFF * decades / 2) is right
        bottom, top = below.get_ylim()
        assert bottom < at_low < top
        assert bool(abs(at_low) > 0.15 * (top - bottom)) is not right


def test_ratios_are_those_to_the_predicted_law(drawn):
    """The Jacobian is as good as the law far below the window; the corrected fluctuations agree with it everywhere."""
    left_over = ratios(drawn)
    jacobian = left_over[left_over["series"] == "jacobian"].sort_values("x")
    assert jacobian["y"].iloc[0] == pytest.approx(0, abs=0.05)
    corrected = left_over[left_over["series"] == "corrected"]
    z = (corrected["y"] - np.interp(corrected["x"], jacobian["x"], jacobian["y"])) / corrected["se"]
    assert len(z) > 50
    assert np.sqrt(np.mean(z**2)) == pytest.approx(1, abs=0.25)


def with_points_off(table, by, series="corrected"):
    """The corrected fluctuations, or another curve, so many decades off the law: each gets the next of the numbers."""
    slope, at = np.polyfit(*table.loc[table["series"] == "predicted", ["x", "y"]].to_numpy().T, 1)
    y = slope * table["x"] + at + np.resize(by, len(table))
    return table.assign(y=table["y"].mask(table["series"] == series, y))


@pytest.mark.parametrize("by", [[0.01], [0.01, -0.3], [0.5, 0.01, -2.0], [40.0, 0.0]])
def test_no_point_of_the_lower_panel_is_lost(drawn, by):
    """A point without its dot, or none at all, would make the tails look better than they are."""
    table = with_points_off(drawn, by)
    below = panels(figure(table, "title"))[1]
    (bottom, top), points = below.get_ylim(), ratios(table).query("series == 'corrected'")
    arrows = {line.get_marker(): line for line in below.get_lines() if line.get_marker() in ("^", "v")}
    for marker, out, edge in (("^", points["y"] > top, top), ("v", points["y"] < bottom, bottom)):
        assert (marker in arrows) == out.any()
        if marker in arrows:
            assert sorted(arrows[marker].get_xdata()) == sorted(points.loc[out, "x"])
            assert set(arrows[marker].get_ydata()) == {edge}
            assert not arrows[marker].get_clip_on()
    count = int((points["y"].abs() > top).sum())
    assert len(beyond(table)) == count
    assert count == sum(len(line.get_xdata()) for line in arrows.values())
    text = caption("f", SHOWN, measured().equilibrium, measured().exponents[CLASS], table)
    assert (f"Arrows at the edge stand for {count} of the points" in text) == (count > 1)
    assert ("Arrows" in text) == bool(count)
    assert top == -bottom < 3 * OFF * 25  # so that the wedge is still seen


def test_the_lower_panel_is_widened_before_points_leave_it(drawn):
    level = with_points_off(drawn, [0.0], "jacobian")
    least = panels(figure(with_points_off(level, [0.0]), "title"))[1].get_ylim()[1]
    wider = with_points_off(level, [0.0, 1.6 * least])
    assert beyond(wider).empty
    assert panels(figure(wider, "title"))[1].get_ylim()[1] == pytest.approx(1.1 * 1.6 * least)
    assert len(beyond(with_points_off(level, [0.0, 2.1 * least]))) > 0


def test_nothing_predicted_is_told(drawn):
    table = of_figure(predicted=None)
    above, below = panels(figure(table, "title"))
    assert "predicted" not in " ".join(line.get_label() for line in above.get_lines())
    assert below.get_ylabel().endswith("to fit")
    assert panels(figure(drawn, "title"))[1].get_ylabel().endswith("to prediction")


def narrowed(table, decades):
    low, high = table.loc[table["series"] == "window", "x"]
    of_window = table["series"].isin(["window", "predicted", "corrected_fit", "raw_fit"])
    scale = decades / (high - low)
    return table.assign(x=table["x"].mask(of_window, (low + high) / 2 + scale * (table["x"] - (low + high) / 2)))


@pytest.mark.parametrize("decades", [0.05, 0.9 * NARROW, 1.1 * NARROW])
def test_a_narrow_window_is_shown_enlarged(drawn, decades):
    table = narrowed(drawn, decades)
    insets = figure(table, "title").axes[0].child_axes
    text = caption("f", SHOWN, measured().equilibrium, measured().exponents[CLASS], table)
    assert len(insets) == (decades < NARROW) == text.count("Inset: that narrow window")
    for inset in insets:
        left, right = inset.get_xlim()
        low, high = table.loc[table["series"] == "window", "x"]
        assert left < low < high < right
        assert high - low > 0.5 * (right - left)
        assert min(inset.get_position().get_points().ravel()) >= 0


def test_branches_and_spikes_are_named_where_there_are_some(drawn):
    """The sigmoid's map turns back, so that two stretches of x1 lead to one q̇; cut below that, it does not."""
    results = measured()
    own, equilibrium = results.exponents[CLASS], results.equilibrium
    assert len(spikes(drawn)) == 2
    assert {text.get_text() for text in figure(drawn, "t").axes[0].texts} == {r"$d\dot{q}/dx_1 = 0$"}
    text = caption("f", SHOWN, equilibrium, own, drawn)
    assert "As 2 stretches of x1 lead to q̇ of this sign" in text
    assert "Along a spike stands that dq̇/dx1 = 0" in text
    branch = results.windows[CLASS]["q_dot"].windows[PAPER].branch
    below = results.jacobian["q_dot"].abs() < 0.3 * results.jacobian["q_dot"].abs().max()
    simple = of_figure(jacobian=results.jacobian[below & (results.jacobian["branch"] == branch)])
    assert spikes(simple).empty
    assert not figure(simple, "t").axes[0].texts
    text = caption("f", SHOWN, equilibrium, own, simple)
    assert "stretches" not in text
    assert "spike" not in text


def has_patch(text):
    """Whether a text has a background of its own, in front of the lines that pass behind it."""
    patch, lines = text.get_bbox_patch(), text.axes.get_lines() if text.axes else []
    return patch is not None and all(text.get_zorder() > line.get_zorder() for line in lines)


def pixels(picture):
    """What is drawn, from the lowest row up."""
    picture.canvas.draw()
    return np.asarray(picture.canvas.buffer_rgba())[::-1, :, :3].astype(int)


def crossed_labels(picture, patch_is_enough=True):
    """The texts of a picture, an arrow of theirs included, in whose boxes something else is drawn: found in pixels."""
    save(picture, [])
    picture.set_dpi(RC["savefig.dpi"])
    whole = pixels(picture)  # ticks and insets have their places now
    texts = [text for text in picture.findobj(Text) if text.get_visible() and text.get_text().strip()]
    boxes = [text.get_window_extent().extents for text in texts]
    for text in texts:
        text.set_visible(False)
    bare, crossed = pixels(picture), []
    for text, (left, bottom, right, top) in zip(texts, boxes, strict=True):
        # Without its outermost pixels: the tail of a letter may touch a frame. Ticks out of sight have texts too.
        box = slice(int(max(bottom, 0)) + 1, int(top)), slice(int(max(left, 0)) + 1, int(right))
        shown, ink = (whole[box] != bare[box]).any(), (bare[box] < 255).any()
        if shown and ink and not (patch_is_enough and has_patch(text)):
            crossed.append(text.get_text())
    return crossed


def of_reference():
    """The curves of the paper's figures, as the reference has them, by the name of the figure."""
    return {path.stem: CURVES.read(path) for path in sorted((ROOT / "reference/run/figures").glob("figure_*.csv"))}


@pytest.mark.parametrize("number", range(1, 10))
def test_no_label_of_a_figure_of_the_paper_is_crossed_by_a_line(number):
    assert crossed_labels(figure(of_reference()[f"figure_{number}"], "title"), patch_is_enough=False) == []


def test_no_label_of_the_sheet_is_crossed_by_a_line():
    tables = of_reference()
    assert len(tables) == 9
    assert crossed_labels(overview(tables, dict.fromkeys(tables, "title"))) == []


def with_bound(table, share, mirrored):
    """A window from one end to so far from the spike, as a share of the width; mirrored, the spike is on the left."""
    end, other = spikes(table)["x"].max(), table["x"].min()
    moved, side = table.copy(), -1 if mirrored else 1
    moved.loc[moved["series"] == "window", "x"] = [other, end - share * (end - other)][::side]
    return moved.assign(x=side * moved["x"])


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.05, 0.15, 0.4])
def test_no_line_crosses_the_label_of_a_spike_wherever_the_window_ends(drawn, share, mirrored):
    """The spike is at the right end of the figure; or at the left one, where the axis with its numbers is near."""
    table = with_bound(drawn, share, mirrored)
    picture = figure(table, "title")
    (label,) = picture.axes[0].texts
    box, spike = label.get_window_extent(), picture.axes[0].transData.transform(spikes(table)[["x", "y"]])
    assert np.abs(spike[:, 0] - (box.x0 + box.x1) / 2).min() < box.width  # at the spike, not at the bound
    assert crossed_labels(picture, patch_is_enough=False) == []


def test_the_label_of_a_spike_has_a_patch_where_no_place_is_free(drawn):
    """A curve that runs to and fro through all of the figure."""
    x = np.linspace(drawn["x"].min(), drawn["x"].max() + 1, 1000)
    everywhere = pd.DataFrame({"series": "raw_fit", "x": x, "y": np.resize([-30.0, 30.0], x.size), "label": "raw fit"})
    picture = figure(pd.concat([drawn, everywhere]), "title")
    (label,) = picture.axes[0].texts
    assert crossed_labels(picture) == []
    label.set_visible(True)
    assert label.get_text() in crossed_labels(picture, patch_is_enough=False)


def test_an_experiment_that_failed_says_why_in_its_figure_and_on_the_sheet(drawn, tmp_path):
    why = "died after 1200 steps: w, change 3.1e9, at $ and _ too"
    picture = figure(failed(why), "title")
    assert " ".join(picture.axes[0].texts[0].get_text().split()) == why
    save(picture, [str(tmp_path / "failed.png")])
    sheet = overview({"a": drawn, "b": failed(why)}, {"a": "A", "b": "B"})
    assert [axes.get_title(loc="left") for axes in sheet.axes if axes.axison][::2] == ["A", "B"]
    CURVES.write(failed(why), tmp_path / "failed.csv")
    assert CURVES.read(tmp_path / "failed.csv")["label"].tolist() == [why]


def test_curves_are_told_apart_without_colour(drawn):
    assert confusable(figure(drawn, "title")) == []
    assert confusable(overview({"a": drawn}, {"a": "A"})) == []


@pytest.mark.parametrize("k", [-0.5, 1, 1.2])
def test_the_raw_line_is_the_law_that_was_fitted(k):
    """Its integral over the window is the share of the samples that lie there, wherever the points of the curve are."""
    own = measured().exponents[CLASS]
    raw = msgspec.structs.replace(own.paper.raw, exponent=Estimate.normal(k, 0.01))
    changed = with_window(own, "q_dot", PAPER, msgspec.structs.replace(own.paper, raw=raw))
    table = of_figure({CLASS: changed})
    x, y = table.loc[table["series"] == "raw_fit", ["x", "y"]].to_numpy().T
    q = np.geomspace(*10**x, 10_001)
    p = 10 ** np.interp(np.log10(q), x, y)
    assert np.trapezoid(p, q) == pytest.approx(own.paper.window.n / SAMPLES, rel=1e-4)


def test_colours_and_styles_are_the_paper_s(drawn):
    axes = figure(drawn, "title").axes[0]
    lines = {line.get_label().split(",")[0].split(" ")[0]: line for line in axes.get_lines()}
    red, green, blue = (lines[name] for name in ("Jacobian", "power", "fluctuations"))
    assert blue.get_color() == "#0044AA"
    assert red.get_linestyle() == "-"
    for line, solid in ((blue, False), (green, False), (red, True)):
        assert line.is_dashed() is not solid
    assert "log" in panels(figure(drawn, "title"))[1].get_xlabel()
    assert "log" in axes.get_ylabel()
    x = drawn.loc[drawn["series"] == "fluctuations", "x"]
    assert axes.get_xlim()[0] < x.min() < x.max() < axes.get_xlim()[1]


def test_equal_data_give_equal_bytes(drawn, tmp_path):
    for number in (1, 2):
        save(figure(drawn, SHOWN.title), [str(tmp_path / f"{number}.{ending}") for ending in FORMATS])
    for ending in FORMATS:
        one, other = ((tmp_path / f"{number}.{ending}").read_bytes() for number in (1, 2))
        assert one == other
        assert len(one) > 5000


def test_a_caption_can_be_read_without_the_paper():
    results = measured()
    own = results.exponents[CLASS]
    text = caption("figure_1", SHOWN, results.equilibrium, own, of_figure())
    for part in (
        "Figure 1",
        "negative",
        "'zeros'",
        "sigmoid",
        "mean squared",
        "w = 16.000 ± 0.010, b = −8.000 ± 0.010",
        "Thick dots (blue)",
        "Both are means over the same bins of q̇, the outermost cut where that density ends",
        "Dashed verticals (green)",
        f"{own.paper.window.n} fluctuations",
        f"dataset-corrected {rounded(own.paper.corrected.exponent, 'picture')}",
        "predicted 1; measured: Jacobian",
        f"p = {own.goodness_of_fit.p_value:.2g}, and of their fraction",
        f"a factor of 1 ± {own.goodness_of_fit.detectable_factor - 1:.2g}, "
        f"or by (q̇/q̇0)^(±{own.goodness_of_fit.detectable_tilt:.2g}),",
    ):
        assert part in text
    nothing_predicted = msgspec.structs.replace(SHOWN, predicted=None)
    assert "predicted" not in caption(
        "f", nothing_predicted, results.equilibrium, own, of_figure(predicted=None)
    ).replace("as nothing is predicted", "")
    one_cell = msgspec.structs.replace(own.goodness_of_fit, detectable_tilt=None)
    text = caption("f", SHOWN, results.equilibrium, msgspec.structs.replace(own, goodness_of_fit=one_cell), of_figure())
    assert "q̇0" not in text
    assert "would be rejected" in text


def test_draw_leaves_room_for_everything_finite(drawn):
    from matplotlib.figure import Figure

    axes, below = Figure().subplots(2)
    draw(axes, below, pd.concat([drawn, drawn.iloc[:1].assign(y=np.inf)]))
    assert np.all(np.isfinite(axes.get_ylim()))


def test_a_spike_of_the_jacobian_does_not_crush_the_figure(drawn):
    """Where the map levels off the table has many points close to the end, and |dx1/dq̇| grows without bound."""
    jacobian = measured().jacobian
    end = jacobian.loc[jacobian["q_dot"].abs().idxmax()]
    close = np.geomspace(1e-16, 1e-3, 200)
    spike = pd.DataFrame([end] * close.size).assign(q_dot=end["q_dot"] * (1 - close), dq_dot_dx1=1e-30 * close)
    with_spike = of_figure(jacobian=pd.concat([jacobian, spike], ignore_index=True))
    assert with_spike["y"].max() > drawn["y"].max() + 5
    low, high = figure(with_spike, "title").axes[0].get_ylim()
    y = drawn.loc[drawn["series"] == "fluctuations", "y"]
    assert low < y.min() < y.max() < high
    assert y.max() - y.min() > 0.75 * (high - low)


def spread(values, over):
    """Values moved to -20 and scaled, so that the finite ones are spread over as many decades."""
    finite = values[np.isfinite(values)]
    return (values - finite.min()) / (finite.max() - finite.min()) * over - 20


@pytest.mark.parametrize("decades", [0.05, 0.3, 2, 25])
def test_tick_labels_neither_overlap_nor_are_cut_off(drawn, decades):
    """On windows narrow and wide, in the panels of the overview and in a figure of its own."""
    scaled = drawn.assign(x=spread(drawn["x"], decades), y=spread(drawn["y"], decades))
    for picture in (overview(dict.fromkeys("abc", scaled), dict.fromkeys("abc", "title")), figure(scaled, "title")):
        save(picture, [])
        picture.canvas.draw()
        renderer = picture.canvas.get_renderer()
        assert picture.axes
        for axes in picture.axes:
            assert axes.yaxis.label.get_window_extent(renderer).x0 >= 0
            low, high = axes.get_xlim()
            labels = [tick.label1 for tick in axes.xaxis.get_major_ticks() if low <= tick.get_loc() <= high]
            boxes = [label.get_window_extent(renderer) for label in labels if label.get_visible()]
            assert len(boxes) >= (2 if axes.get_xlabel() else 0)
            assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
            y_boxes = [label.get_window_extent(renderer) for label in axes.get_yticklabels()]
            assert axes.yaxis.label.get_window_extent(renderer).x1 < min(box.x0 for box in y_boxes)


def test_overview_has_a_panel_per_figure_with_its_exponents(drawn):
    """The predicted k stands beside the measured ones, those of the figure whose title is above."""
    paper = measured().exponents[CLASS].paper
    other = of_figure(predicted="2/3")
    sheet = overview({"a": drawn, "b": other, "c": drawn, "d": other}, {name: name.upper() for name in "abcd"})
    above = sheet.axes[::2]
    assert [axes.get_title(loc="left") for axes in above] == list("ABCD")
    for axes, k in zip(above, ("1", "2/3", "1", "2/3"), strict=True):
        (text,) = [text.get_text() for text in axes.texts if "predicted" in text.get_text()]
        assert text.split("\n") == [
            f"$k_q$ predicted {k}",
            f"Jacobian {rounded(paper.jacobian.exponent, 'picture')}",
            f"fluctuations {rounded(paper.corrected.exponent, 'picture')}",
        ]
    assert "The 4 figures" in caption_of_all(list("abcd"))


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_the_legend_of_the_sheet_is_whole_and_below_its_panels(drawn, count):
    """A config of one experiment has two figures, and a sheet that is narrower than that of the paper."""
    sheet = overview({str(number): drawn for number in range(count)}, {str(number): "T" for number in range(count)})
    save(sheet, [])
    sheet.canvas.draw()
    renderer = sheet.canvas.get_renderer()
    legend = sheet.legends[0].get_window_extent(renderer)
    assert 0 <= legend.x0 < legend.x1 <= sheet.bbox.x1
    assert 0 <= legend.y0 < legend.y1 < min(axes.get_tightbbox(renderer).y0 for axes in sheet.axes)


def test_a_picture_and_its_caption_go_to_the_outputs_of_their_name(drawn, tmp_path):
    """The report finds the caption by that name."""
    outputs = [str(tmp_path / name) for name in ("a.svg", "a.csv", "a.txt", "b.svg", "b.txt")]
    publish(figure(drawn, "title"), "About a.\n", "a", outputs)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.svg", "a.txt"]
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "About a.\n"
