"""If these fail, a window says what its ends do not."""

import numpy as np
import pytest

from duality.records.exponents import FittedWindow


def test_decades_must_be_those_of_the_ends():
    """Decades in ln instead of log₁₀: a wrong unit is seen where it is written."""
    with pytest.raises(ValueError, match="decades must be"):
        FittedWindow(1.0, 100.0, float(np.log(100)), 0.1, 1.0, 10, 0.5, 0.0)
