"""The commands that a page of the docs tells people to type."""

import re
from pathlib import Path


def commands(path: Path) -> list[str]:
    """What follows `$ ` in the blocks of a page that are marked as console, in the page's order."""
    blocks = re.findall(r"^```console\n(.*?)^```$", path.read_text(encoding="utf-8"), re.M | re.S)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ ")]
