"""The digest of what an NPY, NPZ, CSV or PNG file holds, as docs of the records define it, found independently of them.

An array: name, dtype (little-endian), shape, values in C order. A table: each column with its name, as 64-bit floats
if all of its fields are numbers, else as texts. A picture: height, width, channels, pixels. Only a file of the recorded
size or less comes here, and what it unpacks to is bounded.
"""

import csv
import hashlib
import io
import zipfile
import zlib
from pathlib import Path

import numpy as np

LARGEST = 1 << 28  # bytes unpacked
LARGEST_PICTURE = 1 << 25
CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}


def content_of(path: Path) -> str | None:
    """The digest; None for a file of another kind, or one that is not what its name says."""
    reader = {".npy": npy, ".npz": npz, ".csv": table, ".png": picture}.get(path.suffix)
    if reader is None:
        return None
    digest = hashlib.sha256()
    try:
        for part in reader(path):
            digest.update(part)
    except Exception:  # whatever a hostile file makes a library fail with: it does not hold what was recorded
        return None
    return digest.hexdigest()


def array(name, values):
    little = values.astype(values.dtype.newbyteorder("<"), copy=False)
    yield f"{name}\0{little.dtype.str}\0{','.join(str(n) for n in values.shape)}\0".encode()
    yield np.ascontiguousarray(little).tobytes()


def npy(path):
    values = np.load(path, mmap_mode="r", allow_pickle=False)
    if values.nbytes <= LARGEST:
        yield from array("", values)


def npz(path):
    with zipfile.ZipFile(path) as archive:
        if sum(item.file_size for item in archive.infolist()) > LARGEST:
            raise ValueError("too large")
    with np.load(path, allow_pickle=False) as arrays:
        for name in sorted(arrays.files):
            yield from array(name, arrays[name])


def table(path):
    if path.stat().st_size > LARGEST:
        raise ValueError("too large")
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    if "\0" in text:  # which parts names from texts in the digest
        raise ValueError("no table")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    if len({len(row) for row in rows}) != 1:
        raise ValueError("ragged")
    for name, *fields in zip(*rows, strict=True):
        try:
            yield from array(name, np.array([float(field) for field in fields], dtype="<f8"))
        except ValueError:
            yield f"{name}\0text\0{len(fields)}\0".encode()
            yield "\0".join(f"{len(field)}:{field}" for field in fields).encode()


def picture(path):
    height, width, channels, rows = decoded(path)
    yield f"{height},{width},{channels}\0".encode()
    yield from rows


def pixels(path):
    """The rows of a PNG, as bytes.

    Raises
    ------
    ValueError
        It is none of the kind that Matplotlib writes.
    """
    try:
        yield from decoded(path)[3]
    except Exception as error:  # whatever a hostile file makes the reading of it fail with
        raise ValueError(f"no picture: {error}") from error


def decoded(path):
    data = path.read_bytes()
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("no PNG")
    width, height, depth, colour, _, _, interlaced = parse_header(data[16:29])
    if depth != 8 or interlaced:
        raise ValueError("another kind of PNG")
    stride, packed, place = width * CHANNELS[colour], [], 8
    if height * (stride + 1) > LARGEST_PICTURE:
        raise ValueError("too large")
    while place < len(data):
        length, kind = int.from_bytes(data[place : place + 4]), data[place + 4 : place + 8]
        if kind == b"IDAT":
            packed.append(data[place + 8 : place + 8 + length])
        place += 12 + length
    raw = zlib.decompressobj().decompress(b"".join(packed), height * (stride + 1))
    lines = np.frombuffer(raw, np.uint8).reshape(height, stride + 1)
    return height, width, CHANNELS[colour], unfiltered_rows(lines, stride, CHANNELS[colour])


def unfiltered_rows(lines, stride, channels):
    above = np.zeros(stride, np.uint8)
    for kind, line in zip(lines[:, 0], lines[:, 1:], strict=True):
        above = unfiltered(int(kind), line, above, channels)
        yield above.tobytes()


def parse_header(header):
    return int.from_bytes(header[:4]), int.from_bytes(header[4:8]), *header[8:13]


def unfiltered(kind, line, above, step):
    """A row of pixels (PNG specification, section 9): 1 adds the left one, 2 that above, 3 their mean, 4 Paeth's."""
    if kind == 0:
        return line.copy()
    if kind == 1:
        return np.cumsum(line.reshape(-1, step), axis=0, dtype=np.uint8).ravel()
    if kind == 2:
        return line + above
    found = [0] * step + [int(value) for value in line]
    upper = [0] * step + [int(value) for value in above]
    for i in range(step, len(found)):
        left, up, corner = found[i - step], upper[i], upper[i - step]
        if kind == 3:
            found[i] = (found[i] + (left + up) // 2) & 255
        else:
            distances = [(abs(up - corner), left), (abs(left - corner), up), (abs(left + up - 2 * corner), corner)]
            nearest = min(range(3), key=lambda which: distances[which][0])
            found[i] = (found[i] + distances[nearest][1]) & 255
    return np.array(found[step:], np.uint8)
