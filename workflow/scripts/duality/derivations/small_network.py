"""A small recurrent network in numbers, its loss, and its gradient by back-propagation and by complex steps."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

STEPS = 4  # of the activation dynamics
START = np.array([0.7, -1.1, 0.2, 0.4])  # x(t_0)


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


def network_q_dot(x: np.ndarray, gamma: float) -> np.ndarray:
    """q̇ of the small network as a function of (x_∂, x(t_0)) and the learning rate: activation, then learning pass."""
    network = small_network()
    return -gamma * back_propagation(network, network.history(x, STEPS))[0]
