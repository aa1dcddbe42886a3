"""Secs. 2 and 3: the network, its activation and learning dynamics, and the duality as a change of variables.

Most of it is definitions. What can be computed of them is: on a small random network, with derivatives by complex
steps (exact to rounding) against back-propagation, and on the toy model of Sec. 5, with Dirac's δ replaced by a
narrow normal density.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import mpmath
import numpy as np
import sympy as sp
from scipy import integrate, optimize, special

from duality.derivations.toy_model import GAMMA, MEANS, SD, sigmoid_duality
from duality.jacobian.duality import Duality
from duality.theory.proof import ROUNDING, all_identical, difference_quotient, identical, relative_deviation
from duality.verdicts import Finding, definition

_SIZES = range(2, 9)
_STEPS = 4  # of the activation dynamics
_WIDTH = 1e-4  # of the normal density that stands for δ, in units of q̇, which reaches 0.03
_LIMIT = 1e-6  # relative deviation of ∫ p·δ from the density, once that width is extrapolated to zero
_LIMIT_2D = 1e-4  # the same in two dimensions, where the grid is coarser
_STRATA = 2**17


# --- Sec. 2 -------------------------------------------------------------------------------------------------------


def _numbers_all(place: Callable[[int, int, int], int], N: int) -> bool:
    """Whether weights at place(i, j, N) and biases at N² + i use each of 1 … N² + N once, for i, j = 1 … N."""
    weights = [place(i, j, N) for i in range(1, N + 1) for j in range(1, N + 1)]
    biases = [N**2 + i for i in range(1, N + 1)]
    return sorted(weights + biases) == list(range(1, N**2 + N + 1))


def equation_2_1() -> Finding:
    """Does l = i(N-1) + j number the N² weights, and N² + i the biases, one-to-one?"""

    def printed(i: int, j: int, N: int) -> int:
        return i * (N - 1) + j

    def right(i: int, j: int, N: int) -> int:
        return (i - 1) * N + j

    N = _SIZES[1]
    different = len({printed(i, j, N) for i in range(1, N + 1) for j in range(1, N + 1)})
    row, size = sp.symbols("i N", integer=True, positive=True)
    collide, method = identical(row * (size - 1) + size, (row + 1) * (size - 1) + 1)
    return Finding(
        not collide and all(_numbers_all(printed, N) for N in _SIZES),
        f"i(N-1)+j gives w_iN and w_(i+1)1 the same l: for N = {N} the {N * N} weights get {different} places; "
        f"(i-1)N+j and N²+i are one-to-one onto 1 … N²+N, for N = {_SIZES[0]} … {_SIZES[-1]}; nothing later uses "
        "the numbering",
        method,
        mended=all(_numbers_all(right, N) for N in _SIZES),
        right_form="w_ij = q_l with l = (i-1)N + j",
    )


@dataclass(frozen=True)
class Network:
    """x -> P·x + (1 - P)·tanh(w·x + b): boundary neurons stay, bulk neurons are updated (Eqs. 2.2 and 3.3)."""

    w: np.ndarray
    b: np.ndarray
    boundary: np.ndarray  # the diagonal of P

    @property
    def P(self) -> np.ndarray:
        return np.diag(self.boundary)

    def update(self, x: np.ndarray) -> np.ndarray:
        bulk = np.eye(len(self.b)) - self.P
        return self.P @ x + bulk @ np.tanh(self.w @ x + self.b)

    def history(self, x: np.ndarray, steps: int) -> list[np.ndarray]:
        """x(t_0), …, x(t_steps)."""
        states = [x]
        for _ in range(steps):
            states.append(self.update(states[-1]))
        return states

    def with_trainable(self, q: np.ndarray) -> "Network":
        """The same network with the trainable vector q = (w row by row, b), Eq. 2.1 as it must read."""
        N = len(self.b)
        return Network(q[: N * N].reshape(N, N), q[N * N :], self.boundary)

    @property
    def trainable(self) -> np.ndarray:
        return np.concatenate([self.w.ravel(), self.b])


def small_network(N: int = 4, boundary: int = 2) -> Network:
    """A recurrent network with fixed random weights."""
    random = np.random.default_rng(2405)
    mask = (np.arange(N) < boundary).astype(float)
    return Network(random.normal(size=(N, N)) / np.sqrt(N), random.normal(size=N) / 2, mask)


def loss(x: np.ndarray) -> np.ndarray:
    """H_x: the last neuron should be the product of the first two; analytic, so that complex steps work."""
    return (x[-1] - x[0] * x[1]) ** 2 + 0.3 * x[-2] ** 3


def loss_gradient(x: np.ndarray) -> np.ndarray:
    """∂H_x/∂x of `loss`, neuron by neuron."""
    error = 2 * (x[-1] - x[0] * x[1])
    gradient = np.zeros_like(x)
    gradient[0], gradient[1], gradient[-1] = -error * x[1], -error * x[0], error
    gradient[-2] += 0.9 * x[-2] ** 2
    return gradient


def back_propagation(network: Network, states: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """∂H_x/∂q along a history of states.

    Returns
    -------
    total, last_step : ndarray, shape (N² + N,)
        The whole gradient, and the part of it that goes through the last update only: what Eq. 3.4 writes out.
    """
    N = len(network.b)
    back = loss_gradient(states[-1])
    total, parts = np.zeros(N * N + N, back.dtype), []
    for before in reversed(states[:-1]):
        slope = (1 - network.boundary) * (1 - np.tanh(network.w @ before + network.b) ** 2)
        through = back * slope
        parts.append(np.concatenate([np.outer(through, before).ravel(), through]))
        total = total + parts[-1]
        back = network.boundary * back + network.w.T @ through
    return total, parts[0]


def complex_step(function: Callable[[np.ndarray], np.ndarray], point: np.ndarray) -> np.ndarray:
    """∂f/∂point of an analytic function by imaginary steps, exact to rounding: columns are the components of point."""
    step = 1e-30
    return np.array([np.imag(function(point + 1j * step * unit)) / step for unit in np.eye(point.size)]).T


_START = np.array([0.7, -1.1, 0.2, 0.4])


def equation_2_2() -> Finding:
    """The recursion keeps boundary neurons, updates bulk neurons, and is forward propagation in a layered network."""
    network = small_network()
    after = network.update(_START)
    P = network.P
    bulk = (np.eye(4) - P) @ np.tanh(network.w @ _START + network.b)
    kept = np.array_equal(P @ after, P @ _START) and np.array_equal((np.eye(4) - P) @ after, bulk)
    # Layers of 2, 3 and 1 neurons: after two updates the output is that of forward propagation.
    random = np.random.default_rng(2)
    first, second, biases = random.normal(size=(3, 2)), random.normal(size=(1, 3)), random.normal(size=4)
    w = np.zeros((6, 6))
    w[2:5, :2], w[5:, 2:5] = first, second
    layered = Network(w, np.concatenate([[0, 0], biases]), np.array([1.0, 1, 0, 0, 0, 0]))
    output = layered.history(np.array([0.3, -0.8, 0, 0, 0, 0]), 2)[-1][5]
    forward = np.tanh(second @ np.tanh(first @ [0.3, -0.8] + biases[:3]) + biases[3])[0]
    deviation = relative_deviation(output, forward)
    return definition(
        kept and deviation < ROUNDING,
        (
            "boundary neurons stay, bulk neurons are updated; in a layered network it is forward propagation, to "
            f"{deviation:.0e}; the text at hand writes bulk and boundary by one symbol, x_∂, where only (1-P)x can be "
            "meant for the left side: a slash that its extraction lost, as (3.11), which kept it, shows"
        ),
    )


def equation_2_3() -> Finding:
    """One step on a mini-batch of four: the mean of the library's single-sample steps against 30-digit derivatives."""
    batch = [(0.21, 0), (-0.4, 0), (0.63, 1), (1.2, 1)]
    dualities = [sigmoid_duality(label) for label in (0, 1)]
    w, b = dualities[0].w, dualities[0].b
    kicks = np.array([float(dualities[x2].b_dot(np.array(x1))) for x1, x2 in batch])
    ours = np.array([np.mean(kicks * [x1 for x1, _ in batch]), np.mean(kicks)])
    context = mpmath.mp.clone()
    context.dps = 30

    def mean_loss(w: mpmath.mpf, b: mpmath.mpf) -> mpmath.mpf:
        """⟨H⟩_M of Eqs. 8.4 and 8.5, written out again."""
        return sum((1 / (1 + context.exp(-(w * x1 + b))) - x2) ** 2 for x1, x2 in batch) / len(batch)

    theirs = [-GAMMA * float(context.diff(mean_loss, (w, b), order)) for order in ((1, 0), (0, 1))]
    deviation = relative_deviation(ours, np.array(theirs))
    return Finding(
        deviation < ROUNDING,
        f"mini-batch of {len(batch)}: mean of single-sample steps against differentiating ⟨H⟩_M, relative deviation "
        f"{deviation:.0e}",
        "floating point",
        error=deviation,
    )


