"""One pass of samples to the histograms of q̇, ẇ and ḃ against a C loop with libm, as ratios in one run.

Both add up the same: in every logarithmic bin the number, Σ ln and Σ ln². Machines are shared and noisy: each round
times both in turn, by the processor's clock, and what is printed are the ratios of the medians and, in brackets, of the
fastest rounds. What compiling costs, which every job pays once, stands beside it, in samples that would take as long.
"""

import ctypes
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow/scripts"))

from duality.conventions import QUANTITIES
from duality.fluctuations.extraction import Extraction
from duality.formulas.compose import compose
from duality.records.estimates import Frozen
from duality.records.fluctuations import BINS, BINS_PER_DECADE, FIRST_BIN, NOWHERE, FluctuationSums

SIGMOID, RELU = "1/(1 + exp(-y))", "max(0, y)"
# Activation, loss, h of the class 'zeros' in C, and (w, b, γ) near the equilibrium.
EXPERIMENTS = {
    "sigmoid, squared loss": (SIGMOID, "(f - x2)**2", "1/(1 + exp(-y)); h = 2*f*f*(1 - f)", (16.0, -8.0, 0.1)),
    "sigmoid, cross-entropy": (
        SIGMOID,
        "-(1 - x2)*log(1 - f) - x2*log(f)",
        "1/(1 + exp(-y)); h = f",
        (16.0, -8.0, 0.04),
    ),
    "ReLU, quartic loss": (RELU, "(f - x2)**4", "y > 0 ? y : 0; h = 4*f*f*f", (0.9, 0.05, 0.01)),
}
C_LOOP = """
#include <math.h>
typedef struct {long count; double sum, sum2;} Bin;
static void add(Bin *bins, double value) {
  if (value == 0) return;
  double l = log(fabs(value));
  long i = (long)floor(l * (%d / M_LN10)) - (%d);
  i = i < 0 ? 0 : i >= %d ? %d - 1 : i;
  Bin *bin = bins + i + (value > 0 ? %d : 0);
  bin->count++; bin->sum += l; bin->sum2 += l * l;
}
void extract(const double *x, long n, double w, double b, double g, Bin *q, Bin *ws, Bin *bs) {
  for (long i = 0; i < n; i++) {
    double y = w * x[i] + b, f, h;
    f = %s;
    double b_dot = -g * h;
    if (b_dot == 0) continue;
    double w_dot = x[i] * b_dot;
    add(q, copysign(sqrt(w_dot * w_dot + b_dot * b_dot), b_dot));
    add(ws, w_dot);
    add(bs, b_dot);
  }
}
"""
SAMPLES, ROUNDS = 1 << 21, 15


def c_loop(folder: str, h: str) -> Callable[..., None]:
    """Compile the loop as anybody would: gcc -O3, libm."""
    source, library = Path(folder) / "loop.c", Path(folder) / f"loop{abs(hash(h))}.so"
    source.write_text(C_LOOP % (BINS_PER_DECADE, FIRST_BIN, BINS, BINS, BINS, h))
    subprocess.run([shutil.which("gcc") or "cc", "-O3", "-shared", "-fPIC", source, "-o", library, "-lm"], check=True)
    function = ctypes.CDLL(str(library)).extract

    def run(x1: np.ndarray, parameters: tuple[float, ...], bins: np.ndarray) -> None:
        numbers = [ctypes.c_double(parameter) for parameter in parameters]
        sums = [ctypes.c_void_p(own.ctypes.data) for own in bins]
        function(ctypes.c_void_p(x1.ctypes.data), ctypes.c_long(x1.size), *numbers, *sums)

    return run


def nanoseconds(function: Callable[[], None]) -> float:
    """Of the processor per sample, for one call."""
    start = time.process_time()
    function()
    return (time.process_time() - start) / SAMPLES * 1e9


def ours(activation: str, loss: str, parameters: tuple[float, float, float], x1: np.ndarray) -> Callable[..., None]:
    """The pass of the workflow, compiled."""
    extraction = Extraction(compose(activation, loss, [0, 1]), Frozen(*parameters), ("zeros", "ones"))

    def run(x1: np.ndarray, cells: np.ndarray) -> None:
        extraction.add(x1, 0, cells)

    run(x1[:1], FluctuationSums.none(("zeros", "ones")).cells[0])
    return run


def compare(name: str, loop: Callable[..., None], x1: np.ndarray) -> None:
    """Time and print one experiment."""
    activation, loss, _, parameters = EXPERIMENTS[name]
    start = time.process_time()
    kernel = ours(activation, loss, parameters, x1)
    compiling = time.process_time() - start
    bins = np.zeros((len(QUANTITIES), NOWHERE), [("count", np.int64), ("sum", float), ("sum2", float)])
    cells = FluctuationSums.none(("zeros",)).cells[0]
    contenders = {"C": lambda: loop(x1, parameters, bins), "ours": lambda: kernel(x1, cells)}
    times: dict[str, list[float]] = {key: [] for key in contenders}
    for _ in range(ROUNDS):
        bins[:], cells[:] = 0, 0
        for key, run_it in contenders.items():
            times[key].append(nanoseconds(run_it))
    # It is the same computation: a value within rounding of an edge may be in either of two bins.
    differ = np.abs(bins["count"] - cells[:, :NOWHERE, 0]).sum(axis=1)
    assert np.all(differ <= 1e-5 * SAMPLES), differ
    median = {key: statistics.median(values) for key, values in times.items()}
    best = {key: min(values) for key, values in times.items()}
    ratio, fastest = median["ours"] / median["C"], best["ours"] / best["C"]
    print(f"{name}: ns per sample to the three histograms, median of {ROUNDS} rounds (fastest)")
    print(f"  C loop, libm   {median['C']:8.1f} ({best['C']:.1f})")
    print(
        f"  ours           {median['ours']:8.1f} ({best['ours']:.1f})   {ratio:.2f} ({fastest:.2f}) times the C loop's"
    )
    print(
        f"  compiling it   {compiling:8.2f} s, as long as {compiling / median['ours'] * 1e3:.0f} million samples take"
    )


def main() -> None:
    """Time and print all."""
    x1 = np.random.default_rng(1).normal(0, 0.25, SAMPLES)
    ours("y", "f", (1.0, 0.0, 1.0), x1)  # Numba itself, which is not counted
    with tempfile.TemporaryDirectory() as folder:
        for name, (_, _, h, _) in EXPERIMENTS.items():
            compare(name, c_loop(folder, h), x1)


if __name__ == "__main__":
    main()
