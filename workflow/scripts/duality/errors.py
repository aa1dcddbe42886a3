"""The one exception that stands for bad input rather than for a fault of ours."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


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
