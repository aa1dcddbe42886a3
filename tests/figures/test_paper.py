"""If these fail, a figure of the paper shows something else than its CSV, or a reader cannot tell what it shows."""

from itertools import pairwise

import msgspec
import numpy as np
import pandas as pd
import pytest
from conftest import FORMATS
from measured_results import CLASS, SAMPLES, measured, with_window

from duality.config.settings import Shown
from duality.conventions import PAPER
from duality.figures.overview import overview
from duality.figures.paper import caption, curves, draw, figure, title
from duality.figures.style import save
from duality.records import CURVES, DENSITY, MAP, Equilibrium, Estimate, Exponents, read, write
from duality.rounding import rounded

SHOWN = Shown(
    experiment="sigmoid_mse",
    class_name=CLASS,
    sign="negative",
    predicted="1",
    activation="sigmoid",
    loss="mean squared",
    title="figure 1",
)


def of_figure(exponents=None, jacobian=None):
    results = measured()
    own = (exponents or results.exponents)[CLASS]
    window = results.windows[CLASS]["q_dot"].windows[PAPER]
    return curves(results.jacobian if jacobian is None else jacobian, results.density, window, own, -1)


@pytest.fixture(scope="module")
def drawn():
    return of_figure()


def test_every_element_of_the_paper_is_there_and_ours(drawn):
    kinds = {series.split()[0] for series in drawn["series"]}
    assert kinds == {"fluctuations", "jacobian", "duality_density", "window", "corrected_fit", "raw_fit"}
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
    table = curves(MAP.read(tmp_path / "curves.csv"), DENSITY.read(tmp_path / "density.csv"), window, own, -1)
    CURVES.write(table, tmp_path / "figure.csv")
    pd.testing.assert_frame_equal(CURVES.read(tmp_path / "figure.csv"), drawn)
    text = caption("figure_1", SHOWN, read(tmp_path / "equilibrium.json", Equilibrium), own)
    assert text == caption("figure_1", SHOWN, results.equilibrium, results.exponents[CLASS])


def test_fitted_lines_have_the_fitted_slope_and_say_it(drawn):
    paper = measured().exponents[CLASS].paper
    for series, fit in (("corrected_fit", paper.corrected), ("raw_fit", paper.raw)):
        line = drawn[drawn["series"] == series]
        slope = np.diff(line["y"]) / np.diff(line["x"])
        assert slope == pytest.approx([-fit.exponent.value])
        assert rounded(fit.exponent, "picture") in line["label"].iloc[0]


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
    assert "log" in axes.get_xlabel()
    assert "log" in axes.get_ylabel()
    x = drawn.loc[drawn["series"] == "fluctuations", "x"]
    assert axes.get_xlim()[0] < x.min() < x.max() < axes.get_xlim()[1]


def test_equal_data_give_equal_bytes(drawn, tmp_path):
    for number in (1, 2):
        save(figure(drawn, title(SHOWN)), [str(tmp_path / f"{number}.{ending}") for ending in FORMATS])
    for ending in FORMATS:
        one, other = ((tmp_path / f"{number}.{ending}").read_bytes() for number in (1, 2))
        assert one == other
        assert len(one) > 5000


def test_a_caption_can_be_read_without_the_paper():
    results = measured()
    own = results.exponents[CLASS]
    text = caption("figure_1", SHOWN, results.equilibrium, own)
    for part in (
        "Figure 1",
        "negative",
        "'zeros'",
        "sigmoid",
        "mean squared",
        "w = 16.000 ± 0.010, b = −8.000 ± 0.010",
        "Dotted blue",
        "Dashed green",
        f"{own.paper.window.n} fluctuations",
        f"dataset-corrected {rounded(own.paper.corrected.exponent, 'picture')}",
        "predicted: 1",
        f"p = {own.goodness_of_fit.p_value:.2g}, and of their fraction",
        f"a factor of 1 ± {own.goodness_of_fit.detectable_factor - 1:.2g}, "
        f"or by (q̇/q̇0)^(±{own.goodness_of_fit.detectable_tilt:.2g}),",
    ):
        assert part in text
    nothing_predicted = msgspec.structs.replace(SHOWN, predicted=None)
    assert "predicted" not in caption("f", nothing_predicted, results.equilibrium, own)
    one_cell = msgspec.structs.replace(own.goodness_of_fit, detectable_tilt=None)
    text = caption("f", SHOWN, results.equilibrium, msgspec.structs.replace(own, goodness_of_fit=one_cell))
    assert "q̇0" not in text
    assert "would be rejected" in text


def test_draw_leaves_room_for_everything_finite(drawn):
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    draw(axes, pd.concat([drawn, drawn.iloc[:1].assign(y=np.inf)]))
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
            boxes = [label.get_window_extent(renderer) for label in labels]
            assert len(boxes) >= 2
            assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
            y_boxes = [label.get_window_extent(renderer) for label in axes.get_yticklabels()]
            assert axes.yaxis.label.get_window_extent(renderer).x1 < min(box.x0 for box in y_boxes)


def test_overview_has_a_panel_per_figure(drawn):
    sheet = overview(dict.fromkeys("abcd", drawn), {name: name.upper() for name in "abcd"})
    assert [axes.get_title(loc="left") for axes in sheet.axes] == list("ABCD")
