"""If these fail, "essentially the same" (Sec. 8) is not what was measured."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import planned, snakemake

from duality.dataset.density import Gaussian
from duality.dataset.stream import mix
from duality.figures.jumps import caption, figure
from duality.figures.style import save
from duality.formulas.compose import compose
from duality.jacobian.duality import Duality
from duality.jumps.distances import compare, measure, noise_floor, predicted_jumps, resampled_curves
from duality.jumps.runs import autocorrelation_steps, power, record, starting_points, summary
from duality.training.population import population_optimum
from duality.training.sgd import BLOCK, sgd_kernel

CLASSES = {"zeros": Gaussian(0, 0.25), "ones": Gaussian(1, 0.25)}


@pytest.fixture(scope="module")
def stream():
    random = np.random.default_rng(12)
    return mix([random.normal(0, 0.25, 1_500_000), random.normal(1, 0.25, 1_500_000)], 1)


@pytest.mark.parametrize("experiment", ["sigmoid_mse", "relu_quartic"])
def test_the_recorded_jumps_are_the_ones_made(compositions, stream, experiment):
    """And recording leaves training the same bits. A short array keeps the last blocks."""
    sgd = sgd_kernel(compositions[experiment])
    starts = np.arange(6).reshape(3, 2) * BLOCK
    plain, kept = ([np.array([1.1, 0.9]), np.array([-0.1, 0.1])] for _ in range(2))
    b_dot, last = np.empty((3, BLOCK, 2)), np.empty((1, BLOCK, 2))
    sgd(*stream, starts, *plain, 0.01)
    sgd(*stream, starts, *kept, 0.01, b_dot)
    assert np.array_equal(plain, kept)
    assert np.array([-0.1, 0.1]) + b_dot.sum(axis=(0, 1)) == pytest.approx(kept[1], abs=1e-12)
    again = [np.array([1.1, 0.9]), np.array([-0.1, 0.1])]
    sgd(*stream, starts, *again, 0.01, last)
    assert np.array_equal(last[0], b_dot[2])


def test_a_record_holds_every_so_many_th_block_with_its_samples(compositions, stream):
    composition = compositions["relu_mse"]
    random = np.random.default_rng(5)
    run = record(sgd_kernel(composition), *stream, np.full(3, 0.93), np.full(3, -0.02), 1e-9, 2, 7, 4, random)
    assert run.starts.shape == (7, 3)
    assert run.steps == 7 * 4 * BLOCK
    places = run.starts[:, None, :] + np.arange(BLOCK)[:, None]
    x1, label = stream[0][places], stream[1][places]
    for index in (0, 1):  # at γ → 0 the parameters stay: the jumps are the potential ones, of just these samples
        expected = -1e-9 * composition.function(1, index)(0.93 * x1[label == index] - 0.02)
        assert run.b_dot[label == index] == pytest.approx(expected, abs=1e-14)


def test_equal_jumps_have_no_distance(random):
    jumps = random.normal(size=5000)
    found = compare(jumps, jumps, 1)
    assert found.distance == 0
    assert noise_floor(found, random) == 0


def test_distances_of_known_distributions(random):
    potential = random.uniform(0, 1, 200_000)
    assert compare(0.5 * potential, potential, 1).distance == pytest.approx(0.5, abs=0.01)  # F(2x) - F(x) at 1/2
    dead = np.where(random.uniform(size=potential.size) < 0.3, 0.0, potential)
    assert compare(dead, potential, 1).distance == pytest.approx(0.3, abs=0.01)  # the fraction of the sign counts
    turned = np.where(potential < 0.2, -potential, potential)
    assert compare(turned, potential, 1).distance == pytest.approx(0.2, abs=0.01)
    assert compare(turned, potential, -1) is None  # there are no potential jumps of this sign


def test_the_noise_floor_is_that_of_exchanged_labels(random):
    """Against exchanging each sample's labels one by one."""
    potential = random.exponential(size=20_000)
    actual = potential * np.exp(random.normal(0, 0.1, potential.size))
    found = compare(actual, potential, 1)
    by_hand = []
    for _ in range(60):
        swap = random.uniform(size=potential.size) < 0.5
        pair = np.where(swap, potential, actual), np.where(swap, actual, potential)
        by_hand.append(compare(*pair, 1, edges=found.edges).distance)
    assert noise_floor(found, random) == pytest.approx(np.quantile(by_hand, 0.95), rel=0.25)


