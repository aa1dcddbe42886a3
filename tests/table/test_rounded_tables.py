"""If these fail, the tables for people show other numbers than were measured, or round them wrongly."""

import msgspec
import pytest
from measured_results import with_window

from duality.conventions import OBSERVED, PAPER, QUANTITIES
from duality.markup import latex
from duality.records.estimates import ErrorBudget, Estimate
from duality.table.documents import terminal
from duality.table.numbers import exponent_rows, exponents
from duality.table.rounded_tables import paper_table, presented, presented_exponents

LEAST, LEVEL = 0.01, 0.02  # of the bootstrap, and of all tests


def test_the_paper_s_table_says_which_experiments_have_a_composition(rows, predictions):
    table = paper_table(predictions, rows, "text")
    assert table.columns.tolist() == ["k_w", "k_b", "H(y)", "examples", "experiments here"]
    assert len(table) == len(predictions) == 4
    assert table.set_index("H(y)")["experiments here"].to_dict() == {
        prediction.H: "Sigmoid, mean squared" if name == "exponential" else "–"
        for name, prediction in predictions.items()
    }


def test_a_p_value_that_the_bootstrap_cannot_tell_is_a_bound(rows_of, experiment, own):
    """So is one that is corrected up to such a one: Holm's p-values never fall."""
    of_quantity = {"q_dot": LEAST, "w_dot": 0.004 + LEAST, "b_dot": 0.9}
    for quantity, p in of_quantity.items():
        found = own.quantities[quantity][PAPER]
        fit = msgspec.structs.replace(found.raw, ks_p_value=p)
        own = with_window(own, quantity, PAPER, msgspec.structs.replace(found, raw=fit))
    own = msgspec.structs.replace(own, quantities={name: {PAPER: own.quantities[name][PAPER]} for name in of_quantity})
    table = presented_exponents(exponent_rows(rows_of(experiment, own)), "text", LEAST, LEVEL)
    assert dict(zip(table["exponent"], table["p, power law"], strict=True)) == {
        "k_q": "≤ 0.03", "k_w": "≤ 0.03", "k_b": "0.9",
    }  # fmt: skip
    table = presented_exponents(exponent_rows(rows_of(experiment, own)), "text", LEAST / 2, LEVEL)
    assert dict(zip(table["exponent"], table["p, power law"], strict=True)) == {
        "k_q": "0.03", "k_w": "0.03", "k_b": "0.9",
    }  # fmt: skip


def test_nothing_predicted_or_observed_is_a_dash(rows_of, experiment, own):
    measured_class = msgspec.structs.replace(experiment.classes["zeros"], texts=dict.fromkeys(QUANTITIES))
    silent = msgspec.structs.replace(experiment, classes={"zeros": measured_class})
    rows = rows_of(silent, with_window(own, "q_dot", OBSERVED, None))
    for form, dash in (("text", "–"), ("latex", "--")):
        table = presented(rows, form).to_numpy().tolist()[0]
        assert table.count(dash) == 2


@pytest.mark.parametrize(
    ("value", "inherited", "fit", "shown"),
    [
        (1 + 4e-15, 1e-14, 1e-9, "1 (exact)"),
        (1 - 2.7e-9, 1.2e-10, 1e-9, "0.999999997 (to 1e-9)"),  # near 1, and not 1
        (1 - 2.5e-9, 6e-9, 1e-9, "0.999999998±0.000000006"),
        (0.97, 2e-4, 1e-9, "0.97000±0.00020"),
    ],
)
def test_a_bound_of_the_quadrature_is_not_shown_as_an_error(rows_of, experiment, own, value, inherited, fit, shown):
    """An error of 1.0×10⁻⁹ would look measured; the CSV keeps it."""
    budget = ErrorBudget(monte_carlo=inherited, sampling=0.0, fit=fit, window=0.0)
    jacobian = msgspec.structs.replace(own.paper.jacobian, exponent=Estimate.normal(value, budget.total), budget=budget)
    rows = rows_of(experiment, with_window(own, "q_dot", PAPER, msgspec.structs.replace(own.paper, jacobian=jacobian)))
    of_exponents = presented_exponents(exponent_rows(rows), "text", LEAST, LEVEL)
    q_dot = of_exponents[(of_exponents["exponent"] == "k_q") & (of_exponents["window"] == PAPER)]
    assert q_dot["Jacobian"].tolist() == [shown]
    assert presented(rows, "text")["k_q Jacobian"].tolist() == [shown]
    assert exponents(exponent_rows(rows))["k_jacobian_se"].iloc[0] == budget.total
    if "±" not in shown:
        assert presented(rows, "latex").isin([latex(shown)]).to_numpy().any()
        assert shown in terminal(rows)
