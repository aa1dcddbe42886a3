"""The five windows on which the exponents of mini-batches are measured.

- of M = 1: the paper's window of q̇, ẇ or ḃ of the class that is measured with that sign;
- scaled: the same, narrower as the limit law is: by M^(-1/2), or M^(1/α-1) for a stable law;
- centre: between the quantiles 0.2% and 5% of the magnitudes of that sign;
- tail: between their quantiles 99% and 99.9%; at M = 1, of ẇ and ḃ, below the cap, too. What is fitted there is the
  tail exponent;
- below the cap, of heavy kicks: from eight half interquartile ranges beyond the median, where the centre has ended, to
  half of the cap over M, where the mean has what one capped kick makes of it. The power law of single kicks is left
  of ḃ there, and nowhere else: where batches with a capped kick are more than 1%, the tail of above is theirs. Of
  ẇ = ḃ·x1 kicks with capped ḃ are in the window, too, where x1 is small: k there is that of both.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from duality.conventions import PAPER
from duality.errors import InputError
from duality.jacobian.duality import Duality
from duality.jacobian.windows import WindowRules
from duality.mini_batches.exact import LatticeLaw
from duality.mini_batches.heavy_tails import HeavyTail
from duality.mini_batches.vocabulary import BELOW_CAP, CENTRE, OF_ONE, SCALED, TAIL

_QUANTILES = {CENTRE: (0.002, 0.05), TAIL: (0.99, 0.999)}
_FEWEST = 100  # batches of a sign that decide where its windows are
_BEYOND = 8.0  # half interquartile ranges: of a normal centre less than 10⁻⁷ is beyond
_OF_CAP = 0.5  # of the cap over M, up to which the power law of single kicks is looked for
_LEAST_RATIO = 1.5  # of the ends of a window for it
_NO_TAIL = "the largest kicks have no power law with 1 < k < 3 that could be left of them"

Ends = tuple[float, float]


@dataclass(frozen=True)
class Windows:
    """What decides where the windows of one quantity at one M are.

    Attributes
    ----------
    quantity : str
    maps : mapping
        By class, the map from x1 to the quantity.
    rules : mapping
        By class that is measured, the rules of the paper's windows.
    tail : HeavyTail or None
        Of single kicks.
    centre_end : float
        The magnitude at which the centre of the batches has ended.
    mini_batch : int
        M.
    """

    quantity: str
    maps: Mapping[str, Duality]
    rules: Mapping[str, WindowRules]
    tail: HeavyTail | None
    centre_end: float
    mini_batch: int

    def find(self, sign: int, pilot: np.ndarray) -> dict[str, Ends | str]:
        """The ends of every window by its name, or why there is none.

        Parameters
        ----------
        sign : int
            ±1, that of the fluctuations.
        pilot : ndarray
            Magnitudes of some batches of that sign, of which the quantiles are.
        """
        paper = self._paper(sign)
        width = self.tail.width(self.mini_batch) if self.tail else self.mini_batch**-0.5
        return {
            OF_ONE: paper,
            SCALED: paper if isinstance(paper, str) else (paper[0] * width, paper[1] * width),
            **{window: self._between_quantiles(window, sign, pilot) for window in _QUANTILES},
            BELOW_CAP: self._below_cap(sign),
        }

    def _paper(self, sign: int) -> Ends | str:
        """Of the class that is measured with the sign; of several the likeliest."""
        best = None
        for name, duality in self.maps.items():
            if name not in self.rules:
                continue
            try:
                window = self.rules[name].find(duality, PAPER)
            except InputError:  # which is a finding about these parameters
                continue
            if window and duality.branches[window.branch].sign == sign:
                best = max(filter(None, (best, window)), key=lambda found: found.probability)
        return (best.q_low, best.q_high) if best else "no class that is measured has a window with this sign"

    def _between_quantiles(self, window: str, sign: int, pilot: np.ndarray) -> Ends | str:
        if pilot.size < _FEWEST:
            return f"fewer than {_FEWEST} batches of the sign decide where it is"
        low, high = map(float, np.quantile(pilot, _QUANTILES[window]))
        if window == TAIL and self.quantity != "q_dot" and self.tail and self.mini_batch == 1:
            high = min(high, (1 - 1e-9) * self.tail.cap[sign])
        return (low, high) if 0 < low < high else "as many batches have one and the same fluctuation"

    def _below_cap(self, sign: int) -> Ends | str:
        """Where the power law of heavy kicks is left of the mean of M of them."""
        if self.tail is None:
            return _NO_TAIL
        low, high = self.centre_end, _OF_CAP * self.tail.cap[sign] / self.mini_batch
        if low * _LEAST_RATIO > high:
            return f"no room is left: the centre ends at {low:.2g}, and half of the cap over M is {high:.2g}"
        return low, high


def end_of_centre(law: LatticeLaw) -> float:
    """The magnitude at which the centre of a law of ẇ or ḃ has ended."""
    return abs(law.quantile(0.5)) + _BEYOND * law.half_range
