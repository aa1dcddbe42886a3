"""If these fail, a sample counts more than once, or an error is that of jumps that are taken for independent."""

import numpy as np
import pytest

from duality.dataset.density import Gaussian
from duality.dataset.model import Model
from duality.dataset.stream import mix
from duality.exponents.neighbourhood import Neighbourhood
from duality.formulas.compose import compose
from duality.jumps.exponents import compare_exponents
from duality.jumps.samples import ClassJumps, Run, Units, distinct, jumps_of_classes
from duality.records.estimates import ParameterErrors
from duality.records.jacobian import Window

BLOCK = 32


def run_through(stream, blocks, replicas, w, b, random):
    """A run at parameters that do not move, which reads the blocks of the stream in a random order."""
    starts = np.resize(random.permutation(stream.x1.size // BLOCK), (blocks, replicas)) * BLOCK
    path = np.full((blocks, replicas), w), np.full((blocks, replicas), b)
    places = starts[:, None, :] + np.arange(BLOCK)[:, None]
    # 'zeros' of the linear neuron with the squared loss: h = 2y
    b_dot = -0.01 * 2 * (w * stream.x1[places] + b - stream.label[places])
    return Run(0.01, starts, b_dot, *path, blocks * BLOCK)


@pytest.mark.parametrize(("sizes", "blocks"), [((300, 4000), 100), ((4000, 4000), 500), ((4000, 900), 100)])
def test_every_sample_of_a_class_counts_once(random, sizes, blocks):
    """Of a class that is repeated, and of a run that reads more than the stream has; by the values: all differ."""
    stream = mix([random.normal(size=size) for size in sizes], random)
    run = run_through(stream, blocks, 2, 1.0, 0.0, random)
    for label, size in enumerate(sizes):
        chosen = distinct(stream, run.places, label, random)
        assert (stream.label[run.places[chosen]] == label).all()
        values = stream.x1[run.places[chosen]]
        assert np.array_equal(np.sort(values), np.unique(stream.x1[run.places][stream.label[run.places] == label]))
        assert values.size > 0.5 * size


def test_the_jump_that_counts_of_a_sample_is_at_any_time(random):
    """Were it the first, late units would have none, and the others would be at the (w, b) of the beginning."""
    stream = mix([random.normal(size=500), random.normal(size=8000)], random)
    run = run_through(stream, 250, 2, 1.0, 0.0, random)
    blocks, *_ = np.nonzero(distinct(stream, run.places, 0, random))
    assert 480 < blocks.size <= 500
    assert np.mean(blocks) == pytest.approx(124.5, abs=4 * 72 / np.sqrt(500))


def potential_exponent(model, stream, times, random):
    """The raw exponent of potential jumps of 'zeros' in a run that reads all, and its error; `times` counted."""
    run = run_through(stream, stream.x1.size // BLOCK // 2, 2, 0.9, 0.02, random)
    units = Units.cut(run, 15)
    zeros, _ = jumps_of_classes(model, stream, run, units, None, random)
    if times == "all":  # as if every jump were of a sample of its own
        own = stream.label[run.places] == 0
        unit = np.broadcast_to(units.of_block[:, None, :], own.shape)[own]
        jumps = zeros.duality.fluctuation(stream.x1[run.places][own])
        zeros = ClassJumps("zeros", zeros.duality, jumps, jumps, unit, None)
    duality = zeros.duality
    branch = next(
        i for i, branch in enumerate(duality.branches) if branch.sign < 0 and branch.left < 0.3 < branch.right
    )
    q = np.quantile(np.abs(duality.fluctuation(np.linspace(0.1, 0.5, 99))), [0, 1])
    window = Window(branch, 0.1, 0.5, *map(float, q), 0.3)
    known = ParameterErrors(np.zeros((2, 2)), np.zeros((2, 2)))
    raw, _ = compare_exponents(zeros, Neighbourhood(duality, window, known, [], []), units)
    return raw["potential"], raw["potential_se"]


@pytest.mark.slow
def test_an_error_of_a_repeated_class_is_the_scatter_of_other_data(random):
    """A class that is repeated four times: of all its jumps the error would come out as half of the scatter."""
    linear = Model(compose("y", "(f - x2)**2", [0, 1]), {"zeros": Gaussian(0, 0.25), "ones": Gaussian(1, 0.25)})
    found = {"once": [], "all": []}
    for _ in range(150):
        stream = mix([random.normal(0, 0.25, 2000), random.normal(1, 0.25, 8000)], random)
        for times, of in found.items():
            of.append(potential_exponent(linear, stream, times, random))
    for times, ratio in (("once", 1.0), ("all", 0.5)):
        k, se = np.array(found[times]).T
        assert np.sqrt(np.mean(se**2)) / np.std(k, ddof=1) == pytest.approx(ratio, rel=0.2), times
    k, se = np.array(found["once"]).T
    assert np.mean(np.abs(k - k.mean()) < 1.96 * se) == pytest.approx(0.95, abs=0.06)
