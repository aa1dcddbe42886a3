"""If these fail, results depend on the cluster that made them, or a fault of the cluster loses some.

Three nodes of a real Slurm run on this machine, if it has one: `.ci/run` installs it.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, command, contents, copy_own_files, planned, small_config, snakemake
from documented_commands import commands
from test_sweeps import small_sweeps
from virtual_cluster import CONFIGURATION, NODES, VirtualCluster, unavailable

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("slurm")]

# The nodes are near, and idle.
NEAR = ("--seconds-between-status-checks", "1", "--latency-wait", "20")
SLURM = ("--workflow-profile", "slurm", "--slurm-init-seconds-before-status-checks", "1", *NEAR)
ANSWERED = "Status query returned"  # is what the plugin says when it has asked, if it is verbose
LONGEST = 1500  # seconds of a run; here the machine is shared


@pytest.fixture(scope="session")
def slurm(pytestconfig):
    """Skips what there is no Slurm for, before the runs that it needs are made."""
    if not pytestconfig.getoption("--cluster"):
        pytest.skip("nothing is tested on a cluster: --cluster does, which takes some minutes")
    if why := unavailable():
        warnings.warn(f"nothing is tested on a cluster: {why}", stacklevel=1)
        pytest.skip(why)


@pytest.fixture(scope="module")
def cluster():
    """A Slurm of three nodes, which leaves nothing behind."""
    with tempfile.TemporaryDirectory(prefix="slurm-") as folder:
        Path(folder).chmod(0o755)  # munge wants it
        cluster = VirtualCluster(Path(folder) / "cluster")
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
        told = ("Comment", f"rule_{group}"), ("JobName", f"snakejob.{group}")  # by the one executor and the other
        return [job for job in jobs if any(job.get(key, "").startswith(words) for key, words in told)]

    def running(self, group):
        """A Slurm job of a group, once it runs."""

        def found():
            assert self.process.poll() is None, self.said()[-5000:]
            return [job for job in self.jobs(group) if job["JobState"] == "RUNNING"]

        return self.cluster.wait_for(found, LONGEST, f"running job of {group}")[0]

    def state(self, job):
        """What the controller knows of a job by now."""
        return next(known for known in self.cluster.jobs() if known["JobId"] == job["JobId"])

    def said(self):
        return (self.folder / "said.txt").read_text(encoding="utf-8", errors="replace")

    def wait(self):
        assert self.process.wait() == 0, self.said()[-5000:]


def unlike(folder, other):
    """Names of results in a folder that are not the same bytes in the other."""
    there = contents(other / "results")
    return [str(name) for name, content in contents(folder / "results").items() if there.get(name) != content]


def scripted(pid):
    """Whether a process runs a script of a rule."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return b"/.snakemake/scripts/" in file.read().split(b"\0")[1]
    except (OSError, IndexError):
        return False


