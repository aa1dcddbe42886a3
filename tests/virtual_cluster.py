"""A real Slurm with three nodes on this machine, for tests: every daemon in a scratch folder, on loopback.

The nodes are three slurmd with names of their own, so that one can be killed with all that runs on it.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

NODES = ("n1", "n2", "n3")
DAEMONS = ("munged", "slurmctld", "slurmd")
# Where Slurm's commands look inside a job, from which the plugin takes SLURM_CONF away.
CONFIGURATION = Path("/etc/slurm/slurm.conf")
OURS = "slurm-of-the-tests.conf"  # the file that it links to

SETTINGS = """\
ClusterName=tests
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=10
CredType=cred/munge
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,sched_interval=1,bf_interval=1
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
MinJobAge=3600
SlurmdTimeout=5
SlurmctldTimeout=10
InactiveLimit=0
KillWait=2
Waittime=0
SlurmdParameters=config_overrides
NodeName=n[1-3] NodeHostname=localhost NodeAddr=127.0.0.1 Port=[{ports[1]}-{ports[3]}] CPUs=4 Boards=1 \
SocketsPerBoard=1 CoresPerSocket=4 ThreadsPerCore=1 RealMemory=8000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP DefMemPerCPU=500 LLN=YES
"""


def unavailable() -> str:
    """Why there can be no virtual cluster here; empty if there can."""
    missing = [name for name in (*DAEMONS, "sbatch", "srun", "squeue") if shutil.which(name, path=_path()) is None]
    if missing:
        return f"Slurm is not installed: no {', '.join(missing)}"
    return "" if os.geteuid() == 0 else "the daemons of Slurm need root here"


class VirtualCluster:
    """Slurm with three nodes in a folder, from `start` to `stop`.

    Attributes
    ----------
    environment : dict
        For the processes that use it.
    """

    def __init__(self, folder: Path, configuration: Path = CONFIGURATION) -> None:
        self._folder, self._configuration = folder, configuration
        self._settings = folder / OURS
        self.environment = os.environ | {"SLURM_CONF": str(self._settings), "PATH": _path()}

    def start(self) -> None:
        """Start all daemons, and wait until the nodes are idle.

        Raises
        ------
        FileExistsError
            This machine has a configuration of Slurm already: it is nobody's to touch.
        """
        self.remove_stale(self._configuration)
        for name in ("state", "spool", "log", "munge"):
            (self._folder / name).mkdir(parents=True)
        ports = _free_ports(4)
        self._settings.write_text(SETTINGS.format(folder=self._folder, ports=ports), encoding="utf-8")
        self._configuration.parent.mkdir(parents=True, exist_ok=True)
        self._configuration.symlink_to(self._settings)
        with ExitStack() as undo:
            undo.callback(self.stop)
            munge = self._folder / "munge"
            (munge / "key").write_bytes(secrets.token_bytes(128))
            (munge / "key").chmod(0o400)
            files = {"key": munge / "key", "seed": munge / "seed", "pid": self._folder / "munged.pid"}
            files["log"] = self._folder / "log/munged.log"
            options = [f"--{name}-file={path}" for name, path in files.items()]
            self.run("munged", *options, f"--socket={munge / 'socket'}", "--num-threads=2")
            self.start_controller()
            for node in NODES:
                self.run("slurmd", "-N", node)
            self.wait_for(lambda: self.idle() == set(NODES), 30, "three idle nodes")
            undo.pop_all()

    def start_controller(self) -> None:
        """Start slurmctld, which takes up the jobs that it knew."""
        self.run("slurmctld", "-i")

    def run(self, *command: str, check: bool = True) -> str:
        """What a command of Slurm says."""
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=60, check=False, cwd=self._folder
        )
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def idle(self) -> set[str]:
        """Names of the nodes that wait for jobs."""
        return set(self.run("sinfo", "-h", "-N", "-t", "idle", "-o", "%N", check=False).split())

    def jobs(self) -> list[dict[str, str]]:
        """What the controller knows of every job that it was given, in the order of their ids."""
        told = self.run("scontrol", "-o", "show", "jobs", check=False)
        jobs = [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in told.splitlines()]
        return sorted((job for job in jobs if "JobId" in job), key=lambda job: int(job["JobId"]))

    def processes(self, **variables: str) -> list[int]:
        """The processes of jobs on the nodes in whose environment these variables are."""
        wanted = {f"{name}={value}".encode() for name, value in variables.items()}
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                content = set((path / "environ").read_bytes().split(b"\0"))
            except OSError:
                continue
            # Of this cluster's nodes: slurmd gives its jobs SLURM_CONF.
            if wanted <= content and f"SLURM_CONF={self._settings}".encode() in content:
                found.append(int(path.name))
        return found

    def kill_node(self, node: str) -> None:
        """Kill slurmd and all that runs on its node, as if the power had gone."""
        # slurmd first, so that nothing starts any more; then whatever was about to, until a second passes without.
        _kill([int((self._folder / f"{node}.pid").read_text(encoding="utf-8"))], signal.SIGKILL)
        quiet = 0
        while quiet < 10:
            running = self.processes(SLURMD_NODENAME=node) + self._step_daemons(node)
            _kill(running, signal.SIGKILL)
            quiet = 0 if running else quiet + 1
            time.sleep(0.1)

    def _step_daemons(self, node: str) -> list[int]:
        """Processes with the log of a node open: a slurmstepd is nobody's child, and may have no job's process yet."""
        log, found = str(self._folder / f"log/{node}.log"), []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                if any(os.readlink(file) == log for file in (path / "fd").iterdir()):
                    found.append(int(path.name))
            except OSError:
                continue
        return found

    def start_node(self, node: str) -> None:
        """Start slurmd of a node that was killed."""
        self.run("slurmd", "-N", node)

    def kill_controller(self) -> None:
        """End slurmctld, which saves its state, and wait until it has."""
        pid = int((self._folder / "slurmctld.pid").read_text(encoding="utf-8"))
        _kill([pid], signal.SIGTERM)
        self.wait_for(lambda: not _alive(pid), 30, "the end of slurmctld")

    def daemons(self) -> list[int]:
        """Process ids of the daemons that run."""
        pids = [int(path.read_text(encoding="utf-8")) for path in self._folder.glob("*.pid")]
        return [pid for pid in pids if _program(pid) in DAEMONS]

    def listening(self) -> set[str]:
        """Addresses, without ports, at which processes of the cluster listen; its jobs' too."""
        pids = {*self.daemons(), *self.processes()}
        told = subprocess.run(["ss", "-H", "-l", "-n", "-t", "-u", "-p"], capture_output=True, text=True, check=True)
        found = set()
        for line in told.stdout.splitlines():
            fields = line.split()
            if any(f"pid={pid}," in line for pid in pids):
                found.add(fields[4].rpartition(":")[0])
        return found

    def stop(self) -> None:
        """End all jobs and daemons by their process ids, and take the configuration away."""
        for job in self.jobs():
            self.run("scancel", job["JobId"], check=False)
        pids = self.daemons() + self.processes()
        _kill(pids, signal.SIGTERM)
        until = time.monotonic() + 15
        while any(map(_alive, pids)) and time.monotonic() < until:
            time.sleep(0.1)
        pids += self.daemons() + self.processes()
        _kill(pids, signal.SIGKILL)
        if self._configuration.is_symlink() and self._configuration.readlink() == self._settings:
            self._configuration.unlink()
        self.wait_for(lambda: not any(map(_alive, pids)), 15, "the end of all processes")

    @staticmethod
    def remove_stale(configuration: Path) -> None:
        """Take away the link that tests which were killed have left: their slurmctld runs no longer.

        Raises
        ------
        FileExistsError
            It is anything else.
        """
        if not os.path.lexists(configuration):
            return
        if configuration.is_symlink():
            settings, pid = configuration.readlink(), configuration.readlink().with_name("slurmctld.pid")
            alive = pid.exists() and _program(int(pid.read_text(encoding="utf-8"))) == "slurmctld"
            if settings.name == OURS and not alive:
                configuration.unlink()
                return
        raise FileExistsError(f"{configuration} is there already: this machine has a Slurm of its own")

    def wait_for(self, condition: Callable[[], Any], seconds: float, what: str) -> Any:
        """What a condition gives once it is true."""
        until = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < until, f"no {what} within {seconds} s\n{self._told()}"
            time.sleep(0.05)
        return found

    def _told(self) -> str:
        """What the controller knows and has logged of late."""
        log = self._folder / "log/slurmctld.log"
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        states = [
            " ".join(f"{key}={job.get(key)}" for key in ("JobId", "JobState", "Restarts", "NodeList", "Reason"))
            for job in self.jobs()
        ]
        return "\n".join([self.run("sinfo", "-N", "-l", check=False), *states, *lines[-60:]])


def _path() -> str:
    return f"{os.environ['PATH']}:/usr/sbin:/sbin"


def _free_ports(number: int) -> list[int]:
    """Ports in a row on which nothing listens."""
    while True:
        first = 20000 + secrets.randbelow(10000)
        try:
            with ExitStack() as stack:
                for port in range(first, first + number):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return list(range(first, first + number))
        except OSError:
            continue


def _program(pid: int) -> str:
    try:
        return Path(os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).replace("\0", " ").partition(" ")[0]).name
    except OSError:
        return ""


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _kill(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
