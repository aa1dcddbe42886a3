"""A folder of results that nobody vouches for: only regular files inside it are read, of the size they should have.

Nothing here follows a link, opens a pipe, unpickles, or writes.
"""

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

LARGEST_JSON = 20_000_000  # bytes
DEEPEST = 32  # levels: what walks through them need not count
_NAME = re.compile(r"results(/[^/\0]+)+")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Unreadable(Exception):
    """Why a file of the tree is not read."""


class Tree:
    """The files below a folder, by names such as results/table/table.csv, whatever the folder itself is called."""

    def __init__(self, folder: Path):
        self.folder = folder

    def place(self, name: str) -> Path:
        """Where a file is, if the name is one that stays inside the folder."""
        encodable = name.isascii() or name.encode("utf-8", "replace").decode() == name
        if not encodable or not _NAME.fullmatch(name) or any(part in (".", "..") for part in name.split("/")):
            raise Unreadable("is no name of a file in results/")
        return self.folder.joinpath(*name.split("/")[1:])

    def size(self, name: str) -> int | None:
        """Of a regular file; None if there is none."""
        path = self.place(name)
        for parent in [*reversed(path.relative_to(self.folder).parents), path.relative_to(self.folder)]:
            try:
                status = os.lstat(self.folder / parent)
            except OSError:
                return None
            if stat.S_ISLNK(status.st_mode) and parent != Path("."):
                raise Unreadable("is a link")
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("is no regular file")
        return status.st_size

    def digest(self, name: str) -> str:
        """SHA-256 of a file's bytes."""
        try:
            with open(self.place(name), "rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise Unreadable(f"cannot be read ({type(error).__name__})") from None

    def json(self, name: str) -> tuple[Any, str]:
        """The content of a JSON file, and the digest of its bytes."""
        size = self.size(name)
        if size is None or size > LARGEST_JSON:
            raise Unreadable("is missing" if size is None else "is too large")
        try:
            data = self.place(name).read_bytes()
            content = json.loads(data)
        except OSError as error:
            raise Unreadable(f"cannot be read ({type(error).__name__})") from None
        except (ValueError, RecursionError):
            raise Unreadable("is no JSON") from None
        level = [content]
        for _ in range(DEEPEST):
            level = [part for one in level if isinstance(one, dict | list) for part in _parts(one)]
        if level:
            raise Unreadable("is nested too deeply")
        return content, hashlib.sha256(data).hexdigest()

    def names(self, most: int, below: str = "results") -> Iterator[str]:
        """Every name in a folder of the tree, links and pipes too, but not more than so many."""
        pending = [(below, self.folder.joinpath(*below.split("/")[1:]))]
        while pending and most > 0:
            prefix, folder = pending.pop()
            try:
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
            except OSError:
                yield f"{prefix}/"
                continue
            for entry in entries:
                name = f"{prefix}/{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    pending.append((name, Path(entry.path)))
                    continue
                yield name
                most -= 1
                if most <= 0:
                    return


def _parts(content: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return content.values() if isinstance(content, dict) else content


def is_digest(text: Any) -> bool:
    """Whether something is a SHA-256, hexadecimal."""
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None


def root_of(sealed: dict[str, Any]) -> str:
    """SHA-256 of a manifest without its root: of its JSON, keys in order, in ASCII, with no spaces."""
    return hashlib.sha256(json.dumps(sealed, sort_keys=True, separators=(",", ":")).encode("ascii")).hexdigest()
