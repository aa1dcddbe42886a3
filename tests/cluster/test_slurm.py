"""If these fail, results depend on the cluster that made them, or a fault of the cluster loses some.

Three nodes of a real Slurm run on this machine. Without Slurm these tests are skipped; `.ci/run` installs it.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
import warnings

import pytest
from conftest import ROOT, command, contents, small_config, snakemake
from documented_commands import commands
from virtual_cluster import CONFIGURATION, NODES, VirtualCluster, unavailable

pytestmark = pytest.mark.slow

# The nodes are near, and idle.
NEAR = ("--seconds-between-status-checks", "1", "--latency-wait", "20")
SLURM = ("--workflow-profile", "slurm", "--slurm-init-seconds-before-status-checks", "1", *NEAR)
LONGEST = 1500  # seconds of a run; here the machine is shared
MOST_JOBS = 15  # of Slurm, that the whole paper may be


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A Slurm of three nodes, which leaves nothing behind."""
    if why := unavailable():
        warnings.warn(f"nothing is tested on a cluster: {why}", stacklevel=1)
        pytest.skip(why)
    cluster = VirtualCluster(tmp_path_factory.mktemp("cluster") / "slurm")
    cluster.start()
    yield cluster
    cluster.stop()
    assert cluster.daemons() + cluster.processes() == []
    assert not os.path.lexists(CONFIGURATION)


class Run:
    """Snakemake in a folder, on the cluster, and the Slurm jobs that it submits."""

    def __init__(self, cluster, folder, *arguments):
        self.cluster, self.folder = cluster, folder
        with open(folder / "said.txt", "a", encoding="utf-8") as said:
            self.process = subprocess.Popen(
                ["timeout", "-k", "5", str(LONGEST), *command(*arguments)],
                cwd=folder, env=cluster.environment, stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip

    def jobs(self, group=""):
        """The Slurm jobs of the run, those of one group if it is given."""
        jobs = [job for job in self.cluster.jobs() if job["WorkDir"] == str(self.folder)]
        return [job for job in jobs if job.get("Comment", "").startswith(f"rule_{group}")]

    def running(self, group):
        """A Slurm job of a group, once it runs."""

        def found():
            assert self.process.poll() is None, self.said()
            return [job for job in self.jobs(group) if job["JobState"] == "RUNNING"]

        return self.cluster.wait_for(found, 600, f"running job of {group}")[0]

    def state(self, job):
        """What the controller knows of a job by now."""
        return next(known for known in self.cluster.jobs() if known["JobId"] == job["JobId"])

    def said(self):
        return (self.folder / "said.txt").read_text(encoding="utf-8", errors="replace")[-5000:]

    def wait(self):
        assert self.process.wait() == 0, self.said()


def of(folder, path, config=None):
    """A copy of a folder's own files, and of its derivations, to run the workflow in."""
    shutil.copytree(folder, path)
    if config is not None:
        shutil.copy2(config / "config.yaml", path / "config.yaml")
    return path


def different(one, other):
    """Names of results that are not the same bytes in two folders, or in one of them only."""
    one, other = contents(one / "results"), contents(other / "results")
    return [str(name) for name in one.keys() | other.keys() if one.get(name) != other.get(name)]


def test_a_run_of_many_faults_ends_with_the_same_bytes(cluster, derived, finished, tmp_path):
    """Each fault is seen to hit a job that runs: nothing is lost, and no more than a group is done again."""
    arguments = (*SLURM, "--slurm-keep-successful-logs")
    run = Run(cluster, of(derived, tmp_path / "run", finished), *arguments)

    cancelled = run.running("samples")
    cluster.run("scancel", cancelled["JobId"])

    killed = run.running("training")
    inside = {"SLURM_JOB_ID": killed["JobId"]}
    payload = cluster.wait_for(lambda: [pid for pid in cluster.processes(**inside) if scripted(pid)], 120, "payload")
    os.kill(payload[-1], signal.SIGKILL)
    cluster.wait_for(lambda: run.state(killed)["JobState"] == "FAILED", 60, "failure of the job whose payload died")

    requeued = run.running("fluctuations")
    node = requeued["NodeList"]
    cluster.kill_node(node)
    cluster.wait_for(lambda: run.state(requeued).get("Restarts") == "1", 120, "requeue of the job of a dead node")
    assert cluster.wait_for(lambda: run.state(requeued)["JobState"] == "RUNNING", 60, "second start")
    assert run.state(requeued)["NodeList"] in set(NODES) - {node}
    cluster.start_node(node)

    undisturbed = run.running("exponents")
    cluster.kill_controller()
    assert cluster.jobs() == []  # nobody answers
    time.sleep(5)
    cluster.start_controller()
    assert run.state(undisturbed)["JobState"] in ("RUNNING", "COMPLETING", "COMPLETED")

    left = run.running("documents")
    os.killpg(run.process.pid, signal.SIGKILL)
    run.process.wait()
    assert run.state(left)["JobState"] in ("RUNNING", "COMPLETING")  # it goes on, and nobody waits for it
    assert run.state(cancelled)["JobState"] == "CANCELLED"
    assert snakemake(run.folder, "--unlock").returncode == 0
    again = Run(cluster, run.folder, *arguments)
    again.wait()
    assert run.state(undisturbed)["JobState"] == "COMPLETED"
    assert different(run.folder, finished) == []
    # A group was submitted again for each fault that ended its job, and for no other.
    counts = {
        group: len(again.jobs(group)) for group in ("samples", "training", "fluctuations", "exponents", "documents")
    }
    assert counts == {"samples": 2, "training": 2, "fluctuations": 1, "exponents": 1, "documents": 2}


def scripted(pid):
    """Whether a process runs a script of a rule."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return b"/.snakemake/scripts/" in file.read().split(b"\0")[1]
    except (OSError, IndexError):
        return False
