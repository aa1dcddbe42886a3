"""If these fail, an estimate has the wrong error or interval."""

import numpy as np
import pytest
from scipy import special

from duality.records.estimates import CONFIDENCE, STANDARD_ERRORS, ErrorBudget, Estimate


def test_an_interval_holds_its_value():
    with pytest.raises(ValueError, match="does not hold"):
        Estimate(1.0, 0.1, (1.5, 2.0))
    assert Estimate.normal(1.0, 0.1).interval == pytest.approx((1 - 0.196, 1 + 0.196), abs=1e-4)
    assert special.ndtri(0.5 + CONFIDENCE / 2) == STANDARD_ERRORS  # written out, as readers of records need no SciPy


def test_the_total_error_counts_every_part_once():
    """Were the correlation, the bins or the data set left out, or the window counted on top, another number came."""
    budget = ErrorBudget(monte_carlo=2.0, sampling=3.0, fit=4.0, window=100.0, bins=6.0, correlation=0.5)
    assert budget.total == pytest.approx(np.sqrt(4 + 9 + 16 + 36 + 2 * 0.5 * 3 * 4))
