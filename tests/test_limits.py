"""If these fail, a formula can stop a run for ever, or take the whole memory of the machine."""

import subprocess
import sys
import textwrap
import time

import pytest
from conftest import ROOT

BUDGET = """
    import os, sys
    from duality.errors import announce
    from duality.limits import fork_with_budget
    ended = fork_with_budget({seconds}, {megabytes}, {all_seconds})
    if ended is None:
        announce("first step")
        {work}
        sys.exit(7)
    print(ended.status, ended.step, ended.spent)
"""


def ended(work, seconds=1, megabytes=500, all_seconds=100):
    """Exit status, step and whether time was spent, of a child that does some work."""
    code = textwrap.dedent(BUDGET).format(seconds=seconds, megabytes=megabytes, all_seconds=all_seconds, work=work)
    command = [sys.executable, "-c", code]
    result = subprocess.run(
        command, cwd=ROOT / "workflow/scripts", capture_output=True, text=True, timeout=60, check=False
    )
    return (result.stdout.strip() or "nothing"), result.stderr


def test_a_child_within_its_budget_says_how_it_ended():
    assert ended("pass")[0] == "7 first step False"
    assert ended("os.kill(os.getpid(), 11)")[0] == "139 first step False"


@pytest.mark.parametrize(
    "work",
    [
        "while True: pass",
        "announce('second'); (3**(10**8))**(10**8)",  # in one step of the interpreter, which no signal handler sees
    ],
)
def test_time_ends_what_does_not_end(work):
    told = "first step" if "second" not in work else "second"
    assert ended(work)[0] == f"152 {told} True"


@pytest.mark.slow
def test_a_step_that_waits_is_ended_too():
    assert ended("import time; time.sleep(1000)")[0] == "137 first step True"


@pytest.mark.slow
@pytest.mark.parametrize(("all_seconds", "status"), [(100, "7"), (None, "152"), (2, "152")])
def test_each_step_has_the_time_for_itself_and_all_have_so_much(all_seconds, status):
    work = "import time; exec('for n in range(9):\\n announce(str(n))\\n while time.process_time() < 0.5*n: pass')"
    assert ended(work, all_seconds=all_seconds)[0].split()[0] == status


def test_memory_that_is_not_there_is_an_error():
    """Raised where it is asked for, so that the step can be named."""
    told, stderr = ended("x = bytearray(600 << 20)")
    assert told == "1 first step False"
    assert "MemoryError" in stderr
    assert ended("x = bytearray(300 << 20)")[0] == "7 first step False"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell a process that its parent died")
def test_a_child_ends_with_its_parent(tmp_path):
    """Else a job goes on writing, though its Snakemake was killed and another one has begun."""
    (tmp_path / "beats").touch()
    beating = "import time\nwhile True:\n    open('beats', 'a').write('.')\n    time.sleep(0.05)\n"
    (tmp_path / "beat.py").write_text(beating, encoding="utf-8")
    work = f"os.chdir({str(tmp_path)!r}); exec(open('beat.py').read())"
    code = textwrap.dedent(BUDGET).format(seconds=50, megabytes=500, all_seconds=None, work=work)
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT / "workflow/scripts")
    beats = tmp_path / "beats"
    for _ in range(200):
        if beats.stat().st_size > 3:
            break
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    time.sleep(0.2)
    last = beats.stat().st_size
    time.sleep(0.5)
    assert last > 3
    assert beats.stat().st_size == last
