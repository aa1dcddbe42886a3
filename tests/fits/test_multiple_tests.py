"""If these fail, many tests reject what is right more often than they say, or one hides behind its number."""

import numpy as np
import pytest

from duality.fits.multiple_tests import holm


def test_holm_corrects_as_his_example_does():
    """The smallest of three counts three times, the next twice, and none less than the one before it."""
    assert holm(np.array([0.02, 0.01, 0.9, 0.011])) == pytest.approx([0.04, 0.04, 0.9, 0.04])
    assert holm(np.array([0.5, 0.6])) == pytest.approx([1.0, 1.0])


def test_holm_rejects_any_of_a_right_family_as_often_as_it_may(random):
    """Also of p-values that all are the same."""
    uniform = random.random((4000, 5))
    uniform[:, 3:] = uniform[:, :1]
    rejected = np.mean([holm(p).min() <= 0.1 for p in uniform])
    assert 0.05 < rejected < 0.1 + 3 * np.sqrt(0.1 * 0.9 / 4000)
