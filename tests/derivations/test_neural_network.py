"""If these fail, a verdict on Sec. 2 or the maps of Sec. 3 rests on nothing."""

import numpy as np
import pytest

from duality.derivations import neural_network
from duality.verdicts import CORRECTED


@pytest.mark.parametrize("N", [2, 3, 7])
def test_numbering_of_weights(N):
    """Eq. 2.1: NumPy's row-major order is (i-1)N + j; the printed order puts two weights in one place."""
    i, j = np.mgrid[1 : N + 1, 1 : N + 1]
    assert np.array_equal((i - 1) * N + j - 1, np.ravel_multi_index((i - 1, j - 1), (N, N)))
    assert np.unique(i * (N - 1) + j).size == N * N - (N - 1)


def test_verdict_on_the_numbering():
    """A change of the check would turn it unnoticed; what it must be is shown by the test above."""
    assert neural_network.equation_2_1().verdict == CORRECTED
