"""If these fail, sweeps do not run as their page says, run again what is done, or end where there is no equilibrium."""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from conftest import FORMATS, ROOT, copy_own_files, planned, small_config, snakemake
from documented_commands import commands

from duality.config.reading import overlaid
from duality.records.sweeps import sweep_table

PAGE = ROOT / "docs/sweeps.md"
QUICK = {"gamma": 0.05, "ess": 20, "r_hat": 1.5, "drift": 20, "thin": 1024, "steps": 409600, "budget": 1 << 21}
# The shipped sweeps with fewer points, samples and steps. At the second γ replicas stay where they start.
SMALL = {
    "exponent_by_design": {
        "overlay": {"dataset": {"samples_per_shard": 16384}, "experiments": {"tunable": {"training": QUICK}}},
        "axes": {"k": {"values": [0, "2/3", 1]}},
    },
    "end_of_criticality": {
        "overlay": {"dataset": {"samples_per_shard": 16384}, "experiments": {"tunable": {"training": QUICK}}},
        "axes": {"gamma": {"values": [0.05, 1.0e-9]}, "sigma": {"values": [0.25]}},
    },
    "mini_batches": {
        "overlay": {"dataset": {"samples_per_shard": 16384}, "experiments": {"tunable": {"training": QUICK}}},
        "axes": {"k": {"values": [1]}, "M": {"values": [1, 8]}},
        "mini_batches": {"batches": 1 << 17},
    },
}


def small_sweeps(shipped):
    """A config with the shipped sweeps, small."""
    small = small_config(shipped)
    small["sweeps"] = overlaid(copy.deepcopy(shipped["sweeps"]), SMALL)
    for sweep in small["sweeps"].values():
        sweep["overlay"]["jumps"] = {"replicas": 2, "relaxation_times": 4, "samples": 16384}
    return small


@pytest.fixture(scope="module")
def config(shipped):
    return small_sweeps(shipped)


@pytest.fixture(scope="module")
def swept(config, tmp_path_factory):
    """A folder in which the page's commands were run, and what they said."""
    folder = copy_own_files(tmp_path_factory.mktemp("sweeps") / "swept")
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    said = {}
    for line in commands(PAGE):
        options = {"capture_output": True, "text": True, "timeout": 1200, "check": False}
        result = subprocess.run(["bash", "-c", line], cwd=folder, env=os.environ | {"PATH": path}, **options)
        assert result.returncode == 0, result.stderr
        said[line] = result
    assert len(said) == 2
    return folder, said


@pytest.mark.slow
def test_every_sweep_is_a_tidy_table_and_its_figures(swept, config):
    folder, _ = swept
    for name, sweep in config["sweeps"].items():
        axes = {axis: [number(value) for value in about["values"]] for axis, about in sweep["axes"].items()}
        table = sweep_table(axes).read(folder / f"results/sweeps/{name}.csv")
        for axis, values in axes.items():
            assert set(table[f"axis_{axis}"]) == set(values)
        for figure in sweep["figures"]:
            place = folder / f"results/figures/sweeps/{name}"
            assert all((place / f"{figure}.{ending}").stat().st_size > 1000 for ending in FORMATS)
            assert len((place / f"{figure}.txt").read_text(encoding="utf-8")) > 100


def number(value):
    numerator, _, denominator = str(value).partition("/")
    return float(numerator) / float(denominator or 1)


@pytest.mark.slow
def test_a_point_without_equilibrium_is_a_row_that_says_why(swept):
    folder, _ = swept
    table = pd.read_csv(folder / "results/sweeps/end_of_criticality.csv")
    failed = table[table["axis_gamma"] == 1.0e-9]
    assert len(failed) == 1
    assert failed["why"].iloc[0].startswith("no equilibrium after")
    assert (table["axis_gamma"] == 0.05).sum() > 20


@pytest.mark.slow
def test_wanted_exponents_are_measured(swept):
    folder, _ = swept
    table = pd.read_csv(folder / "results/sweeps/exponent_by_design.csv")
    found = table[(table["quantity"] == "b_dot") & (table["window"] == "paper") & (table["estimate"] == "corrected")]
    assert len(found) == 6
    assert (abs(found["value"] - found["predicted"]) < 4 * found["se"]).all()
    assert (found["predicted"] == found["axis_k"]).all()


@pytest.mark.slow
def test_new_points_run_alone_and_old_ones_stay(swept, config):
    folder, said = swept
    assert "Nothing to be done" in said[commands(PAGE)[1]].stdout
    more = copy.deepcopy(config)
    more["sweeps"]["exponent_by_design"]["axes"]["k"]["values"].append(2)
    jobs = planned(snakemake(folder, "-n", "sweeps", config=more))
    assert jobs == {"sweep_point": 1, "sweep_table": 1, "sweep_figure": 1, "sweeps": 1}
    fewer = copy.deepcopy(config)
    fewer["sweeps"]["exponent_by_design"]["axes"]["k"]["values"].pop()
    assert "sweep_point" not in planned(snakemake(folder, "-n", "sweeps", config=fewer))
    record = json.loads((folder / "results/provenance/sweeps/exponent_by_design/k=1.json").read_text())
    assert record["config"]["experiment"] == "sweeps/exponent_by_design/points/k=1/experiment"


@pytest.mark.slow
def test_a_mistake_in_a_sweep_is_one_line(checkout, config):
    wrong = copy.deepcopy(config)
    wrong["sweeps"]["mini_batches"]["axes"]["M"]["values"] = [0]
    result = snakemake(checkout("wrong"), "-n", config=wrong)
    assert result.returncode != 0
    told = [line for line in result.stderr.splitlines() if line.startswith("config: ")]
    assert len(told) == 1
    assert "sweeps.mini_batches.axes.M = 0: experiments.tunable.training.mini_batch = 0: must be" in told[0]
    assert "Traceback" not in result.stderr
