"""If these fail, a figure shows something else than its CSV, or a reader cannot tell what it shows."""

import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from duality.figures.local_exponents import local_exponents
from duality.figures.overview import overview
from duality.figures.paper import caption, curves, draw, figure
from duality.figures.style import rounded, save
from duality.figures.traces import trace

SAMPLES = 4000
WINDOW = {"branch": 0, "q_low": 1e-3, "q_high": 1e-1}
MEASURED = {
    "window": {"q_low": 1e-3, "q_high": 1e-1, "decades": 2.0, "n": 1000},
    "jacobian": {"k": 1.0, "se": 0.001},
    "raw": {"k": 1.2, "se": 0.01},
    "corrected": {"k": 0.99, "se": 0.01},
}
SHOWN = {"class": "zeros", "sign": "negative", "activation": "sigmoid", "loss": "mean squared", "predicted": "1"}
EQUILIBRIUM = {"w": 16.0, "b": -8.0, "optimum": [16.0, -8.0], "diagnostics": {
    name: {"mcse": 0.01, "r_hat": 1.001, "ess_bulk": 900.0} for name in ("w", "b")
}}  # fmt: skip


@pytest.fixture
def jacobian():
    q = np.geomspace(1e-4, 1, 41)
    return pd.DataFrame({"q_dot": -q, "dq_dot_dx1": 2 * q, "branch": 0})


@pytest.fixture
def density():
    q = np.geomspace(1e-4, 1, 41)
    return pd.DataFrame(
        {
            "q_low": q[:-1],
            "q_high": q[1:],
            "q_dot": np.sqrt(q[1:] * q[:-1]),
            "count": 0.3 / q[:-1] * np.diff(q) * SAMPLES,
            "density": 0.3 / q[:-1],
            "exact": 0.3 / q[:-1],
        }
    )


@pytest.fixture
def drawn(jacobian, density):
    return curves(jacobian, density, WINDOW, MEASURED, -1)


def test_every_element_of_the_paper_is_there_and_ours(drawn):
    assert set(drawn["series"]) == {"fluctuations", "jacobian", "duality_density", "window", "corrected_fit", "raw_fit"}
    assert drawn.loc[drawn["series"] == "window", "x"].tolist() == pytest.approx([-3, -1])


def test_fitted_lines_have_the_fitted_slope_and_say_it(drawn):
    for series, key in (("corrected_fit", "corrected"), ("raw_fit", "raw")):
        line = drawn[drawn["series"] == series]
        slope = np.diff(line["y"]) / np.diff(line["x"])
        assert slope == pytest.approx([-MEASURED[key]["k"]])
        assert rounded(MEASURED[key]["k"], MEASURED[key]["se"]) in line["label"].iloc[0]


@pytest.mark.parametrize("k", [-0.5, 1, 1.2])
def test_the_raw_line_is_the_law_that_was_fitted(jacobian, density, k):
    """Its integral over the window is the share of the samples that lie there, wherever the points of the curve are."""
    table = curves(jacobian, density, WINDOW, MEASURED | {"raw": {"k": k, "se": 0.01}}, -1)
    x, y = table.loc[table["series"] == "raw_fit", ["x", "y"]].to_numpy().T
    q = np.geomspace(*10**x, 10_001)
    p = 10 ** np.interp(np.log10(q), x, y)
    assert np.trapezoid(p, q) == pytest.approx(MEASURED["window"]["n"] / SAMPLES, rel=1e-4)


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


@pytest.mark.parametrize("ending", ["pdf", "svg", "png"])
def test_equal_data_give_equal_bytes(drawn, tmp_path, ending):
    pictures = []
    for number in (1, 2):
        path = tmp_path / f"{number}.{ending}"
        save(figure(drawn, "title"), [str(path)])
        pictures.append(path.read_bytes())
    assert pictures[0] == pictures[1]
    assert len(pictures[0]) > 5000


def test_a_caption_can_be_read_without_the_paper():
    text = caption("figure_1", SHOWN, EQUILIBRIUM, MEASURED, 0.5)
    for part in (
        "Figure 1",
        "negative",
        "'zeros'",
        "sigmoid",
        "mean squared",
        "Dotted blue",
        "Dashed green",
        "0.990 ± 0.010",
        "predicted: 1",
    ):
        assert part in text
    assert "predicted" not in caption("f", SHOWN | {"predicted": None}, EQUILIBRIUM, MEASURED, 0.5)


