"""The one exception that stands for bad input rather than for a fault of ours, and what its messages are made of."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class InputError(ValueError):
    """Bad input, described in one line that names the key, the value and what is allowed."""

    def __init__(self, message: str):
        super().__init__(" ".join(message.split()))


@contextmanager
def naming(key: str) -> Iterator[None]:
    """Put the key of the config that is at fault before the message of an `InputError` of the body."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{key}: {error}") from error


@contextmanager
def ending_in_one_line() -> Iterator[None]:
    """End the program with the message of an `InputError` of the body, and without a traceback."""
    try:
        yield
    except InputError as error:
        sys.exit(str(error))


def short(value: Any) -> str:
    """A value as a message quotes it: on one line, at most 80 characters."""
    try:
        text = re.sub(r"\s+", " ", repr(value))
    except ValueError:  # Python writes no integer of more than 4300 decimal digits
        return "an integer of thousands of digits"
    return text if len(text) <= 80 else f"{text[:77]}…"
