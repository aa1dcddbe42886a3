"""If these fail, the gallery does not run as its page says, or the page shows what the gallery does not give."""

import re
import shutil

import numpy as np
import pandas as pd
import pytest
import yaml
from canvas import same_picture
from conftest import FORMATS, ROOT, copy_own_files, planned, small_config, snakemake
from documented_commands import commands

from duality.config.gallery import read_gallery, resolve_gallery
from duality.config.reading import overlaid
from duality.figures.gallery import figure
from duality.figures.style import save
from duality.gallery.documents import overview
from duality.records.gallery import GALLERY, GALLERY_CURVES

PAGE = ROOT / "docs/gallery.md"
SMALL = {"dataset": {"samples_per_shard": 65536}, "training": {"r_hat": 1.1, "ess": 50, "drift": 10}}
LINEAR = {"activations": {"linear": {"f": "y"}}, "experiments": {"mine": {"activation": "linear", "loss": "squared"}}}
# Of entries that are trained here, the exponents of q̇ that are derived and measured: of a zero of h, of an exponential
# tail, and of tails and an edge that are powers.
MEASURED = {"huber": {"0"}, "logistic": {"1"}, "softsign": {"4/3", "3/2"}}
APART = {**LINEAR, "classes": {"zeros": {"sd": 0.001}}, "losses": {"squared": {"H": "log(1 + exp((1 - 2*x2)*f))"}}}


@pytest.fixture(scope="module")
def drawn(shipped, tmp_path_factory):
    """A folder with a small gallery: some compositions are measured, the classes of one never settle."""
    folder = copy_own_files(tmp_path_factory.mktemp("gallery") / "drawn")
    for path in (folder / "gallery").glob("*.yaml"):
        path.unlink()
    apart = overlaid(APART, {"classes": {"ones": {"sd": 0.001}}})
    for name in MEASURED:
        shutil.copy(ROOT / f"gallery/{name}.yaml", folder / "gallery")
    (folder / "gallery/apart.yaml").write_text(yaml.safe_dump(apart), encoding="utf-8")
    config = small_config(shipped)
    config["statistics"] = shipped["statistics"]
    config["gallery"] = {"overlay": {**SMALL, "statistics": {"much_less_than": 10}}}
    result = snakemake(folder, "--cores", "2", "gallery", config=config)
    assert result.returncode == 0, result.stderr
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("entry", MEASURED)
def test_derived_exponents_are_measured(drawn, entry):
    """Each of them in one regime at least, and another in none."""
    table = GALLERY.read(drawn / "results/gallery/gallery.csv")
    own = table[(table["entry"] == entry) & table["k_q"].notna()]
    assert set(own.loc[own["agrees"] == "yes", "k_q_derived"]) == MEASURED[entry]
    assert not (own["agrees"] == "no").any()
    for k in ("k_q", "k_b"):
        assert (np.abs(own[k] - own[f"{k}_population"]) < 4 * own[f"{k}_se"]).all()


@pytest.mark.slow
def test_where_h_is_linear_or_constant_its_exponents_are_nought(drawn):
    table = GALLERY.read(drawn / "results/gallery/gallery.csv")
    huber = table[(table["entry"] == "huber") & table["k_q"].notna()]
    assert len(huber) == 4  # on both sides of the zero of h, for both classes
    assert (np.abs(huber["k_b"]) < 4 * huber["k_b_se"]).all()  # h is linear there: exactly 0
    constant = table[(table["entry"] == "huber") & (table["h"] == "constant") & table["k_w"].notna()]
    assert len(constant) >= 2
    assert (np.abs(constant["k_w"]) < 4 * constant["k_w_se"]).all()
    assert table.groupby("entry")["shown"].sum().eq(1).all()


