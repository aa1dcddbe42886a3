"""What the stage calibration hands on: coverage of intervals, and p-values, on simulated power laws."""

from duality.records.table import Table

# The calibration of fits on simulated power laws.
COVERAGE = Table(
    "the coverage", {"k": float, "decades": float, "n": int, "replicates": int, "coverage": float, "se": float}
)
P_VALUES = Table("the p-values", {"k": float, "p_value": float, "covered": bool})
