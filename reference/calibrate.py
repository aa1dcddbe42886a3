"""python reference/calibrate.py RESULTS PYTHON...: how far results move with kernels, threads and versions of NumPy.

Every job pins its kernels (job.py), so that processors do not matter. This takes the pins away: it makes the results of
config.yaml, or of an overlay, again in copies of the workflow, with each Python given (an environment with another
NumPy, say), each kind of kernels and each number of threads, and compares them with RESULTS. One row of
reference/calibration.csv per setting and pattern of reference/tolerances.toml: how many files there are, how many have
the same bytes or the same content, the largest difference as a multiple of what is allowed, and where that is.
"""

import argparse
import csv
import itertools
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "audit"))

from content import content_of  # noqa: E402
from rebuild import copy_workflow  # noqa: E402
from tolerances import distance, read_tolerances, tolerance_of  # noqa: E402
from tree import Tree  # noqa: E402

PINS = '{"NPY_ENABLE_CPU_FEATURES": "X86_V3", "OPENBLAS_CORETYPE": "Prescott"}'
FEATURES = (
    "import numpy._core._multiarray_umath as u; print(' '.join(f for f in u.__cpu_dispatch__ if u.__cpu_features__[f]))"
)
KERNELS, ARCHITECTURES, THREADS = ("all", "baseline"), ("Prescott", "Haswell"), (1, 2)
COLUMNS = ("config", "numpy", "kernels", "architecture", "threads", "pattern", "files", "same_bytes", "same_content")
COLUMNS += ("ratio", "largest")


def main() -> int:
    """Calibrate; rows are added as settings end, so that a calibration may be continued."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, help="results of the pinned workflow")
    parser.add_argument("pythons", nargs="+", help="Python of each environment")
    parser.add_argument("--configfile", type=Path, help="the overlay that RESULTS were made with")
    parser.add_argument("--half", action="store_true", help="each pair of levels once, instead of all combinations")
    given = parser.parse_args()
    name = given.configfile.stem if given.configfile else "config"
    settings = list(itertools.product(given.pythons, KERNELS, ARCHITECTURES, THREADS))
    if given.half:
        levels = given.pythons, KERNELS, ARCHITECTURES, THREADS
        settings = [one for one in settings if sum(map(tuple.index, map(tuple, levels), one)) % 2]
    for python, kernels, architecture, threads in settings:
        with tempfile.TemporaryDirectory(prefix="calibration-") as folder:
            made = remade(Path(folder), python, kernels, architecture, threads, given.configfile)
            add(compared(Tree(given.results), made), [name, version(python), kernels, architecture, threads])
    return 0


def version(python: str) -> str:
    return output(python, "-c", "import numpy; print(numpy.__version__)")


def output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def remade(folder: Path, python: str, kernels: str, architecture: str, threads: int, overlay: Path | None) -> Tree:
    """Results made in a folder without the pins."""
    copy_workflow(ROOT, folder)
    chosen = {"OPENBLAS_CORETYPE": architecture}
    chosen |= {f"{library}_NUM_THREADS": str(threads) for library in ("OMP", "OPENBLAS", "MKL")}
    if kernels == "baseline":
        chosen["NPY_DISABLE_CPU_FEATURES"] = output(python, "-c", FEATURES)
    job = folder / "workflow/scripts/job.py"
    text = job.read_text(encoding="utf-8")
    pop = '    os.environ.pop("NPY_DISABLE_CPU_FEATURES", None)'
    if PINS not in text or pop not in text:
        raise ValueError("job.py pins its kernels otherwise than is known here")
    job.write_text(text.replace(pop, "    pass").replace(PINS, repr(chosen)), encoding="utf-8")
    command = [python, "-m", "snakemake", "--cores", "2", "--quiet", "all"]
    command += ["--configfile", str(overlay.resolve())] if overlay else []
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("NPY_", "OPENBLAS_"))}
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    return Tree(folder / "results")


def compared(base: Tree, made: Tree) -> dict[str, list]:
    """Per pattern: files, those with the same bytes, those with the same content, largest ratio, and where that is."""
    tolerances, found = read_tolerances(ROOT / "reference/tolerances.toml"), {}
    names = [name for name in base.names(10**5) if name.startswith("results/") and "/provenance/" not in name]
    for name in names:
        if name in ("results/manifest.json", "results/README.md"):
            continue
        tolerance = tolerance_of(name, tolerances)
        row = found.setdefault(tolerance.pattern, [0, 0, 0, 0.0, ""])
        row[0] += 1
        if made.size(name) is None:
            row[3], row[4] = float("inf"), f"{name}: it was not made"
            continue
        same = base.digest(name) == made.digest(name)
        content = content_of(base.place(name))
        row[1] += same
        row[2] += same or (content is not None and content == content_of(made.place(name)))
        shown = tolerance.kept and (name.endswith(".png") or not tolerance.pixels)
        if same or tolerance.kind in ("bytes", "content") or not shown:
            continue
        apart = distance(made.place(name), base.place(name), tolerance)
        if apart.ratio > row[3]:
            row[3], row[4] = apart.ratio, f"{name.removeprefix('results/')}: {apart.told}"
    return found


def add(found: dict[str, list], setting: list) -> None:
    path = ROOT / "reference/calibration.csv"
    new = not path.exists()
    with open(path, "a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([COLUMNS] if new else [])
        for pattern, (files, same, content, ratio, where) in found.items():
            writer.writerow([*setting, pattern, files, same, content, f"{ratio:.3g}", where])


if __name__ == "__main__":
    sys.exit(main())
