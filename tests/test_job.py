"""If these fail, a job that was stopped leaves half of something, or nobody learns why it was stopped."""

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from conftest import ROOT

SCRIPT = """
    import sys
    sys.path.insert(0, {scripts!r})
    from types import SimpleNamespace
    from snakemake.iocontainers import InputFiles, OutputFiles, Params, Wildcards

    snakemake = SimpleNamespace(
        rule="square",
        log="logs/square/7.log",
        wildcards=Wildcards(fromdict={{"n": "7"}}),
        params=Params(fromdict={params!r}),
        input=InputFiles({inputs!r}),
        output=OutputFiles(fromdict={{"txt": "results/square/7.txt", "csv": "results/square/7.csv"}}),
        resources={resources!r},
    )
    from job import job

    with job(snakemake) as s:
        {work}
"""
MAKES_BOTH = "open(s.output.txt, 'w').write('49'); open(s.output[1], 'w').write('n')"
COMPOSITION = {"composition": {"activation": "exp(exp(y))", "loss": "(f - x2)**2"}}


@pytest.fixture
def start(tmp_path):
    """Starts a job in a folder of its own."""
    for folder in ("logs/square", "results/square"):
        (tmp_path / folder).mkdir(parents=True)

    def start_job(work, inputs=(), params=None, **resources):
        code = textwrap.dedent(SCRIPT).format(
            scripts=str(ROOT / "workflow/scripts"),
            work=work,
            inputs=list(inputs),
            params=params or {},
            resources=resources,
        )
        script = tmp_path / f"script{len(list(tmp_path.glob('*.py')))}.py"
        script.write_text(code, encoding="utf-8")
        return subprocess.Popen([sys.executable, script], cwd=tmp_path, stderr=subprocess.PIPE, text=True)

    return start_job


def made(folder):
    """What there is of the job's outputs, and of its record and whatever else it needed."""
    files = [path.relative_to(folder).as_posix() for path in (folder / "results").rglob("*") if path.is_file()]
    return sorted(files)


ALL = ["results/provenance/square/7.json", "results/square/7.csv", "results/square/7.txt"]


def test_a_job_leaves_its_outputs_and_the_record_of_them(start, tmp_path):
    job = start(MAKES_BOTH)
    assert job.communicate(timeout=60)[1] == ""
    assert job.returncode == 0
    assert made(tmp_path) == ALL
    assert not list(tmp_path.rglob("*.unfinished*"))
    record = json.loads((tmp_path / ALL[0]).read_text(encoding="utf-8"))
    assert set(record["outputs"]) == set(ALL[1:])


@pytest.mark.parametrize("of_this_python", [False, True])
def test_a_job_outside_its_conda_environment_is_refused(start, tmp_path, monkeypatch, of_this_python):
    """Snakemake takes its own Python, and says nothing, where the environment of a rule has none."""
    active = tmp_path / "environment"
    active.symlink_to(sys.prefix) if of_this_python else active.mkdir()
    monkeypatch.setenv("CONDA_PREFIX", str(active))
    assert start(MAKES_BOTH).wait(timeout=60) == 0  # of a person, who may have any activated
    active.with_suffix(".env_setup_done").touch()  # of Snakemake
    job = start(MAKES_BOTH)
    stderr = job.communicate(timeout=60)[1]
    assert (job.returncode == 0) == of_this_python
    if not of_this_python:
        assert stderr.count("\n") == 1
        assert stderr.startswith(f"square of n 7: runs in {sys.prefix}, not in its conda environment {active}")


