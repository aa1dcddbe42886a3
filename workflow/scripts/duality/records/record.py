"""Records: structures that one stage hands on to another as JSON, checked by name and type at either end.

A key that is renamed, dropped, added or of another type stops the job that meets it with one line, whether it writes
the file or reads it. What a stage hands on is declared in the module of its name here, and nowhere else.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from duality.errors import InputError
from duality.failures import ExperimentFailed, check_complete

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Positive = Annotated[float, msgspec.Meta(gt=0)]
Factor = Annotated[float, msgspec.Meta(ge=1)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]
Correlation = Annotated[float, msgspec.Meta(ge=-1, le=1)]
Count = Annotated[int, msgspec.Meta(ge=0)]
Sign = Literal[-1, 1]
Pair = tuple[float, float]
Matrix = tuple[Pair, Pair]


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A frozen structure that is checked when it is written and when it is read."""


R = TypeVar("R")


def convert(content: Any, kind: type[R], where: str) -> R:
    """Plain data as a record of some kind.

    Parameters
    ----------
    content : mappings, lists, texts and numbers
    kind : type
        A `Record`, or a container of them such as dict[str, Equilibrium].
    where : str
        What the message calls the content.

    Raises
    ------
    InputError
        If a key is unknown, missing or of another type, or a value is out of its range.
    """
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError as error:
        raise InputError(f"{where}: {str(error).replace('`$.', '`').replace('`$[...]', '`each entry')}") from error


def plain(record: Any) -> Any:
    """A record, or a container of records, as mappings, lists, texts and numbers.

    Raises
    ------
    InputError
        If a value is none of these, such as a number of NumPy's.
    """
    try:
        return msgspec.to_builtins(record)
    except TypeError as error:
        raise InputError(f"a value of {type(record).__name__} is no plain number or text: {error}") from error


def write(record: Any, path: str | Path, kind: type) -> None:
    """Write a record, or a container of records, of a kind as JSON, and check it as the reader will.

    Raises
    ------
    InputError
        If it is not of that kind, or holds a number that is not finite.
    """
    content = plain(record)
    convert(content, kind, str(path))
    try:
        text = json.dumps(content, indent=2, allow_nan=False)
    except ValueError as error:
        raise InputError(f"{path}: a number is not finite") from error
    Path(path).write_text(text, encoding="utf-8")


def read(path: str | Path, kind: type[R]) -> R:
    """Read what `write` wrote.

    Raises
    ------
    InputError
        If the file is no JSON of that kind.
    ExperimentFailed
        If it says instead why its experiment failed.
    """
    check_complete(path)
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path} is no JSON file") from error
    return convert(content, kind, str(path))


def complete_and_failed(
    reader: Callable[..., R], names: Iterable[str], *paths: Iterable[str | Path]
) -> tuple[dict[str, R], dict[str, str]]:
    """What is read of every experiment that is complete, and why the others failed, both by name.

    Parameters
    ----------
    reader : function
        Of the paths of an experiment.
    names : names
        Of the experiments, or of what shows one each.
    paths : lists of paths
        In the order of the names.
    """
    found: dict[str, R] = {}
    failed: dict[str, str] = {}
    for name, *own in zip(names, *paths, strict=True):
        try:
            found[name] = reader(*own)
        except ExperimentFailed as error:
            failed[name] = str(error)
    return found, failed


def complete(reader: Callable[..., R], names: Iterable[str], *paths: Iterable[str | Path]) -> dict[str, R]:
    """What is read of every experiment that is complete.

    Raises
    ------
    ExperimentFailed
        If none is.
    """
    found, failed = complete_and_failed(reader, names, *paths)
    if failed and not found:
        raise ExperimentFailed(
            f"no experiment is complete: {'; '.join(f'{n} {why}' for n, why in failed.items())}", True
        )
    return found
