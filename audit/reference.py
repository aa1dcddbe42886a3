"""A trusted run: its manifest, the values that it keeps, the tolerances, and the history that seals them.

Each line of the history seals the line before it and all files of the reference, so that nothing of it can be changed
without a new line, and no line without all that follow. Who rewrites all of it is found out by a signature alone.
"""

import hashlib
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from run import Run
from tolerances import Tolerance, read_tolerances
from tree import Tree, Unreadable

HISTORY, TOLERANCES, RUN = "history.jsonl", "tolerances.toml", "run"
NAMESPACE = "dataset-learning-duality"


@dataclass(frozen=True)
class Reference:
    """A run that is trusted; `broken` tells why it cannot be, `signer` who signed its history."""

    run: Run
    tolerances: list[Tolerance]
    broken: str = ""
    signer: str = ""

    @classmethod
    def read(cls, folder: Path, tolerances: Path, signers: Path | None) -> "Reference":
        """The reference in a folder: that of the repository, with its history, or the results of another run.

        Parameters
        ----------
        folder : Path
        tolerances : Path
            Those for another run, which has none.
        signers : Path or None
            Who may sign the history, as ssh-keygen wants it (ALLOWED SIGNERS).

        Raises
        ------
        Unreadable, ValueError, OSError
        """
        if not (folder / HISTORY).is_file():
            if signers is not None:
                raise Unreadable("has no history that could be signed")
            run = Run.read(Tree(folder))
            broken = "" if run.intact else "its manifest is not what its root digest seals"
            return cls(run, read_tolerances(tolerances), broken)
        run, allowed = Run.read(Tree(folder / RUN)), read_tolerances(folder / TOLERANCES)
        broken = "" if run.intact else "the manifest is not what its root digest seals"
        broken = broken or _break(folder, run)
        signer = "" if signers is None else _signer(folder / HISTORY, signers)
        if signers is not None and not signer:
            broken = broken or "the history is not signed by any of those who may"
        return cls(run, allowed, broken, signer)


def sealed(folder: Path) -> str:
    """The digest of all files of the reference by their names, but for the history itself and for programs."""
    files = [
        path
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts
    ]
    digest = hashlib.sha256()
    for path in sorted(path for path in files if not path.name.startswith(HISTORY)):
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{found}\n".encode())
    return digest.hexdigest()


def _break(folder: Path, run: Run) -> str:
    """Where the chain of the history is broken; empty if nowhere."""
    previous = None
    lines = (folder / HISTORY).read_bytes().splitlines()
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
            linked = entry["number"] == number and entry["previous"] == previous
        except (ValueError, TypeError, KeyError, RecursionError):
            linked = False
        if not linked:
            return f"line {number} of the history does not follow from the one before"
        previous = hashlib.sha256(line).hexdigest()
    if not lines or entry.get("root") != run.root or entry.get("files") != sealed(folder):
        return "the reference is not what the last line of its history seals"
    return ""


def _signer(history: Path, signers: Path) -> str:
    """Who of the allowed ones signed the history; empty if nobody."""
    signature = history.with_name(f"{history.name}.sig")
    try:
        find = ["ssh-keygen", "-Y", "find-principals", "-s", signature, "-f", signers]
        who = subprocess.run(find, capture_output=True, text=True, check=True).stdout.strip().partition("\n")[0]
        verify = ["ssh-keygen", "-Y", "verify", "-f", signers, "-I", who, "-n", NAMESPACE, "-s", signature]
        subprocess.run(verify, input=history.read_bytes(), capture_output=True, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return who
