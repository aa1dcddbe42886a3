"""If these fail, a check of the paper passes although what it checks is wrong. Each error survived once."""

import pytest
import sympy as sp

from duality.derivations import (
    exponential_composition,
    jacobian_matrix,
    logarithmic_composition,
    quadratic_composition,
)
from duality.derivations.vocabulary import CROSS_ENTROPY, RELU, SQUARED, X1
from duality.jacobian.duality import Duality
from duality.verdicts import REFUTED, REPRODUCED


def test_a_density_over_twice_the_jacobian_is_seen(monkeypatch):
    """Eq. 4.6 compared the library's density with its own Jacobian."""
    right = Duality.jacobian
    assert jacobian_matrix.equation_4_6().verdict == REPRODUCED
    monkeypatch.setattr(Duality, "jacobian", lambda self, x1: 2 * right(self, x1))
    assert jacobian_matrix.equation_4_6().verdict == REFUTED


@pytest.mark.parametrize("wrong", [9 * X1**2, -(X1**2), X1])
def test_another_slope_of_figure_5_is_seen(monkeypatch, wrong):
    """Its factor is derived from the kicks, and larger than 2 at x1 = 1 is not enough."""
    assert quadratic_composition.statement_figure_5_deviation().verdict == REPRODUCED
    right = quadratic_composition.slope_times_q_dot
    monkeypatch.setattr(quadratic_composition, "slope_times_q_dot", lambda *kicks: right(*kicks) * (1 + wrong))
    assert quadratic_composition.statement_figure_5_deviation().verdict == REFUTED


@pytest.mark.parametrize("number", ["8_15", "8_19", "8_21"])
def test_an_exponent_off_by_a_hundredth_where_the_conditions_hold_is_seen(monkeypatch, number):
    """The number that the check prints decides with the limits."""
    check = getattr(exponential_composition, f"equation_{number}")
    assert check().verdict == REPRODUCED
    right = Duality.local_exponent
    monkeypatch.setattr(Duality, "local_exponent", lambda self, x1: right(self, x1) + 0.01)
    assert check().verdict == REFUTED


@pytest.mark.parametrize("added", [(RELU, CROSS_ENTROPY), (RELU, SQUARED)])
def test_the_experiments_are_counted_by_what_they_are(monkeypatch, added):
    assert logarithmic_composition.statement_four_experiments().verdict == REPRODUCED
    start = dict(logarithmic_composition._START)
    start[added[0] + "*1", added[1]] = (1.0, 0.0)
    monkeypatch.setattr(logarithmic_composition, "_START", start)
    assert logarithmic_composition.statement_four_experiments().verdict == REFUTED
    monkeypatch.setattr(logarithmic_composition, "_START", {})
    assert logarithmic_composition.statement_four_experiments().verdict == REFUTED


def test_the_slope_of_figure_5_is_that_of_its_kicks():
    """(1 + 2x1²)/√(1 + x1²) by hand: q̇ ∝ x1·√(1 + x1²) at b = x2 = 0."""
    by_hand = (X1 * sp.sqrt(1 + X1**2)).diff(X1)
    assert sp.simplify(by_hand - (1 + 2 * X1**2) / sp.sqrt(1 + X1**2)) == 0
