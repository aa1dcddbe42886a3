"""The ledger for people: how many claims have which verdict, and all of them as Markdown and as HTML."""

from html import escape

import pandas as pd

from duality.markup import markdown_table
from duality.verdicts import REPRODUCED, VERDICTS


def counts(table: pd.DataFrame) -> pd.DataFrame:
    """How many claims of the paper of each kind have each verdict, and in all; laws of our own do not count."""
    table = table[table["kind"] != "ours"]
    cross = pd.crosstab(table["kind"], table["verdict"]).reindex(columns=list(VERDICTS), fill_value=0)
    cross = cross.reindex([kind for kind in ("equation", "figure", "table", "sentence") if kind in cross.index])
    cross.loc["all"] = cross.sum()
    cross["all"] = cross.sum(axis=1)
    return cross.rename_axis(index="claims", columns=None)


def faults(table: pd.DataFrame) -> str:
    """One sentence: of what kind the faults are of the claims that do not hold as printed."""
    found = table.loc[table["kind"] != "ours", "fault"].value_counts()
    return (
        f"Of the claims that do not hold as printed {found.get('misprint', 0)} are misprints, "
        f"{found.get('imprecision', 0)} imprecisions, and {found.get('substance', 0)} matters of substance."
    )


def _number(row: pd.Series) -> str:
    if pd.isna(row["value"]):
        return ""
    if pd.isna(row["error"]) or row["method"] != "simulation":  # of a proof it is a deviation, told in the evidence
        return f"{row['value']:.4g}"
    return f"{row['value']:.4g} ± {row['error']:.2g}"


_TITLE = "Ledger of claims"
_PREAMBLE = (
    "Every numbered equation of Secs. 2-9, every figure, every entry of the table of Sec. 10 and every quantitative "
    "sentence of arXiv:2405.17391, checked by this run. Reproduced: holds as printed, within the tolerance that "
    "claims.yaml states. Corrected: false as printed; the right form is given, and was shown to hold. Refuted: false, "
    "and no right form was shown. Not testable: a definition, or nothing here can decide it; the reason is given. "
    "A fault is a misprint (what is meant is plain), an imprecision (a limit, sign or case left out that the paper's "
    "results do not need), or of substance (a result, condition or figure is affected)."
)


def markdown(table: pd.DataFrame) -> str:
    """The ledger as a Markdown document: counts, all claims, and what is to be said of those not reproduced."""
    shown = pd.DataFrame(
        {
            "id": table["id"],
            "claim": table["paraphrase"],
            "verdict": table["verdict"],
            "measured": table.apply(_number, axis=1),
            "evidence": table["evidence"],
            "method": table["method"],
            "artifact": table["artifact"],
        }
    )
    notes = "\n\n".join(
        f"**{row['id']}** ({', '.join(filter(None, (row['verdict'], row['fault'])))}). {row['note']}"
        + (f"\n\n> Right form: {row['right_form']}" if row["right_form"] else "")
        for _, row in table[table["verdict"] != REPRODUCED].iterrows()
    )
    return (
        f"# {_TITLE}\n\n{_PREAMBLE}\n\n{counts(table).to_markdown()}\n\n{faults(table)}\n\n## Claims\n\n"
        f"{markdown_table(shown)}\n\n## Not reproduced as printed\n\n{notes}\n"
    )


def html(table: pd.DataFrame) -> str:
    """The ledger as an HTML page."""
    style = (
        "body{font:15px/1.5 sans-serif;margin:2em;max-width:100em}table{border-collapse:collapse}"
        "th,td{border-bottom:1px solid #bbb;padding:.3em .8em;text-align:left;vertical-align:top}"
        "tr.refuted td:nth-child(3){background:#f6c9c0}tr.corrected td:nth-child(3){background:#f6e6b8}"
        "tr.reproduced td:nth-child(3){background:#cfe5d6}tr.not td:nth-child(3){background:#e4e4e4}"
    )
    rows = []
    for _, row in table.iterrows():
        right = f"<p>Right form: {escape(row['right_form'])}</p>" if row["right_form"] else ""
        note = f"<p>{escape(row['note'])}</p>" if row["note"] else ""
        cells = (
            escape(row["id"]), escape(row["paraphrase"]) + note + right, row["verdict"], _number(row),
            escape(row["evidence"]), row["method"], row["artifact"],
        )  # fmt: skip
        rows.append(
            f'<tr class="{row["verdict"].split()[0]}">' + "".join(f"<td>{text}</td>" for text in cells) + "</tr>"
        )
    heads = "".join(f"<th>{h}</th>" for h in ("id", "claim", "verdict", "measured", "evidence", "method", "artifact"))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{_TITLE}</title><style>{style}</style>'
        f"</head><body>\n<h1>{_TITLE}</h1>\n<p>{escape(_PREAMBLE)}</p>\n{counts(table).to_html(border=0)}\n<p>{faults(table)}</p>\n"
        f"<table><thead><tr>{heads}</tr></thead><tbody>\n" + "\n".join(rows) + "\n</tbody></table>\n</body></html>\n"
    )
