"""If these fail, the distance between actual and potential jumps, its error or its prediction is another number."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from duality.dataset.model import Model
from duality.errors import InputError
from duality.formulas.compose import compose
from duality.jacobian.duality import Duality
from duality.jumps.distances import compare, error_of_distance, largest_deviation, measure, noise_floor
from duality.jumps.runs import Schedule, power, record
from duality.jumps.samples import Units, jumps_of_classes, predicted_jumps
from duality.records.estimates import Frozen
from duality.training.population import population_optimum
from duality.training.sgd import Sgd


def units_at(w, b):
    """Units of one block each, with these parameters."""
    return Units(np.arange(w.size)[:, None], w, b)


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


def test_errors_are_the_scatter_of_repeated_measurements(random):
    """Parameters that differ from unit to unit, and are held against their mean: the linear part must not count.

    Of jumps that are taken for independent the error would be too small, by a factor of 2 where |q̇| is large.
    """
    curves, errors, independent = [], [], []
    edges = np.linspace(0.2, 5, 40)
    for _ in range(40):
        deviation = random.normal(0, 0.2, 60)
        unit = np.repeat(np.arange(60), 1600)
        x = random.exponential(size=unit.size)
        found = compare(x * np.exp((deviation - deviation.mean())[unit]), x, 1, unit, edges)
        curves.append(found.curve)
        errors.append(units_at(deviation, random.normal(size=60)).error(found.parts))
        independent.append(np.sqrt((found.parted / found.samples - found.curve**2) / found.samples))
    scatter, error, too_small = (of[:-1] for of in (np.std(curves, axis=0, ddof=1), *np.mean([errors, independent], 1)))
    assert np.mean(error / scatter) == pytest.approx(1, abs=0.2)
    assert np.mean((too_small / scatter)[20:]) < 0.6


@pytest.mark.parametrize("shift", [0.0, 0.004])
def test_the_error_of_the_distance_is_its_scatter(random, shift):
    """Of noise the largest of many values varies by far less than each, whose error would be several times too large.

    Of a difference that stands out it varies as that does. And the interval holds the distance of long runs.
    """
    edges = np.linspace(0.02, 5, 200)
    found, curves = [], []
    for _ in range(60):
        x, unit = random.exponential(size=60_000), np.repeat(np.arange(60), 1000)
        moved = np.maximum(x * np.exp(random.normal(0, 0.01, x.size)) + shift * (x < 1), 1e-9)
        comparison, units = compare(moved, x, 1, unit, edges), units_at(*random.normal(size=(2, 60)))
        found.append((comparison.distance, *error_of_distance(comparison, units, random)))
        curves.append(comparison.curve)
    distance, error, half = np.array(found).T
    scatter, true = np.std(distance, ddof=1), np.max(np.abs(np.mean(curves, axis=0)))
    assert np.mean(error) == pytest.approx(scatter, rel=0.35)
    assert np.mean(np.abs(distance - true) < half) >= 0.9


def test_an_edge_parts_the_samples_with_one_jump_up_to_it_and_one_beyond(random):
    potential = random.exponential(size=5000)
    actual = np.where(random.uniform(size=5000) < 0.1, -potential, potential * np.exp(random.normal(0, 0.05, 5000)))
    found = compare(actual, potential, 1)
    for number, edge in zip(found.parted, [*found.edges, np.inf], strict=True):
        up_to = [(jumps > 0) & (jumps <= edge) for jumps in (actual, potential)]
        assert number == np.count_nonzero(up_to[0] != up_to[1])


def test_the_largest_deviation_is_counted_in_errors_and_where_many_samples_are_parted(random):
    """A curve that is off by many errors where its error is small; and by more where hardly a sample is parted."""
    unit = np.repeat(np.arange(40), 500)
    x = random.uniform(0, 1, unit.size)
    units, edges = units_at(random.normal(size=40), random.normal(size=40)), np.array([0.1, 0.5, 0.9, 1.0])
    moved = np.where((x > 0.45) & (x < 0.55), x + 0.04 * random.normal(size=x.size), x)
    moved = np.where(np.abs(x - 0.1) < 0.01, x + 0.02 * random.normal(size=x.size), moved)
    found = compare(moved, x, 1, unit, edges)
    assert (found.parted >= 100).tolist() == [True, True, False, False, False]
    errors = units.error(found.parts)
    assert errors[0] < errors[1]
    off = found.curve + np.array([6 * errors[0], 1.1 * 6 * errors[0], 1, 1, 1])
    index, p = largest_deviation(found, off, units, random)
    assert index == 0
    assert p < 0.001
    assert largest_deviation(found, found.curve, units, random)[1] == 1
    assert largest_deviation(compare(x, x, 1, unit, edges), np.zeros(5), units, random) is None


@pytest.fixture(scope="module")
def linear_neuron(classes, stream):
    """A linear neuron with the squared loss, for which the theory of small γ holds; and what runs it for so long."""
    model, gamma = Model(compose("y", "(f - x2)**2", [0, 1]), classes), 0.004
    theory = population_optimum(model, [0.8, 0.1])
    sgd, random = Sgd(model.composition, stream), np.random.default_rng(6)

    def run(blocks):
        w, b = random.multivariate_normal(theory.optimum, gamma * theory.covariance, size=8).T
        return record(sgd, (w, b), gamma, Schedule(burn_in=10, blocks=blocks, every=1), random)

    return model, run, gamma * theory.covariance


def p_value_of(neuron, stream, run, segments, covariance=1.0, factor=1.0):
    """Of 'ones', positive, where the difference is largest; of covariance and actual jumps so many times as large."""
    model, _, theory = neuron
    random, units = np.random.default_rng(7), Units.cut(run, segments)
    *_, ones = jumps_of_classes(model, stream, run, units, covariance * theory, random)
    distances, _ = measure([replace(ones, actual=factor * ones.actual)], units, random)
    return distances.set_index("sign").loc["positive", "deviation_p"]


@pytest.mark.slow
def test_p_values_of_sgd_are_uniform_if_theory_is_right(linear_neuron, stream, monkeypatch):
    """Of short runs: units of four autocorrelation times, eight of each replica."""
    monkeypatch.setattr("duality.jumps.samples._DEVIATIONS", 64)
    monkeypatch.setattr("duality.jumps.samples._SAMPLES", 4096)
    found = np.array([p_value_of(linear_neuron, stream, linear_neuron[1](128), 8) for _ in range(60)])
    assert stats.kstest(found, "uniform").pvalue > 0.001
    assert np.mean(found < 0.05) < 0.17  # 5% of 60: more than 10 with probability 10⁻⁴


@pytest.mark.slow
def test_a_wrong_covariance_and_jumps_that_are_too_large_are_rejected(linear_neuron, stream):
    """In one run as long as those of the config: twice the covariance; actual jumps that are 3 per mille too large."""
    run = linear_neuron[1](1280)
    assert p_value_of(linear_neuron, stream, run, 40) > 0.01
    assert p_value_of(linear_neuron, stream, run, 40, covariance=2.0) < 0.001
    assert p_value_of(linear_neuron, stream, run, 40, factor=1.003) < 0.001


@pytest.mark.slow
@pytest.mark.parametrize(
    ("experiment", "name", "sign"),
    [
        ("sigmoid_cross_entropy", "zeros", -1),
        ("relu_mse", "ones", 1),
        ("relu_mse", "ones", -1),
        ("relu_quartic", "zeros", -1),
    ],
)
def test_the_prediction_is_the_average_of_the_exact_density_over_the_parameters(
    compositions, resolved, classes, experiment, name, sign
):
    """Against the exact frozen density at the nodes of a Gauss-Hermite product rule over (w, b)."""
    model, gamma = Model(compositions[experiment], classes), resolved["experiments"][experiment]["training"]["gamma"]
    theory = population_optimum(model, [16, -8] if "sigmoid" in experiment else [0.9, 0])
    (w, b), covariance = theory.optimum, gamma * theory.covariance
    duality = Duality(model.composition, model.label(name), classes[name], Frozen(w, b, gamma))
    predicted = compare(*predicted_jumps(duality, covariance), sign)
    inner = predicted.edges[1:-1]  # the outermost of the lattice is not that of the density
    nodes, weights = np.polynomial.hermite_e.hermegauss(9)
    weights = weights / weights.sum()
    root = np.linalg.cholesky(covariance)
    average = np.zeros(inner.size)
    for u, weight_u in zip(nodes, weights, strict=True):
        for v, weight_v in zip(nodes, weights, strict=True):
            dw, db = root @ [u, v]
            moved = duality.at(w + dw, b + db)
            average += weight_u * weight_v * np.cumsum(moved.preimage_probability(np.append(1e-300, inner), sign))
    expected = average - np.cumsum(duality.preimage_probability(np.append(1e-300, inner), sign))
    assert np.abs(expected).max() > 1e-4
    # Two boundaries of the actual, two of the potential jumps, counted to 1/8192 at each of 256 deviations: 3 errors.
    assert predicted.curve[1:-2] == pytest.approx(expected, abs=3 * np.sqrt(4 / 12) / 8192 / np.sqrt(256))


def test_a_run_without_enough_jumps_is_refused(model, stream, random):
    """All samples are dead at b = -9."""
    start = np.full(2, 0.1), np.full(2, -9.0)
    run = record(Sgd(model.composition, stream), start, 0.01, Schedule(burn_in=1, blocks=4, every=1), random)
    assert not run.b_dot.any()
    units = Units.cut(run, 2)
    with pytest.raises(InputError, match=r"no class has enough jumps to compare: raise jumps.samples"):
        measure(jumps_of_classes(model, stream, run, units, None, random), units, random)


@pytest.mark.slow
def test_the_distance_is_the_predicted_one_and_falls_with_gamma(classes, stream):
    """On a linear neuron with squared loss, whose stationary (w, b) is known: SGD, not its theory, is measured."""
    model = Model(compose("y", "(f - x2)**2", [0, 1]), classes)
    theory = population_optimum(model, [0.8, 0.1])
    sgd, random, tables = Sgd(model.composition, stream), np.random.default_rng(3), []
    for gamma in (0.02, 0.01, 0.005):
        w, b = random.multivariate_normal(theory.optimum, gamma * theory.covariance, size=8).T
        run = record(sgd, (w, b), gamma, Schedule(burn_in=10, blocks=640, every=1), random)
        units = Units.cut(run, 20)
        classes = jumps_of_classes(model, stream, run, units, gamma * theory.covariance, random)
        distances, curves = measure(classes, units, random)
        assert len(curves.groupby(["class", "sign"])) == 4
        tables.append(distances)
    table = pd.concat(tables, ignore_index=True)
    assert (np.abs(table["ks"] - table["predicted_ks"]) < 4 * table["ks_se"] + table["noise_floor"]).all()
    largest = table[(table["class"] == "ones") & (table["sign"] == "positive")]
    assert len(largest) == 3
    assert (largest["ks"] > 2 * largest["noise_floor"]).all()
    found = power(*(largest[column].to_numpy() for column in ("gamma", "ks", "ks_se")))
    assert found.se < 0.1
    assert found.value == pytest.approx(1, abs=4 * found.se)
    assert np.abs((largest["agreement"] - 1) / largest["agreement_se"]).max() < 4
