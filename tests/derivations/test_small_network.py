"""If this fails, Eqs. 3.1-3.7 and 4.4-4.5 are checked on a wrong gradient."""

import numpy as np
import pytest

from duality.derivations.small_network import back_propagation, loss, network_q_dot, small_network


def test_back_propagation_against_finite_differences():
    """Eqs. 3.1-3.7 are checked on this gradient: by plain differences, with no complex step."""
    network, start, step = small_network(), np.array([0.3, 0.9, -0.2, 0.1]), 1e-6
    q = network.trainable
    numerical = [
        (
            loss(network.with_trainable(q + step * unit).history(start, 4)[-1])
            - loss(network.with_trainable(q - step * unit).history(start, 4)[-1])
        )
        / (2 * step)
        for unit in np.eye(q.size)
    ]
    assert back_propagation(network, network.history(start, 4))[0] == pytest.approx(numerical, abs=1e-8)
    assert network_q_dot(start, 0.1) == pytest.approx(-0.1 * np.array(numerical), abs=1e-9)
