"""Digests of what a file holds, so that what a library stamps on it, or how it packs it, does not matter.

For an array: its name, dtype (little-endian), shape and values in C order. For a table: each column with its name, as
64-bit floats if all of its fields are numbers, else as texts. For a PNG: the pixels. All else is but its bytes.
"""

import csv
import hashlib
import sys
from pathlib import Path
from typing import Any


def content_digest(path: str | Path) -> str | None:
    """SHA-256 of what an NPY, NPZ, CSV or PNG file holds, hexadecimal; None for any other file.

    Raises
    ------
    ValueError, OSError
        If the file is not of the kind that its name says.
    """
    kind = {".npy": _npy, ".npz": _npz, ".csv": _csv, ".png": _png}.get(Path(path).suffix)
    if kind is None:
        return None
    digest = hashlib.sha256()
    kind(Path(path), digest)
    return digest.hexdigest()


def _add_array(digest: Any, name: str, array: Any) -> None:
    import numpy as np

    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    digest.update(f"{name}\0{little.dtype.str}\0{','.join(map(str, array.shape))}\0".encode())
    digest.update(np.ascontiguousarray(little).data)


def _npy(path: Path, digest: Any) -> None:
    import numpy as np

    _add_array(digest, "", np.load(path, allow_pickle=False))


def _npz(path: Path, digest: Any) -> None:
    import numpy as np

    with np.load(path, allow_pickle=False) as archive:
        for name in sorted(archive.files):
            _add_array(digest, name, archive[name])


def _csv(path: Path, digest: Any) -> None:
    import numpy as np

    with open(path, encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, strict=True)
    for name, column in zip(header, zip(*rows, strict=True) if rows else [()] * len(header), strict=True):
        try:
            _add_array(digest, name, np.array(list(map(float, column)), dtype="<f8"))
        except ValueError:
            texts = "\0".join(f"{len(text)}:{text}" for text in column)
            digest.update(f"{name}\0text\0{len(column)}\0{texts}".encode())


def _png(path: Path, digest: Any) -> None:
    """The pixels of a PNG in colours of 8 bits, as Matplotlib writes it."""
    import numpy as np

    # Matplotlib writes its pictures with Pillow: who has made one has imported it. No other stage needs it.
    with sys.modules["PIL.Image"].open(path) as picture:
        pixels = np.asarray(picture)
    if pixels.dtype != np.uint8 or pixels.ndim != 3:
        raise ValueError(f"{path} is a PNG of another kind than Matplotlib writes")
    digest.update(f"{','.join(map(str, pixels.shape))}\0".encode())
    digest.update(np.ascontiguousarray(pixels).data)
