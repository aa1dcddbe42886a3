"""Sec. 3: the probability distribution of the fluctuations as a change of variables.

It is computed on the toy model of Sec. 5, with Dirac's δ replaced by a narrow normal density.
"""

from itertools import pairwise

import numpy as np
import sympy as sp
from scipy import integrate, special

from duality.dataset.density import Gaussian
from duality.derivations.change_of_variables import against_delta, normal, preimages
from duality.derivations.vocabulary import CROSS_ENTROPY, DENSITIES, LABELS, LEARNING_RATE, X1, sigmoid_case
from duality.formulas.notation import spelled
from duality.jacobian.duality import Duality
from duality.theory.proof import ROUNDING, all_identical, difference_quotient, identical, relative_deviation
from duality.verdicts import Finding

_LIMIT = 1e-6  # relative deviation of ∫ p·δ from the density, once the width of δ is extrapolated to zero
_LIMIT_2D = 1e-4  # the same in two dimensions, where the grid is coarser
_STRATA = 2**17
_ZEROS = DENSITIES[0]


def equation_3_8() -> Finding:
    """Two neurons, x1 and an initial bulk value x2(t_0), and two trainable variables: ∫ p·δ² against p/|det|.

    y = w21·x1 + w22·x2 + b, sigmoid, cross-entropy with label 0: ḃ = -γ·f(y), ẇ = x1·ḃ, and |det| = |ḃ ∂ḃ/∂x2|.
    """
    w21, w22, b, sd, width = 1.5, 1.0, -0.3, 0.5, 0.008
    x = np.linspace(-8 * sd, 8 * sd, 801)
    weights = normal(x, sd) * (x[1] - x[0])
    b_dot = -special.expit(w21 * x[:, None] + w22 * x[None, :] + b)  # in units of γ
    integrals, densities = [], []
    for x1, x2 in ((0.2, 0.1), (-0.4, 0.3), (0.6, -0.2)):
        f = special.expit(w21 * x1 + w22 * x2 + b)
        coarse, fine = (
            weights @ (normal(-f - b_dot, one) * normal(-x1 * f - x[:, None] * b_dot, one)) @ weights
            for one in (width, width / 2)
        )
        integrals.append((4 * fine - coarse) / 3)
        densities.append(normal(x1, sd) * normal(x2, sd) / (f * w22 * f * (1 - f)))
    deviation = relative_deviation(np.array(integrals), np.array(densities))
    return Finding(
        deviation < _LIMIT_2D,
        "N = K = 2 (a recurrent neuron): ∫ p·δ² at 3 points, δ as normal densities, against p/|det|: they differ "
        f"by {deviation:.0e}",
        "floating point",
        error=deviation,
    )


def delta_mass(dimension: int, space: int) -> sp.Expr:
    """∫ over `space` dimensions of δ^(dimension), as a normal density of width ε: 1 just if the two are equal."""
    epsilon, u = sp.symbols("ε u", positive=True)
    norm = (2 * sp.pi * epsilon**2) ** sp.Rational(-dimension, 2)
    one = sp.integrate(sp.exp(-(u**2) / (2 * epsilon**2)), (u, -sp.oo, sp.oo))
    return sp.simplify(norm * one**space)


def equation_3_9() -> Finding:
    """One boundary and one trainable variable (b): ∫ p·δ dx1 against Σ p/|dḃ/dx1|, solutions by Brent's method."""
    duality = Duality(*sigmoid_case(0))
    # |ḃ| is at most 8γ/27 (f = 2/3), where the density is infinite and no width of δ is narrow.
    points = -8 * LEARNING_RATE / 27 * np.array([0.2, 0.4, 0.6, 0.8])
    densities = []
    for point in points:
        x1 = np.array(preimages(duality.b_dot, float(point), _ZEROS))
        slopes = LEARNING_RATE * duality.w * duality.dh(duality.y(x1))
        densities.append(np.sum(duality.density.pdf(x1) / np.abs(slopes)))
    deviation = relative_deviation(against_delta(duality.b_dot, _ZEROS, points), np.array(densities))
    N, N_boundary = 3, 1
    fixed = {d: delta_mass(d, N - N_boundary) == 1 for d in (N_boundary, N - N_boundary)}
    return Finding(
        deviation < _LIMIT,
        f"sigmoid and squared loss, 'zeros': the two differ by {deviation:.0e} at {len(points)} values of ḃ; if K > "
        "N_∂ it is a density on a surface only; the δ that fixes x(t_0) needs N - N_∂ dimensions to be normalised "
        f"({'so' if fixed[N - N_boundary] and not fixed[N_boundary] else 'not so'} by computation): the text at "
        "hand has N_∂, where its extraction may have lost a slash",
        "floating point",
        error=deviation,
    )


