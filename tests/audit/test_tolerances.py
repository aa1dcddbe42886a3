"""If these fail, a difference that matters passes as tolerance, or the last digit of another processor as a fault."""

import itertools
import json
import math

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import image
from mutated_results import nudged

from reference import Reference
from tolerances import Tolerance, distance, read_tolerances, tolerance_of

NUMERIC = Tolerance("*", "numeric", relative=1e-9)
STATISTICAL = Tolerance("*", "statistical", errors=0.01, relative=1e-12)
TEXT = Tolerance("*", "numeric", units=1)


@pytest.fixture
def ratio(tmp_path):
    """How far one content is from another, as a multiple of what is allowed."""

    def find(mine, theirs, tolerance, name="a.csv"):
        paths = [tmp_path / f"{which}_{name}" for which in ("mine", "theirs")]
        for path, content in zip(paths, (mine, theirs), strict=True):
            content(path) if callable(content) else path.write_text(content, encoding="utf-8")
        return distance(*paths, tolerance).ratio

    return find


def table(k, error=0.1):
    return f"class,k,k_se\nzeros,{k!r},{error!r}\n"


def test_three_units_in_the_last_place_are_tolerance_and_a_thousandth_is_not(ratio):
    assert ratio(table(nudged(0.97, 3)), table(0.97), NUMERIC) < 1e-5
    assert ratio(table(0.971), table(0.97), NUMERIC) > 1e5
    assert ratio(table(0.97), table(0.97), Tolerance("*", "numeric")) == 0
    assert ratio(table(nudged(0.97, 1)), table(0.97), Tolerance("*", "numeric")) == math.inf


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(1e-12, 1e-3), st.floats(0.1, 10))
def test_what_is_allowed_is_in_proportion_to_the_reference(tmp_path_factory, value, relative, factor):
    """A gap of f times the tolerance has the ratio f, whatever the number's size."""
    mine = value * (1 + relative * factor)
    gap = abs(mine - value)
    if gap < 100 * math.ulp(value) or not math.isfinite(mine):
        return
    folder = tmp_path_factory.mktemp("one")
    for name, number in (("mine.csv", mine), ("theirs.csv", value)):
        (folder / name).write_text(table(number), encoding="utf-8")
    found = distance(folder / "mine.csv", folder / "theirs.csv", Tolerance("*", "numeric", relative=relative))
    assert found.ratio == pytest.approx(factor, rel=0.05)
    assert "row 1, column k" in found.told


def test_the_statistical_class_uses_the_errors_that_the_artifact_carries(ratio):
    """A hundredth of the error is allowed; the error of the reference, not one that the run made larger."""
    assert ratio(table(0.9709, 0.1), table(0.97, 0.1), STATISTICAL) == pytest.approx(0.9)
    assert ratio(table(0.9709, 0.001), table(0.97, 0.001), STATISTICAL) == pytest.approx(90)
    assert ratio(table(0.9709, 0.1), table(0.97, 0.001), STATISTICAL) > 90
    assert ratio(table(0.9709, 0.1), table(0.97, 0.1), Tolerance("*", "numeric", errors=0.01)) == math.inf
    for name, content in (("a.json", '{"w": {"value": %r, "se": 0.1}}'), ("b.json", '{"w": %r, "w_se": 0.1}')):
        assert ratio(content % 0.9709, content % 0.97, STATISTICAL, name) == pytest.approx(0.9)
    ledger = "id,value,error\n8.1,{},0.1\n"
    assert ratio(ledger.format(0.9709), ledger.format(0.97), STATISTICAL) == pytest.approx(0.9)


def test_numbers_in_texts_may_move_by_a_unit_of_their_last_digit(ratio):
    text = "k = {} over {} decades, p = {}"
    for name in ("a.txt", "a.md", "a.svg", "a.html"):
        assert ratio(text.format("0.976", "4.4", "1e-03"), text.format("0.977", "4.4", "2e-03"), TEXT, name) <= 1.0001
        assert ratio(text.format("0.976", "4.4", "0.1"), text.format("0.978", "4.4", "0.1"), TEXT, name) > 1.9
        assert ratio("k = 0.976, reproduced", "k = 0.976, refuted", TEXT, name) == math.inf
    evidence = "id,evidence\n8.1,the slope is {} here\n"
    assert ratio(evidence.format(0.97), evidence.format(0.98), TEXT) <= 1.0001
    assert ratio(evidence.format(0.97), evidence.format(0.99), TEXT) > 1.9


@pytest.mark.parametrize(
    ("name", "mine"),
    [
        ("a.csv", "class,k\nzeros,1.0\nones,1.0\n"),
        ("a.csv", "class,k_q\nzeros,1.0\n"),
        ("a.csv", "class,k\nones,1.0\n"),
        ("a.csv", "class,k\nzeros,one\n"),
        ("a.csv", "class,k\nzeros,nan\n"),
        ("a.csv", "class,k\nzeros,inf\n"),
    ],
)
def test_another_structure_is_no_tolerance(ratio, name, mine):
    assert ratio(mine, "class,k\nzeros,1.0\n", Tolerance("*", "numeric", relative=900.0), name) == math.inf


