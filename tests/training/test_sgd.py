"""If these fail, what is called an equilibrium is none, or SGD is not SGD."""

import numpy as np
import pytest

from duality.dataset.density import Gaussian
from duality.dataset.stream import mix
from duality.errors import InputError
from duality.formulas.compose import compose
from duality.random_streams import generator
from duality.training.sgd import BLOCK, diagnose, equilibrium, in_equilibrium, performance, sgd_kernel, train

SETTINGS = {
    "gamma": 0.01, "replicas": 4, "start": {"w": [0.5, 1.5], "b": [-0.2, 0.3]}, "thin": 512, "steps": 200_000,
    "budget": 3_000_000, "burn_in": 0.3, "r_hat": 1.01, "ess": 400, "drift": 3,
}  # fmt: skip


@pytest.fixture(scope="module")
def stream():
    random = np.random.default_rng(11)
    return mix([random.normal(0, 0.25, 200_000), random.normal(1, 0.25, 200_000)], 1)


def test_the_kernel_is_sgd(compositions, stream):
    """Against a plain Python loop over Eqs. 2.3 and 6.4, replica by replica."""
    x1, label = stream
    for composition in compositions.values():
        starts = np.array([[0, 5 * BLOCK], [2 * BLOCK, 3 * BLOCK]])
        w, b = np.array([1.1, 0.9]), np.array([-0.1, 0.1])
        expected = []
        h = composition.functions(1)
        for replica in range(2):
            w_now, b_now = w[replica], b[replica]
            for start in starts[:, replica]:
                for i in range(start, start + BLOCK):
                    kick = float(h[label[i]](w_now * x1[i] + b_now))
                    w_now, b_now = w_now - 0.01 * x1[i] * kick, b_now - 0.01 * kick
            expected.append((w_now, b_now))
        sgd_kernel(composition)(x1, label, starts, w, b, 0.01)
        assert np.column_stack([w, b]) == pytest.approx(np.array(expected), rel=1e-9)


def test_replicas_do_not_depend_on_how_many_are_interleaved(compositions, stream):
    """SIMD or not, the same bits: results must not depend on the machine's vector width."""
    sgd = sgd_kernel(compositions["sigmoid_mse"])
    starts = np.arange(8)[None, :] * BLOCK
    w, b = np.linspace(10, 20, 8), np.linspace(-9, -5, 8)
    alone = []
    for replica in range(8):
        w1, b1 = w[replica : replica + 1].copy(), b[replica : replica + 1].copy()
        sgd(*stream, np.ascontiguousarray(starts[:, replica : replica + 1]), w1, b1, 0.1)
        alone.append((w1[0], b1[0]))
    sgd(*stream, starts, w, b, 0.1)
    assert np.array_equal(np.column_stack([w, b]), np.array(alone))


def test_diagnostics_tell_a_stationary_chain_from_others(random):
    stationary = random.normal(size=(4, 1000))
    stuck = stationary + 5 * np.arange(4)[:, None]
    drifting = stationary + np.linspace(0, 5, 1000)
    assert in_equilibrium(diagnose(stationary, stationary), 1.01, 400, 3)
    assert not in_equilibrium(diagnose(stationary, stuck), 1.01, 400, 3)
    assert not in_equilibrium(diagnose(drifting, stationary), 1.01, 400, 3)
    assert not in_equilibrium(diagnose(stationary[:, :50], stationary[:, :50]), 1.01, 400, 3)


def test_a_common_drift_is_seen_that_r_hat_overlooks(random):
    """All replicas creep together by a tenth of their noise: R-hat is content, the drift is not."""
    creeping = random.normal(size=(4, 4000)) + np.linspace(-0.1, 0.1, 4000)
    found = diagnose(creeping, random.normal(size=(4, 4000)))
    assert found["w"]["r_hat"] < 1.01
    assert found["w"]["drift"] > 4
    assert abs(found["b"]["drift"]) < 4
    assert not in_equilibrium(found, 1.01, 400, 3)


def test_the_monte_carlo_error_is_that_of_independent_draws(random):
    found = diagnose(random.normal(size=(4, 2500)), random.normal(size=(4, 2500)))
    assert found["w"]["mcse"] == pytest.approx(0.01, rel=0.1)


