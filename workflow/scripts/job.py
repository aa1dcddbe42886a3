"""What every script does around its one call into the library."""

import copy
import gc
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

_SCRIPTS = Path(__file__).resolve().parent
_UNFINISHED = ".unfinished-"

# Megabytes that loading the libraries takes. With less, OpenBLAS asks for memory for ever, and never says why.
_LEAST = 100

# Imports, symbolic mathematics and compiling make many objects and little garbage: to look for some after every 700 of
# them takes a tenth of a run, and finds nothing that a job could not carry to its end.
gc.set_threshold(500_000)

# Which Snakemake runs this: inside a conda environment only the path that it appends tells.
_SNAKEMAKE = version("snakemake")

# Snakemake appends its own site-packages, so that inside a conda environment a package that the environment does not
# declare would silently come from the host. Only what belongs to this Python, and these scripts, may stay.
_OWN = [Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix, sys.exec_prefix)]
sys.path[:] = [
    os.path.abspath(entry)  # a job goes to the folder of its results
    for entry in sys.path
    if Path(entry).resolve() == _SCRIPTS or any(Path(entry).resolve().is_relative_to(prefix) for prefix in _OWN)
]

# NumPy and OpenBLAS choose their kernels by the processor, and those differ in the last digit. Every x86-64 computes
# with the same ones here: AVX2 for NumPy (where there is none, NumPy does without), what all of them have for BLAS.
if platform.machine() in ("x86_64", "AMD64"):
    os.environ |= {"NPY_ENABLE_CPU_FEATURES": "X86_V3", "OPENBLAS_CORETYPE": "Prescott"}
    os.environ.pop("NPY_DISABLE_CPU_FEATURES", None)  # both at once are an error

from duality.errors import InputError, announce, short  # noqa: E402  (after the path is clean, and the kernels chosen)
from duality.failures import ExperimentFailed, write_failure  # noqa: E402
from duality.limits import Ended, end_with_parent, fork_with_budget  # noqa: E402
from duality.provenance.code import RunningCode  # noqa: E402
from duality.provenance.environment import numeric_environment  # noqa: E402
from duality.provenance.job_records import (  # noqa: E402
    checked_digests,
    described,
    name_of,
    pins,
    record_of,
    repository_digests,
    write_record,
)


@contextmanager
def job(snakemake: Any) -> Iterator[Any]:
    """Run the body with stdout and stderr in the job's log, and failures as one line on the terminal.

    The body runs in a child process that has the time (`runtime`) and memory (`mem_mb`) of the rule, and no more. Its
    inputs must be what the jobs that made them recorded. It writes its outputs into a folder of their own; they come to
    their places when all are there, and then the record of what was made from what, named like the log. The working
    folder is the one that has the job's logs/ and results/: what a module's `prefix` says is in no record.

    Its Python must be that of the conda environment that Snakemake activated for it, if any. The log says which it is.

    Bad input (`InputError`) is told as it is; anything else by its type and message, with the traceback in the log.
    A training that fails (`ExperimentFailed`), or an input that says so, is no fault of the job: then all its outputs
    say why the experiment failed, and the job ends well, so that all other experiments are complete.
    """
    workdir, name = Path.cwd(), _named(snakemake)
    folder, log = _enter(snakemake)
    called = Path(os.environ.get("DUALITY_CALLED", ""))  # the working folder, from where Snakemake was started
    name, told_log = f"{name} in {folder}" if folder.name else name, called / folder / log
    stage = Path(str(sys.modules["__main__"].__file__)).stem
    made = record_of(log)
    if why := _outside_its_environment():
        sys.exit(f"{name}: {why}")
    seconds, megabytes = _budget(snakemake.resources)
    too_little = f"it needs more memory than its rule allows (mem_mb = {megabytes})"
    if megabytes is not None and megabytes < _LEAST:
        sys.exit(f"{name}: {too_little}: {_LEAST} at least")
    end_with_parent(os.getppid())
    try:
        made.unlink(missing_ok=True)  # that of an earlier run, whose outputs Snakemake has removed
        # A job that was killed, or one that still runs though its Snakemake is gone, has its folder no longer.
        made.parent.mkdir(parents=True, exist_ok=True)
        for given_up in made.parent.glob(f"{made.stem}{_UNFINISHED}*"):
            shutil.rmtree(given_up, ignore_errors=True)
        place = Path(tempfile.mkdtemp(prefix=f"{made.stem}{_UNFINISHED}", dir=made.parent))
        log.write_bytes(b"")
    except OSError as error:
        sys.exit(f"{name}: {error}: something else stands in its way, or there is no room: mend that")
    ended = fork_with_budget(seconds, megabytes)
    if ended is not None:
        shutil.rmtree(place, ignore_errors=True)
        if why := _why(ended, snakemake.resources):
            os.write(2, f"{name}: {why} (log: {told_log})\n".encode())
        sys.exit(ended.status)
    terminal = os.dup(2)
    with open(log, "a", encoding="utf-8", buffering=1) as file:
        for stream, text in ((1, sys.stdout), (2, sys.stderr)):
            os.dup2(file.fileno(), stream)
            text.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
        try:
            print(_now(), "on", platform.node(), "of commit", _commit(), "in", sys.prefix, flush=True)
            composition = snakemake.params.get("composition")
            announce("" if composition is None else f"f = {composition['activation']}, H = {composition['loss']}")
            places = snakemake.params.get("config", {})
            code = RunningCode(_SCRIPTS, stage, snakemake.params.get("code"))
            inputs = checked_digests(snakemake.input, workdir)
            final, snakemake.output = snakemake.output, _below(place, snakemake.output)
            try:
                yield snakemake
            except ExperimentFailed as failed:
                print(failed)
                if not failed.told:
                    os.write(terminal, f"{name}: {failed}: the other experiments go on (log: {told_log})\n".encode())
                for path in snakemake.output:
                    write_failure(str(failed), path)
            outputs = dict(zip(final, snakemake.output, strict=True))
            if checked_digests(snakemake.input, workdir) != inputs:
                raise InputError("an input was changed while it was read: run it again")
            environment = {"snakemake": _SNAKEMAKE, **numeric_environment()}
            recipe = {
                "rule": stage,  # another workflow may import it by another name
                "wildcards": dict(snakemake.wildcards.items()),
                "params": {name: value for name, value in snakemake.params.items() if name != "config"},
                "config": {name: place.format(**snakemake.wildcards) for name, place in places.items()},
                "code": code.imported(),
                "workflow": repository_digests(),
                "inputs": inputs,
                "outputs": {name_of(path): described(unfinished) for path, unfinished in outputs.items()},
                "environment": environment,
                "pins": pins(environment["packages"]),
            }
            for path, unfinished in outputs.items():
                os.replace(unfinished, path)
            write_record(made, recipe)
            print(_now(), "ended")
            sys.stdout.flush()
            sys.stderr.flush()
        except Exception as error:
            traceback.print_exc(file=file)
            what = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
            if isinstance(error, MemoryError):
                what = too_little
            os.write(terminal, f"{name}: {' '.join(what.split())} (log: {told_log})\n".encode())
            sys.exit(1)
    # All is written. To take the libraries apart, object by object, before the end takes another twentieth of a run.
    os._exit(0)


