"""What lies in results/ and a run with this config does not make: of another config, of other code, or of no job."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

_RECORDS = "results/provenance"
_OF_NO_JOB = ("results/README.md", "results/audit.html")  # tracked, and what `snakemake audit` writes
# What the wildcards of a job must be among, where no place of the config has their name.
_COUNTED = {"shard": "dataset/training_shards", "realisation": "realisations/number"}
_LISTED = {"batch": "division/batches"}

Records = dict[str, dict[str, Any]]  # by the output of a job, its record


def leftovers(at: Callable[[str], Any], code: Callable[[str], str], folder: Path = Path()) -> dict[str, str]:
    """Files that a run with a config does not make, or not as they are, and why.

    Parameters
    ----------
    at : function of str
        What the resolved config has at a place, see `duality.config.excerpt.excerpt`; KeyError if it has none.
    code : function of str
        The digest of the code of a rule as it is now, see `duality.provenance.code.code_digest`.
    folder : Path
        That has results/.

    Returns
    -------
    dict
        By the names of the files as seen from the folder. What was edited since it was made is not looked for: that is
        for `snakemake audit` to tell.
    """
    records = dict(_records(folder))
    reasons: dict[str, str] = {}
    for name in records:
        _reason(name, records, at, code, reasons)
    found = {name: why for name, why in sorted(reasons.items()) if why and (folder / name).is_file()}
    for path in sorted((folder / "results").rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in records and name not in _OF_NO_JOB and not name.startswith(_RECORDS):
            found[name] = "no job recorded it"
    return found


def _records(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted((folder / _RECORDS).rglob("*.json")):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            parts = [record[part] for part in ("params", "config", "inputs", "outputs", "wildcards")]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if all(isinstance(part, dict) for part in parts) and isinstance(record.get("rule"), str):
            yield from ((name, record) for name in record["outputs"])


def _reason(
    name: str, records: Records, at: Callable[[str], Any], code: Callable[[str], str], reasons: dict[str, str]
) -> str:
    """Why an output is not what a run makes now; empty if it is. All outputs of a job share the reason."""
    if name in reasons:
        return reasons[name]
    record = records[name]
    why = _own_reason(record, at, code)
    reasons |= dict.fromkeys(record["outputs"], why)  # before its inputs are looked at: hostile records may be a circle
    for other, digest in () if why else record["inputs"].items():
        if not other.startswith("results/"):
            continue  # data of one's own
        if other not in records:
            why = f"it rests on {other}, which is not there any more"
        elif cause := _reason(other, records, at, code, reasons):
            why = cause if cause.startswith("it rests on") else f"it rests on {other}, and there {cause}"
        elif records[other]["outputs"][other]["sha256"] != digest:
            why = f"it rests on {other}, which was made anew since"
        if why:
            break
    reasons |= dict.fromkeys(record["outputs"], why)
    return why


def _own_reason(record: Mapping[str, Any], at: Callable[[str], Any], code: Callable[[str], str]) -> str:
    for parameter, place in record["config"].items():
        try:
            now = at(place)
        except (KeyError, TypeError, AttributeError):
            return f"the config has no {place.replace('/', '.')} any more"
        if json.loads(json.dumps(now, default=str)) != record["params"].get(parameter):
            return f"{place.replace('/', '.')} was another"
    for wildcard, value in record["wildcards"].items():
        number, among = _COUNTED.get(wildcard), _LISTED.get(wildcard)
        if (number and int(value) >= at(number)) or (among and value not in at(among)):
            return f"the config has no {wildcard} {value} any more"
    try:
        changed = code(record["rule"]) != record["params"].get("code")
    except OSError:
        return f"the workflow has no rule {record['rule']}"
    return "its code was changed since" if changed else ""
