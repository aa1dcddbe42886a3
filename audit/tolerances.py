"""How far two artifacts are apart, and how far they may be: the classes of reference/tolerances.toml.

bytes        the same bytes
content      the same values, whatever a library stamps on them or however it packs them
numeric      every number within absolute + relative·|reference|; in a text, within so many units of its last digit
statistical  beyond that, every number that has an error beside it within so many of the reference's errors
visual       a picture or a page that shows data which pass, and within one version of Matplotlib the pixels or numbers
"""

import csv
import json
import math
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from content import pixels

KINDS = ("bytes", "content", "numeric", "statistical", "visual")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Tolerance:
    """What is allowed of the artifacts whose names fit a pattern; `kept` if the reference has their values.

    `free` are patterns of places whose numbers are not compared where they carry no error.
    """

    pattern: str
    kind: str
    kept: bool = False
    relative: float = 0.0
    absolute: float = 0.0
    units: float = 0.0  # of the last digit of a number in a text
    errors: float = 0.0  # of those that the artifact itself carries
    pixels: float = 0.0  # share of them
    free: tuple[str, ...] = ()

    def __post_init__(self):
        if self.kind not in KINDS or not all(0 <= getattr(self, name) < 1e3 for name in _AMOUNTS):
            raise ValueError(f"{self.pattern} has no such tolerance")


_AMOUNTS = ("relative", "absolute", "units", "errors", "pixels")


@dataclass(frozen=True)
class Distance:
    """The largest difference, as a multiple of what is allowed (above 1: too far), and what it is and where."""

    ratio: float
    told: str


def read_tolerances(path: Path) -> list[Tolerance]:
    """The tolerances of a file, in its order.

    Raises
    ------
    ValueError, OSError
        It is no such file.
    """
    with open(path, "rb") as file:
        content = tomllib.load(file)
    try:
        return [Tolerance(**entry | {"free": tuple(entry.get("free", ()))}) for entry in content["artifacts"]]
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{path}: {error}") from error


def tolerance_of(name: str, tolerances: list[Tolerance]) -> Tolerance:
    """The first whose pattern fits; without one, every byte counts."""
    return next((one for one in tolerances if fnmatchcase(name, one.pattern)), Tolerance(name, "bytes"))


def distance(mine: Path, theirs: Path, tolerance: Tolerance) -> Distance:
    """How far a file is from that of the reference.

    Raises
    ------
    ValueError
        One of them is not what its name says.
    """
    try:
        return _distance(mine, theirs, tolerance)
    except Exception as error:  # whatever a hostile file makes a reader fail with
        raise ValueError(f"it cannot be compared ({type(error).__name__}: {error})") from error


def _distance(mine: Path, theirs: Path, tolerance: Tolerance) -> Distance:
    if tolerance.kind == "visual" and mine.suffix == ".png":
        return _pictures(mine, theirs, tolerance.pixels)
    if mine.suffix in (".npy", ".npz"):
        return _arrays(mine, theirs, tolerance)
    reader = {".csv": _table, ".json": _json}.get(mine.suffix, _text)
    ours, trusted = list(reader(mine)), list(reader(theirs))
    for (place, *_), (other, *_) in zip(ours, trusted, strict=False):
        if place != other:
            return Distance(math.inf, f"{place} where the reference has {other}")
    if len(ours) != len(trusted):
        return Distance(math.inf, f"{len(ours)} values where the reference has {len(trusted)}")
    worst = Distance(0.0, "")
    for (place, value, _, _), (_, trusted_value, error, unit) in zip(ours, trusted, strict=True):
        if error is None and any(fnmatchcase(place, pattern) for pattern in tolerance.free):
            continue
        found = _value(value, trusted_value, error, unit, tolerance)
        if found > worst.ratio:
            worst = Distance(found, f"{place} is {value!r}, {trusted_value!r} in the reference")
    return worst


def _value(mine: Any, theirs: Any, error: float | None, unit: float, tolerance: Tolerance) -> float:
    """The difference of two values as a multiple of what is allowed."""
    if mine == theirs or not (isinstance(mine, float) and isinstance(theirs, float)):
        return 0.0 if mine == theirs else math.inf
    if math.isnan(mine) and math.isnan(theirs):
        return 0.0
    allowed = tolerance.absolute + tolerance.relative * abs(theirs) + tolerance.units * unit
    if tolerance.kind == "statistical" and error is not None:
        allowed += tolerance.errors * error
    gap = abs(mine - theirs)
    if not math.isfinite(gap):
        return math.inf
    return gap / allowed if allowed > 0 else math.inf


