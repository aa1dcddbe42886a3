"""The ledger: the claims of claims.yaml with the verdicts of the run in reference/."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from duality.claims.documents import counts, titled
from duality.markup import text_table
from pages.typesetting import anchor, typeset

SECTIONS = {
    "equation": "Equations of section {}",
    "figure": "Figures",
    "table": "The table of section 10",
    "sentence": "Quantitative sentences of section {}",
    "ours": "Laws of our own",
}


def ledger(claims: list[Mapping[str, Any]], verdicts: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """Every claim of the paper, in its words as claims.yaml has them, with the verdict of the run in reference/.

    Parameters
    ----------
    claims : list of mapping
        claims.yaml.
    verdicts : DataFrame
        `records.claims.LEDGER`.
    titles : mapping
        By the keys of experiments, what people call them.
    """
    rows = verdicts.set_index("id")
    parts = [
        "# The ledger of claims",
        "Every numbered equation, figure, table entry and quantitative sentence of the paper, with what was found of "
        "it. The verdicts are those of the run that the repository vouches for; a run of your own writes its ledger to "
        "`results/claims`. How verdicts are reached, and what they amount to: [the paper, judged](../findings.md).",
        text_table(counts(verdicts)),
    ]
    heading = ""
    for claim in claims:
        row = rows.loc[claim["id"]]
        title = SECTIONS[claim["kind"]].format(claim["section"])
        if title != heading:
            parts.append(f"## {title}")
            heading = title
        fault = f", {row['fault']}" if _told(row["fault"]) else ""
        entry = [
            f"[**{claim['id']}**]{{#claim-{anchor(claim['id'])}}} — {row['verdict']}{fault}",
            f": {typeset(claim['paraphrase'])}",
        ]
        evidence = titled(row["evidence"], titles)
        for label, text in (("Right form", row["right_form"]), ("Evidence", evidence), ("", claim.get("note"))):
            if _told(text):
                entry.append(f"\n  {f'*{label}:* ' if label else ''}{typeset(text)}")
        parts.append("\n".join(entry))
    return "\n\n".join(parts) + "\n"


def _told(text: Any) -> bool:
    return isinstance(text, str) and text != ""