def test_bootstrap_errors_are_the_scatter_of_repeated_measurements(random):
    """Parameters that differ from unit to unit, and are held against their mean: the linear part must not count."""
    curves, errors = [], []
    edges = np.linspace(0.2, 5, 40)
    for _ in range(40):
        deviation = random.normal(0, 0.2, 60)
        unit = np.repeat(np.arange(60), 400)
        x = random.exponential(size=unit.size)
        found = compare(x * np.exp((deviation - deviation.mean())[unit]), x, 1, unit, edges)
        curves.append(found.curve)
        errors.append(np.std(resampled_curves(found, deviation, random.normal(size=60), random), axis=0, ddof=1))
    scatter, error = np.std(curves, axis=0, ddof=1)[:-1], np.mean(errors, axis=0)[:-1]
    assert np.mean(error / scatter) == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize(
    ("experiment", "label", "sign"),
    [("sigmoid_cross_entropy", 0, -1), ("relu_mse", 1, 1), ("relu_mse", 1, -1), ("relu_quartic", 0, -1)],
)
def test_the_prediction_is_the_average_of_the_exact_density_over_the_parameters(
    compositions, resolved, experiment, label, sign
):
    """Against the exact frozen density at the nodes of a Gauss-Hermite product rule over (w, b)."""
    composition, gamma = compositions[experiment], resolved["experiments"][experiment]["training"]["gamma"]
    density = list(CLASSES.values())[label]
    theory = population_optimum(composition, list(CLASSES.values()), [16, -8] if "sigmoid" in experiment else [0.9, 0])
    (w, b), covariance = theory.optimum, gamma * theory.covariance
    predicted = compare(*predicted_jumps(composition, label, density, w, b, gamma, covariance), sign)
    inner = predicted.edges[1:-1]  # the outermost of the lattice is not that of the density
    frozen = Duality(composition, label, density, w, b, gamma)
    nodes, weights = np.polynomial.hermite_e.hermegauss(9)
    weights = weights / weights.sum()
    root = np.linalg.cholesky(covariance)
    average = np.zeros(inner.size)
    for u, weight_u in zip(nodes, weights, strict=True):
        for v, weight_v in zip(nodes, weights, strict=True):
            dw, db = root @ [u, v]
            moved = frozen.at(w + dw, b + db)
            average += weight_u * weight_v * np.cumsum(moved.probability(np.append(1e-300, inner), sign))
    expected = average - np.cumsum(frozen.probability(np.append(1e-300, inner), sign))
    assert np.abs(expected).max() > 1e-4
    # Two boundaries of the actual, two of the potential jumps, counted to 1/2048 at each of 128 deviations: 3 errors.
    assert predicted.curve[1:-2] == pytest.approx(expected, abs=3 * np.sqrt(4 / 12) / 2048 / np.sqrt(128))


@pytest.mark.slow
def test_the_distance_is_the_predicted_one_and_falls_with_gamma(stream):
    """On a linear neuron with squared loss, whose stationary (w, b) is known: SGD, not its theory, is measured."""
    composition = compose("y", "(f - x2)**2", [0, 1])
    theory = population_optimum(composition, list(CLASSES.values()), [0.8, 0.1])
    sgd, random, tables = sgd_kernel(composition), np.random.default_rng(3), []
    for gamma in (0.02, 0.01, 0.005):
        start = random.multivariate_normal(theory.optimum, gamma * theory.covariance, size=8)
        run = record(sgd, *stream, *start.T.copy(), gamma, 10, 640, 1, random)
        distances, curves = measure(composition, CLASSES, *stream, run, gamma, 20, gamma * theory.covariance, random)
        assert len(curves.groupby(["class", "sign"])) == 4
        tables.append(distances)
    table = pd.concat(tables, ignore_index=True)
    assert (np.abs(table["ks"] - table["predicted_ks"]) < 4 * table["ks_se"] + table["noise_floor"]).all()
    largest = table[(table["class"] == "ones") & (table["sign"] == "positive")]
    assert (largest["ks"] > 2 * largest["noise_floor"]).all()
    exponent, se = power(*(largest[column].to_numpy() for column in ("gamma", "ks", "ks_se")))
    assert se < 0.1
    assert exponent == pytest.approx(1, abs=4 * se)
    assert np.abs((largest["agreement"] - 1) / largest["agreement_se"]).max() < 4


