"""What the stage theory hands on: the regimes of every composition, and the derivations, checked."""

from duality.records.table import Table

# A row per regime of a class; see `duality.theory.regimes.Regime`. k as numbers, NaN for none, and as text.
REGIMES = Table(
    "the regimes",
    {"experiment": str, "class": str, "approach": str, "h_leading": str, "y_star": float, "side": int}
    | {"y_low": float, "y_high": float, "sign": str, "k_b": float, "k_w": float, "k_q": float}
    | {"condition": str, "method": str, "k_b_text": str, "k_w_text": str, "k_q_text": str},
)

# A row per numbered equation or statement; see `duality.verdicts.Finding`.
DERIVATIONS = Table(
    "the derivations",
    {
        "id": str,
        "section": str,
        "printed": bool | None,
        "mended": bool | None,
        "verdict": str,
        "evidence": str,
        "right_form": str,
    }
    | {"method": str, "value": float, "error": float},
)
