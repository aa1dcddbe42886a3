"""python audit RESULTS: what in a folder of results is what the workflow made, and what is not.

Standard library and NumPy only; nothing of the workflow is imported, nothing in the folder is executed, and nothing is
written but the reports that are asked for.
"""

import argparse
import json
import os
import shutil
import signal
import sys
from pathlib import Path

from causes import Workflow
from comparison import compare
from page import page
from rebuild import chosen, rebuilt
from reference import HISTORY, TOLERANCES, Reference
from report import Report
from run import MANIFEST, Run
from tracing import CELLS, LEDGER, PRINTED, TABLE, trace
from tree import Tree, Unreadable
from verdicts import audit


def main() -> int:
    """Print the verdicts. Exit status 0: all passed, 1: something failed, 2: something is open, 3: nothing to audit."""
    try:
        given = _parser().parse_args()
    except SystemExit as ended:  # argparse has told why
        return 3 if ended.code else 0
    repository = given.workflow or Path(__file__).resolve().parents[1]
    try:
        config = (
            json.loads(sys.stdin.read() if given.config == "-" else Path(given.config).read_text())
            if given.config
            else None
        )
    except (OSError, ValueError, RecursionError) as error:
        return _refuse(f"--config {given.config}: {error}")
    try:
        run = Run.read(Tree(given.results))
    except (Unreadable, OSError) as error:
        return _refuse(f"{MANIFEST} of {given.results}: {error}")
    reference = None
    if given.reference:
        try:
            reference = Reference.read(given.reference, repository / "reference" / TOLERANCES, given.signers)
        except (Unreadable, ValueError, OSError) as error:
            return _refuse(f"--reference {given.reference}: {error}")
    elif given.signers:
        return _refuse("--signers: there is no --reference that they could have signed")
    there = (repository / "Snakefile").is_file()
    directory = given.directory or Path(os.path.abspath(given.results)).parent
    found, remarks = audit(run, Workflow(repository, config, directory) if there else None)
    remarks += [] if there else [f"there is no workflow in {repository}: code, lock and config were not compared"]
    remarks += compare(run, reference, found) if reference else []
    try:
        traces = [trace(run, query) for query in given.trace]
    except Unreadable as error:
        told = [found[name] for name in (TABLE, CELLS, PRINTED, LEDGER) if name in found and not found[name].passed]
        _refuse(f"--trace: {error}{f' ({told[0].name} is {told[0].verdict})' if told else ''}")
        return 1 if told else 3
    if given.rebuild:
        snakemake = shutil.which("snakemake", path=f"{Path(sys.executable).parent}") or shutil.which("snakemake")
        if snakemake is None:
            return _refuse("--rebuild: there is no snakemake beside this Python, nor on PATH")
        for name in chosen(run, given.rebuild, given.seed):
            again = rebuilt(run, name, found, repository, snakemake)
            found[again.name] = again
            remarks.append(f"{name}: {again.reason}")
    report = Report(run, [found[name] for name in sorted(found)], remarks, _trusted(given.reference, reference), traces)
    for path, content in ((given.html, lambda: page(report)), (given.junit, report.junit)):
        try:
            if path and path.is_symlink():
                return _refuse(f"{path} is a link: nothing is written through it")
            if path:
                path.write_text(content(), encoding="utf-8")
        except OSError as error:
            return _refuse(f"{path}: {error}")
    sys.stdout.reconfigure(errors="backslashreplace")  # what the terminal has no letter for
    print(report.json() if given.json else report.text())
    return report.status


def _trusted(folder: Path | None, reference: Reference | None) -> str:
    """What the run was compared with; empty if with nothing, or with what is itself broken."""
    if reference is None or reference.broken:
        return ""
    signed = f", signed by {reference.signer}," if reference.signer else ""
    return f"the reference{signed}" if (folder / HISTORY).is_file() else f"the run in {folder}"


def _refuse(why: str) -> int:
    print(" ".join(why.split()), file=sys.stderr)
    return 3


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python audit", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", type=Path, help="the folder of results")
    parser.add_argument(
        "--reference", type=Path, help="what is trusted: the folder reference, or another run's results"
    )
    parser.add_argument(
        "--signers", type=Path, help="who may sign the history of the reference (allowed signers of ssh-keygen)"
    )
    parser.add_argument("--workflow", type=Path, help="the repository; by default the folder that holds this program")
    parser.add_argument(
        "--directory",
        type=Path,
        help="the run's working directory, for data of one's own; by default the folder that holds RESULTS",
    )
    parser.add_argument("--config", help="the config as the Snakefile resolves it, in JSON; - is standard input")
    parser.add_argument(
        "--trace",
        action="append",
        default=[],
        metavar="WHAT",
        help="'figure 3', 'table EXPERIMENT CLASS k_q', the id of a claim, or a file",
    )
    parser.add_argument(
        "--rebuild", type=int, default=0, metavar="N", help="make so many artifacts again, drawn at random"
    )
    parser.add_argument("--seed", type=int, default=0, help="of that draw")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument("--junit", type=Path, help="write JUnit XML to this file")
    parser.add_argument("--html", type=Path, help="write a page to this file")
    return parser


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # whoever reads this may have seen enough
    sys.exit(main())
