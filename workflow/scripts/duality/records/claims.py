"""What the stage claims hands on: the ledger, and how verdicts depend on choices."""

from duality.records.table import Table

# A row per claim: as claims.yaml states it, what its check found (see `duality.verdicts.Finding`), the files that this
# rests on, and of what does not hold as printed the note and the fault. An estimate has its standard error and the ends
# of its interval of 95%; of a derivation `error` is the largest deviation.
LEDGER = Table(
    "the ledger",
    {"id": str, "kind": str, "section": int, "paraphrase": str, "verdict": str, "value": float, "error": float}
    | {"low": float, "high": float}
    | {"evidence": str, "right_form": str, "method": str, "artifact": str, "note": str, "fault": str}
    | {"cause": str},
)

# A row per choice of M, δ and d: of how many claims the exponents were looked at, and how many have which verdict.
CHOICES = Table(
    "the choices",
    {"claims": str, "much_less_than": float, "delta": float, "decades": float, "verdict": str, "count": int},
)
