"""python audit RESULTS: what in a folder of results is what the workflow made, and what is not.

Standard library and NumPy only; nothing of the workflow is imported, nothing in the folder is executed or written.
"""

import argparse
import json
import signal
import sys
from collections import Counter
from pathlib import Path

from tree import Tree, Unreadable
from verdicts import FAILED, OPEN, PASSED, Verdict, audit, read_manifest

FIXES = {
    "TAMPERED": "delete it; snakemake --cores all {name}",
    "MISSING": "snakemake --cores all {name}",
    "STALE": "snakemake --cores all -R {rule}",
    "SUSPECT": "mend what it was made from",
}


def main() -> int:
    """Print the verdicts. Exit status 0: all passed, 1: something failed, 2: something is open, 3: nothing to audit."""
    parser = argparse.ArgumentParser(prog="python audit", description=__doc__)
    parser.add_argument("results", type=Path, help="the folder of results")
    parser.add_argument("--reference", type=Path, help="the folder of a trusted run's results")
    parser.add_argument("--workflow", type=Path, help="the repository; by default the folder that holds this program")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    try:
        given = parser.parse_args()
    except SystemExit as ended:  # argparse has told why
        return 3 if ended.code else 0
    workflow = given.workflow or Path(__file__).resolve().parents[1]
    try:
        reference = None if given.reference is None else read_manifest(Tree(given.reference))
        verdicts, remarks = audit(Tree(given.results), workflow, reference)
    except (Unreadable, OSError) as error:
        print(f"results/manifest.json of {given.reference or given.results}: {error}", file=sys.stderr)
        return 3
    counts = Counter(found.verdict for found in verdicts)
    status = 1 if any(counts[one] for one in FAILED) else 2 if any(counts[one] for one in OPEN) else 0
    told = _conclusion(status, reference is not None)
    if given.json:
        rows = [vars(found) | {"fix": _fix(found)} for found in verdicts]
        print(json.dumps({"status": status, "conclusion": told, "remarks": remarks, "artifacts": rows}, indent=1))
        return status
    for found in verdicts:
        if found.verdict not in PASSED:
            print(f"{found.verdict:<18}{found.name}: {found.reason}{f'  [{_fix(found)}]' if _fix(found) else ''}")
    for remark in remarks:
        print(remark)
    print(", ".join(f"{number} {verdict}" for verdict, number in sorted(counts.items())) or "no artifacts")
    print(told)
    return status


def _fix(found: Verdict) -> str:
    return FIXES.get(found.verdict, "").format(name=found.name, rule=found.rule)


def _conclusion(status: int, anchored: bool) -> str:
    """Without something to trust, records that were all rewritten together look like records."""
    if status == 0:
        return "as the reference has it" if anchored else "consistent: nothing here contradicts the records"
    return "failed" if status == 1 else "inconclusive"


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # whoever reads this may have seen enough
    sys.exit(main())
