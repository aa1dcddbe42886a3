"""If these fail, fits of shifted power laws are no maxima, have wrong errors, or fail where the shift is none."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, optimize

from duality.fits.power_laws import PowerLaw
from duality.fits.shifted_power_laws import EXPONENTIAL, UNSHIFTED, ShiftedPowerLaw
from duality.records.estimates import TOLD_APART

EDGES = np.geomspace(0.01, 30.0, 129)
# k and s of q + s: small and large shifts, a zero below the window and one above it
LAWS = [(0.5, 1.0), (2.0, 1.0), (1.0, 0.3), (2.0, -0.008), (0.5, -30.5), (3.0, 500.0)]


def family(edges=EDGES, log_weight=None):
    law = PowerLaw(edges, log_weight)
    return ShiftedPowerLaw(edges, law.log_q, law.log_measure)


def parameters(law, k, s):
    """κ and τ."""
    tau = law.tau(1 / s)
    return np.array([k * tau, tau])


def exact(k, s, edges=EDGES):
    """The probabilities of the cells in closed form."""
    inside = np.abs(edges + s)
    integral = np.log(inside) if k == 1 else inside ** (1 - k)
    width = np.abs(np.diff(integral))
    return width / width.sum()


@pytest.mark.parametrize(("k", "s"), LAWS)
def test_the_family_is_that_of_shifted_power_laws(k, s):
    law = family()
    at = parameters(law, k, s)
    assert law.ends[0] < at[1] < law.ends[1]
    # Quadrature is least exact in the cell next to a zero of q + s, here a quarter of the cell's width away.
    assert law.probability(at[None])[0] == pytest.approx(exact(k, s), rel=2e-4 if s < -1 else 1e-6)
    assert law.shift(at[1]) == pytest.approx(s)
    assert law.inverse_shift(at[1]) == pytest.approx(1 / s)


def test_its_limits_are_the_power_law_and_the_exponential_law():
    law = family()
    limits = law.probability(np.array([[1.7, UNSHIFTED], [0.4, EXPONENTIAL]]))
    assert limits[0] == pytest.approx(PowerLaw(EDGES).probability(1.7).sum(axis=1))
    integral = -np.exp(-0.4 * EDGES / law.middle)
    assert limits[1] == pytest.approx(np.diff(integral) / (integral[-1] - integral[0]))
    # They are no gaps: laws next to them are next to them.
    near = law.probability(np.array([[1.7, UNSHIFTED - 1e-7], [0.4, 1e-7]]))
    assert near == pytest.approx(limits, rel=1e-4)


@pytest.mark.parametrize("at", [(0.4, 0.3), (1.7, 0.999), (0.2, 1e-3), (-0.3, 1e-5), (0.8, 1.01), (0.01, -0.01)])
def test_score_and_information_are_the_derivatives_of_the_likelihood(at):
    """By differences, at counts of another law; the information at those of the law itself."""
    law, at = family(log_weight=lambda q: -((np.log(q) - 1) ** 2)), np.array(at)
    steps = np.diag([1e-5, 1e-5 * max(abs(at[1]), 1e-2)])

    def by_differences(index, counts):
        """Of the log-likelihood and the score by one parameter."""
        plus, minus = (law.evaluate((at + side * steps[index])[None], counts) for side in (1, -1))
        return [(a[0] - b[0]) / (2 * steps[index, index]) for a, b in zip(plus[:2], minus[:2], strict=True)]

    counts = np.round(1e5 * exact(2.0, 1.0))[None]
    own = 1e5 * law.probability(at[None])
    score, information = law.evaluate(at[None], counts)[1][0], law.evaluate(at[None], own)[2][0]
    for index in (0, 1):
        assert by_differences(index, counts)[0] == pytest.approx(score[index], rel=1e-5, abs=1e-3)
        assert -by_differences(index, own)[1] == pytest.approx(information[index], rel=1e-4)


@pytest.mark.parametrize(("k", "s"), LAWS[:4])
def test_the_maximum_is_that_of_another_search(k, s, random):
    """Of the simplex on the likelihood in closed form, to a ten-thousandth of an error, from either limit."""
    law = family()
    counts = random.multinomial(20_000, exact(k, s))
    starts = np.array([parameters(law, k, s), [1.0, UNSHIFTED], [0.1, EXPONENTIAL]])
    found, likelihood = law.maximise(counts[None], starts)
    best = found[np.argmax(likelihood)]
    assert law.promise(best, counts[None]) < 1e-12

    def loss(x):
        shift = s * np.exp(x[1])
        inside = EDGES + shift
        return -counts @ np.log(exact(x[0], shift)) if np.all(inside > 0) or np.all(inside < 0) else np.inf

    options = {"xatol": 1e-10, "fatol": 1e-10, "maxiter": 4000}
    other = optimize.minimize(loss, [k + 0.01, 0.01], method="Nelder-Mead", options=options)
    covariance = law.covariance(best, counts)
    k_found = best[0] / best[1]
    assert abs(k_found - other.x[0]) < 1e-4 * np.sqrt(covariance[0, 0])
    assert abs(best[1] - law.tau(1 / (s * np.exp(other.x[1])))) < 1e-4 * np.sqrt(covariance[1, 1])


def test_many_data_sets_are_fitted_as_one_is(random):
    law = family()
    counts = random.multinomial(3000, exact(2.0, 1.0), size=150)
    start = np.tile(parameters(law, 2.0, 1.0), (150, 1))
    together, likelihoods = law.maximise(counts, start)
    for number in (0, 63, 64, 149):
        alone, likelihood = law.maximise(counts[number : number + 1], start[:1])
        assert together[number] == pytest.approx(alone[0], rel=1e-6)
        assert likelihoods[number] == pytest.approx(likelihood[0], rel=1e-12)


def test_a_line_is_not_left(random):
    """With τ held fixed, and with k held fixed, where κ goes with τ."""
    law = family()
    counts = random.multinomial(3000, exact(2.0, 1.0))[None]
    fixed_tau, _ = law.maximise(counts, np.array([[0.1, 0.4]]), np.array([[1.0], [0.0]]))
    assert fixed_tau[0, 1] == 0.4
    assert fixed_tau[0, 0] != 0.1
    fixed_k, likelihood = law.maximise(counts, np.array([[0.9, 0.3]]), np.array([[3.0], [1.0]]))
    assert fixed_k[0, 0] / fixed_k[0, 1] == pytest.approx(3.0)
    for tau in fixed_k[0, 1] * np.array([0.99, 1.01]):
        assert law.evaluate(np.array([[3 * tau, tau]]), counts)[0] < likelihood


def test_a_search_without_a_maximum_rests_before_an_end():
    """Counts that heap up at the upper end ask for a zero of q + s there."""
    law, counts = family(), np.zeros((1, 128))
    counts[0, -1], counts[0, :-1] = 1e5, 1.0
    found, _ = law.maximise(counts, np.array([[0.5, 0.5]]))
    assert law.ends[0] <= found[0, 1] <= law.ends[1]
    assert law.promise(found[0], counts) > 1


def test_errors_are_the_inverse_information_where_the_law_is_the_truth():
    law = family()
    at = parameters(law, 2.0, 1.0)
    counts = 1e6 * law.probability(at[None])
    covariance = law.covariance(at, counts[0])
    information = law.evaluate(at[None], counts)[2][0]
    into = np.array([[1 / at[1], -at[0] / at[1] ** 2], [0.0, 1.0]])  # from κ and τ to k and τ
    assert covariance == pytest.approx(into @ np.linalg.inv(information) @ into.T, rel=1e-6)
    assert law.variance_of_k(at, counts[0]) == pytest.approx(1 / (information[0, 0] * at[1] ** 2), rel=1e-6)


# Densities in ln q of data that have no shifted power law, and what of the sandwich does not do alone there.
T = np.log(EDGES[1:] * EDGES[:-1]) / 2
FALSE_LAWS = {
    "Fisher's": np.exp(-(((T + 3) / 0.5) ** 2)) + np.exp(-(((T - 2) / 0.6) ** 2)),
    "the curvature's": np.exp(-(((T + 3) / 0.3) ** 2)) + 0.3 * (T > 2),
}


@pytest.mark.parametrize("alone", FALSE_LAWS)
def test_errors_are_the_spread_where_the_law_is_not_the_truth(alone, random):
    """Fisher's error, or that of the curvature, is another there, as it is if a weight is left out."""
    law, n, sets = family(), 20_000, 1000
    truth = FALSE_LAWS[alone] / FALSE_LAWS[alone].sum()
    best = law.maximise(n * truth[None], np.array([[0.5, 0.5]]))[0][0]
    counts = random.multinomial(n, truth, size=sets)
    found, _ = law.maximise(counts, np.tile(best, (sets, 1)))
    spread = np.cov((found[:, 0] / found[:, 1], found[:, 1]))
    assert np.sqrt(np.diag(law.covariance(best, n * truth)) / np.diag(spread)) == pytest.approx(1, rel=0.07)
    into = np.array([1 / best[1], -best[0] / best[1] ** 2])
    fisher = into @ np.linalg.inv(law.evaluate(best[None], n * truth[None])[2][0]) @ into
    # Of n counts each, all data sets together are curved as their mean is.
    curvature = np.linalg.inv(_curvature(law, best, n * truth))[0, 0]
    variance = {"Fisher's": fisher, "the curvature's": curvature}[alone]
    assert abs(np.sqrt(variance / spread[0, 0]) - 1) > 0.12