# --- Sec. 3: the maps ---------------------------------------------------------------------------------------------


def equation_3_1() -> Finding:
    """q̇ is a function of x(t_n), …, x(t_0) and q: back-propagation from these states against complex steps."""
    network = small_network()
    states = network.history(_START, _STEPS)
    gradient, _ = back_propagation(network, states)
    direct = complex_step(
        lambda q: loss(network.with_trainable(q).history(_START.astype(complex), _STEPS)[-1]), network.trainable
    )
    live = np.abs(direct) > 0
    deviation = relative_deviation(gradient[live], direct[live])
    return Finding(
        deviation < ROUNDING and bool(np.all(gradient[~live] == 0)),
        f"{len(live)} derivatives after {_STEPS} updates of 4 neurons: back-propagation along the stored states "
        f"against complex steps through the whole dynamics, relative deviation {deviation:.0e}",
        "floating point",
        error=deviation,
    )


def equation_3_2() -> Finding:
    """A definition: which losses are separable."""
    return Finding(
        None,
        "an assumption made for an example, no assertion; it holds in all of Sec. 8, where H depends on f and x2 "
        "only: H_q = 0",
        "definition",
    )


def equation_3_3() -> Finding:
    """P and 1 - P split the state into x_∂, which stays, and the bulk, which is f of the state before."""
    network = small_network()
    P, identity = network.P, np.eye(4)
    projections = np.array_equal(P @ P, P) and np.array_equal(P @ (identity - P), np.zeros((4, 4)))
    states = network.history(_START, _STEPS)
    joined = [P @ _START + (identity - P) @ np.tanh(network.w @ x + network.b) for x in states[:-1]]
    deviation = relative_deviation(np.array(states[1:]), np.array(joined))
    return definition(
        bool(projections) and np.trace(P) == network.boundary.sum() and deviation < ROUNDING,
        (
            "P² = P, P(1-P) = 0, Tr P = N_∂; boundary of the start and bulk of the last update make the state, "
            f"{_STEPS} updates"
        ),
    )