def test_a_power_law_is_found_with_its_error(random):
    gamma = np.array([1.0, 0.5, 0.25])
    exponent, se = power(gamma, 0.01 * gamma**0.25, 1e-4 * gamma**0.25)
    assert exponent == pytest.approx(0.25)
    found = [power(gamma, 0.01 * gamma * (1 + 0.01 * random.normal(size=3)), 1e-4 * gamma)[0] for _ in range(400)]
    assert np.std(found) == pytest.approx(se, rel=0.15)
    assert np.isnan(power(gamma, np.array([0.1, 0.0, 0.1]), gamma)).all()
    assert np.isnan(power(gamma[:1], gamma[:1], gamma[:1])).all()


def test_runs_are_as_long_as_the_chain_remembers():
    diagnostics = {"w": {"ess_bulk": 500.0}, "b": {"ess_bulk": 2000.0}}
    assert autocorrelation_steps({"draws": 1000, "replicas": 4, "diagnostics": diagnostics}, 256) == 8 * 256


def test_starts_are_equilibrium_draws_closer_to_a_moved_mean(random):
    chains = random.normal(3, 1, (4, 5000)), random.normal(-1, 2, (4, 5000))
    w, b = starting_points(*chains, [0.4, -0.2], 0.25, 4000, random)
    assert (w.mean(), b.mean()) == pytest.approx((3 - 0.3, -1 + 0.15), abs=0.1)
    assert (w.std(), b.std()) == pytest.approx((0.5, 1.0), rel=0.1)
    same, _ = starting_points(*chains, None, 1, 50, random)
    assert np.isin(np.round(same, 9), np.round(chains[0], 9)).all()


@pytest.fixture
def distances():
    row = {"class": "zeros", "sign": "negative", "samples": 1000, "potential": 1.0, "actual": 1.0, "ks_se": 1e-4,
           "q_dot": 0.1, "noise_floor": 2e-4, "agreement": 1.0, "agreement_se": 0.1}  # fmt: skip
    return pd.DataFrame(
        [{**row, "gamma": g, "ks": 0.01 * g, "ks_low": 0.009 * g, "ks_high": 0.011 * g, "predicted_ks": 0.01 * g}
         for g in (0.2, 0.1, 0.01)]
    )  # fmt: skip


def test_the_summary_tells_what_is_above_the_noise(distances):
    found = summary(distances, 0.1)["zeros"]["negative"]
    assert found["ks"] == pytest.approx(1e-3)
    assert found["exponent"] == pytest.approx(1)
    assert found["resolved"] is False  # 1e-4 is below the floor
    unpredicted = summary(distances.assign(predicted_ks=np.nan, agreement=np.nan), 0.1)["zeros"]["negative"]
    assert json.loads(json.dumps(unpredicted, allow_nan=False))["predicted_exponent"] is None


@pytest.mark.parametrize("ending", ["pdf", "svg", "png"])
def test_the_figure_has_a_panel_per_experiment_and_equal_bytes(distances, tmp_path, ending):
    curves = pd.DataFrame(
        {"class": "zeros", "sign": "negative", "gamma": 0.2, "q_dot": np.geomspace(1e-3, 1, 20), "potential": 0.5,
         "difference": 1e-3, "difference_se": 1e-4, "predicted_difference": np.nan}
    )  # fmt: skip
    summaries = {name: summary(distances, 0.1) for name in ("one", "two")}
    pictures = []
    for number in (1, 2):
        drawn = figure(dict.fromkeys(summaries, distances), dict.fromkeys(summaries, curves), summaries)
        assert [axes.get_title(loc="left") for axes in drawn.axes][:2] == ["one", "two"]
        assert len(drawn.axes) == 3
        save(drawn, [str(tmp_path / f"{number}.{ending}")])
        pictures.append((tmp_path / f"{number}.{ending}").read_bytes())
    assert pictures[0] == pictures[1]
    text = caption(summaries)
    assert "one, 'zeros', negative: 0.001 [0.0009, 0.0011] at γ = 0.1" in text
    assert "not all above the noise" in text


def test_the_workflow_compares_jumps_of_every_experiment(checkout, small):
    result = snakemake(checkout("dry"), "-n", config=small)
    assert result.returncode == 0, result.stderr
    jobs = planned(result)
    assert jobs["jumps"] == len(small["experiments"])
    assert jobs["jumps_figure"] == 1
    assert "guard" not in jobs