@pytest.mark.slow
def test_a_composition_without_equilibrium_says_why(drawn):
    table = GALLERY.read(drawn / "results/gallery/gallery.csv")
    apart = table[table["entry"] == "apart"]
    assert set(apart["k_q_derived"]) == {"0", "1"}
    assert apart["why"].str.contains(r"equilibrium would take \S+ steps").all()
    assert apart[["w", "k_q", "k_b"]].isna().all(axis=None)
    assert "No equilibrium: equilibrium would take" in (drawn / "results/gallery/gallery.md").read_text()


@pytest.mark.slow
def test_there_are_pictures_and_nothing_is_made_again(drawn):
    for ending in FORMATS:
        assert (drawn / f"results/figures/gallery.{ending}").stat().st_size > 5000
    assert "4 compositions" in (drawn / "results/figures/gallery.txt").read_text(encoding="utf-8")
    assert planned(snakemake(drawn, "-n", "gallery")) == {}


@pytest.mark.slow
def test_the_commands_of_the_page_are_planned():
    jobs = {"gallery": 1, "gallery_entry": 12, "gallery_table": 1, "gallery_figure": 1}
    told = [command.removeprefix("snakemake ").split() for command in commands(PAGE)]
    assert told[0] == ["--cores", "all", "gallery"]
    assert planned(snakemake(ROOT, "-n", "--forceall", "gallery")) == jobs
    for arguments in told[1:]:
        assert snakemake(ROOT, *arguments).returncode == 0, arguments


@pytest.fixture(scope="module")
def kept():
    """What the page shows: from a run of the shipped gallery, which takes minutes."""
    return GALLERY.read(ROOT / "docs/gallery.csv"), GALLERY_CURVES.read(ROOT / "docs/gallery_curves.csv")


def test_the_table_and_the_picture_of_the_page_are_current(kept, shipped, schema, tmp_path):
    table, curves = kept
    entries = read_gallery(ROOT / "gallery")
    assert set(table["entry"]) == set(curves["entry"]) == set(entries)
    for name, entry in resolve_gallery(shipped, entries, schema).items():
        own = table[table["entry"] == name].iloc[0]
        activation, loss = entry["experiment"]["activation"], entry["experiment"]["loss"]
        assert (own["f"], own["H"]) == (entry["activations"][activation]["f"], entry["losses"][loss]["H"])
    assert overview(table) in PAGE.read_text(encoding="utf-8")
    save(figure(table, curves), [str(tmp_path / "gallery.png")])
    assert same_picture(tmp_path / "gallery.png", ROOT / "docs/gallery.png")


def test_what_is_measured_is_what_infinite_data_would_give(kept):
    """Of all regimes of the shipped gallery together, as theirs are the only errors that the page has."""
    table, _ = kept
    for k, fewest in (("k_q", 30), ("k_b", 30), ("k_w", 5)):
        known = table[table[k].notna() & table[f"{k}_population"].notna() & (table[f"{k}_se"] > 0)]
        z = (known[k] - known[f"{k}_population"]) / known[f"{k}_se"]
        assert len(known) >= fewest
        assert np.abs(z).max() < 4.5, known.assign(z=z)[["entry", "class", "regime", "z"]]
    derived = table[table["agrees"] != ""]
    assert (derived["agrees"] != "no").all()


def test_the_examples_of_the_page_are_right(shipped, schema):
    entry, overlay = map(yaml.safe_load, re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S))
    assert entry == read_gallery(ROOT / "gallery")["gelu"]
    found = resolve_gallery(overlaid(shipped, overlay), {"mine": entry}, schema)["mine"]
    assert found["dataset"]["samples_per_shard"] == 65536
    assert found["training"]["ess"] == 100


def test_every_regime_has_a_measurement_or_a_reason(kept):
    table, _ = kept
    nothing = table[["k_q", "k_b", "k_w"]].isna().all(axis=1)
    assert (table.loc[nothing, "why"] != "").all()
    assert isinstance(table, pd.DataFrame)
    assert table.groupby("entry")["shown"].sum().eq(1).all()
