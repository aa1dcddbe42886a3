"""The commands that a page of the documentation shows, so that tests can run them."""

import re
from pathlib import Path


def commands(path: Path) -> list[str]:
    """The lines that begin with "$ " in the blocks ```console of a page, without that beginning."""
    blocks = re.findall(r"^```console\n(.*?)^```$", path.read_text(encoding="utf-8"), re.M | re.S)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ ")]
