"""If these fail, the sheet of M shows its points outside of the axes or names that run into each other."""

import msgspec
import pandas as pd
import pytest
from canvas import cut_off
from colour_vision import confusable
from measured_results import CLASS, MEASURED_CLASS, measured

from duality.conventions import QUANTITIES
from duality.figures.sensitivities import sensitivities
from duality.figures.style import readable, save


def axis(factors):
    table = measured().sensitivity.dropna()
    table = pd.concat([table.iloc[:1].assign(much_less_than=M) for M in factors], ignore_index=True)
    fig = sensitivities({"e": table}, {"e": {CLASS: MEASURED_CLASS}})
    assert confusable(fig) == []
    axes = fig.axes[0]
    return axes.get_xticks().tolist(), axes.get_xlim()


def test_the_axis_is_made_for_the_values_of_the_config():
    assert axis([1.5, 2, 3, 5, 10, 30]) == ([2, 5, 10, 30], (1.3, 35))
    assert axis([3]) == ([3], (2.6, 3.5))


@pytest.mark.parametrize("factors", [[1.1, 1.2], [1, 1000], [2, 3, 4, 5, 6, 7, 8, 9], [100, 10, 1.5]])
def test_every_M_is_inside_and_ticks_are_apart(factors):
    ticks, (low, high) = axis(factors)
    assert low < min(factors) <= ticks[0] < ticks[-1] == max(factors) < high
    assert set(ticks) <= set(factors)
    assert len(ticks) <= 7


def test_what_was_predicted_is_a_line_and_a_missing_window_no_point():
    table = measured().sensitivity
    assert table["k_corrected"].isna().sum() == 1
    nothing = msgspec.structs.replace(MEASURED_CLASS, predicted=dict.fromkeys(QUANTITIES))
    for chosen, lines in ((MEASURED_CLASS, 4), (nothing, 3)):
        (axes,) = sensitivities({"e": table}, {"e": {CLASS: chosen}}).axes
        assert len(axes.get_legend_handles_labels()[0]) == lines
    assert len(axes.get_lines()[0].get_xdata()) == len(table) - 1


def test_names_are_wrapped_and_stay_within_their_panels():
    """The longest name that a config may have, in panels beside and below each other."""
    assert readable("relu_mse") == readable("relu_mse", 28) == "relu mse"
    names = [f"{number}_{'long_' * 40}" for number in range(7)]
    fig = sensitivities(dict.fromkeys(names, measured().sensitivity), {name: {CLASS: MEASURED_CLASS} for name in names})
    save(fig, [])
    fig.canvas.draw()
    renderer = fig.canvas.get_renderer()
    titles = [axes._left_title for axes in fig.axes]
    assert all(title.get_text().startswith(f"{number} long") for number, title in enumerate(titles))
    boxes = [title.get_window_extent(renderer) for title in titles]
    others = [axes.get_tightbbox(renderer) for axes in fig.axes]
    for number, box in enumerate(boxes):
        assert 0 < box.x0 < box.x1 < fig.bbox.x1
        assert box.y1 < fig.bbox.y1
        assert not any(box.overlaps(other) for index, other in enumerate(others) if index != number)


@pytest.mark.parametrize("number", [1, 2, 3, 7])
def test_a_sheet_is_as_wide_as_its_panels_and_has_its_legend_whole(number):
    names = [f"experiment {one}" for one in range(number)]
    fig = sensitivities(dict.fromkeys(names, measured().sensitivity), {name: {CLASS: MEASURED_CLASS} for name in names})
    assert cut_off(fig) == []
    right = max(axes.get_position().x1 for axes in fig.axes)
    assert right > (0.45 if number == 1 else 0.98)
