"""What the stage guard hands on: equilibrium and accuracy against the guard of a loss, and training without it."""

from duality.records.table import Table

# Rows per guard ε; see `duality.guard`.
GUARD_THEORY = Table(
    "the theory of the guard",
    {"value": float, "class": str, "w": float, "b": float, "shift_w": float, "shift_b": float, "sd_w": float}
    | {"sd_b": float, "accuracy": float, "dead": float, "wrong_dead": float, "mean_kick": float, "square_kick": float}
    | {"mean_kick_fixed": float, "square_kick_fixed": float, "k_jacobian": float, "decades": float},
)
GUARD_TRAINING = Table(
    "the training with guard",
    {"value": float, "gamma": float, "gamma_over_value": float, "class": str, "outcome": str}
    | {f"{name}{ending}": float for name in ("w", "b") for ending in ("", "_se", "_mcse", "_sd")}
    | {"accuracy": float, "accuracy_se": float, "steps": float, "decades": float, "n": float}
    | {f"k_{kind}{ending}": float for kind in ("jacobian", "corrected") for ending in ("", "_se")},
)
UNGUARDED_TRAINING = Table(
    "the training without guard",
    {"gamma": float, "replica": int, "collapsed": float, "died": float, "steps": int, "w": float, "b": float}
    | {"accuracy": float, "fatal_kick": float, "predicted_rate": float},
)
