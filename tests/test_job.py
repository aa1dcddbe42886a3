"""If these fail, a job that was stopped leaves half of something, or nobody learns why it was stopped."""

import hashlib
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
        log={prefix!r} + "logs/square/7.log",
        wildcards=Wildcards(fromdict={{"n": "7"}}),
        params=Params(fromdict={params!r}),
        input=InputFiles({inputs!r}),
        output=OutputFiles(
            fromdict={{"txt": {prefix!r} + "results/square/7.txt", "csv": {prefix!r} + "{results}/square/7.csv"}}
        ),
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

    def start_job(work, inputs=(), params=None, prefix="", results="results", **resources):
        for folder in ("logs/square", "results/square"):  # as Snakemake does
            (tmp_path / prefix / folder).mkdir(parents=True, exist_ok=True)
        code = textwrap.dedent(SCRIPT).format(
            scripts=str(ROOT / "workflow/scripts"),
            work=work,
            inputs=list(inputs),
            params=params or {},
            resources=resources,
            prefix=prefix,
            results=results,
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


FAILS = "from duality.failures import ExperimentFailed; raise ExperimentFailed('died after 3 steps: x, change y'{})"


@pytest.mark.parametrize("told", [False, True])
def test_a_job_of_what_failed_ends_well_and_all_its_outputs_say_why(start, tmp_path, told):
    """On the terminal the training says it, once: of its files nobody says it again."""
    job = start(FAILS.format(", told=True" if told else ""))
    said = job.communicate(timeout=60)[1]
    assert job.returncode == 0
    line = "square of n 7: died after 3 steps: x, change y: the other experiments go on (log: logs/square/7.log)\n"
    assert said == ("" if told else line)
    assert made(tmp_path) == ALL
    assert (tmp_path / ALL[1]).read_text() == 'failed\n"died after 3 steps: x, change y"\n'
    assert (tmp_path / ALL[2]).read_text() == "Died after 3 steps: x, change y.\n"
    record = json.loads((tmp_path / ALL[0]).read_text(encoding="utf-8"))
    assert record["outputs"][ALL[1]]["sha256"] == hashlib.sha256((tmp_path / ALL[1]).read_bytes()).hexdigest()
    assert "died after 3 steps" in (tmp_path / "logs/square/7.log").read_text(encoding="utf-8")


def test_a_log_is_told_as_seen_from_where_snakemake_was_started(start, monkeypatch):
    """With `--directory smoke` it is in smoke/logs, as all else that is told; that changes no record."""
    monkeypatch.setenv("DUALITY_CALLED", "smoke")
    assert "(log: smoke/logs/square/7.log)" in start(FAILS.format("")).communicate(timeout=60)[1]


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


@pytest.mark.parametrize("prefix", ["paper/", "a/logs/results/", "../beside/", "{absolute}/"])
def test_what_a_prefix_is_called_is_in_no_record(start, tmp_path, prefix):
    """Another workflow may put logs and results below a prefix: it finds the records there, and they are the same."""
    prefix = prefix.format(absolute=tmp_path / "somewhere")
    assert start(MAKES_BOTH).wait(timeout=60) == 0
    assert start(MAKES_BOTH, prefix=prefix).wait(timeout=60) == 0
    plain, below = ((tmp_path / place / ALL[0]).read_bytes() for place in ("", prefix))
    assert plain.replace(b"script0", b"script1") == below
    assert made(tmp_path / prefix) == ALL


def test_inputs_below_a_prefix_are_named_from_there_and_data_of_one_s_own_as_given(start, tmp_path):
    """The job finds both, by the names that it is handed; one that was edited is told with its place."""
    made_by = tmp_path / "paper/results/provenance/one.json"
    made_by.parent.mkdir(parents=True)
    (tmp_path / "paper/results/one.csv").write_text("1", encoding="utf-8")
    (tmp_path / "mine.csv").write_text("2", encoding="utf-8")
    outputs = {"results/one.csv": {"sha256": hashlib.sha256(b"1").hexdigest()}}
    made_by.write_text(json.dumps({"outputs": outputs}), encoding="utf-8")
    outside = tmp_path.parent / "outside.csv"
    outside.write_text("3", encoding="utf-8")
    given = ["paper/results/one.csv", "mine.csv", str(tmp_path / "mine.csv"), str(outside)]
    work = f"assert [open(path).read() for path in s.input] == list('1223'); {MAKES_BOTH}"
    job = start(work, inputs=given, prefix="paper/")
    assert job.communicate(timeout=60)[1] == ""
    record = json.loads((tmp_path / "paper" / ALL[0]).read_text(encoding="utf-8"))
    assert list(record["inputs"]) == ["results/one.csv", "mine.csv", str(outside)]
    (tmp_path / "paper/results/one.csv").write_text("4", encoding="utf-8")
    told = start(work, inputs=given, prefix="paper/").communicate(timeout=60)[1]
    assert told.startswith("square of n 7 in paper: results/one.csv is not what its job made")
    assert told.endswith("(log: paper/logs/square/7.log)\n")


def test_outputs_that_are_in_no_results_beside_the_logs_are_refused(start, tmp_path):
    """A record is found by the name of its result: those of `replace_prefix` or `with: output` would be lost."""
    for prefix in ("", "paper/"):
        told = start(MAKES_BOTH, prefix=prefix, results="elsewhere").communicate(timeout=60)[1]
        assert told.startswith("square of n 7: its log and its outputs must be in logs/ and results/ of one folder")
        assert told.count("\n") == 1
    assert made(tmp_path) == []


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
        (
            "any(iter(int, 1))",  # where OpenBLAS would wait for memory for ever
            {"mem_mb": 60},
            "square of n 7: it needs more memory than its rule allows (mem_mb = 60): 100 at least",
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


@pytest.mark.slow
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
