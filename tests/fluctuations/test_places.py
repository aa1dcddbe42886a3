"""If these fail, a fluctuation is counted in another bin than its own, or in one that hangs on the processor."""

import os
import subprocess
import sys

import mpmath
import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from duality.fluctuations.places import PLACES, place
from duality.records.fluctuations import BINS, BINS_PER_DECADE, FIRST_BIN, HIGHEST_DECADE, LOWEST_DECADE

LOWEST, HIGHEST = FIRST_BIN << PLACES, ((FIRST_BIN + BINS) << PLACES) - 1
IN_REACH = st.floats(10.0**LOWEST_DECADE * 1.001, 10.0**HIGHEST_DECADE * 0.999)


def exact(value):
    """500·2²⁴·log₁₀|value|, to forty digits."""
    with mpmath.workdps(40):
        return float((BINS_PER_DECADE << PLACES) * mpmath.log10(abs(mpmath.mpf(value))))


@given(IN_REACH | st.floats(0.99, 1.01))
def test_a_place_is_that_of_the_exact_logarithm(value):
    """To a thousandth of 2⁻²⁴ of a bin, near one as well; a wrong entry of the table is off by hundreds."""
    assert -1e-3 <= exact(value) - place(value) <= 1 + 1e-3
    assert place(-value) == place(value)


def test_every_entry_of_the_table_is_right(random):
    mantissas = 1 + (np.arange(1 << 12) + random.uniform(size=1 << 12)) / (1 << 12)
    beyond = [exact(value) - place(value) for value in mantissas]
    assert min(beyond) >= -1e-3
    assert max(beyond) <= 1 + 1e-3


@pytest.mark.parametrize(
    ("value", "at"),
    [
        (0.0, LOWEST),
        (5e-324, LOWEST),  # the smallest double, and the largest that has fewer digits
        (np.nextafter(2.0**-1022, 0), LOWEST),
        (1e-61, LOWEST),
        (1e21, HIGHEST),
        (np.finfo(float).max, HIGHEST),
        (np.inf, HIGHEST),
    ],
)
def test_what_lies_beyond_the_bins_is_put_at_their_ends(value, at):
    assert place(value) == place(-value) == at


SUMS = """
import hashlib, numpy as np
from duality.formulas.compose import compose
from duality.fluctuations.extraction import Extraction
from duality.records.estimates import Frozen
random = np.random.default_rng(3)
x1 = random.normal(0, 0.25, 20_000)
composition = compose("1/(1 + exp(-y))", "(f - x2)**2", [0, 1])
sums = Extraction(composition, Frozen(16.0, -8.0, 0.1), ("a", "b")).count([("a", 0, x1), ("b", 0, x1 + 1)])
print(hashlib.sha256(sums.cells.tobytes()).hexdigest())
"""


@pytest.mark.slow
def test_the_sums_do_not_depend_on_the_processor():
    """Vectors of eight, of four and of two numbers, and none: the same bits."""
    found = set()
    for name, features in (("skylake-avx512", "+avx512f"), ("haswell", "+avx2"), ("x86-64", "")):
        environment = os.environ | {"NUMBA_CPU_NAME": name, "NUMBA_CPU_FEATURES": features}
        environment["PYTHONPATH"] = str(ROOT / "workflow/scripts")
        told = subprocess.run(
            [sys.executable, "-c", SUMS], env=environment, capture_output=True, text=True, check=False
        )
        if told.returncode and name == "skylake-avx512":
            continue  # this machine has no such instructions
        assert told.returncode == 0, told.stderr
        found.add(told.stdout)
    assert len(found) == 1
