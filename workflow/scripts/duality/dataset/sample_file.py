"""A sample of one's own: a column of a CSV file, or an NPY file, of x1.

It is read as it stands or not at all: a row with a field too many would shift the columns, a second column of one name
would hide the first. What a file may cost is bounded, whatever it claims to hold.
"""

import csv
import math
from array import array
from collections import Counter
from collections.abc import Iterator, Sized
from itertools import islice
from pathlib import Path
from typing import IO

import numpy as np

from duality.errors import InputError, short

LARGEST_FILE = 2**31  # bytes
MOST_VALUES = 50_000_000
_LONGEST_LINE = 1_000_000  # characters
_NAMES_SHOWN = 5
_FIELDS_AT_ONCE = 200_000
LARGEST_VALUE = 1e9  # of |x1|: what is larger would leave no digits for what the data differ by


def read_column(path: str, column: str | None, most: int | None = None) -> np.ndarray:
    """The values of x1 in a file of one's own.

    Parameters
    ----------
    path : str
        A CSV file with a header, as plain text, or a one-dimensional NPY file; of at most 2 GiB and 5·10⁷ values, none
        of them beyond ±10⁹.
    column : str or None
        The column of the CSV file; None for an NPY file.
    most : int, optional
        How many values to read: of a longer CSV file the first ones, and what comes later is not looked at. By default
        all of them.

    Returns
    -------
    ndarray of float64, shape (n,)

    Raises
    ------
    InputError
        In one line, with the line of the file if there is one: if there is no such file or column, a row has more or
        fewer fields than the header, two columns have one name, a value is no finite number, or all are the same.
    """
    file = Path(path)
    if not file.is_file():
        raise InputError(f"there is no file {short(path)}")
    if file.stat().st_size > LARGEST_FILE:
        raise InputError(f"{short(path)} has more than {LARGEST_FILE >> 30} GiB")
    try:
        values = _npy(file) if file.suffix == ".npy" else _csv(file, column, most)
    except OSError as error:
        raise InputError(f"{short(path)} cannot be read ({type(error).__name__})") from error
    if values.size == 0 or values.min() == values.max():
        raise InputError(f"{short(path)} must hold at least two different values of x1")
    return values


def _npy(path: Path) -> np.ndarray:
    name = short(str(path))
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # NumPy has many ways to fail on a header that is none
        raise InputError(f"{name} is not an NPY file of numbers") from error
    if not isinstance(values, np.ndarray):
        raise InputError(f"{name} is an NPZ archive, not an NPY file")
    if values.ndim != 1 or values.dtype.kind not in "fiu":
        raise InputError(f"{name} must hold a one-dimensional array of numbers, not {values.dtype} {values.shape}")
    _check_number(values, name)
    with np.errstate(over="ignore"):  # of what no double holds
        values = np.array(values, dtype=float)
    if bad := int(np.sum(~(np.abs(values) <= LARGEST_VALUE))):
        raise InputError(
            f"{name} has {bad} values of x1 that are no number from {-LARGEST_VALUE:g} to {LARGEST_VALUE:g}"
        )
    return values


def _csv(path: Path, column: str | None, most: int | None) -> np.ndarray:
    name, values = short(str(path)), array("d")
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(_lines(file, name), strict=True)
        try:
            header = next(rows, [])
            index = _index_of(column, header, name)
            at_once = max(1, _FIELDS_AT_ONCE // len(header))
            while chunk := [(rows.line_num, row) for row in islice(rows, at_once)]:
                values.extend(_numbers(chunk, index, header, name))
                _check_number(values, name)
                if most is not None and len(values) >= most:
                    break
        except UnicodeDecodeError as error:
            raise InputError(f"{name} is not a CSV file of plain text (UTF-8)") from error
        except csv.Error as error:
            raise InputError(f"{name} is not a CSV file: line {rows.line_num}: {error}") from error
    return np.frombuffer(values)[:most]


def _check_number(values: Sized, name: str) -> None:
    if len(values) > MOST_VALUES:
        raise InputError(f"{name} has more than {MOST_VALUES} values")


def _lines(file: IO[str], name: str) -> Iterator[str]:
    """The lines of a file, none of them so long that it fills the memory."""
    size = 0
    while line := file.readline(_LONGEST_LINE):
        size += len(line)
        if len(line) == _LONGEST_LINE or size > LARGEST_FILE:
            raise InputError(f"{name} has a line of a million characters, or more than {LARGEST_FILE >> 30} GiB")
        yield line


def _index_of(column: str | None, header: list[str], name: str) -> int:
    """Which column it is, if the header names each once."""
    known = f"its columns: {_shown(header[:_NAMES_SHOWN])}{', …' if len(header) > _NAMES_SHOWN else ''}"
    if column is None:
        raise InputError(f"{name} is a CSV file: column must say which of its columns is x1 ({known})")
    if twice := [field for field, number in Counter(header).items() if number > 1]:
        raise InputError(f"{name}: line 1 names the column {_shown(twice[:1])} more than once")
    if column not in header:
        raise InputError(f"{name} has no column {short(column)} ({known})")
    return header.index(column)


def _shown(names: list[str]) -> str:
    """Names of columns for a message: short and printable, whatever the file is."""
    return ", ".join(f"'{name}'" if name.isprintable() and len(name) <= 32 else "(no name)" for name in names)


def _numbers(rows: list[tuple[int, list[str]]], index: int, header: list[str], name: str) -> list[float]:
    """The numbers of a column in some rows, each with its line; empty lines do not count."""
    fields = [row[index] for _, row in rows if len(row) == len(header)]
    try:
        numbers = list(map(float, fields))
        # Python alone would take 1_0 for ten, and the digits of all scripts.
        written = "".join(fields)
        sound = (
            len(fields) == len(rows)
            and "_" not in written
            and written.isascii()
            and math.isfinite(sum(numbers))
            and max(map(abs, numbers), default=0) <= LARGEST_VALUE
        )
    except ValueError:
        sound = False
    return numbers if sound else [number for row in rows for number in _number(*row, index, header, name)]


def _number(line: int, row: list[str], index: int, header: list[str], name: str) -> list[float]:
    """The number of one row, or what is wrong with it; none of an empty line."""
    if not row:
        return []
    if len(row) != len(header):
        raise InputError(f"{name}: line {line} has {len(row)} fields, line 1 has {len(header)}")
    text = row[index]
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not abs(number) <= LARGEST_VALUE or "_" in text or not text.isascii():
        column, most = short(header[index]), f"{LARGEST_VALUE:g}"
        raise InputError(f"{name}: line {line}: {short(text)} in column {column} is no number from -{most} to {most}")
    return [number]
