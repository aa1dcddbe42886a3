"""Where a magnitude lies on the logarithmic axis, as an integer: the same on every CPU and with every C library.

A table has the logarithms of 128 numbers from 1 to 2, a polynomial the rest. What matters is the absolute error,
against 2⁻²⁴ of a bin: the last digits of libm's logarithm would buy nothing.
"""

from typing import Any

import mpmath
import numpy as np

from duality.formulas.kernels import jit
from duality.records.fluctuations import BINS, BINS_PER_DECADE, FIRST_BIN

PLACES = 24  # binary places of a bin
_TABLE_BITS = 7
with mpmath.workprec(200):
    _UNITS = mpmath.mpf(BINS_PER_DECADE << PLACES)  # per decade
    UNIT = float(mpmath.log(10) / _UNITS)  # of a place, in ln
    _PER_E_FOLD = float(_UNITS / mpmath.log(10))
    _PER_OCTAVE = float(_UNITS * mpmath.log10(2))
    _INVERSES = np.array([float(1 / (1 + (mpmath.mpf(j) + 0.5) / 2**_TABLE_BITS)) for j in range(1 << _TABLE_BITS)])
    _LOGARITHMS = np.array([float(-_UNITS * mpmath.log10(mpmath.mpf(inverse))) for inverse in _INVERSES.tolist()])
_LOWEST, _HIGHEST = float(FIRST_BIN << PLACES), float(((FIRST_BIN + BINS) << PLACES) - 1)
_MANTISSA, _ONE = (1 << 52) - 1, 1023 << 52


@jit  # type: ignore[untyped-decorator]
def place(value: float) -> Any:
    """⌊500·2²⁴·log₁₀|value|⌋, the bin and 24 binary places of it, to within a thousandth of the last one.

    What lies beyond the bins, infinity and zero among it, is put at the outer end of the outermost bin.
    """
    bits = np.float64(value).view(np.int64)
    exponent = ((bits >> 52) & 0x7FF) - 1023
    j = (bits >> (52 - _TABLE_BITS)) & ((1 << _TABLE_BITS) - 1)
    mantissa = np.int64((bits & _MANTISSA) | _ONE).view(np.float64)
    r = mantissa * _INVERSES[j] - 1  # |r| ≤ 2⁻⁸: r⁵/5 is a thousandth of a unit
    log1p_r = r - r * r * (0.5 - r * (1 / 3 - r * 0.25))
    found = (exponent * _PER_OCTAVE + _LOGARITHMS[j]) + _PER_E_FOLD * log1p_r
    return np.int64(np.floor(min(max(found, _LOWEST), _HIGHEST)))
