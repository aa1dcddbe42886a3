"""If these fail, a file is taken for changed though it holds the same, or for the same though it holds others."""

import numpy as np
import pytest
from matplotlib import image

from duality.provenance.content import content_digest


def digest(path, write, *arguments, **options):
    write(path, *arguments, **options)
    return content_digest(path)


def test_how_an_archive_is_packed_does_not_matter_and_what_it_holds_does(tmp_path):
    array = {"x": np.arange(5.0), "n": np.arange(3)}
    plain = digest(tmp_path / "a.npz", np.savez, **array)
    assert digest(tmp_path / "b.npz", np.savez_compressed, **dict(reversed(array.items()))) == plain
    for other in ({"x": np.arange(5.0), "m": np.arange(3)}, {**array, "x": np.nextafter(np.arange(5.0), 9)}):
        assert digest(tmp_path / "c.npz", np.savez, **other) != plain


def test_dtype_shape_and_values_of_an_array_count_and_its_byte_order_does_not(tmp_path):
    array = np.arange(6, dtype="<i4")
    known = digest(tmp_path / "a.npy", np.save, array)
    assert digest(tmp_path / "b.npy", np.save, array.astype(">i4")) == known
    assert digest(tmp_path / "b.npy", np.save, np.asfortranarray(array.reshape(2, 3))) == digest(
        tmp_path / "c.npy", np.save, array.reshape(2, 3)
    )
    for other in (array.reshape(2, 3), array.astype("<i8"), array + 1):
        assert digest(tmp_path / "d.npy", np.save, other) != known


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a,b\n1.0,x\n2,y\n", True),
        ('a,"b"\r\n1,x\r\n2.00,"y"\r\n', True),
        ("a,b\n1.0000000000000002,x\n2,y\n", False),
        ("b,a\n1,x\n2,y\n", False),
        ("a,b\n1,x\n2,y \n", False),
        ("a,b\n2,y\n1,x\n", False),
        ("a,b\n1,xy\n2,\n", False),
    ],
)
def test_the_values_of_a_table_count_and_not_how_they_are_written(tmp_path, text, same):
    (tmp_path / "a.csv").write_bytes(b"a,b\n1,x\n2,y\n")
    (tmp_path / "b.csv").write_bytes(text.encode())
    assert (content_digest(tmp_path / "a.csv") == content_digest(tmp_path / "b.csv")) == same


def test_the_pixels_of_a_picture_count_and_not_its_stamp(tmp_path, random):
    pixels = random.integers(0, 256, (40, 30, 4), np.uint8)
    pixels[10:20] = 128  # smooth, so that other filters are chosen
    pixels[20:30, :, :3] = np.arange(30)[:, None] * 3
    known = digest(tmp_path / "a.png", image.imsave, pixels, metadata={"Software": "one"})
    assert digest(tmp_path / "b.png", image.imsave, pixels, metadata={"Software": "another"}) == known
    assert digest(tmp_path / "b.png", image.imsave, pixels, pil_kwargs={"optimize": True}) == known
    pixels[0, 0, 0] ^= 1
    assert digest(tmp_path / "c.png", image.imsave, pixels) != known


def test_what_is_but_its_bytes_has_no_content(tmp_path):
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    assert content_digest(tmp_path / "a.txt") is None
