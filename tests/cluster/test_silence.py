"""If these fail, docs/cluster.md is wrong about what Snakemake does while Slurm's controller is down.

No Slurm is needed: in place of its commands are scripts that fail as they do, though at once.
"""

import os
import signal
import subprocess
import time

import pytest
from conftest import command

pytestmark = pytest.mark.slow

TARGET = "results/dataset/zeros/0.npy"
DOWN = "echo 'Unable to contact slurm controller (connect failure)' >&2; exit 1"
NO_ACCOUNTS = "echo 'Slurm accounting storage is disabled' >&2; exit 1"
# While the controller is down. Accounts are kept by another daemon, where there are any.
COMMANDS = dict.fromkeys(("sinfo", "sbatch", "squeue", "scancel", "scontrol"), DOWN)
COMMANDS |= dict.fromkeys(("sacct", "sacctmgr", "sshare"), NO_ACCOUNTS)
SILENT = 10  # seconds without a word that are taken for ever; what the scripts say is there at once
ENDS = 60


class Started:
    """Snakemake in a copy of the repository, and Slurm's commands as scripts that note that they are called."""

    def __init__(self, folder, *arguments, **commands):
        self.folder, self.notes = folder, folder / "called.txt"
        programs = folder / "programs"
        programs.mkdir()
        for name, does in (COMMANDS | commands).items():
            script = programs / name
            script.write_text(f"#!/bin/sh\necho {name} >> '{self.notes}'\n{does}\n", encoding="utf-8")
            script.chmod(0o755)
        with open(folder / "said.txt", "w", encoding="utf-8") as said:
            self.process = subprocess.Popen(
                command(*arguments, "--", TARGET), cwd=folder, stdout=said, stderr=said, start_new_session=True,
                env=os.environ | {"PATH": f"{programs}:{os.environ['PATH']}"},
            )  # fmt: skip

    def calls(self, name):
        return self.notes.read_text(encoding="utf-8").split().count(name) if self.notes.exists() else 0

    def said(self):
        return (self.folder / "said.txt").read_text(encoding="utf-8")

    def waits(self, name, times=1):
        """Whether it says nothing and does not end after so many calls of a command."""
        until = time.monotonic() + ENDS
        while self.calls(name) < times:
            assert time.monotonic() < until, self.said()
            assert self.process.poll() is None, self.said()
            time.sleep(0.1)
        time.sleep(2)  # for what it says of the last one
        before = self.said()
        time.sleep(SILENT)
        return self.process.poll() is None and self.said() == before

    def interrupt(self):
        """Ctrl-C, once; the folder can be used again."""
        os.kill(self.process.pid, signal.SIGINT)
        self.process.wait(ENDS)
        assert [path for path in self.folder.glob(".snakemake/locks/*") if path.is_file()] == []


@pytest.fixture
def start(checkout):
    """Starts Snakemake, which ends with the test."""
    runs = []

    def started(*arguments, **commands):
        runs.append(Started(checkout("run"), *arguments, **commands))
        return runs[-1]

    yield started
    for run in runs:
        if run.process.poll() is None:
            os.killpg(run.process.pid, signal.SIGKILL)
            run.process.wait()


def test_without_a_partition_it_waits_for_ever_and_does_not_say_why(start):
    run = start("--workflow-profile", "slurm")
    assert run.waits("sinfo")
    assert run.calls("sbatch") == 0
    assert "Unable to contact" not in run.said()
    assert "submitted" not in run.said()
    run.interrupt()


def test_of_an_unknown_account_it_says_nothing_either(start):
    account = ("--default-resources", "slurm_account=nobodys", "slurm_partition=main", "mem_mb=600", "runtime=5")
    run = start("--workflow-profile", "slurm", *account, sacctmgr="echo physics")
    assert run.waits("sacctmgr")
    assert run.calls("sbatch") == 0
    assert "physics" not in run.said()
    run.interrupt()


def test_with_a_partition_it_fails_three_times_and_ends(start):
    partition = ("--default-resources", "slurm_partition=main", "mem_mb=600", "runtime=5")
    run = start("--workflow-profile", "slurm", *partition)
    assert run.process.wait(ENDS) != 0
    assert (run.calls("sinfo"), run.calls("sbatch")) == (0, 3)
    assert "Error in group samples" in run.said()
    assert "Unable to contact" not in run.said()
    assert "logs/dataset/zeros/0.log" in run.said()
    assert (run.folder / "logs/dataset/zeros/0.log").read_bytes() == b""


def test_the_generic_profile_ends_likewise_and_says_why(start):
    run = start("--workflow-profile", "cluster-generic")
    assert run.process.wait(ENDS) != 0
    assert run.calls("sbatch") == 3
    assert "Unable to contact slurm controller" in run.said()


def test_without_accounts_jobs_are_forgotten_if_nobody_answers(start):
    """After so many questions as the profile has; here after three."""
    questions = ("--slurm-status-attempts", "3", "--slurm-init-seconds-before-status-checks", "1")
    run = start("--workflow-profile", "slurm", *questions, sinfo="echo 'main*'", sbatch="echo 17")
    assert run.waits("sacct", 1 + 3)  # the first one is for an account
    assert "has been submitted" in run.said()
    assert run.calls("sacct") == 1 + 3
    run.interrupt()
