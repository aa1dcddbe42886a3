"""If these fail, the histograms do not hold the fluctuations that the data cause."""

import numpy as np
import pytest

from duality.conventions import QUANTITIES, SIGNS
from duality.fits.histogram import load, select
from duality.fluctuations.extraction import extract
from duality.records import BINS_PER_DECADE, FLUCTUATION_COUNTS, HISTOGRAM, Frozen


@pytest.fixture
def samples(random):
    return {"zeros": random.normal(0, 0.25, 5000), "ones": random.normal(1, 0.25, 5000)}


def direct(composition, label, x1, w, b, gamma):
    b_dot = -gamma * composition.function(1, label)(w * x1 + b)
    w_dot = x1 * b_dot
    return {"q_dot": np.copysign(np.hypot(w_dot, b_dot), b_dot), "w_dot": w_dot, "b_dot": b_dot}


def test_histograms_hold_the_sums_of_the_fluctuations(compositions, samples):
    for composition in compositions.values():
        found = extract(composition, samples, Frozen(0.9, 0.05, 0.01))
        histogram, counts, head = found.histogram, found.counts, found.head
        for label, (name, x1) in enumerate(samples.items()):
            values = direct(composition, label, x1, 0.9, 0.05, 0.01)
            assert set(values) <= set(QUANTITIES)
            for quantity in values:
                for sign, factor in SIGNS.items():
                    own = values[quantity][np.sign(values[quantity]) == factor]
                    rows = select(histogram, name, quantity, sign)
                    assert rows["count"].sum() == own.size
                    assert rows["sum_log"].sum() == pytest.approx(np.log(np.abs(own)).sum(), rel=1e-10)
                    assert rows["sum_log2"].sum() == pytest.approx((np.log(np.abs(own)) ** 2).sum(), rel=1e-10)
                    edge = np.log(10) / BINS_PER_DECADE
                    mean = rows["sum_log"] / rows["count"]
                    assert np.all((mean >= (rows["bin"] - 1e-6) * edge) & (mean <= (rows["bin"] + 1 + 1e-6) * edge))
            row = counts.set_index("class").loc[name]
            assert row["negative"] + row["positive"] + row["dead"] == row["samples"] == x1.size
            assert row["dead"] == np.sum(values["b_dot"] == 0)
            alive = values["q_dot"][values["b_dot"] != 0]
            assert alive.size > 1000
            assert head[name] == pytest.approx(alive, rel=1e-14)


def test_shards_add_up_in_any_order(compositions, samples, tmp_path):
    composition = compositions["sigmoid_mse"]
    frozen = Frozen(16.0, -8.0, 0.1)
    found = extract(composition, samples, frozen)
    whole = found.histogram
    paths, counts = [], []
    for part in range(3):
        shard = extract(composition, {name: x1[part::3] for name, x1 in samples.items()}, frozen)
        paths.append(tmp_path / f"{part}.npz")
        counts.append(tmp_path / f"{part}.csv")
        HISTOGRAM.write(shard.histogram, paths[-1])
        FLUCTUATION_COUNTS.write(shard.counts, counts[-1])
    for order in (paths, paths[::-1]):
        merged = load(list(zip(order, counts, strict=True)), 0)
        assert merged["zeros"].samples == 5000
        assert merged["ones"].fractions.positive == 1
        merged = merged["zeros"].histogram
        key = ["class", "quantity", "sign", "bin"]
        expected = whole.sort_values(key, ignore_index=True)
        assert merged[[*key, "count"]].equals(expected[[*key, "count"]].astype(merged[[*key, "count"]].dtypes))
        assert merged["sum_log"].to_numpy() == pytest.approx(expected["sum_log"].to_numpy(), rel=1e-12)


def test_signs_are_those_of_the_paper(compositions, samples):
    """'zeros' cause negative fluctuations and 'ones' positive ones for the sigmoid (captions of Figs. 1-4)."""
    counts = extract(compositions["sigmoid_mse"], samples, Frozen(16.0, -8.0, 0.1)).counts.set_index("class")
    assert counts.loc["zeros", "positive"] == counts.loc["ones", "negative"] == 0


def test_a_class_without_samples_is_no_accident(compositions):
    samples = {"zeros": np.empty(0), "ones": np.array([-5.0])}
    found = extract(compositions["relu_mse"], samples, Frozen(1.0, 0.0, 0.01))
    assert found.histogram.empty
    assert found.counts["dead"].tolist() == [0, 1]
    assert found.head["zeros"].size == found.head["ones"].size == 0
