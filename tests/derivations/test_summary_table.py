"""If this fails, what readers are told of the table of Sec. 10 is not what was found."""

from duality.derivations import summary_table
from duality.verdicts import CORRECTED


def test_verdict_on_the_dash():
    """The logarithmic row has k_w = 2, which the tests of `logarithmic_composition` show by numbers."""
    assert summary_table.table_logarithmic_k_w().verdict == CORRECTED
