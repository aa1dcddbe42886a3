"""If these fail, "essentially the same" (Sec. 8) is not what was measured."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from duality.config.settings import JumpsSettings
from duality.jumps.runs import Schedule, power, record, scan, starting_points, summary
from duality.jumps.theory_tests import theory_tests
from duality.records.estimates import Estimate
from duality.records.jumps import JUMP_DISTANCES, JUMP_DISTRIBUTIONS, JUMP_EXPONENTS, Jumps
from duality.records.record import read, write
from duality.records.training import Trajectory
from duality.training.sgd import BLOCK, Sgd


def test_a_run_holds_every_so_many_th_block_with_its_samples(compositions, stream):
    composition = compositions["relu_mse"]
    start = np.full(3, 0.93), np.full(3, -0.02)
    schedule = Schedule(burn_in=2, blocks=7, every=4)
    run = record(Sgd(composition, stream), start, 1e-9, schedule, np.random.default_rng(5))
    assert run.starts.shape == (7, 3)
    assert run.steps == 7 * 4 * BLOCK
    assert run.gamma == 1e-9
    assert np.array_equal(start, (np.full(3, 0.93), np.full(3, -0.02)))
    x1, label = stream.x1[run.places], stream.label[run.places]
    for index in (0, 1):  # at γ → 0 the parameters stay: the jumps are the potential ones, of just these samples
        expected = -1e-9 * composition.function(1, index)(0.93 * x1[label == index] - 0.02)
        assert np.any(expected)
        assert run.b_dot[label == index] == pytest.approx(expected, abs=1e-14)


def test_potential_jumps_are_at_the_mean_of_the_run(model, stream, random):
    run = record(Sgd(model.composition, stream), (np.full(2, 0.8), np.full(2, 0.1)), 0.01, Schedule(0, 5, 1), random)
    assert (run.frozen.w, run.frozen.b, run.frozen.gamma) == (run.w.mean(), run.b.mean(), 0.01)
    assert run.w.std() > 0


def test_a_power_law_is_found_with_its_error(random):
    gamma = np.array([1.0, 0.5, 0.25])
    exact = power(gamma, 0.01 * gamma**0.25, 1e-4 * gamma**0.25)
    assert exact.value == pytest.approx(0.25)
    found = [power(gamma, 0.01 * gamma * (1 + 0.01 * random.normal(size=3)), 1e-4 * gamma).value for _ in range(400)]
    assert np.std(found) == pytest.approx(exact.se, rel=0.15)
    assert power(gamma, np.array([0.1, 0.0, 0.1]), gamma) is None
    assert power(gamma, np.array([0.1, np.nan, 0.1]), gamma) is None
    assert power(gamma[:1], gamma[:1], gamma[:1]) is None


def test_runs_are_as_long_as_the_chain_remembers(origin):
    ess = {"w": 500.0, "b": 2000.0}
    reached = origin.equilibrium
    diagnostics = {name: msgspec.structs.replace(d, ess_bulk=ess[name]) for name, d in reached.diagnostics.items()}
    known = msgspec.structs.replace(reached, draws=1000, replicas=4, diagnostics=diagnostics)
    assert origin.trajectory.steps_per_draw == 512
    assert replace(origin, equilibrium=known).autocorrelation_steps == 8 * 512


def test_starts_are_equilibrium_draws_closer_to_a_moved_mean(origin, random):
    """Draws of the burn-in, which are far away here, are none."""
    w, b = random.normal(3, 1, (4, 6000)), random.normal(-1, 2, (4, 6000))
    w[:, :1000] = b[:, :1000] = 1e6
    population = msgspec.structs.replace(origin.equilibrium.population, optimum=(3.0, -1.0), mean=(3.4, -1.2))
    equilibrium = msgspec.structs.replace(origin.equilibrium, population=population)
    known = replace(origin, trajectory=Trajectory(np.arange(1, 6001), w, b, 1000), equilibrium=equilibrium)
    start_w, start_b = starting_points(known, 0.25, 4000, random)
    assert (start_w.mean(), start_b.mean()) == pytest.approx((3 - 0.3, -1 + 0.15), abs=0.1)
    assert (start_w.std(), start_b.std()) == pytest.approx((0.5, 1.0), rel=0.1)
    unshifted = replace(known, equilibrium=msgspec.structs.replace(equilibrium, population=None))
    same, _ = starting_points(unshifted, 1, 50, random)
    assert np.isin(same, np.round(w, 8)).all()  # rounded, so that no last digit makes another run


def test_a_scan_has_a_row_per_gamma_class_and_sign_and_its_tables_are_read_as_written(scanned, origin, tmp_path):
    distances, curves, exponents, _ = scanned
    assert distances["gamma"].unique().tolist() == [0.01, 0.005, 0.0025]
    signs = {("zeros", "negative"), ("ones", "negative"), ("ones", "positive")}
    for _, rows in distances.groupby("gamma"):
        assert set(zip(rows["class"], rows["sign"], strict=True)) == signs
        assert (rows["steps"] > 8 * rows["autocorrelation_steps"] - 1).all()
    # sd ∝ √γ, of few relaxation times
    assert distances["sd_w"].iloc[-1] == pytest.approx(0.5 * distances["sd_w"].iloc[0], rel=0.3)
    assert (distances["w"] - origin.equilibrium.w.value).abs().max() < 0.05
    assert exponents["gamma"].drop_duplicates().tolist() == [0.01, 0.005, 0.0025]
    for _, rows in exponents.groupby("gamma"):
        fitted = {(name, kind) for name in ("zeros", "ones") for kind in ("raw", "corrected")}
        assert set(zip(rows["class"], rows["kind"], strict=True)) == fitted
    tables = ((distances, JUMP_DISTANCES), (curves, JUMP_DISTRIBUTIONS), (exponents, JUMP_EXPONENTS))
    for table, kind in tables:
        kind.write(table, tmp_path / "table.csv")
        assert kind.read(tmp_path / "table.csv").equals(table)


def test_without_a_population_optimum_nothing_is_predicted(model, stream, origin, random):
    lost = replace(origin, equilibrium=msgspec.structs.replace(origin.equilibrium, population=None))
    settings = JumpsSettings(factors=[1, 0.5], replicas=4, relaxation_times=1, samples=32_768)
    distances, curves, exponents, _ = scan(model, stream, lost, settings, random, print)
    assert curves["predicted_difference"].isna().all()
    found = summary(distances, exponents, origin.gamma)["ones"]["positive"]
    assert (found.predicted_distance, found.agreement, found.fitted_power, found.predicted_power) == (None,) * 4
    assert (found.deviation, found.p_value) == (None, None)
    assert found.power is not None
    fitted = found.exponents["corrected"]
    assert (fitted.expected, fitted.p_value) == (None, None)
    assert fitted.difference.se > 0
    assert theory_tests({"one": summary(distances, exponents, origin.gamma)}) == {}


def test_a_summary_is_read_as_it_was_written(scanned, origin, tmp_path):
    distances, _, exponents, _ = scanned
    found = summary(distances, exponents, origin.gamma)
    write(found, tmp_path / "summary.json", Jumps)
    assert read(tmp_path / "summary.json", Jumps) == found
    assert {name: list(signs) for name, signs in found.items()} == {
        "zeros": ["negative"],
        "ones": ["negative", "positive"],
    }
    row, own = distances.iloc[0], found["zeros"]["negative"]
    assert own.distance == Estimate(row["ks"], row["ks_se"], (row["ks_low"], row["ks_high"]))
    assert (own.gamma, own.noise_floor) == (0.01, row["noise_floor"])
    assert own.predicted_distance == row["predicted_ks"]
    assert (own.agreement.value, own.agreement.se) == (row["agreement"], row["agreement_se"])
    assert (own.deviation.value, own.deviation.se) == (row["deviation"], row["deviation_se"])
    assert own.p_value == row["deviation_p"]
    assert found["ones"]["negative"].exponents == {}  # the config measures the other sign
    fitted, row = own.exponents["corrected"], exponents.iloc[1]
    assert (row["class"], row["kind"]) == ("zeros", "corrected")
    for name in ("actual", "potential", "difference"):
        assert getattr(fitted, name) == Estimate.normal(row[name], row[f"{name}_se"])
    assert (fitted.expected, fitted.p_value) == (row["expected"], row["p_value"])
    assert fitted.decades == pytest.approx(np.log10(row["q_high"] / row["q_low"]))


def test_the_summary_tells_what_is_above_the_noise(scanned):
    """Distances ∝ γ, of which the smallest is below the noise floor; the prediction as it fits them is ∝ √γ."""
    rows = scanned[0].query("`class` == 'zeros'")
    gamma = np.array([0.2, 0.1, 0.01])
    known = rows.assign(
        gamma=gamma, ks=0.01 * gamma, ks_se=1e-4, ks_low=0.009 * gamma, ks_high=0.011 * gamma, noise_floor=2e-4,
        predicted_ks=0.02 * gamma**2, agreement=gamma**-1.5, agreement_se=0.1 * gamma**-1.5,
    )  # fmt: skip
    found = summary(known, scanned[2], 0.09)["zeros"]["negative"]
    assert found.gamma == 0.1
    assert found.distance == Estimate(0.01 * 0.1, 1e-4, (0.009 * 0.1, 0.011 * 0.1))
    assert found.power.value == pytest.approx(1)
    assert found.predicted_power == pytest.approx(2)
    assert found.fitted_power.value == pytest.approx(0.5)
    assert found.resolved is False
    assert summary(known.assign(noise_floor=8e-5), scanned[2], 0.1)["zeros"]["negative"].resolved is True