def test_the_paper_on_a_cluster_with_faults_is_the_paper(cluster, tmp_path):
    """Everything has the bytes of the reference, which a local run has too. Each fault is seen to hit a job that runs.

    No group is done again that was not hit, and nobody else can reach the cluster.
    """
    arguments = (*SLURM, "--verbose")
    run = Run(cluster, copy_own_files(tmp_path / "run"), *arguments)

    cancelled = run.running("samples")
    cluster.run("scancel", cancelled["JobId"])

    killed = run.running("training")
    inside = {"SLURM_JOB_ID": killed["JobId"]}
    payload = cluster.wait_for(lambda: [pid for pid in cluster.processes(**inside) if scripted(pid)], 120, "payload")
    assert cluster.listening() == {"127.0.0.1"}  # daemons, and the sruns of five jobs
    os.kill(max(payload), signal.SIGKILL)
    cluster.wait_for(lambda: run.state(killed)["JobState"] == "FAILED", 60, "failure of the job whose payload died")

    requeued = run.running("fluctuations")
    cluster.kill_node(requeued["NodeList"])
    cluster.wait_for(lambda: run.state(requeued)["Restarts"] == "1", 120, "requeue of the job of a dead node")
    cluster.wait_for(lambda: run.state(requeued)["JobState"] == "RUNNING", 60, "second start")
    assert run.state(requeued)["NodeList"] in set(NODES) - {requeued["NodeList"]}
    cluster.start_node(requeued["NodeList"])

    # Between two of Snakemake's questions: if nobody answers one, this plugin forgets its jobs (docs/cluster.md).
    undisturbed = run.running("exponents")
    asked = run.said().count(ANSWERED)
    cluster.wait_for(lambda: run.said().count(ANSWERED) > asked, 120, "question of Snakemake")
    assert run.state(undisturbed)["JobState"] == "RUNNING"
    cluster.kill_controller()
    assert cluster.jobs() == []  # nobody answers
    cluster.start_controller()
    assert run.state(undisturbed)["JobState"] in ("RUNNING", "COMPLETING", "COMPLETED")

    left = run.running("documents")
    os.killpg(run.process.pid, signal.SIGKILL)
    run.process.wait()
    time.sleep(2)
    assert run.state(left)["JobState"] == "RUNNING"  # it goes on, and nobody waits for it
    cluster.run("scancel", left["JobId"])
    assert snakemake(run.folder, "--unlock").returncode == 0
    again = Run(cluster, run.folder, *arguments)
    again.wait()

    assert len(list(run.folder.glob("results/figures/figure_*.pdf"))) == 9
    assert (run.folder / "results/table/table.csv").exists()
    audit = [sys.executable, ROOT / "audit", "results", "--workflow", ".", "--reference", ROOT / "reference", "--json"]
    told = subprocess.run(audit, cwd=run.folder, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    assert {row["verdict"] for row in json.loads(told.stdout)["artifacts"]} == {"IDENTICAL"}
    ended = {run.state(job)["JobState"] for job in (requeued, undisturbed)}
    assert ended == {"COMPLETED"}
    assert [run.state(job)["JobState"] for job in (cancelled, killed, left)] == ["CANCELLED", "FAILED", "CANCELLED"]
    # Two for each experiment, and one of each other group; and those hit by a fault again.
    groups = {"samples": 1 + 1, "training": 5 + 1, "fluctuations": 1, "exponents": 5, "studies": 1, "documents": 1 + 1}
    assert {group: len(run.jobs(group)) for group in groups} == groups
    assert {job["NodeList"] for job in run.jobs()} == set(NODES)


def test_sixteen_shards_on_three_nodes_by_another_executor(cluster, derived, shipped, tmp_path):
    """The profile for other schedulers submits by `sbatch`, runs what was cancelled again, and bears silence.

    The fourteen shards beside those of training and as many unseen ones are a job each, in three Slurm jobs.
    """
    config = small_config(shipped)
    config["dataset"]["shards"] = 16
    folder = shutil.copytree(derived, tmp_path / "run")
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    target = "results/exponents/relu_quartic/exponents.json"
    run = Run(
        cluster, folder, "--workflow-profile", "cluster-generic", *NEAR, "--group-components", "sums=5", "--", target
    )
    cancelled = run.running("sums")
    cluster.run("scancel", cancelled["JobId"])
    run.running("sums")
    cluster.kill_controller()
    time.sleep(10)  # this executor asks in vain, and goes on
    cluster.start_controller()
    run.wait()
    assert run.state(cancelled)["JobState"] == "CANCELLED"
    assert len(run.jobs("sums")) == 3 + 1
    assert {job["NodeList"] for job in run.jobs("sums")} == set(NODES)
    made = folder / "results/fluctuations/relu_quartic"
    assert {path.name for path in made.glob("*-*.npz")} == {f"{shard}-{shard}.npz" for shard in range(2, 16)}
    # Two shards, and what all of them give, are made again without the cluster.
    local = shutil.copytree(folder, tmp_path / "local")
    added_up = local.glob("results/fluctuations/relu_quartic/[a-z]*")
    for path in (*local.glob("results/fluctuations/relu_quartic/[57]-[57].npz"), *added_up, local / target):
        path.unlink()
    assert planned(snakemake(local, "-n", target))["fluctuation_sums"] == 2
    result = snakemake(local, "--cores", "1", target)
    assert result.returncode == 0, result.stderr
    assert unlike(folder, local) + unlike(local, folder) == []


def test_sweeps_on_a_cluster_are_those_without_it(cluster, shipped, tmp_path):
    """Four points a Slurm job, and one for table and figure; then a new point would run alone."""
    config = small_sweeps(shipped)
    config["sweeps"] = {"end_of_criticality": config["sweeps"]["end_of_criticality"]}
    axes = config["sweeps"]["end_of_criticality"]["axes"]
    axes["gamma"]["values"] = [0.05, 0.02, 0.01, 0.005, 1.0e-9]  # at the last one there is no equilibrium
    folders = [copy_own_files(tmp_path / name) for name in ("run", "local")]
    for folder in folders:
        (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    run = Run(cluster, folders[0], *SLURM, "--", "sweeps")
    local = snakemake(folders[1], "--cores", "1", "sweeps")  # meanwhile
    assert local.returncode == 0, local.stderr
    run.wait()
    assert (len(run.jobs("sweeps")), len(run.jobs("summaries")), len(run.jobs())) == (2, 1, 3)
    assert len({job["NodeList"] for job in run.jobs("sweeps")}) == 2  # side by side
    assert len(list(run.folder.glob("results/sweeps/end_of_criticality/*.csv"))) == 5
    assert unlike(*folders) + unlike(*reversed(folders)) == []
    axes["gamma"]["values"].append(0.1)
    again = planned(snakemake(run.folder, "-n", "sweeps", config=config))
    assert again == {"sweep_point": 1, "sweep_table": 1, "sweep_figure": 1, "sweeps": 1}


def test_the_commands_of_the_page_do_what_it_says(cluster, finished, tmp_path):
    """On a run that is whole already, so that they take seconds."""
    folder = shutil.copytree(finished, tmp_path / "run")
    shutil.copytree(ROOT / "benchmark", folder / "benchmark")
    path = f"{Path(sys.executable).parent}:{cluster.environment['PATH']}"
    shown = commands(ROOT / "docs/cluster.md")
    assert len(shown) > 5
    for line in shown:
        done = subprocess.run(
            ["timeout", "300", "bash", "-c", line], cwd=folder, env=cluster.environment | {"PATH": path},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, line + done.stdout + done.stderr
    assert unlike(folder, finished) + unlike(finished, folder) == []
