"""If these fail, the explorer leaves out what a config has, or begins where nothing was measured."""

from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from duality.dataset.density import Gaussian
from duality.explorer import content as content_module
from duality.explorer.content import content


def test_every_pair_of_the_config_is_there_with_what_it_needs(explored, resolved):
    assert {(one.activation, one.loss) for one in explored.pairs} == {
        (activation, loss) for activation in resolved["activations"] for loss in resolved["losses"]
    }
    refused = {(one.activation, one.loss) for one in explored.pairs if one.refused}
    assert refused == {("relu", "cross_entropy"), ("ramp", "cross_entropy")}
    of_experiments = {(one.activation, one.loss) for one in explored.experiments}
    for pair in explored.pairs:
        if not pair.refused:
            assert {name: len(functions) for name, functions in pair.code.items()} == dict.fromkeys(
                ("h", "dh", "d2h", "piece"), 2
            )
            assert (pair.start is None) == ((pair.activation, pair.loss) in of_experiments)
    # The sigmoid with the guarded cross-entropy is a proper loss but for the guard: its optimum is known.
    guarded = next(one for one in explored.pairs if (one.activation, one.loss) == ("sigmoid", "guarded_cross_entropy"))
    assert (guarded.start.w, guarded.start.b) == pytest.approx((16, -8), rel=1e-6)


def test_optima_of_the_family_are_those_of_the_literature(explored):
    """w by quadrature, with the cap of the config, at k = 0, 1/2, 1, 3/2, 2 and 3."""
    found = {k: (w, b) for k, w, b in explored.family.optima}
    for k, w in {0: 4.604, 0.5: 6.059, 1: 8.002, 1.5: 4.838, 2: 3.025, 3: 1.732}.items():
        assert found[k] == pytest.approx((w, -w / 2), abs=1e-3)
    assert sorted(found) == list(found)
    assert explored.family.lowest == 0


def test_a_class_that_is_not_gaussian_begins_with_a_gaussian_like_it():
    shown = content_module._class("zeros", 0.0, stats.t(df=5, loc=1, scale=0.2))
    assert not shown.gaussian
    assert shown.mean == pytest.approx(1)
    assert shown.sd == pytest.approx(0.2 * stats.t(df=5).ppf(stats.norm.cdf(1)))
    assert content_module._class("zeros", 0.0, Gaussian(0.3, 0.1)).gaussian
    assert pytest.approx(stats.norm.cdf(-1), rel=1e-15) == content_module._ONE_SIGMA


def made_of(activations, losses):
    densities = {"zeros": Gaussian(0.0, 0.25), "ones": Gaussian(1.0, 0.25)}
    return content(activations, losses, {}, densities, {}, {}, {}, [0.0, 1.0], 1000, 0.1)


def test_what_takes_too_long_is_left_out_with_the_reason(monkeypatch):
    """As a pair that nobody asked for must not stop a run."""
    monkeypatch.setattr(content_module, "_SECONDS", 0.2)
    monkeypatch.setattr(content_module, "_FAMILY", (Fraction(1),))

    def endless(*_):
        while True:
            np.sqrt(2.0)

    monkeypatch.setattr(content_module, "compose", endless)
    monkeypatch.setattr(content_module, "_family", lambda *_: None)
    found = made_of({"linear": {"f": "y"}}, {"squared": {"H": "(f - x2)**2"}})
    assert [one.refused for one in found.pairs] == ["to derive it takes longer than 0.2 seconds"]


def test_of_very_many_pairs_only_those_of_experiments_are_offered(monkeypatch):
    monkeypatch.setattr(content_module, "_MOST_OTHER_PAIRS", 0)
    monkeypatch.setattr(content_module, "_family", lambda *_: None)
    assert made_of({"linear": {"f": "y"}}, {"squared": {"H": "(f - x2)**2"}}).pairs == []
