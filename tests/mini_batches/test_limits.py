"""If these fail, a limit is none, is reached at another rate, or its scale and place are not those of the tail."""

import numpy as np
import pytest
from scipy import integrate, stats

from duality.mini_batches.exact import SampleLaw
from duality.mini_batches.heavy_tails import HeavyTail, heavy_tail
from duality.mini_batches.limits import NormalLaw, NormalLength, stable_cdf, stable_parameters, truncated_law


def distances(law, tail, mini_batch):
    """Of the exact law from the truncated one, the stable one and the normal one."""
    exact = law.mean_of(mini_batch)
    edges = exact.lattice.upper_edges
    places = np.searchsorted(exact.cdf, np.linspace(0.01, 0.99, 99))
    truncated = truncated_law(law, tail, mini_batch)
    return (
        exact.distance(lambda x: np.interp(x, truncated.lattice.upper_edges, truncated.cdf)),
        float(np.max(np.abs(exact.cdf[places] - stable_cdf(tail, mini_batch)(edges[places])))),
        exact.distance(NormalLaw(law.moments, mini_batch).cdf),
    )


def test_the_length_of_a_round_normal_pair_is_rayleighs():
    law = NormalLength(np.zeros(2), 4 * np.eye(2))
    r = np.array([0.1, 1.0, 3.0, 8.0])
    assert law.pdf(r, 1) == pytest.approx(0.5 * stats.rayleigh.pdf(r, scale=2), rel=1e-9)
    assert law.cdf(r) == pytest.approx(0.5 + 0.5 * stats.rayleigh.cdf(r, scale=2), abs=1e-6)
    assert law.cdf(-r) == pytest.approx(0.5 - 0.5 * stats.rayleigh.cdf(r, scale=2), abs=1e-6)


def test_the_length_of_any_normal_pair(random):
    """A narrow one off the origin, against a sample of it."""
    mean, covariance = np.array([0.5, -0.3]), np.array([[1.0, 0.97], [0.97, 1.0]])
    law = NormalLength(mean, covariance)
    w, b = random.multivariate_normal(mean, covariance, 200_000).T
    signed = np.copysign(np.hypot(w, b), b)
    assert stats.kstest(signed, law.cdf).pvalue > 1e-3
    inside = (signed < -0.2) & (signed > -1.5)
    probability, log_mean = law.log_mean(-1, 0.2, 1.5)
    assert probability == pytest.approx(inside.mean(), abs=0.004)
    assert log_mean == pytest.approx(np.log(-signed[inside]).mean(), abs=0.006)
    assert stats.kstest(np.copysign(np.hypot(w, b), w), law.cdf).pvalue < 1e-6


def test_at_the_centre_of_the_limit_a_length_has_exponent_minus_one():
    """Whatever the mean: the density of a pair is constant there, and on a ring it is ∝ q̇."""
    r = np.array([0.01, 0.02])
    law = NormalLength(np.array([0.3, 0.2]), np.array([[1.0, 0.3], [0.3, 2.0]]))
    assert np.log(law.pdf(r, 1)[1] / law.pdf(r, 1)[0]) / np.log(2) == pytest.approx(1, abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("k", "guard", "rate"), [(2, 1e-5, -1), (2.5, 1e-5, -1 / 3), (1.6, 1e-3, -1)], ids=["k=2", "k=5/2", "k=8/5"]
)
def test_heavy_kicks_tend_to_the_stable_law_and_beyond_the_crossover_to_the_normal_one(heavy, k, guard, rate):
    law = SampleLaw(*heavy(k, guard), "b_dot")
    tail = heavy_tail(law.maps.values(), law.moments.mean)
    assert tail.rate == pytest.approx(rate)
    turn = 1 / guard
    found = {M: distances(law, tail, int(M)) for M in (4, 16, 64, 0.1 * turn, 10 * turn)}
    truncated = [of[0] for of in found.values()][:4]
    assert truncated == sorted(truncated, reverse=True)
    assert np.log(found[64][0] / found[16][0]) / np.log(4) == pytest.approx(rate, abs=0.3 if k == 2 else 0.06)
    assert found[16][1] < 0.03 < found[16][2]
    assert found[10 * turn][2] < 0.01 < found[10 * turn][1]
    assert found[10 * turn][0] < 0.004


