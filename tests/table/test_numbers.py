"""If these fail, the numbers of the table are others than were measured."""

import csv

import msgspec
import pandas as pd
from measured_results import CLASS, EXPERIMENT, measured, with_window

from duality.conventions import EXPONENTS, OBSERVED, PAPER
from duality.records.exponents import CROSS_CHECK
from duality.table.numbers import class_rows, exponent_rows, exponents, failed_rows, measurements


def test_estimates_and_their_errors_are_passed_on(rows, own):
    (row,) = measurements(rows).to_dict("records")
    equilibrium, paper = measured().equilibrium, own.paper
    estimates = {
        "w": equilibrium.w,
        "b": equilibrium.b,
        "accuracy": equilibrium.accuracy,
        "k_jacobian": paper.jacobian.exponent,
        "k_raw": paper.raw.exponent,
        "k_corrected": paper.corrected.exponent,
    }
    for name, estimate in estimates.items():
        assert (row[name], row[f"{name}_se"]) == (estimate.value, estimate.se)
    assert (row["q_low"], row["decades_99"], row["n"]) == (
        paper.window.q_low, paper.window.decades_99, paper.window.n,
    )  # fmt: skip
    assert row["observed_decades"] == own.quantities["q_dot"][OBSERVED].window.decades
    assert (row["k_powerlaw"], row["powerlaw_disagreement"]) == (1.09001, 1e-5)
    assert (row["k_q_predicted"], row["sign"], row["loss"]) == ("1", "negative", "mean squared")
    assert (row["chi2_p"], row["dead_fraction"]) == (own.goodness_of_fit.p_value, own.fractions.dead)


def test_every_window_of_every_exponent_has_a_row(rows, own):
    """Where nothing was found there is none."""
    table = exponents(exponent_rows(rows))
    expected = [
        (EXPONENTS[quantity], window)
        for quantity, windows in own.quantities.items()
        for window, found in windows.items()
        if found
    ]
    assert {("k_q", PAPER), ("k_q", OBSERVED), ("k_w", PAPER), ("k_b", PAPER)} <= set(expected)
    assert list(zip(table["exponent"], table["window"], strict=True)) == expected
    table = table.set_index(["exponent", "window"])
    derived, shifted = table["derived"].dropna(), table["k_shifted"].dropna()
    assert derived.to_dict() == {("k_q", PAPER): "1"}
    assert list(shifted.index) == [("k_w", PAPER)]
    first, paper = table.loc[("k_q", PAPER)], own.paper
    assert tuple(first[["k_corrected_low", "k_corrected_high"]]) == paper.corrected.exponent.interval
    assert tuple(first[["k_raw_bootstrap_low", "k_raw_bootstrap_high"]]) == paper.raw.bootstrap
    assert first["ks_p_raw"] == paper.raw.ks_p_value
    assert first["ks_p_duality"] == paper.duality.p_value
    shifted = table.loc[("k_w", PAPER)]
    assert tuple(shifted[["k_shifted", "k_shifted_se", "A_over_B", "A_over_B_theory"]]) == (0.499, 0.012, -180, -181)
    assert tuple(shifted[["k_shifted_low", "k_shifted_high", "A_over_B_low", "B_over_A_high"]]) == (
        0.476, 0.524, -182, -0.0055,
    )  # fmt: skip
    assert tuple(shifted[["k_shifted_bootstrap_low", "ks_p_shifted", "gain_over_no_shift"]]) == (0.475, 0.37, 1200)


def test_an_interval_without_a_bound_is_empty(rows_of, experiment, own):
    """And the numbers that are not measured stay in the CSV."""
    found = own.quantities["w_dot"][PAPER]
    profile = msgspec.structs.replace(found.shifted.profile, ratio=None)
    shifted = msgspec.structs.replace(found.shifted, gain=0.3, profile=profile)
    own = with_window(own, "w_dot", PAPER, msgspec.structs.replace(found, shifted=shifted))
    table = exponents(exponent_rows(rows_of(experiment, own))).set_index(["exponent", "window"])
    row = table.loc[("k_w", PAPER)]
    assert row[["A_over_B_low", "A_over_B_high"]].isna().all()
    assert (row["B_over_A_low"], row["k_shifted"]) == (-0.0056, 0.499)


def test_no_observed_window_is_empty_and_not_zero_decades(rows_of, experiment, own):
    numbers = measurements(rows_of(experiment, with_window(own, "q_dot", OBSERVED, None)))
    assert numbers["observed_decades"].isna().all()
    (row,) = csv.DictReader(numbers.to_csv(index=False).splitlines())
    assert row["observed_decades"] == ""


def test_what_was_not_checked_again_is_nan(experiment, own):
    nothing = pd.DataFrame(columns=list(CROSS_CHECK.columns))
    results = {EXPERIMENT: measured().equilibrium}, {EXPERIMENT: {CLASS: own}}
    numbers = measurements(class_rows({EXPERIMENT: experiment}, *results, nothing))
    assert numbers[["k_powerlaw", "powerlaw_disagreement"]].isna().all(axis=None)


def test_what_failed_has_its_row_with_empty_measurements(rows, experiment):
    """The numbers of complete rows are written as without it: integers stay integers."""
    failed = failed_rows({"dead": experiment}, {"dead": "died after 3 steps: x, change y"})
    both, alone = measurements(rows, failed), measurements(rows)
    assert list(both) == list(alone)
    assert list(both["failed"]) == [None] * len(rows) + ["died after 3 steps: x, change y"] * len(failed)
    lines = both.to_csv(index=False).splitlines()
    assert lines[: len(rows) + 1] == alone.to_csv(index=False).splitlines()
    predicted = ["experiment", "class", "sign", "activation", "loss", "k_q_predicted", "failed"]
    assert set(predicted) < set(both.iloc[-1].dropna().index)
    assert both.iloc[-1][["w", "n", "k_corrected", "k_corrected_se", "chi2_p"]].isna().all()
