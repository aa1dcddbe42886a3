"""If these fail, an entry of the gallery is another experiment than its file says, or a mistake in it is not told."""

import copy

import pytest
import yaml
from conftest import ROOT

from duality.config.gallery import read_gallery, resolve_gallery
from duality.config.sweeps import resolved_point
from duality.config.training import is_complete
from duality.errors import InputError

WANTED = {
    "tanh", "softplus", "gelu", "silu", "softsign", "hinge", "squared_hinge", "logistic", "exponential", "huber",
    "focal", "tsallis",
}  # fmt: skip
MINE = {"activations": {"mine": {"f": "atan(y)"}}, "experiments": {"mine": {"activation": "mine", "loss": "squared"}}}


def test_the_shipped_entries_are_compositions_and_nothing_else(shipped, schema):
    """Whoever writes one says what it is: γ, steps, starting points and conditions follow."""
    overlays = read_gallery(ROOT / "gallery")
    assert set(overlays) == WANTED
    found = resolve_gallery(shipped, overlays, schema)
    for name, entry in found.items():
        assert set(overlays[name]) <= {"classes", "activations", "losses", "experiments"}
        assert set(overlays[name]["experiments"][name]) == {"activation", "loss"}
        point = resolved_point(entry)
        assert not is_complete(point["training"])
        assert point["measured"] == {}
        assert point["dataset"]["samples_per_shard"] == shipped["gallery"]["overlay"]["dataset"]["samples_per_shard"]
        assert point["windows"]["much_less_than"] == shipped["gallery"]["overlay"]["statistics"]["much_less_than"]


def test_the_shipped_entries_fit_any_config(shipped, schema):
    """One's own has other formulas and other classes: it must start, whether or not the gallery is wanted."""
    overlays = read_gallery(ROOT / "gallery")
    mine = {"activations": {"mine": {"f": "y"}}, "losses": {"mine": {"H": "(f - x2)**4"}}, "sweeps": {}}
    mine["experiments"] = {"mine": {**shipped["experiments"]["relu_quartic"], "activation": "mine", "loss": "mine"}}
    mine["experiments"]["designed"] = {"design": {"k": "13/10"}}  # names neither activation nor loss
    mine["figures"] = {"mine": {"experiment": "mine", "class": "zeros"}}
    own = {key: value for key, value in {**shipped, **mine}.items() if key != "guard"}
    assert set(resolve_gallery(own, overlays, schema)) == WANTED
    renamed = {**own, "classes": dict(zip(("cats", "dogs"), shipped["classes"].values(), strict=True))}
    assert set(resolve_gallery(renamed, overlays, schema)) == {"focal", "gelu", "huber", "silu", "softplus", "tsallis"}


def test_an_entry_changes_no_other_and_not_the_config(shipped, schema):
    before = copy.deepcopy(shipped)
    other = {**copy.deepcopy(MINE), "seed": 7, "classes": {"zeros": {"x2": -1}}}
    alone = resolve_gallery(shipped, {"mine": MINE}, schema)["mine"]
    both = resolve_gallery(shipped, {"other": other, "mine": MINE}, schema)
    assert both["mine"] == alone
    assert both["other"]["seed"] == 7
    assert [about["x2"] for about in both["other"]["classes"].values()] == [-1, 1]
    assert shipped == before


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"experiments": {}}, r"gallery/mine.yaml: experiments = \[\]: must be one experiment, of activation and loss"),
        ({"experiments": ["mine"]}, r"experiments = \['mine'\]: must be one experiment, of activation and loss"),
        ({"experiments": {"mine": {"loss": "squared"}}}, "gallery/mine.yaml: experiments.mine"),
        ({"experiments": {"a": {}, "b": {}}}, "gallery/mine.yaml: experiments"),
        (
            {"activations": {"mine": {"f": "erf("}}},
            "gallery/mine.yaml: activations.mine.f = 'erf.': it does not parse",
        ),
        ({"activations": {"other": {"f": "y"}}}, "experiments.mine.activation = 'mine': must be one of sigmoid"),
        ({"gamma": 1}, "gallery/mine.yaml: gamma is no known key"),
        ({"classes": {"ones": {"x2": 0}}}, "must be different from each other"),
        ({"classes": {"ones": {"file": "x.csv"}}}, "classes.ones.file = 'x.csv': must be that of the config itself"),
    ],
)
def test_a_mistake_is_told_in_one_line(shipped, schema, change, told):
    with pytest.raises(InputError, match=told):
        resolve_gallery(shipped, {"mine": {**copy.deepcopy(MINE), **change}}, schema)


def test_a_mistake_in_what_all_entries_have_is_told(shipped, schema):
    wrong = {**shipped, "gallery": {"overlay": {"dataset": {"samples_per_shard": 0}}}}
    with pytest.raises(InputError, match=r"gallery.overlay: dataset.samples_per_shard = 0: must be an integer from 1"):
        resolve_gallery(wrong, {"mine": MINE}, schema)


def test_a_file_has_the_name_of_its_entry(tmp_path):
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(MINE), encoding="utf-8")
    assert read_gallery(tmp_path) == {"mine": MINE}
    (tmp_path / "a b.yaml").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="must be called by letters"):
        read_gallery(tmp_path)
