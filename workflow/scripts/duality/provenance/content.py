"""Digests of what a file holds, so that what a library stamps on it, or how it packs it, does not matter.

For an array: its name, dtype (little-endian), shape and values in C order. For a table: each column with its name, as
64-bit floats if all of its fields are numbers, else as texts. For a PNG: the pixels. All else is but its bytes.
"""

import csv
import hashlib
import zlib
from pathlib import Path
from typing import Any

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}  # of a PNG, by its colour type


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
    """The pixels of a PNG of 8 bits that is not interlaced, as Matplotlib writes it."""
    data, kinds = path.read_bytes(), b""
    if not data.startswith(_SIGNATURE):
        raise ValueError(f"{path} is no PNG")
    place, packed = len(_SIGNATURE), b""
    while place < len(data):
        length, kind = int.from_bytes(data[place : place + 4]), data[place + 4 : place + 8]
        body = data[place + 8 : place + 8 + length]
        if kind == b"IHDR":
            kinds = body
        elif kind == b"IDAT":
            packed += body
        place += length + 12
    width, height = int.from_bytes(kinds[:4]), int.from_bytes(kinds[4:8])
    depth, colour, _, _, interlaced = kinds[8:13]
    if depth != 8 or colour not in _CHANNELS or interlaced:
        raise ValueError(f"{path} is a PNG of another kind than Matplotlib writes")
    channels = _CHANNELS[colour]
    digest.update(f"{height},{width},{channels}\0".encode())
    for row in _rows(zlib.decompress(packed), width * channels, channels):
        digest.update(row)


def _rows(filtered: bytes, length: int, channels: int) -> Any:
    """The rows of pixels, from what the PNG specification (ISO/IEC 15948, section 9) makes of each."""
    import numpy as np

    previous = np.zeros(length, np.uint8)
    for start in range(0, len(filtered), length + 1):
        kind = filtered[start]
        row = np.frombuffer(filtered, np.uint8, length, start + 1).copy()
        if kind == 2:
            row += previous
        elif kind == 1:
            for channel in range(channels):
                row[channel::channels] = np.cumsum(row[channel::channels], dtype=np.uint8)
        elif kind:
            row = np.frombuffer(_unfiltered(kind, bytes(row), bytes(previous), channels), np.uint8)
        yield row.tobytes()
        previous = row


def _unfiltered(kind: int, row: bytes, above: bytes, channels: int) -> bytearray:
    """A row filtered by the average (3) or by Paeth's predictor (4), whose bytes follow from one another."""
    found = bytearray(row)
    for index in range(len(row)):
        left = found[index - channels] if index >= channels else 0
        corner = above[index - channels] if index >= channels else 0
        if kind == 3:
            guess = (left + above[index]) // 2
        else:
            estimate = left + above[index] - corner
            guess = min((left, above[index], corner), key=lambda value: abs(estimate - value))
        found[index] = (found[index] + guess) % 256
    return found
