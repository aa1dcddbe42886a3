"""If these fail, the law behind the paper's cases is wrong: the facts are found here in other ways."""

import numpy as np
import pytest


@pytest.mark.parametrize("n", [2, 3, 4, 6])
def test_exponents_of_weight_far_and_near(n):
    """ẇ ∝ x1·(x1 - x̄)^(n-1): slope (n-1)/n far out and (n-2)/(n-1) next to x̄, from numbers only."""
    for distance, k in ((1e6, (n - 1) / n), (1e-6, (n - 2) / (n - 1))):
        z = distance * np.array([0.5, 1.0, 2.0])
        w_dot = (1 + z) * z ** (n - 1)
        slope = z ** (n - 2) * (n * z + n - 1)
        assert np.polyfit(np.log(w_dot), np.log(slope), 1)[0] == pytest.approx(k, abs=1e-5)
