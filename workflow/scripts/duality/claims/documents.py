"""The ledger for people: how many claims have which verdict, and all of them as Markdown."""

import re
from collections.abc import Mapping

import pandas as pd

from duality.markup import markdown_table, text_table
from duality.verdicts import CORRECTED, REFUTED, REPRODUCED, UNDECIDED, VERDICTS


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
    ours = table["kind"] == "ours"
    found = table.loc[~ours, "fault"].value_counts()
    causes = {cause for named in table.loc[~ours, "cause"] for cause in str(named).split("; ") if named}
    return (
        f"Of the claims that do not hold as printed {found.get('misprint', 0)} are misprints, "
        f"{found.get('imprecision', 0)} imprecisions, and {found.get('substance', 0)} matters of substance; "
        f"they have {len(causes)} distinct causes."
    )


def choices_table(choices: pd.DataFrame) -> str:
    """How verdicts on exponents hang on M, δ and d, as Markdown.

    Parameters
    ----------
    choices : DataFrame
        `records.claims.CHOICES`.

    Returns
    -------
    str
        A row per kind of claims, M and δ, a column per d; a cell has the numbers of claims that are reproduced or
        corrected, undecided, and refuted.
    """
    counts = choices.pivot_table(
        index=["claims", "much_less_than", "delta", "decades"], columns="verdict", values="count", aggfunc="sum"
    ).reindex(columns=list(VERDICTS), fill_value=0)
    counts = counts.fillna(0).astype(int)
    holding = counts[REPRODUCED] + counts[CORRECTED]
    cells = holding.astype(str) + " / " + counts[UNDECIDED].astype(str) + " / " + counts[REFUTED].astype(str)
    shown = cells.unstack("decades").reset_index()
    names = {"much_less_than": "M", "delta": "δ"}
    shown.columns = [names.get(name, name if isinstance(name, str) else f"d = {name:g}") for name in shown.columns]
    return text_table(shown, index=False, floatfmt="g")


def titled(text: str, titles: Mapping[str, str]) -> str:
    """A text with what people call experiments in place of their keys.

    Parameters
    ----------
    text : str
    titles : mapping
        By the keys of experiments, their titles.
    """
    keys = "|".join(re.escape(key) for key in sorted(titles, key=len, reverse=True))
    return re.sub(rf"(?<!\w)(?:{keys})(?!\w)", lambda found: titles[found[0]], text) if keys else text


def _number(row: pd.Series) -> str:
    if pd.isna(row["low"]):  # a number that is no estimate, such as a deviation, means nothing without the evidence
        return ""
    return f"{row['value']:.4g} ± {row['error']:.2g} [{row['low']:.4g}, {row['high']:.4g}]"


_TITLE = "Ledger of claims"
_PREAMBLE = (
    "Every numbered equation of Secs. 2-9, every figure, every entry of the table of Sec. 10 and every quantitative "
    "sentence of arXiv:2405.17391, checked by this run, by one rule for all claims of a kind: section claims of the "
    "config. Reproduced: holds as printed. Corrected: false as printed; the right form is given and was shown to hold. "
    "Refuted: false, and no right form was shown. Undecided: what was measured is compatible with either. Not tested: "
    "not by us; what it would take is told. Not testable: a definition, which asserts nothing. What can happen is "
    "reproduced if it does in some case, what always happens if it does in all. The published pictures were not at "
    "hand: a figure's claim is judged between the bars of the figure made here. An estimate has its standard error and "
    "its interval of 95%; any other number stands in the evidence, "
    "which says what it is. "
    "A fault is a misprint (what is meant is plain), an imprecision (a limit, sign or case left out that the paper's "
    "results do not need), or of substance (a result, condition or figure is affected)."
)


_CHOICES = (
    "Claims on exponents by what δ, d and M are chosen: reproduced or corrected / undecided / refuted. Other M than "
    "that of the config are covered for the figures alone, whose windows of q̇ were measured at several M; the entries "
    "of the table rest on ẇ and ḃ, or on windows of other conditions, at the config's M."
)


def _judgement(row: pd.Series) -> str:
    """Verdict, fault, and the causes that other claims share."""
    return ", ".join(filter(None, (row["verdict"], row["fault"], "" if row["cause"] == row["id"] else row["cause"])))


def markdown(table: pd.DataFrame, choices: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """The ledger as a Markdown document: counts, all claims, and what is to be said of those not reproduced.

    Parameters
    ----------
    table, choices : DataFrame
        `records.claims.LEDGER` and `CHOICES`.
    titles : mapping
        By the keys of experiments, their titles.
    """
    shown = pd.DataFrame(
        {
            "id": table["id"],
            "claim": table["paraphrase"],
            "verdict": table["verdict"],
            "measured": table.apply(_number, axis=1),
            "evidence": [titled(text, titles) for text in table["evidence"]],
            "method": table["method"],
            "artifact": table["artifact"],
        }
    )
    notes = "\n\n".join(
        f"**{row['id']}** ({_judgement(row)}). {row['note']}"
        + (f"\n\n> Right form: {row['right_form']}" if row["right_form"] else "")
        for _, row in table[table["verdict"] != REPRODUCED].iterrows()
    )
    return (
        f"# {_TITLE}\n\n{_PREAMBLE}\n\n{text_table(counts(table))}\n\n{faults(table)}\n\n## What hangs on the "
        f"choice\n\n{_CHOICES}\n\n{choices_table(choices)}\n\n## Claims\n\n"
        f"{markdown_table(shown)}\n\n## Not reproduced as printed\n\n{notes}\n"
    )