def _curvature(law, at, counts):
    """Of the log-likelihood in k and τ, by differences of the score in κ and τ, which vanishes there."""
    steps = np.diag([1e-5, 1e-6])
    of_score = [law.evaluate((at + side * step)[None], counts[None])[1][0] for step in steps for side in (1, -1)]
    J = -np.array([(of_score[0] - of_score[1]) / 2e-5, (of_score[2] - of_score[3]) / 2e-6])
    back = np.array([[at[1], at[0] / at[1]], [0.0, 1.0]])  # from k and τ to κ and τ
    return back.T @ J @ back


def test_no_shift_is_told_from_a_shift_in_one_of_twenty_cases(random):
    """Where there is none, by the point of χ² that the table and the ledger rest on."""
    law, sets = family(), 1500
    counts = random.multinomial(4000, PowerLaw(EDGES).probability(1.5).sum(axis=1), size=sets)
    start = np.tile([1.5, UNSHIFTED], (sets, 1))
    _, without = law.maximise(counts, start, np.array([[1.0], [0.0]]))
    _, free = law.maximise(counts, start)
    told = np.mean(free - without > TOLD_APART)
    assert abs(told - 0.05) < 3.5 * np.sqrt(0.05 * 0.95 / sets)


def test_a_weight_is_part_of_the_law():
    """W by quadrature, against an integral of each cell."""
    law = family(log_weight=lambda q: -0.5 * (np.log(q) - 1) ** 2)
    integrals = [
        integrate.quad(lambda q: np.exp(-0.5 * (np.log(q) - 1) ** 2) / (q + 1) ** 2, low, high, epsrel=1e-10)[0]
        for low, high in pairwise(EDGES)
    ]
    found = law.probability(parameters(law, 2.0, 1.0)[None])[0]
    assert found == pytest.approx(np.array(integrals) / np.sum(integrals), rel=1e-7)


def test_a_cell_without_weight_has_no_probability_and_no_say():
    law = family(log_weight=lambda q: np.where(q < 0.02, -np.inf, 0.0))
    at = parameters(law, 2.0, 1.0)[None]
    probability = law.probability(at)
    assert probability[0, 0] == 0
    assert np.all(np.isfinite(np.concatenate([part.ravel() for part in law.evaluate(at, 1e4 * probability)])))
    found, _ = law.maximise(1e6 * probability, np.array([[0.5, 0.5]]))
    assert found[0, 0] / found[0, 1] == pytest.approx(2.0, rel=1e-5)
