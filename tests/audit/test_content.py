"""If these fail, auditor and jobs mean different things by a file's content, or the auditor rests on what it audits."""

import ast
import sys
import zlib

import numpy as np
import pytest
from conftest import ROOT
from mutated_results import png_chunk
from PIL import Image

from content import content_of
from duality.provenance.content import content_digest

MODULES = sorted((ROOT / "audit").glob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=[path.stem for path in MODULES])
def test_it_imports_the_standard_library_and_numpy_and_is_short(path):
    """Who audits need not trust what is audited, and must be able to read what audits."""
    text = path.read_text(encoding="utf-8")
    allowed = {"numpy", *(module.stem for module in MODULES), *sys.stdlib_module_names}
    for node in ast.walk(ast.parse(text)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) else []
        assert {name.split(".")[0] for name in names} <= allowed
    assert len(text.splitlines()) < 250
    assert not {"pickle", "eval(", "exec(", "shell=True", "duality."} & set(text.split())


@pytest.mark.parametrize("kind", range(5))
def test_it_sees_the_pixels_that_pillow_sees(tmp_path, random, kind):
    """Whichever way the rows of a PNG are filtered; and in tables and arrays what the jobs see, by other code."""
    rows = b"".join(bytes([kind]) + random.integers(0, 256, 28, np.uint8).tobytes() for _ in range(9))
    header = (7).to_bytes(4, "big") + (9).to_bytes(4, "big") + bytes([8, 6, 0, 0, 0])
    parts = [png_chunk(b"IHDR", header), png_chunk(b"IDAT", zlib.compress(rows)), png_chunk(b"IEND", b"")]
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    (tmp_path / "a.csv").write_text('class,k\n"a,b",1e-3\nc,-2\n', encoding="utf-8")
    np.save(tmp_path / "a.npy", random.normal(size=(2, 3)).astype(">f4"))
    np.savez(tmp_path / "a.npz", y=np.arange(3), x=np.array(["a", "bc"]))
    for name in ("a.png", "a.csv", "a.npy", "a.npz"):
        assert content_of(tmp_path / name) == content_digest(tmp_path / name) is not None
    assert Image.open(tmp_path / "a.png").size == (7, 9)


@pytest.mark.parametrize(
    ("name", "data"), [("a.csv", b"k\n\xff\n"), ("a.npy", b"x"), ("a.npz", b"PK"), ("a.png", b"\x89PNG")]
)
def test_a_file_that_is_not_what_its_name_says_holds_nothing(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    assert content_of(tmp_path / name) is None
    assert content_of(tmp_path / name.replace("a.", "b.")) is None  # nor does one that is not there


def test_no_letter_of_a_table_can_pass_for_the_end_of_a_column(tmp_path):
    """In the digest NUL parts names from texts: a column hidden in the heading of the next would be the same table."""
    (tmp_path / "two.csv").write_text("a,b\nx,y\n", encoding="utf-8")
    texts = "1:x"
    (tmp_path / "one.csv").write_text(f"a\0text\x001\0{texts}b\ny\n", encoding="utf-8")
    assert content_of(tmp_path / "two.csv") == content_digest(tmp_path / "two.csv")
    assert content_digest(tmp_path / "one.csv") == content_digest(tmp_path / "two.csv")
    assert content_of(tmp_path / "one.csv") is None
