"""The ledger: every claim of the paper, how it is checked, and the verdict.

A claim of `claims.yaml` names its check, a function of `duality.claims.measurements`, and gives it what it takes: what
is claimed. Within which tolerance it must hold is a rule for all claims of a kind, in the config.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd

from duality.claims.checks import Missing
from duality.claims.measurements import CHECKS, Results
from duality.config.reading import load_yaml
from duality.errors import InputError, naming
from duality.records import LEDGER
from duality.verdicts import CORRECTED, NOT_TESTED, REFUTED, REPRODUCED, Finding


@dataclass(frozen=True)
class Claim:
    """A claim of the paper, and what decides it.

    Attributes
    ----------
    id, kind, section, paraphrase
        As in claims.yaml.
    check : str
        The name of the check.
    finding : function
        The check, with what this claim gives it: of the results.
    note : str
        What is to be said if the verdict is not "reproduced".
    note_for : str
        The verdict for which the note was written; empty for any.
    fault : str
        Of what does not hold as printed: misprint, imprecision or substance.
    cause : tuple of str
        Names of what is wrong where several claims do not hold for one reason; else the claim's id stands for it.
    given : mapping
        What the claim says to its check.
    """

    id: str
    kind: str
    section: int
    paraphrase: str
    check: str
    finding: Callable[[Results], Finding]
    note: str = ""
    note_for: str = ""
    fault: str = ""
    cause: tuple[str, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)

    def note_on(self, verdict: str) -> str:
        """What is to be said of a verdict. That of a measurement may come out otherwise under another config."""
        if verdict == REPRODUCED or verdict != (self.note_for or verdict):
            return ""
        return " ".join(self.note.split())


_OWN_FIGURE = "; the published picture was not at hand: judged is the figure made here, between the bars that it shows"
_OF_EVERY_CLAIM = {member.name for member in fields(Claim)} - {"finding", "given"}


def load_claims(path: str | Path, schema: Mapping[str, Any]) -> list[Claim]:
    """The claims of a YAML file.

    Parameters
    ----------
    path : path
    schema : mapping
        The JSON schema of what every claim says. What a check takes besides is told by its signature.

    Raises
    ------
    InputError
        In one line: which claim, which key, what is allowed; or an id that stands twice.
    """
    content = load_yaml(path)
    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(content))
    if error:
        place = list(error.absolute_path)
        claim = content[place[0]].get("id", place[0]) if place else ""
        raise InputError(f"claims.yaml: claim {claim}: {'.'.join(map(str, place[1:]))}: {error.message}")
    ids = [given["id"] for given in content]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise InputError(f"claims.yaml: the id {twice[0]} stands twice")
    claims = []
    for given in content:
        with naming(f"claims.yaml: claim {given['id']}"):
            if given["check"] not in CHECKS:
                raise InputError(f"check: '{given['check']}' is none of {', '.join(CHECKS)}")
            check = CHECKS[given["check"]]
            own = {k: value for k, value in given.items() if k not in _OF_EVERY_CLAIM or k in check.parameters}
            every = {key: value for key, value in given.items() if key in _OF_EVERY_CLAIM}
            claims.append(Claim(finding=check.of_claim(own), given=own, **every))
    return claims


def ledger(claims: Sequence[Claim], results: Results) -> pd.DataFrame:
    """Check every claim.

    Returns
    -------
    DataFrame
        `duality.records.LEDGER`, a row per claim, in their order.

    Raises
    ------
    InputError
        If a claim rests on a derivation that there is none of.
    """
    rows = []
    for claim in claims:
        with naming(f"claims.yaml: claim {claim.id}"):
            try:
                found = claim.finding(results)
            except Missing as error:
                found = Finding(None, f"{error}", "simulation", undecided_as=NOT_TESTED)
        wrong = found.verdict in (CORRECTED, REFUTED)
        row = {
            "id": claim.id,
            "kind": claim.kind,
            "section": claim.section,
            "paraphrase": claim.paraphrase,
            "verdict": found.verdict,
            "value": found.value,
            "error": found.error,
            "evidence": found.evidence + (_OWN_FIGURE if claim.kind == "figure" else ""),
            "right_form": found.right_form,
            "method": found.method,
            "artifact": CHECKS[claim.check].artifact,
            "note": claim.note_on(found.verdict),
            "fault": claim.fault if wrong else "",
            "cause": "; ".join(claim.cause or [claim.id]) if wrong else "",
        }
        rows.append(row)
    return pd.DataFrame(rows, columns=list(LEDGER.columns)).astype({"value": float, "error": float})
