"""Numba kernels: an expression in y as machine code, for the loops over samples.

The kernels are serial and free of fastmath, and their exponential is the one below rather than libm's: results are
then the same bits on every CPU and every C library, and the replicas of a training can be advanced by SIMD.
"""

import math
from collections.abc import Callable
from functools import cache
from itertools import accumulate
from operator import mul
from typing import Any

import mpmath
import numba
import numpy as np
import sympy as sp

from duality.formulas.stable import Y, generated, rate_of, stable

jit: Any = numba.njit(error_model="numpy")

# exp(v) = 2^(n + j/2048)·exp(r): a table for 2^(j/2048), a Taylor polynomial for |r| ≤ ln2/4096, where r⁴/4! < 2⁻⁵³/3.
# A chain of SGD waits for every operation of it. A table that half fills the fastest cache leaves the fewest.
_LOG2_TABLE_SIZE = 11
_TABLE_SIZE = 1 << _LOG2_TABLE_SIZE
with mpmath.workprec(200):
    _ROOT = mpmath.mpf(2) ** (mpmath.mpf(1) / _TABLE_SIZE)
    _POWERS_OF_TWO = np.array(
        [float(power) for power in accumulate([_ROOT] * (_TABLE_SIZE - 1), mul, initial=mpmath.mpf(1))]
    )
    _PER_STEP = float(_TABLE_SIZE / mpmath.log(2))
    _STEP = mpmath.log(2) / _TABLE_SIZE
    # Cody & Waite: the step as a sum of two doubles, the first short enough that k·_STEP_HIGH is exact.
    _STEP_HIGH = math.ldexp(math.floor(math.ldexp(float(_STEP), 43)), -43)
    _STEP_LOW = float(_STEP - mpmath.mpf(_STEP_HIGH))
_POWERS_OF_TWO_BITS = _POWERS_OF_TWO.view(np.int64)
_ROUND = 1.5 * 2.0**52  # adding this leaves the nearest integer in the low bits
_LOWEST, _HIGHEST = -708.0, 709.0


@jit  # type: ignore[untyped-decorator]
def exponential(v: float) -> float:
    """exp(v) to within 1 ULP for v in [-708, 709]; zero below that range, infinity above it."""
    # Out of the range this is nonsense that nothing reads: to keep it within would be one more thing to wait for.
    shifted = v * _PER_STEP + _ROUND
    k = shifted - _ROUND
    r = (v - k * _STEP_HIGH) - k * _STEP_LOW
    bits = np.float64(shifted).view(np.int64)
    power = np.int64(_POWERS_OF_TWO_BITS[bits & (_TABLE_SIZE - 1)] + ((bits >> _LOG2_TABLE_SIZE) << 52)).view(
        np.float64
    )
    rest = power * r + (power * (r * r)) * (0.5 + r * (1 / 6))  # power·(exp(r) - 1)
    if v < _LOWEST:
        return 0.0
    if v <= _HIGHEST:
        return power + rest
    return math.inf if v > _HIGHEST else v


@jit  # type: ignore[untyped-decorator]
def _one_plus_erf(u: float) -> float:
    return math.erfc(-u)


@jit  # type: ignore[untyped-decorator]
def _one_plus_tanh(u: float) -> float:
    return 2 / (1 + exponential(-2 * u))


_FUNCTIONS = {"exp": exponential, "one_plus_erf": _one_plus_erf, "one_plus_tanh": _one_plus_tanh}


@cache
def scalar_kernel(expressions: tuple[sp.Expr, ...]) -> Callable[[float, int], float]:
    """A Numba function (y, label index) -> value, from one expression in y per class.

    Parameters
    ----------
    expressions : tuple of sympy.Expr
        For example `composition.derivative(1)`. The label index selects among them.
    """
    label = sp.Symbol("label", integer=True)
    rate = rate_of(expressions)
    forms = [stable(expression, rate) for expression in expressions]
    pieces = [(form, sp.Eq(label, index)) for index, form in enumerate(forms[:-1])]
    selected = sp.Piecewise(*pieces, (forms[-1], True), evaluate=False)
    return jit(generated((Y, label), selected, rate, [_FUNCTIONS, "math"]))
