"""The ledger: every claim of the paper, how it is checked, and the verdict.

A claim of `claims.yaml` names its check, a function of a module of this package, and gives it what it takes: what is
claimed. Within which tolerance it must hold is a rule for all claims of a kind, in the config.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd

from duality.claims import dataset, derivations, exponents, guard, jumps, training  # noqa: F401 (their checks)
from duality.claims.checks import CHECKS, Claim, Missing
from duality.claims.results import Results
from duality.config.reading import load_yaml
from duality.errors import InputError, naming
from duality.records.claims import LEDGER
from duality.records.estimates import Estimate
from duality.verdicts import CORRECTED, NOT_TESTED, REFUTED, Finding

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
                raise InputError(f"check: '{given['check']}' is none of {', '.join(sorted(CHECKS))}")
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
        `records.claims.LEDGER`, a row per claim, in their order.

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
        estimate = found.value if isinstance(found.value, Estimate) else None
        low, high = estimate.interval if estimate else (None, None)
        row = {
            "id": claim.id,
            "kind": claim.kind,
            "section": claim.section,
            "paraphrase": claim.paraphrase,
            "verdict": found.verdict,
            "value": estimate.value if estimate else found.value,
            "error": estimate.se if estimate else found.error,
            "low": low,
            "high": high,
            "evidence": found.evidence + (_OWN_FIGURE if claim.kind == "figure" else ""),
            "right_form": found.right_form,
            "method": found.method,
            "artifact": CHECKS[claim.check].artifact,
            "note": claim.note_on(found.verdict),
            "fault": claim.fault if wrong else "",
            "cause": "; ".join(claim.cause or [claim.id]) if wrong else "",
        }
        rows.append(row)
    numbers = [name for name, kind in LEDGER.columns.items() if kind is float]
    return pd.DataFrame(rows, columns=list(LEDGER.columns)).astype(dict.fromkeys(numbers, float))
