"""If these fail, what an exponent inherits from the errors of w and b is wrong."""

from functools import partial

import numpy as np
import pytest

from duality.dataset.density import Gaussian
from duality.exponents.estimation import jacobian_estimate
from duality.exponents.exact import jacobian_slope
from duality.exponents.neighbourhood import Neighbourhood
from duality.jacobian.duality import Duality
from duality.jacobian.windows import WindowRule, observed_window, paper_window
from duality.records.estimates import Frozen, ParameterErrors

RULE = WindowRule(["1/2 << abs(w*x1)", "abs(w) >> 1", "exp(y) << 1"], -1, 0, 3, 1e-6)
FIND = partial(paper_window, rule=RULE)
W, B = 16.264804427489825, -8.13543427966133  # of the issue, as the errors below
MONTE_CARLO = np.array([[3.0545e-05, -1.53e-05], [-1.53e-05, 1.0593e-05]])
SAMPLING = np.array([[1.63235e-3, -8.1618e-4], [-8.1618e-4, 4.2634e-4]])


@pytest.fixture(scope="module")
def duality(compositions):
    return Duality(compositions["sigmoid_mse"], 0, Gaussian(0.0, 0.25), Frozen(W, B, 0.1))


def around(duality, monte_carlo, sampling, find=FIND):
    errors = ParameterErrors(np.asarray(monte_carlo), np.asarray(sampling))
    return Neighbourhood.of(duality, find(duality), find, errors, None)


def exponent_of(at):
    return jacobian_estimate(at)


def test_the_error_is_the_spread_over_trainings(duality, random):
    """(w, b) are drawn from their errors, the window is found anew for each, and the slopes scatter as the total says.

    With the window held fixed the error would be several times smaller.
    """
    at = around(duality, MONTE_CARLO, SAMPLING)
    found = exponent_of(at)
    drawn = random.multivariate_normal([W, B], at.errors.total, 24)
    slopes = [jacobian_slope(moved, FIND(moved)) for moved in (duality.at(*of) for of in drawn)]
    assert found.exponent.se == pytest.approx(np.std(slopes), rel=0.4)
    fixed = [jacobian_slope(duality.at(*of), at.window) for of in drawn]
    assert np.std(fixed) < 0.5 * found.exponent.se


def test_the_parts_make_up_the_total(duality):
    """Each part is what is left if the other source had no error; the window's motion is within them."""
    both = exponent_of(around(duality, MONTE_CARLO, SAMPLING)).budget
    none = np.zeros((2, 2))
    assert exponent_of(around(duality, MONTE_CARLO, none)).exponent.se == pytest.approx(both.monte_carlo, rel=0.01)
    assert exponent_of(around(duality, none, SAMPLING)).exponent.se == pytest.approx(both.sampling, rel=0.01)
    assert both.total == pytest.approx(np.sqrt(both.monte_carlo**2 + both.sampling**2), rel=1e-6)
    assert 0 < both.fit < 1e-3 * both.monte_carlo
    assert 0.5 * both.total < both.window < 2 * both.total
    exact = exponent_of(around(duality, none, none)).budget
    assert (exact.monte_carlo, exact.sampling, exact.window, exact.total) == (0, 0, 0, exact.fit)


def test_the_observed_window_moves_too(duality):
    """It ends where the local exponent leaves the tolerance, and so moves with w."""
    find = partial(observed_window, k=1.0, tolerance=0.02, sign=-1, tail=1e-6)
    assert exponent_of(around(duality, MONTE_CARLO, SAMPLING, find)).budget.window > 0


def test_a_window_that_vanishes_nearby_stays_as_it_is(duality):
    """A run must not die of it; the map around it still moves."""
    window = FIND(duality)
    only_here = {(duality.w, duality.b): window}

    def find(moved):
        return only_here.get((moved.w, moved.b))

    found = around(duality, MONTE_CARLO, SAMPLING, find)
    sides = [side for pair in found.pairs for side in pair.sides]
    assert len(sides) == 4
    assert all((moved.w, moved.b) != (duality.w, duality.b) for moved, _ in sides)
    assert all((kept.q_low, kept.q_high) == (window.q_low, window.q_high) for _, kept in sides)


def test_near_the_edge_of_where_a_window_exists_steps_are_smaller(duality):
    """A rule that finds nothing from half a standard error on gives the same error as one that always does."""

    def find(moved):
        return FIND(moved) if abs(moved.w - W) < 0.5 * np.sqrt(SAMPLING[0, 0]) else None

    limited, free = (around(duality, MONTE_CARLO, SAMPLING, rule) for rule in (find, FIND))
    assert max(abs(pair.step[0]) for pair in limited.pairs) < 0.5 * np.sqrt(SAMPLING[0, 0])
    assert exponent_of(limited).exponent.se == pytest.approx(exponent_of(free).exponent.se, rel=0.02)
