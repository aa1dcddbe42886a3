"""The averaged theory of the jumps against what was measured: all p-values of several experiments as one family."""

from collections.abc import Mapping

import numpy as np

from duality.fits.multiple_tests import holm
from duality.records.jumps import Jumps

CORRECTED = "corrected"  # of the two exponents: the raw one is of the same jumps, and has hardly another p-value

Test = tuple[str, str, str, str]  # experiment, class, sign, and what was tested


def theory_tests(summaries: Mapping[str, Jumps]) -> dict[Test, float]:
    """p-values of the averaged theory at the experiments' γ, corrected by Holm for their number.

    Tested are, of every class and sign, the largest deviation of the difference of the distributions from the predicted
    one, and of every measured class the difference of the corrected exponents of actual and potential jumps.

    Parameters
    ----------
    summaries : mapping
        By experiment.

    Returns
    -------
    dict
        By experiment, class, sign, and "distribution" or "exponent"; empty if nothing is predicted.
    """
    found: dict[Test, float] = {}
    for experiment, classes in summaries.items():
        for name, signs in classes.items():
            for sign, summary in signs.items():
                if summary.p_value is not None:
                    found[experiment, name, sign, "distribution"] = summary.p_value
                exponent = summary.exponents.get(CORRECTED)
                if exponent and exponent.p_value is not None:
                    found[experiment, name, sign, "exponent"] = exponent.p_value
    return dict(zip(found, holm(np.array(list(found.values()))).tolist(), strict=True))
