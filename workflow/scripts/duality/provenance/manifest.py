"""The manifest: one file that seals the records of all jobs, and with them every result and what it was made from."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from duality.errors import InputError
from duality.provenance.job_records import file_digest, maker_of

FORMAT = 1


def manifest(targets: Iterable[str | Path]) -> dict[str, Any]:
    """What a manifest says of some results and of all that they were made from.

    Parameters
    ----------
    targets : iterable of path
        Below results/.

    Returns
    -------
    dict
        format; records, the digest of each job's record; artifacts, for every result its sha256, size and content as
        recorded, and the record; root, the digest of all that.

    Raises
    ------
    InputError
        If a result has no record, or is not what was recorded.
    """
    records: dict[str, str] = {}
    artifacts: dict[str, Any] = {}
    pending = [str(target) for target in targets]
    while pending:
        name = pending.pop()
        if name in artifacts:
            continue
        path, record = maker_of(name)
        records[path.as_posix()] = file_digest(path)
        for output, made in record["outputs"].items():
            if file_digest(output) != made["sha256"]:
                raise InputError(f"{output} is not what its job made: delete it, and it is made again")
            artifacts[output] = {**made, "record": path.as_posix()}
        pending += [source for source in record["inputs"] if Path(source).parts[0] == path.parts[0]]
    sealed = {"format": FORMAT, "records": dict(sorted(records.items())), "artifacts": dict(sorted(artifacts.items()))}
    return {**sealed, "root": root_of(sealed)}


def root_of(sealed: dict[str, Any]) -> str:
    """SHA-256 of a manifest without its root: of its JSON, keys in order, in ASCII, with no spaces."""
    text = json.dumps(sealed, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()
