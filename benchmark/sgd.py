"""SGD against a C loop with libm and a plain NumPy loop, over the same samples, as ratios in one run.

Machines are shared and noisy: each round times all contenders in turn, and what is printed are the ratios of the
medians and, in brackets, of the fastest rounds.
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

from duality.dataset.stream import Stream, mix
from duality.formulas.compose import compose
from duality.training.sgd import BLOCK, Sgd

SIGMOID = "1/(1 + exp(-y))"
LOSSES = {
    "sigmoid, squared loss": ("(f - x2)**2", "2*(f - l[i])*f*(1 - f)"),
    "sigmoid, cross-entropy": ("-(1 - x2)*log(1 - f) - x2*log(f)", "f - l[i]"),
}
C_LOOP = """
#include <math.h>
void sgd(const double *x, const signed char *l, long n, double g, double *w, double *b) {
  double W = *w, B = *b;
  for (long i = 0; i < n; i++) {
    double f = 1 / (1 + exp(-(W * x[i] + B)));
    double k = g * (%s);
    W -= k * x[i];
    B -= k;
  }
  *w = W; *b = B;
}
"""
GAMMA, STEPS, NUMPY_STEPS, ROUNDS = 0.01, 1 << 18, 1 << 14, 30


def c_loop(folder: str, kick: str) -> Callable[..., None]:
    """Compile the loop as anybody would: gcc -O3, libm."""
    source, library = Path(folder) / "sgd.c", Path(folder) / f"sgd{abs(hash(kick))}.so"
    source.write_text(C_LOOP % kick)
    subprocess.run([shutil.which("gcc") or "cc", "-O3", "-shared", "-fPIC", source, "-o", library, "-lm"], check=True)
    function = ctypes.CDLL(str(library)).sgd

    def run(stream: Stream, w: np.ndarray, b: np.ndarray) -> None:
        arrays = [ctypes.c_void_p(array.ctypes.data) for array in (stream.x1, stream.label, w, b)]
        function(*arrays[:2], ctypes.c_long(STEPS), ctypes.c_double(GAMMA), *arrays[2:])

    return run


def numpy_loop(stream: Stream, w: float, b: float, squared: bool) -> None:
    """The loop as one would first write it."""
    for x, t in zip(stream.x1[:NUMPY_STEPS], stream.label[:NUMPY_STEPS], strict=True):
        f = 1 / (1 + np.exp(-(w * x + b)))
        kick = GAMMA * (2 * (f - t) * f * (1 - f) if squared else f - t)
        w, b = w - kick * x, b - kick


def nanoseconds(function: Callable[[], None], steps: int) -> float:
    """Time per step of one call."""
    start = time.perf_counter()
    function()
    return (time.perf_counter() - start) / steps * 1e9


def main() -> None:
    """Time and print."""
    random = np.random.default_rng(1)
    stream = mix([random.normal(mean, 0.25, STEPS) for mean in (0, 1)], random)
    blocks = STEPS // BLOCK
    one = np.arange(blocks)[:, None] * BLOCK
    eight = (np.arange(blocks // 8)[:, None] + blocks // 8 * np.arange(8)[None, :]) * BLOCK
    with tempfile.TemporaryDirectory() as folder:
        for name, (loss, kick) in LOSSES.items():
            ours, c = Sgd(compose(SIGMOID, loss, [0, 1]), stream), c_loop(folder, kick)

            def at(replicas: int) -> tuple[np.ndarray, np.ndarray]:
                return np.full(replicas, 16.0), np.full(replicas, -8.0)

            contenders = {
                "C": lambda c=c: c(stream, *at(1)),
                "one": lambda ours=ours: ours.advance(one, *at(1), GAMMA),
                "eight": lambda ours=ours: ours.advance(eight, *at(8), GAMMA),
            }
            # The same samples give the same weights, up to rounding: it is the same computation.
            theirs, own = at(1), at(1)
            c(stream, *theirs)
            ours.advance(one, *own, GAMMA)
            assert np.allclose(theirs, own, rtol=1e-6), (theirs, own)
            times: dict[str, list[float]] = {key: [] for key in contenders}
            for _ in range(ROUNDS):
                for key, run_it in contenders.items():
                    times[key].append(nanoseconds(run_it, STEPS))
            loops = [
                nanoseconds(lambda kick=kick: numpy_loop(stream, 16.0, -8.0, kick.startswith("2")), NUMPY_STEPS)
                for _ in range(5)
            ]
            median = {key: statistics.median(values) for key, values in times.items()}
            best = {key: min(values) for key, values in times.items()}
            print(f"{name}: ns per step and replica, median of {ROUNDS} rounds (fastest)")
            print(f"  C loop, libm, one replica    {median['C']:8.1f} ({best['C']:.1f})")
            for key, text in (("one", "ours, one replica        "), ("eight", "ours, eight interleaved  ")):
                ratio, fastest = median[key] / median["C"], best[key] / best["C"]
                print(
                    f"  {text}    {median[key]:8.1f} ({best[key]:.1f})   {ratio:.2f} ({fastest:.2f}) times the C loop's"
                )
            print(
                f"  plain NumPy loop             {statistics.median(loops):8.1f}   {min(loops) / best['C']:.0f} times"
            )


if __name__ == "__main__":
    main()
