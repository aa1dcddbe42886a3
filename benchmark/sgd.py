"""SGD against a C loop with libm and a plain NumPy loop, over the same samples, as ratios in one run.

PyTorch and JAX are timed too where they are installed: PyTorch as its tutorials write the loop, operation by operation,
with autograd and SGD; JAX as one compiled `lax.scan` with `grad`. Both in double precision on one processor.

Machines are shared and noisy: time is that of the processor, each round times all contenders in turn, and what is
printed are the ratios of the medians and, in brackets, of the fastest rounds.
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
GAMMA, STEPS, NUMPY_STEPS, TORCH_STEPS = 0.01, 1 << 18, 1 << 14, 1 << 11
ROUNDS, OTHER_ROUNDS = 30, 5


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


def torch_loop(stream: Stream, squared: bool) -> Callable[[np.ndarray, np.ndarray], None] | None:
    """PyTorch, eager: a step of autograd and `torch.optim.SGD` per sample."""
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)
    x1, x2 = torch.from_numpy(stream.x1[:TORCH_STEPS]), torch.from_numpy(stream.label[:TORCH_STEPS].astype(float))

    def run(w: np.ndarray, b: np.ndarray) -> None:
        parameters = [torch.tensor(value[0], dtype=torch.float64, requires_grad=True) for value in (w, b)]
        optimizer = torch.optim.SGD(parameters, lr=GAMMA)
        for x, t in zip(x1, x2, strict=True):
            optimizer.zero_grad()
            y = parameters[0] * x + parameters[1]
            if squared:
                loss = (torch.sigmoid(y) - t) ** 2
            else:
                loss = torch.nn.functional.binary_cross_entropy_with_logits(y, t)
            loss.backward()
            optimizer.step()
        w[0], b[0] = (parameter.item() for parameter in parameters)

    return run


def jax_loop(stream: Stream, squared: bool) -> Callable[[np.ndarray, np.ndarray], None] | None:
    """JAX: one `lax.scan` over the samples, compiled, with `grad` of the loss as its body."""
    try:
        import jax
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")

    def loss(q, x, t):  # type: ignore[no-untyped-def]
        y = q[0] * x + q[1]
        return (jax.nn.sigmoid(y) - t) ** 2 if squared else jax.nn.softplus(y) - t * y

    @jax.jit
    def scan(q, x1, x2):  # type: ignore[no-untyped-def]
        def step(q, sample):  # type: ignore[no-untyped-def]
            kick = jax.grad(loss)(q, *sample)
            return (q[0] - GAMMA * kick[0], q[1] - GAMMA * kick[1]), None

        return jax.lax.scan(step, q, (x1, x2))[0]

    x1, x2 = jax.numpy.asarray(stream.x1[:STEPS]), jax.numpy.asarray(stream.label[:STEPS].astype(float))

    def run(w: np.ndarray, b: np.ndarray) -> None:
        w[0], b[0] = (float(value) for value in scan((w[0], b[0]), x1, x2))

    return run


def nanoseconds(function: Callable[[], None], steps: int) -> float:
    """Time of the processor per step of one call."""
    start = time.process_time()
    function()
    return (time.process_time() - start) / steps * 1e9


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
            optional = {
                "jax": (jax_loop(stream, kick.startswith("2")), STEPS, "JAX, lax.scan, one replica"),
                "torch": (torch_loop(stream, kick.startswith("2")), TORCH_STEPS, "PyTorch, eager, one replica"),
            }
            for run_other, steps, text in optional.values():
                if run_other:
                    theirs, own = at(1), at(1)
                    run_other(*theirs)
                    ours.advance(one[: steps // BLOCK], *own, GAMMA)
                    assert np.allclose(theirs, own, rtol=1e-6), (text, theirs, own)
            times: dict[str, list[float]] = {key: [] for key in contenders}
            for _ in range(ROUNDS):
                for key, run_it in contenders.items():
                    times[key].append(nanoseconds(run_it, STEPS))
            loops = [
                nanoseconds(lambda kick=kick: numpy_loop(stream, 16.0, -8.0, kick.startswith("2")), NUMPY_STEPS)
                for _ in range(5)
            ]
            others = {
                text: [nanoseconds(lambda run_other=run_other: run_other(*at(1)), steps) for _ in range(OTHER_ROUNDS)]
                for run_other, steps, text in optional.values()
                if run_other
            }
            print(f"{name}: ns per step and replica, median of {ROUNDS} rounds (fastest), and times the C loop's")
            shown = {"C loop, libm, one replica": times["C"], "ours, one replica": times["one"]}
            shown |= {"ours, eight interleaved": times["eight"], **others, "plain NumPy loop": loops}
            for text, taken in shown.items():
                median, fastest = statistics.median(taken), min(taken)
                ratio, of_fastest = median / statistics.median(times["C"]), fastest / min(times["C"])
                print(f"  {text:<28}{median:>10.1f} ({fastest:.1f}){ratio:>10.2f} ({of_fastest:.2f})")
            for run_other, _, text in optional.values():
                if run_other is None:
                    print(f"  {text.split(',')[0]} is not installed")


if __name__ == "__main__":
    main()