def equation_3_10() -> Finding:
    """Σ A_α δ^(d)(x̄ - X_α) over the N̄_∂ discrete neurons is a distribution just for d = N̄_∂, not d = N_∂."""
    continuous, discrete = 1, 1  # the toy model: x1 and x2
    masses = {d: delta_mass(d, discrete) for d in (continuous + discrete, discrete)}
    return Finding(
        masses[continuous + discrete] == 1,
        "a δ of N_∂ dimensions, as printed, integrated over the discrete neurons of the toy model has the mass "
        f"{spelled(masses[continuous + discrete])} with ε the width of δ; of N̄_∂ dimensions it has {masses[discrete]}; "
        "(3.11) is not affected",
        "proof",
        mended=masses[discrete] == 1,
        right_form="δ^(N̄_∂)(x̄_∂ - X_α)",
    )


def _stratified(density: Gaussian) -> np.ndarray:
    """x1 of the class at the middles of strata of equal probability: its counts are exact to one per end of a cell."""
    return density.ppf((np.arange(_STRATA) + 0.5) / _STRATA)


def equation_3_11() -> Finding:
    """The mixture of the two classes: counts of stratified samples against ½ Σ of the class's own densities."""
    worst, edges = 0.0, np.array([1e-4, 1e-3, 3e-3, 1e-2, 2e-2, 3e-2])
    for sign in (-1, 1):
        counted, exact = np.zeros(edges.size - 1), np.zeros(edges.size - 1)
        for label in LABELS:
            duality = Duality(*sigmoid_case(label))
            x1 = _stratified(DENSITIES[label])
            q_dot = np.copysign(duality.magnitude(x1), duality.b_dot(x1))
            counted += 0.5 * np.histogram(sign * q_dot, edges)[0] / _STRATA
            exact += 0.5 * duality.probability(edges, sign)
        worst = max(worst, float(np.max(np.abs(counted - exact))))
    limit = 8 / _STRATA  # two ends of a cell, two branches, two classes
    return Finding(
        worst < limit,
        f"both classes, both signs: probabilities of {edges.size - 1} cells of |q̇| by counting and from the "
        f"densities differ by {worst:.0e} at most (counting errs by up to {limit:.0e})",
        "floating point",
        error=worst,
    )


def equation_3_12() -> Finding:
    """Can a constant Λ make q̇′ vanish in K - N_∂ directions? Not in the toy model, K = 2, N_∂ = 1; a Λ(x1) can."""
    other = sp.Symbol("x1_", real=True)
    b_dot = sp.Function("bdot", real=True)
    q_dot = sp.Matrix([X1 * b_dot(X1), b_dot(X1)])  # ẇ = x1·ḃ for any H(y)
    # A row l of Λ with l·q̇ = 0 at two points needs these to be collinear, and l·q̇ = l·dq̇/dx1 = 0 likewise.
    at_two = sp.Matrix.hstack(q_dot, q_dot.subs(X1, other)).det()
    nearby = sp.Matrix.hstack(q_dot, q_dot.diff(X1)).det()
    apart, _ = identical(at_two, (X1 - other) * b_dot(X1) * b_dot(other))
    turning, _ = identical(nearby, -(b_dot(X1) ** 2))
    length = sp.sqrt(1 + X1**2)
    turned = sp.Matrix([[X1, 1], [-1, X1]]) / length * q_dot
    vanishes, method = all_identical((turned[1], sp.Integer(0)), (turned[0], b_dot(X1) * length))
    return Finding(
        not (apart and turning),
        "in the toy model det(q̇(x1), q̇(x1′)) = (x1 - x1′)·ḃ·ḃ′ and det(q̇, dq̇/dx1) = -ḃ², for any H(y): no "
        "constant row is orthogonal to q̇, not even to first order about one x1; the rotation (5.2), which depends "
        "on x1, does it",
        method,
        mended=vanishes,
        right_form="q̇′ = Λ(x_∂)·q̇ with a Λ that depends on x_∂ (as 5.2 does), unless the q̇ lie in a plane of "
        "N_∂ dimensions",
    )


def equation_3_13() -> Finding:
    """R·Λ·q̇ with R = (1, 0): the components that are left; how much a constant Λ throws away in the toy model."""
    random = np.random.default_rng(3)
    Lambda, R, q_dot = random.normal(size=(5, 5)), np.eye(2, 5), random.normal(size=5)
    by_index = np.array([sum(R[i, r] * Lambda[r, j] * q_dot[j] for r in range(5) for j in range(5)) for i in range(2)])
    deviation = relative_deviation(by_index, (Lambda @ q_dot)[:2])
    duality = Duality(*sigmoid_case(0))
    x1 = _stratified(_ZEROS)
    steps = np.array([x1 * duality.b_dot(x1), duality.b_dot(x1)])
    kept = np.linalg.eigvalsh(steps @ steps.T)
    lost = float(kept[0] / kept.sum())
    return Finding(
        deviation < ROUNDING,
        "the indices contract as printed and leave N_∂ components; with the rotation (5.2) nothing is lost, with "
        f"the best constant Λ {lost:.1%} of Σ q̇² are (sigmoid, squared loss, 'zeros')",
        "floating point",
        value=lost,
        error=deviation,
    )


