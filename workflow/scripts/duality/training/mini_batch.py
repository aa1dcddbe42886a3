"""The loop of SGD with a mini-batch of several samples.

One step is the mean of the kicks of M samples at one and the same (w, b), Eq. 2.3: ẇ = -γ·⟨x1·h⟩_M, ḃ = -γ·⟨h⟩_M.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from duality.formulas.kernels import jit


def batch_kernel(h: Callable[[float, int], float], block: int) -> Any:
    """The loop as machine code, which is compiled when it is first called.

    Parameters
    ----------
    h : function of (y, label)
        Of Numba.
    block : int
        Consecutive samples of the stream that are read before the next place.

    Returns
    -------
    function of (x1, label, starts, size, w, b, gamma, kicks)
        Replica r reads `block` samples from `starts[j, r]` on, one j after the other; every `size` samples make a step,
        within a block or across its end. w and b, of shape (replicas,), are changed in place. `kicks`, of shape
        (2, m, replicas) or None, gets ẇ and ḃ of step i in `kicks[:, i % m]`. Samples that make no whole step are an
        error of the caller.
    """

    @jit
    def sgd(x1, label, starts, size, w, b, gamma, kicks):  # type: ignore[no-untyped-def]
        x1_now, label_now, h_now = np.empty(size), np.empty(size, np.int64), np.empty(size)
        for r in range(w.size):
            for step in range(starts.shape[0] * block // size):
                for i in range(size):
                    place = step * size + i
                    sample = starts[place // block, r] + place % block
                    x1_now[i], label_now[i] = x1[sample], label[sample]
                # Samples do not wait for one another here, as those of consecutive steps do.
                w_now, b_now = w[r], b[r]
                for i in range(size):
                    h_now[i] = h(w_now * x1_now[i] + b_now, label_now[i])
                w_sum, b_sum = 0.0, 0.0
                for i in range(size):
                    w_sum += h_now[i] * x1_now[i]
                    b_sum += h_now[i]
                w_dot, b_dot = -gamma * (w_sum / size), -gamma * (b_sum / size)
                w[r] += w_dot
                b[r] += b_dot
                if kicks is not None:  # Numba leaves this out of the machine code where there is no array
                    kicks[0, step % kicks.shape[1], r] = w_dot
                    kicks[1, step % kicks.shape[1], r] = b_dot

    return sgd
