"""If these fail, the histograms do not hold the fluctuations that the data cause."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duality.conventions import QUANTITIES, SIGNS
from duality.errors import InputError
from duality.fits.histogram import select
from duality.fluctuations.extraction import HEAD, Extraction, Fluctuations, extract, summaries
from duality.fluctuations.places import UNIT
from duality.formulas.compose import compose
from duality.records.estimates import Frozen
from duality.records.fluctuations import BINS, BINS_PER_DECADE, FIRST_BIN, HISTOGRAM, NOWHERE, FluctuationSums

FROZEN = Frozen(0.9, 0.05, 0.01)


@pytest.fixture
def samples(random):
    return {"zeros": random.normal(0, 0.25, 5000), "ones": random.normal(1, 0.25, 5000)}


def direct(composition, label, x1, frozen):
    b_dot = -frozen.gamma * composition.function(1, label)(frozen.w * x1 + frozen.b)
    w_dot = x1 * b_dot
    return {"q_dot": np.copysign(np.hypot(w_dot, b_dot), b_dot), "w_dot": w_dot, "b_dot": b_dot}


def test_histograms_hold_the_sums_of_the_fluctuations(compositions, samples):
    for composition in compositions.values():
        found = extract(composition, samples, FROZEN)
        histogram, counts = found.histogram, found.counts
        heads = Extraction(composition, FROZEN, tuple(samples)).head(samples)
        for label, (name, x1) in enumerate(samples.items()):
            values = direct(composition, label, x1, FROZEN)
            assert set(values) <= set(QUANTITIES)
            for quantity in values:
                for sign, factor in SIGNS.items():
                    own = values[quantity][np.sign(values[quantity]) == factor]
                    rows = select(histogram, name, quantity, sign)
                    assert rows["count"].sum() == own.size
                    # To the rounding of places, which does not lean to one side.
                    rounding = 4 * UNIT * np.sqrt(own.size) + 1e-13 * np.abs(np.log(np.abs(own))).sum()
                    assert rows["sum_log"].sum() == pytest.approx(np.log(np.abs(own)).sum(), abs=rounding)
                    assert rows["sum_log2"].sum() == pytest.approx((np.log(np.abs(own)) ** 2).sum(), rel=1e-10)
                    bins = np.floor(np.log(np.abs(own)) * (BINS_PER_DECADE / np.log(10))).astype(int)
                    expected = np.unique(bins, return_counts=True)
                    assert [rows["bin"].tolist(), rows["count"].tolist()] == [part.tolist() for part in expected]
                    edge = np.log(10) / BINS_PER_DECADE
                    mean = rows["sum_log"] / rows["count"]
                    assert np.all((mean >= rows["bin"] * edge - 1e-12) & (mean <= (rows["bin"] + 1) * edge + 1e-12))
            row = counts.set_index("class").loc[name]
            assert row["negative"] + row["positive"] + row["dead"] == row["samples"] == x1.size
            assert row["dead"] == np.sum(values["b_dot"] == 0)
            alive = values["q_dot"][values["b_dot"] != 0]
            assert alive.size > 1000
            assert heads[name] == pytest.approx(alive, rel=1e-14)


def test_the_spread_within_a_bin_is_kept():
    """Σ ln² is not that of the middles of the bins: it would be, had all squares been dropped."""
    x1 = np.array([0.3, 0.3003, 0.3006])
    found = extract(compose("y", "f**2/2", [0]), {"c": x1}, Frozen(1.0, 0.0, 1.0))
    [row] = select(found.histogram, "c", "b_dot", "negative").itertuples()
    spread = row.sum_log2 / 3 - (row.sum_log / 3) ** 2
    assert spread == pytest.approx(np.log(x1).var(), rel=1e-5)
    assert row.sum_log == pytest.approx(np.log(x1).sum(), rel=1e-10)


SHARDS = st.lists(st.lists(st.floats(-3, 3), max_size=40), min_size=1, max_size=6)


@pytest.mark.slow
@given(SHARDS, st.randoms(use_true_random=False), st.integers(1, 6))
def test_neither_order_nor_division_of_the_shards_makes_a_difference(tmp_path_factory, shards, shuffled, parts):
    """To the last byte: neither which job takes which shard nor which job is read first is seen in the sums."""
    folder = tmp_path_factory.mktemp("sums")
    extraction = Extraction(compose("1/(1 + exp(-y))", "(f - x2)**2", [0, 1]), Frozen(4.0, -2.0, 0.1), ("a", "b"))
    samples = [(name, shard, np.array(x1)) for shard, x1 in enumerate(shards) for name in ("a", "b")]
    whole = extraction.count(samples)
    shuffled.shuffle(samples)
    merged = FluctuationSums.none(("a", "b"))
    paths = []
    for part in range(parts):
        own = [of for of in samples if of[1] % parts == part]
        paths.append(folder / f"{part}.npz")
        extraction.count(own).write(paths[-1])
    shuffled.shuffle(paths)
    for path in paths:
        merged.add(path)
    merged.write(folder / "merged.npz")
    whole.write(folder / "whole.npz")
    assert (folder / "merged.npz").read_bytes() == (folder / "whole.npz").read_bytes()
    assert whole.outcomes[:, 0].tolist() == [sum(map(len, shards))] * 2


def test_sums_that_were_written_are_the_ones_that_are_read(compositions, samples, tmp_path):
    """Bins that two files share are added up, those that one has alone stay."""
    extraction = Extraction(compositions["sigmoid_mse"], Frozen(16.0, -8.0, 0.1), ("zeros", "ones"))
    merged = FluctuationSums.none(("zeros", "ones"))
    expected = np.zeros_like(merged.cells)
    for shard in range(3):
        sums = extraction.count((name, shard, x1[shard::3]) for name, x1 in samples.items())
        sums.write(tmp_path / "sums.npz")
        merged.add(tmp_path / "sums.npz")
        expected += sums.cells
    expected[:, :, NOWHERE] = 0
    merged.cells[:, :, NOWHERE] = 0
    assert np.array_equal(merged.cells, expected)
    assert Fluctuations.of(merged).counts["samples"].tolist() == [5000, 5000]
    with pytest.raises(InputError, match="has shard 2, which has been counted already"):
        merged.add(tmp_path / "sums.npz")
    with pytest.raises(InputError, match="is of the classes zeros, ones, not ones, zeros"):
        FluctuationSums.none(("ones", "zeros")).add(tmp_path / "sums.npz")


def test_counts_stay_exact_where_floats_do_not(tmp_path):
    """2⁵³ + 1 is no double; 10¹⁰ samples in one bin leave sums within 64 bits."""
    sums = FluctuationSums.none(("c",))
    most = (1 << 53) + 1
    sums.cells[0, 0, 5] = (most, 0, 0)
    largest = (1 << 24) - 1
    sums.cells[0, 1, 5] = np.array([1, largest, largest**2 >> 24]) * ((1 << 39) - 1)
    assert (sums.cells[0, 1, 5] > 0).all()
    sums.write(tmp_path / "sums.npz")
    merged = FluctuationSums.none(("c",))
    merged.add(tmp_path / "sums.npz")
    table = Fluctuations.of(merged).histogram
    HISTOGRAM.write(table, tmp_path / "h.npz")
    assert HISTOGRAM.read(tmp_path / "h.npz")["count"][0] == most
    middle = table["sum_log"][1] / table["count"][1] * BINS_PER_DECADE / np.log(10)
    assert middle == pytest.approx(FIRST_BIN + 6, abs=1e-7)


def test_every_shard_is_counted_once(compositions, samples):
    extraction = Extraction(compositions["relu_mse"], FROZEN, ("zeros", "ones"))
    seen, unseen, none = (
        extraction.count((name, shard, x1) for shard in shards for name, x1 in samples.items())
        for shards in ([0], [1, 2], [])
    )
    table = summaries([seen, unseen], 3)
    assert table["class"].tolist() == ["zeros"] * 3 + ["ones"] * 3
    assert table["shard"].tolist() == [0, 1, 2] * 2
    assert table["mean"][3] == np.mean(samples["ones"])
    assert summaries([seen, none], 1)["n"].tolist() == [5000, 5000]
    for parts, shards in (([seen, none], 2), ([seen, seen], 1), ([seen, seen], 2), ([seen, unseen], 4)):
        with pytest.raises(InputError, match="every one must be counted once"):
            summaries(parts, shards)


def test_signs_are_those_of_the_paper(compositions, samples):
    """'zeros' cause negative fluctuations and 'ones' positive ones for the sigmoid (captions of Figs. 1-4)."""
    counts = extract(compositions["sigmoid_mse"], samples, Frozen(16.0, -8.0, 0.1)).counts.set_index("class")
    assert counts.loc["zeros", "positive"] == counts.loc["ones", "negative"] == 0


def test_a_class_without_samples_is_no_accident(compositions):
    samples = {"zeros": np.empty(0), "ones": np.array([-5.0])}
    found = extract(compositions["relu_mse"], samples, Frozen(1.0, 0.0, 0.01))
    assert found.histogram.empty
    assert found.counts["dead"].tolist() == [0, 1]
    heads = Extraction(compositions["relu_mse"], Frozen(1.0, 0.0, 0.01), ("zeros", "ones")).head(samples)
    assert heads["zeros"].size == heads["ones"].size == 0


def test_a_head_is_filled_over_many_dead_samples(compositions, random):
    """Nine of ten are dead: it goes on until it is full, or the samples are spent."""
    x1 = np.where(random.random(20 * HEAD) < 0.1, 1.0, -1.0) * random.uniform(0.5, 1, 20 * HEAD)
    head = Extraction(compositions["relu_mse"], Frozen(1.0, 0.0, 0.01), ("zeros", "ones")).head(
        {"zeros": x1, "ones": x1}
    )
    values = direct(compositions["relu_mse"], 0, x1, Frozen(1.0, 0.0, 0.01))["q_dot"]
    assert head["zeros"].size == HEAD
    assert head["zeros"] == pytest.approx(values[values != 0][:HEAD], rel=1e-14)


def of_the_ends(h, x1, gamma=1.0):
    """What is counted of samples, by quantity and sign: bins and counts; and the counts of the class."""
    found = extract(h, {"c": np.array(x1)}, Frozen(1.0, 0.0, gamma))
    rows = found.histogram.set_index(["quantity", "sign"])
    ends = {key: list(zip(own["bin"], own["count"], strict=True)) for key, own in rows.groupby(level=[0, 1])}
    return ends, found.counts.iloc[0]


def test_values_at_the_ends_of_what_doubles_hold():
    """No fluctuation where h = 0, no ẇ where x1 = 0; what the bins do not reach is in the outermost of its sign."""
    first, last = FIRST_BIN, FIRST_BIN + BINS - 1
    ends, counts = of_the_ends(compose("y", "f**2/2", [0]), [0.0, -0.0, 1e-310, -1e-100])  # ḃ = -x1, ẇ = -x1²
    assert (ends["b_dot", "negative"], ends["b_dot", "positive"]) == ([(first, 1)], [(first, 1)])
    assert ends["w_dot", "negative"] == [(first, 1)]  # (1e-310)² is nothing
    assert ("w_dot", "positive") not in ends
    assert (counts["negative"], counts["positive"], counts["dead"]) == (1, 1, 2)
    ends, counts = of_the_ends(compose("y", "f**2/2", [0]), [1e5, -1e6], 1e300)
    assert (ends["b_dot", "negative"], ends["b_dot", "positive"]) == ([(last, 1)], [(last, 1)])
    assert ends["w_dot", "negative"] == [(last, 2)]  # they overflow
    assert (counts["negative"], counts["positive"], counts["dead"]) == (1, 1, 0)
    ends, counts = of_the_ends(compose("y", "f", [0]), [0.0, 2.0])
    assert ends["b_dot", "negative"] == [(0, 2)]  # h = 1
    assert ends["w_dot", "negative"] == [(150, 1)]
    assert (counts["negative"], counts["dead"]) == (2, 0)


def test_a_kick_that_is_infinite_is_in_the_outermost_bin():
    """-1/y at 0, and e^y beyond what doubles hold; of ẇ = 0·∞ nobody knows anything."""
    ends, counts = of_the_ends(compose("y", "exp(f)", [0]), [1000.0, 0.0])
    assert ends["b_dot", "negative"] == [(0, 1), (FIRST_BIN + BINS - 1, 1)]
    assert counts["negative"] == 2
    ends, counts = of_the_ends(compose("y", "-log(f)", [0]), [0.0, 1.0])
    assert counts[["negative", "positive", "dead"]].sum() == 2
    assert sum(count for _, count in ends.get(("w_dot", "positive"), [])) == 1


def test_a_gradient_that_is_no_number_is_refused():
    """It would be counted as dead, or not at all."""
    extraction = Extraction(compose("y", "sqrt(f)", [0]), Frozen(1.0, 0.0, 1.0), ("c",))
    with pytest.raises(InputError, match=r"h\(y\) of the class 'c' is no number for 2 samples of shard 7"):
        extraction.count([("c", 7, np.array([-1.0, 1.0, -2.0]))])


def test_memory_does_not_grow_with_the_sums_that_are_added_up(compositions, samples, tmp_path):
    import tracemalloc

    extraction = Extraction(compositions["sigmoid_mse"], Frozen(16.0, -8.0, 0.1), ("zeros", "ones"))
    for shard in range(40):
        extraction.count((name, shard, x1) for name, x1 in samples.items()).write(tmp_path / f"{shard}.npz")
    peaks = []
    for number in (2, 40):
        tracemalloc.start()
        merged = FluctuationSums.none(("zeros", "ones"))
        for shard in range(number):
            merged.add(tmp_path / f"{shard}.npz")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 2**17
