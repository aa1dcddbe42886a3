"""Claims about the guard of a loss."""

import numpy as np

from duality.claims.checks import Missing, check
from duality.claims.results import Results
from duality.records.estimates import STANDARD_ERRORS, Estimate
from duality.verdicts import Finding


@check("results/guard/*.csv")
def guard(results: Results, *, experiment: str) -> Finding:
    """Whether training without guard reaches an equilibrium; if any fails to, whether all training with guard does."""
    if results.guard is None or results.guard.experiment != experiment:
        raise Missing(f"the config has no stage guard of {experiment}")
    guarded, unguarded = results.guard.guarded, results.guard.unguarded
    collapsed = unguarded["collapsed"].notna()
    settled = guarded.drop_duplicates(["value", "gamma"])["outcome"] == "equilibrium"
    # Times to collapse in units of the predicted mean: exponential, so that the mean has the relative error 1/√n.
    times = (unguarded["collapsed"] * unguarded["predicted_rate"]).dropna()
    slower = f"{times.mean():.2f} ± {times.mean() / np.sqrt(times.size):.2f}" if times.size else "none"
    return Finding(
        not collapsed.any(),
        f"without guard {collapsed.sum()} of {collapsed.size} runs fell to the accuracy of guessing, mean time to that "
        f"over the predicted: {slower}; with guard {settled.sum()} of {settled.size} were in equilibrium",
        "simulation",
        bool(settled.all()),
        "f within [ε, 1 - ε] in the loss, no gradient beyond, and γ ≤ ε",
        _share(int(collapsed.sum()), collapsed.size),
    )


def _share(count: int, n: int) -> Estimate:
    """A share with the error and interval of Agresti and Coull (1998): it has both where all or none count."""
    near = (count + 2) / (n + 4)
    se = float(np.sqrt(near * (1 - near) / (n + 4)))
    half = STANDARD_ERRORS * se
    return Estimate(count / n, se, (max(near - half, 0.0), min(near + half, 1.0)))
