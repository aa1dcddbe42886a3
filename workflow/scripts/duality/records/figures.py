"""What a figure draws."""

from duality.records.table import Table

# What a figure draws: log₁₀|q̇| and log₁₀ p, a row per point of a series.
CURVES = Table("the curves of a figure", {"series": str, "x": float, "y": float, "se": float, "label": str})
