"""What the fluctuations of mini-batches are."""

from duality.records.estimates import Estimate
from duality.records.table import Table

# A row per M, quantity, sign, estimate and window or law, see `duality.mini_batches.measurement`. `exact` is what
# infinitely many batches would give, `accuracy` about how far off its lattice or quadrature is, `limit` what its limit
# law or theory says, NaN where it is not known. A reason stands where nothing is measured, NaN in value, or where the
# exact number beside a value is not known.
MINI_BATCHES = Table(
    "the mini-batches",
    {"mini_batch": int, "quantity": str, "sign": str, "estimate": str, "window": str, "law": str}
    | {"q_low": float, "q_high": float, "n": int, "value": float, "se": float, "low": float, "high": float}
    | {"exact": float, "accuracy": float, "limit": float, "reason": str},
)


def estimate_columns(estimate: Estimate) -> dict[str, float]:
    """What an estimate fills of a row."""
    low, high = estimate.interval
    return {"value": estimate.value, "se": estimate.se, "low": low, "high": high}
