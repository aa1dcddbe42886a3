"""SOURCE_DATE_EPOCH, by which whoever packs results says what time it is, so that they can be packed again the same."""

import re
from datetime import UTC, datetime

from duality.errors import InputError


def source_date(epoch: str | None) -> str | None:
    """The time that SOURCE_DATE_EPOCH stands for, in ISO 8601; None if it is not set.

    Parameters
    ----------
    epoch : str or None
        Seconds since 1970.

    Raises
    ------
    InputError
        If it is no whole number, or beyond the year 9999. NumPy and others read it too, and fail with a traceback.

    Sources
    -------
    https://reproducible-builds.org/specs/source-date-epoch/
    """
    if epoch is None:
        return None
    try:
        if re.fullmatch("[0-9]{1,15}", epoch):
            return datetime.fromtimestamp(int(epoch), UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        pass
    raise InputError(f"SOURCE_DATE_EPOCH must be a whole number of seconds since 1970, not {epoch[:40]!r}")
