"""If these fail, the sheet of local exponents has a line without a name, or leaves out a quantity."""

import msgspec
import numpy as np
from colour_vision import confusable
from measured_results import CLASS, MEASURED_CLASS, measured

from duality.conventions import OBSERVED, QUANTITIES, Quantity
from duality.figures.local_exponents import caption, local_exponents


def without_observed():
    found = measured().windows[CLASS]
    q_dot = msgspec.structs.replace(found["q_dot"], windows={**found["q_dot"].windows, OBSERVED: None})
    return {CLASS: {**found, "q_dot": q_dot}}


def labels(curves, windows, measured_classes):
    fig = local_exponents(curves, windows, measured_classes)
    assert confusable(fig) == []
    return [text.get_text() for text in fig.legends[0].get_texts()]


def test_local_exponents_name_what_any_panel_shows():
    """ḃ is constant in the one, and nothing is predicted there; the legend is that of both."""
    results = measured()
    constant = results.jacobian.assign(local_exponent_b=np.nan)
    nothing = msgspec.structs.replace(MEASURED_CLASS, predicted=dict.fromkeys(QUANTITIES))
    curves = {"constant": constant, "other": results.jacobian}
    windows = {"constant": without_observed(), "other": results.windows}
    classes = {"constant": {CLASS: nothing}, "other": {CLASS: MEASURED_CLASS}}
    # A line per quantity; beside them the window, and where something is predicted that and the observed window.
    for names, count in ((["constant", "other"], len(QUANTITIES) + 3), (["constant"], len(QUANTITIES))):
        found = labels(*({name: part[name] for name in names} for part in (curves, windows, classes)))
        assert len(found) == len(set(found)) == count


def test_another_quantity_is_drawn_and_told(monkeypatch):
    results = measured()
    monkeypatch.setitem(QUANTITIES, "x_dot", Quantity("ẋ", r"\dot x", "k_x", QUANTITIES["w_dot"].factors))
    table = results.jacobian.assign(local_exponent_x=results.jacobian["local_exponent"] + 0.1)
    assert r"$\dot x$" in labels({"e": table}, {"e": results.windows}, {"e": {CLASS: MEASURED_CLASS}})
    assert "ẇ alone (dashed red), ḃ alone (dotted blue)" in caption()
    assert " and ẋ alone (" in caption()
