"""The one exception that stands for bad input rather than for a fault of ours, and what its messages are made of."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class InputError(ValueError):
    """Bad input, described in one line that names the key, the value and what is allowed."""

    def __init__(self, message: str):
        super().__init__(" ".join(message.split()))


_told: list[Callable[[str], None]] = []


def announce_steps(tell: Callable[[str], None]) -> None:
    """Have it told which step begins: of a step that never ends nobody could say it later."""
    _told[:] = [tell]


def announce(step: str) -> None:
    """Say which step begins: the key of the config, or the formula, that the program works with."""
    for tell in _told:
        tell(" ".join(step.split()))


@contextmanager
def at(key: str) -> Iterator[None]:
    """Say that the body works with a key of the config, or with a formula.

    This is the boundary to the libraries: whatever they fail with on what the config says is bad input, and becomes an
    `InputError` that names the key. An `InputError` of the body stays as it is.
    """
    announce(key)
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise InputError(f"{key}: nothing can be computed with it ({short(what)})") from error


@contextmanager
def naming(key: str) -> Iterator[None]:
    """What `at` does, and put the key before the message of an `InputError` of the body."""
    with at(key):
        try:
            yield
        except InputError as error:
            raise InputError(f"{key}: {error}") from error


@contextmanager
def ending_in_one_line(before: str = "") -> Iterator[None]:
    """End the program with the message of an `InputError` of the body after a text, and without a traceback."""
    try:
        yield
    except InputError as error:
        sys.exit(f"{before}{error}")


def short(value: Any) -> str:
    """A value as a message quotes it: on one line, at most 80 characters."""
    try:
        text = re.sub(r"\s+", " ", repr(value))
    except ValueError:  # Python writes no integer of more than 4300 decimal digits
        return "an integer of thousands of digits"
    return text if len(text) <= 80 else f"{text[:77]}…"


def refusal(key: str, value: Any, allowed: str) -> InputError:
    """The error that says which key has a value that is not allowed, and what is."""
    return InputError(f"{key} = {short(value)}: must be {allowed}")


def part_of_key(key: Any) -> str:
    """A key as part of a path of keys: as it is if it is plain, else quoted."""
    return key if isinstance(key, str) and re.fullmatch(r"\w{1,64}", key) else short(key)