def equation_3_4() -> Finding:
    """ẇ and ḃ of a separable loss through the last update: exact for one update; the dots are the earlier ones."""
    w = sp.Matrix(2, 2, sp.symbols("w11 w12 w21 w22", real=True))
    x, b, y = (sp.symbols(f"{name}1 {name}2", real=True) for name in "xby")
    f = [sp.Function(name) for name in ("f1", "f2")]
    H_x, H_q = sp.Function("Hx"), sp.Function("Hq")(*w, *b)
    arguments = [w[j, 0] * x[0] + w[j, 1] * x[1] + b[j] for j in range(2)]
    values = [f[j](arguments[j]) for j in range(2)]
    H = H_x(*values) + H_q
    F = sp.symbols("F1 F2", real=True)
    pairs = []
    for j in range(2):
        back = H_x(*F).diff(F[j]).subs(dict(zip(F, values, strict=True)))
        slope = f[j](y[j]).diff(y[j]).subs(y[j], arguments[j])
        pairs.append((H.diff(b[j]), H_q.diff(b[j]) + slope * back))
        pairs += [(H.diff(w[j, k]), H_q.diff(w[j, k]) + x[k] * slope * back) for k in range(2)]
    same, method = all_identical(*((sp.expand(left.doit()), sp.expand(right.doit())) for left, right in pairs))
    network = small_network()
    total, last = back_propagation(network, network.history(_START, _STEPS))
    one_total, one_last = back_propagation(network, network.history(_START, 1))
    share = float(np.linalg.norm(total - last) / np.linalg.norm(total))
    return Finding(
        same and np.array_equal(one_total, one_last),
        "for any f and H_x, two neurons: all six derivatives are as printed, with no dots, after one update; after "
        f"{_STEPS} the dots are back-propagation through earlier updates, {share:.0%} of the gradient in a random "
        "network: more factors f′w, not a small correction in general; none in the toy model",
        method,
        value=share,
    )


def equation_3_5() -> Finding:
    """n updates are a function of x_∂ and x(t_0): m updates and then n - m, with the boundary fixed, are n."""
    network = small_network()
    whole = network.history(_START, _STEPS)[-1]
    halfway = network.history(_START, 2)[-1]
    deviation = relative_deviation(network.history(halfway, _STEPS - 2)[-1], whole)
    other = network.history(_START + np.array([0.1, 0, 0, 0]), _STEPS)[-1]
    source = bool(np.all(other[2:] != whole[2:]))
    return definition(
        deviation < ROUNDING and source and np.array_equal(whole[:2], _START[:2]),
        (
            f"iterates compose to {deviation:.0e}; x_∂ stays and acts as a source: the bulk after {_STEPS} updates "
            "depends on it"
        ),
    )


