"""What the stage realisations hands on: estimates of every seed, and their spread beside their errors."""

from duality.records.table import Table

# A row per estimate of a realisation, NaN where it has none. Of w, b and accuracy class, window and estimate are empty,
# and so they are of sd_w and sd_b, the sd of (w, b) in equilibrium, which is printed beside theory's without an error.
REALISATION = Table(
    "a realisation",
    {"experiment": str, "realisation": int, "class": str, "quantity": str, "window": str, "estimate": str}
    | {"value": float, "se": float, "low": float, "high": float, "population": float, "population_accuracy": float},
)

# A row per estimate, over all realisations that have it; see `duality.realisations.spread.compare`.
REALISATIONS = Table(
    "the comparison of realisations",
    {"experiment": str, "class": str, "quantity": str, "window": str, "estimate": str, "seeds": int, "missing": int}
    | {"mean": float, "error": float, "spread": float, "ratio": float, "ratio_p": float}
    | {"population": float, "population_accuracy": float, "covered": float, "coverage": float, "coverage_p": float}
    | {"mean_z": float, "bias_p": float, "p_value": float, "outside": bool | None}
    | {"approximation": str, "error_to_use": float},
)
