"""The one exception that stands for bad input rather than for a fault of ours."""


class InputError(ValueError):
    """Bad input, described in one line that names the key, the value and what is allowed."""