@pytest.mark.parametrize(
    "content", ['{"k": [1.0, 2.0]}', '{"q": [1.0]}', '{"k": [null]}', '{"k": [true]}', '{"k": "1.0"}']
)
def test_another_structure_of_json_is_none_either(ratio, content):
    assert ratio(content, '{"k": [1.0]}', Tolerance("*", "numeric", relative=900.0), "a.json") == math.inf


def test_arrays(ratio):
    values = np.array([1.0, np.nan, -3.0])

    def saved(array):
        return lambda path: np.savez(path, w=array)

    assert ratio(saved(values), saved(values), Tolerance("*", "numeric"), "a.npz") == 0
    assert ratio(saved(np.nan_to_num(values)), saved(values), NUMERIC, "a.npz") == math.inf
    values[1] = 2.0
    assert ratio(saved(values * (1 + 2e-9)), saved(values), NUMERIC, "a.npz") == pytest.approx(2, rel=1e-3)
    for other in (values[:2], values.astype("f4"), values + np.array([0, 0, 1])):
        assert ratio(saved(other), saved(values), NUMERIC, "a.npz") > 1
    with pytest.raises(ValueError, match="pickle"):
        ratio(lambda path: np.save(path, np.array([{}]), allow_pickle=True), saved(values), NUMERIC, "a.npy")


def test_pictures_by_the_share_of_their_pixels(ratio, random):
    pixels = random.integers(0, 256, (20, 10, 4), np.uint8)
    pixels[..., 3] = 255
    other = pixels.copy()
    other[0, :, :3] ^= 255

    def saved(array):
        return lambda path: image.imsave(path, array)

    visual = Tolerance("*", "visual", pixels=0.1)
    assert ratio(saved(pixels), saved(pixels), visual, "a.png") == 0
    assert ratio(saved(other), saved(pixels), visual, "a.png") == pytest.approx(0.05 * 0.75 / 0.1)
    assert ratio(saved(pixels[:9]), saved(pixels), visual, "a.png") == math.inf
    with pytest.raises(ValueError, match="no picture"):
        ratio("text", saved(pixels), visual, "a.png")


def test_the_first_pattern_counts_and_without_one_every_byte():
    tolerances = [Tolerance("results/table/*", "content"), Tolerance("results/*", "numeric")]
    assert tolerance_of("results/table/a/b.csv", tolerances).kind == "content"
    assert tolerance_of("results/a.csv", tolerances).kind == "numeric"
    assert tolerance_of("elsewhere/a.csv", tolerances).kind == "bytes"


@pytest.mark.parametrize(
    "entry",
    ['kind = "exact"', 'kind = "numeric"\nrelative = -1', 'kind = "numeric"\nrelative = inf', 'kinds = "bytes"'],
)
def test_a_tolerance_that_is_none_is_refused(tmp_path, entry):
    path = tmp_path / "tolerances.toml"
    path.write_text(f'[[artifacts]]\npattern = "*"\n{entry}\n', encoding="utf-8")
    with pytest.raises(ValueError):
        read_tolerances(path)


def test_every_artifact_of_a_run_has_a_tolerance_of_its_own():
    """And what no calibration has looked at is compared byte by byte: an artifact of a new kind is not forgotten."""
    tolerances = read_tolerances(ROOT / "reference/tolerances.toml")
    trusted = json.loads((ROOT / "reference/run/manifest.json").read_text(encoding="utf-8"))
    patterns = {tolerance_of(name, tolerances).pattern for name in trusted["artifacts"]}
    assert patterns == {tolerance.pattern for tolerance in tolerances}


def test_the_calibration_covers_every_tolerance_and_exceeds_none():
    """Threads, architectures, kernels and versions of NumPy: each level with each of another."""
    rows = pd.read_csv(ROOT / "reference/calibration.csv")
    tolerances = read_tolerances(ROOT / "reference/tolerances.toml")
    made_since = {"results/*.html"}  # they show what others say
    assert set(rows["pattern"]) | made_since == {tolerance.pattern for tolerance in tolerances}
    assert rows["ratio"].max() <= 1
    exact = [tolerance.pattern for tolerance in tolerances if tolerance.kind in ("bytes", "content")]
    kept = rows[rows["pattern"].isin(exact)]
    assert (kept["same_content"] == kept["files"]).all()
    factors = ["numpy", "kernels", "architecture", "threads"]
    for one, other in itertools.combinations(factors, 2):
        assert rows[[one, other]].drop_duplicates().shape[0] == 4, (one, other)


def test_the_reference_of_the_repository_is_what_its_history_seals():
    """Whoever changes a tolerance, a value or the calibration says so: `make bless REASON=...`."""
    assert Reference.read(ROOT / "reference", ROOT / "reference/tolerances.toml", None).broken == ""
