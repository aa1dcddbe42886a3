"""What a distribution of x1 is to the duality, whichever it is."""

from typing import Protocol

import numpy as np


class Density(Protocol):
    """What the duality needs of a class: p(x1), its cumulative distribution and quantiles. All are elementwise."""

    def pdf(self, x1: np.ndarray) -> np.ndarray: ...

    def cdf(self, x1: np.ndarray) -> np.ndarray: ...

    def ppf(self, probability: np.ndarray) -> np.ndarray: ...
