"""If these fail, SGD is not SGD, or a training that fails does not say how."""

import numpy as np
import pytest
from msgspec.structs import replace

from duality.config.settings import Start
from duality.dataset.stream import Stream
from duality.errors import InputError
from duality.failures import ExperimentFailed
from duality.formulas.compose import compose
from duality.random_streams import generator
from duality.training.convergence import diagnose
from duality.training.sgd import BLOCK, Sgd, train


def test_the_kernel_is_sgd(compositions, stream):
    """Against a plain Python loop over Eqs. 2.3 and 6.4, replica by replica."""
    assert len(compositions) >= 5
    for composition in compositions.values():
        starts = np.array([[0, 5 * BLOCK], [2 * BLOCK, 3 * BLOCK]])
        w, b = np.array([1.1, 0.9]), np.array([-0.1, 0.1])
        expected = []
        h = composition.functions(1)
        for replica in range(2):
            w_now, b_now = w[replica], b[replica]
            for start in starts[:, replica]:
                for i in range(start, start + BLOCK):
                    x1 = stream.x1[i]
                    kick = float(h[stream.label[i]](w_now * x1 + b_now))
                    w_now, b_now = w_now - 0.01 * x1 * kick, b_now - 0.01 * kick
            expected.append((w_now, b_now))
        Sgd(composition, stream).advance(starts, w, b, 0.01)
        assert np.column_stack([w, b]) == pytest.approx(np.array(expected), rel=1e-9)
        assert not np.array_equal(w, [1.1, 0.9])


@pytest.mark.parametrize("experiment", ["sigmoid_mse", "relu_quartic"])
def test_the_recorded_jumps_are_the_ones_made(compositions, stream, experiment):
    """And recording leaves training the same bits. A short array keeps the last blocks."""
    sgd = Sgd(compositions[experiment], stream)
    starts = np.arange(6).reshape(3, 2) * BLOCK
    plain, kept, again = ([np.array([1.1, 0.9]), np.array([-0.1, 0.1])] for _ in range(3))
    b_dot, last = np.empty((3, BLOCK, 2)), np.empty((1, BLOCK, 2))
    sgd.advance(starts, *plain, 0.01)
    sgd.advance(starts, *kept, 0.01, b_dot)
    assert np.array_equal(plain, kept)
    assert np.array([-0.1, 0.1]) + b_dot.sum(axis=(0, 1)) == pytest.approx(kept[1], abs=1e-12)
    assert np.any(b_dot)
    sgd.advance(starts, *again, 0.01, last)
    assert np.array_equal(last[0], b_dot[2])


def test_replicas_do_not_depend_on_how_many_are_interleaved(compositions, stream):
    """SIMD or not, the same bits: results must not depend on the machine's vector width."""
    sgd = Sgd(compositions["sigmoid_mse"], stream)
    starts = np.arange(16).reshape(2, 8) * BLOCK
    w, b = np.linspace(10, 20, 8), np.linspace(-9, -5, 8)
    b_dot, of_one = np.empty((1, BLOCK, 8)), np.empty((1, BLOCK, 8))
    alone = []
    for replica in range(8):
        here = slice(replica, replica + 1)
        w1, b1, b_dot1 = w[here].copy(), b[here].copy(), np.empty((1, BLOCK, 1))
        sgd.advance(np.ascontiguousarray(starts[:, here]), w1, b1, 0.1, b_dot1)
        alone.append((w1[0], b1[0]))
        of_one[:, :, here] = b_dot1
    sgd.advance(starts, w, b, 0.1, b_dot)
    assert np.array_equal(b_dot, of_one)
    assert np.array_equal(np.column_stack([w, b]), np.array(alone))


def test_a_training_is_told_of_and_ends_with_what_it_was_examined_by(compositions, stream, settings):
    lines = []
    found = train(Sgd(compositions["relu_quartic"], stream), settings, generator(1, "test"), lines.append)
    trajectory = found.trajectory
    assert lines
    assert lines[-1].startswith(f"{trajectory.steps[-1]} steps per replica: w = ")
    assert found.diagnostics == diagnose(*trajectory.counted)
    assert trajectory.w.shape == (settings.replicas, trajectory.steps.size)
    assert trajectory.kept == int(settings.burn_in * trajectory.steps.size)
    assert np.array_equal(np.diff(trajectory.steps), np.full(trajectory.steps.size - 1, settings.thin))
    assert trajectory.steps_per_draw == settings.thin


def test_divergence_says_which_where_and_what_to_change(stream, settings):
    linear = compose("y", "(f - x2)**4", [0, 1])
    with pytest.raises(ExperimentFailed, match=r"^diverged after \d+ steps: replica \d .*change training.gamma"):
        train(Sgd(linear, stream), replace(settings, gamma=5.0), generator(1, "test"), print)


def test_death_says_which_where_and_what_to_change(compositions, stream, settings):
    dead = replace(settings, start=Start(w=(0.1, 0.2), b=(-9.0, -8.0)))
    with pytest.raises(ExperimentFailed, match=r"^died after \d+ steps: replica 0 .*change .*training.start"):
        train(Sgd(compositions["relu_mse"], stream), dead, generator(1, "test"), print)


def test_a_spent_budget_says_so(compositions, stream, settings):
    with pytest.raises(ExperimentFailed, match=r"^no equilibrium after .*R-hat.*change training.budget"):
        train(Sgd(compositions["sigmoid_mse"], stream), replace(settings, budget=200_000), generator(1, "test"), print)


def test_a_stream_of_less_than_a_block_is_refused(compositions, settings):
    few = Stream(np.zeros(BLOCK - 1), np.zeros(BLOCK - 1, np.int8))
    with pytest.raises(InputError, match=r"has 255 samples, at least 256 are needed: raise dataset.samples_per_shard"):
        train(Sgd(compositions["relu_mse"], few), settings, generator(1, "test"), print)


@pytest.mark.parametrize(("steps", "budget", "spent"), [(40_960, 163_840, 163_840), (300_032, 400_128, 399_872)])
def test_steps_and_budget_are_kept(compositions, stream, settings, steps, budget, spent):
    endless = replace(settings, steps=steps, budget=budget, ess=1e9)
    with pytest.raises(ExperimentFailed, match=f"no equilibrium after {spent} steps per replica"):
        train(Sgd(compositions["relu_quartic"], stream), endless, generator(1, "test"), print)
