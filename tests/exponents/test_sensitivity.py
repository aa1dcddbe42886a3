"""If these fail, the dependence of the exponents on the meaning of ≪ is shown wrongly."""

import numpy as np
from measured_results import equilibrium_at

from duality.exponents.estimation import ClassData
from duality.exponents.sensitivity import sensitivity
from duality.jacobian.windows import WindowRule

CONDITIONS = ["1/2 << abs(w*x1)", "abs(w) >> 1", "exp(y) << 1"]


def test_sensitivity_reports_missing_windows_and_narrows_with_M(sigmoid_zeros):
    """A larger M is a stricter reading: never a wider window. Where none is left the row says so."""
    duality, fluctuations = sigmoid_zeros
    rule = WindowRule(CONDITIONS, -1, 0, 3, 1e-6)
    data = ClassData({}, fluctuations, None, equilibrium_at(16.0, -8.0))
    table = sensitivity(duality, rule, [1.5, 3, 6, 100], data)
    decades = table["decades"].dropna()
    assert len(decades) == 3
    assert np.all(np.diff(decades) < 0)
    assert table["k_corrected"].isna().tolist() == [False, False, False, True]
