"""What the stage gallery hands on: regimes and exponents of every entry, and what its picture shows."""

from duality.records.table import Table

# A row per class and regime of an entry of the gallery; see `duality.gallery.measurement`. What is derived of an
# exponent is a text; what is measured is a number with its total error, beside what infinite data would give, and NaN
# where there is none. agrees is "yes", "no" or "undecided", by the rule of the claims; shown is what the picture shows.
GALLERY = Table(
    "the gallery",
    {"entry": str, "activation": str, "loss": str, "f": str, "H": str}
    | dict.fromkeys(("gamma", "w", "w_se", "b", "b_se", "accuracy", "accuracy_se"), float)
    | {"class": str, "sign": str, "regime": str, "h": str, "method": str, "conditions": str}
    | {"k_q_derived": str, "k_w_derived": str, "k_b_derived": str, "q_low": float, "q_high": float, "decades": float}
    | {f"{k}{part}": float for k in ("k_q", "k_b", "k_w") for part in ("", "_se", "_low", "_high", "_population")}
    | {"agrees": str, "shown": bool, "why": str},
)

# What the picture of an entry shows, a row per point of a series. h: of a class, against y. Others: log₁₀ p against
# log₁₀|q̇| of the regime that is shown.
GALLERY_CURVES = Table("the curves of the gallery", {"entry": str, "series": str, "class": str, "x": float, "y": float})