@pytest.mark.parametrize(
    ("work", "resources", "told"),
    [
        ("1/0", {}, "square of n 7: ZeroDivisionError: division by zero (log: logs/square/7.log)"),
        (
            "any(iter(int, 1))",
            {"runtime": 1 / 60},
            "square of n 7: it takes longer than its rule allows (runtime = 0.016666666666666666 min), "
            "at 'f = exp(exp(y)), H = (f - x2)**2' (log: logs/square/7.log)",
        ),
        (
            "bytearray(900 << 20)",
            {"mem_mb": 500},
            "square of n 7: it needs more memory than its rule allows (mem_mb = 500) (log: logs/square/7.log)",
        ),
        ("import os; os.kill(os.getpid(), 11)", {}, "square of n 7: it was ended by signal 11"),
    ],
)
def test_a_job_that_fails_says_why_in_one_line_and_leaves_nothing(start, tmp_path, work, resources, told):
    job = start(f"open(s.output.txt, 'w').write('49'); {work}", params=COMPOSITION, **resources)
    stderr = job.communicate(timeout=60)[1]
    assert job.returncode != 0
    assert stderr.startswith(told)
    assert stderr.count("\n") == 1
    assert made(tmp_path) == []
    assert not list(tmp_path.rglob("*.unfinished*"))


def test_an_output_that_was_not_made_is_a_failure(start, tmp_path):
    job = start("open(s.output.txt, 'w').write('49')")
    assert "FileNotFoundError" in job.communicate(timeout=60)[1]
    assert job.returncode == 1
    assert made(tmp_path) == []


def test_an_input_that_was_changed_stops_the_job(start, tmp_path):
    assert start(MAKES_BOTH).wait(timeout=60) == 0
    (tmp_path / "results/square/7.txt").write_text("50", encoding="utf-8")
    job = start(MAKES_BOTH, inputs=["results/square/7.csv", "results/square/7.txt"])
    # The job's own record is gone once it starts again: only that another job made the file could be known.
    assert "results/square/7.csv has no record" in job.communicate(timeout=60)[1]


def wait_for(path):
    for _ in range(600):
        if path.exists():
            return
        time.sleep(0.05)
    raise TimeoutError(path)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_job_that_is_killed_leaves_no_output(start, tmp_path, ending):
    job = start("open(s.output.txt, 'w').write('4'); open('begun', 'w'); import time; time.sleep(100)")
    wait_for(tmp_path / "begun")
    began = time.monotonic()
    os.kill(job.pid, ending)
    job.communicate(timeout=60)
    assert time.monotonic() - began < 50
    assert job.returncode != 0
    assert not (tmp_path / "results/square/7.txt").exists()
    assert start(MAKES_BOTH).wait(timeout=60) == 0
    assert made(tmp_path) == ALL


@pytest.mark.parametrize("seconds", [0, 6])
def test_a_job_that_was_begun_again_elsewhere_makes_nothing_any_more(start, tmp_path, seconds):
    """On a cluster a job may go on after it was given up: it must replace nothing, nor take what is half made."""
    late = start(f"{MAKES_BOTH.replace('49', '48')}; open('begun', 'w'); import time; time.sleep(3)")
    wait_for(tmp_path / "begun")
    again = start(f"{MAKES_BOTH}; import time; time.sleep({seconds})")
    assert "FileNotFoundError" in late.communicate(timeout=60)[1]
    if seconds:
        assert not list((tmp_path / "results/square").iterdir())  # neither has ended well
    assert again.wait(timeout=60) == 0
    assert (tmp_path / "results/square/7.txt").read_text(encoding="utf-8") == "49"
    assert made(tmp_path) == ALL


def test_the_log_is_utf8_whatever_the_locale(start, tmp_path, monkeypatch):
    for name, value in {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}.items():
        monkeypatch.setenv(name, value)
    work = f"print('±', flush=True); print('σ', file=sys.stderr); {MAKES_BOTH}"
    assert start(work).wait(timeout=60) == 0
    begun, *told, ended = Path(tmp_path / "logs/square/7.log").read_text(encoding="utf-8").splitlines()
    assert told == ["±", "σ"]
    when = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
    begun = begun.removesuffix(f" in {sys.prefix}")
    assert re.fullmatch(rf"{when} on \S+ of commit ([0-9a-f]{{40}}(-dirty)?|unknown)", begun)
    assert re.fullmatch(rf"{when} ended", ended)