def equation_3_14() -> Finding:
    """After the projection to |q̇| = √(ẇ² + ḃ²): ∫ p·δ dx1 against the library's density, two branches."""
    duality = Duality(*sigmoid_case(0))
    points = np.array([0.005, 0.01, 0.02, 0.03])
    deviation = relative_deviation(against_delta(duality.magnitude, _ZEROS, points), duality.pdf(points, -1))
    return Finding(
        deviation < _LIMIT,
        f"sigmoid and squared loss, 'zeros': the two differ by {deviation:.0e} at {points.size} values of q̇",
        "floating point",
        error=deviation,
    )


def _cumulative(duality: Duality, density: Gaussian, q: np.ndarray) -> np.ndarray:
    """P(|q̇| < q) for a map that vanishes at both ends or rises throughout, from its solutions by Brent's method."""
    found = []
    for one in q:
        ends = density.cdf(np.array(preimages(duality.magnitude, float(one), density)))
        found.append(float(ends[0] if ends.size == 1 else 1 - (ends[1] - ends[0])))
    return np.array(found)


def equation_3_15() -> Finding:
    """A one-to-one map: p(x1)/|dq̇/dx1| against the derivative of the cumulative distribution, and against counts."""
    duality = Duality(*sigmoid_case(0, CROSS_ENTROPY))
    one_to_one = len(duality.branches) == 1
    points = np.array([1e-3, 3e-3, 1e-2, 3e-2, 6e-2])
    x1 = np.array([preimages(duality.magnitude, float(q), _ZEROS)[0] for q in points])
    printed = duality.density.pdf(x1) / np.abs(duality.jacobian(x1))
    exact = difference_quotient(lambda q: _cumulative(duality, _ZEROS, q), points, 1e-5)
    deviation = relative_deviation(printed, exact)
    counted = np.histogram(duality.magnitude(_stratified(_ZEROS)), points)[0] / _STRATA
    integrated = np.array(
        [integrate.quad(lambda q: float(duality.pdf(np.array(q), -1)), *pair)[0] for pair in pairwise(points)]
    )
    off = float(np.max(np.abs(counted - integrated)))
    return Finding(
        one_to_one and deviation < _LIMIT and off < 2 / _STRATA,
        "sigmoid and cross-entropy, 'zeros', one-to-one: against the derivative of the cumulative distribution "
        f"{deviation:.0e}; its integrals over {points.size - 1} cells differ from counts by {off:.0e} at most",
        "floating point",
        error=deviation,
    )


def statement_branch_sum() -> Finding:
    """Not one-to-one: only the sum over the preimages is the derivative of the cumulative distribution."""
    duality = Duality(*sigmoid_case(0))
    points = np.array([5e-3, 1e-2, 2e-2, 3e-2])
    exact = difference_quotient(lambda q: _cumulative(duality, _ZEROS, q), points, 1e-6)
    terms = _terms(duality, points)
    deviation = relative_deviation(terms.sum(axis=0), exact)
    single = relative_deviation(terms.max(axis=0), exact)
    return Finding(
        len(duality.branches) > 1 and deviation < _LIMIT < single,
        f"sigmoid and squared loss, 'zeros', {len(duality.branches)} branches: their sum agrees with the derivative "
        f"of the cumulative distribution to {deviation:.0e}, the largest term alone to {single:.0e}",
        "floating point",
        error=deviation,
    )


def _terms(duality: Duality, points: np.ndarray) -> np.ndarray:
    """p(x1)/|dq̇/dx1| of each branch at each point; 0 where a branch does not reach."""
    terms = []
    for branch in duality.branches:
        x1 = duality.preimage(branch, points)
        inside = (points > branch.q_low) & (points < branch.q_high)
        terms.append(np.where(inside, duality.density.pdf(x1) / np.abs(duality.jacobian(x1)), 0))
    return np.array(terms)


def statement_dominant_branch() -> Finding:
    """How often one term of the sum dominates: the share of fluctuations whose largest term is above 90%."""
    duality = Duality(*sigmoid_case(0))
    points = duality.magnitude(_stratified(_ZEROS)[:: _STRATA // 2**12])
    terms = _terms(duality, points)
    share = terms.max(axis=0) / terms.sum(axis=0)
    dominated, least = float(np.mean(share > 0.9)), float(np.min(share))
    return Finding(
        dominated > 0.5,
        f"sigmoid and squared loss, 'zeros': the largest term is above 90% for {dominated:.1%} of the samples; it "
        f"falls to {least:.0%} where the branches meet, at the largest q̇",
        "floating point",
        value=dominated,
    )
