"""The raw exponents again, from raw values and by an independent package, `powerlaw`."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import powerlaw

from duality.conventions import PAPER, SIGNS
from duality.fits.power_laws import truncated_power_law
from duality.records.exponents import CROSS_CHECK, Exponents
from duality.records.fluctuations import Head

_FEWEST = 10


def powerlaw_exponent(values: np.ndarray, low: float, high: float) -> float:
    """k by the `powerlaw` package, called the one safe way.

    `powerlaw.Fit` ignores the upper bound in silence when the unbounded estimate looks good; `Power_Law` with a forced
    numerical fit does not.
    """
    fit = powerlaw.Power_Law(
        data=values, xmin=low, xmax=high, force_numerical_fit=True, parameter_ranges={"alpha": [-2, 6]}, verbose=0
    )
    return float(fit.alpha)


def cross_check(
    heads: Mapping[str, Head],
    exponents: Mapping[str, Exponents],
    signs: Mapping[str, Mapping[str, str]],
) -> pd.DataFrame:
    """Fit the same raw values on the same windows by `powerlaw` and by our own formula.

    Parameters
    ----------
    heads : mapping
        Per experiment, of a shard.
    exponents : mapping
        Per experiment; they have the windows.
    signs : mapping
        Per experiment and class the sign of the fluctuations.

    Returns
    -------
    DataFrame
        experiment, class, n (values in the window), k (ours), k_powerlaw, disagreement = k_powerlaw - k; NaN where the
        window holds fewer than ten of the values.
    """
    rows = []
    for experiment, classes in exponents.items():
        for name, measured in classes.items():
            paper = measured.quantities["q_dot"][PAPER]
            if paper is None:
                continue
            low, high = paper.window.q_low, paper.window.q_high
            signed = heads[experiment].q_dot[name]
            values = np.abs(signed[np.sign(signed) == SIGNS[signs[experiment][name]]])
            inside = values[(values >= low) & (values < high)]
            own = other = np.nan
            if inside.size >= _FEWEST:
                own = truncated_power_law(inside.size, float(np.sum(np.log(inside))), low, high).value
                other = powerlaw_exponent(inside, low, high)
            rows.append((experiment, name, inside.size, own, other, other - own))
    return pd.DataFrame(rows, columns=list(CROSS_CHECK.columns))
