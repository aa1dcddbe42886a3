"""Claims about the samples."""

from typing import Literal

import numpy as np

from duality.claims.checks import Missing, check
from duality.claims.results import Results
from duality.claims.rules import compatible
from duality.records.estimates import Estimate
from duality.verdicts import Finding


@check("results/fluctuations/*/samples.csv")
def moments(results: Results, *, moment: Literal["mean", "sd"], expected: dict[str, float]) -> Finding:
    """Whether no moment of a class deviates significantly from the expected one, by a Gaussian's standard errors."""
    if not set(expected) <= set(results.shards):
        raise Missing(f"the config has no classes {', '.join(expected)}")
    found, deviations = {}, {}
    for name in sorted(expected):
        shards = results.shards[name]
        n = shards["n"].sum()
        mean = float(np.average(shards["mean"], weights=shards["n"]))
        square = float(np.average(shards["sd"] ** 2 + shards["mean"] ** 2, weights=shards["n"]))
        sd = float(np.sqrt(square - mean**2))
        value, se = (mean, sd / np.sqrt(n)) if moment == "mean" else (sd, sd / np.sqrt(2 * n))
        found[name] = Estimate.normal(value, se)
        deviations[name] = (value - expected[name]) / se
    worst = max(deviations, key=lambda name: abs(deviations[name]))
    return Finding(
        compatible(deviations.values(), results.rules.significance),
        f"{moment} of the samples, " + ", ".join(f"{name}: {of.value:.6f} ± {of.se:.6f}" for name, of in found.items()),
        "simulation",
        value=found[worst],
    )
