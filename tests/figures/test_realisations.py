"""If these fail, the figure of the realisations leaves estimates out, or does not mark those that are outside."""

import pytest
from colour_vision import confusable
from simulated_realisations import ESTIMATES, SEEDS, family

from duality.figures.realisations import caption, realisations
from duality.realisations.spread import compare, summary


def points(axes, label):
    return sum(line.get_xdata().size for line in axes.get_lines() if line.get_label() == label)


@pytest.mark.parametrize("error", [1.0, 0.3])
def test_every_estimate_has_a_point_in_both_panels_and_a_z_score(random, error):
    estimates = family(random, error=error, experiments=("one", "two_more"))
    table = compare(estimates)
    fig = realisations(table, estimates)
    assert confusable(fig) == []
    ratio, coverage, z = fig.axes
    outside = int((table["outside"] == True).sum())  # noqa: E712
    for axes in (ratio, coverage):
        assert points(axes, "raw") == 2 * ESTIMATES
        assert points(axes, "outside by any test") == outside
    assert [points(z, name) for name in ("one", "two more")] == 2 * [SEEDS * ESTIMATES]
    assert [label.get_text() for label in coverage.get_xticklabels()] == ["one", "two more"]
    assert (outside > 0) == (error < 1)


def test_what_has_no_value_of_infinite_data_has_a_spread_all_the_same(random):
    estimates = family(random)
    estimates[["population", "population_accuracy"]] = float("nan")
    ratio, coverage, z = realisations(compare(estimates), estimates).axes
    assert points(ratio, "raw") == ESTIMATES
    assert points(coverage, "raw") == 0
    assert len(z.get_lines()) == 1


def test_the_caption_ends_with_what_was_found(random):
    estimates = family(random)
    sentence = summary(compare(estimates), estimates)
    assert caption(sentence).endswith(f"{sentence}\n")
