"""If these fail, who runs the workflow with conda gets no environments, other ones than they should, or other numbers.

A real conda makes the environments. Where there is a local channel (CONDA_MIRROR, or shared/conda-mirror beside the
repository) they come from that, otherwise from conda-forge by the conda on PATH; docs/conda.md says what that proves.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import venv
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, contents, copy_own_files, small_config, snakemake
from documented_commands import commands
from packaging.version import Version
from snakemake.deployment.conda import MIN_CONDA_VER
from test_environments import packages, place, rules_of

MIRROR = Path(os.environ.get("CONDA_MIRROR", ROOT.parent / "shared/conda-mirror"))
OTHER_NUMPY = "2.3.5"  # of the Python that runs Snakemake
NOT_SEEN = {"audit", "summary", "sample"}  # make no result, and leave no record; reads data of one's own
FELL_BACK = "Failed to install conda environment from pin file"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def conda(tmp_path_factory, pytestconfig):
    """Environment variables with which there is a conda, and channels. What is started for them ends with the tests."""
    if not pytestconfig.getoption("--conda"):
        pytest.skip("conda was NOT tested: --conda does, which takes some minutes")
    variables = dict(os.environ)
    variables.pop("PYTHONDONTWRITEBYTECODE", None)  # every job would compile all that it imports
    if not MIRROR.is_dir():
        told = "none"
        if found := shutil.which("conda"):
            told = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
        if told == "none" or Version(told) < Version(MIN_CONDA_VER):
            pytest.skip(f"conda was NOT tested: no {MIRROR}, and no conda ≥ {MIN_CONDA_VER} on PATH (there is {told})")
        yield variables
        return
    folder = tmp_path_factory.mktemp("conda")
    pins = re.findall(r"^([\w.-]+==[^ ;\\]+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.M)
    (folder / "lock.txt").write_text("\n".join(pins), encoding="utf-8")
    declared = {name.replace("-base", "") for path in (ROOT / "envs").glob("*.yaml") for name in packages(path)}
    wanted = [pin for pin in pins if pin.split("==")[0] in declared]
    # What those need in turn has the lock's versions too.
    (folder / "requirements.txt").write_text("\n".join(["-c lock.txt", *wanted]), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    server = None
    try:
        up = subprocess.run(
            [MIRROR / "up", folder, folder / "requirements.txt", port],
            env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        server = int((folder / "server.pid").read_text()) if (folder / "server.pid").exists() else None
        assert up.returncode == 0, up.stderr
        yield variables | {"PATH": f"{folder}/bin:{variables['PATH']}", "HOME": f"{folder}/home"}
    finally:
        subprocess.run([MIRROR / "down", folder], check=False, timeout=60)
        if server is not None:
            assert ended(server), f"the server of the channel still runs: {server}"


def ended(pid):
    """Whether a process ends within ten seconds; it is killed after them."""
    for _ in range(100):
        try:
            if not Path(f"/proc/{pid}/cmdline").read_bytes():
                return True  # it has ended, and nobody has asked how
        except OSError:
            return True
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)
    return False


@pytest.fixture(scope="module")
def host(conda, tmp_path_factory):
    """The same variables, for which `snakemake` and `python` are those of these tests, but with another NumPy."""
    folder = tmp_path_factory.mktemp("host")
    venv.create(folder, with_pip=False)
    (own,) = folder.glob("lib/python*/site-packages")
    (own / "inherited.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--only-binary", ":all:", "--target", own]
    subprocess.run([*install, f"numpy=={OTHER_NUMPY}"], check=True, timeout=600)
    program = folder / "bin/snakemake"
    program.write_text(f"#!{folder}/bin/python\nfrom snakemake.cli import main\nmain()\n", encoding="utf-8")
    program.chmod(0o755)
    return conda | {"PATH": f"{folder}/bin:{conda['PATH']}"}


def run(command, folder, variables):
    """A command in a shell, as a person types it."""
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=1800, check=False,
    )  # fmt: skip


def succeeds(command, folder, variables):
    """Such a command, which must end well, and take no environment from its YAML for want of a good pin file."""
    result = run(command, folder, variables)
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    assert FELL_BACK not in result.stdout + result.stderr, f"{command}\n{result.stderr}"
    return result


@pytest.fixture(scope="module")
def paper(host, tmp_path_factory):
    """The whole paper, its audits and its crate, by the commands of the docs."""
    folder = copy_own_files(tmp_path_factory.mktemp("paper"))
    for name in ("audit", "reference"):
        shutil.copytree(ROOT / name, folder / name)
    told = {command: succeeds(command, folder, host).stdout for command in commands(ROOT / "docs/conda.md")}
    (folder / "told.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def rest(paper, host, shipped, tmp_path_factory):
    """What is not part of the paper, on a small config, with the paper's environments; and the same without conda."""
    config = small_config(shipped)
    config["dataset"]["shards"] = 3
    config["realisations"] = {"number": 4}
    config["calibration"] = {
        "exponents": [1],
        "coverage": {"decades": [1], "sizes": [200], "data_sets": 50},
        "p_values": {"decades": 2, "size": 1000, "data_sets": 20, "bootstrap": 99},
    }
    gamma = {"at": "experiments.relu_quartic.training.gamma", "values": [0.01], "label": "γ"}
    sweep = {"experiment": "relu_quartic", "axes": {"gamma": gamma}, "points": "grid"}
    config["sweeps"] = {"small": sweep | {"figures": {"exponents": {"x": "gamma", "shows": ["k_q"]}}}}
    config["gallery"] = {"overlay": {"dataset": {"samples_per_shard": 65536}, "training": {"r_hat": 1.1, "ess": 50}}}
    targets = "realisations calibration_figure sweeps gallery results/fluctuations/relu_quartic/2-2.npz"
    folders = []
    for name in ("conda", "venv"):
        folder = copy_own_files(tmp_path_factory.mktemp(f"rest_{name}"))
        (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
        for entry in (folder / "gallery").glob("[!h]*.yaml"):  # those with h are enough
            entry.unlink()
        folders.append(folder)
    succeeds(f"snakemake --sdm conda --conda-prefix {paper}/.snakemake/conda {targets}", folders[0], host)
    without = snakemake(folders[1], *targets.split())
    assert without.returncode == 0, without.stderr
    return folders


def records(folder):
    """Every job's record, and the prefix in which its log says that it ran."""
    found = []
    for path in sorted((folder / "results/provenance").rglob("*.json")):
        log = folder / "logs" / path.relative_to(folder / "results/provenance").with_suffix(".log")
        begun = re.match(r".* of commit \S+ in (.*)", log.read_text(encoding="utf-8"))
        found.append((json.loads(path.read_text(encoding="utf-8")), Path(begun[1])))
    return found


def test_every_job_runs_in_the_environment_of_its_stage(paper, rest):
    """Snakemake puts beside an environment the file that it was made from."""
    files = {rule.name: place(rule, rule.conda_env) for rule in rules_of(ROOT) if rule.conda_env}
    jobs = records(paper) + records(rest[0])
    assert len(jobs) > 50
    for record, prefix in jobs:
        assert prefix.parent == paper / ".snakemake/conda", (record["rule"], prefix)
        environment = Path(f"{prefix}.yaml").read_bytes()
        assert environment == files[record["rule"]].read_bytes(), (record["rule"], prefix)
        declared = packages(files[record["rule"]])
        for package, version in record["environment"]["packages"].items():
            if (name := package.replace("_", "-")) in declared:
                assert version == declared[name], (record["rule"], package)
    assert {record["rule"] for record, _ in jobs} == set(files) - NOT_SEEN
    assert {file.name for file in files.values()} == {path.name for path in (ROOT / "envs").glob("*.yaml")}
    # Without conda the log tells of another prefix: the assertion above can fail.
    assert {prefix for _, prefix in records(rest[1])} == {Path(sys.prefix)}


def test_the_paper_is_that_of_the_reference(paper):
    """No conda made the reference. Builds of conda-forge may differ in last digits; the audit allows that."""
    told = json.loads((paper / "told.json").read_text(encoding="utf-8"))
    (command,) = (command for command in told if command.startswith("python audit"))
    assert told[command].splitlines()[-1] == "as the reference has it"
    if MIRROR.is_dir():
        rows = json.loads(run(f"{command} --json", paper, os.environ).stdout)["artifacts"]
        verdicts = {row["name"]: row["verdict"] for row in rows}
        shown = {f"results/{name.as_posix()}" for name in contents(ROOT / "reference/run")} & set(verdicts)
        assert len(shown) > 50
        assert {name: verdicts[name] for name in shown if verdicts[name] != "IDENTICAL"} == {}


def test_the_rest_is_what_it_is_without_conda(rest):
    """Results and records, byte for byte; calibration and realisations are not in the reference."""
    with_conda, without = (contents(folder / "results") for folder in rest)
    assert len(with_conda) > 10
    assert set(with_conda) == set(without)
    if MIRROR.is_dir():
        assert [str(name) for name in with_conda if with_conda[name] != without[name]] == []


def test_the_dockerfile_is_what_snakemake_writes(paper):
    """It cannot be built here: that needs Docker, its base image and conda-forge."""
    assert (paper / "Dockerfile").read_bytes() == (ROOT / "Dockerfile").read_bytes()


@pytest.fixture
def change(checkout, paper, host):
    """Runs a rule that takes a second in a copy of the repository with one change, and the paper's environments."""

    def changed(file, pattern, new):
        folder = checkout("changed")
        text = (folder / file).read_text(encoding="utf-8") if (folder / file).exists() else ""
        text, times = re.subn(pattern, new, text, count=1, flags=re.M)
        assert times == 1
        (folder / file).write_text(text, encoding="utf-8")
        command = f"snakemake --sdm conda --conda-prefix {paper}/.snakemake/conda results/config.yaml"
        return folder, run(command, folder, host)

    return changed


def test_an_undeclared_import_fails_also_where_the_host_has_the_package(change):
    script = "workflow/scripts/resolved_config.py"
    folder, result = change(script, "^    import yaml$", "    import rocrate\n    import yaml")
    assert result.returncode != 0
    assert "resolved_config: ModuleNotFoundError: No module named 'rocrate'" in result.stderr
    assert not (folder / "results/config.yaml").exists()
    without = snakemake(folder, "results/config.yaml")  # the host has it
    assert without.returncode == 0, without.stderr


def test_a_version_that_does_not_exist_ends_the_run(change):
    folder, result = change("envs/table.yaml", "pandas ==.*", "pandas ==0.0.1")
    assert result.returncode != 0
    assert "CreateCondaEnvironmentException" in result.stderr
    assert re.search(r"pandas *==? ?0\.0\.1", result.stderr)
    assert not (folder / "results").exists()


def test_an_environment_without_python_ends_the_run(change):
    """Snakemake itself would run the script by its own Python, and say nothing."""
    folder, result = change("envs/table.yaml", r"dependencies:(.|\n)*", "dependencies: []\n")
    assert result.returncode != 0
    told = re.findall(r"^resolved_config: runs in \S+, not in its conda environment \S+", result.stderr, re.M)
    assert len(told) == 1, result.stderr
    assert not (folder / "results/config.yaml").exists()


def test_a_pin_file_that_fails_would_be_seen(change):
    """Snakemake goes on with the YAML and ends well; `succeeds` does not let that pass."""
    pins = "@EXPLICIT\nhttp://127.0.0.1:9/linux-64/none-1-0.conda\n"
    _, result = change("envs/table.linux-64.pin.txt", r"\A", pins)
    assert result.returncode == 0, result.stderr
    assert FELL_BACK in result.stdout + result.stderr


def test_pinning_without_its_tools_says_in_one_line_what_is_missing(tmp_path):
    for name in ("make", "sh"):
        (tmp_path / name).symlink_to(shutil.which(name))
    nothing_else = {"PATH": str(tmp_path)}
    result = subprocess.run(["make", "pin"], cwd=ROOT, env=nothing_else, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert result.stderr.splitlines()[0] == "make pin needs conda on PATH: docs/conda.md says from where"
