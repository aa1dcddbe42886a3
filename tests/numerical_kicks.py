"""ẇ, ḃ and q̇ by numerical differentiation of H(w·x1 + b) at 40 digits, without the library or SymPy."""

import mpmath

mpmath.mp.dps = 40
ROUNDING = mpmath.mpf("1e-20")  # of numerical derivatives at values that vanish


def exponential(y):
    return mpmath.exp(2 * y)


def logarithmic(y):
    return -mpmath.log(1 - y)


def power(degree, x2):
    return lambda y: (y - x2) ** degree


def sigmoid(y):
    return 1 / (1 + mpmath.exp(-y))


def kicks(H, w, b, x1, gamma=1):
    """(ẇ, ḃ) by numerical differentiation of H(w·x1 + b) with respect to w and b."""
    w, b, x1 = map(mpmath.mpf, (w, b, x1))
    return (
        -gamma * mpmath.diff(lambda w_: H(w_ * x1 + b), w),
        -gamma * mpmath.diff(lambda b_: H(w * x1 + b_), b),
    )


def q_dot(H, w, b, x1, gamma=1):
    return mpmath.hypot(*kicks(H, w, b, x1, gamma))


def exponent(function, x1):
    """v·v″/v′² by numerical differentiation: the k of dv/dx1 ∝ v^k."""
    value, first, second = (mpmath.diff(function, x1, n) for n in range(3))
    return value * second / first**2


def close(left, right, tolerance=1e-9):
    return abs(left - right) <= tolerance * max(abs(left), abs(right), mpmath.mpf("1e-30"))