def _enter(snakemake: Any) -> tuple[Path, Path]:
    """Go to the folder that has the logs/ and results/ of a job, and return that and the log as seen from there.

    It is the working directory, or what a module's `prefix` says below it. Inputs and outputs of the job become what
    they are as seen from there.
    """
    paths = [str(snakemake.log), *snakemake.output]
    try:
        folder = Path(os.path.commonpath(paths))
        log, *outputs = (Path(path).relative_to(folder) for path in paths)
    except ValueError:  # some are absolute, others are not
        log, outputs = Path(), []
    if not log.parts or log.parts[0] != "logs" or {path.parts[0] for path in outputs} != {"results"}:
        what = "its log and its outputs must be in logs/ and results/ of one folder, which a module's prefix may name"
        sys.exit(f"{_named(snakemake)}: {what}: {', '.join(paths[:2])}")
    if folder != Path():
        workdir = Path.cwd()
        os.chdir(folder)

        def from_here(path: str) -> str:
            inside = Path(path).is_relative_to(folder)
            return str(Path(path).relative_to(folder) if inside else workdir / path)

        snakemake.input, snakemake.output = _each(snakemake.input, from_here), _each(snakemake.output, from_here)
    return folder, log


def _outside_its_environment() -> str:
    """What is wrong, if this is not the Python of the rule's conda environment; empty if it is, or if there is none."""
    active = os.environ.get("CONDA_PREFIX", "")
    by_snakemake = Path(f"{active}.env_setup_done").is_file()  # what it puts beside an environment that it has made
    if not by_snakemake or Path(active).resolve() == Path(sys.prefix).resolve():
        return ""
    # Snakemake takes its own Python, and says nothing, where the environment has none.
    return f"runs in {sys.prefix}, not in its conda environment {active}: has that a Python?"


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _commit() -> str:
    """What is checked out, and whether it was edited since; when and where a job ran is in its log, in no record."""
    command = ["git", "-C", str(_SCRIPTS), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return found.stdout.strip()


def _budget(resources: Any) -> tuple[float | None, float | None]:
    """Seconds and megabytes that the rule allows; None for what it does not say."""
    minutes, megabytes = resources.get("runtime"), resources.get("mem_mb")
    return None if minutes is None else 60 * minutes, megabytes


def _named(snakemake: Any) -> str:
    wildcards = ", ".join(f"{name} {value}" for name, value in snakemake.wildcards.items())
    return f"{snakemake.rule}{f' of {wildcards}' if wildcards else ''}"


def _why(ended: Ended, resources: Any) -> str:
    """Why the child ended, where it could not say so itself; empty where it could, or was told to end."""
    step = f", at {short(ended.step)}" if ended.step else ""
    if ended.spent:
        return f"it takes longer than its rule allows (runtime = {resources.get('runtime')} min){step}"
    if ended.status > 128 and ended.status - 128 not in (signal.SIGINT, signal.SIGTERM):
        return f"it was ended by signal {ended.status - 128}{step}"
    return ""


def _below(folder: Path, outputs: Any) -> Any:
    """Paths below a folder for all outputs, by the same names."""

    def below(path: str) -> str:
        unfinished = folder / path
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        return str(unfinished)

    return _each(outputs, below)


def _each(files: Any, change: Callable[[str], str]) -> Any:
    """A job's inputs or outputs with each path changed, by the same names."""

    def changed(path: str | list[str]) -> str | list[str]:
        return change(path) if isinstance(path, str) else [change(one) for one in path]

    new = copy.copy(files)
    new[:] = map(change, files)
    for name, path in files.items():
        setattr(new, name, changed(path))
    return new