def test_training_reaches_the_population_optimum_within_its_error(compositions, stream):
    composition = compositions["relu_quartic"]
    lines = []
    trajectory = train(composition, *stream, SETTINGS, generator(1, "test"), lines.append)
    report = equilibrium(composition, trajectory, *stream, [0.0, 1.0], [Gaussian(0, 0.25), Gaussian(1, 0.25)], SETTINGS)
    assert np.abs(report["distance_from_shifted_in_se"]).max() < 4
    assert report["accuracy"] > 0.97
    assert lines
    assert lines[-1].startswith(str(report["steps"]))
    assert report["stationary_sd_predicted"][0] == pytest.approx(report["diagnostics"]["w"]["sd"], rel=0.15)


def test_divergence_says_which_where_and_what_to_change(stream):
    linear = compose("y", "(f - x2)**4", [0, 1])
    with pytest.raises(InputError, match=r"diverged: replica \d by step \d+ .*lower training.gamma"):
        train(linear, *stream, SETTINGS | {"gamma": 5.0}, generator(1, "test"), print)


def test_death_says_which_where_and_what_to_change(compositions, stream):
    dead = SETTINGS | {"start": {"w": [0.1, 0.2], "b": [-9.0, -8.0]}}
    with pytest.raises(InputError, match=r"died: replica 0 by step \d+ .*training.start"):
        train(compositions["relu_mse"], *stream, dead, generator(1, "test"), print)


def test_a_spent_budget_says_so(compositions, stream):
    with pytest.raises(InputError, match=r"no equilibrium after .*R-hat.*training.budget"):
        train(compositions["sigmoid_mse"], *stream, SETTINGS | {"budget": 200_000}, generator(1, "test"), print)


def test_accuracy_counts_the_nearest_label(compositions):
    x1, label = np.array([0.0, 0.4, 0.6, 1.0]), np.array([0, 1, 1, 1], np.int8)
    found = performance(compositions["relu_mse"], x1, label, [0.0, 1.0], 1.0, 0.0)
    assert found["accuracy"] == 0.75
    assert found["loss"] == pytest.approx(np.mean([0, 0.36, 0.16, 0]))


def test_repeated_samples_are_no_more_samples(compositions, random):
    """The error of the accuracy is its spread over data sets, and that of distinct samples is binomial to the bit."""
    reports = [
        performance(
            compositions["relu_mse"], *mix([random.normal(0, 0.25, 200), random.normal(1, 0.25, 2000)], seed),
            [0.0, 1.0], 1.0, 0.05,
        )
        for seed in range(400)
    ]  # fmt: skip
    errors = [report["accuracy_se"] for report in reports]
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std([r["accuracy"] for r in reports]), rel=0.1)
    stream = mix([random.normal(0, 0.25, 3000), random.normal(1, 0.25, 3000)], 1)
    once, thrice = (
        performance(compositions["relu_mse"], *repeated, [0.0, 1.0], 1.0, 0.05)
        for repeated in (stream, [np.tile(part, 3) for part in stream])
    )
    assert once["accuracy_se"] == np.sqrt(once["accuracy"] * (1 - once["accuracy"]) / 6000)
    assert thrice["accuracy_se"] == pytest.approx(once["accuracy_se"], rel=1e-12)


def test_the_optimum_of_repeated_samples_is_no_better_known(compositions, stream):
    composition, densities = compositions["relu_quartic"], [Gaussian(0, 0.25), Gaussian(1, 0.25)]
    few = [part[:4096] for part in stream]
    trajectory = train(composition, *few, SETTINGS | {"r_hat": 2, "ess": 4}, generator(1, "test"), print)
    once, thrice = (
        np.array(equilibrium(composition, trajectory, *s, [0.0, 1.0], densities, SETTINGS)["sampling_covariance"])
        for s in (few, [np.tile(part, 3) for part in few])
    )
    assert thrice == pytest.approx(once, rel=1e-12)


@pytest.mark.parametrize(("steps", "budget", "spent"), [(40_960, 163_840, 163_840), (300_032, 400_128, 399_872)])
def test_steps_and_budget_are_kept(compositions, stream, steps, budget, spent):
    settings = SETTINGS | {"steps": steps, "budget": budget, "ess": 1e9}
    with pytest.raises(InputError, match=f"no equilibrium after {spent} steps per replica"):
        train(compositions["relu_quartic"], *stream, settings, generator(1, "test"), print)
