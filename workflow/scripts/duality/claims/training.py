"""Claims about what training ends in."""

import numpy as np

from duality.claims.checks import Experiments, check
from duality.claims.results import Results
from duality.claims.rules import Quantifier, combined, compatible, exceeds
from duality.verdicts import UNDECIDED, Finding


@check("results/training/*/equilibrium.json")
def accuracy(results: Results, *, experiments: Experiments, at_least: float, quantifier: Quantifier) -> Finding:
    """Whether the accuracy of some or all experiments exceeds `at_least`, with its whole 95% interval."""
    found = {name: of.equilibrium.accuracy for name, of in results.among(experiments).items()}
    lowest = min(found, key=lambda name: found[name].value)
    return Finding(
        combined(quantifier, (exceeds(share, at_least) for share in found.values())),
        f"{len(found)} experiments, lowest: {lowest}",
        "simulation",
        value=found[lowest],
        undecided_as=UNDECIDED,
    )


@check("results/jumps/*/distances.csv")
def stationarity(results: Results, *, experiments: Experiments) -> Finding:
    """Whether the means of w and b stay when training goes on: those of a later run against the equilibrium's.

    The later run is that of the stage jumps at the experiment's own γ. Nothing was adjusted until it agreed, as the
    training itself was. The largest of all deviations, in standard errors, must not be significant, for so many.
    """
    deviations = {}
    for name, of in results.among(experiments).items():
        later = of.distances.iloc[0]
        independent = later["steps"] * later["replicas"] / later["autocorrelation_steps"]
        mcse = np.sqrt(np.diag(of.equilibrium.covariance))  # the data are the same
        for parameter, mean, error in (("w", of.equilibrium.w, mcse[0]), ("b", of.equilibrium.b, mcse[1])):
            se = np.hypot(later[f"sd_{parameter}"] / np.sqrt(independent), error)
            deviations[f"{parameter} of {name}"] = float((later[parameter] - mean.value) / se)
    largest = max(deviations, key=lambda key: abs(deviations[key]))
    return Finding(
        compatible(deviations.values(), results.rules.significance),
        f"largest deviation of a mean when training goes on, in standard errors, of {len(deviations)}: {largest}",
        "simulation",
        value=deviations[largest],
    )
