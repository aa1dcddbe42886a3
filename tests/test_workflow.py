"""If these fail, a person who runs the workflow meets what the README does not say."""

import copy
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import textwrap
import time

import numpy as np
import pandas as pd
import pytest
import yaml
from audited_run import resolved_config
from conftest import FORMATS, KERNELS, ROOT, SMALL_TRAINING, command, contents, planned, snakemake
from documented_commands import commands, run

from duality.config.excerpt import excerpt
from duality.dataset.density import classes_of
from duality.dataset.stream import draw_shards
from duality.fluctuations.extraction import Extraction, Fluctuations
from duality.formulas.compose import compose
from duality.records.fluctuations import HISTOGRAM, SHARD_SUMMARY
from duality.records.record import read
from duality.records.training import Equilibrium


@pytest.mark.parametrize(
    ("overlay", "complaint"),
    [
        ("seed: abc\n", "config: seed = 'abc': must be an integer ≥ 0"),
        ("losses: {squared: {H: \"__import__('os').system('touch pwned')\"}}\n", "calls what is not allowed"),
        pytest.param(
            "figures:\n  f: {experiment: a}\n  f: {experiment: b}\n", "'f' stands twice", marks=pytest.mark.slow
        ),
        pytest.param("classes: {ones: {file: mine.csv}}\n", "there is no file 'mine.csv'", marks=pytest.mark.slow),
        pytest.param(
            "figures: {../x: {experiment: relu_quartic, class: zeros}}\n",
            "'../x' is no name for an entry of figures",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_bad_overlay_is_one_line_and_nothing_starts(checkout, overlay, complaint):
    folder = checkout("bad")
    (folder / "mine.yaml").write_text(overlay, encoding="utf-8")
    result = snakemake(folder, "--cores", "1", "--configfile", "mine.yaml")
    assert result.returncode != 0
    lines = [line for line in result.stderr.splitlines() if not line.startswith("Config file")]
    told = [line for line in lines if line.startswith("config: ")]
    assert len(told) == 1
    assert complaint in told[0]
    assert "Traceback" not in result.stderr + result.stdout
    assert not (folder / "results").exists()
    assert not (folder / "pwned").exists()


@pytest.mark.slow
def test_a_folder_that_snakemake_would_take_for_a_pattern_is_refused(checkout):
    result = snakemake(checkout("of {class_name}"), "-n")
    assert result.returncode != 0
    assert "must have a name without braces" in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_what_rules_do_not_say_is_in_the_profile(checkout, small):
    """Snakemake says nothing of a profile that it does not find: jobs would take what a cluster gives by default."""
    folder = checkout("profile")
    rules = "".join(path.read_text(encoding="utf-8") for path in (folder / "workflow/rules").glob("*.smk"))
    assert rules.count("\nrule ") > 20
    assert "mem_mb" not in rules  # and so the profile alone says it
    # Of rules with a message a dry run shows no resources: the rule `all` has none.
    for arguments, found in (([], True), (["--workflow-profile", "none"], False)):
        result = snakemake(folder, "-n", *arguments, config=small)
        assert result.returncode == 0, result.stderr
        told = re.findall(r"^ *resources: (.*)$", result.stdout, re.M)
        assert len(told) == 1
        assert ("runtime=10" in told[0]) == ("mem_mb=" in told[0]) == found


@pytest.mark.slow
def test_what_a_killed_run_left_half_made_is_made_again(checkout, small):
    """Without `rerun-incomplete` in the profile Snakemake asks what to do, and starts nothing."""
    folder, target = checkout("killed"), "results/theory/regimes/relu_quartic.csv"
    (folder / "config.yaml").write_text(yaml.safe_dump(small, sort_keys=False), encoding="utf-8")
    silent = {"stderr": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    process = subprocess.Popen(command("--cores", "1", target), cwd=folder, start_new_session=True, **silent)
    for _ in range(1200):
        if (folder / "logs/theory/regimes/relu_quartic.log").exists():
            break
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=60)
    assert not (folder / target).exists()
    (folder / target).write_text("half", encoding="utf-8")
    assert snakemake(folder, "--unlock").returncode == 0
    refused = snakemake(folder, "-n", target, "--workflow-profile", "none")
    assert "IncompleteFilesException" in refused.stdout + refused.stderr
    result = snakemake(folder, "--cores", "1", target)
    assert result.returncode == 0, result.stderr
    assert len(pd.read_csv(folder / target)) > 3


@pytest.mark.slow
def test_a_supplementary_figure_is_three_files(checkout, small):
    """CONTRIBUTING says: its module, its script and its rule. The config then has no figure of this name."""
    folder = checkout("figure")
    scripts, rules = folder / "workflow/scripts", folder / "workflow/rules/figures.smk"
    module = """from duality.figures.style import blank


        def triangle():
            fig = blank(2, 2)
            fig.add_axes((0.1, 0.1, 0.8, 0.8)).plot([0, 1, 0.5, 0], [0, 0, 1, 0])
            return fig
        """
    script = """from job import job

        with job(snakemake) as s:
            from duality.figures.style import publish
            from duality.figures.triangle import triangle

            publish(triangle(), "A triangle, with a < b & |q̇|.", "triangle", s.output)
        """
    rule = """

        rule triangle:
            output:
                pictures=picture("results/figures/triangle", "Triangles", {"figure": "a triangle"}),
                caption="results/figures/triangle.txt",
            log:
                "logs/figures/triangle.log",
            params:
                code=code("triangle"),
            script:
                "../scripts/triangle.py"
        """
    (scripts / "duality/figures/triangle.py").write_text(textwrap.dedent(f"        {module}"), encoding="utf-8")
    (scripts / "triangle.py").write_text(textwrap.dedent(f"        {script}"), encoding="utf-8")
    rules.write_text(rules.read_text(encoding="utf-8") + textwrap.dedent(rule), encoding="utf-8")
    result = snakemake(folder, "--cores", "1", "triangle", config=small)
    assert result.returncode == 0, result.stderr
    for ending in FORMATS:
        assert (folder / f"results/figures/triangle.{ending}").stat().st_size > 100
    result = snakemake(folder, "triangle", "--report", "report.html")
    assert result.returncode == 0, result.stderr
    assert "A triangle, with a &lt; b &amp; |q" in (folder / "report.html").read_text(encoding="utf-8")
    small["figures"]["triangle"] = small["figures"]["figure_8"]
    result = snakemake(folder, "-n", config=small)
    assert "config: figures.triangle: must be another name" in result.stderr


@pytest.mark.slow
def test_only_what_a_change_touches_is_made_again(finished, tmp_path, small):
    folder = shutil.copytree(finished, tmp_path / "run")
    said = (folder / "said.txt").read_text(encoding="utf-8")
    assert "table, with all errors  results/table/table.md" in said
    assert planned(snakemake(folder, "-n")) == {}

    def planned_with(overlay):
        (folder / "mine.yaml").write_text(overlay, encoding="utf-8")
        return planned(snakemake(folder, "-n", "--configfile", "mine.yaml"))

    same = "classes: {ones: {sd: 0.25}}\nexperiments: {relu_quartic: {prediction: power}}\n"
    assert planned_with(same) == {}, "an overlay that changes nothing"
    own = {"own": small["experiments"]["relu_quartic"] | {"loss": "squared", "prediction": "quadratic"}}
    jobs = planned_with(yaml.safe_dump({"experiments": own}))
    assert {jobs[rule] for rule in ("training", "regimes", "jacobian", "exponents", "jumps")} == {1}
    assert "figure" not in jobs

    changes = (
        {"activations": {"relu": {"name": "rectified"}}},
        {"statistics": {"cells": 20}},
        {"statistics": {"tolerance": 0.2}},
        {"seed": 7},
    )
    for overlay in changes:
        now = json.loads(resolved_config(folder, overlay))

        def other(record, now=now):
            places = record["config"].items()
            return any(record["params"][name] != excerpt(now, place) for name, place in places)

        assert set(planned_with(yaml.safe_dump(overlay))) == touched(folder, other), overlay


def touched(folder, changed):
    """The rules of the jobs whose record something changed in, and of all that rests on those."""
    records = [json.loads(path.read_text()) for path in (folder / "results/provenance").rglob("*.json")]
    rules = {record["rule"] for record in records if changed(record)}
    bad = {name for record in records if record["rule"] in rules for name in record["outputs"]}
    assert rules
    while more := [one for one in records if one["rule"] not in rules and bad & set(one["inputs"])]:
        rules |= {record["rule"] for record in more}
        bad |= {name for record in more for name in record["outputs"]}
    return rules | {"manifest"}


@pytest.mark.slow
@pytest.mark.parametrize("module", ["figures/style", "training/sgd", "fits/rivals"])
def test_a_changed_module_makes_run_again_what_imported_it_and_what_rests_on_that(finished, tmp_path, module):
    """tests/provenance/test_code.py does so for every module, without asking Snakemake each time."""
    folder, name = shutil.copytree(finished, tmp_path / "run"), f"duality/{module}.py"
    path = folder / "workflow/scripts" / name
    path.write_text(f"{path.read_text(encoding='utf-8')}\n# changed\n", encoding="utf-8")
    os.utime(path, (1, 1))  # however old it claims to be
    jobs = planned(snakemake(folder, "-n"))
    assert set(jobs) == touched(folder, lambda record: name in record["code"])
    assert len(jobs) < len(planned(snakemake(folder, "-n", "--forceall")))


@pytest.fixture
def for_nobody_else():
    """Files that others may not read."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.slow
@pytest.mark.usefixtures("for_nobody_else")
def test_a_run_that_was_interrupted_and_then_failed_ends_with_the_same_bytes(
    finished, checkout_with_derivations, small, tmp_path
):
    """Pictures and manifest included; in another folder, on another number of cores, with kernels as another processor
    has them, elsewhere on earth, in another language, for another user, with other habits of Matplotlib."""
    folder = checkout_with_derivations("other")
    (tmp_path / "home").mkdir()
    habits = tmp_path / "matplotlibrc"
    habits.write_text("figure.dpi: 30\nlines.linewidth: 9\naxes.grid: True\nsavefig.facecolor: red\n", encoding="utf-8")
    elsewhere = KERNELS[0] | {
        "TZ": "Asia/Kathmandu",
        "LC_ALL": "C",
        "LANG": "tr_TR.UTF-8",
        "HOME": str(tmp_path / "home"),
        "PYTHONHASHSEED": "7",
        "MATPLOTLIBRC": str(habits),
        "SOURCE_DATE_EPOCH": "1",
    }
    # Ctrl-C in the middle of a training.
    endless = copy.deepcopy(small)
    endless["experiments"]["relu_quartic"]["training"] |= {"steps": 4 * 10**9, "budget": 4 * 10**9, "thin": 65536}
    (folder / "config.yaml").write_text(yaml.safe_dump(endless, sort_keys=False), encoding="utf-8")
    process = subprocess.Popen(
        command("--cores", "1"),
        cwd=folder,
        env=os.environ | elsewhere,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # what runs in the background may ignore it
    )
    log = folder / "logs/training/relu_quartic.log"
    for _ in range(1200):
        if log.exists():
            break
        time.sleep(0.1)
    time.sleep(1.0)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=120)
    assert process.returncode != 0
    equilibrium = folder / "results/training/relu_quartic/equilibrium.json"
    assert not equilibrium.exists()
    dataset = folder / "results/dataset/zeros/0.npy"
    made = dataset.stat().st_mtime_ns

    # What only training can tell fails its job in one line.
    failing = copy.deepcopy(small)
    failing["experiments"]["relu_quartic"]["classes"]["zeros"]["conditions"] = ["w > 100"]
    result = snakemake(folder, "--cores", "1", "--keep-going", config=failing, kernels=elsewhere)
    assert result.returncode != 0
    told = [line for line in result.stderr.splitlines() if line.startswith("jacobian of experiment relu_quartic: ")]
    assert len(told) == 1
    assert "experiments.relu_quartic.classes.zeros: " in told[0]
    assert "meets the window conditions ['w > 100']" in told[0]
    assert "Traceback" not in result.stderr
    assert "Error in rule jacobian:" in result.stderr
    assert "    log: logs/jacobian/relu_quartic.log (check" in result.stderr, "what Snakemake says of an error, whole"
    assert "Traceback" in (folder / "logs/jacobian/relu_quartic.log").read_text(encoding="utf-8")
    assert not (folder / "results/jacobian/relu_quartic/windows.json").exists()
    trained = equilibrium.stat().st_mtime_ns

    # Mended, it goes on where it was.
    result = snakemake(folder, "--cores", "1", config=small, kernels=elsewhere)
    assert result.returncode == 0, result.stderr
    assert (dataset.stat().st_mtime_ns, equilibrium.stat().st_mtime_ns) == (made, trained)
    one, other = (contents(place / "results") for place in (folder, finished))
    assert list(one) == list(other)
    assert [str(name) for name in one if one[name] != other[name]] == []
    assert {f"figures/figure_8.{ending}" for ending in FORMATS} <= {name.as_posix() for name in one}


@pytest.mark.slow
def test_stages_are_planned_for_what_the_config_has(checkout, shipped, small):
    """Jumps of every experiment, the guard if the config says so."""
    folder = checkout("dry")
    for config, guard in ((shipped, {"guard": 3, "guard_figure": 1}), (small, {})):
        jobs = planned(snakemake(folder, "-n", config=config))
        assert jobs["training"] == jobs["jumps"] == len(config["experiments"])
        assert jobs["jumps_figure"] == 1
        assert {rule: count for rule, count in jobs.items() if rule.startswith("guard")} == guard


@pytest.mark.slow
def test_a_run_is_few_lines_and_ends_with_what_it_made(finished, shipped):
    """At most 80 lines of the whole paper: its table has more rows, and its jobs, which are more too, have no lines."""
    lines = (finished / "said.txt").read_text(encoding="utf-8").splitlines()
    more = sum(len(experiment["classes"]) for experiment in shipped["experiments"].values()) - 2
    assert len(lines) + more <= 80
    assert max(map(len, lines)) <= 200
    assert not re.findall(r"^(Job|Reason|rule|Finished|Select|Execute)\b", "\n".join(lines), re.M)
    assert sum(line.endswith("%) done") for line in lines) == 10
    (number,) = [index for index, line in enumerate(lines) if line.startswith("ReLU, quartic  zeros  ")]
    assert lines[number + 2 : number + 3] == [""]
    said = "\n".join(lines[number + 3 :])
    assert re.match(r"Verdicts on the paper: \d+ reproduced, ", said)
    for place in (
        "table/table.md",
        "figures/overview.png",
        "explorer.html",
        "claims/ledger.md",
        "theory/theory.md",
    ):
        assert re.search(rf"^[a-z, ]+  results/{place}$", said, re.M), place
    assert "Not what this config makes" not in said


@pytest.mark.slow
def test_an_experiment_that_dies_leaves_the_others_complete_and_is_told(finished, tmp_path, shipped):
    """Its row and its pictures say why; the run ends with an error, and names what is now of another config."""
    folder = shutil.copytree(finished, tmp_path / "dead")
    dead = copy.deepcopy(shipped["experiments"]["relu_mse"])
    dead["training"] |= SMALL_TRAINING | {"start": {"w": [0.1, 0.2], "b": [-9.0, -8.0]}}
    overlay = {"experiments": {"dead": dead}, "figures": {"figure_dead": {"experiment": "dead", "class": "zeros"}}}
    (folder / "mine.yaml").write_text(yaml.safe_dump(overlay), encoding="utf-8")
    result = snakemake(folder, "--cores", "2", "figures", "table", "jumps_figure", "--configfile", "mine.yaml")
    assert result.returncode == 1
    why = r"died after \d+ steps: replica 0 at w = \S+, b = \S+ has no gradient for any sample, change training.gamma"
    assert len(re.findall(f"^training of experiment dead: {why}", result.stderr, re.M)) == 1
    assert "Traceback" not in result.stderr
    assert len(re.findall(f"^ReLU, mean squared +(?:zeros|ones) +{why}", result.stdout, re.M)) == 2
    assert len(re.findall(rf"^Failed: ReLU, mean squared \(dead\) {why}", result.stdout, re.M)) == 1
    others = result.stdout.partition("Not what this config makes")[2]
    assert "  results/claims/*: " in others
    assert "Verdicts" not in result.stdout
    assert not re.search("^  results/figures", others, re.M)
    table = pd.read_csv(folder / "results/table/table.csv").set_index(["experiment", "class"])
    assert table.loc["dead", "k_corrected"].isna().all()
    assert table.loc["dead", "failed"].str.match(why).all()
    of_finished = pd.read_csv(finished / "results/table/table.csv").set_index(["experiment", "class"])
    pd.testing.assert_frame_equal(table.loc[["relu_quartic"]], of_finished, check_dtype=False)
    assert re.match(why, (folder / "results/figures/figure_dead.txt").read_text(encoding="utf-8"), re.I)
    for name in ("figure_dead", "traces/dead", "overview", "local_exponents", "jumps"):
        for ending in FORMATS:
            assert (folder / f"results/figures/{name}.{ending}").stat().st_size > 1000
    # Without the overlay what was made with it is of another config; what both have alike is of this one.
    alone = snakemake(folder, "summary")  # as a person types it, without --cores
    assert alone.returncode == 0, alone.stderr
    assert "  results/figures/figure_dead.*: the config has no figures.figure_dead any more" in alone.stdout
    assert "k_q pred." not in alone.stdout
    assert "Failed" not in alone.stdout


@pytest.mark.slow
def test_what_is_in_another_working_folder_is_told_as_seen_from_here(checkout):
    """What was asked for, and the log of a job, which does not know where its Snakemake was started."""
    folder = checkout("outside")
    shutil.copytree(ROOT / "smoke", folder / "small", ignore=shutil.ignore_patterns("[!c]*"))
    asked = ("--cores", "1", "--directory", "small", "calibration")
    told = snakemake(folder, *asked).stdout.splitlines()
    assert [line for line in told if line.startswith("asked for")] == [
        f"asked for  small/results/calibration/{name}.csv" for name in ("coverage", "p_values")
    ]
    too_long = snakemake(folder, *asked, "--forceall", "--set-resources", "calibration:runtime=0").stderr
    assert "runtime = 0 min" in too_long
    assert "(log: small/logs/calibration.log)" in too_long


@pytest.mark.slow
def test_the_command_line_leaves_an_experiment_out_and_gives_numbers(checkout):
    """An experiment that is null goes with its figure and the guard that is about it."""
    left_out = ("experiments={piecewise_linear_cross_entropy: null}", "dataset={shards: 5, training_shards: 2}")
    jobs = planned(snakemake(checkout("plan"), "-n", "--config", *left_out))
    assert (jobs["training"], jobs["figure"], jobs["dataset"]) == (4, 7, 4)
    assert not [rule for rule in jobs if rule.startswith("guard")]


@pytest.mark.slow
def test_the_composition_of_the_page_runs(checkout_with_derivations, small):
    """A person types a loss of their own, and gets it trained, fitted, plotted and tabulated."""
    folder = checkout_with_derivations("mine")
    small |= {"experiments": {}, "figures": {}}  # those run above
    page = ROOT / "docs/compositions.md"
    block = re.search(r"<!-- tested: .*?-->\n```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
    mine = yaml.safe_load(block[1])
    mine["experiments"]["softplus_huber"]["training"] |= SMALL_TRAINING
    (folder / "mine.yaml").write_text(yaml.safe_dump(mine), encoding="utf-8")
    (folder / "config.yaml").write_text(yaml.safe_dump(small, sort_keys=False), encoding="utf-8")
    other_seed, made = commands(page)
    result = run(made, folder)
    assert result.returncode == 0, result.stderr
    shutil.copy2(folder / "results/config.yaml", folder / "config.yaml")
    assert planned(run(other_seed, folder))["training"] == 1
    for ending in (*FORMATS, "csv", "txt"):
        assert (folder / f"results/figures/softplus_huber_zeros.{ending}").stat().st_size > 0
    table = pd.read_csv(folder / "results/table/table.csv").set_index("experiment").loc["softplus_huber"]
    assert table["k_corrected_se"] > 0
    assert table["k_jacobian"] == pytest.approx(1, abs=0.1)
    assert yaml.safe_load((folder / "results/config.yaml").read_text())["losses"]["huber"]["parameters"]["delta"] == 0.5


@pytest.mark.slow
def test_ten_billion_samples_are_planned_within_half_a_minute_and_400_mib(checkout):
    """Of the processor, and of private memory: the system ends what takes more."""
    folder = checkout("plan")
    (folder / "mine.yaml").write_text("dataset: {shards: 4769}\n", encoding="utf-8")
    command_line = shlex.join(command("-n", "--configfile", "mine.yaml"))
    limited = ["bash", "-c", f"ulimit -t 30; ulimit -d {400 * 1024}; exec {command_line}"]
    result = subprocess.run(limited, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    assert result.returncode == 0, result.stderr[-1000:]
    jobs = planned(result)
    assert (jobs["dataset"], jobs["fluctuations"], jobs["fluctuation_sums"]) == (2, 5, 5 * 230)


@pytest.mark.slow
def test_more_shards_are_jobs_of_their_own_and_leave_what_is_done(finished, tmp_path):
    """Only fluctuations are made anew, by a job a shard; all of them together are what one job would have counted."""
    folder = shutil.copytree(finished, tmp_path / "more")
    (folder / "mine.yaml").write_text("dataset: {shards: 5}\n", encoding="utf-8")
    target = "results/fluctuations/relu_quartic/unseen.histogram.npz"
    jobs = planned(snakemake(folder, "-n", target, "--configfile", "mine.yaml"))
    assert jobs == {"fluctuation_sums": 3, "fluctuations": 1}
    result = snakemake(folder, "--cores", "2", target, "--configfile", "mine.yaml")
    assert result.returncode == 0, result.stderr
    assert not list((folder / "results/dataset/zeros").glob("[!0]*.npy"))
    resolved = json.loads(resolved_config(folder))
    experiment, classes = resolved["experiments"]["relu_quartic"], classes_of(resolved["classes"])
    equilibrium = read(folder / "results/training/relu_quartic/equilibrium.json", Equilibrium)
    frozen = equilibrium.frozen(experiment["training"]["gamma"])
    extraction = Extraction(compose(**experiment["composition"]), frozen, tuple(classes))
    whole = extraction.count(
        draw_shards(classes, resolved["dataset"]["samples_per_shard"], range(1, 5), resolved["seed"])
    )
    HISTOGRAM.write(Fluctuations.of(whole).histogram, tmp_path / "whole.npz")
    assert (folder / target).read_bytes() == (tmp_path / "whole.npz").read_bytes()
    # A job whose sums are lost is done again, alone.
    lost = folder / "results/fluctuations/relu_quartic/3-3.npz"
    before = lost.read_bytes()
    lost.unlink()
    (folder / target).unlink()
    assert planned(snakemake(folder, "-n", target, "--configfile", "mine.yaml")) == {
        "fluctuation_sums": 1, "fluctuations": 1,
    }  # fmt: skip
    result = snakemake(folder, "--cores", "2", target, "--configfile", "mine.yaml")
    assert result.returncode == 0, result.stderr
    assert (lost.read_bytes(), (folder / target).read_bytes()) == (before, (tmp_path / "whole.npz").read_bytes())


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ({"file": "mine.npy"}, ""),
        ({"file": "mine.csv", "column": "x1"}, ""),
        ({"file": "mine.csv"}, "column must say which of its columns is x1 (its columns: 'x1')"),
    ],
    ids=["NPY", "CSV", "CSV without column"],
)
def test_a_file_of_one_s_own_is_planned_for_or_refused_in_one_line(checkout, random, file, told):
    """An NPY file has no columns; a CSV file has names of some, even if there is one alone."""
    folder = checkout("planned")
    x1 = random.normal(1, 0.25, 6000)
    np.save(folder / "mine.npy", x1)
    pd.DataFrame({"x1": x1}).to_csv(folder / "mine.csv", index=False)
    (folder / "mine.yaml").write_text(yaml.safe_dump({"classes": {"ones": file}}), encoding="utf-8")
    result = snakemake(folder, "-n", "--configfile", "mine.yaml", "--", "results/dataset/ones/0.npy")
    assert "Traceback" not in result.stderr + result.stdout
    assert "Exception" not in result.stderr + result.stdout
    if told:
        assert result.returncode != 0
        (line,) = (line for line in result.stderr.splitlines() if line.startswith("config: "))
        assert line.endswith(told)
    else:
        assert planned(result) == {"sample": 1, "dataset": 1}, result.stderr


@pytest.mark.slow
def test_an_npy_file_of_one_s_own_is_drawn_from_and_its_record_names_places_of_the_config(checkout, small, random):
    """The audit compares what a record has of the config by these places, whether the config says all of it or not."""
    folder = checkout("npy")
    x1 = random.normal(1, 0.25, 6000)
    np.save(folder / "mine.npy", x1)
    small["classes"]["ones"] = {"x2": 1, "file": "mine.npy"}
    made = snakemake(folder, "--cores", "1", "results/dataset/stream/x1.npy", "results/config.yaml", config=small)
    assert made.returncode == 0, made.stdout + made.stderr
    assert np.array_equal(np.load(folder / "results/dataset/ones/sample.npy"), x1)
    assert np.array_equal(np.load(folder / "results/dataset/ones/0.npy"), x1[::2])
    record = json.loads((folder / "results/provenance/dataset/ones/sample.json").read_text(encoding="utf-8"))
    assert set(record["inputs"]) == {"mine.npy"}
    assert record["config"] == {"column": "files/ones/column"}
    assert record["params"]["column"] is None
    assert planned(snakemake(folder, "-n", "results/dataset/stream/x1.npy")) == {}


@pytest.mark.slow
def test_data_of_one_s_own_run(checkout_with_derivations, small, random):
    folder = checkout_with_derivations("data")
    x1 = random.normal(1, 0.25, 6000)
    (folder / "mine.csv").write_text("x1\n" + "".join(f"{v!r}\n" for v in x1.tolist()), encoding="utf-8")
    overlay = {
        "classes": {
            "zeros": {"distribution": "t", "parameters": {"df": 12, "loc": 0, "scale": 0.22}},
            "ones": {"file": "mine.csv", "column": "x1"},
        }
    }
    (folder / "mine.yaml").write_text(yaml.safe_dump(overlay), encoding="utf-8")
    result = snakemake(folder, "--cores", "2", "--configfile", "mine.yaml", config=small)
    assert result.returncode == 0, result.stderr
    assert np.array_equal(np.load(folder / "results/dataset/ones/0.npy"), x1[::2])
    samples = SHARD_SUMMARY.read(folder / "results/fluctuations/relu_quartic/samples.csv").set_index(["class", "shard"])
    assert samples.loc[("ones", 1), "mean"] == np.mean(x1[1::2])
    table = pd.read_csv(folder / "results/table/table.csv")
    assert set(table["experiment"]) == {"relu_quartic"}
    assert (table["chi2_p"] > 1e-4).all()
    assert (table["accuracy"] > 0.9).all()
