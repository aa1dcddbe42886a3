"""The commands that a page of the documentation shows, for tests that run them."""

import re
from pathlib import Path


def commands(path: Path) -> list[str]:
    """What stands behind `$ ` in the ```console blocks of a page, in order."""
    blocks = re.findall(r"^```console\n(.*?)^```", path.read_text(encoding="utf-8"), re.M | re.S)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ ")]
