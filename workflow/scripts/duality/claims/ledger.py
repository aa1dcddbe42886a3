"""The ledger: every claim of the paper, how it is checked, and the verdict.

A claim of `claims.yaml` is decided by the finding of the derivation of the same id (`check: derivation`), or by one of
`duality.claims.measurements`, on the artifacts of this workflow, with the expectation and the tolerance that the claim
states.
"""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd

from duality.claims.measurements import ARTIFACTS, MEASUREMENTS, Missing, Results
from duality.config.reading import load_yaml
from duality.errors import InputError
from duality.verdicts import CORRECTED, REFUTED, REPRODUCED, VERDICTS, Finding


def load_claims(path: str | Path, schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The claims of a YAML file, checked against their schema.

    Raises
    ------
    InputError
        In one line: which claim, which key, what is allowed; or an id that stands twice.
    """
    claims = load_yaml(path)
    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(claims))
    if error:
        place = list(error.absolute_path)
        claim = claims[place[0]].get("id", place[0]) if place else ""
        raise InputError(f"claims.yaml: claim {claim}: {'.'.join(map(str, place[1:]))}: {error.message}")
    ids = [claim["id"] for claim in claims]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise InputError(f"claims.yaml: the id {twice[0]} stands twice")
    return list(claims)


def ledger(claims: list[dict[str, Any]], derivations: pd.DataFrame, results: Results) -> pd.DataFrame:
    """Check every claim.

    Parameters
    ----------
    claims : list
        From `load_claims`.
    derivations : DataFrame
        What the stage theory found, see `duality.theory.page`.
    results : Results

    Returns
    -------
    DataFrame
        id, kind, section, paraphrase, verdict, value, error, evidence, right_form, method, artifact, note and fault (of
        what does not hold as printed: misprint, imprecision or substance), a row per claim, in their order.

    Raises
    ------
    InputError
        If a claim rests on a derivation that there is none of.
    """
    found = derivations.set_index("id")
    rows = []
    for claim in claims:
        if claim["check"] == "derivation":
            if claim["id"] not in found.index:
                raise InputError(f"claims.yaml: claim {claim['id']}: there is no derivation of this id")
            row = found.loc[claim["id"]].to_dict()
        else:
            try:
                finding = MEASUREMENTS[claim["check"]](results, claim)
            except Missing as error:
                finding = Finding(None, f"{error}", "simulation")
            row = {"verdict": finding.verdict, **vars(finding)}
        rows.append(
            {
                **{key: claim[key] for key in ("id", "kind", "section", "paraphrase")},
                **{key: row[key] for key in ("verdict", "value", "error", "evidence", "right_form", "method")},
                "artifact": ARTIFACTS.get(claim["check"], "results/exponents/*/exponents.json"),
                "note": _note(claim, row["verdict"]),
                "fault": claim.get("fault", "") if row["verdict"] in (CORRECTED, REFUTED) else "",
            }
        )
    return pd.DataFrame(rows).fillna({"right_form": "", "evidence": ""})


def _note(claim: Mapping[str, Any], verdict: str) -> str:
    """What is to be said of a verdict. That of a measurement may come out otherwise under another config."""
    if verdict == REPRODUCED or verdict != claim.get("note_for", verdict):
        return ""
    return " ".join(claim.get("note", "").split())


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

    def cell(text: str) -> str:
        return str(text).replace("|", "\\|")

    shown = pd.DataFrame(
        {
            "id": table["id"],
            "claim": table["paraphrase"].map(cell),
            "verdict": table["verdict"],
            "measured": table.apply(_number, axis=1),
            "evidence": table["evidence"].map(cell),
            "method": table["method"],
            "artifact": table["artifact"],
        }
    )
    notes = "\n\n".join(
        f"**{row['id']}** ({', '.join(filter(None, (row['verdict'], row['fault'])))}). {row['note']}"
        + (f"\n\n> Right form: {row['right_form']}" if row["right_form"] else "")
        for _, row in table[table["verdict"] != "reproduced"].iterrows()
    )
    return (
        f"# {_TITLE}\n\n{_PREAMBLE}\n\n{counts(table).to_markdown()}\n\n{faults(table)}\n\n## Claims\n\n"
        f"{shown.to_markdown(index=False, disable_numparse=True)}\n\n## Not reproduced as printed\n\n{notes}\n"
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
