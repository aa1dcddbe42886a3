"""An experiment that failed: its training died, diverged, or came to no equilibrium, and there is nothing to measure.

That is a finding, and the other experiments go on. Every file of the failed one says why it failed, in the form that
its ending promises, in place of what a stage makes of a complete one; whoever reads one of them learns of the failure.
"""

import csv
import json
from collections.abc import Callable
from pathlib import Path

from duality.errors import InputError

_KEY = "failed"


class ExperimentFailed(InputError):
    """Why an experiment has no equilibrium: after how many steps it was given up, what was seen, and what to change.

    Attributes
    ----------
    told : bool
        Whether a file said so, and not the training itself.
    """

    def __init__(self, why: str, told: bool = False):
        super().__init__(why)
        self.told = told


def _json(why: str, path: Path) -> None:
    path.write_text(json.dumps({_KEY: why}, indent=2), encoding="utf-8")


def _csv(why: str, path: Path) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([[_KEY], [why]])


def _npz(why: str, path: Path) -> None:
    import numpy as np  # Snakemake, which asks what failed at the end of a run, has no need of it

    np.savez(path, failed=np.array(why))


def _text(why: str, path: Path) -> None:
    path.write_text(f"{why[:1].upper()}{why[1:]}.\n", encoding="utf-8")


# By the ending of a file. Those of pictures come from `duality.figures.style`: none but figures can draw.
WRITERS: dict[str, Callable[[str, Path], None]] = {".json": _json, ".csv": _csv, ".npz": _npz, ".txt": _text}


def write_failure(why: str, path: str | Path) -> None:
    """Write why an experiment failed into one of its files.

    Raises
    ------
    KeyError
        If nobody knows how to say so in a file of this ending.
    """
    WRITERS[Path(path).suffix](why, Path(path))


def check_complete(path: str | Path) -> None:
    """Refuse a JSON, CSV or NPZ file that says why its experiment failed.

    Raises
    ------
    ExperimentFailed
    """
    if (why := failure_in(path)) is not None:
        raise ExperimentFailed(why, told=True)


def failure_in(path: str | Path) -> str | None:
    """Why an experiment failed, if this file of it says so; None for a file of a complete one."""
    ending = Path(path).suffix
    if ending == ".npz":
        import numpy as np

        with np.load(path, allow_pickle=False) as arrays:
            return str(arrays[_KEY]) if arrays.files == [_KEY] else None
    with open(path, "rb") as file:
        start = file.read(64)
        if ending == ".csv" and start.startswith(f"{_KEY}\n".encode()):
            file.seek(0)
            (_, (why,)) = csv.reader(file.read().decode("utf-8").splitlines())
            return why
        if ending == ".json" and start.split()[:2] == [b"{", f'"{_KEY}":'.encode()]:
            file.seek(0)
            return str(json.loads(file.read().decode("utf-8"))[_KEY])
    return None