@pytest.mark.parametrize(
    ("alpha", "up", "down"), [(1.0, 0.5, 0.5), (1.0, 0.9, 0.3), (1.0, 0.1, 0.4), (1.5, 0.2, 0.7), (0.7, 0.6, 0.2)]
)
def test_the_stable_law_is_that_of_levy_and_khintchine(alpha, up, down, random):
    """Against a sample of the sum, jump by jump: large jumps as they are, the small ones by their variance."""
    tail = HeavyTail(1 + alpha, {1: up, -1: down}, {1: 3.0, -1: 2.0}, drift=0.4, beyond=0.0)
    M, size, smallest = 5, 40_000, 0.05 if alpha < 1.2 else 0.15
    total = np.full(size, M * tail.drift)
    for sign in (-1, 1):
        c, cap = tail.c[sign], tail.cap[sign]
        number = random.poisson(M * c * smallest**-alpha / alpha, size)
        jumps = smallest * random.random(number.sum()) ** (-1 / alpha)
        total += sign * np.bincount(np.repeat(np.arange(size), number), jumps, size)
        total -= sign * M * c * integrate.quad(lambda u: u**-alpha, smallest, cap)[0]
        total += np.sqrt(M * c * smallest ** (2 - alpha) / (2 - alpha)) * random.standard_normal(size)
    some = np.sort(total / M)[:: size // 400]
    up_to = np.searchsorted(np.sort(total / M), some, side="right") / size
    expected = stable_cdf(tail, M)(some)
    assert stats.kstwobign.sf(np.sqrt(size) * np.max(np.abs(up_to - expected))) > 1e-3
    scale = stable_parameters(tail, M)[2] / M
    assert stats.kstwobign.sf(np.sqrt(size) * np.max(np.abs(up_to - stable_cdf(tail, M)(some + 0.05 * scale)))) < 1e-3


def test_a_symmetric_tail_of_k_2_is_cauchys():
    tail = HeavyTail(2.0, {1: 0.3, -1: 0.3}, {1: 10.0, -1: 10.0}, drift=0.2, beyond=0.0)
    x = np.linspace(-5, 5, 11)
    scale = 0.6 * np.pi / 2  # of the mean of any number of kicks
    for M in (1, 50):
        assert stable_parameters(tail, M)[:3] == pytest.approx((1, 0, M * scale))
        assert stable_cdf(tail, M)(x) == pytest.approx(stats.cauchy.cdf(x, 0.2, scale), abs=1e-9)


def test_the_truncated_law_has_the_moments_of_its_jumps(heavy):
    """Mean as the kicks, variance ∫u²·dν = (c₊ + c₋)·cap^(3-k)/(3-k), over M."""
    law = SampleLaw(*heavy(2.5, 1e-4), "b_dot")
    tail = heavy_tail(law.maps.values(), law.moments.mean)
    for M in (10, 1000):
        found = truncated_law(law, tail, M)
        values, p = found.lattice.values, found.probability
        variance = sum(c * tail.cap[sign] ** 0.5 / 0.5 for sign, c in tail.c.items()) / M
        assert p.sum() == pytest.approx(1)
        assert p @ values == pytest.approx(law.moments.mean, abs=1e-3 * np.sqrt(variance))
        assert p @ (values - p @ values) ** 2 == pytest.approx(variance, rel=1e-3)


def test_the_truncated_law_has_the_kicks_that_are_clipped(capped):
    """It comes as near to the exact law as their atoms count for more."""
    for quantity in ("w_dot", "b_dot"):
        law = SampleLaw(*capped, quantity)
        tail = heavy_tail(law.maps.values(), law.moments.mean)
        found = [distances(law, tail, M)[0] for M in (256, 16384, 262144)]
        assert found == sorted(found, reverse=True)
        assert found[-1] < 0.05
