"""If this fails, Snakemake may get a resolved config that is cut off, and says no more than that it is no JSON."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import time

from conftest import ROOT

SCRIPTS = ROOT / "workflow/scripts"
PIPE = 65536  # bytes that a pipe holds


def waiting(stream):
    """How many bytes wait to be read."""
    return int.from_bytes(fcntl.ioctl(stream, termios.FIONREAD, b"\0" * 4), sys.byteorder)


def test_a_signal_in_the_midst_of_writing_cuts_nothing_off():
    """The pipe is full, so that the script waits; then it is stopped, as a debugger does, and goes on."""
    command = [sys.executable, "-W", "ignore", SCRIPTS / "resolution.py"]
    command += [ROOT / "workflow/schemas/config.schema.yaml", ROOT / "gallery", ""]
    variables = os.environ | {"PYTHONUNBUFFERED": "1"}
    with (
        open(ROOT / "config.yaml", "rb") as config,
        subprocess.Popen(command, stdin=config, stdout=subprocess.PIPE, env=variables) as process,
    ):
        while waiting(process.stdout) < PIPE:
            assert process.poll() is None, "the config is too small for this test"
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(0.2)
        os.kill(process.pid, signal.SIGCONT)
        time.sleep(0.2)
        told = process.stdout.read()
    assert process.returncode == 0
    assert len(told) > PIPE
    assert set(json.loads(told)) >= {"experiments", "classes"}
