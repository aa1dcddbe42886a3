"""If these fail, a number is read from a file where another one stands, or a file of a stranger fills the memory."""

import lzma
import resource
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from duality.dataset import sample_file
from duality.dataset.sample_file import read_column
from duality.errors import InputError

HEADER = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000000000,), }"


def npy(header: bytes) -> bytes:
    padded = header.ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(padded).to_bytes(2, "little") + padded


@pytest.mark.parametrize(
    ("content", "column", "complaint"),
    [
        ("a,b\n1,2\n3,4\n", "x", "no column 'x'.*'a', 'b'"),
        ("a,b\n1,2\n3,4\n", None, "column must say which"),
        ("x\n1\nNaN\n3\n", "x", "line 3: 'NaN' in column 'x' is no number from"),
        ("x\n1\n\ninf\n", "x", "line 4: 'inf'"),
        ("x\n1\n1e10\n3\n", "x", "line 3: '1e10'"),
        ("x\n1\n2\nnan\n", "x", "line 4: 'nan'"),
        ("x\n1\nfoo\n", "x", "line 3: 'foo'"),
        ("x\n1\n1_0\n", "x", "line 3: '1_0'"),
        ("x\n1\n１\n", "x", "line 3: '１'"),
        ("id,x\n0,1\n1,\n", "x", "line 3: ''"),
        ("x\n1\n1\n", "x", "two different"),
        ("x\n", "x", "two different"),
        ("", "x", "no column"),
        ("id,x1\n0,1.08,70\n1,2,3\n", "x1", "line 2 has 3 fields, line 1 has 2"),
        ("id,x1\n0,1.08,\n1,2,\n", "x1", "line 2 has 3 fields"),
        ("id,x1\n0,1\n1\n", "x1", "line 3 has 1 fields"),
        ("id,x1\n0,1\n1,2,3\n", "x1", "line 3 has 3 fields"),
        ("x1,x1\n1,2\n3,4\n", "x1", "line 1 names the column 'x1' more than once"),
        ("y,y,x1\n1,2,3\n3,4,5\n", "x1", "line 1 names the column 'y' more than once"),
        ('id,x1\n"a\nb",1\n0,2\n"c\nd",x\n', "x1", "line 6: 'x'"),
        ("x1\n1\n\0\n", "x1", "line 3"),
        ('x1\n"1\n2\n', "x1", "not a CSV file"),
        ("id;x1\n1;2\n", "x1", "no column"),
    ],
)
def test_what_is_not_a_column_of_numbers_is_refused_with_its_line(tmp_path, content, column, complaint):
    path = tmp_path / "mine.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=complaint) as refused:
        read_column(str(path), column)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mine.csv.xz", lzma.compress(b"x1\n1\n2\n")),
        ("mine.csv.gz", b"\x1f\x8b" + bytes(20)),
        ("mine.zst", b"\x28\xb5\x2f\xfd"),
        ("mine.csv", bytes(range(256))),
        ("mine.npy", b"no"),
        ("mine.npy", npy(b"(")),
        ("mine.npy", npy(b"-")),
        ("mine.npy", npy(HEADER)),
        ("mine.npy", npy(HEADER.replace(b"f8", b"O"))),
    ],
)
def test_what_is_no_file_of_its_kind_is_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match="not a"):
        read_column(str(tmp_path / name), "x1")


def test_nothing_is_unpickled(tmp_path):
    np.save(tmp_path / "pickled.npy", np.array([{}]), allow_pickle=True)
    np.save(tmp_path / "square.npy", np.eye(2))
    np.savez(tmp_path / "archive.npz", x1=np.arange(3.0))
    (tmp_path / "archive.npz").rename(tmp_path / "archive.npy")
    for name in ("pickled.npy", "square.npy", "archive.npy", "missing.npy"):
        with pytest.raises(InputError):
            read_column(str(tmp_path / name), None)


def test_a_file_that_holds_no_table_tells_little_of_itself(tmp_path):
    """A message is read by others than the one who may read the file."""
    for path in ("/proc/self/environ", str(tmp_path / "wide.csv")):
        (tmp_path / "wide.csv").write_text(",".join(f"column{n}" for n in range(1000)) + "\n1\n", encoding="utf-8")
        with pytest.raises(InputError) as refused:
            read_column(path, "x1")
        assert len(str(refused.value)) < 400
        assert "PATH=" not in str(refused.value)


@given(
    st.lists(st.floats(-1e9, 1e9, allow_nan=False), min_size=2, max_size=40, unique=True),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=8),
)
def test_pandas_writes_what_is_read(tmp_path_factory, values, text):
    """Whatever stands in the other columns, quoted or not; and to the last digit."""
    path = tmp_path_factory.mktemp("csv") / "mine.csv"
    pd.DataFrame({"note": text, "x1": values}).to_csv(path, index=False)
    assert np.array_equal(read_column(str(path), "x1"), np.array(values) + 0.0)


def test_lines_are_counted_over_the_borders_of_what_is_read_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(sample_file, "_FIELDS_AT_ONCE", 7)
    lines = [str(n) for n in range(100)]
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(["x1", *lines]), encoding="utf-8")
    assert np.array_equal(read_column(str(path), "x1"), np.arange(100.0))
    assert np.array_equal(read_column(str(path), "x1", most=9), np.arange(9.0))
    lines[58] = "x"
    path.write_text("\n".join(["x1", *lines]), encoding="utf-8")
    with pytest.raises(InputError, match="line 60: 'x'"):
        read_column(str(path), "x1")


@pytest.mark.parametrize("number", [13, 14, 15, 21])
def test_a_file_is_read_to_its_end_or_refused(tmp_path, monkeypatch, number):
    """Values beyond the limit must not be left out in silence, wherever what is read at once ends."""
    monkeypatch.setattr(sample_file, "_FIELDS_AT_ONCE", 7)
    monkeypatch.setattr(sample_file, "MOST_VALUES", 14)
    np.save(tmp_path / "mine.npy", np.arange(float(number)))
    (tmp_path / "mine.csv").write_text("x1\n" + "".join(f"{n}\n" for n in range(number)), encoding="utf-8")
    for name in ("mine.csv", "mine.npy"):
        if number <= 14:
            assert np.array_equal(read_column(str(tmp_path / name), "x1"), np.arange(number))
        else:
            with pytest.raises(InputError, match="more than 14 values"):
                read_column(str(tmp_path / name), "x1")


@pytest.mark.slow
@pytest.mark.parametrize("line", ["1" * 1000 + "\n", "0.5\n"])
def test_a_huge_file_takes_bounded_memory(tmp_path, line):
    """A hole in a file is as long as one likes: here 3 GiB, of nothing but zeros, or of one line."""
    path = tmp_path / "mine.csv"
    with open(path, "w", encoding="utf-8") as file:
        file.write("x1\n" + line)
        file.truncate(2**31 - 1)
    code = f"from duality.dataset.sample_file import read_column; read_column({str(path)!r}, 'x1')"

    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (500 << 20, 500 << 20))

    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT / "workflow/scripts",
        preexec_fn=bounded,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "InputError" in result.stderr.splitlines()[-1]
