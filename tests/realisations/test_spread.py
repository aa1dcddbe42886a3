"""If these fail, wrong errors pass for right ones, or right ones are refuted more often than the table says."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from simulated_realisations import ESTIMATES, FIT, SAMPLING, SEEDS, family

from duality.exponents.exact import QUADRATURE
from duality.realisations.spread import EXACT, LEVEL, allowed_ratios, compare, coverage_p, summary, two_sided_chi2
from duality.records.realisations import REALISATION, REALISATIONS


def outside(table):
    return int((table["outside"] == True).sum())  # noqa: E712


@pytest.mark.slow
def test_right_errors_are_refuted_in_one_run_of_twenty_at_most(random):
    """Of estimates that depend on each other, as those of one training do."""
    refuted = [outside(compare(family(random))) > 0 for _ in range(150)]
    assert np.mean(refuted) < LEVEL + 3 * np.sqrt(LEVEL * (1 - LEVEL) / 150)


def test_halved_errors_are_refuted(random):
    table = compare(family(random, error=0.5))
    assert outside(table) > ESTIMATES / 2
    assert table["ratio"].mean() == pytest.approx(2, rel=0.2)
    assert (table["error_to_use"] == table["spread"])[table["outside"] == True].all()  # noqa: E712


def test_doubled_errors_are_refuted(random):
    assert outside(compare(family(random, error=2.0))) > ESTIMATES / 4


def test_the_sampling_error_left_out_is_refuted(random):
    """An error of the fit at fixed w and b alone: a second seed broke a hundred such errors."""
    table = compare(family(random, error=FIT / np.hypot(SAMPLING, FIT)))
    assert outside(table) > ESTIMATES / 2


def test_a_population_value_two_errors_off_is_refuted(random):
    """The spread is right then: the mean tells, and the intervals that do not cover."""
    table = compare(family(random, shift=2.0))
    assert outside(table) == ESTIMATES
    assert (table["ratio_p"] > 1e-4).all()
    assert table["mean_z"].between(1, 3).all()


def test_within_the_accuracy_of_the_population_value_it_is_not_off(random):
    table = compare(family(random, shift=2.0, accuracy=2.0 * np.hypot(SAMPLING, FIT)))
    assert outside(table) == 0


def test_two_seeds_say_nothing(random):
    table = compare(family(random, seeds=2))
    assert table["outside"].isna().all()
    assert table["spread"].notna().all()


def test_what_is_missing_is_counted_and_what_is_exact_is_not_tested(random):
    estimates = family(random)
    own = estimates["window"] == "window3"
    numbers = list(REALISATION.columns)[6:]
    estimates.loc[own & (estimates["realisation"] < 5), numbers] = np.nan
    estimates.loc[estimates["window"] == "window4", numbers] = np.nan
    exact = estimates["window"] == "window5"
    estimates.loc[exact, ["value", "se", "low", "high"]] = [0.5, QUADRATURE, 0.5, 0.5]
    estimates.loc[exact, "population"] = 0.5
    table = compare(estimates).set_index("window")
    assert tuple(table.loc["window3", ["seeds", "missing"]]) == (SEEDS - 5, 5)
    assert "window4" not in table.index
    assert pd.isna(table.loc["window5", "outside"])
    assert EXACT == 10 * QUADRATURE
    assert "1 more estimates are exact" in summary(table.reset_index(), estimates)


def test_failed_trainings_are_told(random):
    estimates = family(random)
    row = dict.fromkeys(REALISATION.columns, "") | {"experiment": "e", "quantity": "w"}
    row |= dict.fromkeys(list(REALISATION.columns)[6:], np.nan)
    w = pd.DataFrame([{**row, "realisation": seed} for seed in range(SEEDS)])
    w.loc[3:, ["value", "se", "low", "high"]] = [1.0, 0.1, 0.8, 1.2]
    table = compare(pd.concat([estimates, w], ignore_index=True))
    told = summary(table, pd.concat([estimates, w]))
    assert "3 more trainings failed" in told
    assert f"stand on {SEEDS - 3} independent samples" in told


def test_a_closure_that_fails_stands_where_its_numbers_stand(random):
    """By what was measured, of the experiment that it was measured on, and of no other."""
    estimates = family(random, experiments=("good", "bad"))
    estimates.loc[(estimates["experiment"] == "bad") & (estimates["quantity"] == "sd_w"), "value"] = 0.07
    table = compare(estimates)
    told = table.groupby("experiment")["approximation"].unique()
    assert told["good"].tolist() == [""]
    assert told["bad"].tolist() == ["(w, b) is not the Gaussian of theory: sd of w 0.07, predicted 0.1"]
    bad = table["experiment"] == "bad"
    assert (table["error_to_use"] == table["spread"].where(bad, table["error"])).all()


def test_the_table_is_as_declared(random, tmp_path):
    table = compare(family(random))
    REALISATIONS.write(table, tmp_path / "r.csv")
    back = REALISATIONS.read(tmp_path / "r.csv")
    assert back["outside"].tolist() == [False] * len(table)


def test_known_answers():
    """χ² of 23 degrees of freedom, and the binomial distribution, by hand."""
    assert two_sided_chi2(1.0, 24) == pytest.approx(2 * stats.chi2(23).sf(23))
    low, high = allowed_ratios(24, 0.05)
    assert (low, high) == pytest.approx((0.713, 1.287), abs=0.003)
    assert two_sided_chi2(high, 24) == pytest.approx(0.05)
    assert coverage_p(24, 24) == pytest.approx(1 - 24 * 0.95**23 * 0.05)  # all counts but 23 are as unlikely
    assert coverage_p(0, 4) == pytest.approx(0.05**4)


def test_the_sentence_counts_tests_and_samples(random):
    estimates = family(random, experiments=("one", "two"))
    table = compare(estimates)
    told = summary(table, estimates)
    tests = 3 * 2 * ESTIMATES
    assert told.startswith(f"{tests} tests of {2 * ESTIMATES} estimates stand on {2 * SEEDS} independent samples")
    assert told.endswith(f"(Holm): 0 of {2 * ESTIMATES} estimates.")
