"""If this fails, printed errors or values of infinite data are not what independent realisations show."""

import copy

import pytest
from conftest import FORMATS, ROOT, snakemake

from duality.records.realisations import REALISATION, REALISATIONS

NUMBER = 12
# Few samples, so that the error of the finite data set counts for most of w and b.
TRAINING = {
    "relu_mse": {},
    "sigmoid_cross_entropy": {"thin": 8192, "steps": 8_000_000, "budget": 64_000_000, "ess": 200, "r_hat": 1.05},
}


@pytest.fixture
def config(shipped):
    config = copy.deepcopy(shipped)
    config["dataset"] = {"shards": 2, "samples_per_shard": 1 << 16, "training_shards": 1}
    config["experiments"] = {name: config["experiments"][name] for name in TRAINING}
    for name, training in TRAINING.items():
        config["experiments"][name]["training"] |= training
    config["figures"] = {"figure_5": config["figures"]["figure_5"]}
    config["realisations"] = {"number": NUMBER}
    config["jumps"] |= {"samples": 100_000, "relaxation_times": 16}
    del config["guard"]
    return config


@pytest.mark.slow
def test_no_estimate_is_outside_what_realisations_allow(checkout, config):
    """The workflow itself, by its own target."""
    folder = checkout("realisations")
    result = snakemake(folder, "--cores", "2", "realisations", config=config)
    assert result.returncode == 0, result.stderr
    estimates = REALISATION.read(folder / "results/realisations/estimates.csv")
    assert estimates.groupby("experiment")["realisation"].nunique().to_dict() == dict.fromkeys(TRAINING, NUMBER)
    table = REALISATIONS.read(folder / "results/realisations/realisations.csv")
    tested = table[table["outside"].notna()]
    assert len(tested) > 60
    of_jumps = tested["quantity"].str.endswith("jumps")
    assert of_jumps.sum() > 20
    assert tested.loc[~of_jumps, "coverage_p"].notna().mean() > 0.9
    assert not tested["outside"].any(), tested[tested["outside"] == True].to_string()  # noqa: E712
    sentence = f"{len(tested)} estimates stand on {NUMBER * len(TRAINING)} independent samples"
    for document in ("realisations/realisations.md", "realisations/realisations.html", "figures/realisations.txt"):
        assert sentence in (folder / "results" / document).read_text(encoding="utf-8")
    for ending in FORMATS:
        assert (folder / f"results/figures/realisations.{ending}").stat().st_size > 1000
    assert (folder / "results/provenance/realisations/relu_mse/3.json").is_file()


def test_the_page_tells_what_24_seeds_showed():
    """The run takes half an hour: its table is kept."""
    kept = REALISATIONS.read(ROOT / "reference/realisations.csv")
    tested = kept[kept["ratio"].notna()]
    told = " ".join((ROOT / "docs/exponents.md").read_text(encoding="utf-8").split())
    assert tested["seeds"].max() == 24
    outside = int(tested["outside"].astype(bool).sum())
    assert f"of {len(tested)} estimates {outside} are outside what 24 seeds allow" in told
    assert f"the spread is {tested['ratio'].mean():.2f} of the printed error on average" in told
    assert f"{tested['coverage'].mean():.1%} of the 95% intervals hold" in told
