"""Secs. 2 and 3: the network, its activation and learning dynamics, and the maps that the duality is made of.

Most of it is definitions. What can be computed of them is: on a small random network, with derivatives by complex
steps (exact to rounding) against back-propagation.
"""

from collections.abc import Callable

import mpmath
import numpy as np
import sympy as sp

from duality.derivations.small_network import (
    START,
    STEPS,
    Network,
    back_propagation,
    complex_step,
    loss,
    network_q_dot,
    small_network,
)
from duality.derivations.vocabulary import LEARNING_RATE, sigmoid_case
from duality.jacobian.duality import Duality
from duality.theory.proof import ROUNDING, all_identical, identical, relative_deviation
from duality.verdicts import Finding, definition

_SIZES = range(2, 9)


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


def equation_2_2() -> Finding:
    """The recursion keeps boundary neurons, updates bulk neurons, and is forward propagation in a layered network."""
    network = small_network()
    after = network.update(START)
    P = network.P
    bulk = (np.eye(4) - P) @ np.tanh(network.w @ START + network.b)
    kept = np.array_equal(P @ after, P @ START) and np.array_equal((np.eye(4) - P) @ after, bulk)
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
    dualities = [Duality(*sigmoid_case(label)) for label in (0, 1)]
    w, b = dualities[0].w, dualities[0].b
    kicks = np.array([float(dualities[x2].b_dot(np.array(x1))) for x1, x2 in batch])
    ours = np.array([np.mean(kicks * [x1 for x1, _ in batch]), np.mean(kicks)])
    context = mpmath.mp.clone()
    context.dps = 30

    def mean_loss(w: mpmath.mpf, b: mpmath.mpf) -> mpmath.mpf:
        """⟨H⟩_M of Eqs. 8.4 and 8.5, written out again."""
        return sum((1 / (1 + context.exp(-(w * x1 + b))) - x2) ** 2 for x1, x2 in batch) / len(batch)

    theirs = [-LEARNING_RATE * float(context.diff(mean_loss, (w, b), order)) for order in ((1, 0), (0, 1))]
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
    states = network.history(START, STEPS)
    gradient, _ = back_propagation(network, states)
    direct = complex_step(
        lambda q: loss(network.with_trainable(q).history(START.astype(complex), STEPS)[-1]), network.trainable
    )
    live = np.abs(direct) > 0
    deviation = relative_deviation(gradient[live], direct[live])
    return Finding(
        deviation < ROUNDING and bool(np.all(gradient[~live] == 0)),
        f"{len(live)} derivatives after {STEPS} updates of 4 neurons: back-propagation along the stored states "
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
    states = network.history(START, STEPS)
    joined = [P @ START + (identity - P) @ np.tanh(network.w @ x + network.b) for x in states[:-1]]
    deviation = relative_deviation(np.array(states[1:]), np.array(joined))
    return definition(
        bool(projections) and np.trace(P) == network.boundary.sum() and deviation < ROUNDING,
        (
            "P² = P, P(1-P) = 0, Tr P = N_∂; boundary of the start and bulk of the last update make the state, "
            f"{STEPS} updates"
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
    total, last = back_propagation(network, network.history(START, STEPS))
    one_total, one_last = back_propagation(network, network.history(START, 1))
    share = float(np.linalg.norm(total - last) / np.linalg.norm(total))
    return Finding(
        same and np.array_equal(one_total, one_last),
        "for any f and H_x, two neurons: all six derivatives are as printed, with no dots, after one update; after "
        f"{STEPS} the dots are back-propagation through earlier updates, {share:.0%} of the gradient in a random "
        "network: more factors f′w, not a small correction in general; none in the toy model",
        method,
        value=share,
    )


def equation_3_5() -> Finding:
    """n updates are a function of x_∂ and x(t_0): m updates and then n - m, with the boundary fixed, are n."""
    network = small_network()
    whole = network.history(START, STEPS)[-1]
    halfway = network.history(START, 2)[-1]
    deviation = relative_deviation(network.history(halfway, STEPS - 2)[-1], whole)
    other = network.history(START + np.array([0.1, 0, 0, 0]), STEPS)[-1]
    source = bool(np.all(other[2:] != whole[2:]))
    return definition(
        deviation < ROUNDING and source and np.array_equal(whole[:2], START[:2]),
        (
            f"iterates compose to {deviation:.0e}; x_∂ stays and acts as a source: the bulk after {STEPS} updates "
            "depends on it"
        ),
    )


def equation_3_6() -> Finding:
    """The composed map from N to K dimensions: its Jacobian has rank N at most, and K is larger."""
    jacobian = complex_step(lambda x: network_q_dot(x, LEARNING_RATE), START)
    singular = np.linalg.svd(jacobian, compute_uv=False)
    rank = int(np.sum(singular > ROUNDING * singular[0]))
    return Finding(
        rank == START.size < jacobian.shape[0],
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