def test_overview_has_a_panel_per_figure(drawn):
    sheet = overview(dict.fromkeys("abcd", drawn), {name: name.upper() for name in "abcd"})
    assert [axes.get_title(loc="left") for axes in sheet.axes] == list("ABCD")


def test_trace_shows_every_replica_and_the_optimum():
    chains = np.zeros((3, 10))
    picture = trace(np.arange(1, 11) * 1000, chains, chains, 3, EQUILIBRIUM, "name")
    assert len(picture.axes[0].get_lines()) == 3 + 2
    labels = json.dumps([text.get_text() for text in picture.axes[1].get_legend().get_texts()])
    for expected in ("3 replicas", "burn-in", "mean in equilibrium", "population optimum"):
        assert expected in labels


def test_draw_leaves_room_for_everything_finite(drawn):
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    draw(axes, pd.concat([drawn, drawn.iloc[:1].assign(y=np.inf)]))
    assert np.all(np.isfinite(axes.get_ylim()))


def test_a_spike_of_the_jacobian_does_not_crush_the_figure(jacobian, density):
    """Where the map levels off the table has many points close to the end, and |dx1/dq̇| grows without bound."""
    close = np.geomspace(1e-16, 1e-3, 200)
    spike = pd.DataFrame({"q_dot": close - 1, "dq_dot_dx1": close, "branch": 0})
    axes = figure(curves(pd.concat([jacobian, spike]), density, WINDOW, MEASURED, -1), "title").axes[0]
    drawn = curves(jacobian, density, WINDOW, MEASURED, -1)
    y = drawn.loc[drawn["series"] == "fluctuations", "y"]
    low, high = axes.get_ylim()
    assert low < y.min() < y.max() < high
    assert y.max() - y.min() > 0.75 * (high - low)


@pytest.mark.parametrize("decades", [0.05, 0.3, 2, 25])
def test_tick_labels_neither_overlap_nor_are_cut_off(drawn, decades):
    """On windows narrow and wide, in the panels of the overview and in a figure of its own."""
    scaled = drawn.assign(x=drawn["x"] / 4 * decades - 20, y=drawn["y"] / 4 * decades - 20)
    for picture in (overview(dict.fromkeys("abc", scaled), dict.fromkeys("abc", "title")), figure(scaled, "title")):
        save(picture, [])
        picture.canvas.draw()
        renderer = picture.canvas.get_renderer()
        for axes in picture.axes:
            assert axes.yaxis.label.get_window_extent(renderer).x0 >= 0
            low, high = axes.get_xlim()
            labels = [tick.label1 for tick in axes.xaxis.get_major_ticks() if low <= tick.get_loc() <= high]
            boxes = [label.get_window_extent(renderer) for label in labels]
            assert len(boxes) >= 2
            assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
            y_boxes = [label.get_window_extent(renderer) for label in axes.get_yticklabels()]
            assert axes.yaxis.label.get_window_extent(renderer).x1 < min(box.x0 for box in y_boxes)


def test_local_exponents_name_what_any_panel_shows():
    """ḃ is constant in the one, and nothing is predicted there; the legend is that of both."""
    q = np.geomspace(1e-4, 1, 41)
    table = pd.DataFrame({"class": "zeros", "branch": 0, "q_dot": -q, "local_exponent": 1.0, "local_exponent_w": 1.0})
    curves = {"constant": table.assign(local_exponent_b=np.nan), "other": table.assign(local_exponent_b=1.0)}
    windows = {"constant": {"zeros": {"q_dot": {"paper": WINDOW, "observed": None}}}}
    windows |= {"other": {"zeros": {"q_dot": {"paper": WINDOW, "observed": WINDOW}}}}
    measured = {
        name: {"zeros": {"sign": "negative", "predicted": {"q_dot": k}}}
        for name, k in (("constant", None), ("other", 1))
    }
    for names, count in ((["constant", "other"], 6), (["constant"], 3)):
        fig = local_exponents(curves, windows, {name: measured[name] for name in names})
        labels = [text.get_text() for text in fig.legends[0].get_texts()]
        assert len(labels) == len(set(labels)) == count