def network_q_dot(x: np.ndarray) -> np.ndarray:
    """q̇ of the small network as a function of (x_∂, x(t_0)): activation pass, then learning pass."""
    network = small_network()
    return -GAMMA * back_propagation(network, network.history(x, _STEPS))[0]


def equation_3_6() -> Finding:
    """The composed map from N to K dimensions: its Jacobian has rank N at most, and K is larger."""
    jacobian = complex_step(network_q_dot, _START)
    singular = np.linalg.svd(jacobian, compute_uv=False)
    rank = int(np.sum(singular > ROUNDING * singular[0]))
    return Finding(
        rank == _START.size < jacobian.shape[0],
        f"∂q̇/∂(x_∂, x(t_0)) has shape {jacobian.shape} and rank {rank}: q̇ is confined to {rank} of K = "
        f"{jacobian.shape[0]} dimensions",
        "floating point",
    )


def equation_3_7() -> Finding:
    """q̇_k = -γ·(∂f_j/∂q_k ∂/∂f_j + ∂/∂q_k)H: the chain rule, for any H and two neurons f_j."""
    q = sp.symbols("q1 q2", real=True)
    f = [sp.Function(name)(*q) for name in ("f1", "f2")]
    H, slot = sp.Function("H"), sp.Dummy("slot")
    arguments = [*f, *q]

    def partial(index: int) -> sp.Expr:
        """The derivative of H in one of its four arguments, the others held."""
        held = [slot if other == index else argument for other, argument in enumerate(arguments)]
        return H(*held).diff(slot).subs(slot, arguments[index])

    pairs = [
        (H(*arguments).diff(q[k]), f[0].diff(q[k]) * partial(0) + f[1].diff(q[k]) * partial(1) + partial(2 + k))
        for k in range(2)
    ]
    same, method = all_identical(*pairs)
    return Finding(same, "chain rule, for any H(f1, f2, q1, q2) and f_j(q1, q2)", method)


# --- Sec. 3: the probability distribution -------------------------------------------------------------------------


def normal(u: np.ndarray | float, width: float) -> np.ndarray:
    """Normal density of mean zero: δ(u) as the width goes to zero."""
    return np.exp(-0.5 * (u / width) ** 2) / (width * np.sqrt(2 * np.pi))


def against_delta(
    q_dot: Callable[[np.ndarray], np.ndarray], mean: float, points: np.ndarray, width: float = _WIDTH
) -> np.ndarray:
    """∫ p(x1) δ(q - q̇(x1)) dx1 at points q, for normal x1, with δ as two normal densities extrapolated to width zero.

    One width errs by a multiple of its square, the result by the fourth power of the width.
    """
    x1 = np.linspace(mean - 8 * SD, mean + 8 * SD, 40_001)
    values, weights = q_dot(x1), normal(x1 - mean, SD) * (x1[1] - x1[0])
    coarse, fine = (np.array([weights @ normal(point - values, one) for point in points]) for one in (width, width / 2))
    return (4 * fine - coarse) / 3


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


def preimages(function: Callable[[np.ndarray], np.ndarray], value: float, mean: float) -> list[float]:
    """All x1 within 8 standard deviations of the mean where the function takes the value, by Brent's method."""
    x1 = np.linspace(mean - 8 * SD, mean + 8 * SD, 4001)
    above = function(x1) > value
    crossings = np.flatnonzero(above[1:] != above[:-1])
    return [optimize.brentq(lambda x: float(function(x)) - value, x1[i], x1[i + 1], xtol=1e-15) for i in crossings]


def delta_mass(dimension: int, space: int) -> sp.Expr:
    """∫ over `space` dimensions of δ^(dimension), as a normal density of width ε: 1 just if the two are equal."""
    epsilon, u = sp.symbols("epsilon u", positive=True)
    norm = (2 * sp.pi * epsilon**2) ** sp.Rational(-dimension, 2)
    one = sp.integrate(sp.exp(-(u**2) / (2 * epsilon**2)), (u, -sp.oo, sp.oo))
    return sp.simplify(norm * one**space)


