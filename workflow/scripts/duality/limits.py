"""A budget of time and memory for what a formula, a distribution or a file may make a library do.

No count of terms tells how long a computer algebra system takes. The work is therefore done in a child process, which
the operating system ends when its budget is spent, even in the midst of a product of two huge integers.
"""

import ctypes
import gc
import os
import resource
import select
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass

from duality.errors import InputError, announce_steps

_WAITING = 6  # seconds by the clock per second of the processor: a step that waits, for a file say, is ended as well


@dataclass(frozen=True)
class Ended:
    """How a child with a budget ended.

    Attributes
    ----------
    status : int
        Its exit status; 128 + the signal that ended it, as shells have it.
    step : str
        What it was at: the last key or formula that it announced.
    spent : bool
        Whether its time was spent.
    """

    status: int
    step: str
    spent: bool


def fork_with_budget(seconds: float | None, megabytes: float | None, all_seconds: float | None = None) -> Ended | None:
    """Go on in a child process that has a budget, and wait for it. To be called before threads are started.

    Parameters
    ----------
    seconds : float or None
        Of the processor; None for no limit.
    megabytes : float or None
        Of private memory; None for no limit. What does not fit raises MemoryError.
    all_seconds : float, optional
        If it is given, each step that `duality.errors.at` announces has the seconds for itself, and all have these.

    Returns
    -------
    Ended or None
        None in the child, which does the work and exits. In the parent, once the child has ended, how it did.
    """
    reading, writing = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child:
        os.close(writing)
        return _waited_for(child, reading, seconds, all_seconds is not None)
    os.close(reading)
    gc.freeze()  # what the parent has made is no garbage here: to look for some would copy all of its memory
    end_with_parent(parent)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_DATA, None if megabytes is None else round(megabytes * 2**20))
    _limit_time(seconds, all_seconds)

    def announce(step: str) -> None:
        os.write(writing, f"{step}\n".encode("utf-8", "replace"))
        if all_seconds is not None:
            _limit_time(seconds, all_seconds)

    announce_steps(announce)
    return None


def end_with_parent(parent: int) -> None:
    """Let this process end when its parent does (on Linux): a job whose Snakemake was killed must not go on."""
    if sys.platform == "linux":
        signal_at_death_of_parent = 1  # PR_SET_PDEATHSIG of prctl(2)
        ctypes.CDLL(None).prctl(signal_at_death_of_parent, signal.SIGKILL)
        if os.getppid() != parent:  # it died just before
            os.kill(os.getpid(), signal.SIGKILL)


def within_budget(work: Callable[[], str], seconds: float, megabytes: float, all_seconds: float) -> str:
    """The text that some work gives, or one line about why it does not, within a budget.

    Parameters
    ----------
    work : callable
        Done in a child process.
    seconds, megabytes, all_seconds : float
        As `fork_with_budget` has them.

    Raises
    ------
    InputError
        The one that the work raises; or one that names the step that the budget did not suffice for.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as told:
        ended = fork_with_budget(seconds, megabytes, all_seconds)
        if ended is None:
            status = 0
            try:
                told.write(work())
            except InputError as error:
                status = 1
                told.write(str(error))
            told.flush()
            os._exit(status)
        told.seek(0)
        if ended.status == 0:
            return told.read()
        if ended.status == 1 and (complaint := told.read()):
            raise InputError(complaint)
    long = f"takes longer than {seconds:g} s, or all that follows from the config longer than {all_seconds:g} s"
    why = long if ended.spent else f"was stopped (status {ended.status})"
    raise InputError(f"config: {ended.step}: working out what follows from it {why}")


def _waited_for(child: int, reading: int, seconds: float | None, per_step: bool) -> Ended:
    before = {
        ending: signal.signal(ending, lambda number, _: os.kill(child, number))
        for ending in (signal.SIGINT, signal.SIGTERM)
    }
    patience = None if seconds is None else _WAITING * seconds
    started, told, late = time.monotonic(), b"", False
    while True:
        left = None if patience is None else max(0.0, patience - (time.monotonic() - started))
        if not select.select([reading], [], [], left)[0]:
            late = True
            os.kill(child, signal.SIGKILL)
        chunk = os.read(reading, 65536)
        if not chunk:
            break
        told = (told + chunk)[-65536:]
        if per_step:
            started = time.monotonic()
    os.close(reading)
    _, status = os.waitpid(child, 0)
    for ending, handler in before.items():
        signal.signal(ending, handler)
    code = os.waitstatus_to_exitcode(status)
    steps = told.decode("utf-8", "replace").splitlines()
    return Ended(code if code >= 0 else 128 - code, steps[-1] if steps else "", late or -code == signal.SIGXCPU)


def _limit_time(seconds: float | None, all_seconds: float | None) -> None:
    """So many seconds from now on, but not more than all together."""
    if seconds is not None:
        until = time.process_time() + seconds
        _limit(resource.RLIMIT_CPU, int(until if all_seconds is None else min(until, all_seconds)) + 1)


def _limit(kind: int, most: int | None) -> None:
    """Lower the soft limit of this process; the kernel holds it."""
    hard = resource.getrlimit(kind)[1]
    if most is not None:
        resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