# What a file holds, in its order: place, value (a float, or a text), the error beside it, the unit of its last digit.
Value = tuple[str, Any, float | None, float]


def _float(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text


def _table(path: Path) -> Iterator[Value]:
    with open(path, encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, strict=True)
    for number, row in enumerate(rows, start=1):
        cells = dict(zip(header, map(_float, row), strict=True))
        for column, value in cells.items():
            error = cells.get("error" if column == "value" else f"{column}_se")
            place = f"row {number}, column {column}"
            if isinstance(value, str):
                yield from _words(place, value)
            else:
                yield place, value, error if isinstance(error, float) else None, 0.0


def _json(path: Path) -> Iterator[Value]:
    def walk(content: Any, place: str, error: float | None) -> Iterator[Value]:
        if isinstance(content, dict):
            for key, value in content.items():
                beside = content.get("se" if key == "value" else f"{key}_se")
                beside = float(beside) if isinstance(beside, float | int) else None
                yield from walk(value, f"{place}/{key}" if place else key, beside)
        elif isinstance(content, list):
            for index, value in enumerate(content):
                yield from walk(value, f"{place}/{index}", error)
        elif isinstance(content, float | int) and not isinstance(content, bool):
            yield place, float(content), error, 0.0
        else:
            yield place, str(content), None, 0.0

    yield from walk(json.loads(path.read_bytes()), "", None)


def _text(path: Path) -> Iterator[Value]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        # How wide a column is hangs on its longest number.
        yield from _words(f"line {number}", re.sub("--+", "--", " ".join(line.split())))


def _words(place: str, text: str) -> Iterator[Value]:
    """The numbers of a text, with the unit of their last digit, and what stands between them."""
    end = 0
    for found in _NUMBER.finditer(text):
        yield place, text[end : found.start()], None, 0.0
        digits, _, power = found.group().lower().partition("e")
        unit = 10.0 ** (int(power or 0) - len(digits.partition(".")[2]))
        yield place, float(found.group()), None, unit
        end = found.end()
    yield place, text[end:], None, 0.0


def _arrays(mine: Path, theirs: Path, tolerance: Tolerance) -> Distance:
    ours, trusted = _loaded(mine), _loaded(theirs)
    if {name: (a.dtype, a.shape) for name, a in ours.items()} != {
        name: (a.dtype, a.shape) for name, a in trusted.items()
    }:
        return Distance(math.inf, "other names, types or shapes of arrays")
    worst = Distance(0.0, "")
    for name, array in ours.items():
        ratio = _ratios(array, trusted[name], tolerance).ravel()
        place = int(np.argmax(ratio)) if ratio.size else 0
        if ratio.size and ratio[place] > worst.ratio:
            told = f"{name}[{place}] is {array.ravel()[place]}, {trusted[name].ravel()[place]} in the reference"
            worst = Distance(float(ratio[place]), told)
    return worst


def _ratios(mine: np.ndarray, theirs: np.ndarray, tolerance: Tolerance) -> np.ndarray:
    """The differences of two arrays as multiples of what is allowed; not a number is like not a number."""
    if mine.dtype.kind not in "fiu":
        return np.where(mine == theirs, 0.0, np.inf)
    with np.errstate(all="ignore"):
        gap = np.abs(np.subtract(mine, theirs, dtype=float))
        allowed = tolerance.absolute + tolerance.relative * np.abs(theirs.astype(float))
        ratio = np.where(np.isfinite(gap) & (allowed > 0), gap / allowed, np.inf)
    return np.where((mine == theirs) | (np.isnan(mine) & np.isnan(theirs)), 0.0, ratio)


def _loaded(path: Path) -> dict[str, Any]:
    loaded = np.load(path, allow_pickle=False)
    return {name: loaded[name] for name in loaded.files} if path.suffix == ".npz" else {"array": loaded}


def _pictures(mine: Path, theirs: Path, share: float) -> Distance:
    different = _different_pixels(mine, theirs, mine.stat().st_mtime_ns, theirs.stat().st_mtime_ns)
    told = f"{different:.2g} of the pixels' channels are others than in the reference"
    if not math.isfinite(different):
        told = "another size of the picture"
    return Distance(different / share if share else math.inf if different else 0.0, told)


@cache
def _different_pixels(mine: Path, theirs: Path, *_: int) -> float:
    """The share of the channels of two pictures that differ; infinite if they have other sizes."""
    ours, trusted = (np.array([np.frombuffer(row, np.uint8) for row in pixels(path)]) for path in (mine, theirs))
    return float(np.mean(ours != trusted)) if ours.shape == trusted.shape else math.inf
