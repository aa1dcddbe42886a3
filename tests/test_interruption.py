"""If these fail, a run that was killed does not go on, or something that was changed by hand is taken as right."""

import os
import random
import shutil
import signal
import subprocess
import time

import pytest
from conftest import command, contents, small_config, snakemake

pytestmark = pytest.mark.slow

KILLS, LONGEST = 20, 6  # kills, and seconds after the start of a run until one
COMMAND = ("--cores", "2")  # README's, after `snakemake --unlock`


def jobs_of(process):
    """The processes that Snakemake has started, and those that they have."""
    listed = subprocess.run(["ps", "-e", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(pid): int(parent) for pid, parent in map(str.split, listed.splitlines())}
    found, pending = [], [process.pid]
    while pending:
        children = [pid for pid, parent in parents.items() if parent == pending[0]]
        found += children
        pending = [*pending[1:], *children]
    return found


def kill_one(process, chance):
    """Kill Snakemake, all of its group, or one of its jobs; which one, chance decides."""
    victim = chance.choice(["snakemake", "group", "job", "job"])
    if victim == "group":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        jobs = jobs_of(process) if victim == "job" else []
        try:
            os.kill(chance.choice(jobs) if jobs else process.pid, signal.SIGKILL)
        except ProcessLookupError:  # it has just ended
            return "nothing"
    return victim


def test_a_run_killed_at_twenty_moments_ends_with_the_same_bytes(derived, tmp_path, finished):
    """Each time with the command of README, and at once: what the killed run left running must not disturb."""
    chance, folder, killed, wholes = random.Random(9), tmp_path / "run0", [], 0
    shutil.copytree(derived, folder)
    shutil.copy2(finished / "config.yaml", folder / "config.yaml")
    silent = {"stderr": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    while len(killed) < KILLS:
        process = subprocess.Popen(command(*COMMAND), cwd=folder, start_new_session=True, **silent)
        time.sleep(chance.uniform(0, LONGEST))
        if process.poll() is None:
            killed.append(kill_one(process, chance))
        code = process.wait(timeout=600)
        assert snakemake(folder, "--unlock").returncode == 0
        if code == 0:
            wholes += 1
            assert contents(folder / "results") == contents(finished / "results")
            folder = shutil.copytree(derived, tmp_path / f"run{wholes}")
            shutil.copy2(finished / "config.yaml", folder / "config.yaml")
    assert set(killed) >= {"snakemake", "group", "job"}
    result = snakemake(folder, *COMMAND)
    assert result.returncode == 0, result.stderr
    assert contents(folder / "results") == contents(finished / "results")


def edited(content):
    return content[:-1] + b" "


def cut(content):
    return content[:-20]


@pytest.mark.parametrize(
    ("changed", "made_of_it", "change"),
    [
        ("results/dataset/zeros/0.npy", "results/fluctuations/relu_quartic/head.npz", edited),
        ("results/training/relu_quartic/equilibrium.json", "results/jacobian/relu_quartic/windows.json", cut),
        ("results/exponents/relu_quartic/exponents.json", "results/table/table.csv", edited),
        ("results/training/relu_quartic/equilibrium.json", "results/jacobian/relu_quartic/windows.json", None),
    ],
)
def test_an_intermediate_that_was_changed_never_gets_into_a_result(finished, tmp_path, changed, made_of_it, change):
    """With its time kept Snakemake sees nothing; without a record nobody knows what it was."""
    folder = shutil.copytree(finished, tmp_path / "run")
    path, status = folder / changed, (folder / changed).stat()
    if change is None:
        (folder / "results/provenance/training/relu_quartic.json").unlink()
    else:
        path.write_bytes(change(path.read_bytes()))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    (folder / made_of_it).unlink()
    result = snakemake(folder, "--cores", "1", made_of_it)
    assert result.returncode != 0
    complaint = "has no record of the job that made it" if change is None else "is not what its job made"
    told = [line for line in result.stderr.splitlines() if complaint in line]
    assert len(told) == 1
    assert f"{changed} {complaint}" in told[0]
    assert not (folder / made_of_it).exists()
    # What the message says: delete it, and it is made again.
    path.unlink()
    for targets in ([made_of_it], []):
        result = snakemake(folder, *COMMAND, *targets)
        assert result.returncode == 0, result.stderr
    assert contents(folder / "results") == contents(finished / "results")


def test_a_formula_that_takes_for_ever_ends_its_job_in_one_line(checkout, shipped):
    """It passes all checks of the config, and then SymPy and mpmath go on for hours."""
    folder, config, target = checkout("endless"), small_config(shipped), "results/theory/regimes/relu_quartic.csv"
    config["activations"]["relu"]["f"] = "exp(exp(exp(exp(exp(y)))))"
    result = snakemake(folder, "--cores", "1", target, "--set-resources", "regimes:runtime=1", config=config)
    assert result.returncode != 0
    told = [line for line in result.stderr.splitlines() if line.startswith("regimes of experiment relu_quartic: ")]
    assert len(told) == 1
    assert "longer than its rule allows (runtime = 1 min), at 'f = exp(exp(exp(exp(exp(y)))))" in told[0]
    assert "Traceback" not in result.stderr
    assert not (folder / target).exists()
