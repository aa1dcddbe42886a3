"""Links: of files that are pages of the site too, and to files that a page shows better."""

import posixpath
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# Files elsewhere that are pages of the site too, by the name of the page.
COPIED = {
    "contributing": "CONTRIBUTING.md",
    "security": "SECURITY.md",
    "changelog": "CHANGELOG.md",
    "results": "results/README.md",
}
# Files that a page shows better: who reads the sources follows a link to them, who reads the site comes to the page.
SHOWN = {
    "configuration": "workflow/schemas/config.schema.yaml",
    "ledger": "reference/run/claims/ledger.md",
    "theory": "reference/run/theory/theory.md",
}
PAGE_OF = {file: f"docs/generated/{page}.md" for page, file in (COPIED | SHOWN).items()}


def relinked(text: str, here: str, there: str) -> str:
    """Markdown of one folder as a page of another: its links lead from there, and to pages where there are some.

    Parameters
    ----------
    text : str
    here, there : str
        Folders, as seen from the root of the repository.
    """

    def moved(link: re.Match[str]) -> str:
        words, (target, _, anchor) = link[1], link[2].partition("#")
        if "://" in target or not target:
            return link[0]
        path = posixpath.normpath(posixpath.join(here, target))
        if (ROOT / path).is_dir():
            return words  # is no page, and nothing to download
        to = posixpath.relpath(PAGE_OF.get(path, path), there or ".")
        return f"[{words}]({to}{'#' if anchor else ''}{anchor})"

    return re.sub(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)", moved, text)


def read_source(_app: Any, page: str, text: list[str]) -> None:
    """The pages that are no generated ones link to files, so that they can be read without the site."""
    if not page.startswith("generated/"):
        text[0] = relinked(text[0], "docs", "docs")


def read_included(_app: Any, _file: Path, _page: str, text: list[str]) -> None:
    """README on the first page."""
    text[0] = relinked(text[0], "", "docs")