def equation_3_9() -> Finding:
    """One boundary and one trainable variable (b): ∫ p·δ dx1 against Σ p/|dḃ/dx1|, solutions by Brent's method."""
    duality = sigmoid_duality(0)
    # |ḃ| is at most 8γ/27 (f = 2/3), where the density is infinite and no width of δ is narrow.
    points = -8 * GAMMA / 27 * np.array([0.2, 0.4, 0.6, 0.8])
    densities = []
    for point in points:
        x1 = np.array(preimages(duality.b_dot, float(point), 0.0))
        slopes = GAMMA * duality.w * duality.dh(duality.y(x1))
        densities.append(np.sum(duality.density.pdf(x1) / np.abs(slopes)))
    deviation = relative_deviation(against_delta(duality.b_dot, 0.0, points), np.array(densities))
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
        f"{masses[continuous + discrete]} with ε the width of δ; of N̄_∂ dimensions it has {masses[discrete]}; "
        "(3.11) is not affected",
        "proof",
        mended=masses[discrete] == 1,
        right_form="δ^(N̄_∂)(x̄_∂ - X_α)",
    )


def _stratified(mean: float) -> np.ndarray:
    """x1 of the class at the middles of strata of equal probability: its counts are exact to one per end of a cell."""
    return mean + SD * special.ndtri((np.arange(_STRATA) + 0.5) / _STRATA)


def equation_3_11() -> Finding:
    """The mixture of the two classes: counts of stratified samples against ½ Σ of the class's own densities."""
    worst, edges = 0.0, np.array([1e-4, 1e-3, 3e-3, 1e-2, 2e-2, 3e-2])
    for sign in (-1, 1):
        counted, exact = np.zeros(edges.size - 1), np.zeros(edges.size - 1)
        for label in (0, 1):
            duality = sigmoid_duality(label)
            x1 = _stratified(MEANS[label])
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
    x, other = sp.symbols("x1 x1_", real=True)
    b_dot = sp.Function("bdot", real=True)
    q_dot = sp.Matrix([x * b_dot(x), b_dot(x)])  # ẇ = x1·ḃ for any H(y)
    # A row l of Λ with l·q̇ = 0 at two points needs these to be collinear, and l·q̇ = l·dq̇/dx1 = 0 likewise.
    at_two = sp.Matrix.hstack(q_dot, q_dot.subs(x, other)).det()
    nearby = sp.Matrix.hstack(q_dot, q_dot.diff(x)).det()
    apart, _ = identical(at_two, (x - other) * b_dot(x) * b_dot(other))
    turning, _ = identical(nearby, -(b_dot(x) ** 2))
    length = sp.sqrt(1 + x**2)
    turned = sp.Matrix([[x, 1], [-1, x]]) / length * q_dot
    vanishes, method = all_identical((turned[1], sp.Integer(0)), (turned[0], b_dot(x) * length))
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
    duality = sigmoid_duality(0)
    x1 = _stratified(0.0)
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
    duality = sigmoid_duality(0)
    points = np.array([0.005, 0.01, 0.02, 0.03])
    deviation = relative_deviation(against_delta(duality.magnitude, 0.0, points), duality.pdf(points, -1))
    return Finding(
        deviation < _LIMIT,
        f"sigmoid and squared loss, 'zeros': the two differ by {deviation:.0e} at {points.size} values of q̇",
        "floating point",
        error=deviation,
    )


def _cumulative(duality: Duality, mean: float, q: np.ndarray) -> np.ndarray:
    """P(|q̇| < q) for a map that vanishes at both ends or rises throughout, from its solutions by Brent's method."""
    found = []
    for one in q:
        ends = duality.density.cdf(np.array(preimages(duality.magnitude, float(one), mean)))
        found.append(float(ends[0] if ends.size == 1 else 1 - (ends[1] - ends[0])))
    return np.array(found)


def equation_3_15() -> Finding:
    """A one-to-one map: p(x1)/|dq̇/dx1| against the derivative of the cumulative distribution, and against counts."""
    duality = sigmoid_duality(0, "-(1 - x2)*log(1 - f) - x2*log(f)")
    one_to_one = len(duality.branches) == 1
    points = np.array([1e-3, 3e-3, 1e-2, 3e-2, 6e-2])
    x1 = np.array([preimages(duality.magnitude, float(q), 0.0)[0] for q in points])
    printed = duality.density.pdf(x1) / np.abs(duality.jacobian(x1))
    exact = difference_quotient(lambda q: _cumulative(duality, 0.0, q), points, 1e-5)
    deviation = relative_deviation(printed, exact)
    counted = np.histogram(duality.magnitude(_stratified(0.0)), points)[0] / _STRATA
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
    duality = sigmoid_duality(0)
    points = np.array([5e-3, 1e-2, 2e-2, 3e-2])
    exact = difference_quotient(lambda q: _cumulative(duality, 0.0, q), points, 1e-6)
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
    duality = sigmoid_duality(0)
    points = duality.magnitude(_stratified(0.0)[:: _STRATA // 2**12])
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
